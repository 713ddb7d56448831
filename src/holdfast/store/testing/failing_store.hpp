// A store that refuses on command, around one that works: for the tests of whatever uses a store.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include "holdfast/seats/store.hpp"

namespace holdfast::store::testing {

/// Behaves as a store whose disk fails: a failed commit leaves nothing, and commits fail until a probe has
/// succeeded. Failures may be ordered from another thread than the one that uses the store.
class FailingStore final : public seats::Store {
  public:
    /// `inner` must outlive this object.
    explicit FailingStore(seats::Store& inner) : inner_(inner) {}

    /// The nth commit from now on fails (1: the next); the disk is well again at once, so that the next probe
    /// succeeds.
    void fail_commit_once(std::uint64_t nth = 1, seats::StoreError error = seats::StoreError::unavailable);
    /// From the nth commit on, everything that needs the disk fails, until heal().
    void fail_for_ever_from_commit(std::uint64_t nth = 1,
                                   seats::StoreError error = seats::StoreError::unavailable);
    /// From now on everything that needs the disk fails, until heal().
    void fail_for_ever(seats::StoreError error = seats::StoreError::unavailable);
    /// The disk is well. Commits still need a successful probe if one failed.
    void heal();

    [[nodiscard]] std::uint64_t commits() const;         ///< that succeeded
    [[nodiscard]] std::uint64_t failed_commits() const;  ///< that were refused by this object
    [[nodiscard]] std::uint64_t probes() const;          ///< asked for, whatever came of them

    [[nodiscard]] Result<seats::Snapshot, seats::StoreError> load() override;
    [[nodiscard]] Result<void, seats::StoreError> commit(
        std::span<const seats::Changes* const> batch) override;
    [[nodiscard]] Result<void, seats::StoreError> probe() override;
    [[nodiscard]] Result<std::vector<seats::JournalRecord>, seats::StoreError> read_journal(
        seats::TeamId team, seats::Slot slot, std::size_t most) override;
    [[nodiscard]] Result<seats::JournalPiece, seats::StoreError> read_journals(std::uint64_t after,
                                                                               std::size_t most) override;
    [[nodiscard]] Result<std::vector<seats::TeamId>, seats::StoreError> changed_since(
        std::uint64_t& cursor) override;

  private:
    struct Schedule {
        std::uint64_t commits_left = 0;  ///< until it strikes, that one included
        bool for_ever = false;
        seats::StoreError error{};
    };
    [[nodiscard]] std::optional<seats::StoreError> refusal_of_commit();

    seats::Store& inner_;
    mutable std::mutex mutex_;
    std::optional<Schedule> schedule_;
    std::optional<seats::StoreError> disk_error_;   ///< set while the disk does not work at all
    std::optional<seats::StoreError> needs_probe_;  ///< set from a failed commit to a successful probe
    std::uint64_t commits_ = 0;
    std::uint64_t failed_commits_ = 0;
    std::uint64_t probes_ = 0;
};

}  // namespace holdfast::store::testing
