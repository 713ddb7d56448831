#include "disk.hpp"

#include <sqlite3.h>

namespace holdfast::simulation {

using store::testing::DiskAction;
using store::testing::Fault;
using store::testing::Survival;

Result<std::unique_ptr<store::SqliteStore>, store::OpenError> Disk::open(Log& log) {
    store::SqliteSettings settings;
    settings.path = path();
    settings.vfs = vfs_.name();
    settings.busy_time = Milliseconds{0};
    settings.checkpoint_pages = 40;  // a checkpoint every now and then, also in a short run
    settings.journal_entries_per_team = 20;
    return store::SqliteStore::open(settings, log);
}

void Disk::begin_fault() {
    Fault fault;
    constexpr DiskAction actions[] = {DiskAction::write, DiskAction::write,    DiskAction::sync,
                                      DiskAction::sync,  DiskAction::truncate, DiskAction::read};
    fault.action = actions[random_.below(std::size(actions))];
    fault.nth = 1 + random_.below(12);
    const bool is_full = fault.action == DiskAction::write && chance(500, random_);
    fault.error = is_full                                ? SQLITE_FULL
                  : fault.action == DiskAction::sync     ? SQLITE_IOERR_FSYNC
                  : fault.action == DiskAction::read     ? SQLITE_IOERR_READ
                  : fault.action == DiskAction::truncate ? SQLITE_IOERR_TRUNCATE
                                                         : SQLITE_IOERR_WRITE;
    constexpr Fault::Lasting lastings[] = {Fault::Lasting::once, Fault::Lasting::for_ever,
                                           Fault::Lasting::whole_disk};
    fault.lasting = lastings[random_.below(3)];
    fault.half_written = chance(300, random_);
    constexpr Fault::FailedSync syncs[] = {Fault::FailedSync::still_waits, Fault::FailedSync::arrived,
                                           Fault::FailedSync::lost};
    fault.failed_sync = syncs[random_.below(3)];
    vfs_.plan(fault);
    faulty_ = true;
    trace_.line("disk", std::string("fails from the ") + std::to_string(fault.nth) + "th action of kind " +
                            std::to_string(static_cast<int>(fault.action)) + " on, error " +
                            std::to_string(fault.error) + ", lasting " +
                            std::to_string(static_cast<int>(fault.lasting)));
}

void Disk::heal() {
    if (!faulty_) return;
    vfs_.heal();
    faulty_ = false;
    trace_.line("disk", "works again");
}

void Disk::fail_in_the_middle() {
    Fault fault;
    fault.action = chance(700, random_) ? DiskAction::write : DiskAction::sync;
    fault.nth = 1 + random_.below(8);
    fault.error = SQLITE_IOERR;
    fault.lasting = Fault::Lasting::whole_disk;
    fault.half_written = chance(300, random_);
    vfs_.plan(fault);
    faulty_ = true;
}

void Disk::come_back(bool power_cut) {
    constexpr Survival cuts[] = {Survival::nothing, Survival::beginning, Survival::scattered};
    const auto survival = power_cut ? cuts[random_.below(3)] : Survival::everything;
    vfs_.power_on(survival, random_);
    faulty_ = false;
    trace_.line("disk", power_cut ? "is back after a power cut" : "is as the process left it");
}

store::testing::History Disk::history() const {
    return store::testing::read_history(path());
}

std::string Disk::integrity() const {
    return store::testing::check_integrity(path());
}

Result<void, seats::StoreError> WitnessedStore::commit(std::span<const seats::Changes* const> batch) {
    auto outcome = store_->commit(batch);
    if (cut_off_) {
        witness_.cut_off(batch);
        return outcome;
    }
    if (outcome) {
        witness_.written(batch);
    } else if (outcome.error() != seats::StoreError::conflict) {
        witness_.refused_by_store(batch);
    }
    return outcome;
}

Result<void, seats::StoreError> WitnessedStore::probe() {
    auto outcome = store_->probe();
    if (outcome) witness_.probed();
    return outcome;
}

}  // namespace holdfast::simulation
