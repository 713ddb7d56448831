#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

TEST(Operations, TheSameCreateTenTimesMakesOneTeamAndHasOneAnswer) {
    Stage stage;
    const auto first = the<Seated>(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1")));
    for (int time = 0; time < 9; ++time) {
        const auto again = the<Seated>(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1")));
        EXPECT_EQ(again.how, SeatedHow::created);
        EXPECT_EQ(again.slot, first.slot);
        EXPECT_EQ(again.team->id, first.team->id);
        EXPECT_EQ(again.token, first.token);
    }
    EXPECT_EQ(stage.house->team_count(), 1U);
    EXPECT_EQ(stage.seat(first.team->id, 1).epoch, 1U);
}

TEST(Operations, AreRememberedOverARestart) {
    Stage stage;
    const auto first = the<Seated>(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1")));
    stage.restart();
    const auto again = the<Seated>(stage.run(command(11, CreateTeam{"Foxes"}, "ann", "op-1")));
    EXPECT_EQ(again.how, SeatedHow::created);
    EXPECT_EQ(again.team->id, first.team->id);
    EXPECT_EQ(stage.house->seat_of(11).second, 1);
    EXPECT_FALSE(again.token.empty());
}

TEST(Operations, AJoinRepeatedOnANewConnectionTakesItsSeatOverAndNoSecondOne) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    const auto joined = the<Seated>(stage.run(command(2, JoinTeam{"Foxes"}, "bob", "op-1")));
    const auto decision = stage.run(command(3, JoinTeam{"Foxes"}, "bob", "op-1"));
    EXPECT_EQ(the<Seated>(decision).how, SeatedHow::joined);
    EXPECT_EQ(the<Seated>(decision).slot, joined.slot);
    EXPECT_EQ(the<TakenOver>(decision).connection, 2U);
    EXPECT_EQ(stage.house->seat_of(2).first, 0U);
}

TEST(Operations, AResumeByJoiningIsRepeatedAsAResume) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.lose(1);
    EXPECT_EQ(the<Seated>(stage.run(command(2, JoinTeam{"Foxes"}, "ann", "op-1"))).how, SeatedHow::resumed);
    EXPECT_EQ(the<Seated>(stage.run(command(3, JoinTeam{"Foxes"}, "ann", "op-1"))).how, SeatedHow::resumed);
}

TEST(Operations, ARepeatedLeaveIsConfirmedAndFreesNothingElse) {
    Stage stage;
    const auto team = stage.create(1, "Foxes", "ann").team->id;
    stage.join(2, "Foxes", "bob");
    stage.run(command(2, LeaveTeam{}, "bob", "op-1"));
    EXPECT_EQ(the<Unseated>(stage.run(command(2, LeaveTeam{}, "bob", "op-1"))).connection, 2U);
    stage.join(2, "Foxes", "bob");
    const auto late = stage.run(command(2, LeaveTeam{}, "bob", "op-1"));
    EXPECT_FALSE(late.refusal);
    EXPECT_TRUE(all<Unseated>(late).empty());
    EXPECT_EQ(stage.seat(team, 2).state, SeatState::connected);
}

TEST(Operations, ARepeatedAnswerCountsOnceAndOnlyItsSenderIsTold) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    const auto round = the<RoundDealt>(stage.run(host(StartGame{}))).round;
    const auto answer = [&](ConnectionId connection) {
        return command(connection, SubmitAnswer{round, 'A', true}, "ann", "op-1");
    };
    EXPECT_FALSE(the<AnswerTaken>(stage.run(answer(1))).repeated);
    EXPECT_TRUE(the<AnswerTaken>(stage.run(answer(1))).repeated);
    stage.run(command(2, SubmitAnswer{round, 'A', true}, "bob"));
    stage.restart();
    const auto repeated = the<AnswerTaken>(stage.run(answer(21)));
    EXPECT_TRUE(repeated.repeated);
    EXPECT_EQ(repeated.connection, 21U);
    EXPECT_EQ(repeated.answer.round, round);
    EXPECT_EQ(stage.disk.answers.size(), 2U);
}

// A client that sends another answer under the id of the first was told that this one is safe, when the first
// was kept.
TEST(Operations, AnotherAnswerUnderTheSameIdIsRefusedAndNeverConfirmed) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    const auto round = the<RoundDealt>(stage.run(host(StartGame{}))).round;
    const auto answer = [&](RoundId of, bool given) {
        return stage.run(command(1, SubmitAnswer{of, 'A', given}, "ann", "op-1"));
    };
    EXPECT_FALSE(answer(round, true).refusal);
    EXPECT_EQ(answer(round, false).refusal, Refusal::bad_request);
    EXPECT_EQ(answer(round + 1, true).refusal, Refusal::bad_request);
    EXPECT_TRUE(the<AnswerTaken>(answer(round, true)).answer.answer);
}

TEST(Operations, ARepeatedPauseTogglesOnce) {
    Stage stage;
    stage.run(host(StartGame{}));
    stage.run(host(PauseGame{}, "op-1"));
    const auto again = stage.run(host(PauseGame{}, "op-1"));
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(again.effects.empty());
    EXPECT_TRUE(stage.disk.snapshot().game.paused);
}

TEST(Operations, AnIdForAnotherKindOfCommandIsRefused) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    EXPECT_EQ(stage.run(command(1, LeaveTeam{}, "ann", "op-1")).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(command(1, LeaveTeam{}, "ann", std::string(65, 'x'))).refusal, Refusal::bad_request);
    EXPECT_NE(stage.house->seat_of(1).first, 0U);
}

TEST(Operations, OfAnotherDeviceAreAnotherMatter) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    EXPECT_EQ(stage.run(command(2, CreateTeam{"Foxes"}, "eve", "op-1")).refusal, Refusal::name_in_use);
    EXPECT_EQ(stage.run(command(3, CreateTeam{"Foxes"}, "", "op-1")).refusal, Refusal::name_in_use);
    EXPECT_EQ(stage.disk.snapshot().operations.size(), 1U);
}

TEST(Operations, ThatWereRefusedMayBeTriedAgain) {
    Stage stage;
    EXPECT_EQ(stage.run(command(1, JoinTeam{"Foxes"}, "ann", "op-1")).refusal, Refusal::team_unknown);
    stage.create(2, "Foxes");
    EXPECT_EQ(the<Seated>(stage.run(command(1, JoinTeam{"Foxes"}, "ann", "op-1"))).slot, 2);
}

TEST(Operations, OfASeatGivenUpSinceGetItNotBack) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    stage.join(2, "Foxes", "bob");
    stage.run(command(1, LeaveTeam{}, "ann"));
    EXPECT_EQ(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1")).refusal, Refusal::not_seated);
    stage.join(3, "Foxes", "eve");
    EXPECT_EQ(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1")).refusal, Refusal::not_seated);
}

TEST(Operations, AreForgottenAfterTheirLifeWhateverTheWallClockDoes) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    stage.clock.jump_unix(Milliseconds{100 * 3'600'000});
    stage.wait(Milliseconds{10'000});
    stage.run(command(1, LeaveTeam{}, "ann", "op-2"));
    stage.clock.jump_unix(Milliseconds{-200 * 3'600'000});
    stage.run(command(1, CreateTeam{"Wolves"}, "ann", "op-3"));
    EXPECT_EQ(stage.disk.snapshot().operations.size(), 3U);
    stage.wait(limits::operation_life - Milliseconds{9'000});
    EXPECT_EQ(stage.disk.snapshot().operations.size(), 2U);
    EXPECT_EQ(stage.house->snapshot(), stage.disk.snapshot());
    stage.wait(Milliseconds{20'000});
    EXPECT_TRUE(stage.disk.snapshot().operations.empty());
}

TEST(Operations, AreAtMostSoMany) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.run(host(StartGame{}));
    // Without the model of the disk, which is too slow for so many.
    for (std::size_t number = 0; number < limits::remembered_operations + 100; ++number) {
        stage.clock.advance(Milliseconds{number % 64 == 0 ? 1 : 0});
        const auto asked = host(PauseGame{}, "op-" + std::to_string(number));
        stage.house->committed(stage.house->execute(asked, stage.now()).sequence);
    }
    const auto operations = stage.house->snapshot().operations;
    EXPECT_LE(operations.size(), limits::remembered_operations);
    ASSERT_GE(operations.size(), limits::remembered_operations / 2);
    EXPECT_EQ(operations.back().op, "op-" + std::to_string(limits::remembered_operations + 99));
}

}  // namespace
}  // namespace holdfast::seats
