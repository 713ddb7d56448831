// Which tokens open which seats, by the rules.
#include <algorithm>

#include "witness.hpp"

namespace holdfast::simulation {

using namespace seats;

void Witness::look_at_standing_back(const Decision& decision, const Asked& by) {
    if (!by.stands_back || by.tab == 0) return;
    for (const auto& effect : decision.effects) {
        const auto* taken = std::get_if<TakenOver>(&effect);
        if (taken == nullptr) continue;
        if (!decision.refusal) {
            if (tab_of_[taken->connection] == by.tab) continue;
            judge_.violated(Invariant::nobody_is_pushed_out_unasked,
                            "a page that came back by itself took the seat of another tab");
            continue;
        }
        const auto holder = holder_of({taken->team->id, taken->slot});
        if (holder != 0 && holder != decision.connection && tab_of_[holder] != by.tab) continue;
        judge_.violated(Invariant::nobody_is_pushed_out_unasked,
                        "a page stood back from a seat that no other tab has");
    }
}

void Witness::look_at_token(const Decision& decision, const Asked& by) {
    if (decision.kind == CommandKind::heartbeat && !decision.changes.empty()) {
        if (const auto key = seat_of(decision.connection)) {
            auto& watched = watched_[*key];
            if (by.rotation == watched.newest && by.held == key) {
                watched.retired_below = std::max(watched.retired_below, watched.newest);
                forget_led(*key);
            }
        }
    }
    if (by.token.empty()) return;
    const auto found = issued_.find(by.token);
    if (decision.kind == CommandKind::confirm_token) {
        if (decision.refusal || found == issued_.end()) return;
        auto& watched = watched_[found->second.seat];
        if (watched.holder == decision.connection && found->second.rotation == watched.newest) {
            watched.retired_below = std::max(watched.retired_below, watched.newest);
            forget_led(found->second.seat);
        }
        return;
    }
    if (found == issued_.end()) {
        if (!decision.refusal) {
            judge_.violated(Invariant::a_token_nobody_was_given_opens_nothing,
                            "a token that nobody was given was taken");
        }
        return;
    }
    const auto [key, rotation] = found->second;
    auto& watched = watched_[key];
    const auto name = "token " + std::to_string(rotation) + " of " + name_of(key);
    if (const auto led = led_.find({key, rotation}); led != led_.end()) {
        return look_at_led_token(name, led->second, decision);
    }
    if (!decision.refusal) {
        if (rotation < watched.retired_below) {
            judge_.violated(Invariant::retired_tokens_are_refused, name + " was taken, though those before " +
                                                                       std::to_string(watched.retired_below) +
                                                                       " are retired");
        }
        // Written, so that from now on it is known to have arrived.
        if (!decision.changes.empty() && rotation == watched.newest) {
            watched.retired_below = rotation;
            forget_led(key);
        }
        return;
    }
    const auto* team = truth_.team(key.first);
    const bool is_held = team != nullptr && team->seats[key.second - 1U].state != SeatState::vacant;
    if (!is_held || rotation < watched.retired_below) return;
    switch (*decision.refusal) {
        case Refusal::token_expired:
            if (uptime_ - watched.away_since < plan_.token_life - tolerance()) {
                judge_.violated(Invariant::deadlines_count_uptime, name + " expired too early");
            }
            return;
        case Refusal::token_unknown:
        case Refusal::token_retired:
        case Refusal::seat_released:
        case Refusal::seat_expired:
            judge_.violated(Invariant::a_good_token_opens_its_seat,
                            name + " was refused with " + std::string(code_of(*decision.refusal)));
            return;
        default:
            return;
    }
}

}  // namespace holdfast::simulation
