#include "holdfast/journal/absences.hpp"

namespace holdfast::journal {

using seats::JournalEffect;

Absences::Step Absences::follow(const seats::JournalRecord& entry) {
    Step step;
    // The two entries of a move are written together.
    const auto moved = std::exchange(on_the_move_, std::nullopt);
    if (const auto word = seats::find_word(seats::journal_whats, entry.what)) step.effect = word->effect;
    if (step.effect == JournalEffect::none) return step;
    const std::pair key{entry.team, entry.slot};
    const auto found = away_.find(key);
    if (step.effect == JournalEffect::away) {
        // Away already, and the server was started again: the player has been away since the first time.
        if (found != away_.end()) return step;
        Absence absence{entry.at, entry.at, entry.reason};
        if (moved && entry.what == "held_here") {
            absence.from = moved->from;
            absence.reason = moved->reason;
        }
        away_.emplace(key, std::move(absence));
        step.begins_absence = true;
        return step;
    }
    if (found == away_.end()) return step;
    step.ended = std::move(found->second);
    away_.erase(found);
    if (entry.what == "moved_away") on_the_move_ = step.ended;
    return step;
}

std::optional<Milliseconds> time_between(UnixTime from, UnixTime to) {
    if (to < from) return std::nullopt;
    return Milliseconds{to.milliseconds - from.milliseconds};
}

}  // namespace holdfast::journal
