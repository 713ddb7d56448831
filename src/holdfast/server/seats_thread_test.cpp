#include "holdfast/server/seats_thread.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <map>
#include <string>

#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/store/memory_store.hpp"
#include "holdfast/store/testing/failing_store.hpp"

namespace holdfast::server {
namespace {

using namespace seats;

/// Moved by the test, read by the threads.
class SharedClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override { return Instant{std::chrono::milliseconds{at_.load()}}; }
    [[nodiscard]] UnixTime unix_now() const override { return {1'700'000'000'000 + at_.load()}; }
    void advance(Milliseconds by) { at_ += by.count(); }

  private:
    std::atomic<std::int64_t> at_{3'600'000};
};

/// A store whose commits wait until the test lets them go on.
class GatedStore final : public Store {
  public:
    explicit GatedStore(Store& inner) : inner_(inner) {}
    void close() {
        const std::scoped_lock lock(mutex_);
        open_ = false;
    }
    void open() {
        const std::scoped_lock lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    /// Until a commit stands before the closed gate.
    void wait_until_somebody_waits() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_; });
    }
    Result<Snapshot, StoreError> load() override { return inner_.load(); }
    Result<void, StoreError> commit(std::span<const Changes* const> batch) override {
        {
            std::unique_lock lock(mutex_);
            waiting_ = true;
            changed_.notify_all();
            changed_.wait(lock, [this] { return open_; });
            waiting_ = false;
        }
        return inner_.commit(batch);
    }
    Result<void, StoreError> probe() override { return inner_.probe(); }
    Result<std::vector<JournalRecord>, StoreError> read_journal(TeamId team, Slot slot,
                                                                std::size_t most) override {
        return inner_.read_journal(team, slot, most);
    }
    Result<seats::JournalPiece, StoreError> read_journals(std::uint64_t after, std::size_t most) override {
        return inner_.read_journals(after, most);
    }
    Result<std::vector<TeamId>, StoreError> changed_since(std::uint64_t& cursor) override {
        return inner_.changed_since(cursor);
    }

  private:
    Store& inner_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = true;
    bool waiting_ = false;
};

/// Keeps what it is told, and lets the test wait for it.
class Told final : public DecisionSink {
  public:
    void deliver(const Decision& decision) override {
        const std::scoped_lock lock(mutex_);
        decisions_.push_back(decision);
        changed_.notify_all();
    }
    /// The first decision for which `wanted` holds; waits for it.
    template <typename Predicate>
    Decision wait_for(Predicate wanted) {
        std::unique_lock lock(mutex_);
        for (std::size_t next = 0;;) {
            for (; next < decisions_.size(); ++next) {
                if (wanted(decisions_[next])) return decisions_[next];
            }
            changed_.wait(lock);
        }
    }
    Decision wait_for_ticket(std::uint64_t ticket) {
        return wait_for([=](const Decision& decision) { return decision.ticket == ticket; });
    }
    std::vector<Decision> all_of_them() {
        const std::scoped_lock lock(mutex_);
        return decisions_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Decision> decisions_;
};

struct Watched final : PipelineObserver {
    void on_commit(std::chrono::nanoseconds latency, std::size_t decisions,
                   std::optional<StoreError> error) override {
        longest = std::max(longest, latency);
        (error ? failed_commits : commits) += 1;
        committed += error ? 0 : decisions;
    }
    void on_rollback(std::size_t commands) override { rolled_back += commands; }
    void on_store_state(StoreState state, std::optional<StoreError> /*error*/) override {
        states.push_back(state);
    }
    std::chrono::nanoseconds longest{0};
    std::size_t commits = 0;
    std::size_t failed_commits = 0;
    std::size_t committed = 0;
    std::size_t rolled_back = 0;
    std::vector<StoreState> states;
};

struct LinesByEvent final : Log {
    void write(LogLevel /*level*/, std::string_view event,
               std::initializer_list<LogField> /*fields*/) override {
        ++lines[std::string(event)];
    }
    std::map<std::string, int> lines;
};

struct Bench {
    explicit Bench(SeatsThreadSettings settings = {}) {
        SeatsThreadHooks hooks;
        hooks.live_connections = [this] {
            const std::scoped_lock lock(live_mutex);
            return live;
        };
        hooks.periodic = [this](Moment) { ++periodic_calls; };
        thread.emplace(house, gate, told, watched, clock, log, std::move(hooks), settings);
    }
    bool post(ConnectionId connection, CommandBody body, std::uint64_t ticket = 0) {
        auto asked = command(connection, std::move(body));
        asked.ticket = ticket;
        return thread->post(std::move(asked));
    }
    /// Returns when the seats thread has done all that was posted before, and looked at the clock.
    void pass_by() {
        for (int turn = 0; turn < 2; ++turn) {
            std::promise<void> done;
            ASSERT_TRUE(thread->run([&] { done.set_value(); }));
            done.get_future().wait();
        }
    }
    Seated seated(ConnectionId connection, const std::string& team) {
        EXPECT_TRUE(post(connection, CreateTeam{team}, 1'000 + connection));
        return the<Seated>(told.wait_for_ticket(1'000 + connection));
    }

    SharedClock clock;
    SeededRandom random{11};
    games::PairedGame game;
    House house{{.token_secret = "a secret of thirty-two bytes or more"}, game, random};
    store::MemoryStore disk;
    store::testing::FailingStore failing{disk};
    GatedStore gate{failing};
    Told told;
    Watched watched;
    LinesByEvent log;
    std::mutex live_mutex;
    std::vector<ConnectionId> live;
    std::atomic<int> periodic_calls{0};
    std::optional<SeatsThread> thread;
};

TEST(SeatsThread, ManyThreadsPostAndEveryCommandIsDecidedOnceWrittenAndTold) {
    constexpr std::uint64_t threads = 8;
    constexpr std::uint64_t commands_each = 200;
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    {
        std::latch together(threads);
        std::vector<std::jthread> posters;
        for (std::uint64_t poster = 0; poster < threads; ++poster) {
            posters.emplace_back([&, poster] {
                together.arrive_and_wait();
                for (std::uint64_t number = 1; number <= commands_each; ++number) {
                    const auto ticket = poster * commands_each + number;
                    ASSERT_TRUE(bench.post(ticket, CreateTeam{"Team " + std::to_string(ticket)}, ticket));
                }
            });
        }
    }
    bench.thread->stop();

    std::map<std::uint64_t, std::uint64_t> last_of_poster;
    std::uint64_t told = 0;
    for (const auto& decision : bench.told.all_of_them()) {
        if (decision.ticket == 0) continue;
        ++told;
        EXPECT_FALSE(decision.refusal);
        auto& last = last_of_poster[(decision.ticket - 1) / commands_each];
        EXPECT_LT(last, decision.ticket) << "a thread's commands changed places";
        last = decision.ticket;
    }
    EXPECT_EQ(told, threads * commands_each);
    EXPECT_EQ(bench.house.snapshot(), bench.disk.load().value());
    EXPECT_EQ(bench.watched.committed, bench.thread->status().counters.decisions_committed);
}

TEST(SeatsThread, WhatIsPostedDuringACommitGoesIntoOneBatchAndIsToldAfterItsOwnCommit) {
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    bench.gate.close();
    ASSERT_TRUE(bench.post(1, CreateTeam{"Otters"}, 1));
    bench.gate.wait_until_somebody_waits();
    for (ConnectionId connection = 2; connection <= 50; ++connection) {
        ASSERT_TRUE(bench.post(connection, CreateTeam{"Team " + std::to_string(connection)}, connection));
    }
    bench.pass_by();
    EXPECT_EQ(bench.told.all_of_them().size(), 1U) << "the start, and nothing else";
    bench.clock.advance(Milliseconds{700});
    bench.gate.open();
    bench.told.wait_for_ticket(50);
    bench.thread->stop();
    EXPECT_EQ(bench.watched.commits, 2U);
    EXPECT_EQ(bench.watched.longest, Milliseconds{700});
    EXPECT_EQ(bench.thread->status().counters.largest_batch, 49U);
}

TEST(SeatsThread, TooManyWaitingCommandsAreRefusedAndTheOthersAnswered) {
    SeatsThreadSettings settings;
    settings.pipeline = {.commands_per_batch = places_kept_in_batch + 2, .commands_waiting = 10};
    Bench bench(settings);
    ASSERT_TRUE(bench.thread->start());
    bench.gate.close();
    ASSERT_TRUE(bench.post(1, CreateTeam{"Otters"}));
    bench.gate.wait_until_somebody_waits();
    std::uint64_t accepted = 0;
    while (bench.post(2, Introduce{}, accepted + 1)) {
        ++accepted;
        ASSERT_LT(accepted, 100U);
        bench.pass_by();
    }
    EXPECT_EQ(accepted, 12U) << "two in the next batch, ten that wait";
    EXPECT_EQ(bench.thread->status().commands_waiting, 10U);
    EXPECT_EQ(bench.thread->status().counters.refused_overloaded, 1U);
    bench.gate.open();
    bench.told.wait_for_ticket(accepted);
    bench.thread->stop();
    EXPECT_EQ(bench.thread->status().commands_waiting, 0U);
}

TEST(SeatsThread, ACrowdOfStrangersTakesNoPlaceAndNoTurnFromThoseWithASeat) {
    SeatsThreadSettings settings;
    settings.pipeline = {.commands_per_batch = places_kept_in_batch + 8, .commands_waiting = 40};
    settings.places_for_holders = 10;
    Bench bench(settings);
    ASSERT_TRUE(bench.thread->start());
    bench.gate.close();
    ASSERT_TRUE(bench.post(1, CreateTeam{"Otters"}, 1));
    bench.gate.wait_until_somebody_waits();
    const auto crowd_posts = [&](ConnectionId connection) {
        auto asked = command(connection, CreateTeam{"Crowd " + std::to_string(connection)});
        asked.ticket = connection;
        return bench.thread->post(std::move(asked), {Standing::stranger, connection});
    };
    ConnectionId stranger = 100;
    while (crowd_posts(stranger)) {
        ++stranger;
        bench.pass_by();
        ASSERT_LT(stranger, 500U);
    }
    EXPECT_EQ(stranger - 100, 36U) << "six of the eight places of the next batch, and thirty that wait";
    bench.pass_by();
    EXPECT_TRUE(bench.thread->status().shedding);
    EXPECT_EQ(bench.thread->status().fill, 1.0);
    EXPECT_EQ(bench.thread->status().strangers_refused, 1U);
    for (std::uint64_t number = 1; number <= 10; ++number) {
        EXPECT_TRUE(bench.post(1, Introduce{}, 1'000 + number)) << "a place is kept for it";
    }
    bench.gate.open();
    bench.told.wait_for_ticket(stranger - 1);
    bench.thread->stop();
    std::map<std::uint64_t, std::size_t> place;
    std::size_t next = 0;
    for (const auto& decision : bench.told.all_of_them())
        place[decision.ticket] = next++;
    EXPECT_LT(place[1'002], place[106]) << "the batch that fills has places for it";
    EXPECT_LT(place[1'010], place[112]) << "and it goes before those who came earlier";
    EXPECT_EQ(bench.thread->status().holders_refused, 0U);
    EXPECT_EQ(bench.thread->status().commands_waiting, 0U);
}

TEST(SeatsThread, CommandsThatAreJustBeingDecidedCountAsWaiting) {
    SeatsThreadSettings settings;
    settings.pipeline.commands_waiting = 5;
    Bench bench(settings);
    ASSERT_TRUE(bench.thread->start());
    std::promise<void> first_runs;
    std::promise<void> first_may_end;
    std::promise<void> second_runs;
    std::promise<void> second_may_end;
    ASSERT_TRUE(bench.thread->run([&] {
        first_runs.set_value();
        first_may_end.get_future().wait();
    }));
    first_runs.get_future().wait();
    for (std::uint64_t ticket = 1; ticket <= 5; ++ticket) {
        ASSERT_TRUE(bench.post(1, Introduce{}, ticket));
    }
    ASSERT_TRUE(bench.thread->run([&] {
        second_runs.set_value();
        second_may_end.get_future().wait();
    }));
    first_may_end.set_value();
    second_runs.get_future().wait();  // in the turn that took the five
    EXPECT_FALSE(bench.post(1, Introduce{}));
    second_may_end.set_value();
    bench.pass_by();
    EXPECT_TRUE(bench.post(1, Introduce{}, 6));
    bench.told.wait_for_ticket(6);
}

TEST(SeatsThread, AFailingStoreIsNoticedAnsweredProbedAndForgiven) {
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    const auto token = bench.seated(1, "Otters").token;
    bench.failing.fail_for_ever(StoreError::disk_full);
    ASSERT_TRUE(bench.post(2, CreateTeam{"Badgers"}, 2));
    EXPECT_EQ(bench.told.wait_for_ticket(2).refusal, Refusal::store_unavailable);
    ASSERT_TRUE(bench.post(3, ReconnectWithToken{token}, 3));
    EXPECT_EQ(the<Seated>(bench.told.wait_for_ticket(3)).token, "");
    bench.pass_by();
    EXPECT_EQ(bench.thread->status().store, StoreState::down);
    EXPECT_EQ(bench.thread->status().store_error, StoreError::disk_full);

    {
        const std::scoped_lock lock(bench.live_mutex);
        bench.live = {3, 2};
    }
    bench.failing.heal();
    bench.clock.advance(store_probe_first_delay);
    bench.pass_by();
    const auto compared = bench.told.wait_for([](const Decision& decision) {
        return decision.kind == CommandKind::synchronise && !all<Seated>(decision).empty();
    });
    EXPECT_EQ(the<Seated>(compared).connection, 3U);
    EXPECT_FALSE(the<Seated>(compared).token.empty());
    bench.thread->stop();
    EXPECT_EQ(bench.house.snapshot(), bench.disk.load().value());
    EXPECT_EQ(bench.watched.states, (std::vector{StoreState::down, StoreState::writable}));
    EXPECT_EQ(bench.watched.failed_commits, 1U);
    EXPECT_EQ(bench.watched.rolled_back, 1U);
    EXPECT_EQ(bench.log.lines, (std::map<std::string, int>{{"store_down", 1}, {"store_up", 1}}));
}

TEST(SeatsThread, StopWritesAndTellsWhatWaitsAndTakesNothingMore) {
    SeatsThreadSettings settings;
    settings.pipeline.commands_per_batch = places_kept_in_batch + 3;
    Bench bench(settings);
    ASSERT_TRUE(bench.thread->start());
    bench.gate.close();
    for (ConnectionId connection = 1; connection <= 20; ++connection) {
        ASSERT_TRUE(bench.post(connection, CreateTeam{"Team " + std::to_string(connection)}, connection));
    }
    bench.gate.wait_until_somebody_waits();
    auto stopping = std::async(std::launch::async, [&] { bench.thread->stop(); });
    while (!bench.thread->is_stopping())
        std::this_thread::yield();
    EXPECT_FALSE(bench.post(99, CreateTeam{"Too late"}));
    EXPECT_FALSE(bench.thread->run([] {}));
    EXPECT_FALSE(bench.thread->read_store([](Store&) {}));
    bench.gate.open();
    stopping.wait();
    EXPECT_EQ(bench.disk.load().value().teams.size(), 20U);
    EXPECT_EQ(bench.told.all_of_them().size(), 21U);
    EXPECT_GE(bench.periodic_calls, 1);
    bench.thread->stop();
}

TEST(SeatsThread, StopEndsAlsoWhenTheStoreFailsMeanwhile) {
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    bench.gate.close();
    ASSERT_TRUE(bench.post(1, CreateTeam{"Otters"}, 1));
    bench.gate.wait_until_somebody_waits();
    ASSERT_TRUE(bench.post(2, CreateTeam{"Badgers"}, 2));
    bench.failing.fail_for_ever();
    auto stopping = std::async(std::launch::async, [&] { bench.thread->stop(); });
    bench.gate.open();
    stopping.wait();
    EXPECT_EQ(bench.told.wait_for_ticket(1).refusal, Refusal::store_unavailable);
    EXPECT_EQ(bench.told.wait_for_ticket(2).refusal, Refusal::store_unavailable);
    EXPECT_TRUE(bench.disk.load().value().teams.empty());
}

TEST(SeatsThread, AtTheStartSessionsOfTheLastRunTurnAwayOnTheDiskBeforeAnythingElse) {
    Bench before;
    ASSERT_TRUE(before.thread->start());
    const auto token = before.seated(1, "Otters").token;
    before.thread->stop();

    Bench after;
    ASSERT_TRUE(after.disk.load());
    after.disk = before.disk;
    ASSERT_TRUE(after.thread->start());
    EXPECT_EQ(after.disk.load().value().teams.at(0).seats.at(0).state, SeatState::away);
    EXPECT_EQ(all<SeatChanged>(after.told.all_of_them().at(0)).size(), 1U);
    ASSERT_TRUE(after.post(5, ReconnectWithToken{token}, 5));
    EXPECT_EQ(the<Seated>(after.told.wait_for_ticket(5)).connection, 5U);
}

TEST(SeatsThread, AStartThatCannotWriteIsAnErrorAndNothingRuns) {
    Bench before;
    ASSERT_TRUE(before.thread->start());
    before.seated(1, "Otters");
    before.thread->stop();

    Bench after;
    after.disk = before.disk;
    after.failing.fail_commit_once(1, StoreError::read_only);
    const auto started = after.thread->start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error(), StoreError::read_only);
    EXPECT_TRUE(after.told.all_of_them().empty());
    EXPECT_FALSE(after.post(1, Introduce{}));
}

TEST(SeatsThread, TicksAndComparisonsComeWhenTheClockSaysSoAndNotBefore) {
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    bench.seated(1, "Otters");  // and is not among the live connections
    const auto count = [&](CommandKind kind) {
        const auto told = bench.told.all_of_them();
        return std::count_if(told.begin() + 1, told.end(),  // behind the start
                             [=](const Decision& decision) { return decision.kind == kind; });
    };
    bench.pass_by();
    EXPECT_EQ(count(CommandKind::tick), 0);
    bench.clock.advance(Milliseconds{1'000});
    bench.pass_by();
    EXPECT_EQ(count(CommandKind::tick), 1);
    bench.clock.advance(Milliseconds{8'999});
    bench.pass_by();
    EXPECT_EQ(count(CommandKind::synchronise), 0);
    bench.clock.advance(Milliseconds{1});
    bench.pass_by();
    const auto compared = bench.told.wait_for([](const Decision& decision) {
        return decision.kind == CommandKind::synchronise && !decision.effects.empty();
    });
    EXPECT_EQ(the<SeatChanged>(compared).to, SeatState::away);
    EXPECT_EQ(bench.periodic_calls, 2);
}

TEST(SeatsThread, TheJournalIsReadBetweenCommits) {
    Bench bench;
    ASSERT_TRUE(bench.thread->start());
    bench.seated(1, "Otters");
    std::promise<std::vector<JournalRecord>> read;
    ASSERT_TRUE(bench.thread->read_store(
        [&](Store& store) { read.set_value(store.read_journal(1, 0, 10).value()); }));
    const auto journal = read.get_future().get();
    ASSERT_EQ(journal.size(), 1U);
    EXPECT_EQ(journal[0].what, "joined");
}

}  // namespace
}  // namespace holdfast::server
