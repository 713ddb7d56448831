// A seat goes to another phone of its player: by a code from the old one, or because the host says so.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

Outcome House::State::handle(const Command& command, const OfferMove& /*body*/) {
    const auto key = seat_of(command.connection);
    if (!key) return no_seat_refusal(command.connection);
    const auto& team = teams.at(key->team);
    const auto& seat = team.seat(key->slot);
    const auto epoch = seat.epoch + team.live_seat(key->slot).unwritten_epochs;
    MoveOffered offered;
    offered.connection = command.connection;
    offered.slot = key->slot;
    offered.expires_in_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(limits::move_code_life).count();
    offered.code =
        move_codes.make({key->team, key->slot, seat.device, uptime + limits::move_code_life, epoch}, random);
    emit(key->team, std::move(offered));
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const MoveHere& body) {
    const auto* offer = move_codes.find(body.code, uptime);
    if (offer == nullptr) {
        const auto* kept = claims.reservations->with_code(MoveCodes::normalise(body.code));
        if (kept == nullptr) return Refusal::move_code_unknown;
        if (seat_of(command.connection)) return Refusal::already_seated;
        const SeatKey place{kept->record.team, kept->record.slot};
        take_reserved_seat(place.team, place.slot, command);
        remember_as(place.team, place.slot);
        return std::nullopt;
    }
    const SeatKey key{offer->team, offer->slot};
    const auto* team = find_team(key.team);
    const bool still_theirs =
        team != nullptr && key.slot <= team->seat_count() && team->state(key.slot) != SeatState::vacant &&
        team->seat(key.slot).device == offer->device &&
        (offer->device != DeviceId{} ||
         team->seat(key.slot).epoch + team->live_seat(key.slot).unwritten_epochs == offer->epoch);
    if (!still_theirs) return Refusal::move_code_unknown;
    if (const auto held = seat_of(command.connection); held) return Refusal::already_seated;
    undo.used_codes.push_back(*move_codes.use(body.code));
    move_seat(edit(key.team), key.slot, command, ResumeWay::code);
    remember_as(key.team, key.slot, true);
    return std::nullopt;
}

void House::State::withdraw_move_code(TeamId id, Slot slot) {
    if (move_codes.size() == 0) return;
    if (auto code = move_codes.withdraw(id, slot)) undo.used_codes.push_back(std::move(*code));
}

/// The seat with all that belongs to it goes to another device. Every token from before ends: the old device
/// has given the seat away.
void House::State::move_seat(Team& team, Slot slot, const Command& by, ResumeWay way) {
    auto& seat = team.seat(slot);
    auto& live = team.live_seat(slot);
    const auto from = team.state(slot);
    const auto old_connection = live.connection;
    const auto cause = from == SeatState::away ? seat.away_cause : AwayCause::none;
    withdraw_move_code(team.record.id, slot);
    forget_moved_tokens(team.record, slot);
    auto token = tokens.create_token(team.record, slot);
    emit(0, TokenCounted{TokenEvent::issued, std::nullopt});
    seat.epoch += live.unwritten_epochs + 1U;
    seat.state = SeatState::connected;
    seat.away_cause = AwayCause::none;
    seat.seat_deadline = {};
    seat.token_deadline = {};
    seat.since = now.wall;
    seat.device = by.device;
    live = {by.connection, 0, by.page};
    if (old_connection != 0) {
        emit(team.record.id, Unseated{old_connection, nullptr, slot, Refusal::seat_moved});
    }
    mark_taken_over(by.connection, false);
    emit_seated(team, slot, {.way = way}, cause, std::move(token));
    change_state(team, slot, from, SeatState::connected, "moved", way);
    deal_if_whole(team);
}

}  // namespace holdfast::seats
