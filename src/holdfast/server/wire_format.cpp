#include "holdfast/server/wire_format.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "holdfast/server/host_words.hpp"

namespace holdfast::server::wire {

namespace {

using seats::SeatState;
using seats::TeamView;

std::string joined_message(const seats::Seated& seated) {
    if (seated.moved_by_host) return moved_words(seated);
    if (seated.how == seats::SeatedHow::resumed) return "Welcome back. Your seat was kept.";
    return seated.team->everybody_connected() ? "You have joined. Your team is complete."
                                              : "You have joined. Waiting for your team to be complete.";
}

/// The fields that team_created and team_joined share.
Fields seated_fields(const seats::Seated& seated, std::string_view message) {
    return {{"team_name", seated.team->name},
            {"team_id", seated.team->id},
            {"message", message},
            {"game_started", seated.game.started},
            {"game_mode", to_string(seated.game.mode)},
            {"player_slot", seated.slot},
            {"seats", JsonText{seats_of(*seated.team)}}};
}

}  // namespace

engineio::MessagePointer packet_of_text(std::string_view event, std::string_view object) {
    std::string text;
    text.reserve(object.size() + event.size() + 8);
    text.append("2[\"").append(event).append("\",").append(object).append("]");
    return std::make_shared<const engineio::OutgoingMessage>(text);
}

std::string label_of(seats::TeamId team, seats::Slot slot) {
    std::array<char, 48> text{"team-"};
    constexpr std::string_view middle = "-seat-";
    char* const end = text.data() + text.size();
    char* at = std::to_chars(text.data() + 5, end, team).ptr;
    at = std::copy(middle.begin(), middle.end(), at);
    at = std::to_chars(at, end, slot).ptr;
    return {text.data(), at};
}

std::string_view status_of(const TeamView& team, bool just_created) {
    if (team.everybody_connected()) return "full";
    return just_created ? "created" : "waiting_pair";
}

std::string seats_of(const TeamView& team, Milliseconds age) {
    std::string rows = "[";
    rows.reserve(2 + team.seats.size() * 64);
    for (std::size_t index = 0; index < team.seats.size(); ++index) {
        const seats::SeatView& seat = team.seats[index];
        if (index > 0) rows += ',';
        rows += "{\"player_slot\":";
        Fields::Value(index + 1).append_to(rows);
        rows += ",\"state\":\"";
        rows += to_string(seat.state);
        rows += "\",\"held_for_seconds\":";
        if (seat.state == SeatState::away) {
            const auto left = std::max<std::int64_t>(0, seat.held_for_milliseconds - age.count());
            Fields::Value((left + 999) / 1000).append_to(rows);
        } else {
            rows += "null";
        }
        if (const auto* name =
                team.names.empty() ? nullptr : team.name_of(static_cast<seats::Slot>(index + 1))) {
            rows += ",\"reserved_for\":";
            Fields::Value(name->name).append_to(rows);
        }
        rows += '}';
    }
    rows += ']';
    return rows;
}

Fields team_created(const seats::Seated& seated) {
    Fields event = seated_fields(seated, seated.is_reactivated
                                             ? "Your team is back, with its history. Waiting for a partner."
                                             : "Your team is there. Waiting for a partner.");
    if (seated.is_reactivated) event.add("is_reactivated", true);
    return event;
}

Fields team_joined(const seats::Seated& seated) {
    Fields event = seated_fields(seated, joined_message(seated));
    event.add("team_status", status_of(*seated.team, false));
    event.add("is_reconnection",
              seated.how == seats::SeatedHow::resumed || seated.how == seats::SeatedHow::moved);
    return event;
}

Fields reconnection_token(const seats::Seated& seated) {
    return {{"token", seated.token},
            {"team_name", seated.team->name},
            {"player_slot", seated.slot},
            {"expires_in", seated.token_expires_in_seconds}};
}

Fields team_status_update(const TeamView& team, const seats::GameView& game, bool just_created) {
    std::string members = "[";
    members.reserve(2 + team.seats.size() * 32);
    for (std::size_t index = 0; index < team.seats.size(); ++index) {
        if (team.seats[index].state == SeatState::connected) {
            if (members.size() > 1) members += ',';
            members += '"';
            members += label_of(team.id, static_cast<seats::Slot>(index + 1));
            members += '"';
        }
    }
    members += ']';
    return {{"team_name", team.name},
            {"status", status_of(team, just_created)},
            {"members", JsonText{members}},
            {"game_started", game.started},
            {"disable_input", !team.everybody_connected()},
            {"seats", JsonText{seats_of(team)}}};
}

Fields new_question(seats::RoundId round, std::uint32_t number, char item) {
    return {{"round_id", round}, {"round_number", number}, {"item", std::string(1, item)}};
}

Fields answer_confirmed(seats::RoundId round, char item, bool answer) {
    return {{"message", "Your answer is safe."},
            {"round_id", round},
            {"item", std::string(1, item)},
            {"answer", answer}};
}

Fields round_complete(std::string_view team_name, std::uint32_t number) {
    return {{"team_name", team_name}, {"round_number", number}};
}

Fields player_left(seats::Slot slot, seats::SeatFreed why) {
    const std::string who = "Player " + std::to_string(slot);
    std::string message;
    switch (why) {
        case seats::SeatFreed::none:
            message = who + " has lost the connection. The seat is held for them.";
            break;
        case seats::SeatFreed::left:
            message = who + " has left the team.";
            break;
        case seats::SeatFreed::released:
            message = "The host has freed the seat of " + who + ".";
            break;
        case seats::SeatFreed::expired:
            message = who + " has not come back in time. The seat is free.";
            break;
        case seats::SeatFreed::moved:
            message = "The host has moved " + who + " to another team.";
            break;
    }
    const bool for_good = why != seats::SeatFreed::none;
    return {{"message", message}, {"player_slot", slot}, {"for_good", for_good}};
}

Fields left_team(const seats::Unseated& unseated) {
    return {{"message", "You have left the team " + unseated.team->name + "."},
            {"team_name", unseated.team->name}};
}

namespace {

/// Who has the seat now, as the field `by` says it, and the sentence for it.
struct TakenOverWords {
    std::string_view by;  ///< empty: not known
    std::string_view message;
};

TakenOverWords taken_over_words(seats::Overtaking how) {
    switch (how) {
        case seats::Overtaking::unknown:
            break;
        case seats::Overtaking::new_connection:
            return {"new_connection", "Your seat goes on over a newer connection of this page."};
        case seats::Overtaking::reload:
            return {"reload", "This page was loaded anew, and your seat goes on there."};
        case seats::Overtaking::second_tab:
            return {"second_tab",
                    "Your seat is now open in another tab of this browser. Go on there, or join again here."};
        case seats::Overtaking::other_device:
            return {"other_device",
                    "Your seat is now open on another device. Go on there, or join again here."};
    }
    return {"", sentence_of(seats::Refusal::taken_over)};
}

}  // namespace

Fields taken_over(const seats::TakenOver& taken) {
    const auto words = taken_over_words(taken.by);
    Fields fields{{"team_name", taken.team->name},
                  {"player_slot", taken.slot},
                  {"code", code_of(seats::Refusal::taken_over)},
                  {"message", words.message}};
    if (!words.by.empty()) fields.add("by", words.by);
    return fields;
}

Fields reconnectable_teams(const seats::ReconnectableListed& listed) {
    std::string rows = "[";
    for (const seats::Reconnectable& seat : listed.seats) {
        Fields row{{"team_name", seat.team_name},
                   {"team_id", seat.team},
                   {"disconnect_time", seat.disconnect_time.seconds()},
                   {"player_slot", seat.slot},
                   {"has_token", seat.has_token}};
        if (!seat.token.empty()) row.add("reconnection_token", seat.token);
        if (rows.size() > 1) rows += ',';
        rows += row.text();
    }
    rows += ']';
    std::string reserved = "[";
    for (const seats::Reconnectable& seat : listed.reserved) {
        const Fields row{{"team_name", seat.team_name}, {"team_id", seat.team}, {"player_slot", seat.slot}};
        if (reserved.size() > 1) reserved += ',';
        reserved += row.text();
    }
    reserved += ']';
    return {{"teams", JsonText{rows}}, {"reserved", JsonText{reserved}}};
}

Fields move_code(const seats::MoveOffered& offered) {
    const std::size_t half = offered.code.size() / 2;
    return {{"code", offered.code.substr(0, half) + "-" + offered.code.substr(half)},
            {"expires_in", offered.expires_in_seconds},
            {"team_name", offered.team->name},
            {"player_slot", offered.slot},
            {"message", "Type this code on the other phone within two minutes. It is good once."}};
}

Fields error(const Refused& refusal) {
    Fields object{{"message", refusal.message}, {"code", code_of(refusal.code)}};
    if (refusal.retry_after.count() != 0) object.add("retry_after_ms", refusal.retry_after.count());
    return object;
}

}  // namespace holdfast::server::wire
