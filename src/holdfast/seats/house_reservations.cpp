// Seats that the host keeps for somebody by name.
#include <utility>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"
#include "holdfast/seats/team_name.hpp"

namespace holdfast::seats {

Reservations& House::State::edit_reservations() {
    remember_claims();
    auto copy = std::make_shared<Reservations>(*claims.reservations);
    auto& edited = *copy;
    claims.reservations = std::move(copy);
    return edited;
}

void House::State::take_in_reservations(const std::vector<ReservationRecord>& records) {
    auto taken = std::make_shared<Reservations>();
    for (const auto& record : records)
        taken->put(record, tokens);
    claims.reservations = std::move(taken);
}

void House::State::derive_reservation_codes() {
    if (claims.reservations->empty()) return;
    auto copy = std::make_shared<Reservations>(*claims.reservations);
    copy->derive_codes(tokens);
    claims.reservations = std::move(copy);
}

Outcome House::State::handle(const Command& command, const ReserveSeat& body) {
    auto team_name = normalise_team_name(body.team_name);
    if (!team_name) return team_name.error();
    auto name = normalise_team_name(body.name);
    if (!name) return name.error();
    if (claims.reservations->size() >= limits::reservations) return Refusal::too_many_reservations;
    const auto* found = find_team_by_key(team_name->key);
    const auto seat_count =
        found == nullptr ? static_cast<Slot>(settings.seats_per_team) : found->seat_count();
    if (body.slot > seat_count) return Refusal::bad_request;
    const auto is_free = [&](Slot slot) {
        return found == nullptr || (found->state(slot) == SeatState::vacant &&
                                    !claims.reservations->waits(found->record.id, slot));
    };
    Slot slot = body.slot;
    if (slot == 0) {
        slot = 1;
        while (slot <= seat_count && !is_free(slot))
            ++slot;
        if (slot > seat_count) return Refusal::team_full;
    } else if (!is_free(slot)) {
        return Refusal::seat_taken;
    }
    if (found == nullptr && teams.size() >= settings.most_teams) return Refusal::too_many_teams;

    auto& team = found == nullptr ? make_team(std::move(*team_name)) : edit(found->record.id);
    const auto id = team.record.id;
    team.record.active = true;
    ReservationRecord record;
    record.team = id;
    record.slot = slot;
    record.nonce = random.below(~std::uint64_t{0});
    record.name = std::move(name->shown);
    record.at = now.wall;
    auto& reservations = edit_reservations();
    reservations.put(record, tokens);
    decision.changes.push_back(PutReservation{record});
    journal(id, slot, "reserved", "host", team.seat(slot).epoch);
    emit(id, SeatReserved{command.connection, nullptr, slot, record.name, reservations.find(id, slot)->code});
    remember_as(id, slot);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const WithdrawReservation& body) {
    if (!claims.reservations->waits(body.team, body.slot)) return Refusal::reservation_unknown;
    auto& team = edit(body.team);
    edit_reservations().remove(body.team, body.slot);
    decision.changes.push_back(DropReservation{body.team, body.slot});
    journal(body.team, body.slot, "reservation_withdrawn", "host", team.seat(body.slot).epoch);
    dissolve_if_empty(team);
    emit(body.team, SeatReserved{command.connection, nullptr, body.slot, {}, {}});
    remember_as(body.team, body.slot);
    return std::nullopt;
}

/// The one for whom the seat is kept has come.
void House::State::take_reserved_seat(TeamId id, Slot slot, const Command& by) {
    auto record = claims.reservations->find(id, slot)->record;
    record.used = true;
    edit_reservations().put(record, tokens);
    decision.changes.push_back(PutReservation{std::move(record)});
    sit_down(edit(id), slot, by, SeatedHow::claimed, false);
}

void House::State::carry_name(TeamId team, Slot slot, TeamId to_team, Slot to_slot) {
    const auto* found = claims.reservations->find(team, slot);
    if (found == nullptr) return;
    auto record = found->record;
    forget_used_reservation(team, slot);
    record.team = to_team;
    record.slot = to_slot;
    edit_reservations().put(record, tokens);
    decision.changes.push_back(PutReservation{std::move(record)});
}

/// A name stays with its seat while its player has it.
void House::State::forget_used_reservation(TeamId team, Slot slot) {
    const auto* found = claims.reservations->find(team, slot);
    if (found == nullptr || !found->record.used) return;
    edit_reservations().remove(team, slot);
    decision.changes.push_back(DropReservation{team, slot});
}

void House::State::dissolve_if_empty(Team& team) const {
    if (team.anybody_seated() || claims.reservations->any_waits(team.record.id)) return;
    // A round nobody is left to finish is dropped; its number is not given again.
    team.record.active = false;
    team.record.round.reset();
}

}  // namespace holdfast::seats
