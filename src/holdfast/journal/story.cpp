#include "holdfast/journal/story.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace holdfast::journal {

using seats::JournalEffect;
using seats::SeatState;

std::string in_words(Milliseconds duration) {
    struct Unit {
        std::int64_t seconds;
        const char* name;
    };
    constexpr std::array<Unit, 4> units{{{86'400, " d"}, {3'600, " h"}, {60, " min"}, {1, " s"}}};
    const std::int64_t seconds = duration.count() / 1000;
    if (seconds < 1) return "less than a second";
    for (std::size_t index = 0; index < units.size(); ++index) {
        const auto& unit = units[index];
        if (seconds < unit.seconds) continue;
        std::string words = std::to_string(seconds / unit.seconds) + unit.name;
        if (index + 1 == units.size()) return words;
        const auto& smaller = units[index + 1];
        const std::int64_t rest = seconds % unit.seconds / smaller.seconds;
        if (rest > 0) words += " " + std::to_string(rest) + smaller.name;
        return words;
    }
    return "less than a second";
}

namespace {

std::string sentence_of(const seats::JournalRecord& entry, JournalEffect effect,
                        const std::optional<Milliseconds>& away) {
    const auto what = seats::find_word(seats::journal_whats, entry.what);
    const auto reason = seats::find_word(seats::journal_reasons, entry.reason);
    std::string sentence = what ? std::string(what->phrase) : "Something that this version does not know";
    if (!what || !reason) {
        // Written by a newer version: the codes say more than nothing.
        sentence += " (" + entry.what + ", " + entry.reason + ")";
    } else if (!reason->phrase.empty()) {
        sentence += " ";
        sentence += reason->phrase;
    }
    if (away) {
        const bool is_back = effect == JournalEffect::back || effect == JournalEffect::taken;
        sentence += ", after " + in_words(*away) + (is_back ? " away" : " of being away");
    }
    return sentence + ".";
}

std::string summary_of(const SeatNow& seat, const std::vector<Line>& lines, UnixTime now) {
    const auto last_of = [&](JournalEffect wanted) {
        const auto found = std::find_if(lines.rbegin(), lines.rend(), [&](const Line& line) {
            const auto word = seats::find_word(seats::journal_whats, line.entry.what);
            return word && word->effect == wanted;
        });
        return found == lines.rend() ? std::string() : found->sentence;
    };
    switch (seat.state) {
        case SeatState::connected:
            return "Taken, and its player is connected.";
        case SeatState::away: {
            std::string summary = "Held for its player, who has been away";
            const auto away = time_between(seat.since, now);
            if (away) summary += " for " + in_words(*away);
            const std::string because = last_of(JournalEffect::away);
            return summary + "." + (because.empty() ? "" : " " + because);
        }
        case SeatState::vacant:
            break;
    }
    const std::string because = last_of(JournalEffect::freed);
    return because.empty() ? "Free: nobody has had it yet." : "Free. " + because;
}

}  // namespace

Line Teller::tell(const seats::JournalRecord& entry) {
    const auto step = absences_.follow(entry);
    Line line;
    line.entry = entry;
    if (step.ended) line.away = time_between(step.ended->from, entry.at);
    line.sentence = sentence_of(entry, step.effect, line.away);
    return line;
}

TeamStory tell_story(seats::TeamId id, std::string name, bool active, std::span<const SeatNow> seats,
                     seats::Slot slot, std::span<const seats::JournalRecord> entries,
                     std::size_t most_entries, UnixTime now) {
    TeamStory story;
    story.id = id;
    story.name = std::move(name);
    story.active = active;
    story.beginning_is_lost = entries.size() >= most_entries;
    for (const SeatNow& seat : seats) {
        if (slot == 0 || slot == seat.slot) story.seats.push_back({seat, "", {}});
    }
    Teller teller;
    for (const auto& entry : entries) {
        Line line = teller.tell(entry);
        const auto found =
            std::find_if(story.seats.begin(), story.seats.end(),
                         [&](const TeamStory::Seat& seat) { return seat.now.slot == entry.slot; });
        if (found != story.seats.end()) found->lines.push_back(std::move(line));
    }
    for (auto& seat : story.seats)
        seat.summary = summary_of(seat.now, seat.lines, now);
    return story;
}

}  // namespace holdfast::journal
