#include "holdfast/store/testing/failing_store.hpp"

namespace holdfast::store::testing {

using seats::StoreError;
using Lock = std::lock_guard<std::mutex>;

void FailingStore::fail_commit_once(std::uint64_t nth, StoreError error) {
    const Lock lock(mutex_);
    schedule_ = Schedule{nth, false, error};
}

void FailingStore::fail_for_ever_from_commit(std::uint64_t nth, StoreError error) {
    const Lock lock(mutex_);
    schedule_ = Schedule{nth, true, error};
}

void FailingStore::fail_for_ever(StoreError error) {
    const Lock lock(mutex_);
    disk_error_ = error;
}

void FailingStore::heal() {
    const Lock lock(mutex_);
    schedule_.reset();
    disk_error_.reset();
}

std::uint64_t FailingStore::commits() const {
    const Lock lock(mutex_);
    return commits_;
}

std::uint64_t FailingStore::failed_commits() const {
    const Lock lock(mutex_);
    return failed_commits_;
}

std::uint64_t FailingStore::probes() const {
    const Lock lock(mutex_);
    return probes_;
}

Result<seats::Snapshot, StoreError> FailingStore::load() {
    {
        const Lock lock(mutex_);
        if (disk_error_) return failure(*disk_error_);
        if (needs_probe_) return failure(*needs_probe_);
    }
    return inner_.load();
}

std::optional<StoreError> FailingStore::refusal_of_commit() {
    if (needs_probe_) return needs_probe_;
    if (!disk_error_ && schedule_ && --schedule_->commits_left == 0) {
        needs_probe_ = schedule_->error;
        if (schedule_->for_ever) disk_error_ = schedule_->error;
        schedule_.reset();
    } else if (disk_error_) {
        needs_probe_ = disk_error_;
    }
    return needs_probe_;
}

Result<void, StoreError> FailingStore::commit(std::span<const seats::Changes* const> batch) {
    {
        const Lock lock(mutex_);
        if (const auto refusal = refusal_of_commit()) {
            ++failed_commits_;
            return failure(*refusal);
        }
    }
    const auto done = inner_.commit(batch);
    const Lock lock(mutex_);
    if (done) ++commits_;
    return done;
}

Result<void, StoreError> FailingStore::probe() {
    {
        const Lock lock(mutex_);
        ++probes_;
        if (disk_error_) return failure(*disk_error_);
    }
    auto done = inner_.probe();
    const Lock lock(mutex_);
    if (done) needs_probe_.reset();
    return done;
}

Result<std::vector<seats::JournalRecord>, StoreError> FailingStore::read_journal(seats::TeamId team,
                                                                                 seats::Slot slot,
                                                                                 std::size_t most) {
    {
        const Lock lock(mutex_);
        if (disk_error_) return failure(*disk_error_);
    }
    return inner_.read_journal(team, slot, most);
}

Result<seats::JournalPiece, StoreError> FailingStore::read_journals(std::uint64_t after, std::size_t most) {
    {
        const Lock lock(mutex_);
        if (disk_error_) return failure(*disk_error_);
    }
    return inner_.read_journals(after, most);
}

Result<std::vector<seats::TeamId>, StoreError> FailingStore::changed_since(std::uint64_t& cursor) {
    return inner_.changed_since(cursor);
}

}  // namespace holdfast::store::testing
