// A SQLite VFS over the default one that fails on command, and whose power can be cut.
//
// Use: make a FaultVfs, give its name() to SqliteSettings::vfs, plan faults, and heal() it again. The files
// are real ones. Syncs are not passed on to the disk: the model decides what they are worth. May be planned
// from another thread than the one that uses the store. See https://www.sqlite.org/vfs.html.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/base/random.hpp"
#include "holdfast/store/testing/disk_model.hpp"

namespace holdfast::store::testing {

/// What SQLite asks of a disk.
enum class DiskAction : std::uint8_t { open, read, write, truncate, sync, remove };
inline constexpr std::size_t disk_action_count = 6;

struct Fault {
    enum class Lasting : std::uint8_t {
        once,        ///< only that one action
        for_ever,    ///< that one and all of its kind after it
        whole_disk,  ///< from that one on, all that changes the disk
    };
    /// What becomes of the data of a sync that fails.
    enum class FailedSync : std::uint8_t {
        still_waits,  ///< a later sync may make it durable
        arrived,      ///< it is on the disk in spite of the failure
        lost,         ///< no later sync makes it durable, though it can be read: as Linux does it
    };
    DiskAction action = DiskAction::write;
    std::uint64_t nth = 1;  ///< counted from the planning on: 1 is the next
    int error = 0;          ///< SQLite's code, for instance SQLITE_FULL or SQLITE_IOERR_FSYNC
    Lasting lasting = Lasting::once;
    bool half_written = false;  ///< write: the first half arrives before it fails
    FailedSync failed_sync = FailedSync::still_waits;
};

class FaultVfs {
  public:
    /// Registers itself under a name of its own.
    FaultVfs();
    /// Every store that uses it must be closed.
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    [[nodiscard]] const std::string& name() const;

    /// Several faults may be planned at once.
    void plan(const Fault& fault);
    /// Forgets all plans; from now on everything works.
    void heal();
    /// How often an action was asked for so far, failed ones included.
    [[nodiscard]] std::uint64_t count(DiskAction action) const;
    /// How many actions were made to fail so far.
    [[nodiscard]] std::uint64_t failed_actions() const;

    /// From now on nothing reaches the files. Destroy the stores before the power comes back.
    void power_off();
    /// Leaves the files as the power cut left them. Throws std::logic_error if a file is still open.
    void power_on(Survival survival, Random& random);

    /// Keeps every event, from now on.
    void record();
    /// What was recorded so far, in order.
    [[nodiscard]] const std::vector<DiskEvent>& events() const;

    struct State;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::store::testing
