#include "holdfast/journal/report_export.hpp"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>

namespace holdfast::journal {
namespace {

namespace json = boost::json;

double seconds_of(Milliseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

/// What a code means, for people: "the phone lost the connection".
std::string meaning(const std::string& code) {
    std::string_view phrase;
    if (const auto reason = seats::find_word(seats::journal_reasons, code)) phrase = reason->phrase;
    if (phrase.empty()) {
        if (const auto what = seats::find_word(seats::journal_whats, code)) phrase = what->phrase;
    }
    if (phrase.empty()) return code;
    constexpr std::string_view because = "because ";
    if (phrase.starts_with(because)) phrase.remove_prefix(because.size());
    return std::string(phrase);
}

std::string count_of(std::uint64_t count, const char* one, const char* several) {
    return std::to_string(count) + " " + (count == 1 ? one : several);
}

std::string limit_name(std::size_t place) {
    if (place < TimeAway::limits_seconds.size()) {
        return "up to " + in_words(Milliseconds{TimeAway::limits_seconds[place] * 1000});
    }
    return "longer";
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}
std::string right(std::uint64_t number, std::size_t width) {
    const std::string text = std::to_string(number);
    return std::string(text.size() < width ? width - text.size() : 0, ' ') + text;
}

/// A bar behind a number; nothing for none.
std::string bar(std::uint64_t value, std::uint64_t largest, std::size_t width) {
    if (value == 0 || largest == 0) return "";
    const auto length = std::max<std::uint64_t>(1, value * width / largest);
    return "  " + std::string(static_cast<std::size_t>(length), '#');
}

std::vector<std::pair<std::string, std::uint64_t>> by_count(const Counts& counts) {
    std::vector<std::pair<std::string, std::uint64_t>> list(counts.begin(), counts.end());
    std::stable_sort(list.begin(), list.end(),
                     [](const auto& left, const auto& other) { return left.second > other.second; });
    return list;
}

/// Of what happened the code says more than the beginning of a sentence: "moved away".
void append_happenings(std::string& text, const Counts& counts) {
    for (const auto& [code, count] : by_count(counts)) {
        std::string words = code;
        std::replace(words.begin(), words.end(), '_', ' ');
        text += right(count, 8) + "  " + printable(words) + "\n";
    }
}

void append_counts(std::string& text, const Counts& counts) {
    for (const auto& [code, count] : by_count(counts))
        text += right(count, 8) + "  " + printable(meaning(code)) + "\n";
}

std::string named(const NameOfTeam& name_of, seats::TeamId id) {
    std::string name = name_of(id);
    return name.empty() ? "team #" + std::to_string(id) : name;
}

void append_course(std::string& text, const Figures& figures, const ShowTime& show_time) {
    // A page has room for a few lines: neighbouring points become one.
    constexpr std::size_t most_lines = 24;
    const std::size_t each = (figures.points.size() + most_lines - 1) / most_lines;
    if (figures.points.size() < 2 || each == 0 || figures.drops == 0) return;
    std::vector<Point> lines;
    for (std::size_t index = 0; index < figures.points.size(); ++index) {
        const Point& point = figures.points[index];
        if (index % each == 0) lines.push_back({point.at, 0, 0, 0, 0});
        lines.back().drops += point.drops;
        lines.back().returns += point.returns;
        lines.back().lost += point.lost;
        lines.back().away = point.away;
    }
    std::uint64_t largest = 0;
    for (const Point& line : lines)
        largest = std::max(largest, line.drops);
    const std::string length = in_words(figures.point_length * static_cast<std::int64_t>(each));
    text += "\n" + padded("Over time, " + length + " a line", 32) + "  lost    back    away\n";
    for (const Point& line : lines) {
        text += padded("  " + show_time(line.at), 30) + right(line.drops, 8) + right(line.returns, 8) +
                right(line.away, 8) + bar(line.drops, largest, 24) + "\n";
    }
}

std::string text_of(const Figures& figures, const NameOfTeam& name_of, const ShowTime& show_time) {
    if (figures.entries == 0) return "The journal has nothing to tell of that time.\n";
    std::string text = "From " + show_time(figures.from) + " to " + show_time(figures.until) + ", " +
                       count_of(figures.entries, "entry", "entries") + "\n\n";
    text += "Connections lost: " + std::to_string(figures.drops) + "\n";
    append_counts(text, figures.drops_by_cause);
    text += "\nCame back: " + std::to_string(figures.returns);
    if (const auto share = figures.share_of_returns()) {
        std::array<char, 32> percent{};
        std::snprintf(percent.data(), percent.size(), " (%.1f %%)", *share * 100);
        text += std::string(percent.data()) + " of those whose absence is over; " +
                std::to_string(figures.lost) + " lost the seat";
    }
    text += "\n";
    append_counts(text, figures.returns_by_way);
    if (figures.absences_moved_here > 0) {
        text += right(figures.absences_moved_here, 8) +
                "  moved to another seat by the host while away, which is no loss and counts once\n";
    }
    if (figures.away_at_end > 0) {
        text += right(figures.away_at_end, 8) + "  still away at the end; their seats are held\n";
    }
    if (figures.time_away.count > 0) {
        const auto& away = figures.time_away;
        text += "\nTime away: half were back within " + in_words(away.median) + ", nine of ten within " +
                in_words(away.ninth_decile) + ", the last after " + in_words(away.longest) + "\n";
        const auto largest = *std::max_element(away.histogram.begin(), away.histogram.end());
        for (std::size_t place = 0; place < away.histogram.size(); ++place) {
            text += "  " + padded(limit_name(place), 14) + right(away.histogram[place], 8) +
                    bar(away.histogram[place], largest, 40) + "\n";
        }
    }
    text += "\nSeats: " + std::to_string(figures.seats_taken) + " taken, " +
            std::to_string(figures.taken_over) + " taken over by a newer tab or device, " +
            std::to_string(figures.moved) + " moved to another phone\n";
    append_happenings(text, figures.seats_freed);
    append_happenings(text, figures.others);
    text += "\nReconnections refused: " + std::to_string(figures.refused) + "\n";
    append_counts(text, figures.refused_by_reason);
    if (figures.worst) {
        text += "\nWorst five minutes: from " + show_time(figures.worst->from) + ", " +
                count_of(figures.worst->drops, "connection", "connections") + " lost\n";
        append_counts(text, figures.worst->drops_by_cause);
    }
    append_course(text, figures, show_time);
    if (!figures.troubled.empty()) text += "\nTeams with most trouble\n";
    for (const auto& team : figures.troubled) {
        text += right(team.drops, 8) + (team.drops == 1 ? "  lost connection" : "  lost connections");
        if (team.away.count() > 0) text += ", away for " + in_words(team.away) + " in all";
        if (team.lost > 0) text += ", " + count_of(team.lost, "seat", "seats") + " lost";
        if (team.refused > 0) text += ", " + count_of(team.refused, "refusal", "refusals");
        text += ": " + printable(named(name_of, team.id)) + "\n";
    }
    if (figures.full_journals > 0) {
        text += "\nThe journals of " + count_of(figures.full_journals, "team", "teams") +
                " are full and have forgotten a part of this time: there was more than is counted here.\n";
    }
    if (figures.beginning_is_cut) {
        text += "\nThere are more entries than one report reads: only the newest were.\n";
    }
    return text;
}

json::object counts_of(const Counts& counts) {
    json::object object;
    for (const auto& [code, count] : counts)
        object[code] = count;
    return object;
}

std::string json_of(const Figures& figures, const NameOfTeam& name_of) {
    json::object histogram;
    for (std::size_t place = 0; place < figures.time_away.histogram.size(); ++place)
        histogram[limit_name(place)] = figures.time_away.histogram[place];
    json::array troubled;
    for (const auto& team : figures.troubled) {
        troubled.push_back(json::object{{"team_id", team.id},
                                        {"team_name", named(name_of, team.id)},
                                        {"drops", team.drops},
                                        {"seats_lost", team.lost},
                                        {"refused", team.refused},
                                        {"away_seconds", seconds_of(team.away)}});
    }
    json::array points;
    for (const auto& point : figures.points) {
        points.push_back(json::object{{"at", point.at.milliseconds},
                                      {"drops", point.drops},
                                      {"returns", point.returns},
                                      {"lost", point.lost},
                                      {"away", point.away}});
    }
    json::object words;
    const auto explain = [&words](const Counts& counts) {
        for (const auto& [code, count] : counts)
            words[code] = meaning(code);
    };
    for (const Counts* counts : {&figures.drops_by_cause, &figures.returns_by_way, &figures.refused_by_reason,
                                 &figures.seats_freed, &figures.others}) {
        explain(*counts);
    }
    json::value worst = nullptr;
    if (figures.worst) {
        worst = json::object{{"from", iso_time(figures.worst->from)},
                             {"minutes", worst_window.count() / 60'000},
                             {"drops", figures.worst->drops},
                             {"drops_by_cause", counts_of(figures.worst->drops_by_cause)}};
    }
    const auto share = figures.share_of_returns();
    const bool is_empty = figures.entries == 0;
    const json::object object{
        {"from", is_empty ? json::value(nullptr) : json::value(iso_time(figures.from))},
        {"until", is_empty ? json::value(nullptr) : json::value(iso_time(figures.until))},
        {"entries", figures.entries},
        {"drops", figures.drops},
        {"drops_by_cause", counts_of(figures.drops_by_cause)},
        {"returns", figures.returns},
        {"returns_by_way", counts_of(figures.returns_by_way)},
        {"share_of_returns", share ? json::value(*share) : json::value(nullptr)},
        {"time_away",
         {{"count", figures.time_away.count},
          {"median_seconds", seconds_of(figures.time_away.median)},
          {"ninth_decile_seconds", seconds_of(figures.time_away.ninth_decile)},
          {"longest_seconds", seconds_of(figures.time_away.longest)},
          {"histogram", std::move(histogram)}}},
        {"away_at_end", figures.away_at_end},
        {"moved_while_away", figures.absences_moved_here},
        {"refused", figures.refused},
        {"refused_by_reason", counts_of(figures.refused_by_reason)},
        {"seats_taken", figures.seats_taken},
        {"seats_freed", counts_of(figures.seats_freed)},
        {"seats_lost", figures.lost},
        {"taken_over", figures.taken_over},
        {"moved", figures.moved},
        {"others", counts_of(figures.others)},
        {"worst", std::move(worst)},
        {"troubled_teams", std::move(troubled)},
        {"point_seconds", seconds_of(figures.point_length)},
        {"points", std::move(points)},
        {"full_journals", figures.full_journals},
        {"beginning_is_cut", figures.beginning_is_cut},
        {"words", std::move(words)}};
    return json::serialize(object) + "\n";
}

class CsvFigures {
  public:
    void put(std::string_view section, std::string_view item, std::string_view figure, std::string value) {
        text_ += csv_cell(section) + "," + csv_cell(item) + "," + csv_cell(figure) + "," + std::move(value) +
                 "\r\n";
    }
    void put(std::string_view section, std::string_view item, std::string_view figure, std::uint64_t value) {
        put(section, item, figure, std::to_string(value));
    }
    void put(std::string_view section, std::string_view item, std::string_view figure, Milliseconds value) {
        std::array<char, 32> seconds{};
        std::snprintf(seconds.data(), seconds.size(), "%.3f", seconds_of(value));
        put(section, item, figure, std::string(seconds.data()));
    }
    void put(std::string_view section, const Counts& counts) {
        for (const auto& [code, count] : counts)
            put(section, code, "count", count);
    }
    [[nodiscard]] std::string take() { return std::move(text_); }

  private:
    std::string text_ = "section,item,figure,value\r\n";
};

std::string csv_of(const Figures& figures, const NameOfTeam& name_of) {
    CsvFigures csv;
    if (figures.entries > 0) {
        csv.put("session", "", "from", iso_time(figures.from));
        csv.put("session", "", "until", iso_time(figures.until));
    }
    csv.put("session", "", "entries", figures.entries);
    csv.put("session", "", "full_journals", figures.full_journals);
    csv.put("session", "", "drops", figures.drops);
    csv.put("session", "", "returns", figures.returns);
    csv.put("session", "", "seats_lost", figures.lost);
    csv.put("session", "", "away_at_end", figures.away_at_end);
    csv.put("session", "", "moved_while_away", figures.absences_moved_here);
    csv.put("session", "", "seats_taken", figures.seats_taken);
    csv.put("session", "", "taken_over", figures.taken_over);
    csv.put("session", "", "moved", figures.moved);
    csv.put("session", "", "refused", figures.refused);
    csv.put("drops_by_cause", figures.drops_by_cause);
    csv.put("returns_by_way", figures.returns_by_way);
    csv.put("refused_by_reason", figures.refused_by_reason);
    csv.put("seats_freed", figures.seats_freed);
    csv.put("others", figures.others);
    csv.put("time_away", "", "count", figures.time_away.count);
    csv.put("time_away", "", "median_seconds", figures.time_away.median);
    csv.put("time_away", "", "ninth_decile_seconds", figures.time_away.ninth_decile);
    csv.put("time_away", "", "longest_seconds", figures.time_away.longest);
    for (std::size_t place = 0; place < figures.time_away.histogram.size(); ++place)
        csv.put("time_away", limit_name(place), "count", figures.time_away.histogram[place]);
    if (figures.worst) {
        csv.put("worst_five_minutes", "", "from", iso_time(figures.worst->from));
        csv.put("worst_five_minutes", "", "drops", figures.worst->drops);
    }
    for (const auto& team : figures.troubled) {
        const std::string name = named(name_of, team.id);
        csv.put("troubled_teams", name, "drops", team.drops);
        csv.put("troubled_teams", name, "seats_lost", team.lost);
        csv.put("troubled_teams", name, "refused", team.refused);
        csv.put("troubled_teams", name, "away_seconds", team.away);
    }
    for (const auto& point : figures.points) {
        const std::string at = iso_time(point.at);
        csv.put("over_time", at, "drops", point.drops);
        csv.put("over_time", at, "returns", point.returns);
        csv.put("over_time", at, "lost", point.lost);
        csv.put("over_time", at, "away", point.away);
    }
    return csv.take();
}

}  // namespace

std::string write_report(const Figures& figures, Format format, const NameOfTeam& name_of,
                         const ShowTime& show_time) {
    switch (format) {
        case Format::json:
            return json_of(figures, name_of);
        case Format::csv:
            return csv_of(figures, name_of);
        case Format::text:
            break;
    }
    return text_of(figures, name_of, show_time);
}

}  // namespace holdfast::journal
