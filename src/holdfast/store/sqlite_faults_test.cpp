// Every single write, sync and truncation of a script of commits fails, once and for ever: nothing that was
// reported as failed is on the disk, all that was acknowledged is, and the store recovers with the disk.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <functional>

#include "holdfast/store/testing/script.hpp"
#include "holdfast/store/testing/sqlite_files.hpp"
#include "holdfast/store/testing/thoroughness.hpp"

namespace holdfast::store {
namespace {

using namespace seats;
using testing::Batch;
using testing::content_after_kill;
using testing::content_at_start;
using testing::content_of;
using testing::DiskAction;
using testing::Fault;
using testing::FaultVfs;
using testing::Model;
using testing::Survival;

/// A script that runs while the disk misbehaves.
class ScriptRun {
  public:
    ScriptRun() { open(); }

    /// The script without any fault: how often each action is asked for.
    static std::vector<std::uint64_t> count_actions(DiskAction action) {
        ScriptRun run;
        std::vector<std::uint64_t> counts{run.vfs_.count(action)};
        for (const Batch& batch : testing::make_script()) {
            EXPECT_TRUE(run.commit(batch));
            counts.push_back(run.vfs_.count(action));
        }
        return counts;
    }

    void under(const Fault& fault) {
        vfs_.plan(fault);
        std::uint64_t struck = 0;
        for (const Batch& batch : testing::make_script()) {
            Model with_batch = model_;
            ASSERT_TRUE(with_batch.apply(batch));
            const bool with_failure = !commit(batch);
            if (with_failure) {
                expect_nothing_of(with_batch, fault);
                if (::testing::Test::HasFatalFailure()) return;
                recover(fault);
                ASSERT_TRUE(commit(batch)) << "the disk is well again";
            }
            model_ = with_batch;
            if (vfs_.failed_actions() == struck) continue;
            // The commit is done, but the checkpoint after it may have failed.
            const bool goes_on = store_->load().has_value();
            if (!with_failure && is_final(fault)) {
                EXPECT_FALSE(goes_on) << "a disk error in the checkpoint is final as well";
            }
            if (!goes_on) recover(fault);
            struck = vfs_.failed_actions();
            ASSERT_EQ(content_of(*store_, path_), content_of(model_));
        }
        vfs_.heal();
        store_.reset();
        EXPECT_EQ(content_at_start(path_, clean_vfs_), content_of(model_));
    }

    /// As above, but the power is cut right after the first failure.
    void under_with_power_cut(const Fault& fault, Survival survival, std::uint64_t seed) {
        vfs_.plan(fault);
        SeededRandom random(seed);
        for (const Batch& batch : testing::make_script()) {
            Model with_batch = model_;
            ASSERT_TRUE(with_batch.apply(batch));
            const bool done = commit(batch).has_value();
            if (done) model_ = with_batch;
            if (vfs_.failed_actions() == 0) continue;
            vfs_.power_off();
            store_.reset();
            vfs_.power_on(survival, random);
            open();
            const auto found = content_of(*store_, path_);
            ASSERT_EQ(testing::check_integrity(path_), "ok");
            // Where the disk let nothing be undone before the power went, the batch may be there.
            const bool may_be_there = !done && fault.lasting != Fault::Lasting::once;
            ASSERT_TRUE(found == content_of(model_) || (may_be_there && found == content_of(with_batch)));
            return;
        }
    }

    [[nodiscard]] std::uint64_t failed_actions() const { return vfs_.failed_actions(); }
    [[nodiscard]] std::uint64_t failed_commits() const { return failed_commits_; }

  private:
    /// Whether the connection is given up over it wherever it strikes: a full disk only stops what needs
    /// room.
    static bool is_final(const Fault& fault) {
        return fault.error == SQLITE_IOERR_WRITE || fault.error == SQLITE_IOERR_FSYNC;
    }
    void open() {
        auto opened = testing::open_store(path_, vfs_, log_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(*opened);
    }
    Result<void, StoreError> commit(const Batch& batch) {
        const auto done = store_->commit(testing::pointers_to(batch));
        if (!done) ++failed_commits_;
        return done;
    }
    void expect_nothing_of(const Model& with_batch, const Fault& fault) {
        EXPECT_FALSE(commit({{PutGame{}}})) << "no commit before a probe";
        EXPECT_FALSE(store_->load()) << "nor is what may be in doubt read";
        const auto left_by_kill = content_after_kill(path_, clean_vfs_);
        const bool may_be_there = fault.lasting != Fault::Lasting::once;
        ASSERT_TRUE(left_by_kill == content_of(model_) ||
                    (may_be_there && left_by_kill == content_of(with_batch)));
    }
    void recover(const Fault& fault) {
        // With a lasting fault the first probe may fail; it may also succeed, where the fault is not in its
        // way. Either way the store recovers once the disk is well.
        const bool probed = store_->probe().has_value();
        EXPECT_TRUE(probed || fault.lasting != Fault::Lasting::once);
        if (probed) {
            EXPECT_EQ(content_of(*store_, path_), content_of(model_));
        } else {
            EXPECT_FALSE(store_->probe());
            EXPECT_FALSE(commit({{PutGame{}}}));
        }
        vfs_.heal();
        ASSERT_TRUE(store_->probe());
        ASSERT_EQ(content_of(*store_, path_), content_of(model_));
        EXPECT_EQ(content_after_kill(path_, clean_vfs_), content_of(model_));
    }

    testing::TemporaryDirectory directory_{testing::TemporaryDirectory::On::memory};
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
    FaultVfs vfs_;
    FaultVfs clean_vfs_;
    std::unique_ptr<SqliteStore> store_;
    Model model_;
    std::uint64_t failed_commits_ = 0;
};

struct FaultyAction {
    const char* name;
    Fault fault;
};

Fault make_fault(DiskAction action, int error, Fault::Lasting lasting, bool half_written = false,
                 Fault::FailedSync failed_sync = Fault::FailedSync::still_waits) {
    return {action, 1, error, lasting, half_written, failed_sync};
}

using enum Fault::Lasting;
const FaultyAction faulty_actions[] = {
    {"WriteOnce", make_fault(DiskAction::write, SQLITE_IOERR_WRITE, once)},
    {"WriteForEver", make_fault(DiskAction::write, SQLITE_IOERR_WRITE, for_ever)},
    {"HalfWriteOnce", make_fault(DiskAction::write, SQLITE_IOERR_WRITE, once, true)},
    {"FullOnce", make_fault(DiskAction::write, SQLITE_FULL, once)},
    {"FullForEver", make_fault(DiskAction::write, SQLITE_FULL, for_ever, true)},
    {"SyncOnce", make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, once)},
    {"SyncOnceThoughItArrived",
     make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, once, false, Fault::FailedSync::arrived)},
    {"SyncOnceAndItIsLost",
     make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, once, false, Fault::FailedSync::lost)},
    {"SyncForEver", make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, for_ever)},
    {"SyncForEverThoughItArrived",
     make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, for_ever, false, Fault::FailedSync::arrived)},
    {"WholeDiskFromAWrite", make_fault(DiskAction::write, SQLITE_IOERR_WRITE, whole_disk)},
    {"WholeDiskFromASync", make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, whole_disk)},
    {"WholeDiskFromASyncThatArrived",
     make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, whole_disk, false, Fault::FailedSync::arrived)},
    {"TruncateOnce", make_fault(DiskAction::truncate, SQLITE_IOERR_TRUNCATE, once)},
    {"ReadOnce", make_fault(DiskAction::read, SQLITE_IOERR_READ, once)},
};

class SqliteFaults : public ::testing::TestWithParam<FaultyAction> {
  protected:
    /// How many times the script asks for the action, after the store was opened.
    static std::uint64_t actions() {
        const auto counts = ScriptRun::count_actions(GetParam().fault.action);
        return counts.back() - counts.front();
    }
    /// Which of them are tried: every sync, and every other action in a plain build.
    static std::uint64_t step() {
        return GetParam().fault.action == DiskAction::sync ? 1 : testing::tried_one_in;
    }
};

TEST_P(SqliteFaults, WhicheverOneFailsNoAcknowledgementIsFalse) {
    std::uint64_t failed_commits = 0;
    const std::uint64_t last = actions();
    for (std::uint64_t nth = 1; nth <= last; nth += step()) {
        Fault fault = GetParam().fault;
        fault.nth = nth;
        SCOPED_TRACE("number " + std::to_string(nth));
        ScriptRun run;
        run.under(fault);
        ASSERT_FALSE(HasFailure());
        EXPECT_GE(run.failed_actions(), 1u) << "the fault did not strike";
        failed_commits += run.failed_commits();
    }
    const bool is_asked_for = GetParam().fault.action == DiskAction::write ||  //
                              GetParam().fault.action == DiskAction::sync;
    if (is_asked_for) {
        EXPECT_GT(failed_commits, 0u) << "no commit ever failed: the test tests nothing";
    }
}

TEST_P(SqliteFaults, NorAfterAPowerCut) {
    std::uint64_t seed = 0;
    const std::uint64_t last = actions();
    for (std::uint64_t nth = 1; nth <= last; nth += step()) {
        for (const Survival survival : testing::all_survivals) {
            // A failed sync is the interesting case; of the many writes each meets one kind of power cut.
            const bool is_sync = GetParam().fault.action == DiskAction::sync;
            if (!is_sync && nth % std::size(testing::all_survivals) != static_cast<std::size_t>(survival)) {
                continue;
            }
            Fault fault = GetParam().fault;
            fault.nth = nth;
            SCOPED_TRACE("number " + std::to_string(nth) + ", survival " +
                         std::to_string(static_cast<int>(survival)));
            ScriptRun().under_with_power_cut(fault, survival, ++seed);
            ASSERT_FALSE(HasFailure());
        }
    }
}

/// The server dies while its disk refuses everything, and comes back on a healthy one.
class SqliteRestart : public ::testing::Test {
  protected:
    std::unique_ptr<SqliteStore> open() { return testing::open_store(path_, vfs_, log_).value(); }
    static Result<void, StoreError> commit(SqliteStore& store, std::uint64_t answers) {
        GameRecord game;
        game.answers = answers;
        const std::vector<Changes> batch{{PutGame{game}}};
        return store.commit(testing::pointers_to(batch));
    }
    static std::uint64_t answers(SqliteStore& store) { return store.load().value().game.answers; }

    testing::TemporaryDirectory directory_{testing::TemporaryDirectory::On::memory};
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
    FaultVfs vfs_;
    SeededRandom random_{1};
};

// The pages of the failed commit can be read, but are not on the disk and no later sync will bring them
// there. A start that took them from the log as they are would put its own commits behind a hole.
TEST_F(SqliteRestart, BuildsOnNothingThatIsNotOnTheDisk) {
    auto store = open();
    ASSERT_TRUE(commit(*store, 1));
    Fault fault =
        make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, whole_disk, false, Fault::FailedSync::lost);
    vfs_.plan(fault);
    ASSERT_FALSE(commit(*store, 2));
    store.reset();
    vfs_.heal();
    store = open();
    ASSERT_EQ(answers(*store), 2u) << "in doubt, and in this case there";
    ASSERT_TRUE(commit(*store, 3));
    vfs_.power_off();
    store.reset();
    vfs_.power_on(Survival::nothing, random_);
    EXPECT_EQ(answers(*open()), 3u);
}

TEST_F(SqliteRestart, AFailedBatchThatCouldNotBeRemovedAtOnceIsRemovedBeforeTheStoreCloses) {
    auto store = open();
    ASSERT_TRUE(commit(*store, 1));
    vfs_.plan(
        make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, whole_disk, false, Fault::FailedSync::arrived));
    ASSERT_FALSE(commit(*store, 2));
    vfs_.heal();
    store.reset();
    EXPECT_EQ(answers(*open()), 1u);
}

// A page that could not be read was taken for damage, which is final: the store stayed down though the disk
// was well again.
TEST_F(SqliteRestart, AReadThatFailsWhileTheFileIsOpenedAgainIsNoDamage) {
    auto store = open();
    for (const auto lasting : {Fault::Lasting::once, Fault::Lasting::for_ever}) {
        for (std::uint64_t nth = 1; nth <= 40; ++nth) {
            SCOPED_TRACE("read " + std::to_string(nth));
            vfs_.plan(make_fault(DiskAction::sync, SQLITE_IOERR_FSYNC, Fault::Lasting::once));
            ASSERT_FALSE(commit(*store, nth));
            vfs_.heal();
            Fault fault = make_fault(DiskAction::read, SQLITE_IOERR_READ, lasting);
            fault.nth = nth;
            vfs_.plan(fault);
            if (const auto probed = store->probe(); !probed) {
                ASSERT_EQ(probed.error(), StoreError::unavailable);
            }
            vfs_.heal();
            ASSERT_TRUE(store->probe());
        }
    }
}

TEST_F(SqliteRestart, AnOpeningThatFailsCanBeRepeated) {
    for (const DiskAction action : {DiskAction::open, DiskAction::read, DiskAction::write, DiskAction::sync,
                                    DiskAction::truncate, DiskAction::remove}) {
        std::uint64_t nth = 0;
        for (bool struck = true; struck;) {
            const testing::TemporaryDirectory folder{testing::TemporaryDirectory::On::memory};
            FaultVfs vfs;
            Fault fault = make_fault(action, SQLITE_IOERR, once);
            fault.nth = ++nth;
            vfs.plan(fault);
            const std::string path = folder.file("holdfast.db");
            auto opened = testing::open_store(path, vfs, log_);
            if (!opened) {
                EXPECT_EQ(opened.error().error, StoreError::unavailable) << opened.error().message;
                opened = testing::open_store(path, vfs, log_);
                ASSERT_TRUE(opened) << opened.error().message;
            }
            if (!commit(**opened, 7)) {
                ASSERT_TRUE((*opened)->probe());
                ASSERT_TRUE(commit(**opened, 7));
            }
            EXPECT_EQ(answers(**opened), 7u);
            struck = vfs.failed_actions() > 0;
        }
        EXPECT_GT(nth, 1u) << "the fault never struck";
    }
}

INSTANTIATE_TEST_SUITE_P(Disk, SqliteFaults, ::testing::ValuesIn(faulty_actions),
                         [](const auto& action) { return action.param.name; });

}  // namespace
}  // namespace holdfast::store
