// The fields of every event, as the contract with existing clients names them.
#include "holdfast/server/wire_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "holdfast/seats/refusals_test_support.hpp"
#include "holdfast/server/dashboard_format.hpp"

namespace holdfast::server {
namespace {

using seats::SeatState;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

/// What a client makes of the text.
boost::json::object read(const wire::Fields& fields) {
    return boost::json::parse(fields.text()).as_object();
}

std::vector<std::string> names_of(const boost::json::object& object) {
    std::vector<std::string> names;
    for (const auto& [name, value] : object)
        names.emplace_back(name);
    return names;
}

std::shared_ptr<seats::TeamView> team_of(std::vector<SeatState> states) {
    auto team = std::make_shared<seats::TeamView>();
    team->id = 7;
    team->name = "Otters";
    team->created_at = {1'700'000'000'000};
    seats::ConnectionId connection = 100;
    for (const auto state : states) {
        seats::SeatView seat;
        seat.state = state;
        if (state == SeatState::connected) seat.connection = ++connection;
        if (state == SeatState::away) seat.held_for_milliseconds = 61'500;
        team->seats.push_back(seat);
    }
    return team;
}

seats::Seated seated_in(std::shared_ptr<seats::TeamView> team, seats::SeatedHow how) {
    seats::Seated seated;
    seated.connection = 101;
    seated.how = how;
    seated.team = std::move(team);
    seated.slot = 1;
    seated.token = "the token";
    seated.token_expires_in_seconds = 3600;
    return seated;
}

TEST(WireFormat, TeamCreatedSaysReactivatedOnlyWhenItWas) {
    auto seated = seated_in(team_of({SeatState::connected, SeatState::vacant}), seats::SeatedHow::created);
    EXPECT_THAT(names_of(read(wire::team_created(seated))),
                UnorderedElementsAre("team_name", "team_id", "message", "game_started", "game_mode",
                                     "player_slot", "seats"));
    seated.is_reactivated = true;
    EXPECT_EQ(read(wire::team_created(seated)).at("is_reactivated"), true);
}

TEST(WireFormat, TeamJoined) {
    const auto full = team_of({SeatState::connected, SeatState::connected});
    const auto joined = read(wire::team_joined(seated_in(full, seats::SeatedHow::joined)));
    EXPECT_THAT(names_of(joined),
                UnorderedElementsAre("team_name", "team_id", "message", "game_started", "team_status",
                                     "is_reconnection", "game_mode", "player_slot", "seats"));
    EXPECT_EQ(joined.at("team_status"), "full");
    EXPECT_EQ(joined.at("is_reconnection"), false);
    EXPECT_EQ(joined.at("player_slot"), 1);
    EXPECT_EQ(joined.at("game_mode"), "new");
    const auto waiting = team_of({SeatState::connected, SeatState::away});
    const auto resumed = read(wire::team_joined(seated_in(waiting, seats::SeatedHow::resumed)));
    EXPECT_EQ(resumed.at("team_status"), "waiting_pair");
    EXPECT_EQ(resumed.at("is_reconnection"), true);
}

TEST(WireFormat, TheTokenStandsInNothingButItsOwnEvent) {
    const auto seated =
        seated_in(team_of({SeatState::connected, SeatState::vacant}), seats::SeatedHow::created);
    const auto token = read(wire::reconnection_token(seated));
    EXPECT_THAT(names_of(token), UnorderedElementsAre("token", "team_name", "player_slot", "expires_in"));
    EXPECT_EQ(token.at("expires_in"), 3600);
    for (const auto& other : {read(wire::team_created(seated)), read(wire::team_joined(seated)),
                              read(wire::team_status_update(*seated.team, {}, true))}) {
        EXPECT_THAT(boost::json::serialize(other), testing::Not(HasSubstr("the token")));
    }
}

TEST(WireFormat, TeamStatusUpdateNamesTheConnectedSeatsAndNoConnection) {
    const auto team = team_of({SeatState::connected, SeatState::away});
    const auto update = read(wire::team_status_update(*team, {}, false));
    EXPECT_THAT(names_of(update), UnorderedElementsAre("team_name", "status", "members", "game_started",
                                                       "disable_input", "seats"));
    EXPECT_EQ(update.at("status"), "waiting_pair");
    EXPECT_EQ(update.at("disable_input"), true);
    EXPECT_EQ(update.at("members").as_array().size(), 1U);
    EXPECT_THAT(boost::json::serialize(update), testing::Not(HasSubstr("101")));
    const auto& away = update.at("seats").as_array().at(1).as_object();
    EXPECT_EQ(away.at("state"), "away");
    EXPECT_EQ(away.at("held_for_seconds"), 62);
    EXPECT_TRUE(update.at("seats").as_array().at(0).at("held_for_seconds").is_null());

    const auto full = team_of({SeatState::connected, SeatState::connected});
    EXPECT_EQ(read(wire::team_status_update(*full, {}, false)).at("status"), "full");
    EXPECT_EQ(read(wire::team_status_update(*full, {}, false)).at("disable_input"), false);
    const auto fresh = team_of({SeatState::connected, SeatState::vacant});
    EXPECT_EQ(read(wire::team_status_update(*fresh, {}, true)).at("status"), "created");
}

TEST(WireFormat, HeldSeatsCountDownWhileAViewGrowsOldAndStopAtZero) {
    const auto team = team_of({SeatState::away});
    EXPECT_EQ(boost::json::parse(wire::seats_of(*team, Milliseconds{60'000})).at(0).at("held_for_seconds"),
              2);
    EXPECT_EQ(boost::json::parse(wire::seats_of(*team, Milliseconds{600'000})).at(0).at("held_for_seconds"),
              0);
}

TEST(WireFormat, QuestionsAnswersAndRounds) {
    const auto question = read(wire::new_question(12, 3, 'X'));
    EXPECT_THAT(names_of(question), UnorderedElementsAre("round_id", "round_number", "item"));
    EXPECT_TRUE(question.at("round_id").is_number());
    EXPECT_EQ(question.at("item"), "X");
    EXPECT_EQ(read(wire::answer_confirmed(12, 'X', true)).at("answer"), true);
    EXPECT_TRUE(read(wire::answer_confirmed(12, 'X', true)).contains("message"));
    EXPECT_THAT(names_of(read(wire::round_complete("Otters", 3))),
                UnorderedElementsAre("team_name", "round_number"));
}

TEST(WireFormat, PlayerLeftTellsAHeldSeatFromAFreeOne) {
    EXPECT_NE(read(wire::player_left(2, seats::SeatFreed::left)).at("message"),
              read(wire::player_left(2, seats::SeatFreed::none)).at("message"));
}

TEST(WireFormat, ReconnectableTeamsShowATokenOnlyWhereOneWasGiven) {
    seats::ReconnectableListed listed;
    seats::Reconnectable own{7, "Otters", 1, {1'700'000'000'999}, true, "the token"};
    seats::Reconnectable strange{8, "Badgers", 2, {1'700'000'001'000}, true, ""};
    listed.seats = {own, strange};
    const auto rows = read(wire::reconnectable_teams(listed)).at("teams").as_array();
    EXPECT_EQ(rows.at(0).at("reconnection_token"), "the token");
    EXPECT_EQ(rows.at(0).at("disconnect_time"), 1'700'000'000);
    EXPECT_THAT(names_of(rows.at(1).as_object()),
                UnorderedElementsAre("team_name", "team_id", "disconnect_time", "player_slot", "has_token"));
}

TEST(WireFormat, ErrorsCarryTheWordsThatMakeOldClientsForgetTheirTokenOnlyWhenTheyShall) {
    for (const auto code : seats::all_refusals()) {
        const auto error = read(wire::error(refused(code)));
        const std::string message(error.at("message").as_string());
        const bool says_so =
            message.find("token") != std::string::npos || message.find("reconnection") != std::string::npos;
        EXPECT_EQ(says_so, ends_token(code)) << message;
        EXPECT_EQ(error.at("code").as_string(), code_of(code));
    }
}

TEST(DashboardFormat, ATeamHasEveryFieldOfTheContract) {
    auto team = team_of({SeatState::connected, SeatState::vacant});
    const auto row = wire::dashboard_team(*team, seats::GameMode::modern);
    EXPECT_THAT(names_of(row),
                UnorderedElementsAre("team_name", "team_id", "is_active", "status", "current_round_number",
                                     "created_at", "game_mode", "player1_sid", "player2_sid", "history_hash1",
                                     "history_hash2", "min_stats_sig", "correlation_labels",
                                     "correlation_matrix", "correlation_stats", "classic_matrix",
                                     "classic_stats", "new_matrix", "new_stats"));
    EXPECT_TRUE(row.at("player1_sid").is_string());
    EXPECT_TRUE(row.at("player2_sid").is_null());
    EXPECT_EQ(row.at("correlation_matrix"), row.at("new_matrix"));
    for (const char* stats : {"classic_stats", "new_stats"}) {
        for (const char* name : {"trace_average_statistic", "chsh_value_statistic",
                                 "cross_term_combination_statistic", "same_item_balance"}) {
            const std::string field(name);
            EXPECT_TRUE(row.at(stats).as_object().contains(field));
            EXPECT_TRUE(row.at(stats).at(field + "_uncertainty").is_null()) << "no rounds, no error";
        }
    }
    EXPECT_EQ(row.at("status"), "waiting_pair");
    team->seats[1].state = SeatState::connected;
    EXPECT_EQ(wire::dashboard_team(*team, seats::GameMode::modern).at("status"), "active");
    team->active = false;
    EXPECT_EQ(wire::dashboard_team(*team, seats::GameMode::modern).at("status"), "inactive");
    EXPECT_THAT(names_of(read(wire::game_state({}, true))),
                UnorderedElementsAre("started", "paused", "streaming_enabled", "mode", "grace_seconds",
                                     "configured_grace_seconds"));
}

TEST(DashboardFormat, NewAnswerNamesThePlayerByAPublicLabel) {
    seats::AnswerTaken taken;
    taken.team = team_of({SeatState::connected});
    taken.answer = {5, 7, 1, 'B', true, {1'700'000'000'500}};
    const auto shown = read(wire::new_answer(taken));
    EXPECT_THAT(names_of(shown),
                UnorderedElementsAre("timestamp", "team_name", "team_id", "player_session_id",
                                     "question_round_id", "assigned_item", "response_value"));
    EXPECT_EQ(shown.at("assigned_item"), "B");
    EXPECT_EQ(shown.at("player_session_id"),
              wire::dashboard_team(*taken.team, seats::GameMode::modern).at("player1_sid"));
}

}  // namespace
}  // namespace holdfast::server
