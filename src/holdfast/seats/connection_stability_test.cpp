// How stable a connection's seat is, seen from the domain: the token's life, expiry, isolation, concurrency,
// start-up, failures of the disk, and one whole reconnection.
#include <set>

#include "holdfast/seats/house_stage.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {
namespace {

// ---- the token

TEST(Token, IsKeptAndFoundByTeamAndSlot) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    const auto second = stage.join(2, "Foxes", "bob");
    const Tokens tokens(stage.settings.token_secret);
    EXPECT_EQ(tokens.find_token(*stage.disk.team(first.team->id), 1, {}), first.token);
    EXPECT_EQ(tokens.find_token(*stage.disk.team(first.team->id), 2, {}), second.token);
    stage.restart();
    stage.wait(Milliseconds{60'000});
    EXPECT_EQ(tokens.find_token(*stage.disk.team(first.team->id), 1, {}), first.token);
}

TEST(Token, TheOldOneIsClearedWhenANewOneIsMade) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    stage.join(2, "Foxes");
    stage.run(command(1, LeaveTeam{}));
    const auto second = stage.join(3, "Foxes");
    ASSERT_EQ(second.slot, first.slot);
    const auto refused = stage.resume(4, first.token);
    EXPECT_EQ(refused.refusal, Refusal::token_retired);
    EXPECT_EQ(stage.house->seat_of(3).second, 1) << "nobody is disturbed";
    EXPECT_EQ(stage.disk.journal.back().what, "token_refused");
    EXPECT_EQ(stage.disk.journal.back().reason, "token_retired");
    EXPECT_EQ(the<TokenCounted>(refused).reason, Refusal::token_retired);
}

TEST(Token, ALostReplyToAResumeLosesNoSeat) {
    Stage stage;
    auto token = stage.create(1, "Foxes").token;
    const auto successor = the<Seated>(stage.resume(2, token)).token;
    for (ConnectionId connection = 3; connection < 1'003; ++connection) {
        if (connection % 10 == 0) stage.restart();
        const auto resumed = the<Seated>(stage.resume(connection, token));
        ASSERT_EQ(resumed.way, ResumeWay::previous_token);
        ASSERT_EQ(resumed.token, successor) << "every reply that gets lost holds the same successor";
    }
    EXPECT_EQ(the<Seated>(stage.resume(2'000, successor)).way, ResumeWay::token);
    EXPECT_EQ(stage.resume(2'001, token).refusal, Refusal::token_retired);
}

TEST(Token, TheOneBeforeEndsWhenTheClientConfirmsTheNewest) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    const auto second = the<Seated>(stage.resume(2, first.token));
    // From another connection, or with an older token, a confirmation counts for nothing.
    EXPECT_EQ(stage.run(command(1, ConfirmToken{second.token})).refusal, Refusal::taken_over);
    EXPECT_TRUE(stage.run(command(2, ConfirmToken{first.token})).changes.empty());
    EXPECT_EQ(stage.run(command(2, ConfirmToken{"nonsense"})).refusal, Refusal::bad_request);
    EXPECT_TRUE(stage.seat(first.team->id, 1).previous_token_good);

    const auto confirmed = stage.run(command(2, ConfirmToken{second.token}));
    EXPECT_EQ(the<TokenCounted>(confirmed).what, TokenEvent::confirmed);
    EXPECT_EQ(confirmed.effects.size(), 1U) << "nobody needs to hear of it";
    EXPECT_TRUE(stage.run(command(2, ConfirmToken{second.token})).changes.empty());
    EXPECT_EQ(stage.resume(3, first.token).refusal, Refusal::token_retired);
}

TEST(Token, TheOneBeforeEndsWhenAHeartbeatAfterItIsAnswered) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    const auto second = the<Seated>(stage.resume(2, first.token));
    stage.run(command(1, HeartbeatAnswered{second.rotation}));
    stage.run(command(2, HeartbeatAnswered{first.rotation}));
    EXPECT_TRUE(stage.seat(first.team->id, 1).previous_token_good);
    stage.run(command(2, HeartbeatAnswered{second.rotation}));
    EXPECT_FALSE(stage.seat(first.team->id, 1).previous_token_good);
    EXPECT_TRUE(stage.run(command(2, HeartbeatAnswered{second.rotation})).changes.empty());
}

TEST(Token, ADeviceThatJoinsWhileAReplyIsMissingDoesNotRetireTheTokenItHas) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    stage.resume(2, first.token, "ann");  // the reply gets lost
    stage.lose(2);
    stage.join(3, "Foxes", "ann");  // and so does this one
    EXPECT_EQ(the<Seated>(stage.resume(4, first.token, "ann")).way, ResumeWay::previous_token);
}

TEST(Token, ResumingAgainOnTheSameConnectionChangesNoHands) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    const auto again = stage.resume(1, first.token);
    EXPECT_TRUE(all<TakenOver>(again).empty());
    EXPECT_EQ(stage.seat(first.team->id, 1).epoch, 1U);
    EXPECT_FALSE(stage.resume(1, the<Seated>(again).token).refusal);
}

TEST(Token, OfOneSeatDoesNotMoveSomebodyWhoSitsInAnother) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    stage.create(2, "Wolves");
    EXPECT_EQ(stage.resume(2, first.token).refusal, Refusal::already_seated);
    EXPECT_EQ(stage.house->seat_of(1).first, first.team->id);
}

TEST(Token, ReachesOnlyTheDeviceThatHoldsTheSeat) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    stage.lose(1);
    stage.lose(2);
    for (const char* stranger : {"eve", ""}) {
        const auto listed = the<ReconnectableListed>(stage.run(command(3, ListReconnectable{}, stranger)));
        ASSERT_EQ(listed.seats.size(), 2U);
        for (const auto& seat : listed.seats) {
            EXPECT_TRUE(seat.has_token);
            EXPECT_EQ(seat.token, "") << "seen by \"" << stranger << "\"";
        }
    }
    const auto listed = the<ReconnectableListed>(stage.run(command(3, ListReconnectable{}, "bob")));
    ASSERT_EQ(listed.seats.size(), 2U);
    EXPECT_EQ(listed.seats[0].slot, 2) << "the asking device's own first";
    EXPECT_EQ(listed.seats[1].token, "");
    EXPECT_EQ(the<Seated>(stage.resume(4, listed.seats[0].token, "bob")).slot, 2);
}

TEST(Token, TheListOfWaitingSeatsHasALimitAndNamesOnesOwnFirst) {
    Stage stage;
    for (ConnectionId number = 1; number <= 150; ++number) {
        stage.create(number, "Team " + std::to_string(number), number == 1 ? "ann" : "others");
        stage.lose(number);
        stage.clock.advance(Milliseconds{10});
    }
    const auto listed = the<ReconnectableListed>(stage.run(command(999, ListReconnectable{}, "ann")));
    ASSERT_EQ(listed.seats.size(), 100U);
    EXPECT_EQ(listed.seats[0].team_name, "Team 1");
    EXPECT_FALSE(listed.seats[0].token.empty());
    EXPECT_EQ(listed.seats[1].team_name, "Team 150") << "then those that fell away last";
}

// ---- expiry

HouseSettings short_lives(std::int64_t grace, std::int64_t token_life) {
    HouseSettings settings;
    settings.grace = Milliseconds{grace};
    settings.token_life = Milliseconds{token_life};
    return settings;
}

TEST(Expiry, FreesASeatAtItsDeadlineAndNotBefore) {
    Stage stage(short_lives(120'000, 120'000));
    const auto first = stage.create(1, "Foxes");
    const auto team = first.team->id;
    stage.join(2, "Foxes");
    stage.lose(1);
    stage.wait(Milliseconds{119'000});
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::away);
    stage.clock.advance(Milliseconds{1'000});
    const auto swept = stage.run(command(0, Tick{}));
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::vacant);
    EXPECT_EQ(the<SeatChanged>(swept).what, "expired");
    EXPECT_TRUE(the<PartnerGone>(swept).for_good);
    EXPECT_EQ(the<TokenCounted>(swept).what, TokenEvent::swept);
    EXPECT_EQ(stage.disk.journal.back().what, "expired");
    EXPECT_EQ(stage.resume(3, first.token).refusal, Refusal::seat_expired);
    EXPECT_EQ(stage.disk.journal.back().reason, "seat_expired");
}

TEST(Expiry, ATokensLifeMayBeShorterThanItsSeats) {
    Stage stage(short_lives(120'000, 60'000));
    const auto first = stage.create(1, "Foxes", "ann");
    stage.lose(1);
    stage.wait(Milliseconds{60'000});
    EXPECT_EQ(stage.resume(2, first.token, "ann").refusal, Refusal::token_expired);
    EXPECT_FALSE(stage.seat(first.team->id, 1).token_live);
    const auto listed = the<ReconnectableListed>(stage.run(command(2, ListReconnectable{}, "ann")));
    EXPECT_FALSE(listed.seats.at(0).has_token);
    EXPECT_EQ(listed.seats.at(0).token, "");
    // The device still gets in, with a token made from new.
    const auto back = stage.join(2, "Foxes", "ann");
    EXPECT_EQ(back.how, SeatedHow::resumed);
    EXPECT_EQ(stage.resume(3, first.token, "ann").refusal, Refusal::token_retired);
    EXPECT_EQ(the<Seated>(stage.resume(3, back.token, "ann")).way, ResumeWay::token);
}

TEST(Expiry, OfATokenHoldsBeforeTheSweepHasSeenIt) {
    Stage stage(short_lives(120'000, 4'000));
    const auto first = stage.create(1, "Foxes", "ann");
    stage.lose(1);
    stage.clock.advance(Milliseconds{4'000});
    const auto back = stage.join(2, "Foxes", "ann");
    EXPECT_EQ(stage.resume(3, first.token, "ann").refusal, Refusal::token_retired)
        << "an expired token does not come back to life as the one before";
    EXPECT_FALSE(stage.resume(3, back.token, "ann").refusal);
}

TEST(Expiry, DoesNotHappenToConnectedSeats) {
    Stage stage(short_lives(5'000, 5'000));
    const auto first = stage.create(1, "Foxes");
    stage.wait(Milliseconds{60'000});
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
    EXPECT_FALSE(stage.resume(2, first.token).refusal);
}

TEST(Expiry, OfTheLastSeatDissolvesTheTeam) {
    Stage stage(short_lives(5'000, 5'000));
    const auto team = stage.create(1, "Foxes").team->id;
    stage.lose(1);
    stage.wait(Milliseconds{6'000});
    EXPECT_FALSE(stage.disk.team(team)->active);
}

TEST(Expiry, CountsOnlyTimeInWhichTheServerWasUp) {
    Stage stage(short_lives(120'000, 120'000));
    const auto first = stage.create(1, "Foxes");
    stage.lose(1);
    stage.wait(Milliseconds{100'000});
    stage.restart();  // three minutes
    stage.wait(Milliseconds{10'000});
    EXPECT_FALSE(stage.resume(2, first.token).refusal);
}

TEST(Expiry, RunsOnOverRestartsByAtMostTheTimeBetweenTwoWrites) {
    Stage stage(short_lives(120'000, 120'000));
    const auto team = stage.create(1, "Foxes").team->id;
    stage.wait(Milliseconds{300'000});  // nothing is away: the uptime is not worth a write
    stage.lose(1);
    for (int time = 0; time < 11; ++time) {
        stage.wait(Milliseconds{12'000});
        stage.restart();
    }
    stage.wait(Milliseconds{12'000 + 11 * 5'000});
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::vacant);
}

TEST(Expiry, IsNotHurriedByClocksThatJumpOrAProcessThatStops) {
    Stage stage(short_lives(120'000, 120'000));
    const auto first = stage.create(1, "Foxes");
    stage.lose(1);
    stage.clock.jump_unix(Milliseconds{3'600'000});
    stage.wait(Milliseconds{30'000});
    stage.clock.jump_unix(Milliseconds{-7'200'000});
    stage.wait(Milliseconds{30'000});
    stage.clock.advance(Milliseconds{60'000});  // SIGSTOP for a minute
    stage.wait(Milliseconds{30'000});
    EXPECT_FALSE(stage.resume(2, first.token).refusal);
}

TEST(Expiry, IsNotSlowedByManyCommandsWithinAMillisecond) {
    Stage stage(short_lives(5'000, 5'000));
    const auto team = stage.create(1, "Foxes").team->id;
    stage.lose(1);
    // 6 s in steps of 100 microseconds.
    auto moment = stage.now();
    for (int step = 0; step < 60'000; ++step) {
        moment.monotonic += std::chrono::microseconds{100};
        stage.house->committed(stage.house->execute(command(7, Introduce{}), moment).sequence);
    }
    const auto swept = stage.house->execute(command(0, Tick{}), moment);
    EXPECT_EQ(the<SeatChanged>(swept).what, "expired");
    EXPECT_EQ(stage.house->view(team, moment)->seats[0].state, SeatState::vacant);
}

// ---- many at once

TEST(Isolation, WhatHappensInOneTeamTouchesNoOther) {
    Stage stage;
    constexpr ConnectionId teams = 60;
    std::vector<Seated> seated;
    for (ConnectionId number = 1; number <= teams; ++number) {
        seated.push_back(stage.create(number, "Team " + std::to_string(number), std::to_string(number)));
    }
    std::set<std::string> tokens;
    for (const auto& one : seated)
        tokens.insert(one.token);
    EXPECT_EQ(tokens.size(), teams);
    for (ConnectionId number = 1; number <= teams; number += 2) {
        const auto before = stage.house->snapshot();
        const auto decision = stage.resume(1'000 + number, seated[number - 1].token);
        for (const auto& effect : all<TeamChanged>(decision))
            EXPECT_EQ(effect.team->id, seated[number - 1].team->id);
        const auto after = stage.house->snapshot();
        for (std::size_t index = 0; index < before.teams.size(); ++index) {
            EXPECT_EQ(before.teams[index] == after.teams[index], index != number - 1);
        }
    }
    for (ConnectionId number = 2; number <= teams; number += 2)
        EXPECT_EQ(stage.house->seat_of(number).first, seated[number - 1].team->id);
}

TEST(Concurrency, OneTokenOnManyConnectionsHasOneHolderAtEveryInstant) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    const auto team = first.team->id;
    std::uint64_t epoch = 1;
    ConnectionId holder = 1;
    for (ConnectionId connection = 2; connection <= 101; ++connection) {
        const auto decision = stage.ahead(command(connection, ReconnectWithToken{first.token}));
        ASSERT_FALSE(decision.refusal);
        ASSERT_EQ(the<TakenOver>(decision).connection, holder);
        ASSERT_EQ(the<Seated>(decision).connection, connection);
        ASSERT_EQ(the<Seated>(decision).team->seats[0].epoch, ++epoch);
        // Late closes and answers of those who lost it arrive in between.
        stage.ahead(command(holder, ConnectionLost{}));
        ASSERT_TRUE(stage.ahead(command(holder, LeaveTeam{})).refusal);
        holder = connection;
        int holders = 0;
        for (ConnectionId other = 1; other <= connection; ++other)
            holders += stage.house->seat_of(other).first == team ? 1 : 0;
        ASSERT_EQ(holders, 1);
        ASSERT_EQ(stage.house->seat_of(connection).first, team);
        if (connection % 7 == 0) stage.commit();
    }
    stage.commit();
    EXPECT_EQ(stage.seat(team, 1).epoch, 101U);
}

// ---- start-up and comparison with the disk

TEST(StartUp, PreservesEverySessionWithItsFullGrace) {
    Stage stage(short_lives(120'000, 120'000));
    const auto ann = stage.create(1, "Foxes", "ann");
    const auto bob = stage.join(2, "Foxes", "bob");
    const auto team = ann.team->id;
    stage.resume(3, ann.token, "ann");
    const auto before = *stage.disk.team(team);
    stage.wait(Milliseconds{50'000});

    const auto decision = stage.restart();
    EXPECT_EQ(all<SeatChanged>(decision).size(), 2U);
    EXPECT_EQ(all<SeatChanged>(decision)[0].reason, "server_restart");
    for (Slot slot = 1; slot <= 2; ++slot) {
        const auto& was = before.seats[static_cast<std::size_t>(slot - 1)];
        const auto& is = stage.seat(team, slot);
        EXPECT_EQ(is.state, SeatState::away);
        EXPECT_EQ(is.away_cause, AwayCause::server_restart);
        EXPECT_EQ(is.device, was.device);
        EXPECT_EQ(is.rotation, was.rotation);
        EXPECT_EQ(is.previous_token_good, was.previous_token_good);
        EXPECT_TRUE(is.token_live);
        EXPECT_EQ(stage.view(team)->seats[static_cast<std::size_t>(slot - 1)].held_for_milliseconds, 120'000);
    }
    EXPECT_FALSE(stage.resume(11, ann.token, "ann").refusal) << "the reply with its successor was lost";
    EXPECT_FALSE(stage.resume(12, bob.token, "bob").refusal);
}

TEST(StartUp, AnEmptyTableOfConnectionsThrowsNothingAway) {
    Stage stage(short_lives(120'000, 120'000));
    const auto ann = stage.create(1, "Foxes", "ann");
    stage.restart();
    const auto compared = stage.run(command(0, SynchroniseWithStore{{}}));
    EXPECT_TRUE(compared.changes.empty());
    stage.wait(Milliseconds{100'000});
    EXPECT_FALSE(stage.resume(11, ann.token, "ann").refusal);
}

TEST(StartUp, KeepsWhatWasAwayAlreadyWithTheTimeItHasLeft) {
    Stage stage(short_lives(120'000, 120'000));
    const auto team = stage.create(1, "Foxes").team->id;
    stage.lose(1);
    stage.wait(Milliseconds{100'000});
    const auto decision = stage.restart();
    EXPECT_TRUE(all<SeatChanged>(decision).empty());
    stage.wait(Milliseconds{26'000});
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::vacant);
}

TEST(NormalOperation, StaleSessionsTurnAwayAndTheirPlayersComeBack) {
    Stage stage;
    const auto ann = stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    const auto decision = stage.run(command(0, SynchroniseWithStore{{2}}));
    EXPECT_EQ(the<SeatChanged>(decision).reason, "stale_session");
    EXPECT_EQ(the<PartnerGone>(decision).slot, 1);
    EXPECT_EQ(stage.seat(ann.team->id, 1).away_cause, AwayCause::stale_session);
    EXPECT_EQ(stage.seat(ann.team->id, 2).state, SeatState::connected);
    EXPECT_EQ(stage.house->seat_of(1).first, 0U);
    EXPECT_TRUE(stage.run(command(0, SynchroniseWithStore{{2}})).changes.empty()) << "once is enough";
    EXPECT_FALSE(stage.resume(3, ann.token, "ann").refusal);
}

// ---- the disk refuses

TEST(CommitFails, TheTokenBeforeItIsStillTheNewest) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    stage.lose(1);
    const auto lost = the<Seated>(stage.ahead(command(2, ReconnectWithToken{first.token})));
    stage.fail_commit();
    EXPECT_EQ(stage.view(first.team->id)->seats[0].state, SeatState::away);
    const auto again = the<Seated>(stage.resume(3, first.token));
    EXPECT_EQ(again.way, ResumeWay::token);
    EXPECT_EQ(again.token, lost.token) << "the number that nobody was told of is given again";
    EXPECT_EQ(again.team->seats[0].epoch, 2U);
}

// ---- all of it

TEST(Reconnection, TheWholeFlow) {
    Stage stage;
    const auto ann = stage.create(1, "Foxes", "ann");
    const auto bob = stage.join(2, "Foxes", "bob");
    const auto team = ann.team->id;
    const auto round = the<RoundDealt>(stage.run(host(StartGame{}))).round;
    stage.run(command(1, SubmitAnswer{round, 'A', true}));

    // Ann's network goes; Bob hears of it and may go on.
    const auto lost = stage.run(command(1, ConnectionLost{}));
    EXPECT_EQ(the<PartnerGone>(lost).slot, 1);
    EXPECT_FALSE(the<TeamChanged>(lost).team->everybody_connected());

    // She comes back on a new connection and finds everything: seat, round, her answer, a new token.
    const auto back = stage.resume(3, ann.token, "ann");
    const auto seated = the<Seated>(back);
    EXPECT_EQ(seated.how, SeatedHow::resumed);
    EXPECT_EQ(seated.slot, 1);
    EXPECT_EQ(seated.away_cause, AwayCause::connection_lost);
    ASSERT_TRUE(seated.round);
    EXPECT_EQ(seated.round->id, round);
    EXPECT_EQ(seated.round->own_answer, true);
    EXPECT_TRUE(seated.game.started);
    EXPECT_NE(seated.token, ann.token);
    EXPECT_TRUE(the<TeamChanged>(back).team->everybody_connected());
    EXPECT_TRUE(all<RoundDealt>(back).empty()) << "the round runs on";

    // Her old connection's close arrives at last, and her answer again; neither has an effect.
    stage.run(command(1, ConnectionLost{}));
    EXPECT_EQ(stage.run(command(3, SubmitAnswer{round, 'A', false})).refusal, Refusal::already_answered);
    EXPECT_EQ(stage.seat(team, 1).state, SeatState::connected);

    // The server dies; both come back, Bob with a token he got long ago.
    stage.run(command(3, ConfirmToken{seated.token}));
    stage.restart();
    EXPECT_EQ(the<Seated>(stage.resume(11, seated.token, "ann")).round->own_answer, true);
    EXPECT_EQ(the<Seated>(stage.resume(12, bob.token, "bob")).slot, 2);
    EXPECT_EQ(stage.resume(13, ann.token, "ann").refusal, Refusal::token_retired);
    EXPECT_EQ(the<RoundDealt>(stage.run(command(12, SubmitAnswer{round, 'A', true}))).number, 2U);
}

}  // namespace
}  // namespace holdfast::seats
