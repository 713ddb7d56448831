// The durable log over a disk on which every single write and sync fails, once and for ever: what was kept is
// there, what was not kept is there as a run from the front or not at all, and it goes on with the disk.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <condition_variable>
#include <mutex>

#include "holdfast/recovery/durable_log.hpp"
#include "holdfast/socketio/recovery/image.hpp"
#include "holdfast/store/testing/fault_vfs.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"

namespace holdfast::recovery {
namespace {

using namespace socketio;
using store::testing::DiskAction;
using store::testing::Fault;
using store::testing::FaultVfs;

class Witness {
  public:
    void listen_to(RecoveryLog& log) {
        log.report_to([this](LogPosition position) { say(position, false); },
                      [this](const RecoveryLogError&) { say(0, true); });
    }
    /// True: kept. False: the log has failed; that is forgotten then.
    [[nodiscard]] bool wait_for(LogPosition position) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return failed_ || kept_ >= position; });
        return !std::exchange(failed_, false);
    }
    [[nodiscard]] LogPosition kept() {
        const std::lock_guard lock(mutex_);
        return kept_;
    }

  private:
    void say(LogPosition position, bool failed) {
        const std::lock_guard lock(mutex_);
        if (failed) failed_ = true;
        if (position > kept_) kept_ = position;
        changed_.notify_all();
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    LogPosition kept_ = 0;
    bool failed_ = false;
};

/// What is written at a position; nearly all kinds of records take part.
RecoveryRecord record_at(LogPosition position) {
    const SessionNumber session = (position - 1) / 8 + 1;
    const auto packet = std::make_shared<const engineio::OutgoingMessage>(
        "2[\"say\",\"" + std::string(3000, 'x') + std::to_string(position) + "\"]");
    switch (position % 8) {
        case 1:
            return {position,
                    records::SessionBegun{session, sha256(std::to_string(position)),
                                          "aaaaaaaaaaaaaaaaaaa" + std::to_string(session % 10), "/"}};
        case 2:
            return {position, records::RoomJoined{session, "room"}};
        case 3:
            return {position, records::DataSet{session, "{}"}};
        case 4:
            return {position, records::RoomLeft{session, "room"}};
        case 5:
            return {position, records::SessionRenewed{session, sha256("new"), sha256("old")}};
        case 6:
            return {position,
                    records::Trimmed{position > 8 ? position - 8 : 0, 0, {{"/", "", true, position, "", 0}}}};
        default:
            return {position, records::EventEmitted{"/", {}, {}, packet}};
    }
}

std::string described(const RecoveryImage& image) {
    std::string text = std::to_string(image.position) + " sessions";
    for (const auto& one : image.sessions) {
        text += ' ' + std::to_string(one.number) + '/' + std::to_string(one.begun) + '/' +
                hex_encode(bytes_of(one.pid_digest)).substr(0, 6) + one.data;
        for (const auto& span : one.rooms)
            text += '[' + std::to_string(span.joined) + '-' + std::to_string(span.left) + ']';
    }
    text += " events";
    for (const auto& event : image.events)
        text += ' ' + std::to_string(event.position);
    for (const auto& note : image.notes)
        text += " note " + std::to_string(note.last);
    return text;
}

RecoveryImage image_up_to(LogPosition position) {
    RecoveryImage image;
    for (LogPosition at = 1; at <= position; ++at)
        apply(image, record_at(at));
    return image;
}

constexpr LogPosition script_length = 48;

class FaultRun {
  public:
    FaultRun() {
        settings_.path = folder_.file("recovery.db");
        settings_.vfs = vfs_.name();
        open();
    }
    FaultVfs& vfs() { return vfs_; }

    /// Writes the whole script, however often the disk fails on the way.
    void run() {
        while (position_ < script_length && seen_failures_ < 20) {
            log_->append(record_at(position_ + 1));
            log_->append(record_at(position_ + 2));
            if (witness_->wait_for(position_ + 2)) {
                position_ += 2;
                continue;
            }
            ++seen_failures_;
            load(false);
            vfs_.heal();
            load(true);
            if (testing::Test::HasFatalFailure()) return;
        }
        vfs_.heal();
        open();  // a new process
        EXPECT_GE(position_, script_length);
    }
    [[nodiscard]] int seen_failures() const { return seen_failures_; }

  private:
    void open() {
        log_.reset();
        const auto known = position_;
        witness_ = std::make_unique<Witness>();
        log_ = std::make_unique<DurableLog>(settings_);
        witness_->listen_to(*log_);
        load(true);
        EXPECT_GE(position_, known);
    }
    /// What the log gives back is what some run of the records amounts to, and all that was kept is in it.
    void load(bool must_work) {
        const auto image = log_->load();
        if (!image) {
            ASSERT_FALSE(must_work) << image.error().message;
            return;
        }
        ASSERT_GE(image->position, witness_->kept());
        ASSERT_LE(image->position, position_ + 2);
        ASSERT_EQ(described(*image), described(image_up_to(image->position)));
        position_ = image->position;
    }

    store::testing::TemporaryDirectory folder_;
    FaultVfs vfs_;
    DurableLogSettings settings_;
    std::unique_ptr<Witness> witness_;
    std::unique_ptr<DurableLog> log_;
    LogPosition position_ = 0;
    int seen_failures_ = 0;
};

class RecoveryFaults : public testing::TestWithParam<Fault> {};

TEST_P(RecoveryFaults, MemoryAndDiskAgreeAgainWhereverItFails) {
    std::uint64_t actions = 0;
    {
        FaultRun well;
        const auto before = well.vfs().count(GetParam().action);
        well.run();
        actions = well.vfs().count(GetParam().action) - before;
    }
    ASSERT_GT(actions, 10U);
    int seen = 0;
    for (std::uint64_t nth = 1; nth <= actions; nth += 1 + actions / 60) {
        SCOPED_TRACE(nth);
        FaultRun run;
        auto fault = GetParam();
        fault.nth = nth;
        run.vfs().plan(fault);
        run.run();
        seen += run.seen_failures();
        if (HasFatalFailure()) return;
    }
    EXPECT_GT(seen, 5) << "or the faults struck nothing";
}

Fault fault_of(DiskAction action, int error, Fault::Lasting lasting, Fault::FailedSync failed_sync) {
    Fault fault;
    fault.action = action;
    fault.error = error;
    fault.lasting = lasting;
    fault.failed_sync = failed_sync;
    return fault;
}

INSTANTIATE_TEST_SUITE_P(
    Disk, RecoveryFaults,
    testing::Values(
        fault_of(DiskAction::write, SQLITE_FULL, Fault::Lasting::once, Fault::FailedSync::arrived),
        fault_of(DiskAction::write, SQLITE_FULL, Fault::Lasting::whole_disk, Fault::FailedSync::arrived),
        fault_of(DiskAction::sync, SQLITE_IOERR_FSYNC, Fault::Lasting::once, Fault::FailedSync::arrived),
        fault_of(DiskAction::sync, SQLITE_IOERR_FSYNC, Fault::Lasting::once, Fault::FailedSync::lost),
        fault_of(DiskAction::sync, SQLITE_IOERR_FSYNC, Fault::Lasting::whole_disk,
                 Fault::FailedSync::still_waits)),
    [](const auto& given) { return "fault" + std::to_string(given.index); });

}  // namespace
}  // namespace holdfast::recovery
