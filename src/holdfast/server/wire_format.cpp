#include "holdfast/server/wire_format.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

namespace holdfast::server::wire {

namespace {

using seats::SeatState;
using seats::TeamView;

std::string_view joined_message(const seats::Seated& seated) {
    if (seated.how == seats::SeatedHow::resumed) return "Welcome back. Your seat was kept.";
    return seated.team->everybody_connected() ? "You have joined. Your team is complete."
                                              : "You have joined. Waiting for your team to be complete.";
}

/// The fields that team_created and team_joined share.
json::object seated_fields(const seats::Seated& seated, std::string_view message) {
    return {{"team_name", seated.team->name},
            {"team_id", seated.team->id},
            {"message", message},
            {"game_started", seated.game.started},
            {"game_mode", to_string(seated.game.mode)},
            {"player_slot", seated.slot},
            {"seats", seats_of(*seated.team)}};
}

}  // namespace

engineio::MessagePointer packet_of_text(std::string_view event, std::string_view object) {
    std::string text;
    text.reserve(object.size() + event.size() + 8);
    text.append("2[\"").append(event).append("\",").append(object).append("]");
    return std::make_shared<const engineio::OutgoingMessage>(text);
}

std::string label_of(seats::TeamId team, seats::Slot slot) {
    return "team-" + std::to_string(team) + "-seat-" + std::to_string(slot);
}

std::string_view status_of(const TeamView& team, bool just_created) {
    if (team.everybody_connected()) return "full";
    return just_created ? "created" : "waiting_pair";
}

json::array seats_of(const TeamView& team, Milliseconds age) {
    json::array rows;
    rows.reserve(team.seats.size());
    for (std::size_t index = 0; index < team.seats.size(); ++index) {
        const seats::SeatView& seat = team.seats[index];
        json::value held_for;
        if (seat.state == SeatState::away) {
            held_for = (std::max<std::int64_t>(0, seat.held_for_milliseconds - age.count()) + 999) / 1000;
        }
        rows.push_back(json::object{{"player_slot", index + 1},
                                    {"state", to_string(seat.state)},
                                    {"held_for_seconds", std::move(held_for)}});
    }
    return rows;
}

json::object team_created(const seats::Seated& seated) {
    json::object event = seated_fields(
        seated, seated.is_reactivated ? "Your team is back, with its history. Waiting for a partner."
                                      : "Your team is there. Waiting for a partner.");
    if (seated.is_reactivated) event["is_reactivated"] = true;
    return event;
}

json::object team_joined(const seats::Seated& seated) {
    json::object event = seated_fields(seated, joined_message(seated));
    event["team_status"] = status_of(*seated.team, false);
    event["is_reconnection"] = seated.how == seats::SeatedHow::resumed;
    return event;
}

json::object reconnection_token(const seats::Seated& seated) {
    return {{"token", seated.token},
            {"team_name", seated.team->name},
            {"player_slot", seated.slot},
            {"expires_in", seated.token_expires_in_seconds}};
}

json::object team_status_update(const TeamView& team, const seats::GameView& game, bool just_created) {
    json::array members;
    for (std::size_t index = 0; index < team.seats.size(); ++index) {
        if (team.seats[index].state == SeatState::connected) {
            members.push_back(json::value(label_of(team.id, static_cast<seats::Slot>(index + 1))));
        }
    }
    return {{"team_name", team.name},
            {"status", status_of(team, just_created)},
            {"members", std::move(members)},
            {"game_started", game.started},
            {"disable_input", !team.everybody_connected()},
            {"seats", seats_of(team)}};
}

json::object new_question(seats::RoundId round, std::uint32_t number, char item) {
    return {{"round_id", round}, {"round_number", number}, {"item", std::string(1, item)}};
}

json::object answer_confirmed(seats::RoundId round, char item, bool answer) {
    return {{"message", "Your answer is safe."},
            {"round_id", round},
            {"item", std::string(1, item)},
            {"answer", answer}};
}

json::object round_complete(std::string_view team_name, std::uint32_t number) {
    return {{"team_name", team_name}, {"round_number", number}};
}

json::object player_left(seats::Slot slot, bool for_good) {
    const std::string who = "Player " + std::to_string(slot);
    return {{"message", for_good ? who + " has left the team."
                                 : who + " has lost the connection. The seat is held for them."},
            {"player_slot", slot},
            {"for_good", for_good}};
}

json::object left_team(const seats::Unseated& unseated) {
    return {{"message", "You have left the team " + unseated.team->name + "."},
            {"team_name", unseated.team->name}};
}

json::object taken_over(const seats::TakenOver& taken) {
    return {{"team_name", taken.team->name},
            {"player_slot", taken.slot},
            {"code", code_of(seats::Refusal::taken_over)},
            {"message", sentence_of(seats::Refusal::taken_over)}};
}

json::object reconnectable_teams(const seats::ReconnectableListed& listed) {
    json::array rows;
    rows.reserve(listed.seats.size());
    for (const seats::Reconnectable& seat : listed.seats) {
        json::object row{{"team_name", seat.team_name},
                         {"team_id", seat.team},
                         {"disconnect_time", seat.disconnect_time.seconds()},
                         {"player_slot", seat.slot},
                         {"has_token", seat.has_token}};
        if (!seat.token.empty()) row["reconnection_token"] = seat.token;
        rows.push_back(std::move(row));
    }
    return {{"teams", std::move(rows)}};
}

json::object move_code(const seats::MoveOffered& offered) {
    const std::size_t half = offered.code.size() / 2;
    return {{"code", offered.code.substr(0, half) + "-" + offered.code.substr(half)},
            {"expires_in", offered.expires_in_seconds},
            {"team_name", offered.team->name},
            {"player_slot", offered.slot},
            {"message", "Type this code on the other phone within two minutes. It is good once."}};
}

json::object error(const Refused& refusal) {
    return {{"message", refusal.message}, {"code", code_of(refusal.code)}};
}

}  // namespace holdfast::server::wire
