// A RecoveryLog in one SQLite file, written by a thread of its own: what recovery needs survives `kill -9`
// and a power cut. Everything that waits is written in one transaction, so under load one sync serves many
// events. What is in the file: docs/recovery.md. The contract is in socketio/recovery_log.hpp.
#pragma once

#include <memory>
#include <string>

#include "holdfast/base/limits.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::recovery {

struct DurableLogSettings {
    /// Made when it is not there, with mode 0600; SQLite keeps `<path>-wal` beside it. One process at a time.
    std::string path;
    /// On: a record counts as kept when the disk has synced it (synchronous=FULL), and survives a power cut.
    /// Off: when the operating system has it (NORMAL); it survives the end of the process.
    bool sync = true;
    /// Records that wait for the disk. At the limit: as if the disk had failed.
    std::size_t unwritten_bytes = limits::recovery_unwritten_bytes;
    /// SQLite's VFS; empty: the default one.
    std::string vfs = {};
};

class DurableLog final : public socketio::RecoveryLog {
  public:
    explicit DurableLog(DurableLogSettings settings);
    /// Writes what waits, as far as the disk lets it.
    ~DurableLog() override;

    [[nodiscard]] Result<socketio::RecoveryImage, socketio::RecoveryLogError> load() override;
    void report_to(Kept kept, Failed failed) override;
    void append(socketio::RecoveryRecord record) override;

  private:
    class Writer;

    DurableLogSettings settings_;
    Kept kept_;
    Failed failed_;
    std::unique_ptr<Writer> writer_;
};

}  // namespace holdfast::recovery
