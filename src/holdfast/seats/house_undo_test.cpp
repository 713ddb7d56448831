// What happens when the disk refuses a commit, and while it cannot be written at all.
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

TEST(RollBack, TakesANewTeamBackAndItsNameIsFree) {
    Stage stage;
    const auto before = stage.house->snapshot();
    const auto first = stage.ahead(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    stage.ahead(command(2, JoinTeam{"Foxes"}));
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.house->seat_of(1).first, 0U);
    EXPECT_EQ(stage.house->seat_of(2).first, 0U);
    const auto again = stage.run(command(2, CreateTeam{"Foxes"}));
    EXPECT_FALSE(again.refusal);
    EXPECT_GT(again.sequence, first.sequence);
}

TEST(RollBack, GivesASeatBackToTheConnectionThatHeldIt) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    stage.ahead(command(2, ReconnectWithToken{first.token}, "ann"));
    EXPECT_EQ(stage.house->seat_of(2).second, 1);
    stage.fail_commit();
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
    EXPECT_EQ(stage.house->seat_of(2).second, 0);
    EXPECT_EQ(stage.run(command(2, LeaveTeam{})).refusal, Refusal::not_seated);
    EXPECT_FALSE(stage.run(command(1, LeaveTeam{})).refusal) << "it was never taken over";
}

TEST(RollBack, ReachesFromTheFirstLostDecisionOnAndNoFurther) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    stage.run(host(StartGame{}));
    stage.ahead(command(2, JoinTeam{"Foxes"}));
    stage.commit_oldest();
    const auto after_join = stage.house->snapshot();
    const auto round = stage.disk.team(team)->round->id;
    stage.ahead(command(1, SubmitAnswer{round, 'A', true}));
    stage.ahead(command(2, SubmitAnswer{round, 'A', true}));
    stage.ahead(command(1, ConnectionLost{}));
    stage.ahead(host(RestartGame{}));
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), after_join);
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
    EXPECT_FALSE(stage.run(command(1, SubmitAnswer{round, 'A', true})).refusal);
}

TEST(RollBack, OfARestartOfTheGameBringsBackTheRoundsOfAllTeams) {
    Stage stage;
    const auto foxes = stage.create(1, "Foxes").team->id;
    stage.join(2, "Foxes");
    const auto owls = stage.create(3, "Owls").team->id;
    stage.join(4, "Owls");
    stage.run(host(StartGame{}));
    const auto round = stage.disk.team(foxes)->round->id;
    stage.run(command(1, SubmitAnswer{round, 'A', true}));
    const auto before = stage.house->snapshot();

    stage.ahead(host(RestartGame{}));
    EXPECT_EQ(stage.view(owls)->rounds_dealt, 0U) << "nobody has changed this team";
    EXPECT_EQ(stage.ahead(command(1, SubmitAnswer{round, 'A', false})).refusal, Refusal::game_not_started);
    stage.ahead(command(2, LeaveTeam{}));  // and this one somebody has
    stage.ahead(host(RestartGame{}));
    stage.ahead(host(StartGame{}));
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.view(owls)->rounds_dealt, 1U);
    EXPECT_EQ(stage.run(command(1, SubmitAnswer{round, 'A', true})).refusal, Refusal::already_answered);

    stage.ahead(host(RestartGame{}));
    stage.ahead(command(2, LeaveTeam{}));
    stage.commit_oldest();
    stage.fail_commit();
    EXPECT_FALSE(stage.house->snapshot().teams[0].round) << "the restart is on the disk";
    EXPECT_EQ(stage.run(host(StartGame{})).refusal, std::nullopt);
    EXPECT_EQ(stage.disk.team(foxes)->round->number, 1U);
    EXPECT_EQ(stage.disk.team(owls)->round->number, 1U);
}

TEST(RollBack, ForgetsOperationIdsAndRemembersForgottenOnes) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    stage.clock.advance(Milliseconds{4'000});
    for (int step = 0; step < 1'000; ++step) {
        stage.clock.advance(Milliseconds{4'000});
        stage.ahead(command(0, Tick{}));
    }
    EXPECT_TRUE(stage.house->snapshot().operations.empty());
    stage.ahead(command(1, LeaveTeam{}, "ann", "op-2"));
    stage.fail_commit();
    ASSERT_EQ(stage.house->snapshot().operations.size(), 1U);
    EXPECT_EQ(the<Seated>(stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"))).how, SeatedHow::created);
    EXPECT_FALSE(stage.run(command(1, LeaveTeam{}, "ann", "op-2")).refusal);
    EXPECT_EQ(stage.disk.team(1)->seats[0].state, SeatState::vacant);
}

TEST(RollBack, OfALostConnectionIsMendedByTheNextComparison) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    stage.ahead(command(1, ConnectionLost{}));
    stage.fail_commit();
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::connected);
    const auto decision = stage.run(command(0, SynchroniseWithStore{{}}));
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::away);
    EXPECT_EQ(the<SeatChanged>(decision).reason, "stale_session");
}

TEST(RollBack, OfWhatWasPreservedAtStartLosesNoSession) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    stage.house = std::make_unique<House>(stage.settings, stage.game, stage.random);
    const auto preserved = stage.house->preserve_sessions_at_start(stage.disk.snapshot(), stage.now());
    stage.house->roll_back_from(preserved.sequence);
    EXPECT_EQ(stage.house->snapshot(), stage.disk.snapshot());
    EXPECT_EQ(stage.view(first.team->id)->seats[0].state, SeatState::away);
    EXPECT_FALSE(stage.resume(2, first.token, "ann").refusal);
    EXPECT_EQ(stage.seat(first.team->id, 1).state, SeatState::connected);
}

TEST(Start, PreservesInPartsWhatItPreservesAtOnce) {
    Stage stage;
    std::vector<std::string> tokens;
    for (ConnectionId connection = 1; connection <= 5; ++connection) {
        const auto name = "Team " + std::to_string(connection);
        tokens.push_back(stage.create(connection, name, name).token);
    }
    stage.lose(3);
    const auto at_once = [&] {
        House house(stage.settings, stage.game, stage.random);
        (void)house.preserve_sessions_at_start(stage.disk.snapshot(), stage.now());
        return house.snapshot();
    }();
    stage.house = std::make_unique<House>(stage.settings, stage.game, stage.random);
    auto part =
        std::make_optional(stage.house->preserve_sessions_at_start(stage.disk.snapshot(), stage.now(), 2));
    std::size_t preserved = 0;
    int parts = 0;
    for (; part; part = stage.house->preserve_further_sessions(stage.now(), 2)) {
        ++parts;
        preserved += all<SeatChanged>(*part).size();
        stage.waiting.push_back(*part);
        stage.commit_oldest();
    }
    EXPECT_EQ(parts, 2);
    EXPECT_EQ(preserved, 4U);
    EXPECT_EQ(stage.house->snapshot(), at_once);
    EXPECT_EQ(stage.disk.snapshot(), at_once);
    for (ConnectionId connection = 1; connection <= 5; ++connection) {
        EXPECT_FALSE(stage.resume(10 + connection, tokens[connection - 1]).refusal);
    }
}

/// Ann and Bob in a team; then the disk fails.
struct Outage : Stage {
    Outage() {
        const auto first = create(1, "Foxes", "ann");
        team = first.team->id;
        ann = first.token;
        bob = join(2, "Foxes", "bob").token;
    }
    TeamId team = 0;
    std::string ann;
    std::string bob;
};

TEST(StoreDown, PlayersWhoHoldASeatResumeWithoutANewToken) {
    Outage outage;
    const auto before = outage.house->snapshot();
    outage.down(command(1, ConnectionLost{}));
    EXPECT_EQ(outage.view(outage.team)->seats[0].state, SeatState::away);
    const auto by_token = the<Seated>(outage.down(command(3, ReconnectWithToken{outage.ann}, "ann")));
    EXPECT_EQ(by_token.token, "");
    EXPECT_EQ(by_token.rotation, 0U);
    EXPECT_EQ(by_token.slot, 1);
    EXPECT_EQ(by_token.team->seats[0].state, SeatState::connected);
    EXPECT_EQ(by_token.team->seats[0].epoch, 2U);

    outage.down(command(2, ConnectionLost{}));
    const auto by_device = the<Seated>(outage.down(command(4, JoinTeam{"Foxes"}, "bob")));
    EXPECT_EQ(by_device.slot, 2);
    EXPECT_EQ(by_device.token, "");
    EXPECT_EQ(outage.house->snapshot(), before) << "the disk's content is untouched";
}

TEST(StoreDown, ANewerConnectionTakesOverHereToo) {
    Outage outage;
    const auto decision = outage.down(command(3, ReconnectWithToken{outage.ann}, "ann"));
    EXPECT_EQ(the<TakenOver>(decision).connection, 1U);
    EXPECT_TRUE(decision.changes.empty());
    EXPECT_EQ(outage.down(command(1, LeaveTeam{})).refusal, Refusal::store_unavailable);
    EXPECT_EQ(outage.house->seat_of(1).first, 0U);
    EXPECT_EQ(outage.house->seat_of(3).second, 1);
    outage.run(command(0, SynchroniseWithStore{{2, 3}}));
    EXPECT_EQ(outage.disk.journal.back().what, "resumed") << "the seat's life has no gap";
    EXPECT_EQ(outage.disk.journal.back().reason, "store_unavailable");
}

TEST(StoreDown, EverythingThatNeedsTheDiskIsRefused) {
    Outage outage;
    outage.run(command(9, CreateTeam{"Wolves"}));
    const auto before = outage.house->snapshot();
    for (const CommandBody& body : std::vector<CommandBody>{
             CreateTeam{"Bears"}, JoinTeam{"Wolves"}, ReactivateTeam{"Foxes"}, LeaveTeam{},
             SubmitAnswer{1, 'A', true}, StartGame{}, PauseGame{}, RestartGame{}, ToggleGameMode{},
             ReleaseSeat{outage.team, 1}, ConfirmToken{outage.ann}, SynchroniseWithStore{{}}}) {
        const bool by_somebody_seated =
            std::holds_alternative<LeaveTeam>(body) || std::holds_alternative<SubmitAnswer>(body);
        auto asked = command(by_somebody_seated ? 1 : 30, body, "eve", "op-1");
        asked.host = true;
        const auto decision = outage.down(asked);
        EXPECT_EQ(decision.refusal, Refusal::store_unavailable) << body.index();
        EXPECT_TRUE(decision.changes.empty()) << body.index();
    }
    EXPECT_EQ(outage.house->snapshot(), before);
    EXPECT_EQ(outage.house->seat_of(1).second, 1);
    EXPECT_EQ(outage.house->seat_of(30).second, 0);
}

TEST(StoreDown, QuestionsAreAnsweredAndWrongTokensRefused) {
    Outage outage;
    outage.down(command(1, ConnectionLost{}));
    EXPECT_FALSE(outage.down(command(5, Introduce{})).refusal);
    EXPECT_EQ(the<ReconnectableListed>(outage.down(command(5, ListReconnectable{}))).seats.size(), 0U)
        << "only what the disk shows as away is told to strangers";
    EXPECT_EQ(the<ReconnectableListed>(outage.down(command(5, ListReconnectable{}, "ann"))).seats.size(), 1U);
    const auto refused = outage.down(command(5, ReconnectWithToken{"nonsense"}));
    EXPECT_EQ(refused.refusal, Refusal::token_unknown);
    EXPECT_TRUE(refused.changes.empty());
}

TEST(StoreDown, NobodysTimeRunsOut) {
    HouseSettings settings;
    settings.grace = Milliseconds{10'000};
    settings.token_life = Milliseconds{10'000};
    Stage stage(settings);
    const auto first = stage.create(1, "Foxes");
    stage.lose(1);
    for (int second = 0; second < 60; ++second) {
        stage.clock.advance(Milliseconds{1'000});
        EXPECT_FALSE(stage.down(command(0, Tick{})).refusal);
    }
    stage.wait(Milliseconds{9'000});
    EXPECT_FALSE(stage.resume(2, first.token).refusal);
}

TEST(StoreDown, AfterItTheDiskLearnsWhoSitsWhereAndPlayersGetTheirTokens) {
    Outage outage;
    outage.down(command(1, ConnectionLost{}));
    outage.down(command(3, ReconnectWithToken{outage.ann}, "ann"));
    outage.down(command(2, ConnectionLost{}));
    const auto decision = outage.run(command(0, SynchroniseWithStore{{3}}));
    const auto ann = the<Seated>(decision);
    EXPECT_EQ(ann.connection, 3U);
    EXPECT_EQ(ann.how, SeatedHow::resumed);
    EXPECT_FALSE(ann.token.empty());
    EXPECT_EQ(outage.seat(outage.team, 1).state, SeatState::connected);
    EXPECT_EQ(outage.seat(outage.team, 1).epoch, 2U) << "the epoch seen during the outage is written";
    EXPECT_EQ(outage.seat(outage.team, 2).state, SeatState::away);
    const auto again = outage.run(command(0, SynchroniseWithStore{{3}}));
    EXPECT_TRUE(again.changes.empty() && again.effects.empty()) << "then all is in line";
    // The token that let Ann in stays good until she is known to have the new one.
    EXPECT_FALSE(outage.resume(4, outage.ann, "ann").refusal);
    EXPECT_FALSE(outage.resume(5, ann.token, "ann").refusal);
    EXPECT_FALSE(outage.resume(6, outage.bob, "bob").refusal);
}

TEST(StoreDown, SomebodyWhoCameAndWentDuringItHasAFreshGrace) {
    HouseSettings settings;
    settings.grace = Milliseconds{10'000};
    Stage stage(settings);
    const auto first = stage.create(1, "Foxes", "ann");
    stage.lose(1);
    stage.wait(Milliseconds{9'000});
    stage.down(command(2, ReconnectWithToken{first.token}, "ann"));
    stage.down(command(2, ConnectionLost{}));
    stage.wait(Milliseconds{2'000});  // the old deadline passes before the comparison
    stage.run(command(0, SynchroniseWithStore{{}}));
    stage.wait(Milliseconds{9'000});
    EXPECT_FALSE(stage.resume(3, first.token, "ann").refusal);
}

TEST(StoreDown, ADeadlineDoesNotFreeASeatSomebodyCameBackTo) {
    HouseSettings settings;
    settings.grace = Milliseconds{10'000};
    Stage stage(settings);
    const auto first = stage.create(1, "Foxes", "ann");
    stage.lose(1);
    stage.wait(Milliseconds{9'000});
    stage.down(command(2, ReconnectWithToken{first.token}, "ann"));
    stage.wait(Milliseconds{5'000});
    EXPECT_EQ(stage.house->seat_of(2).second, 1);
    // What such a player does before the comparison is done for real.
    EXPECT_FALSE(stage.run(command(2, LeaveTeam{})).refusal);
    EXPECT_EQ(stage.seat(first.team->id, 1).epoch, 3U);
}

TEST(StoreDown, ARepeatedOperationStillHasItsAnswer) {
    Stage stage;
    stage.run(command(1, CreateTeam{"Foxes"}, "ann", "op-1"));
    stage.down(command(1, ConnectionLost{}));
    const auto again = the<Seated>(stage.down(command(2, CreateTeam{"Foxes"}, "ann", "op-1")));
    EXPECT_EQ(again.how, SeatedHow::created);
    EXPECT_EQ(again.token, "");
    EXPECT_EQ(stage.house->seat_of(2).second, 1);
}

TEST(StoreDown, DecisionsThatWaitForNothingLeaveNothingToTakeBack) {
    Outage outage;
    const auto first = outage.down(command(3, ReconnectWithToken{outage.ann}, "ann"));
    outage.house->roll_back_from(first.sequence);
    EXPECT_EQ(outage.house->seat_of(3).second, 1) << "there was no commit that could have failed";
}

}  // namespace
}  // namespace holdfast::seats
