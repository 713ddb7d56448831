// A seat goes to another phone of its player.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

class MovesTest : public testing::Test {
  protected:
    void SetUp() override {
        old_token = stage.create(1, "Foxes", "old phone").token;
        stage.join(2, "Foxes", "partner");
        stage.run(host(StartGame{}));
    }
    std::string code(ConnectionId connection = 1) {
        return the<MoveOffered>(stage.run(command(connection, OfferMove{}, "old phone"))).code;
    }
    Decision move(const std::string& shown, ConnectionId connection = 7, const std::string& op = "") {
        return stage.run(command(connection, MoveHere{shown}, "new phone", op));
    }

    Stage stage;
    std::string old_token;
};

TEST_F(MovesTest, TheNewPhoneHasTheSeatTheRoundAndTheAnswer) {
    const auto round = stage.disk.team(1)->round;
    ASSERT_TRUE(round);
    stage.run(command(1, SubmitAnswer{round->id, round->items[0], true}));
    const auto moved = move(code());
    ASSERT_FALSE(moved.refusal);
    const auto seated = the<Seated>(moved);
    EXPECT_EQ(seated.connection, 7U);
    EXPECT_EQ(seated.how, SeatedHow::resumed);
    EXPECT_EQ(seated.way, ResumeWay::code);
    ASSERT_TRUE(seated.round);
    EXPECT_EQ(seated.round->own_answer, true);
    EXPECT_EQ(stage.seat(1, 1).device, device_named("new phone"));
    EXPECT_EQ(stage.house->seat_of(7).second, 1);
    EXPECT_EQ(stage.house->seat_of(1).second, 0);
}

TEST_F(MovesTest, TheOldPhoneIsToldAndItsTokenEnds) {
    const auto moved = move(code());
    const auto told = the<Unseated>(moved);
    EXPECT_EQ(told.connection, 1U);
    EXPECT_EQ(told.reason, Refusal::seat_moved);
    EXPECT_EQ(stage.resume(1, old_token, "old phone").refusal, Refusal::token_retired);
    EXPECT_EQ(stage.run(command(1, JoinTeam{"Foxes"}, "old phone")).refusal, Refusal::team_full);
    const auto token = the<Seated>(moved).token;
    stage.lose(7);
    EXPECT_FALSE(stage.resume(8, token, "new phone").refusal);
}

TEST_F(MovesTest, TheEpochGrowsSoThatALateCloseOfTheOldPhoneChangesNothing) {
    const auto before = stage.seat(1, 1).epoch;
    const auto shown = code();
    move(shown);
    EXPECT_GT(stage.seat(1, 1).epoch, before);
    stage.lose(1);
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::connected);
}

TEST_F(MovesTest, ACodeIsGoodOnceForTwoMinutesAndTheNewestOnly) {
    const auto first = code();
    const auto second = code();
    EXPECT_EQ(move(first).refusal, Refusal::move_code_unknown);
    stage.wait(limits::move_code_life);
    EXPECT_EQ(move(second).refusal, Refusal::move_code_unknown);
    const auto third = code();
    EXPECT_FALSE(move(third).refusal);
    EXPECT_EQ(move(third, 8).refusal, Refusal::move_code_unknown);
    EXPECT_EQ(move("AAAAA-AAAAA", 8).refusal, Refusal::move_code_unknown);
}

TEST_F(MovesTest, ACodeStillLeadsToTheSeatWhenTheOldPhoneIsGone) {
    const auto shown = code();
    stage.lose(1);
    const auto moved = move(shown);
    EXPECT_FALSE(moved.refusal);
    EXPECT_TRUE(all<Unseated>(moved).empty()) << "nobody is there to be told";
    EXPECT_EQ(the<Seated>(moved).away_cause, AwayCause::connection_lost);
}

TEST_F(MovesTest, ACodeOfASeatThatHasChangedHandsIsWorthNothing) {
    const auto shown = code();
    stage.run(host(ReleaseSeat{1, 1}));
    EXPECT_EQ(move(shown).refusal, Refusal::move_code_unknown);
    stage.join(5, "Foxes", "somebody else");
    EXPECT_EQ(move(shown).refusal, Refusal::move_code_unknown) << "it was not theirs to give";
    EXPECT_EQ(stage.house->seat_of(5).second, 1);
}

// The simulation found that the code was good again as soon as the same device had the seat again.
TEST_F(MovesTest, ACodeOfBeforeTheSeatWasGivenUpIsWorthNothingToWhoeverFoundIt) {
    const auto shown = code();
    stage.run(command(1, LeaveTeam{}, "old phone"));
    EXPECT_EQ(stage.join(8, "Foxes", "old phone").slot, 1);
    EXPECT_EQ(move(shown).refusal, Refusal::move_code_unknown);
    EXPECT_EQ(stage.house->seat_of(8).second, 1);
}

TEST_F(MovesTest, WhatTheDiskRefusedHasNotEndedTheCode) {
    const auto shown = code();
    stage.ahead(command(1, LeaveTeam{}, "old phone"));
    stage.fail_commit();
    EXPECT_FALSE(move(shown).refusal);
}

TEST_F(MovesTest, OnlyWhoSitsGetsACodeAndOnlyWhoDoesNotCanUseOne) {
    EXPECT_EQ(stage.run(command(7, OfferMove{})).refusal, Refusal::not_seated);
    const auto shown = code();
    EXPECT_EQ(stage.run(command(2, MoveHere{shown}, "partner")).refusal, Refusal::already_seated);
    EXPECT_FALSE(move(shown).refusal) << "the refused try has not used it up";
}

TEST_F(MovesTest, WhatTheDiskRefusedHasNotUsedTheCodeUp) {
    const auto shown = code();
    const auto before = stage.house->snapshot();
    stage.ahead(command(7, MoveHere{shown}, "new phone"));
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
    EXPECT_FALSE(move(shown).refusal);
}

TEST_F(MovesTest, WithTheStoreDownNothingMoves) {
    const auto shown = code();
    EXPECT_EQ(stage.down(command(7, MoveHere{shown}, "new phone")).refusal, Refusal::store_unavailable);
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
}

TEST_F(MovesTest, TheSameOperationAgainHasTheSameAnswerAlsoAfterARestart) {
    const auto shown = code();
    const auto first = the<Seated>(move(shown, 7, "op-1"));
    stage.restart();
    const auto again = move(shown, 8, "op-1");
    ASSERT_FALSE(again.refusal) << "the reply was lost, the seat is not";
    EXPECT_EQ(the<Seated>(again).slot, first.slot);
    EXPECT_EQ(stage.house->seat_of(8).second, 1);
}

TEST_F(MovesTest, TheJournalTellsOfIt) {
    const auto moved = move(code());
    const auto entry = std::find_if(moved.changes.begin(), moved.changes.end(), [](const Change& change) {
        return std::holds_alternative<AppendJournal>(change);
    });
    ASSERT_NE(entry, moved.changes.end());
    EXPECT_EQ(std::get<AppendJournal>(*entry).entry.what, "moved");
    EXPECT_EQ(std::get<AppendJournal>(*entry).entry.reason, "code");
}

TEST_F(MovesTest, ACodeOfSomebodyWithoutACookieIsNotGoodForTheNextOneWithoutACookie) {
    stage.create(20, "Owls", "");
    stage.join(21, "Owls", "a partner");
    const auto code_of_20 = [&] { return the<MoveOffered>(stage.run(command(20, OfferMove{}))).code; };
    const auto left_behind = code_of_20();
    stage.run(command(20, LeaveTeam{}));
    stage.join(22, "Owls", "");
    EXPECT_EQ(move(left_behind).refusal, Refusal::move_code_unknown);
    EXPECT_EQ(stage.house->seat_of(22).second, 1);
    const auto own = the<MoveOffered>(stage.run(command(22, OfferMove{}))).code;
    EXPECT_FALSE(move(own).refusal);
}

}  // namespace
}  // namespace holdfast::seats
