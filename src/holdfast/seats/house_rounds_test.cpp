#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

/// Two players in team "Foxes" on connections 1 and 2, the game started.
struct Match : Stage {
    Match() {
        team = create(1, "Foxes", "ann").team->id;
        join(2, "Foxes", "bob");
        dealt = the<RoundDealt>(run(host(StartGame{})));
    }
    Decision answer(ConnectionId connection, bool value) {
        const auto& round = *disk.team(team)->round;
        return run(command(connection, SubmitAnswer{round.id, round.items[0], value}));
    }
    TeamId team = 0;
    RoundDealt dealt;
};

TEST(Rounds, StartDealsToEveryWholeTeamAndToNoOther) {
    Stage stage;
    const auto whole = stage.create(1, "Foxes").team->id;
    stage.join(2, "Foxes");
    stage.create(3, "Wolves");
    const auto decision = stage.run(host(StartGame{}));
    EXPECT_EQ(the<GameChanged>(decision).what, GameEvent::started);
    EXPECT_TRUE(the<GameChanged>(decision).game.started);
    const auto dealt = the<RoundDealt>(decision);
    EXPECT_EQ(dealt.team->id, whole);
    EXPECT_EQ(dealt.number, 1U);
    EXPECT_EQ(dealt.items, "AA");
    EXPECT_TRUE(std::holds_alternative<RoundDealt>(decision.effects.back())) << "after TeamChanged";

    const auto joined = stage.run(command(4, JoinTeam{"Wolves"}));
    EXPECT_EQ(the<RoundDealt>(joined).number, 1U) << "whole while the game runs";
    EXPECT_TRUE(all<RoundDealt>(stage.run(host(StartGame{}))).empty()) << "started already";
}

TEST(Rounds, TheNextOneBeginsAtOnceWhenAllHaveAnswered) {
    Match match;
    const auto first = match.answer(1, true);
    EXPECT_EQ(the<AnswerTaken>(first).answer.slot, 1);
    EXPECT_TRUE(all<RoundComplete>(first).empty());
    EXPECT_TRUE(all<TeamChanged>(first).empty()) << "nothing anybody may see has changed";
    const auto second = match.answer(2, false);
    EXPECT_EQ(the<RoundComplete>(second).number, 1U);
    EXPECT_EQ(the<RoundDealt>(second).number, 2U);
    EXPECT_EQ(the<RoundDealt>(second).items, "BB");
    EXPECT_EQ(the<TeamChanged>(second).team->progress, "|");
    ASSERT_EQ(match.disk.finished.size(), 1U);
    EXPECT_EQ(match.disk.finished[0].round.answers, (std::vector<std::optional<bool>>{true, false}));
    EXPECT_EQ(match.disk.answers.size(), 2U);
    EXPECT_EQ(match.disk.snapshot().game.answers, 2U);
}

TEST(Rounds, AnAnswerHasToFitTheQuestion) {
    Match match;
    const auto round = match.dealt.round;
    EXPECT_EQ(match.run(command(1, SubmitAnswer{round + 1, 'A', true})).refusal, Refusal::wrong_round);
    EXPECT_EQ(match.run(command(1, SubmitAnswer{round, 'X', true})).refusal, Refusal::wrong_item);
    EXPECT_EQ(match.run(command(7, SubmitAnswer{round, 'A', true})).refusal, Refusal::not_seated);
    match.answer(1, true);
    EXPECT_EQ(match.answer(1, false).refusal, Refusal::already_answered);
    match.answer(2, true);
    EXPECT_EQ(match.run(command(1, SubmitAnswer{round, 'A', true})).refusal, Refusal::wrong_round);
    EXPECT_EQ(match.disk.answers.size(), 2U);
}

TEST(Rounds, NoAnswersBeforeTheStartOrInAPause) {
    Stage stage;
    stage.create(1, "Foxes");
    EXPECT_EQ(stage.run(command(1, SubmitAnswer{1, 'A', true})).refusal, Refusal::game_not_started);
    EXPECT_EQ(stage.run(host(PauseGame{})).refusal, Refusal::game_not_started);
    Match match;
    EXPECT_EQ(the<GameChanged>(match.run(host(PauseGame{}))).what, GameEvent::paused);
    EXPECT_EQ(match.answer(1, true).refusal, Refusal::game_paused);
    EXPECT_EQ(the<GameChanged>(match.run(host(PauseGame{}))).what, GameEvent::resumed);
    EXPECT_FALSE(match.answer(1, true).refusal);
}

TEST(Rounds, ATeamThatBecameWholeInAPauseIsDealtToAfterIt) {
    Stage stage;
    stage.create(1, "Foxes");
    stage.run(host(StartGame{}));
    stage.run(host(PauseGame{}));
    EXPECT_TRUE(all<RoundDealt>(stage.run(command(2, JoinTeam{"Foxes"}))).empty());
    EXPECT_EQ(the<RoundDealt>(stage.run(host(PauseGame{}))).number, 1U);
}

TEST(Rounds, AnAnswerCountsWhileThePartnerIsAwayAndTheNextRoundWaits) {
    Match match;
    match.answer(2, true);
    match.lose(2);
    const auto last = match.answer(1, true);
    EXPECT_EQ(the<RoundComplete>(last).number, 1U);
    EXPECT_TRUE(all<RoundDealt>(last).empty());
    EXPECT_EQ(the<RoundDealt>(match.run(command(3, JoinTeam{"Foxes"}, "bob"))).number, 2U);
}

TEST(Rounds, AResumedPlayerFindsTheRoundAndTheAnswerGiven) {
    Match match;
    match.answer(2, true);
    match.lose(1);
    match.lose(2);
    const auto ann = match.join(3, "Foxes", "ann");
    ASSERT_TRUE(ann.round);
    EXPECT_EQ(ann.round->id, match.dealt.round);
    EXPECT_EQ(ann.round->number, 1U);
    EXPECT_EQ(ann.round->item, 'A');
    EXPECT_FALSE(ann.round->own_answer);
    match.run(host(PauseGame{}));
    const auto bob = match.join(4, "Foxes", "bob");
    ASSERT_TRUE(bob.round);
    EXPECT_EQ(bob.round->own_answer, true);
    EXPECT_TRUE(bob.game.started);
    EXPECT_TRUE(bob.game.paused);
    EXPECT_EQ(bob.team->seats[0].state, SeatState::connected);
}

TEST(Rounds, AnUnfinishedRoundSurvivesARestartOfTheServer) {
    Match match;
    match.answer(1, true);
    match.restart();
    EXPECT_EQ(match.join(11, "Foxes", "ann").round->own_answer, true);
    EXPECT_FALSE(match.join(12, "Foxes", "bob").round->own_answer);
    EXPECT_EQ(the<RoundDealt>(match.answer(12, true)).number, 2U);
}

TEST(Rounds, ARoundIsDroppedWhenItsTeamDissolvesAndItsNumberIsNotGivenAgain) {
    Match match;
    match.run(command(1, LeaveTeam{}));
    EXPECT_TRUE(match.disk.team(match.team)->round) << "the seat's next player goes on with it";
    match.run(command(2, LeaveTeam{}));
    EXPECT_FALSE(match.disk.team(match.team)->round);
    match.run(command(3, ReactivateTeam{"Foxes"}));
    const auto dealt = the<RoundDealt>(match.run(command(4, JoinTeam{"Foxes"})));
    EXPECT_EQ(dealt.number, 2U);
    EXPECT_GT(dealt.round, match.dealt.round);
}

TEST(Rounds, ARestartOfTheGameClearsRoundsAndKeepsSeats) {
    Match match;
    match.answer(1, true);
    match.answer(2, true);
    const auto seat_before = match.seat(match.team, 1);
    match.run(host(PauseGame{}));
    const auto decision = match.run(host(RestartGame{}));
    EXPECT_EQ(the<GameChanged>(decision).what, GameEvent::reset);
    EXPECT_TRUE(all<TeamChanged>(decision).empty()) << "the reset says it of every team";
    EXPECT_EQ(match.view(match.team)->rounds_dealt, 0U);
    EXPECT_EQ(match.view(match.team)->progress, "");
    EXPECT_EQ(match.view(match.team)->version, match.disk.team(match.team)->version);
    EXPECT_EQ(match.disk.snapshot().game.answers, 0U);
    EXPECT_FALSE(match.disk.snapshot().game.started);
    EXPECT_FALSE(match.disk.snapshot().game.paused);
    EXPECT_EQ(match.disk.team(match.team)->progress, "");
    EXPECT_EQ(match.seat(match.team, 1), seat_before);
    EXPECT_EQ(match.house->seat_of(1).first, match.team);
    EXPECT_EQ(the<RoundDealt>(match.run(host(StartGame{}))).number, 1U);
}

TEST(Rounds, TheModeHoldsFromTheNextRoundOn) {
    Match match;
    EXPECT_EQ(the<GameChanged>(match.run(host(ToggleGameMode{}))).game.mode, GameMode::classic);
    match.answer(1, true);
    match.answer(2, true);
    EXPECT_EQ(match.disk.finished[0].round.mode, GameMode::modern);
    EXPECT_EQ(match.disk.team(match.team)->round->mode, GameMode::classic);
}

TEST(Rounds, ARoundWithoutASecondSeatIsCompleteWithOneAnswer) {
    HouseSettings settings;
    settings.seats_per_team = 1;
    Stage stage(settings);
    stage.run(host(StartGame{}));
    const auto dealt = the<RoundDealt>(stage.run(command(1, CreateTeam{"Fox"})));
    const auto answered = stage.run(command(1, SubmitAnswer{dealt.round, 'A', true}));
    EXPECT_EQ(the<RoundDealt>(answered).number, 2U);
}

}  // namespace
}  // namespace holdfast::seats
