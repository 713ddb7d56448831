// Tables that follow from the teams, and the uptime.
#include <algorithm>
#include <cstring>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {
namespace {

/// A longer gap between two commands means that the process did not run: it counts for no deadline.
constexpr Milliseconds longest_gap{5'000};

}  // namespace

SeatState Team::state(Slot slot) const {
    if (seat(slot).state == SeatState::vacant) return SeatState::vacant;
    return live_seat(slot).connection == 0 ? SeatState::away : SeatState::connected;
}

bool Team::everybody_connected() const {
    return std::all_of(live.begin(), live.end(), [](const LiveSeat& seat) { return seat.connection != 0; });
}

bool Team::anybody_seated() const {
    return std::any_of(record.seats.begin(), record.seats.end(),
                       [](const SeatRecord& seat) { return seat.state != SeatState::vacant; });
}

bool House::State::waits_for_deadline(const SeatRecord& seat, const LiveSeat& live) {
    // What changed hands while the store was down waits for synchronise_with_store, not for a deadline.
    return seat.state == SeatState::away && live.unwritten_epochs == 0;
}

Uptime House::State::due(const SeatRecord& seat) {
    return seat.token_live ? std::min(seat.seat_deadline, seat.token_deadline) : seat.seat_deadline;
}

void House::State::index_everything() {
    // Sorted first: a tree that grows at its end costs a fraction of one that grows anywhere.
    std::vector<std::tuple<std::uint64_t, TeamId, Slot>> devices;
    std::vector<std::tuple<Uptime, TeamId, Slot>> dues;
    for (const auto& [id, team] : teams) {
        index_moved_tokens(team);
        for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
            const auto& seat = team.seat(slot);
            if (seat.state == SeatState::vacant) continue;
            devices.emplace_back(short_name(seat.device), id, slot);
            if (waits_for_deadline(seat, team.live_seat(slot))) dues.emplace_back(due(seat), id, slot);
        }
    }
    std::sort(devices.begin(), devices.end());
    std::sort(dues.begin(), dues.end());
    away_by_device = {devices.begin(), devices.end()};
    deadlines = {dues.begin(), dues.end()};
}

void House::State::index_moved_tokens(const Team& team) {
    for (const auto& token : team.record.moved_tokens) {
        moved_tokens[{token.made_for, token.made_for_slot, token.rotation}] = {team.record.id, token.slot};
    }
}

void House::State::index(const Team& team) {
    index_moved_tokens(team);
    for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
        const auto& seat = team.seat(slot);
        const auto& live = team.live_seat(slot);
        if (seat.state == SeatState::vacant) continue;
        if (live.connection != 0) {
            seats_by_connection[live.connection] = {team.record.id, slot};
            continue;
        }
        away_by_device.emplace(short_name(seat.device), team.record.id, slot);
        if (waits_for_deadline(seat, live)) deadlines.emplace(due(seat), team.record.id, slot);
    }
}

void House::State::unindex(const Team& team) {
    for (const auto& token : team.record.moved_tokens)
        moved_tokens.erase({token.made_for, token.made_for_slot, token.rotation});
    for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
        const auto& seat = team.seat(slot);
        const auto& live = team.live_seat(slot);
        if (seat.state == SeatState::vacant) continue;
        if (live.connection != 0) {
            seats_by_connection.erase(live.connection);
            continue;
        }
        away_by_device.erase({short_name(seat.device), team.record.id, slot});
        if (waits_for_deadline(seat, live)) deadlines.erase({due(seat), team.record.id, slot});
    }
}

Team* House::State::find_team(TeamId id) {
    const auto found = teams.find(id);
    return found == teams.end() ? nullptr : &found->second;
}

Team* House::State::find_team_by_key(const std::string& name_key) {
    const auto found = teams_by_name_key.find(name_key);
    return found == teams_by_name_key.end() ? nullptr : find_team(found->second);
}

std::optional<SeatKey> House::State::seat_moved_from(TeamId team, const DeviceId& device) const {
    if (device == DeviceId{} || moved_tokens.empty()) return std::nullopt;
    for (auto token = moved_tokens.lower_bound({team, 0, 0});
         token != moved_tokens.end() && std::get<0>(token->first) == team; ++token) {
        const auto key = token->second;
        const auto& moved_to = teams.at(key.team);
        if (moved_to.state(key.slot) == SeatState::away && moved_to.seat(key.slot).device == device)
            return key;
    }
    return std::nullopt;
}

std::optional<SeatKey> House::State::seat_of(ConnectionId connection) const {
    const auto found = seats_by_connection.find(connection);
    if (connection == 0 || found == seats_by_connection.end()) return std::nullopt;
    return found->second;
}

void House::State::mark_taken_over(ConnectionId connection, bool taken_over_now) {
    const bool before = taken_over.contains(connection);
    if (before == taken_over_now) return;
    undo.taken_over.emplace_back(connection, before);
    if (!taken_over_now) {
        taken_over.erase(connection);
        return;
    }
    taken_over.insert(connection);
    taken_over_order.push_back(connection);
    // Past the limit the oldest hear not_seated instead of taken_over.
    while (taken_over_order.size() > limits::connections) {
        taken_over.erase(taken_over_order.front());
        taken_over_order.pop_front();
    }
}

void House::State::advance_uptime(Moment moment, StoreState store_state) {
    // While the store is down nobody can take or give up a seat, so nobody's time runs out either.
    if (!uptime_counted_to || store_state == StoreState::down) {
        uptime_counted_to = moment.monotonic;
        return;
    }
    const auto passed = std::chrono::floor<Milliseconds>(moment.monotonic - *uptime_counted_to);
    if (passed < Milliseconds{0} || passed > longest_gap) {
        if (passed > longest_gap) uptime = uptime + longest_gap;
        uptime_counted_to = moment.monotonic;
        return;
    }
    // The fraction of a millisecond stays to be counted: commands may come every few microseconds.
    uptime = uptime + passed;
    *uptime_counted_to += passed;
}

}  // namespace holdfast::seats
