// Taking seats, keeping them and giving them up.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"
#include "holdfast/seats/team_name.hpp"

namespace holdfast::seats {
namespace {

bool is_for_hosts(CommandKind kind) {
    switch (kind) {
        case CommandKind::start_game:
        case CommandKind::pause_game:
        case CommandKind::restart_game:
        case CommandKind::toggle_game_mode:
        case CommandKind::release_seat:
        case CommandKind::approve_request:
        case CommandKind::refuse_request:
        case CommandKind::ban_device:
        case CommandKind::lift_ban:
        case CommandKind::reserve_seat:
        case CommandKind::withdraw_reservation:
        case CommandKind::move_player:
        case CommandKind::extend_hold:
        case CommandKind::set_grace:
            return true;
        default:
            return false;
    }
}

/// Commands that make no sense without a store to write to, whatever the state of things.
bool needs_the_disk(CommandKind kind) {
    switch (kind) {
        case CommandKind::join_team:             // the device that holds a seat there may come back
        case CommandKind::reconnect_with_token:  // so may the player with its token
        case CommandKind::list_reconnectable:
        case CommandKind::connection_lost:
        case CommandKind::heartbeat:
        case CommandKind::introduce:
        case CommandKind::tick:
            return false;
        default:
            return true;
    }
}

bool seats_somebody(CommandKind kind) {
    return kind == CommandKind::create_team || kind == CommandKind::join_team ||
           kind == CommandKind::reactivate_team || kind == CommandKind::reconnect_with_token ||
           kind == CommandKind::move_here || kind == CommandKind::ask_for_seat;
}

bool is_known(const DeviceId& device) {
    return device != DeviceId{};
}

}  // namespace

Outcome House::State::decide(const Command& command) {
    if (command.op.size() > limits::operation_id_bytes) return Refusal::bad_request;
    if (is_for_hosts(decision.kind) && !command.host) return Refusal::not_host;
    if (seats_somebody(decision.kind) && command.connection == 0) return Refusal::bad_request;
    if (!claims.bans->empty() && is_banned(command)) return Refusal::device_banned;
    if (const auto* operation = find_operation(command)) {
        decision.repeated = true;
        return repeat_operation(command, *operation);
    }
    if (store == StoreState::down && needs_the_disk(decision.kind)) return Refusal::store_unavailable;
    const auto outcome = std::visit([&](const auto& body) { return handle(command, body); }, command.body);
    if (!outcome && done) remember_operation(command, *done);
    return outcome;
}

Refusal House::State::no_seat_refusal(ConnectionId connection) const {
    return taken_over.contains(connection) ? Refusal::taken_over : Refusal::not_seated;
}

// ---- commands

Outcome House::State::handle(const Command& command, const CreateTeam& body) {
    if (seat_of(command.connection)) return Refusal::already_seated;
    auto name = normalise_team_name(body.team_name);
    if (!name) return name.error();
    if (const auto* existing = find_team_by_key(name->key)) {
        if (existing->record.active) return Refusal::name_in_use;
        return bring_back(command, existing->record.id, SeatedHow::created);
    }
    if (teams.size() >= settings.most_teams) return Refusal::too_many_teams;
    auto& team = make_team(std::move(*name));
    sit_down(team, 1, command, SeatedHow::created, false);
    remember_as(team.record.id, 1);
    return std::nullopt;
}

Team& House::State::make_team(TeamName name) {
    TeamRecord record;
    record.id = ++game.last_team;
    record.name = std::move(name.shown);
    record.name_key = std::move(name.key);
    record.created_at = now.wall;
    record.seats.resize(static_cast<std::size_t>(settings.seats_per_team));
    for (auto& seat : record.seats)
        seat.since = now.wall;
    return add_team(std::move(record));
}

Outcome House::State::handle(const Command& command, const JoinTeam& body) {
    if (seat_of(command.connection)) return Refusal::already_seated;
    const auto name = normalise_team_name(body.team_name);
    if (!name) return name.error();
    const auto* found = find_team_by_key(name->key);
    if (found == nullptr) return Refusal::team_unknown;
    if (!found->record.active) return Refusal::team_dissolved;
    const auto id = found->record.id;

    for (Slot slot = 1; is_known(command.device) && slot <= found->seat_count(); ++slot) {
        if (found->state(slot) != SeatState::away || found->seat(slot).device != command.device) continue;
        const Resumption resumption{.way = ResumeWay::device};
        if (store == StoreState::down) {
            resume_without_disk(edit(id), slot, command, resumption);
        } else {
            resume(edit(id), slot, command, resumption);
            remember_as(id, slot, true);
        }
        return std::nullopt;
    }
    if (const auto key = seat_moved_from(id, command.device)) {
        const Resumption resumption{.way = ResumeWay::device};
        if (store == StoreState::down) {
            resume_without_disk(edit(key->team), key->slot, command, resumption);
        } else {
            resume(edit(key->team), key->slot, command, resumption);
            remember_as(key->team, key->slot, true);
        }
        return std::nullopt;
    }
    for (Slot slot = 1; slot <= found->seat_count(); ++slot) {
        if (found->state(slot) != SeatState::vacant || claims.reservations->waits(id, slot)) continue;
        if (store == StoreState::down) return Refusal::store_unavailable;
        sit_down(edit(id), slot, command, SeatedHow::joined, false);
        remember_as(id, slot);
        return std::nullopt;
    }
    return Refusal::team_full;
}

Outcome House::State::handle(const Command& command, const ReactivateTeam& body) {
    if (seat_of(command.connection)) return Refusal::already_seated;
    const auto name = normalise_team_name(body.team_name);
    if (!name) return name.error();
    const auto* found = find_team_by_key(name->key);
    if (found == nullptr) return Refusal::team_unknown;
    if (found->record.active) return Refusal::team_active;
    return bring_back(command, found->record.id, SeatedHow::reactivated);
}

Outcome House::State::bring_back(const Command& command, TeamId id, SeatedHow how) {
    auto& team = edit(id);
    team.record.active = true;
    sit_down(team, 1, command, how, true);
    remember_as(id, 1, true);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const LeaveTeam& /*body*/) {
    const auto key = seat_of(command.connection);
    if (!key) return no_seat_refusal(command.connection);
    auto& team = edit(key->team);
    emit(key->team, Unseated{command.connection, nullptr, key->slot, std::nullopt});
    vacate(team, key->slot, SeatFreed::left, "player");
    remember_as(key->team, key->slot);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const ConnectionLost& body) {
    mark_taken_over(command.connection, false);
    if (!claims.requests->empty()) asker_lost(command.connection);
    const auto key = seat_of(command.connection);
    if (!key) return std::nullopt;
    const auto cause = body.cause == AwayCause::none ? AwayCause::connection_lost : body.cause;
    auto& team = edit(key->team);
    if (store == StoreState::down) {
        team.live_seat(key->slot).connection = 0;
        change_state(team, key->slot, SeatState::connected, SeatState::away, "away", cause);
    } else {
        turn_away(team, key->slot, cause);
    }
    tell_partners_gone(team, key->slot, SeatFreed::none);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const Introduce& /*body*/) {
    emit(0, Introduced{command.connection, short_name(command.device), game_view()});
    return std::nullopt;
}

// ---- what they are made of

void House::State::change_state(Team& team, Slot slot, SeatState from, SeatState to, JournalWhat what,
                                JournalReason reason) {
    const auto id = team.record.id;
    emit(id, SeatChanged{nullptr, slot, from, to, std::string(what.code()), std::string(reason.code())});
    if (store == StoreState::writable) journal(id, slot, what, reason, team.seat(slot).epoch);
}

void House::State::sit_down(Team& team, Slot slot, const Command& command, SeatedHow how,
                            bool is_reactivated) {
    auto& seat = team.seat(slot);
    seat.state = SeatState::connected;
    ++seat.epoch;
    seat.since = now.wall;
    seat.device = command.device;
    seat.freed_because = SeatFreed::none;
    forget_moved_tokens(team.record, slot);
    auto token = tokens.create_token(team.record, slot);
    emit(0, TokenCounted{TokenEvent::issued, std::nullopt});
    team.live_seat(slot) = {command.connection, 0, command.page};
    mark_taken_over(command.connection, false);
    emit_seated(team, slot, {.how = how, .is_reactivated = is_reactivated}, AwayCause::none,
                std::move(token));
    change_state(team, slot, SeatState::vacant, SeatState::connected, "joined", how);
    deal_if_whole(team);
}

void House::State::resume(Team& team, Slot slot, const Command& command, const Resumption& way_back) {
    auto resumption = way_back;
    auto& seat = team.seat(slot);
    auto& live = team.live_seat(slot);
    const auto from = team.state(slot);
    const auto old_connection = live.connection;
    const bool changes_hands = old_connection != command.connection;
    const auto how = overtaking_of(live.page, seat.device, command.page, command.device);
    auto cause = AwayCause::none;
    if (from == SeatState::away) {
        cause = seat.state == SeatState::away ? seat.away_cause : AwayCause::connection_lost;
        if (resumption.hint != AwayCause::none) cause = resumption.hint;
    } else if (changes_hands) {
        cause = cause_of(how);
    }

    if (token_has_expired(seat, uptime)) clear_token(seat);
    // Whoever shows the newest token has it.
    if (resumption.way == ResumeWay::token) confirm_token(seat, seat.rotation);
    if (!team.record.moved_tokens.empty()) {
        resumption.moved_by_host = resumption.way != ResumeWay::token && has_moved_tokens(team.record, slot);
        if (resumption.way == ResumeWay::token || !seat.token_live) forget_moved_tokens(team.record, slot);
    }
    const auto rotation_before = seat.rotation;
    auto token = tokens.rotate_token(team.record, slot);
    if (seat.rotation != rotation_before) emit(0, TokenCounted{TokenEvent::issued, std::nullopt});
    seat.epoch += live.unwritten_epochs + (changes_hands ? 1U : 0U);
    if (changes_hands || seat.state == SeatState::away) seat.since = now.wall;
    seat.state = SeatState::connected;
    seat.away_cause = AwayCause::none;
    seat.seat_deadline = {};
    seat.token_deadline = {};
    seat.device = command.device;
    live = {command.connection, 0, command.page};

    if (changes_hands && old_connection != 0) {
        mark_taken_over(old_connection, true);
        emit(team.record.id, TakenOver{old_connection, nullptr, slot, how});
    }
    mark_taken_over(command.connection, false);
    emit_seated(team, slot, resumption, cause, std::move(token));
    if (changes_hands) note_return(team, slot, from, old_connection != 0, how, resumption.way);
    deal_if_whole(team);
}

void House::State::resume_without_disk(Team& team, Slot slot, const Command& command,
                                       const Resumption& way_back) {
    auto resumption = way_back;
    resumption.moved_by_host = resumption.way != ResumeWay::token && has_moved_tokens(team.record, slot);
    auto& live = team.live_seat(slot);
    const auto from = team.state(slot);
    const auto old_connection = live.connection;
    // The record's device may be the one from before the store went down: that is for words alone.
    const auto how = overtaking_of(live.page, team.seat(slot).device, command.page, command.device);
    auto cause = resumption.hint;
    if (old_connection != command.connection) {
        if (old_connection != 0) cause = cause_of(how);
        if (old_connection != 0) {
            mark_taken_over(old_connection, true);
            emit(team.record.id, TakenOver{old_connection, nullptr, slot, how});
        }
        mark_taken_over(command.connection, false);
        live.connection = command.connection;
        live.page = command.page;
        ++live.unwritten_epochs;
    }
    emit_seated(team, slot, resumption, cause, "");
    if (old_connection != command.connection) {
        note_return(team, slot, from, old_connection != 0, how, resumption.way);
    }
}

void House::State::note_return(Team& team, Slot slot, SeatState from, bool was_live, Overtaking how,
                               ResumeWay way) {
    const auto what = was_live ? JournalWhat(how) : JournalWhat("resumed");
    const auto reason = was_live && how != Overtaking::unknown ? JournalReason(how) : JournalReason(way);
    change_state(team, slot, from, SeatState::connected, what, reason);
}

void House::State::emit_seated(const Team& team, Slot slot, const Resumption& resumption,
                               AwayCause away_cause, std::string token) {
    Seated seated;
    seated.connection = team.live_seat(slot).connection;
    seated.how = resumption.how;
    seated.way = resumption.way;
    seated.away_cause = away_cause;
    seated.slot = slot;
    seated.is_reactivated = resumption.is_reactivated;
    seated.moved_by_host = resumption.moved_by_host;
    // Without a token there is no rotation either: a heartbeat must not confirm what was not sent.
    seated.rotation = token.empty() ? 0 : team.seat(slot).rotation;
    seated.token = std::move(token);
    seated.token_expires_in_seconds =
        std::chrono::duration_cast<std::chrono::seconds>(settings.token_life).count();
    seated.round = round_view(team, slot);
    seated.game = game_view();
    emit(team.record.id, std::move(seated));
}

void House::State::turn_away(Team& team, Slot slot, AwayCause cause) {
    auto& seat = team.seat(slot);
    auto& live = team.live_seat(slot);
    const bool was_connected = seat.state == SeatState::connected || live.connection != 0;
    seat.epoch += live.unwritten_epochs;
    seat.state = SeatState::away;
    seat.away_cause = cause;
    seat.seat_deadline = uptime + grace();
    seat.token_deadline = uptime + token_life();
    seat.since = now.wall;
    live = {};
    deadline_was_set = true;
    change_state(team, slot, was_connected ? SeatState::connected : SeatState::away, SeatState::away, "away",
                 cause);
}

void House::State::vacate(Team& team, Slot slot, SeatFreed why, JournalReason reason) {
    auto& seat = team.seat(slot);
    auto& live = team.live_seat(slot);
    const auto from = team.state(slot);
    if (clear_token(seat)) {
        const auto what = why == SeatFreed::expired ? TokenEvent::swept : TokenEvent::cleared;
        emit(0, TokenCounted{what, std::nullopt});
    }
    withdraw_move_code(team.record.id, slot);
    seat.epoch += live.unwritten_epochs + 1U;
    seat.state = SeatState::vacant;
    seat.away_cause = AwayCause::none;
    seat.seat_deadline = {};
    seat.token_deadline = {};
    seat.since = now.wall;
    seat.device = {};
    seat.freed_because = why;
    live = {};
    change_state(team, slot, from, SeatState::vacant, why, reason);
    if (why != SeatFreed::moved) tell_partners_gone(team, slot, why);
    if (!claims.reservations->empty()) forget_used_reservation(team.record.id, slot);
    dissolve_if_empty(team);
}

void House::State::tell_partners_gone(const Team& team, Slot slot, SeatFreed why) {
    for (Slot other = 1; other <= team.seat_count(); ++other) {
        if (other != slot && team.live_seat(other).connection != 0) {
            emit(team.record.id, PartnerGone{nullptr, slot, why != SeatFreed::none, why});
            return;
        }
    }
}

}  // namespace holdfast::seats
