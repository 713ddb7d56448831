// What the host does with seats: release, move, extend a hold, set the grace of the game.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

/// Foxes: 1 and 2 sit there. Geese: 3 sits there, seat 2 is vacant.
class HostTest : public testing::Test {
  protected:
    void SetUp() override {
        fox = stage.create(1, "Foxes", "fox").token;
        stage.join(2, "Foxes", "other fox");
        stage.create(3, "Geese", "goose");
    }
    Decision move(Slot slot = 1, TeamId to = 2, Slot to_slot = 0, const std::string& op = "") {
        return stage.run(host(MovePlayer{1, slot, to, to_slot}, op));
    }
    Decision extend(std::int64_t seconds, Slot slot = 1, const std::string& op = "") {
        return stage.run(host(ExtendHold{1, slot, Milliseconds{seconds * 1'000}}, op));
    }
    std::vector<std::string> journal(TeamId team, Slot slot) const {
        std::vector<std::string> words;
        for (const auto& entry : stage.disk.journal) {
            if (entry.team == team && entry.slot == slot) words.push_back(entry.what + " " + entry.reason);
        }
        return words;
    }

    Stage stage;
    std::string fox;
};

// ---- release

TEST_F(HostTest, AReleasedSeatIsFreeAndItsPlayerPartnersAndHostAreTold) {
    const auto released = stage.run(host(ReleaseSeat{1, 1}, "op"));
    EXPECT_EQ(the<Unseated>(released).connection, 1U);
    EXPECT_EQ(the<Unseated>(released).reason, Refusal::seat_released);
    EXPECT_EQ(the<PartnerGone>(released).why, SeatFreed::released);
    const auto acted = the<HostActed>(released);
    EXPECT_EQ(acted.what, HostDeed::released);
    EXPECT_EQ(acted.host, 9'000U);
    EXPECT_EQ(acted.team->name, "Foxes");
    EXPECT_EQ(journal(1, 1).back(), "released host");
    EXPECT_EQ(stage.resume(7, fox).refusal, Refusal::seat_released);
}

TEST_F(HostTest, TheSameReleaseAgainAnswersTheHostAndNobodyElse) {
    stage.run(host(ReleaseSeat{1, 1}, "op"));
    stage.join(7, "Foxes", "newcomer");
    const auto again = stage.run(host(ReleaseSeat{1, 1}, "op"));
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(again.changes.empty());
    EXPECT_TRUE(the<HostActed>(again).repeated);
    EXPECT_EQ(again.effects.size(), 1U);
    EXPECT_EQ(stage.house->seat_of(7).second, 1) << "who sits there since keeps the seat";
    EXPECT_EQ(stage.run(host(ReleaseSeat{1, 2}, "op")).refusal, Refusal::bad_request) << "another seat";
}

TEST_F(HostTest, NobodyElseMayDoAnyOfIt) {
    const auto before = stage.house->snapshot();
    for (const CommandBody& body :
         {CommandBody{ReleaseSeat{1, 1}}, CommandBody{MovePlayer{1, 1, 2, 2}},
          CommandBody{ExtendHold{1, 1, Milliseconds{60'000}}}, CommandBody{SetGrace{Milliseconds{60'000}}}}) {
        EXPECT_EQ(stage.run(command(3, body, "goose")).refusal, Refusal::not_host);
        EXPECT_EQ(stage.down(host(body)).refusal, Refusal::store_unavailable);
    }
    EXPECT_EQ(stage.house->snapshot(), before);
}

TEST_F(HostTest, WhatMakesNoSenseIsRefusedWithAReason) {
    EXPECT_EQ(stage.run(host(ReleaseSeat{2, 2})).refusal, Refusal::seat_vacant);
    EXPECT_EQ(stage.run(host(ReleaseSeat{2, 3})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(host(ReleaseSeat{9, 1})).refusal, Refusal::team_unknown);
    EXPECT_EQ(stage.run(host(MovePlayer{2, 2, 1, 1})).refusal, Refusal::seat_vacant);
    EXPECT_EQ(stage.run(host(MovePlayer{2, 1, 1, 1})).refusal, Refusal::seat_taken);
    EXPECT_EQ(stage.run(host(MovePlayer{2, 1, 1, 0})).refusal, Refusal::team_full);
    EXPECT_EQ(stage.run(host(MovePlayer{2, 1, 2, 1})).refusal, Refusal::seat_taken) << "their own";
    EXPECT_EQ(stage.run(host(MovePlayer{2, 1, 2, 3})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(host(MovePlayer{2, 1, 9, 1})).refusal, Refusal::team_unknown);
    EXPECT_EQ(extend(60).refusal, Refusal::seat_not_away);
    EXPECT_EQ(stage.run(host(ExtendHold{2, 2, Milliseconds{1'000}})).refusal, Refusal::seat_vacant);
    EXPECT_EQ(stage.run(host(SetGrace{Milliseconds{1'000}})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(host(SetGrace{limits::grace_most + Milliseconds{1}})).refusal, Refusal::bad_request);
    stage.run(command(3, LeaveTeam{}, "goose"));
    EXPECT_EQ(move().refusal, Refusal::team_dissolved);
}

// ---- move

TEST_F(HostTest, AMovedPlayerSitsInTheOtherTeamWithATokenOfTheNewSeat) {
    const auto epochs = std::pair{stage.seat(1, 1).epoch, stage.seat(2, 2).epoch};
    const auto moved = move();
    ASSERT_FALSE(moved.refusal);
    const auto seated = the<Seated>(moved);
    EXPECT_EQ(seated.connection, 1U);
    EXPECT_EQ(seated.how, SeatedHow::moved);
    EXPECT_TRUE(seated.moved_by_host);
    EXPECT_EQ(seated.team->name, "Geese");
    EXPECT_EQ(seated.slot, 2);
    EXPECT_EQ(stage.house->seat_of(1), (std::pair<TeamId, Slot>{2, 2}));
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::vacant);
    EXPECT_GT(stage.seat(1, 1).epoch, epochs.first);
    EXPECT_GT(stage.seat(2, 2).epoch, epochs.second);
    EXPECT_EQ(stage.seat(2, 2).device, device_named("fox"));
    EXPECT_EQ(journal(1, 1).back(), "moved_away host");
    EXPECT_EQ(journal(2, 2).back(), "moved_here host");
    stage.lose(1);
    EXPECT_EQ(stage.seat(2, 2).state, SeatState::away);
    EXPECT_EQ(the<Seated>(stage.resume(7, seated.token, "fox")).slot, 2);
}

TEST_F(HostTest, TheirPartnersAndTheHostAreTold) {
    const auto moved = move(1, 2, 2);
    EXPECT_EQ(the<PartnerGone>(moved).team->name, "Foxes");
    EXPECT_EQ(the<PartnerGone>(moved).why, SeatFreed::moved);
    const auto acted = the<HostActed>(moved);
    EXPECT_EQ(acted.what, HostDeed::moved);
    EXPECT_EQ(acted.team->name, "Geese");
    EXPECT_EQ(acted.slot, 2);
    EXPECT_EQ(acted.from_team->name, "Foxes");
    EXPECT_EQ(acted.from_slot, 1);
    EXPECT_EQ(all<TeamChanged>(moved).size(), 2U);
}

TEST_F(HostTest, WhoNeverGotTheNewTokenComesBackWithTheOldOne) {
    const auto newest = the<Seated>(move()).token;
    stage.lose(1);
    const auto back = stage.resume(7, fox, "fox");
    ASSERT_FALSE(back.refusal);
    const auto seated = the<Seated>(back);
    EXPECT_EQ(seated.way, ResumeWay::moved_token);
    EXPECT_EQ(seated.team->name, "Geese");
    EXPECT_EQ(seated.slot, 2);
    EXPECT_TRUE(seated.moved_by_host) << "and hears why it is another seat";
    // However many replies get lost.
    for (ConnectionId connection = 8; connection < 12; ++connection) {
        stage.lose(connection - 1);
        const auto again = the<Seated>(stage.resume(connection, fox, "fox"));
        EXPECT_EQ(again.token, seated.token) << "the same successor";
    }
    EXPECT_FALSE(stage.resume(12, newest, "fox").refusal) << "it may have arrived";
}

TEST_F(HostTest, OnceTheNewTokenHasArrivedTheOldOneIsRetired) {
    const auto newest = the<Seated>(move()).token;
    stage.run(command(1, ConfirmToken{newest}, "fox"));
    EXPECT_TRUE(stage.disk.team(2)->moved_tokens.empty());
    const auto refused = stage.resume(7, fox, "fox");
    EXPECT_EQ(refused.refusal, Refusal::token_retired);
    EXPECT_EQ(journal(1, 1).back(), "token_refused token_retired");
    EXPECT_EQ(stage.house->seat_of(1).first, 2U) << "a refused token disturbs nobody";
}

TEST_F(HostTest, ANewTokenThatIsUsedRetiresTheOldOneToo) {
    const auto newest = the<Seated>(move()).token;
    const auto back = the<Seated>(stage.resume(7, newest, "fox"));
    EXPECT_FALSE(back.moved_by_host) << "they have been told";
    EXPECT_EQ(stage.resume(8, fox, "fox").refusal, Refusal::token_retired);
}

TEST_F(HostTest, AHeartbeatFromBeforeTheMoveConfirmsNothing) {
    // Several comings back, so that the old seat's number is above that of the new one.
    auto token = fox;
    std::uint64_t rotation = 0;
    for (ConnectionId connection = 10; connection < 15; ++connection) {
        const auto seated = the<Seated>(stage.resume(connection, token, "fox"));
        token = seated.token;
        rotation = seated.rotation;
    }
    move();
    for (std::uint64_t number = 0; number <= rotation; ++number)
        stage.run(command(14, HeartbeatAnswered{number}, "fox"));
    stage.lose(14);
    EXPECT_FALSE(stage.resume(15, token, "fox").refusal);
}

TEST_F(HostTest, WhoIsAwayDuringTheMoveFindsTheNewSeatByToken) {
    stage.lose(1);
    const auto deadline = stage.seat(1, 1).seat_deadline;
    const auto moved = move();
    ASSERT_FALSE(moved.refusal);
    EXPECT_TRUE(all<Seated>(moved).empty());
    EXPECT_EQ(stage.seat(2, 2).state, SeatState::away);
    EXPECT_EQ(stage.seat(2, 2).seat_deadline, deadline) << "what is left of the hold goes along";
    EXPECT_EQ(stage.seat(2, 2).away_cause, AwayCause::connection_lost);
    EXPECT_EQ(journal(2, 2).back(), "held_here host");
    const auto back = the<Seated>(stage.resume(7, fox));
    EXPECT_EQ(back.team->name, "Geese");
    EXPECT_TRUE(back.moved_by_host);
}

TEST_F(HostTest, WhoIsAwayDuringTheMoveFindsTheNewSeatByDevice) {
    stage.lose(1);
    move();
    const auto listed = the<ReconnectableListed>(stage.run(command(7, ListReconnectable{}, "fox")));
    ASSERT_EQ(listed.seats.size(), 1U);
    EXPECT_EQ(listed.seats[0].team_name, "Geese");
    EXPECT_FALSE(stage.resume(7, listed.seats[0].token, "fox").refusal);
}

TEST_F(HostTest, WhoAsksForTheOldTeamFromTheSameDeviceIsLedToTheNewSeat) {
    stage.lose(1);
    move();
    EXPECT_EQ(the<Seated>(stage.run(command(8, JoinTeam{"Foxes"}, "stranger"))).slot, 1)
        << "the old seat is free for others";
    const auto back = the<Seated>(stage.run(command(7, JoinTeam{"Foxes"}, "fox", "op")));
    EXPECT_EQ(back.team->name, "Geese");
    EXPECT_TRUE(back.moved_by_host);
    stage.run(command(7, ConfirmToken{back.token}, "fox"));
    stage.lose(7);
    EXPECT_EQ(stage.run(command(9, JoinTeam{"Foxes"}, "fox")).refusal, Refusal::team_full)
        << "the move has been heard of: now the name means what it says";
}

TEST_F(HostTest, MovedAgainAndAgainEveryTokenFromTheWayLeadsToTheLastSeat) {
    stage.lose(1);
    move();
    stage.run(host(MovePlayer{2, 2, 1, 1}));
    stage.run(host(MovePlayer{1, 1, 2, 2}));
    EXPECT_EQ(the<Seated>(stage.resume(7, fox)).team->name, "Geese");
}

TEST_F(HostTest, WhoIsMovedManyTimesWhileAwayStillComesBackWithTheOldToken) {
    stage.lose(1);
    for (int times = 0; times < 20; ++times) {
        EXPECT_FALSE(move().refusal);
        EXPECT_FALSE(stage.run(host(MovePlayer{2, 2, 1, 1})).refusal);
    }
    EXPECT_EQ(stage.disk.team(1)->moved_tokens.size(), limits::moved_tokens_per_seat);
    EXPECT_FALSE(stage.resume(8, fox).refusal);
}

TEST_F(HostTest, TheOldSeatsNextHolderIsNotDisturbedByTheOldToken) {
    stage.lose(1);
    move();
    const auto next = stage.join(7, "Foxes", "next");
    EXPECT_EQ(next.slot, 1);
    EXPECT_EQ(the<Seated>(stage.resume(8, fox)).team->name, "Geese");
    EXPECT_EQ(stage.house->seat_of(7), (std::pair<TeamId, Slot>{1, 1}));
    stage.lose(7);
    EXPECT_EQ(the<Seated>(stage.resume(9, next.token)).team->name, "Foxes");
}

TEST_F(HostTest, ReleasedFromTheNewSeatTheOldTokenHearsThat) {
    stage.lose(1);
    move();
    stage.run(host(ReleaseSeat{2, 2}));
    EXPECT_EQ(stage.resume(7, fox).refusal, Refusal::seat_released);
    stage.join(8, "Geese", "next");
    EXPECT_EQ(stage.resume(7, fox).refusal, Refusal::token_retired);
}

TEST_F(HostTest, AnExpiredTokenDoesNotComeToLifeAgain) {
    HouseSettings settings;
    settings.token_life = Milliseconds{10'000};
    Stage other(settings);
    const auto token = other.create(1, "Foxes", "fox").token;
    other.join(2, "Foxes", "other fox");
    other.create(3, "Geese", "goose");
    other.lose(1);
    other.run(host(MovePlayer{1, 1, 2, 2}));
    other.wait(Milliseconds{12'000});
    EXPECT_EQ(other.resume(7, token).refusal, Refusal::token_expired);
    EXPECT_FALSE(other.run(command(7, JoinTeam{"Geese"}, "fox")).refusal);
    EXPECT_EQ(other.resume(8, token).refusal, Refusal::token_retired);
}

TEST_F(HostTest, WithinATeamThePlayerChangesTheSlotAndTheTeamLivesOn) {
    const auto moved = stage.run(host(MovePlayer{2, 1, 2, 2}));
    ASSERT_FALSE(moved.refusal);
    EXPECT_TRUE(stage.disk.team(2)->active);
    EXPECT_EQ(stage.house->seat_of(3), (std::pair<TeamId, Slot>{2, 2}));
    EXPECT_TRUE(all<PartnerGone>(moved).empty());
}

TEST_F(HostTest, ATeamThatTheLastPlayerIsMovedFromIsDissolved) {
    stage.run(command(2, LeaveTeam{}, "other fox"));
    move();
    EXPECT_FALSE(stage.disk.team(1)->active);
    EXPECT_TRUE(stage.view(2)->everybody_connected());
}

TEST_F(HostTest, AMoveThatMakesATeamWholeDealsARound) {
    stage.run(host(StartGame{}));
    const auto round = stage.disk.team(1)->round;
    stage.run(command(1, SubmitAnswer{round->id, round->items[0], true}));
    const auto moved = move();
    EXPECT_EQ(the<RoundDealt>(moved).team->name, "Geese");
    EXPECT_EQ(stage.disk.team(1)->round->answers[0], true) << "the answer stays with the seat";
    const auto joined = stage.join(7, "Foxes");
    ASSERT_TRUE(joined.round);
    EXPECT_EQ(joined.round->own_answer, true);
}

TEST_F(HostTest, AMoveThatTheDiskRefusesHasNotHappened) {
    const auto before = stage.house->snapshot();
    stage.ahead(host(MovePlayer{1, 1, 2, 2}, "op"));
    EXPECT_EQ(stage.house->seat_of(1).first, 2U);
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.house->seat_of(1), (std::pair<TeamId, Slot>{1, 1}));
    EXPECT_EQ(the<Seated>(stage.resume(7, fox)).way, ResumeWay::token);
    EXPECT_FALSE(move(1, 2, 2, "op").refusal);
    // And once more the other way: the tokens that led to the new seat lead there again.
    stage.ahead(host(MovePlayer{2, 2, 1, 1}));
    stage.fail_commit();
    stage.lose(7);
    EXPECT_EQ(the<Seated>(stage.resume(8, fox)).team->name, "Geese");
}

TEST_F(HostTest, AMoveSurvivesARestart) {
    stage.lose(1);
    move();
    stage.restart();
    const auto back = the<Seated>(stage.resume(7, fox));
    EXPECT_EQ(back.team->name, "Geese");
    EXPECT_EQ(back.slot, 2);
}

TEST_F(HostTest, TheSameMoveAgainChangesNothing) {
    move(1, 2, 0, "op");
    const auto before = stage.house->snapshot();
    const auto again = move(1, 2, 0, "op");
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(again.changes.empty());
    const auto acted = the<HostActed>(again);
    EXPECT_TRUE(acted.repeated);
    EXPECT_EQ(acted.slot, 2);
    EXPECT_EQ(acted.from_team->name, "Foxes");
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(move(1, 1, 1, "op").refusal, Refusal::bad_request) << "the id of another move";
}

TEST_F(HostTest, WhoFellAwayDuringAnOutageIsMovedWithTheFullGrace) {
    stage.down(command(1, ConnectionLost{}));
    const auto moved = move();
    EXPECT_FALSE(moved.refusal);
    EXPECT_EQ(stage.view(2)->seats[1].held_for_milliseconds, 3'600'000);
    EXPECT_EQ(the<Seated>(stage.resume(7, fox)).team->name, "Geese");
}

TEST_F(HostTest, ACodeOfBeforeTheMoveIsWorthNothing) {
    const auto code = the<MoveOffered>(stage.run(command(1, OfferMove{}, "fox"))).code;
    move();
    EXPECT_EQ(stage.run(command(7, MoveHere{code}, "new phone")).refusal, Refusal::move_code_unknown);
}

// ---- holds and the grace

TEST_F(HostTest, AnExtendedHoldLastsLongerAndSoDoesItsToken) {
    stage.lose(1);
    const auto deadline = stage.seat(1, 1).seat_deadline;
    const auto extended = extend(1'800);
    ASSERT_FALSE(extended.refusal);
    EXPECT_EQ(stage.seat(1, 1).seat_deadline, deadline + Milliseconds{1'800'000});
    EXPECT_EQ(the<HostActed>(extended).what, HostDeed::hold_extended);
    EXPECT_EQ(the<TeamChanged>(extended).team->seats[0].held_for_milliseconds, 5'400'000);
    EXPECT_EQ(journal(1, 1).back(), "hold_extended host");
    stage.wait(Milliseconds{5'399'000});
    EXPECT_FALSE(stage.resume(7, fox, "fox").refusal);
}

TEST_F(HostTest, AHoldEndsAtItsNewDeadlineAndNotLater) {
    stage.lose(1);
    extend(60);
    stage.wait(Milliseconds{3'659'000});
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::away);
    stage.wait(Milliseconds{2'000});
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::vacant);
}

TEST_F(HostTest, AHoldIsNeverLongerThanADay) {
    stage.lose(1);
    EXPECT_FALSE(extend(86'400).refusal);
    EXPECT_EQ(stage.view(1)->seats[0].held_for_milliseconds, limits::hold_most.count());
    EXPECT_EQ(extend(60).refusal, Refusal::hold_too_long);
    EXPECT_EQ(extend(86'401).refusal, Refusal::bad_request);
}

TEST_F(HostTest, TheSameExtensionAgainAddsNothing) {
    stage.lose(1);
    extend(60, 1, "op");
    const auto deadline = stage.seat(1, 1).seat_deadline;
    EXPECT_TRUE(the<HostActed>(extend(60, 1, "op")).repeated);
    EXPECT_EQ(stage.seat(1, 1).seat_deadline, deadline);
    EXPECT_EQ(extend(61, 1, "op").refusal, Refusal::bad_request);
}

TEST_F(HostTest, AnExtensionThatTheDiskRefusesIsTakenBackAndOneThatItTookSurvivesARestart) {
    stage.lose(1);
    const auto deadline = stage.seat(1, 1).seat_deadline;
    stage.ahead(host(ExtendHold{1, 1, Milliseconds{60'000}}));
    stage.fail_commit();
    EXPECT_EQ(stage.seat(1, 1).seat_deadline, deadline);
    extend(60);
    stage.restart();
    EXPECT_EQ(stage.seat(1, 1).seat_deadline, deadline + Milliseconds{60'000});
}

TEST_F(HostTest, TheGraceOfTheGameHoldsForWhoFallsAwayFromNowOn) {
    stage.lose(1);
    const auto deadline = stage.seat(1, 1).seat_deadline;
    const auto set = stage.run(host(SetGrace{Milliseconds{600'000}}));
    const auto changed = the<GameChanged>(set);
    EXPECT_EQ(changed.what, GameEvent::grace_set);
    EXPECT_EQ(changed.game.grace_seconds, 600);
    EXPECT_EQ(changed.game.configured_grace_seconds, 3'600);
    EXPECT_EQ(journal(0, 0).back(), "grace_set host");
    stage.lose(2);
    EXPECT_EQ(stage.view(1)->seats[1].held_for_milliseconds, 600'000);
    EXPECT_EQ(stage.seat(1, 1).seat_deadline, deadline) << "what was promised stays";
    stage.wait(Milliseconds{602'000});
    EXPECT_EQ(stage.seat(1, 2).state, SeatState::vacant);
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::away);
}

TEST_F(HostTest, TheGraceSurvivesRestartsOfTheServerAndOfTheGame) {
    stage.run(host(SetGrace{Milliseconds{600'000}}));
    stage.run(host(RestartGame{}));
    stage.restart();
    EXPECT_EQ(stage.house->game().grace_seconds, 600);
    EXPECT_EQ(stage.view(1)->seats[0].held_for_milliseconds, 600'000) << "also for those whom it turned away";
    stage.run(host(SetGrace{std::nullopt}));
    EXPECT_EQ(stage.house->game().grace_seconds, 3'600) << "as configured";
}

TEST_F(HostTest, AGraceLongerThanATokenLivesKeepsTheTokenGood) {
    stage.run(host(SetGrace{Milliseconds{7'200'000}}));
    stage.lose(1);
    stage.wait(Milliseconds{7'100'000});
    EXPECT_FALSE(stage.resume(7, fox).refusal);
}

TEST_F(HostTest, AGraceThatTheDiskRefusesIsTakenBackAndTheSameAgainIsOneEffect) {
    stage.ahead(host(SetGrace{Milliseconds{600'000}}, "op"));
    stage.fail_commit();
    EXPECT_EQ(stage.house->game().grace_seconds, 3'600);
    stage.run(host(SetGrace{Milliseconds{600'000}}, "op"));
    const auto again = stage.run(host(SetGrace{Milliseconds{600'000}}, "op"));
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(again.changes.empty());
    EXPECT_EQ(stage.run(host(SetGrace{Milliseconds{700'000}}, "op")).refusal, Refusal::bad_request);
}

}  // namespace
}  // namespace holdfast::seats
