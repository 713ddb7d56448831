#include "holdfast/server/journal_command.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <optional>
#include <unordered_map>

#include "holdfast/base/limits.hpp"
#include "holdfast/journal/report_export.hpp"
#include "holdfast/journal/similar_names.hpp"
#include "holdfast/seats/team_name.hpp"
#include "holdfast/server/journal_reading.hpp"
#include "holdfast/store/journal_file.hpp"

namespace holdfast::server {

using seats::StoreError;
using store::JournalFile;
using store::JournalTeam;

namespace {

constexpr std::size_t similar_names_shown = 5;

journal::Format format_of(const std::string& name) {
    if (name == "json") return journal::Format::json;
    return name == "csv" ? journal::Format::csv : journal::Format::text;
}

/// What somebody calls a team: its name, or # and its number.
struct WantedTeam {
    std::optional<std::string> key;
    std::optional<seats::TeamId> id;

    explicit WantedTeam(const std::string& text) {
        if (auto name = seats::normalise_team_name(text)) key = std::move(name->key);
        if (text.size() < 2 || text.front() != '#') return;
        seats::TeamId number = 0;
        const char* const end = text.data() + text.size();
        const auto read = std::from_chars(text.data() + 1, end, number);
        if (read.ec == std::errc{} && read.ptr == end) id = number;
    }
};

struct TeamSearch {
    std::optional<JournalTeam> found;
    std::vector<std::string> similar;
};

Result<TeamSearch, StoreError> find_team(JournalFile& file, const WantedTeam& wanted) {
    std::optional<JournalTeam> by_name;
    std::optional<JournalTeam> by_id;
    journal::SimilarNames similar(wanted.key.value_or(""), similar_names_shown);
    const auto done = file.for_each_team([&](const JournalTeam& team) {
        if (wanted.key == team.name_key) by_name = team;
        if (wanted.id == team.id) by_id = team;
        if (wanted.key && !wanted.key->empty()) similar.offer(team.name_key, team.name);
    });
    if (!done) return failure(done.error());
    return TeamSearch{by_name ? by_name : by_id, similar.take()};
}

Told no_such_team(const JournalOptions& options, const TeamSearch& search) {
    std::string sentence = "There is no team '" + journal::printable(options.team) + "'.";
    if (!search.similar.empty()) {
        sentence += " Did you mean";
        for (std::size_t index = 0; index < search.similar.size(); ++index) {
            const bool is_last = index + 1 == search.similar.size();
            sentence += index == 0 ? " '" : is_last ? " or '" : ", '";
            sentence += journal::printable(search.similar[index]) + "'";
        }
        sentence += "?";
    }
    return {3, "", sentence};
}

}  // namespace

Told tell_why(const JournalOptions& options, const std::string& path, UnixTime now) {
    const WantedTeam wanted(options.team);
    TeamSearch search;
    std::vector<journal::SeatNow> seats;
    std::vector<seats::JournalRecord> entries;
    const auto read = store::read_journal_file(path, [&](JournalFile& file) -> Result<void, StoreError> {
        seats.clear();
        auto found = find_team(file, wanted);
        if (!found) return failure(found.error());
        search = std::move(*found);
        if (!search.found) return {};
        const auto seats_there = file.seats_of(search.found->id);
        if (!seats_there) return failure(seats_there.error());
        for (const auto& seat : *seats_there)
            seats.push_back({seat.slot, seat.state, seat.since});
        // A journal is trimmed now and then: it may hold a few more than it has to.
        auto lines = file.read_journal(search.found->id, 0, 2 * limits::journal_entries_per_team);
        if (!lines) return failure(lines.error());
        entries = std::move(*lines);
        return {};
    });
    if (!read) return {1, "", read.error().message};
    if (!search.found) return no_such_team(options, search);
    const auto slot = static_cast<seats::Slot>(options.slot);
    if (slot > seats.size()) {
        return {3, "",
                "The team '" + journal::printable(search.found->name) + "' has " +
                    std::to_string(seats.size()) + (seats.size() == 1 ? " seat." : " seats.")};
    }
    const auto story = journal::tell_story(search.found->id, search.found->name, search.found->active, seats,
                                           slot, entries, limits::journal_entries_per_team, now);
    return {0, journal::write_story(story, format_of(options.format), show_local_time), ""};
}

Told tell_report(const JournalOptions& options, const std::string& path, UnixTime now) {
    journal::FiguresSettings settings;
    for (const auto& [text, time] :
         {std::pair{&options.since, &settings.since}, std::pair{&options.until, &settings.until}}) {
        if (text->empty()) continue;
        const auto parsed = parse_time(*text, now);
        if (!parsed) return {2, "", parsed.error()};
        *time = *parsed;
    }
    if (settings.since && settings.until && *settings.until < *settings.since) {
        return {2, "", "--until is before --since."};
    }
    journal::Figures figures;
    std::unordered_map<seats::TeamId, std::string> names;
    const auto read = store::read_journal_file(path, [&](JournalFile& file) -> Result<void, StoreError> {
        auto gathered = gather_figures(
            [&](std::uint64_t after, std::size_t most) { return file.read_journals(after, most); }, settings);
        if (!gathered) return failure(gathered.error());
        figures = std::move(*gathered);
        names.clear();
        for (const auto& team : figures.troubled)
            names[team.id];
        return file.for_each_team([&](const JournalTeam& team) {
            if (const auto found = names.find(team.id); found != names.end()) found->second = team.name;
        });
    });
    if (!read) return {1, "", read.error().message};
    const auto name_of = [&](seats::TeamId id) {
        const auto found = names.find(id);
        return found == names.end() ? std::string() : found->second;
    };
    return {0, journal::write_report(figures, format_of(options.format), name_of, show_local_time), ""};
}

Result<UnixTime, std::string> parse_time(std::string_view text, UnixTime now) {
    if (text == "all") return UnixTime{0};
    const auto wrong = [&] {
        return failure("'" + journal::printable(text) +
                       "' is no time: say 90m (or s, h, d), 19:30, 2026-05-04, '2026-05-04 19:30' or all.");
    };
    const char* const end = text.data() + text.size();
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), end, number);
    if (read.ec == std::errc{} && read.ptr + 1 == end && number >= 0 && number < 1'000'000) {
        const std::string_view units = "smhd";
        constexpr std::array<std::int64_t, 4> seconds{1, 60, 3'600, 86'400};
        const auto unit = units.find(*read.ptr);
        if (unit == std::string_view::npos) return wrong();
        return UnixTime{now.milliseconds - number * seconds[unit] * 1000};
    }
    const bool is_utc = text.ends_with('Z');
    const std::string time(is_utc ? text.substr(0, text.size() - 1) : text);
    const auto now_seconds = static_cast<std::time_t>(now.seconds());
    std::tm parts{};
    (is_utc ? gmtime_r : localtime_r)(&now_seconds, &parts);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    parts.tm_isdst = -1;
    const char* rest = nullptr;
    for (const char* form : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
                             "%Y-%m-%d", "%H:%M:%S", "%H:%M"}) {
        std::tm tried = parts;
        rest = ::strptime(time.c_str(), form, &tried);
        if (rest == nullptr || *rest != '\0') continue;
        const std::time_t moment = is_utc ? ::timegm(&tried) : std::mktime(&tried);
        return UnixTime{static_cast<std::int64_t>(moment) * 1000};
    }
    return wrong();
}

std::string show_local_time(UnixTime time) {
    const auto seconds = static_cast<std::time_t>(time.seconds());
    std::tm parts{};
    if (localtime_r(&seconds, &parts) == nullptr) return journal::iso_time(time);
    std::array<char, 64> text{};
    const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return {text.data(), length};
}

}  // namespace holdfast::server
