// Seats that go to another phone by a code: whom the code was told to, and what it opens.
#include "holdfast/seats/move_codes.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

using namespace seats;

void Witness::look_at_offer(const MoveOffered& offered) {
    const SeatKey key{offered.team->id, offered.slot};
    if (holder_of(key) != offered.connection) {
        judge_.violated(Invariant::a_token_reaches_only_its_player,
                        "a code of " + name_of(key) + " is told to a connection that does not have it");
    }
    trace_.line("house", "a code of " + name_of(key) + " is told: " + MoveCodes::normalise(offered.code));
    // A new one ends the one before.
    std::erase_if(offered_, [key](const auto& one) { return one.second.seat == key; });
    // The device that the disk names: of a take-over while it was down it hears with the next resume.
    const auto* team = truth_.team(key.first);
    if (team != nullptr)
        offered_[MoveCodes::normalise(offered.code)] = {key, team->seats[key.second - 1U].device};
}

void Witness::look_at_move(SeatKey key, const SeatRecord& before, const Asked& by) {
    trace_.line("house", "the code " + by.code + " opens " + name_of(key));
    const auto found = offered_.find(by.code);
    if (found == offered_.end()) {
        judge_.violated(Invariant::a_held_seat_is_taken,
                        name_of(key) + " was moved by a code that nobody was told, or that was used");
        return;
    }
    if (found->second.seat != key || found->second.device != before.device) {
        judge_.violated(Invariant::a_held_seat_is_taken, name_of(key) + " was moved by the code of " +
                                                             name_of(found->second.seat) +
                                                             ", or of another device");
    }
    offered_.erase(found);
}

void Witness::count_what_happened(const Change& change) {
    if (const auto* line = std::get_if<AppendJournal>(&change))
        ++happened_[{line->entry.what, line->entry.reason}];
}

}  // namespace holdfast::simulation
