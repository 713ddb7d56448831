#include "holdfast/server/claims_format.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace holdfast::server::wire {

namespace json = boost::json;

namespace {

std::int64_t seconds_since(UnixTime then, UnixTime now) {
    return std::max<std::int64_t>(0, (now.milliseconds - then.milliseconds) / 1000);
}

std::string in_halves(const std::string& code) {
    const std::size_t half = code.size() / 2;
    return code.substr(0, half) + "-" + code.substr(half);
}

json::object row_of(const seats::SeatRequest& request, const seats::SeatRequests& all,
                    const seats::TeamView& team, UnixTime now) {
    const auto& seat = team.seats.at(request.slot - 1U);
    return {{"request_id", request.id},
            {"team_id", request.team},
            {"team_name", team.name},
            {"player_slot", request.slot},
            {"name", request.name},
            {"is_connected", request.connection != 0},
            {"asked_seconds", seconds_since(request.asked_at, now)},
            {"is_reserved", seat.state == seats::SeatState::vacant},
            {"away_seconds", seconds_since(seat.since, now)},
            {"away_because", to_string(seat.away_cause)},
            {"last_seen", seat.since.seconds()},
            {"requests_from_address", all.count_from(request.address)}};
}

}  // namespace

Fields seat_reserved(const seats::SeatReserved& reserved) {
    return {{"team_name", reserved.team->name},
            {"team_id", reserved.team->id},
            {"player_slot", reserved.slot},
            {"name", reserved.name},
            {"code", in_halves(reserved.code)}};
}

Fields seat_asked(const seats::SeatAsked& asked) {
    return {{"team_name", asked.team->name},
            {"team_id", asked.team->id},
            {"player_slot", asked.slot},
            {"name", asked.name},
            {"expires_in", asked.expires_in_seconds},
            {"message", "The host has been asked. Please stay on this page."}};
}

Fields seat_claims(const seats::Claims& claims, const Board& board, UnixTime now) {
    json::array requests;
    for (const auto& request : claims.requests->open()) {
        const auto team = board.view(request.team);
        if (!team || request.slot > team->seats.size()) continue;
        const auto state = team->seats[request.slot - 1U].state;
        const auto* name = team->name_of(request.slot);
        const bool is_kept = state == seats::SeatState::vacant && name != nullptr && name->waits;
        // The player is back, and the request about to end.
        if (state != seats::SeatState::away && !is_kept) continue;
        requests.push_back(row_of(request, *claims.requests, *team, now));
    }
    json::array bans;
    for (const auto& ban : claims.bans->list()) {
        const auto team = board.view(ban.team);
        bans.push_back({{"ban_id", ban.id},
                        {"team_id", ban.team},
                        {"team_name", team ? team->name : std::string()},
                        {"player_slot", ban.slot},
                        {"banned_at", ban.at.seconds()}});
    }
    json::array reservations;
    for (const auto& [record, code, code_before] : claims.reservations->list()) {
        const auto team = board.view(record.team);
        // Who has come is shown with the seat.
        if (record.used || !team) continue;
        reservations.push_back({{"team_id", record.team},
                                {"team_name", team->name},
                                {"player_slot", record.slot},
                                {"name", record.name},
                                {"code", in_halves(code)},
                                {"reserved_at", record.at.seconds()}});
    }
    return json::object{{"requests", std::move(requests)},
                        {"bans", std::move(bans)},
                        {"reservations", std::move(reservations)}};
}

}  // namespace holdfast::server::wire
