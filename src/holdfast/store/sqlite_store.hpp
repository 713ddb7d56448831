// The store in one SQLite file. docs/store.md tells about the tables, durability and backups.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "holdfast/base/limits.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::store {

struct SqliteSettings {
    std::string path;
    /// Name of a registered SQLite VFS; empty: the system's. For tests.
    std::string vfs;
    Milliseconds busy_time = limits::store_busy_time;
    std::size_t journal_entries_per_team = limits::journal_entries_per_team;
    int checkpoint_pages = limits::checkpoint_pages;
    /// Larger files are not searched for damage at start-up; 0: none are.
    std::int64_t integrity_check_bytes = limits::integrity_check_bytes;
};

struct OpenError {
    seats::StoreError error = seats::StoreError::unavailable;
    std::string message;  ///< a sentence for the person who starts the server
};

/// Exactly one connection writes and checkpoints. A commit returns after its sync: WAL, `synchronous=FULL`.
/// Not thread-safe; may be used from another thread than the one that opened it.
class SqliteStore final : public seats::Store {
  public:
    /// Opens or creates the file (mode 0600), takes the lock that keeps a second process out, brings older
    /// files to today's version, and writes once to see that it can. Errors: `unavailable` (in use by another
    /// process, or the disk said no), `disk_full`, `read_only`, `corrupt`, `incompatible` (of another program
    /// or of a newer Holdfast; left as it is). `log` must outlive the store.
    [[nodiscard]] static Result<std::unique_ptr<SqliteStore>, OpenError> open(SqliteSettings settings,
                                                                              Log& log);
    /// Carries the write-ahead log over into the file, unless the store has failed.
    ~SqliteStore() override;

    /// Refused while the store has failed and no probe has succeeded since.
    [[nodiscard]] Result<seats::Snapshot, seats::StoreError> load() override;

    /// After any failure but `conflict` the store refuses commits, with the same error, until a probe
    /// succeeds. `corrupt` is final for the life of this object.
    [[nodiscard]] Result<void, seats::StoreError> commit(
        std::span<const seats::Changes* const> batch) override;

    /// Commits an empty transaction, with its sync. After a failure: first takes what the failed batch may
    /// have left out of the write-ahead log, then closes the file, opens it again, and checks that it holds
    /// exactly the batches that were acknowledged.
    [[nodiscard]] Result<void, seats::StoreError> probe() override;

    [[nodiscard]] Result<std::vector<seats::JournalRecord>, seats::StoreError> read_journal(
        seats::TeamId team, seats::Slot slot, std::size_t most) override;
    [[nodiscard]] Result<seats::JournalPiece, seats::StoreError> read_journals(std::uint64_t after,
                                                                               std::size_t most) override;
    /// None: nobody else writes.
    [[nodiscard]] Result<std::vector<seats::TeamId>, seats::StoreError> changed_since(
        std::uint64_t& cursor) override;

  private:
    struct State;
    explicit SqliteStore(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::store
