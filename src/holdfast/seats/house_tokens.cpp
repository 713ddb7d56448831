// Coming back with a token, what makes tokens and seats expire, and the comparison of memory with the disk.
#include <algorithm>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

Outcome House::State::handle(const Command& command, const ReconnectWithToken& body) {
    const auto claim = tokens.read_token(body.token);
    if (!claim) return refuse_token(claim.error(), nullptr, {});
    const auto led = moved_tokens.find({claim->team, claim->slot, claim->rotation});
    const bool was_moved = led != moved_tokens.end();
    const auto key = was_moved ? led->second : SeatKey{claim->team, claim->slot};
    const auto held = seat_of(command.connection);
    if (held && *held != key) return Refusal::already_seated;
    auto* team = find_team(key.team);
    const auto standing =
        was_moved ? Tokens::validate_moved_token(team->seat(key.slot), uptime)
                  : Tokens::validate_token(team == nullptr ? nullptr : &team->record, *claim, uptime);
    if (!standing) return refuse_token(standing.error(), team, {key.team, key.slot, claim->rotation});

    Resumption resumption{.way = ResumeWay::previous_token, .hint = body.hint};
    if (was_moved) resumption.way = ResumeWay::moved_token;
    if (*standing == TokenStanding::newest) resumption.way = ResumeWay::token;
    if (body.stands_back && stands_back(key, command)) return Refusal::taken_over;
    emit(0, TokenCounted{TokenEvent::used, std::nullopt});
    if (store == StoreState::down) {
        resume_without_disk(edit(key.team), key.slot, command, resumption);
    } else {
        resume(edit(key.team), key.slot, command, resumption);
    }
    return std::nullopt;
}

/// A page that comes back by itself leaves the seat to another tab that lives, and is told of it.
bool House::State::stands_back(SeatKey key, const Command& command) {
    const auto& team = teams.at(key.team);
    const auto& live = team.live_seat(key.slot);
    // Without the name of its tab it might be standing back from its own older connection.
    if (command.page.tab == 0 || command.page.tab == live.page.tab) return false;
    if (live.connection == 0 || live.connection == command.connection) return false;
    const auto by = overtaking_of(command.page, command.device, live.page, team.seat(key.slot).device);
    emit(key.team, TakenOver{command.connection, nullptr, key.slot, by});
    return true;
}

Refusal House::State::refuse_token(Refusal refusal, const Team* team, const TokenClaim& claim) {
    emit(0, TokenCounted{TokenEvent::refused, refusal});
    // Only a genuine token gets into a journal: a stranger's guesses fill no disk. And that one not again and
    // again: the journal keeps so many entries, and an old token must not push out what happened.
    if (team != nullptr && store == StoreState::writable && claim.slot >= 1 &&
        claim.slot <= team->seat_count() &&
        refusals_noted.emplace(SeatKey{claim.team, claim.slot}, uptime).second) {
        journal(claim.team, claim.slot, "token_refused", refusal, team->seat(claim.slot).epoch);
    }
    return refusal;
}

Outcome House::State::handle(const Command& command, const ConfirmToken& body) {
    const auto key = seat_of(command.connection);
    if (!key) return no_seat_refusal(command.connection);
    const auto claim = tokens.read_token(body.token);
    if (!claim) return Refusal::bad_request;
    if (claim->team == key->team && claim->slot == key->slot) confirm(*key, claim->rotation);
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const HeartbeatAnswered& body) {
    const auto key = seat_of(command.connection);
    if (key && store == StoreState::writable) confirm(*key, body.rotation);
    return std::nullopt;
}

void House::State::confirm(SeatKey key, std::uint64_t rotation) {
    const auto& team = teams.at(key.team);
    const auto& seat = team.seat(key.slot);
    // Looked at before it is edited: most heartbeats change nothing and must cost nothing.
    if (seat.rotation != rotation) return;
    if (!seat.previous_token_good && !has_moved_tokens(team.record, key.slot)) return;
    auto& edited = edit(key.team);
    confirm_token(edited.seat(key.slot), rotation);
    forget_moved_tokens(edited.record, key.slot);
    emit(0, TokenCounted{TokenEvent::confirmed, std::nullopt});
}

Outcome House::State::handle(const Command& command, const ListReconnectable& /*body*/) {
    ReconnectableListed listed;
    listed.connection = command.connection;
    const auto list = [&](const Team& team, Slot slot, bool own) {
        const auto& seat = team.seat(slot);
        Reconnectable entry;
        entry.team = team.record.id;
        entry.team_name = team.record.name;
        entry.slot = slot;
        entry.disconnect_time = seat.since;
        auto token = tokens.find_token(team.record, slot, uptime);
        entry.has_token = token.has_value();
        if (own && token) entry.token = std::move(*token);
        listed.seats.push_back(std::move(entry));
    };
    const bool device_is_known = command.device != DeviceId{};
    if (device_is_known) {
        const auto device = short_name(command.device);
        for (auto own = away_by_device.lower_bound({device, 0, 0});
             own != away_by_device.end() && std::get<0>(*own) == device &&
             listed.seats.size() < limits::reconnectable_seats_listed;
             ++own) {
            const auto& team = teams.at(std::get<1>(*own));
            const auto slot = std::get<2>(*own);
            if (team.seat(slot).device == command.device) list(team, slot, true);
        }
    }
    // Of the others those that are held longest, which are those that fell away last.
    for (auto other = deadlines.rbegin();
         other != deadlines.rend() && listed.seats.size() < limits::reconnectable_seats_listed; ++other) {
        const auto& team = teams.at(std::get<1>(*other));
        const auto slot = std::get<2>(*other);
        if (device_is_known && team.seat(slot).device == command.device) continue;
        list(team, slot, false);
    }
    if (!claims.reservations->empty()) {
        for (const auto& [record, code, code_before] : claims.reservations->list()) {
            if (record.used || listed.reserved.size() >= limits::reconnectable_seats_listed) continue;
            Reconnectable entry;
            entry.team = record.team;
            entry.team_name = teams.at(record.team).record.name;
            entry.slot = record.slot;
            listed.reserved.push_back(std::move(entry));
        }
    }
    emit(0, std::move(listed));
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const Tick& /*body*/) {
    if (tokens.forget_secret_before(now.wall)) derive_reservation_codes();
    move_codes.forget_expired(uptime);
    std::erase_if(refusals_noted,
                  [this](const auto& noted) { return noted.second + refusal_noted_again_after <= uptime; });
    end_stale_requests();
    if (store == StoreState::down) return std::nullopt;
    sweep_expired_seats_and_tokens();
    forget_operations();
    return std::nullopt;
}

void House::State::sweep_expired_seats_and_tokens() {
    std::vector<TeamId> due;
    for (const auto& [at, team, slot] : deadlines) {
        if (at > uptime) break;
        due.push_back(team);
    }
    std::sort(due.begin(), due.end());
    due.erase(std::unique(due.begin(), due.end()), due.end());
    for (const auto id : due) {
        auto& team = edit(id);
        for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
            const auto& live = team.live_seat(slot);
            if (live.connection != 0 || live.unwritten_epochs != 0) continue;
            const auto& seat = team.seat(slot);
            if (seat.state == SeatState::away && seat.seat_deadline <= uptime) {
                vacate(team, slot, SeatFreed::expired, "deadline");
            }
        }
        for (const auto slot : sweep_expired_tokens(team.record, uptime)) {
            emit(0, TokenCounted{TokenEvent::swept, std::nullopt});
            journal(id, slot, "token_expired", "deadline", team.seat(slot).epoch);
        }
    }
}

Outcome House::State::handle(const Command& /*command*/, const SynchroniseWithStore& body) {
    synchronise_with_store(body.live);
    return std::nullopt;
}

void House::State::synchronise_with_store(const std::vector<ConnectionId>& live) {
    // Nothing here frees a seat, whatever `live` holds: the worst that can happen to a seat is that it turns
    // away with its full grace. At start-up preserve_sessions_at_start has left nothing to compare.
    const auto is_live = [&](ConnectionId connection) {
        return connection != 0 && std::binary_search(live.begin(), live.end(), connection);
    };
    const auto is_in_line = [&](const Team& team, Slot slot) {
        const auto& seat = team.seat(slot);
        const auto& held = team.live_seat(slot);
        if (seat.state == SeatState::vacant) return true;
        if (held.unwritten_epochs != 0) return false;
        return seat.state == SeatState::connected ? is_live(held.connection) : held.connection == 0;
    };
    for (auto& [id, looked_at] : teams) {
        for (Slot slot = 1; slot <= looked_at.seat_count(); ++slot) {
            if (is_in_line(looked_at, slot)) continue;
            auto& team = edit(id);
            const auto connection = team.live_seat(slot).connection;
            if (is_live(connection)) {
                // Resumed while the store was down: written now, and its player gets the token due since.
                Command on_its_behalf;
                on_its_behalf.connection = connection;
                on_its_behalf.device = team.seat(slot).device;
                on_its_behalf.page = team.live_seat(slot).page;
                resume(team, slot, on_its_behalf, {});
                journal(id, slot, "resumed", "store_unavailable", team.seat(slot).epoch);
            } else {
                turn_away(team, slot,
                          connection == 0 ? AwayCause::connection_lost : AwayCause::stale_session);
                tell_partners_gone(team, slot, SeatFreed::none);
            }
        }
    }
}

}  // namespace holdfast::seats
