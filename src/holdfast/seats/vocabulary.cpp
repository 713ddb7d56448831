#include "holdfast/seats/vocabulary.hpp"

#include <cstring>

namespace holdfast::seats {

std::uint64_t short_name(const DeviceId& device) {
    std::uint64_t name = 0;
    std::memcpy(&name, device.data(), sizeof name);
    return name;
}

std::string_view to_string(SeatState state) {
    switch (state) {
        case SeatState::vacant:
            return "vacant";
        case SeatState::connected:
            return "connected";
        case SeatState::away:
            return "away";
    }
    return "vacant";
}

std::string_view to_string(AwayCause cause) {
    switch (cause) {
        case AwayCause::none:
            return "none";
        case AwayCause::closed_page:
            return "closed_page";
        case AwayCause::connection_lost:
            return "connection_lost";
        case AwayCause::server_restart:
            return "server_restart";
        case AwayCause::stale_session:
            return "stale_session";
    }
    return "none";
}

std::string_view to_string(SeatFreed freed) {
    switch (freed) {
        case SeatFreed::none:
            return "none";
        case SeatFreed::left:
            return "left";
        case SeatFreed::released:
            return "released";
        case SeatFreed::expired:
            return "expired";
        case SeatFreed::moved:
            return "moved_away";
    }
    return "none";
}

std::string_view to_string(GameMode mode) {
    return mode == GameMode::classic ? "classic" : "new";
}

namespace {

struct Wording {
    std::string_view code;
    std::string_view sentence;
};

Wording wording_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::bad_request:
            return {"bad_request", "That message could not be understood. Reload the page and try again."};
        case Refusal::unknown_event:
            return {"unknown_event", "The server does not know this action. Reload the page and try again."};
        case Refusal::bad_name:
            return {"bad_name", "A name has 1 to 40 visible characters. Please choose another one."};
        case Refusal::name_in_use:
            return {"name_in_use",
                    "There is a team with that name already. Join it, or choose another name."};
        case Refusal::team_unknown:
            return {"team_unknown", "There is no team with that name. Check the spelling, or create it."};
        case Refusal::team_dissolved:
            return {"team_dissolved", "Nobody is in that team any more. Reactivate it to go on with it."};
        case Refusal::team_active:
            return {"team_active", "That team is playing already, so you can simply join it."};
        case Refusal::team_full:
            return {"team_full",
                    "Every seat of that team is taken or kept for somebody who is coming. "
                    "Please choose another team."};
        case Refusal::already_seated:
            return {"already_seated", "You are in a team already. Leave it first to join another one."};
        case Refusal::not_seated:
            return {"not_seated", "You are not in a team. Join or create one first."};
        case Refusal::token_unknown:
            return {"token_unknown",
                    "This reconnection token is not known here. Please join your team by its name."};
        case Refusal::token_expired:
            return {"token_expired",
                    "Your reconnection token has expired. Please join your team by its name."};
        case Refusal::token_retired:
            return {"token_retired",
                    "This reconnection token is no longer good: a newer one replaced it, or the seat was "
                    "given up or has gone to somebody else. Please join a team by its name."};
        case Refusal::seat_released:
            return {"seat_released",
                    "The host has freed your seat, and its reconnection token ended with it. You are welcome "
                    "to join a team again."};
        case Refusal::seat_expired:
            return {"seat_expired",
                    "Your seat was kept for you, but its time ran out, and its reconnection token ended with "
                    "it. You are welcome to join a team again."};
        case Refusal::move_code_unknown:
            return {"move_code_unknown",
                    "That code is not known, was used already, or its time is over. Please ask for a new one "
                    "where you got it."};
        case Refusal::seat_not_waiting:
            return {"seat_not_waiting",
                    "That seat does not wait for anybody right now. If the phone that had it is dead, look "
                    "again in a minute."};
        case Refusal::request_refused:
            return {"request_refused",
                    "The host did not give you that seat. Please talk to the host, or join a team."};
        case Refusal::request_over:
            return {"request_over",
                    "That request is over: it was answered, waited too long, or the seat waits for nobody "
                    "any more. Please look again."};
        case Refusal::asker_absent:
            return {"asker_absent",
                    "Whoever asks for that seat has no connection at the moment. Please try again shortly."};
        case Refusal::too_many_requests:
            return {"too_many_requests",
                    "The host has been asked for seats too often just now. Please go and talk to the host, "
                    "or try again in a few minutes."};
        case Refusal::device_banned:
            return {"device_banned",
                    "The host has banned this device from the game, and the reconnection token of its seat "
                    "ended with that. Please talk to the host."};
        case Refusal::ban_unknown:
            return {"ban_unknown", "There is no such ban any more. Please look at the list again."};
        case Refusal::too_many_bans:
            return {"too_many_bans", "There is no room for another ban. Please lift one first."};
        case Refusal::reservation_unknown:
            return {"reservation_unknown",
                    "That seat is not kept for anybody any more. Please look at the list again."};
        case Refusal::too_many_reservations:
            return {"too_many_reservations",
                    "There is no room for another reserved seat. Please withdraw one first."};
        case Refusal::seat_moved:
            return {"seat_moved",
                    "Your seat has moved to another phone. The reconnection token of this one is of no more "
                    "use."};
        case Refusal::taken_over:
            return {"taken_over",
                    "Your seat is now open in another tab or on another device. Go on there, or join again "
                    "here."};
        case Refusal::not_host:
            return {"not_host", "Only the host can do that. Sign in with the host key first."};
        case Refusal::seat_vacant:
            return {"seat_vacant", "Nobody has that seat any more. Please look at the list of teams again."};
        case Refusal::seat_taken:
            return {"seat_taken", "That seat is taken or kept for somebody. Please choose a free one."};
        case Refusal::seat_not_away:
            return {
                "seat_not_away",
                "That player is here, so there is nothing to hold. A seat is held from the moment in which "
                "its player is away."};
        case Refusal::hold_too_long:
            return {"hold_too_long", "That seat is held for a whole day already, which is the most."};
        case Refusal::game_not_started:
            return {"game_not_started", "The game has not started yet. Please wait for the host."};
        case Refusal::game_paused:
            return {"game_paused", "The game is paused. Please answer when the host goes on with it."};
        case Refusal::wrong_round:
            return {"wrong_round",
                    "That round is not running any more. Please answer the question shown now."};
        case Refusal::wrong_item:
            return {"wrong_item", "That was not your question. Please answer the question shown now."};
        case Refusal::already_answered:
            return {"already_answered",
                    "You have answered this question already. Please wait for the next one."};
        case Refusal::store_unavailable:
            return {
                "store_unavailable",
                "The server cannot save changes at the moment. Nothing is lost; please try again shortly."};
        case Refusal::rate_limited:
            return {"rate_limited", "That was a bit fast. Please wait a moment and try again."};
        case Refusal::overloaded:
            return {"overloaded", "The server is very busy. Please try again in a moment."};
        case Refusal::too_many_teams:
            return {"too_many_teams",
                    "The server has no room for another team. Please join one that exists."};
        case Refusal::shutting_down:
            return {"shutting_down",
                    "The server is about to restart. Your seat is kept; please wait a moment."};
    }
    return {"bad_request", "That message could not be understood. Reload the page and try again."};
}

}  // namespace

std::string_view code_of(Refusal refusal) {
    return wording_of(refusal).code;
}

std::string_view sentence_of(Refusal refusal) {
    return wording_of(refusal).sentence;
}

bool ends_token(Refusal refusal) {
    switch (refusal) {
        case Refusal::token_unknown:
        case Refusal::token_expired:
        case Refusal::token_retired:
        case Refusal::seat_released:
        case Refusal::seat_expired:
        case Refusal::seat_moved:
        case Refusal::device_banned:
            return true;
        default:
            return false;
    }
}

}  // namespace holdfast::seats
