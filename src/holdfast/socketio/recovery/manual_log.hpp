// For tests: a log whose disk is a value that outlives it, and that keeps records when it is told to.
#pragma once

#include <deque>
#include <memory>
#include <utility>

#include "holdfast/socketio/recovery/image.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

struct ManualDisk {
    RecoveryImage image;
    std::deque<RecoveryRecord> waiting;
    RecoveryLog::Kept kept;
    RecoveryLog::Failed failed;
    bool broken = false;   ///< load() fails
    bool at_once = false;  ///< keeps everything as it comes
    std::uint64_t appended = 0;

    ManualDisk() { image.log_id = "manual"; }

    void keep(std::size_t count) {
        for (; count > 0 && !waiting.empty(); --count) {
            apply(image, waiting.front());
            waiting.pop_front();
        }
        if (kept) kept(image.position);
    }
    void keep_all() { keep(waiting.size()); }
    void fail() {
        waiting.clear();
        if (failed) failed({"the disk is full"});
    }
    /// The process is gone: what was not kept is not there.
    void crash() {
        waiting.clear();
        kept = nullptr;
        failed = nullptr;
    }
};

class ManualLog final : public RecoveryLog {
  public:
    explicit ManualLog(std::shared_ptr<ManualDisk> disk) : disk_(std::move(disk)) {}
    [[nodiscard]] Result<RecoveryImage, RecoveryLogError> load() override {
        if (disk_->broken) return failure(RecoveryLogError{"the disk does not answer"});
        disk_->waiting.clear();
        return disk_->image;
    }
    void report_to(Kept kept, Failed failed) override {
        disk_->kept = std::move(kept);
        disk_->failed = std::move(failed);
    }
    void append(RecoveryRecord record) override {
        ++disk_->appended;
        disk_->waiting.push_back(std::move(record));
        if (disk_->at_once) disk_->keep_all();
    }

  private:
    std::shared_ptr<ManualDisk> disk_;
};

}  // namespace holdfast::socketio
