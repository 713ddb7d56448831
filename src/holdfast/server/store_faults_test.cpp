// A game night on a disk that fails. Each commit, each write and each sync of it fails in turn, once and for
// good: nobody is told what is not on the disk, nothing is half done, and the game goes on when the disk
// does.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "holdfast/server/desk_bench.hpp"
#include "holdfast/store/memory_store.hpp"
#include "holdfast/store/testing/failing_store.hpp"
#include "holdfast/store/testing/sqlite_files.hpp"

namespace holdfast::server {
namespace {

using namespace seats;
using store::testing::DiskAction;
using store::testing::FailingStore;
using store::testing::Fault;
using store::testing::FaultVfs;
using store::testing::History;

struct Cast {
    Player ann{.device = "Ann's phone"};
    Player ben{.device = "Ben's phone"};
    Player cleo{.device = "Cleo's laptop"};
    Player host{.device = "the host", .host = true};
    [[nodiscard]] std::vector<Player*> all() { return {&ann, &ben, &cleo, &host}; }
};

SubmitAnswer answer(bool given) {
    return {0, 0, given};
}

/// Every kind of command that players and hosts send.
void play(DeskBench& bench, Cast& cast) {
    auto& [ann, ben, cleo, host] = cast;
    for (Player* player : {&ann, &ben, &cleo})
        bench.connect(*player);
    bench.ask({{&ann, CreateTeam{"Otters"}, "a1"}, {&ben, JoinTeam{"Otters"}, "b1"}});
    bench.answer_heartbeat(ann);
    bench.ask({{&host, StartGame{}, "h1"}});
    bench.wait(Milliseconds{6'000});
    bench.ask({{&ann, answer(true), "a2"}, {&ben, answer(false), "b2"}});
    bench.ask({{&ann, answer(true), "a3"}});
    const auto answers = bench.on_disk().answers.size();
    bench.ask({{&ann, answer(true), "a3"}});  // the reply was lost: asked again
    EXPECT_EQ(bench.on_disk().answers.size(), answers);
    bench.drop(ben);
    bench.ask({{&cleo, CreateTeam{"Badgers"}, "c1"}});
    bench.wait(Milliseconds{6'000});
    bench.resume(ben);
    bench.ask({{&ben, answer(true), "b3"}, {&host, PauseGame{}, "h2"}});
    bench.ask({{&cleo, LeaveTeam{}, "c2"}, {&host, PauseGame{}, "h3"}});
    bench.ask({{&cleo, ReactivateTeam{"Badgers"}, "c3"}, {&ann, LeaveTeam{}, "a4"}});
    bench.ask({{&ann, JoinTeam{"Otters"}, "a5"}, {&host, ToggleGameMode{}, "h4"}});
    bench.ask({{&host, ReleaseSeat{ben.team, ben.slot}, "h5"}, {&ben, JoinTeam{"Otters"}, "b4"}});
    bench.ask({{&host, RestartGame{}, "h6"}, {&host, StartGame{}, "h7"}});
    bench.ask({{&ann, answer(false), "a6"}, {&ben, answer(false), "b5"}});
    bench.ask({{&host, SetGrace{Milliseconds{7'200'000}}, "h8"}});
    const auto anns_place = std::pair(ann.team, ann.slot);
    bench.ask({{&host, MovePlayer{ann.team, ann.slot, cleo.team, 2}, "h9"}});
    bench.drop(ben);
    bench.ask({{&host, ExtendHold{ben.team, ben.slot, Milliseconds{60'000}}, "h10"}});
    bench.ask({{&host, MovePlayer{ben.team, ben.slot, anns_place.first, anns_place.second}, "h11"}});
    bench.resume(ben);
    EXPECT_EQ(std::pair(ben.team, ben.slot), anns_place) << "the token of the old seat leads to the new one";
    bench.wait(Milliseconds{6'000});
}

/// A disk that is well again: new commands work, and so does a new process, into which all come back.
template <typename Reopen>
void go_on(DeskBench& bench, Cast& cast, const std::function<History()>& history, Reopen&& reopen) {
    bench.ask({{&cast.cleo, LeaveTeam{}, "c4"}, {&cast.cleo, CreateTeam{"Newts"}, "c5"}});
    bench.expect_all_in_line(history());
    DeskBench after(reopen(), bench.on_disk(), cast.all());
    for (Player* player : {&cast.ann, &cast.ben, &cast.cleo}) {
        const auto seat = std::pair(player->team, player->slot);
        player->question = {};
        player->seated = false;
        after.resume(*player);
        EXPECT_TRUE(player->seated);
        EXPECT_EQ(std::pair(player->team, player->slot), seat);
    }
    after.ask({{&cast.ann, answer(true), "a7"}, {&cast.ben, answer(true), "b6"}});
    after.expect_all_in_line(history());
}

History history_of(const store::MemoryStore& memory) {
    History history;
    for (const auto& [id, finished] : memory.finished_rounds())
        history.rounds.push_back({finished.team, finished.round});
    for (const auto& [seat, given] : memory.answers())
        history.answers.push_back(given);
    return history;
}

/// One game night over a store that refuses; how many commits it took.
std::uint64_t play_over_failing_store(std::uint64_t nth, bool for_ever) {
    store::MemoryStore memory;
    FailingStore failing(memory);
    Cast cast;
    DeskBench bench(failing, {}, cast.all());
    const auto before = failing.commits();
    if (for_ever) bench.heal = [&] { failing.heal(); };
    if (nth != 0 && for_ever) failing.fail_for_ever_from_commit(nth);
    if (nth != 0 && !for_ever) failing.fail_commit_once(nth);
    play(bench, cast);
    const auto commits = failing.commits() - before;
    EXPECT_EQ(bench.counters().rollbacks, nth == 0 ? 0U : 1U);
    failing.heal();
    go_on(
        bench, cast, [&] { return history_of(memory); }, [&]() -> Store& { return memory; });
    return commits;
}

class FailingCommits : public ::testing::TestWithParam<bool> {};

TEST_P(FailingCommits, WhicheverOneItIsNobodyIsToldAFalsehood) {
    const auto commits = play_over_failing_store(0, false);
    ASSERT_GT(commits, 15U);
    for (std::uint64_t nth = 1; nth <= commits; ++nth) {
        SCOPED_TRACE("commit " + std::to_string(nth));
        play_over_failing_store(nth, GetParam());
        ASSERT_FALSE(HasFailure());
    }
}

INSTANTIATE_TEST_SUITE_P(StoreFaults, FailingCommits, ::testing::Bool(), [](const auto& parameter) {
    return parameter.param ? std::string("ForGood") : std::string("Once");
});

struct FaultyDisk {
    const char* name;
    Fault fault;
};

struct Count {
    std::uint64_t actions = 0;
    std::uint64_t rollbacks = 0;
};

Count play_over_sqlite(const std::optional<Fault>& fault, DiskAction counted) {
    const store::testing::TemporaryDirectory directory{store::testing::TemporaryDirectory::On::memory};
    const auto path = directory.file("holdfast.db");
    FaultVfs faulty;
    const FaultVfs well;
    NoLog log;
    auto opened = store::testing::open_store(path, faulty, log);
    EXPECT_TRUE(opened);
    if (!opened) return {};
    auto disk = std::move(*opened);
    Cast cast;
    DeskBench bench(*disk, {}, cast.all());
    const auto before = faulty.count(counted);
    if (fault) {
        faulty.plan(*fault);
        if (fault->lasting != Fault::Lasting::once) bench.heal = [&] { faulty.heal(); };
    }
    play(bench, cast);
    const Count count{faulty.count(counted) - before, bench.counters().rollbacks};
    EXPECT_EQ(faulty.failed_actions() > 0, fault.has_value()) << "the fault did not strike";
    faulty.heal();
    go_on(
        bench, cast, [&] { return store::testing::read_history(path); },
        [&]() -> Store& {
            disk.reset();
            EXPECT_EQ(store::testing::check_integrity(path), "ok");
            disk = store::testing::open_store(path, well, log).value();
            return *disk;
        });
    return count;
}

class FailingDisk : public ::testing::TestWithParam<FaultyDisk> {};

TEST_P(FailingDisk, WhereverItIsNobodyIsToldAFalsehood) {
    Fault fault = GetParam().fault;
    const auto actions = play_over_sqlite(std::nullopt, fault.action).actions;
    ASSERT_GT(actions, 15U);
    std::uint64_t rollbacks = 0;
    for (fault.nth = 1; fault.nth <= actions; ++fault.nth) {
        SCOPED_TRACE("number " + std::to_string(fault.nth));
        rollbacks += play_over_sqlite(fault, fault.action).rollbacks;
        ASSERT_FALSE(HasFailure());
    }
    EXPECT_GE(rollbacks, actions / 2) << "few commits failed: the test tests little";
}

using enum Fault::Lasting;
using enum Fault::FailedSync;
INSTANTIATE_TEST_SUITE_P(
    StoreFaults, FailingDisk,
    ::testing::Values(
        FaultyDisk{"WriteOnce", {DiskAction::write, 1, SQLITE_IOERR_WRITE, once, true, still_waits}},
        FaultyDisk{"FullForGood", {DiskAction::write, 1, SQLITE_FULL, for_ever, false, still_waits}},
        FaultyDisk{"SyncOnceAndItIsLost", {DiskAction::sync, 1, SQLITE_IOERR_FSYNC, once, false, lost}},
        FaultyDisk{"WholeDiskFromASync",
                   {DiskAction::sync, 1, SQLITE_IOERR_FSYNC, whole_disk, false, arrived}},
        FaultyDisk{"WholeDiskFromAWrite",
                   {DiskAction::write, 1, SQLITE_IOERR_WRITE, whole_disk, false, still_waits}}),
    [](const auto& parameter) { return std::string(parameter.param.name); });

}  // namespace
}  // namespace holdfast::server
