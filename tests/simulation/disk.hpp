// The disk of a simulated server: a real SQLite file over a VFS that fails, fills up, and forgets what was
// not synced.
#pragma once

#include <memory>
#include <string>

#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/fault_vfs.hpp"
#include "holdfast/store/testing/history.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"
#include "plan.hpp"
#include "trace.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

class Disk {
  public:
    Disk(Trace& trace, Random& random) : trace_(trace), random_(random) {}

    [[nodiscard]] Result<std::unique_ptr<store::SqliteStore>, store::OpenError> open(Log& log);
    /// Something begins to fail now, once or until heal().
    void begin_fault();
    void heal();
    [[nodiscard]] bool is_faulty() const { return faulty_; }
    /// From the next action that changes the disk on, or from a later one, nothing reaches it.
    void fail_in_the_middle();
    /// The process is being ended: nothing reaches the files any more. Then the stores have to be destroyed.
    void stop() { vfs_.power_off(); }
    /// `power_cut`: what was not synced may be gone or torn. Otherwise everything is as it was written.
    void come_back(bool power_cut);
    [[nodiscard]] store::testing::History history() const;
    [[nodiscard]] std::string integrity() const;
    [[nodiscard]] std::uint64_t failed_actions() const { return vfs_.failed_actions(); }

  private:
    [[nodiscard]] std::string path() const { return folder_.file("holdfast.db"); }

    Trace& trace_;
    Random& random_;
    store::testing::TemporaryDirectory folder_{store::testing::TemporaryDirectory::On::memory};
    store::testing::FaultVfs vfs_;
    bool faulty_ = false;
};

/// The real store, with the witness looking on.
class WitnessedStore final : public seats::Store {
  public:
    WitnessedStore(std::unique_ptr<seats::Store> store, Witness& witness)
        : store_(std::move(store)), witness_(witness) {}

    Result<seats::Snapshot, seats::StoreError> load() override { return store_->load(); }
    Result<void, seats::StoreError> commit(std::span<const seats::Changes* const> batch) override;
    Result<void, seats::StoreError> probe() override;
    Result<std::vector<seats::JournalRecord>, seats::StoreError> read_journal(seats::TeamId team,
                                                                              seats::Slot slot,
                                                                              std::size_t most) override {
        return store_->read_journal(team, slot, most);
    }
    Result<seats::JournalPiece, seats::StoreError> read_journals(std::uint64_t after,
                                                                 std::size_t most) override {
        return store_->read_journals(after, most);
    }
    Result<std::vector<seats::TeamId>, seats::StoreError> changed_since(std::uint64_t& cursor) override {
        return store_->changed_since(cursor);
    }
    /// The process ends in the middle of the next commit: its outcome reaches nobody.
    void cut_off_next_commit() { cut_off_ = true; }

  private:
    std::unique_ptr<seats::Store> store_;
    Witness& witness_;
    bool cut_off_ = false;
};

}  // namespace holdfast::simulation
