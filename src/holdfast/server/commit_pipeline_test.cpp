#include "holdfast/server/commit_pipeline.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/seats/model_store.hpp"

namespace holdfast::server {
namespace {

using namespace seats;

using Outcome = Result<void, StoreError>;

class Told final : public DecisionSink {
  public:
    void deliver(const Decision& decision) override { decisions.push_back(decision); }
    [[nodiscard]] std::vector<std::uint64_t> tickets() const {
        std::vector<std::uint64_t> found;
        for (const auto& decision : decisions) {
            if (decision.ticket != 0) found.push_back(decision.ticket);
        }
        return found;
    }
    std::vector<Decision> decisions;
};

/// A pipeline over a real house, with a model of the disk that does what the test says.
struct Bench {
    explicit Bench(PipelineSettings given = {}) : pipeline(house, told, given) {}

    [[nodiscard]] Moment now() const { return {clock.now(), clock.unix_now()}; }
    void submit(Command asked) {
        asked.ticket = ++last_ticket;
        ASSERT_TRUE(pipeline.submit(std::move(asked), now()));
    }
    void take() {
        batch = pipeline.take_batch(now());
        ASSERT_TRUE(batch);
    }
    void commit() {
        auto after = disk;
        for (const auto* changes : batch->changes) {
            ASSERT_TRUE(after.apply(*changes)) << "decided on another version than the disk has";
        }
        disk = std::move(after);
        batch.reset();
        pipeline.commit_finished({}, now());
    }
    void fail(StoreError error = StoreError::unavailable) {
        batch.reset();
        pipeline.commit_finished(failure(error), now());
    }
    void settle_all() {
        while (!pipeline.is_idle()) {
            if (!batch) take();
            commit();
        }
    }
    void probe(const Outcome& outcome = {}, std::vector<ConnectionId> live = {}) {
        clock.advance(store_probe_longest_delay);
        ASSERT_TRUE(pipeline.take_probe(now()));
        pipeline.probe_finished(outcome, std::move(live), now());
    }
    /// A player who sits, and what it was told.
    Seated seated(ConnectionId connection, const std::string& team) {
        submit(command(connection, CreateTeam{team}));
        settle_all();
        return the<Seated>(told.decisions.back());
    }

    ManualClock clock;
    SeededRandom random{7};
    games::PairedGame game;
    House house{{.token_secret = "a secret of thirty-two bytes or more"}, game, random};
    Told told;
    CommitPipeline pipeline;
    ModelStore disk;
    std::optional<CommitPipeline::Batch> batch;
    std::uint64_t last_ticket = 0;
};

using Tickets = std::vector<std::uint64_t>;

TEST(CommitPipeline, NobodyIsToldBeforeTheCommit) {
    Bench bench;
    bench.submit(command(1, CreateTeam{"Otters"}));
    EXPECT_TRUE(bench.told.decisions.empty());
    bench.take();
    EXPECT_EQ(bench.batch->changes.size(), 1U);
    EXPECT_TRUE(bench.told.decisions.empty());
    bench.commit();
    ASSERT_EQ(bench.told.tickets(), Tickets{1});
    EXPECT_FALSE(the<Seated>(bench.told.decisions[0]).token.empty());
    EXPECT_TRUE(bench.pipeline.is_idle());
}

TEST(CommitPipeline, WhatChangesNothingIsToldAtOnceWhenNothingWaits) {
    Bench bench;
    bench.submit(command(1, Introduce{}));
    EXPECT_EQ(bench.told.tickets(), Tickets{1});
    EXPECT_FALSE(bench.pipeline.take_batch(bench.now()));
}

TEST(CommitPipeline, WhatChangesNothingWaitsBehindWhatDoes) {
    Bench bench;
    bench.submit(command(1, CreateTeam{"Otters"}));
    bench.submit(command(2, Introduce{}));
    bench.take();
    EXPECT_EQ(bench.batch->decisions, 2U);
    EXPECT_EQ(bench.batch->changes.size(), 1U);
    bench.submit(command(3, Introduce{}));  // behind a batch in flight
    EXPECT_TRUE(bench.told.decisions.empty());
    bench.commit();
    // The third needs no commit of its own.
    EXPECT_EQ(bench.told.tickets(), (Tickets{1, 2, 3}));
    EXPECT_TRUE(bench.pipeline.is_idle());
}

TEST(CommitPipeline, TheNextBatchFillsWhileOneIsInFlight) {
    Bench bench;
    bench.submit(command(1, CreateTeam{"Otters"}));
    bench.take();
    bench.submit(command(2, JoinTeam{"Otters"}));  // decided on what is not on the disk yet
    bench.submit(command(3, CreateTeam{"Badgers"}));
    EXPECT_FALSE(bench.pipeline.take_batch(bench.now())) << "two batches in flight";
    bench.commit();
    EXPECT_EQ(bench.told.tickets(), Tickets{1});
    bench.take();
    EXPECT_EQ(bench.batch->decisions, 2U);
    bench.commit();
    EXPECT_EQ(bench.told.tickets(), (Tickets{1, 2, 3}));
    EXPECT_EQ(bench.house.snapshot(), bench.disk.snapshot());
    EXPECT_EQ(bench.pipeline.counters().commits_done, 2U);
    EXPECT_EQ(bench.pipeline.counters().largest_batch, 2U);
}

TEST(CommitPipeline, AFailedCommitTakesBackItsBatchAndAllDecidedSince) {
    Bench bench;
    bench.seated(1, "Otters");
    const auto before = bench.house.snapshot();
    bench.submit(command(2, JoinTeam{"Otters"}));
    bench.submit(command(3, CreateTeam{"Badgers"}));
    bench.take();
    bench.submit(command(4, JoinTeam{"Badgers"}));
    bench.submit(command(5, Introduce{}));
    bench.fail();

    EXPECT_EQ(bench.house.snapshot(), before);
    EXPECT_EQ(bench.pipeline.store_state(), StoreState::down);
    EXPECT_EQ(bench.told.tickets(), (Tickets{1, 2, 3, 4, 5}));
    for (const std::size_t index : {1U, 2U}) {
        EXPECT_EQ(bench.told.decisions[index].refusal, Refusal::store_unavailable);
        EXPECT_TRUE(bench.told.decisions[index].effects.empty());
    }
    // There is no such team, and there never was one.
    EXPECT_EQ(bench.told.decisions[3].refusal, Refusal::team_unknown);
    EXPECT_FALSE(bench.told.decisions[4].refusal);
    EXPECT_EQ(bench.pipeline.counters().rollbacks, 1U);
    EXPECT_EQ(bench.pipeline.counters().commands_rolled_back, 4U);
    EXPECT_TRUE(bench.pipeline.is_idle());
}

TEST(CommitPipeline, SeatedPlayersResumeWithoutATokenWhileTheStoreIsDownAndGetOneAfterwards) {
    Bench bench;
    const auto token = bench.seated(1, "Otters").token;
    bench.submit(command(9, CreateTeam{"Badgers"}));
    bench.take();
    bench.fail();

    bench.submit(command(1, ConnectionLost{}));
    bench.submit(command(2, ReconnectWithToken{token}));
    const auto resumed = the<Seated>(bench.told.decisions.back());
    EXPECT_EQ(resumed.connection, 2U);
    EXPECT_EQ(resumed.token, "");
    bench.submit(command(3, JoinTeam{"Otters"}));
    EXPECT_EQ(bench.told.decisions.back().refusal, Refusal::store_unavailable);

    const auto told_before = bench.told.decisions.size();
    bench.probe({}, {2, 3});
    EXPECT_EQ(bench.pipeline.store_state(), StoreState::writable);
    EXPECT_EQ(bench.told.decisions.size(), told_before) << "told before it was written";
    bench.take();
    bench.commit();
    const auto again = the<Seated>(bench.told.decisions.back());
    EXPECT_EQ(again.connection, 2U);
    EXPECT_FALSE(again.token.empty());
    EXPECT_EQ(bench.house.snapshot(), bench.disk.snapshot());
}

TEST(CommitPipeline, ASeatWhoseConnectionWasLostWhileTheStoreWasDownIsWrittenAsAwayAfterwards) {
    Bench bench;
    bench.seated(1, "Otters");
    bench.submit(command(9, CreateTeam{"Badgers"}));
    bench.take();
    bench.fail();
    bench.submit(command(1, ConnectionLost{}));
    bench.probe({}, {9});
    bench.settle_all();
    EXPECT_EQ(bench.disk.team(1)->seats[0].state, SeatState::away);
}

TEST(CommitPipeline, ACommitThatFailsAgainAfterRecoveryIsTakenBackAsWell) {
    Bench bench;
    const auto token = bench.seated(1, "Otters").token;
    bench.submit(command(9, CreateTeam{"Badgers"}));
    bench.take();
    bench.fail();
    bench.submit(command(2, ReconnectWithToken{token}));
    bench.probe({}, {2});
    bench.take();
    bench.submit(command(9, CreateTeam{"Badgers"}));
    bench.fail();
    EXPECT_EQ(bench.told.decisions.back().refusal, Refusal::store_unavailable);
    EXPECT_EQ(bench.house.snapshot(), bench.disk.snapshot());
    EXPECT_EQ(bench.house.seat_of(2), (std::pair<TeamId, Slot>{1, 1})) << "whoever resumed still sits";
    bench.probe({}, {2});
    bench.settle_all();
    EXPECT_EQ(bench.house.snapshot(), bench.disk.snapshot());
    EXPECT_EQ(bench.disk.team(1)->seats[0].state, SeatState::connected);
}

TEST(CommitPipeline, ProbesComeLaterAndLaterUntilACommitSucceeds) {
    Bench bench;
    const auto delay = [&] { return *bench.pipeline.probe_due() - bench.clock.now(); };
    EXPECT_FALSE(bench.pipeline.probe_due());
    bench.submit(command(1, CreateTeam{"Otters"}));
    bench.take();
    bench.fail();
    EXPECT_EQ(delay(), Milliseconds{250});
    EXPECT_FALSE(bench.pipeline.take_probe(bench.now())) << "too early";
    for (const int expected : {500, 1'000, 2'000, 2'000}) {
        bench.probe(failure(StoreError::unavailable));
        EXPECT_EQ(delay(), Milliseconds{expected});
    }
    bench.clock.advance(Milliseconds{2'000});
    ASSERT_TRUE(bench.pipeline.take_probe(bench.now()));
    EXPECT_FALSE(bench.pipeline.take_probe(bench.now())) << "one at a time";
    bench.pipeline.probe_finished({}, {}, bench.now());
    EXPECT_FALSE(bench.pipeline.probe_due());

    bench.submit(command(1, CreateTeam{"Otters"}));
    bench.take();
    bench.fail(StoreError::conflict);
    EXPECT_EQ(delay(), Milliseconds{2'000}) << "a store that only looks well";
    bench.probe();
    bench.seated(1, "Otters");
    bench.submit(command(2, JoinTeam{"Otters"}));
    bench.take();
    bench.fail();
    EXPECT_EQ(delay(), Milliseconds{250});
    EXPECT_EQ(bench.pipeline.counters().probes_failed, 4U);
}

TEST(CommitPipeline, ADamagedStoreStaysDown) {
    for (const auto error : {StoreError::corrupt, StoreError::incompatible}) {
        Bench bench;
        bench.submit(command(1, CreateTeam{"Otters"}));
        bench.take();
        bench.fail(error);
        bench.clock.advance(Milliseconds{3'600'000});
        EXPECT_FALSE(bench.pipeline.probe_due());
        EXPECT_FALSE(bench.pipeline.take_probe(bench.now()));
        EXPECT_EQ(bench.pipeline.store_error(), error);
        bench.submit(command(1, Introduce{}));
        EXPECT_EQ(bench.told.tickets(), (Tickets{1, 2}));
    }
}

TEST(CommitPipeline, BatchesAndWaitingCommandsAreBoundedAndKeepTheirOrder) {
    constexpr std::size_t per_batch = places_kept_in_batch + 3;
    Bench bench({.commands_per_batch = per_batch, .commands_waiting = 4});
    Tickets expected;
    for (ConnectionId connection = 1; connection <= 7; ++connection) {
        bench.submit(command(connection, CreateTeam{"Team " + std::to_string(connection)}));
        expected.push_back(connection);
    }
    EXPECT_EQ(bench.pipeline.waiting(), 4U);
    EXPECT_FALSE(bench.pipeline.submit(command(8, Introduce{}), bench.now()));
    EXPECT_EQ(bench.pipeline.counters().refused_overloaded, 1U);

    bench.take();
    EXPECT_EQ(bench.batch->decisions, 3U);
    EXPECT_EQ(bench.pipeline.waiting(), 1U);
    // The server's own commands have places of their own, but not without end.
    std::size_t own = 0;
    while (bench.pipeline.submit_own(command(0, Tick{}), bench.now())) {
        ASSERT_LE(++own, per_batch);
    }
    EXPECT_EQ(own, places_kept_in_batch);
    bench.settle_all();
    EXPECT_EQ(bench.told.tickets(), expected);
    EXPECT_LE(bench.pipeline.counters().largest_batch, per_batch);
    EXPECT_EQ(bench.house.snapshot(), bench.disk.snapshot());
}

TEST(CommitPipeline, CommandsThatWaitForAPlaceAreAnsweredWhenACommitFails) {
    Bench bench({.commands_per_batch = places_kept_in_batch + 1, .commands_waiting = 10});
    for (ConnectionId connection = 1; connection <= 5; ++connection) {
        bench.submit(command(connection, CreateTeam{"Team " + std::to_string(connection)}));
    }
    bench.take();
    bench.fail(StoreError::disk_full);
    EXPECT_EQ(bench.told.tickets(), (Tickets{1, 2, 3, 4, 5}));
    for (const auto& decision : bench.told.decisions) {
        EXPECT_EQ(decision.refusal, Refusal::store_unavailable);
    }
    EXPECT_TRUE(bench.disk.snapshot().teams.empty());
    EXPECT_EQ(bench.house.team_count(), 0U);
}

// ---- random schedules

struct RandomRun : Bench {
    RandomRun() : Bench({.commands_per_batch = places_kept_in_batch + 4, .commands_waiting = 12}) {}

    /// What players, the host and the server may ask, with the tokens that were really told.
    Command any_command() {
        const auto connection = *rc::gen::inRange<ConnectionId>(1, 9);
        const auto name = std::string("Team ") + *rc::gen::element('a', 'b', 'c');
        const auto device = *rc::gen::element<std::string>("", "phone", "tablet");
        const auto op = *rc::gen::weightedOneOf<std::string>(
            {{3, rc::gen::just(std::string())}, {1, rc::gen::element<std::string>("op 1", "op 2", "op 3")}});
        switch (*rc::gen::inRange(0, 15)) {
            case 0:
            case 1:
                return command(connection, CreateTeam{name}, device, op);
            case 2:
            case 3:
            case 4:
                return command(connection, JoinTeam{name}, device, op);
            case 5:
                return command(connection, LeaveTeam{}, device, op);
            case 6:
            case 7:
                if (tokens.empty()) return command(connection, ListReconnectable{}, device);
                return command(connection, ReconnectWithToken{*rc::gen::elementOf(tokens)}, device);
            case 8:
                if (tokens.empty()) return command(connection, Introduce{});
                return command(connection, ConfirmToken{*rc::gen::elementOf(tokens)});
            case 9:
                return command(connection, ConnectionLost{});
            case 10:
                return host(StartGame{}, op);
            case 11: {
                const auto round = disk.snapshot().game.last_round;
                const auto item = *rc::gen::element('A', 'B', 'X', 'Y');
                return command(connection, SubmitAnswer{round, item, true}, device, op);
            }
            case 12:
                return host(ReleaseSeat{1, 1});
            case 13:
                return host(RestartGame{});
            default:
                return command(connection, ReactivateTeam{name}, device, op);
        }
    }

    void submit_or_count_refused() {
        auto asked = any_command();
        asked.ticket = last_ticket + 1;
        if (pipeline.submit(asked, now())) {
            expected.push_back(++last_ticket);
        } else {
            ++refused;
        }
    }

    void finish_commit(bool succeeds) {
        RC_ASSERT(batch.has_value());
        auto after = disk;
        for (const auto* changes : batch->changes)
            RC_ASSERT(after.apply(*changes));
        // Whether it fails before or after others were decided on it, the disk has all of it or nothing.
        if (succeeds) disk = std::move(after);
        batch.reset();
        pipeline.commit_finished(succeeds ? Outcome{} : Outcome{failure(StoreError::unavailable)}, now());
    }

    void look_at_what_was_told() {
        for (; looked_at < told.decisions.size(); ++looked_at) {
            const auto& decision = told.decisions[looked_at];
            RC_ASSERT(as_told.apply(decision.changes));
            for (const auto& seated : all<Seated>(decision)) {
                if (!seated.token.empty()) tokens.push_back(seated.token);
            }
        }
        // All that is on the disk has been told by now, and nothing else.
        RC_ASSERT(as_told.snapshot() == disk.snapshot());
        RC_ASSERT(as_told.journal == disk.journal);
        RC_ASSERT(as_told.answers == disk.answers);
        if (pipeline.is_idle()) RC_ASSERT(house.snapshot() == disk.snapshot());
        if (pipeline.store_state() == StoreState::down) RC_ASSERT(pipeline.is_idle());
        RC_ASSERT(pipeline.waiting() <= 12U);
    }

    void step() {
        switch (*rc::gen::inRange(0, 12)) {
            case 0:
            case 1:
                if (!batch) batch = pipeline.take_batch(now());
                break;
            case 2:
            case 3:
                if (batch) finish_commit(*rc::gen::weightedElement<bool>({{3, true}, {1, false}}));
                break;
            case 4:
                clock.advance(Milliseconds{*rc::gen::inRange(0, 3'000)});
                (void)pipeline.submit_own(command(0, Tick{}), now());
                break;
            case 5:
                if (pipeline.take_probe(now())) {
                    const bool works = *rc::gen::arbitrary<bool>();
                    pipeline.probe_finished(works ? Outcome{} : Outcome{failure(StoreError::unavailable)},
                                            {1, 2, 3, 4, 5, 6}, now());
                }
                break;
            default:
                submit_or_count_refused();
        }
        look_at_what_was_told();
    }

    Tickets expected;
    std::vector<std::string> tokens;
    std::size_t looked_at = 0;
    std::uint64_t refused = 0;
    ModelStore as_told;
};

TEST(CommitPipeline, WhateverHappensDiskMemoryAndWhatWasToldAgree) {
    const bool holds = rc::check([] {
        RandomRun run;
        const int steps = *rc::gen::inRange(20, 600);
        for (int step = 0; step < steps; ++step)
            run.step();
        while (run.batch || !run.pipeline.is_idle()) {
            if (!run.batch) run.batch = run.pipeline.take_batch(run.now());
            run.finish_commit(true);
            run.look_at_what_was_told();
        }
        RC_ASSERT(run.told.tickets() == run.expected);
        RC_ASSERT(run.pipeline.counters().refused_overloaded == run.refused);
        RC_ASSERT(run.house.snapshot() == run.disk.snapshot());
        RC_CLASSIFY(run.pipeline.counters().rollbacks > 0, "rolled back");
        RC_CLASSIFY(run.pipeline.counters().decisions_committed > 10, "much committed");
        RC_CLASSIFY(run.pipeline.counters().refused_overloaded > 0, "overloaded");
    });
    EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace holdfast::server
