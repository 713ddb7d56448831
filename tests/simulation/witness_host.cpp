// What the host has done with seats, by the rules: who is moved keeps what is theirs, and every token that
// opened the old seat opens the new one until its player is known to have a token of that.
#include <algorithm>

#include "holdfast/base/limits.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

using namespace seats;

Milliseconds Witness::grace() const {
    return truth_.game.grace.count() > 0 ? truth_.game.grace : plan_.grace;
}

/// The books have the move already.
void Witness::follow_move(const HostActed& acted, const Decision& decision) {
    const SeatKey from{acted.from, acted.from_slot};
    const SeatKey to{acted.team->id, acted.slot};
    auto& old_seat = watched_[from];
    auto& new_seat = watched_[to];
    const auto moved = "the move from " + name_of(from) + " to " + name_of(to);
    const auto* team = truth_.team(to.first);
    const auto* seat = team == nullptr ? nullptr : &team->seats[to.second - 1U];
    if (seat == nullptr || seat->state == SeatState::vacant) {
        return judge_.violated(Invariant::a_held_seat_is_taken, moved + " has seated nobody");
    }
    const bool is_there = std::any_of(decision.effects.begin(), decision.effects.end(), [&](const auto& one) {
        const auto* seated = std::get_if<Seated>(&one);
        return seated != nullptr && seated->team->id == to.first && seated->slot == to.second;
    });
    if (is_there != (seat->state == SeatState::connected)) {
        judge_.violated(Invariant::a_snapshot_is_complete, moved + " is not told to whom it moves");
    }
    if (!is_there) {
        new_seat.away_since = std::min(new_seat.away_since, old_seat.away_since);
        new_seat.held_until = std::min(new_seat.held_until, old_seat.held_until);
    }
    forget_led(to);
    for (auto& [token, leads_to] : led_) {
        if (leads_to == from) leads_to = to;
    }
    if (seat->token_live) {
        for (auto rotation = old_seat.retired_below; rotation <= old_seat.newest; ++rotation)
            led_[{from, rotation}] = to;
    }
    old_seat.retired_below =
        std::max(old_seat.newest, truth_.team(from.first)->seats[from.second - 1U].rotation) + 1;
}

void Witness::look_at_led_token(const std::string& name, SeatKey to, const Decision& decision) {
    if (!decision.refusal) {
        const bool leads_there =
            std::any_of(decision.effects.begin(), decision.effects.end(), [&](const auto& one) {
                const auto* seated = std::get_if<Seated>(&one);
                return seated != nullptr && seated->team->id == to.first && seated->slot == to.second;
            });
        if (!leads_there) {
            judge_.violated(Invariant::a_good_token_opens_its_seat,
                            name + " does not lead to " + name_of(to) + ", where the host moved its player");
        }
        return;
    }
    const auto leading =
        std::count_if(led_.begin(), led_.end(), [&](const auto& one) { return one.second == to; });
    switch (*decision.refusal) {
        case Refusal::token_expired:
            if (uptime_ - watched_[to].away_since < plan_.token_life - tolerance()) {
                judge_.violated(Invariant::deadlines_count_uptime, name + " expired too early");
            }
            return;
        case Refusal::token_unknown:
        case Refusal::token_retired:
        case Refusal::seat_released:
        case Refusal::seat_expired:
            // So many are remembered, and more may be forgotten.
            if (static_cast<std::size_t>(leading) >= limits::moved_tokens_per_seat) return;
            judge_.violated(Invariant::a_good_token_opens_its_seat,
                            name + ", which leads to " + name_of(to) + ", was refused with " +
                                std::string(code_of(*decision.refusal)));
            return;
        default:
            return;
    }
}

void Witness::find_led_tokens(const Snapshot& snapshot) {
    led_.clear();
    for (const auto& team : snapshot.teams) {
        for (const auto& token : team.moved_tokens) {
            if (team.seats[token.slot - 1U].state == SeatState::vacant) continue;
            led_[{{token.made_for, token.made_for_slot}, token.rotation}] = {team.id, token.slot};
        }
    }
}

void Witness::forget_led(SeatKey to) {
    std::erase_if(led_, [&](const auto& one) { return one.second == to; });
}

}  // namespace holdfast::simulation
