// What everybody is told, and in which order.
#include "holdfast/server/desk.hpp"

#include <gmock/gmock.h>

#include "holdfast/server/desk_test_support.hpp"

namespace holdfast::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(DeskTest, CreatingATeamTellsTheCreatorAndTheAck) {
    const auto ack = run(1, seats::CreateTeam{"Otters"});
    EXPECT_THAT(post.events(1), ElementsAre("team_created", "reconnection_token", "team_status_update"));
    EXPECT_EQ(post.last(1, "team_status_update").at("status"), "created");
    EXPECT_EQ(ack.at("ok"), true);
    EXPECT_EQ(ack.at("event"), "team_created");
    EXPECT_EQ(ack.at("player_slot"), 1);
    EXPECT_FALSE(ack.contains("token"));
    EXPECT_TRUE(post.seated[1]);
    EXPECT_EQ(post.rotations[1], 1U);
}

TEST_F(DeskTest, ATokenGoesToItsPlayerAlone) {
    seat_two();
    for (const ConnectionId connection : {1U, 2U}) {
        const auto& all = post.told[connection];
        EXPECT_EQ(std::count_if(all.begin(), all.end(),
                                [](const Told& one) { return one.event == "reconnection_token"; }),
                  1);
    }
    EXPECT_NE(token_of(1), token_of(2));
}

TEST_F(DeskTest, AJoinTellsTheWholeTeamThatItIsFull) {
    seat_two();
    EXPECT_EQ(post.last(1, "team_status_update").at("status"), "full");
    EXPECT_EQ(post.last(1, "team_status_update").at("disable_input"), false);
    EXPECT_EQ(post.last(2, "team_joined").at("team_status"), "full");
    EXPECT_THAT(post.events(2), ElementsAre("team_joined", "reconnection_token", "team_status_update"));
}

TEST_F(DeskTest, AResumeComesInTheOrderOfTheContract) {
    seat_two();
    run(seats::host(seats::StartGame{}));
    const auto question = post.last(1, "new_question");
    const auto round = static_cast<seats::RoundId>(question.at("round_id").to_number<std::int64_t>());
    run(1, seats::SubmitAnswer{round, question.at("item").as_string()[0], true});
    run(seats::host(seats::PauseGame{}));
    run(1, seats::ConnectionLost{});
    EXPECT_EQ(post.last(2, "team_status_update").at("disable_input"), true);
    const auto partner_heard = post.told[2].size();

    const auto ack = run(3, seats::ReconnectWithToken{token_of(1)});
    EXPECT_THAT(post.events(3), ElementsAre("team_joined", "reconnection_token", "team_status_update",
                                            "new_question", "answer_confirmed", "game_state_update"));
    EXPECT_EQ(post.last(3, "team_joined").at("is_reconnection"), true);
    EXPECT_EQ(post.last(3, "new_question"), question);
    EXPECT_EQ(post.last(3, "answer_confirmed").at("answer"), true);
    EXPECT_EQ(post.last(3, "game_state_update").at("paused"), true);
    EXPECT_EQ(ack.at("event"), "team_joined");
    ASSERT_EQ(post.told[2].size(), partner_heard + 1);
    EXPECT_EQ(post.told[2].back().event, "team_status_update");
    EXPECT_EQ(post.told[2].back().data.at("disable_input"), false);
}

TEST_F(DeskTest, ARoundDealtByAResumeIsAskedOnce) {
    seat_two();
    run(1, seats::ConnectionLost{});
    run(seats::host(seats::StartGame{}));
    EXPECT_THAT(post.events(2), Not(Contains("new_question")));
    run(3, seats::ReconnectWithToken{token_of(1)});
    EXPECT_THAT(post.events(3), Contains("new_question").Times(1));
    EXPECT_THAT(post.events(2), Contains("new_question").Times(1));
}

TEST_F(DeskTest, ANewerConnectionTakesOverAndTheOlderOneIsTold) {
    seat_two();
    run(3, seats::ReconnectWithToken{token_of(1)});
    EXPECT_EQ(post.last(1, "taken_over").at("player_slot"), 1);
    EXPECT_EQ(post.told[2].back().event, "team_status_update") << "after a resume the whole team is told";
    EXPECT_THAT(post.events(2), Contains("team_status_update").Times(2));
    EXPECT_EQ(post.last(1, "taken_over").at("code"), "taken_over");
    EXPECT_FALSE(post.last(1, "taken_over").as_object().contains("by")) << "these clients name no tab";
    EXPECT_FALSE(post.seated[1]);
    EXPECT_TRUE(post.seated[3]);
    const auto refused = run(1, seats::LeaveTeam{});
    EXPECT_EQ(refused.at("code"), "taken_over");
}

TEST_F(DeskTest, TheOlderPageHearsWhoHasTheSeatNow) {
    const auto from = [](std::uint32_t tab, std::uint32_t page, ConnectionId connection,
                         seats::CommandBody body, std::string_view device = "ann") {
        auto asked = seats::command(connection, std::move(body), device);
        asked.page = {tab, page};
        return asked;
    };
    run(from(1, 1, 1, seats::CreateTeam{"Otters"}));
    run(from(1, 2, 2, seats::ReconnectWithToken{token_of(1)}));
    run(from(1, 2, 3, seats::ReconnectWithToken{token_of(2)}));
    run(from(2, 3, 4, seats::ReconnectWithToken{token_of(3)}));
    run(from(3, 4, 5, seats::ReconnectWithToken{token_of(4)}, "the laptop"));
    const auto by = [&](ConnectionId connection) { return post.last(connection, "taken_over").at("by"); };
    EXPECT_EQ(by(1), "reload");
    EXPECT_EQ(by(2), "new_connection");
    EXPECT_EQ(by(3), "second_tab");
    EXPECT_EQ(by(4), "other_device");
    for (const ConnectionId connection : {1U, 2U, 3U, 4U}) {
        const auto told = post.last(connection, "taken_over");
        EXPECT_EQ(told.at("code"), "taken_over");
        EXPECT_EQ(std::string(told.at("message").as_string()).find("token"), std::string::npos)
            << "existing clients would forget it";
    }
    EXPECT_THAT(metrics.text(), HasSubstr(R"(resumes_total{cause="reload",outcome="resumed"} 1)"));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(resumes_total{cause="network",outcome="resumed"} 1)"));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(resumes_total{cause="takeover",outcome="resumed"} 2)"));
    EXPECT_THAT(metrics.text(), HasSubstr(R"(seat_changes_total{reason="second_tab",what="taken_over"} 1)"));
}

TEST_F(DeskTest, APageThatStandsBackHearsWhoPlaysAndNobodyElseHearsOfIt) {
    auto create = seats::command(1, seats::CreateTeam{"Otters"}, "ann");
    create.page = {1, 1};
    run(create);
    run(2, seats::JoinTeam{"Otters"});
    const auto holder_heard = post.told[1].size();
    const auto partner_heard = post.told[2].size();
    auto back =
        seats::command(3, seats::ReconnectWithToken{token_of(1), seats::AwayCause::none, true}, "ann");
    back.page = {2, 2};
    const auto ack = run(back);
    EXPECT_EQ(ack.at("ok"), false);
    EXPECT_EQ(ack.at("code"), "taken_over");
    EXPECT_THAT(post.events(3), ElementsAre("taken_over", "error"));
    EXPECT_EQ(post.last(3, "taken_over").at("by"), "second_tab");
    EXPECT_FALSE(post.seated[3]);
    EXPECT_EQ(post.told[1].size(), holder_heard);
    EXPECT_EQ(post.told[2].size(), partner_heard);
    EXPECT_EQ(post.wrong_tokens, 0);
    EXPECT_THAT(metrics.text(), HasSubstr(R"(resumes_total{cause="unknown",outcome="taken_over"} 1)"));
}

TEST_F(DeskTest, PartnersHearWhetherTheSeatIsHeldOrFree) {
    seat_two();
    run(1, seats::ConnectionLost{});
    const auto held = post.last(2, "player_left").at("message");
    run(3, seats::ReconnectWithToken{token_of(1)});
    run(3, seats::LeaveTeam{});
    EXPECT_NE(post.last(2, "player_left").at("message"), held);
    EXPECT_THAT(post.events(3), Not(Contains("player_left")));
}

class QuietDeskTest : public DeskTest {
  protected:
    QuietDeskTest() : DeskTest(std::chrono::seconds(2)) {}
    std::size_t heard(ConnectionId connection) { return post.told[connection].size(); }
    void pass(Milliseconds time) {
        clock.advance(time);
        desk.on_interval(clock.now());
    }
};

TEST_F(QuietDeskTest, APlayerWhoIsBackSoonWasNotMissed) {
    seat_two();
    const auto before = heard(2);
    run(1, seats::ConnectionLost{});
    pass(std::chrono::milliseconds(1'900));
    run(3, seats::ReconnectWithToken{token_of(1)});
    pass(std::chrono::seconds(60));
    EXPECT_EQ(heard(2), before) << "the partner has heard nothing of it";
    EXPECT_EQ(post.last(3, "team_status_update").at("status"), "full") << "who comes back sees the team";
    EXPECT_THAT(metrics.text(), HasSubstr("holdfast_drops_kept_quiet_total 1"));
    // Every way in which a seat is lost or found is counted by its words.
    EXPECT_THAT(metrics.text(),
                HasSubstr("holdfast_seat_changes_total{reason=\"join_team\",what=\"joined\"} 1"));
    EXPECT_THAT(metrics.text(),
                HasSubstr("holdfast_seat_changes_total{reason=\"connection_lost\",what=\"away\"} 1"));
    EXPECT_THAT(metrics.text(),
                HasSubstr("holdfast_seat_changes_total{reason=\"token\",what=\"resumed\"} 1"));
}

TEST_F(QuietDeskTest, ALongerLossIsToldOnceAndSoIsTheReturn) {
    seat_two();
    const auto before = heard(2);
    run(1, seats::ConnectionLost{});
    EXPECT_EQ(heard(2), before);
    pass(std::chrono::milliseconds(2'000));
    ASSERT_EQ(heard(2), before + 2);
    EXPECT_EQ(post.told[2][before].event, "player_left");
    EXPECT_EQ(post.told[2][before].data.at("for_good"), false);
    EXPECT_EQ(post.last(2, "team_status_update").at("disable_input"), true);
    pass(std::chrono::seconds(10));
    EXPECT_EQ(heard(2), before + 2) << "once";
    run(3, seats::ReconnectWithToken{token_of(1)});
    EXPECT_EQ(heard(2), before + 3);
    EXPECT_EQ(post.last(2, "team_status_update").at("disable_input"), false);
}

TEST_F(QuietDeskTest, WhoGivesTheSeatUpIsToldAtOnce) {
    seat_two();
    run(1, seats::ConnectionLost{});
    run(seats::host(seats::ReleaseSeat{1, 1}));
    EXPECT_EQ(post.last(2, "player_left").at("for_good"), true);
    EXPECT_EQ(post.last(2, "team_status_update").at("status"), "waiting_pair");
    const auto told = heard(2);
    pass(std::chrono::seconds(60));
    EXPECT_EQ(heard(2), told) << "the loss itself is no news any more";
}

TEST_F(QuietDeskTest, WhoComesBackWhileTheOtherIsAwayHearsOfTheOthersReturn) {
    seat_two();
    run(1, seats::ConnectionLost{});
    run(2, seats::ConnectionLost{});
    run(3, seats::ReconnectWithToken{token_of(1)});
    EXPECT_EQ(post.last(3, "team_status_update").at("disable_input"), true);
    run(4, seats::ReconnectWithToken{token_of(2)});
    EXPECT_EQ(post.last(3, "team_status_update").at("disable_input"), false);
    EXPECT_EQ(post.last(4, "team_status_update").at("disable_input"), false);
}

TEST_F(QuietDeskTest, OtherNewsOfTheTeamTellsTheLossWithIt) {
    seat_two();
    run(1, seats::ConnectionLost{});
    run(3, seats::ReconnectWithToken{token_of(2)});  // the partner, on another connection
    const auto told = heard(3);
    EXPECT_EQ(post.last(3, "team_status_update").at("disable_input"), true);
    pass(std::chrono::seconds(60));
    EXPECT_EQ(heard(3), told) << "it was told with the rest";
    run(4, seats::ReconnectWithToken{token_of(1)});
    EXPECT_EQ(post.last(3, "team_status_update").at("disable_input"), false) << "so the return is news";
}

TEST_F(DeskTest, WhoLeavesIsBackInTheLobbyAndSeesItsTeams) {
    seat_two();
    const auto ack = run(2, seats::LeaveTeam{});
    EXPECT_EQ(ack.at("event"), "left_team_success");
    EXPECT_FALSE(post.seated[2]);
    EXPECT_EQ(post.last(2, "teams_updated").at("teams").as_array().at(0).at("team_name"), "Otters");
}

TEST_F(DeskTest, WhoLosesTheSeatToTheHostIsToldWhyInWordsThatMakeOldClientsForgetTheirToken) {
    seat_two();
    run(seats::host(seats::ReleaseSeat{1, 1}));
    EXPECT_EQ(post.last(1, "error").at("code"), "seat_released");
    EXPECT_FALSE(post.seated[1]);
}

TEST_F(DeskTest, ARefusalGoesIntoTheEventAndTheAckAlike) {
    const auto ack = run(1, seats::JoinTeam{"Nobody"});
    EXPECT_EQ(ack.at("ok"), false);
    EXPECT_EQ(ack.at("code"), "team_unknown");
    EXPECT_THAT(post.events(1), ElementsAre("error"));
    EXPECT_EQ(post.last(1, "error").at("message"), ack.at("message"));
    EXPECT_EQ(post.wrong_tokens, 0);
}

TEST_F(DeskTest, WrongTokensAreCountedAndUnansweredHousekeepingIsNoNews) {
    EXPECT_EQ(run(1, seats::ReconnectWithToken{"guess"}).at("code"), "token_unknown");
    EXPECT_EQ(post.wrong_tokens, 1);
    run(2, seats::ConnectionLost{});
    run(2, seats::ConfirmToken{"guess"});
    EXPECT_THAT(post.events(2), IsEmpty());
}

TEST_F(DeskTest, ACompleteRoundTellsTheTeamAndAsksTheNextQuestion) {
    seat_two();
    run(seats::host(seats::StartGame{}));
    for (const ConnectionId player : {1U, 2U}) {
        const auto question = post.last(player, "new_question");
        run(player, seats::SubmitAnswer{
                        static_cast<seats::RoundId>(question.at("round_id").to_number<std::int64_t>()),
                        question.at("item").as_string()[0], true});
    }
    for (const ConnectionId player : {1U, 2U}) {
        EXPECT_EQ(post.last(player, "round_complete").at("round_number"), 1);
        EXPECT_EQ(post.last(player, "new_question").at("round_number"), 2);
        EXPECT_THAT(post.events(player), Contains("answer_confirmed").Times(1));
    }
    EXPECT_THAT(post.events(1), Contains("team_status_update").Times(2)) << "seats change, rounds do not";
    EXPECT_EQ(post.rooms[Room::hosts].back().event, "new_answer_for_dashboard");
    const auto shown = json::parse(board.dashboard(true, clock.now()));
    EXPECT_EQ(shown.at("total_answers_count"), 2);
    std::int64_t rounds = 0;
    for (const auto& row : shown.at("teams").at(0).at("new_matrix").as_array()) {
        for (const auto& cell : row.as_array())
            rounds += cell.at(1).to_number<std::int64_t>();
    }
    EXPECT_EQ(rounds, 1) << "the statistics on the dashboard are those after the round";
}

TEST_F(DeskTest, TheStatisticsAreThoseAfterTheRoundAlsoWhenNoOtherIsDealt) {
    seat_two();
    run(seats::host(seats::StartGame{}));
    const auto answer = [this](ConnectionId player) {
        const auto question = post.last(player, "new_question");
        run(player, seats::SubmitAnswer{
                        static_cast<seats::RoundId>(question.at("round_id").to_number<std::int64_t>()),
                        question.at("item").as_string()[0], true});
    };
    answer(1);
    run(1, seats::ConnectionLost{});
    answer(2);
    EXPECT_EQ(post.last(2, "round_complete").at("round_number"), 1);
    EXPECT_THAT(post.events(2), Contains("new_question").Times(1)) << "the next one waits for the partner";
    const auto shown = json::parse(board.dashboard(true, clock.now()));
    std::int64_t rounds = 0;
    for (const auto& row : shown.at("teams").at(0).at("new_matrix").as_array()) {
        for (const auto& cell : row.as_array())
            rounds += cell.at(1).to_number<std::int64_t>();
    }
    EXPECT_EQ(rounds, 1);
}

TEST_F(DeskTest, TheGameIsEverybodysBusiness) {
    seat_two();
    run(seats::host(seats::StartGame{}));
    run(seats::host(seats::PauseGame{}));
    run(seats::host(seats::ToggleGameMode{}));
    run(seats::host(seats::RestartGame{}));
    std::vector<std::string> events;
    for (const auto& one : post.rooms[Room::everybody])
        events.push_back(one.event);
    EXPECT_THAT(events, ElementsAre("game_start", "game_state_changed", "game_state_update",
                                    "game_mode_changed", "game_reset", "game_state_changed"));
    std::vector<std::string> hosts;
    for (const auto& one : post.rooms[Room::hosts])
        hosts.push_back(one.event);
    EXPECT_THAT(hosts, ElementsAre("game_started", "game_reset_complete"));
}

TEST_F(DeskTest, AStrangerIsIntroducedToTheStateOfPlay) {
    seat_two();
    run(3, seats::Introduce{});
    const auto seen = post.last(3, "connection_established").as_object();
    for (const char* field : {"game_started", "available_teams", "game_mode", "connection_stable",
                              "seats_per_team", "grace_seconds", "server_id"}) {
        EXPECT_TRUE(seen.contains(field)) << field;
    }
    EXPECT_THAT(seen.at("available_teams").as_array(), IsEmpty()) << "the only team is full";
    desk.set_stable(false);
    run(3, seats::Introduce{});
    EXPECT_EQ(post.last(3, "connection_established").at("connection_stable"), false);
}

TEST_F(DeskTest, WhileTheStoreIsDownAResumeCarriesNoToken) {
    seat_two();
    const auto token = token_of(1);
    run(seats::command(1, seats::ConnectionLost{}), seats::StoreState::down);
    run(seats::command(3, seats::ReconnectWithToken{token}), seats::StoreState::down);
    EXPECT_THAT(post.events(3), ElementsAre("team_joined", "team_status_update"));
    EXPECT_FALSE(post.rotations.contains(3));
}

// ---- the lobby and the dashboard

TEST_F(DeskTest, TheLobbyHearsOfManyChangesOnce) {
    for (ConnectionId player = 1; player <= 50; ++player) {
        run(player, seats::CreateTeam{"Team " + std::to_string(player)});
        board.on_interval(clock.now());
    }
    EXPECT_EQ(post.rooms[Room::lobby].size(), 1U) << "the first at once, the others together";
    clock.advance(limits::lobby_interval);
    board.on_interval(clock.now());
    ASSERT_EQ(post.rooms[Room::lobby].size(), 2U);
    EXPECT_EQ(post.rooms[Room::lobby].back().data.at("teams").as_array().size(), 50U);
    clock.advance(limits::lobby_interval);
    board.on_interval(clock.now());
    EXPECT_EQ(post.rooms[Room::lobby].size(), 2U) << "nothing has changed";
}

TEST_F(DeskTest, ACrowdInTheLobbyGetsTheNewestTeamsLessOften) {
    for (ConnectionId player = 1; player <= 200; ++player)
        run(player, seats::CreateTeam{"Team \"" + std::to_string(player) + "\""});
    board.on_interval(clock.now());
    EXPECT_EQ(post.rooms[Room::lobby].back().data.at("teams").as_array().size(), 200U);

    for (int visitor = 0; visitor < 20'000; ++visitor)
        metrics.connection_opened();
    run(201, seats::CreateTeam{"The newest"});
    clock.advance(limits::lobby_interval);
    board.on_interval(clock.now());
    EXPECT_EQ(post.rooms[Room::lobby].size(), 1U) << "the next one is for everybody who comes meanwhile";
    clock.advance(lobby_longest_interval);
    board.on_interval(clock.now());
    ASSERT_EQ(post.rooms[Room::lobby].size(), 2U);
    const auto teams = post.rooms[Room::lobby].back().data.at("teams").as_array();
    EXPECT_EQ(teams.size(), lobby_teams_least);
    EXPECT_EQ(teams.at(0).at("team_name"), "The newest");
    EXPECT_EQ(teams.at(1).at("team_name"), "Team \"200\"");
}

TEST_F(DeskTest, WhoeverComesInIsShownOrSoonToldOfEveryTeam) {
    for (ConnectionId player = 1; player <= 100; ++player) {
        run(player, seats::CreateTeam{"Team " + std::to_string(player)});
        run(1'000 + player, seats::Introduce{});
    }
    const auto shown = post.last(1'100, "connection_established").at("available_teams").as_array();
    EXPECT_GT(shown.size(), lobby_teams_least);
    clock.advance(limits::lobby_interval);
    board.on_interval(clock.now());
    EXPECT_EQ(post.rooms[Room::lobby].back().data.at("teams").as_array().size(), 100U);
    run(2'000, seats::Introduce{});
    EXPECT_EQ(post.last(2'000, "connection_established").at("available_teams").as_array().size(), 100U);
}

TEST_F(DeskTest, AHeldSeatIsNotOfferedAndAFullTeamNeither) {
    seat_two();
    EXPECT_THAT(offered(), IsEmpty());
    run(1, seats::ConnectionLost{});
    EXPECT_THAT(offered(), IsEmpty());
    run(2, seats::LeaveTeam{});
    EXPECT_EQ(offered().at(0).at("is_active"), true);
}

TEST_F(DeskTest, HostsThatDoNotStreamGetTheFiguresAlone) {
    board.host_joined();
    seat_two();
    board.on_interval(clock.now());
    ASSERT_EQ(post.streaming.size(), 1U);
    EXPECT_EQ(post.streaming[0].event, "team_status_changed_for_dashboard");
    EXPECT_EQ(post.streaming[0].data.at("teams").as_array().size(), 1U);
    EXPECT_THAT(post.quiet[0].data.at("teams").as_array(), IsEmpty());
    EXPECT_EQ(post.quiet[0].data.at("ready_players_count"), 2);
    board.host_left();
    run(2, seats::LeaveTeam{});
    clock.advance(Milliseconds{60'000});
    board.on_interval(clock.now());
    EXPECT_EQ(post.streaming.size(), 1U) << "nobody looks";
}

TEST_F(DeskTest, JoiningTheDashboardAnswersInTheAckWhatTheEventCarries) {
    seat_two();
    desk.join_dashboard(9, 77, true);
    auto ack = post.acks[77];
    EXPECT_EQ(ack.at("ok"), true);
    ack.erase("ok");
    EXPECT_EQ(ack, post.last(9, "dashboard_update").as_object());
    EXPECT_EQ(ack.at("teams").as_array().at(0).at("seats").as_array().size(), 2U);
    desk.send_teams(9, 78, false);
    EXPECT_THAT(post.acks[78].at("teams").as_array(), IsEmpty());
}

TEST_F(DeskTest, TheDashboardOfManyTeamsThatPlayFitsAQueueAndShowsTheActiveOnesFirst) {
    constexpr ConnectionId teams_made = 600;
    for (ConnectionId team = 1; team <= teams_made; ++team) {
        const std::string name = "A team with a name of some length " + std::to_string(team);
        run(2 * team, seats::CreateTeam{name});
        run(2 * team + 1, seats::JoinTeam{name});
    }
    run(seats::host(seats::StartGame{}));
    for (int turn = 0; turn < 30; ++turn) {
        for (ConnectionId player = 2; player <= 2 * teams_made + 1; ++player) {
            const auto question = post.last(player, "new_question");
            run(player, seats::SubmitAnswer{
                            static_cast<seats::RoundId>(question.at("round_id").to_number<std::int64_t>()),
                            question.at("item").as_string()[0], random.below(3) == 0});
            post.told[player].erase(post.told[player].begin(), post.told[player].end() - 1);
        }
    }
    run(2 * teams_made, seats::LeaveTeam{});
    run(2 * teams_made + 1, seats::LeaveTeam{});
    const auto text = board.dashboard(true, clock.now());
    EXPECT_LT(text.size(), limits::send_queue_bytes);
    const auto shown = json::parse(text);
    const auto& teams = shown.at("teams").as_array();
    EXPECT_GE(teams.size(), 500U) << text.size() / teams.size() << " bytes a team";
    EXPECT_EQ(teams.at(0).at("team_id"), teams_made - 1);
    EXPECT_EQ(shown.at("active_teams_count"), teams_made - 1);
}

TEST_F(DeskTest, NothingThatIsShownNamesAConnectionOrAToken) {
    constexpr ConnectionId odd = 4'711'047'110;
    run(odd, seats::CreateTeam{"Otters"});
    run(odd + 1, seats::JoinTeam{"Otters"});
    board.on_interval(clock.now());
    std::string shown = board.dashboard(true, clock.now());
    for (const auto& [connection, all] : post.told) {
        for (const auto& one : all) {
            if (one.event != "reconnection_token") shown += json::serialize(one.data);
        }
    }
    EXPECT_EQ(shown.find("47110471"), std::string::npos);
    EXPECT_EQ(shown.find(token_of(odd)), std::string::npos);
}

}  // namespace
}  // namespace holdfast::server
