#include "holdfast/server/requests.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace holdfast::server {
namespace {

Result<Request, Refused> read(std::string_view event, std::string_view arguments) {
    return read_request(event, boost::json::parse(arguments).as_array());
}

template <typename Command>
const Command& the(const Result<Request, Refused>& request) {
    return std::get<Command>(std::get<seats::CommandBody>(request->body));
}

TEST(Requests, FieldsBecomeCommands) {
    EXPECT_EQ(the<seats::CreateTeam>(read("create_team", R"([{"team_name":"Otters"}])")).team_name, "Otters");
    EXPECT_EQ(the<seats::JoinTeam>(read("join_team", R"([{"team_name":"Otters"}])")).team_name, "Otters");
    EXPECT_EQ(the<seats::ReconnectWithToken>(read("reconnect_with_token", R"([{"token":"x"}])")).token, "x");
    EXPECT_FALSE(
        the<seats::ReconnectWithToken>(read("reconnect_with_token", R"([{"token":"x","stand_back":null}])"))
            .stands_back);
    EXPECT_TRUE(
        the<seats::ReconnectWithToken>(read("reconnect_with_token", R"([{"token":"x","stand_back":true}])"))
            .stands_back);
    EXPECT_EQ(the<seats::ConfirmToken>(read("confirm_token", R"([{"token":"x"}])")).token, "x");
    const auto answer = read("submit_answer", R"([{"round_id":7.0,"item":"X","answer":false,"op":"o1"}])");
    EXPECT_EQ(the<seats::SubmitAnswer>(answer).round, 7U);
    EXPECT_EQ(the<seats::SubmitAnswer>(answer).item, 'X');
    EXPECT_FALSE(the<seats::SubmitAnswer>(answer).answer);
    EXPECT_EQ(answer->op, "o1");
    const auto release = read("release_seat", R"([{"team_id":3,"player_slot":2}])");
    EXPECT_EQ(the<seats::ReleaseSeat>(release).team, 3U);
    EXPECT_EQ(the<seats::ReleaseSeat>(release).slot, 2);
    const auto move = read("move_player", R"([{"team_id":3,"player_slot":2,"to_team_id":4.0}])");
    EXPECT_EQ(the<seats::MovePlayer>(move).to_team, 4U);
    EXPECT_EQ(the<seats::MovePlayer>(move).to_slot, 0) << "any";
    const auto to_seat =
        read("move_player", R"([{"team_id":3,"player_slot":2,"to_team_id":4,"to_player_slot":1}])");
    EXPECT_EQ(the<seats::MovePlayer>(to_seat).to_slot, 1);
    const auto longer = read("extend_hold", R"([{"team_id":3,"player_slot":2,"seconds":90}])");
    EXPECT_EQ(the<seats::ExtendHold>(longer).by, Milliseconds{90'000});
    EXPECT_EQ(the<seats::SetGrace>(read("set_grace", R"([{"grace_seconds":600}])")).grace,
              Milliseconds{600'000});
    EXPECT_EQ(the<seats::SetGrace>(read("set_grace", R"([{"grace_seconds":null}])")).grace, std::nullopt);
}

TEST(Requests, EventsWithoutFieldsNeedNoObject) {
    for (const char* arguments : {"[]", "[null]", "[{}]", "[7]"}) {
        EXPECT_TRUE(read("leave_team", arguments)) << arguments;
        EXPECT_TRUE(read("get_reconnectable_teams", arguments)) << arguments;
    }
}

TEST(Requests, WhatDoesNotFitIsRefusedWithTheNameOfTheField) {
    const auto refused = [](std::string_view event, std::string_view arguments, std::string_view says) {
        const auto request = read(event, arguments);
        ASSERT_FALSE(request) << event << arguments;
        EXPECT_EQ(request.error().code, seats::Refusal::bad_request) << arguments;
        EXPECT_NE(request.error().message.find(says), std::string::npos) << request.error().message;
    };
    refused("reconnect_with_token", R"([{"token":"x","stand_back":1}])", "stand_back");
    for (const char* arguments :
         {"[]", "[null]", "[[]]", R"(["x"])", "[{}]", R"([{"team_name":7}])", R"([{"team_name":null}])"}) {
        refused("create_team", arguments, "team_name as a text");
    }
    refused("submit_answer", R"([{"item":"A","answer":true}])", "round_id as a whole number");
    for (const char* round : {R"("7")", "-1", "7.5", "1e300", "true", "null"}) {
        refused("submit_answer", R"([{"item":"A","answer":true,"round_id":)" + std::string(round) + "}]",
                "round_id");
    }
    refused("submit_answer", R"([{"round_id":7,"item":"AB","answer":true}])", "item");
    refused("submit_answer", R"([{"round_id":7,"item":"A","answer":"true"}])", "answer as true or false");
    refused("set_teams_streaming", R"([{"enabled":1}])", "enabled as true or false");
    refused("release_seat", R"([{"team_id":3,"player_slot":0}])", "player_slot");
    refused("release_seat", R"([{"team_id":3,"player_slot":9}])", "player_slot");
    refused("move_player", R"([{"team_id":3,"player_slot":1}])", "to_team_id");
    refused("move_player", R"([{"team_id":3,"player_slot":1,"to_team_id":4,"to_player_slot":0}])",
            "to_player_slot");
    refused("extend_hold", R"([{"team_id":3,"player_slot":1,"seconds":0}])", "from 1 to 86400");
    refused("extend_hold", R"([{"team_id":3,"player_slot":1,"seconds":86401}])", "from 1 to 86400");
    refused("extend_hold", R"([{"team_id":3,"player_slot":1}])", "seconds");
    refused("set_grace", R"([{"grace_seconds":4}])", "from 5 to 86400");
    refused("set_grace", R"([{}])", "grace_seconds");
    refused("set_grace", R"([{"grace_seconds":"long"}])", "grace_seconds");
    for (const std::string& op : {std::string("7"), std::string(R"("")"), '"' + std::string(65, 'x') + '"'}) {
        refused("leave_team", R"([{"op":)" + op + "}]", "op");
    }
}

TEST(Requests, ATokenOfTheWrongTypeDoesNotMakeOldClientsForgetTheirs) {
    for (const char* event : {"reconnect_with_token", "confirm_token"}) {
        const auto request = read(event, R"([{"token":7}])");
        ASSERT_FALSE(request);
        EXPECT_EQ(request.error().message.find("token"), std::string::npos);
        EXPECT_EQ(request.error().message.find("reconnection"), std::string::npos);
    }
}

TEST(Requests, UnknownEventsAreSaidToBeUnknown) {
    for (const char* event : {"", "become_king", "__proto__", "constructor", "Create_team"}) {
        const auto request = read(event, "[{}]");
        ASSERT_FALSE(request);
        EXPECT_EQ(request.error().code, seats::Refusal::unknown_event);
    }
}

TEST(Requests, TheHostsEventsAreTheHosts) {
    for (const char* event :
         {"dashboard_join", "start_game", "pause_game", "restart_game", "toggle_game_mode",
          "set_teams_streaming", "request_teams_update", "keep_alive", "release_seat", "approve_request",
          "refuse_request", "ban_device", "lift_ban", "reserve_seat", "withdraw_reservation", "move_player",
          "extend_hold", "set_grace"}) {
        EXPECT_TRUE(is_host_event(event)) << event;
    }
    for (const char* event : {"create_team", "submit_answer", "confirm_token", "become_king", ""}) {
        EXPECT_FALSE(is_host_event(event)) << event;
    }
}

}  // namespace
}  // namespace holdfast::server
