// What the host does with seats and with the time for which they are held.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {
namespace {

std::uint64_t in_seconds(Milliseconds span) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

bool has_slot(const Team& team, Slot slot) {
    return slot >= 1 && slot <= team.seat_count();
}

Slot first_vacant(const Team& team, const Reservations& reservations) {
    for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
        if (team.state(slot) == SeatState::vacant && !reservations.waits(team.record.id, slot)) return slot;
    }
    return 0;
}

}  // namespace

Outcome House::State::handle(const Command& command, const ReleaseSeat& body) {
    const auto* found = find_team(body.team);
    if (found == nullptr) return Refusal::team_unknown;
    if (!has_slot(*found, body.slot)) return Refusal::bad_request;
    if (found->state(body.slot) == SeatState::vacant) return Refusal::seat_vacant;
    auto& team = edit(body.team);
    const auto holder = team.live_seat(body.slot).connection;
    if (holder != 0) emit(body.team, Unseated{holder, nullptr, body.slot, Refusal::seat_released});
    vacate(team, body.slot, SeatFreed::released, "host");
    emit_last(body.team,
              HostActed{.what = HostDeed::released, .host = command.connection, .slot = body.slot});
    remember_as(body.team, body.slot);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const MovePlayer& body) {
    const auto* from = find_team(body.team);
    const auto* to = find_team(body.to_team);
    if (from == nullptr || to == nullptr) return Refusal::team_unknown;
    if (!has_slot(*from, body.slot)) return Refusal::bad_request;
    if (from->state(body.slot) == SeatState::vacant) return Refusal::seat_vacant;
    if (!to->record.active) return Refusal::team_dissolved;
    const auto to_slot = body.to_slot == 0 ? first_vacant(*to, *claims.reservations) : body.to_slot;
    if (to_slot == 0) return Refusal::team_full;
    if (!has_slot(*to, to_slot)) return Refusal::bad_request;
    if (to->state(to_slot) != SeatState::vacant || claims.reservations->waits(body.to_team, to_slot)) {
        return Refusal::seat_taken;
    }
    auto& source = edit(body.team);
    move_player(source, body.slot, edit(body.to_team), to_slot);
    emit_last(body.to_team, HostActed{.what = HostDeed::moved,
                                      .host = command.connection,
                                      .slot = to_slot,
                                      .from = body.team,
                                      .from_slot = body.slot});
    remember_as(body.to_team, to_slot, false, body.team);
    return std::nullopt;
}

/// Takes everything that is the player's along: the connection, or the hold with what is left of it; the
/// device; and what its tokens open. The item and the answer of a running round belong to the seats, as when
/// somebody leaves and somebody else sits down.
void House::State::move_player(Team& from, Slot slot, Team& to, Slot to_slot) {
    const auto was = from.seat(slot);
    const auto live = from.live_seat(slot);
    const bool is_there = live.connection != 0;
    const bool is_held = was.state == SeatState::away && live.unwritten_epochs == 0;
    carry_moved_tokens(from.record, slot, to.record, to_slot);

    auto& seat = to.seat(to_slot);
    ++seat.epoch;
    seat.state = is_there ? SeatState::connected : SeatState::away;
    seat.device = was.device;
    seat.freed_because = SeatFreed::none;
    seat.since = is_held ? was.since : now.wall;
    if (!is_there) {
        seat.away_cause = is_held ? was.away_cause : AwayCause::connection_lost;
        seat.seat_deadline = is_held ? was.seat_deadline : uptime + grace();
        seat.token_deadline = is_held ? was.token_deadline : uptime + token_life();
        deadline_was_set = true;
    }
    // A number above those of both seats: a heartbeat that was answered before the move confirms nothing
    // here.
    seat.rotation = std::max(seat.rotation, was.rotation);
    std::string token;
    if (is_there || was.token_live) {
        token = tokens.create_token(to.record, to_slot);
        emit(0, TokenCounted{TokenEvent::issued, std::nullopt});
    }

    carry_name(from.record.id, slot, to.record.id, to_slot);
    vacate(from, slot, SeatFreed::moved, "host");
    if (&from != &to) tell_partners_gone(from, slot, SeatFreed::moved);
    to.live_seat(to_slot) = {live.connection, 0, live.page};
    if (is_there) {
        emit_seated(to, to_slot, {.how = SeatedHow::moved, .moved_by_host = true}, AwayCause::none,
                    std::move(token));
    }
    change_state(to, to_slot, SeatState::vacant, seat.state,
                 is_there ? JournalWhat("moved_here") : JournalWhat("held_here"), "host");
    deal_if_whole(to);
}

Outcome House::State::handle(const Command& command, const ExtendHold& body) {
    const auto* found = find_team(body.team);
    if (found == nullptr) return Refusal::team_unknown;
    if (!has_slot(*found, body.slot) || body.by <= Milliseconds{0} || body.by > limits::hold_most) {
        return Refusal::bad_request;
    }
    const auto state = found->state(body.slot);
    if (state == SeatState::vacant) return Refusal::seat_vacant;
    if (state == SeatState::connected) return Refusal::seat_not_away;
    // Fell away while the disk refused to take it: its deadline is set when that is written.
    if (!waits_for_deadline(found->seat(body.slot), found->live_seat(body.slot))) {
        return Refusal::store_unavailable;
    }
    const auto deadline =
        std::min(found->seat(body.slot).seat_deadline + body.by, uptime + limits::hold_most);
    // The most grows with the time: what it adds within a second is nothing to speak of.
    if (deadline < found->seat(body.slot).seat_deadline + Milliseconds{1'000}) return Refusal::hold_too_long;
    auto& team = edit(body.team);
    auto& seat = team.seat(body.slot);
    // As long as the seat is held its token is good.
    if (seat.token_live && !token_has_expired(seat, uptime)) {
        seat.token_deadline = std::max(seat.token_deadline, deadline);
    }
    seat.seat_deadline = deadline;
    deadline_was_set = true;
    change_state(team, body.slot, SeatState::away, SeatState::away, "hold_extended", "host");
    emit_last(body.team,
              HostActed{.what = HostDeed::hold_extended, .host = command.connection, .slot = body.slot});
    remember_as(body.team, body.slot, false, in_seconds(body.by));
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const SetGrace& body) {
    if (body.grace && (*body.grace < limits::grace_least || *body.grace > limits::grace_most)) {
        return Refusal::bad_request;
    }
    game.grace = body.grace.value_or(Milliseconds{0});
    emit(0, GameChanged{GameEvent::grace_set, game_view()});
    // Of no team: the whole game's.
    journal(0, 0, "grace_set", "host", 0);
    remember_as(0, 0, false, in_seconds(game.grace));
    return std::nullopt;
}

/// The same operation again: the host hears what was done then, and nobody else does. The same id with
/// something else in it would be confirmed untruly.
Outcome House::State::repeat_deed(const Command& command, const OperationRecord& operation) {
    HostActed acted{.host = command.connection, .slot = operation.slot, .repeated = true};
    if (const auto* body = std::get_if<SetGrace>(&command.body)) {
        const auto asked = in_seconds(body->grace.value_or(Milliseconds{0}));
        return asked == operation.round ? std::nullopt : Outcome(Refusal::bad_request);
    }
    if (const auto* body = std::get_if<MovePlayer>(&command.body)) {
        const bool is_same = body->team == operation.round && body->to_team == operation.team &&
                             (body->to_slot == 0 || body->to_slot == operation.slot);
        if (!is_same) return Refusal::bad_request;
        acted.what = HostDeed::moved;
        acted.from = body->team;
        acted.from_slot = body->slot;
    } else if (const auto* longer = std::get_if<ExtendHold>(&command.body)) {
        const bool is_same = longer->team == operation.team && longer->slot == operation.slot &&
                             in_seconds(longer->by) == operation.round;
        if (!is_same) return Refusal::bad_request;
        acted.what = HostDeed::hold_extended;
    } else {
        const auto& freed = std::get<ReleaseSeat>(command.body);
        if (freed.team != operation.team || freed.slot != operation.slot) return Refusal::bad_request;
    }
    if (find_team(operation.team) == nullptr) return Refusal::team_unknown;
    emit(operation.team, std::move(acted));
    return std::nullopt;
}

}  // namespace holdfast::seats
