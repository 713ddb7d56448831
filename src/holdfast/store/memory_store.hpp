// A store that keeps everything in memory and nothing beyond the process: for tests and `--store memory:`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::store {

/// Behaves as the seam says, without a disk to fail. One thread at a time.
class MemoryStore final : public seats::Store {
  public:
    explicit MemoryStore(std::size_t journal_entries_per_team = limits::journal_entries_per_team,
                         std::size_t history = limits::memory_store_history);

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

    using Rounds = std::map<seats::RoundId, seats::PutFinishedRound>;
    using Answers = std::map<std::pair<seats::RoundId, seats::Slot>, seats::AnswerRecord>;
    /// The finished rounds and the answers since the last restart of the game.
    [[nodiscard]] const Rounds& finished_rounds() const { return rounds_; }
    [[nodiscard]] const Answers& answers() const { return answers_; }

  private:
    [[nodiscard]] bool versions_are_as_expected(std::span<const seats::Changes* const> batch) const;
    void apply(const seats::PutTeam& change);
    void apply(const seats::PutGame& change);
    void apply(const seats::PutFinishedRound& change);
    void apply(const seats::PutAnswer& change);
    void apply(const seats::PutOperation& change);
    void apply(const seats::ForgetOperations& change);
    void apply(const seats::AppendJournal& change);
    void apply(const seats::ClearRounds& change);
    void apply(const seats::PutBan& change);
    void apply(const seats::DropBan& change);
    void apply(const seats::PutReservation& change);
    void apply(const seats::DropReservation& change);

    using OperationKey = std::pair<seats::DeviceId, std::string>;

    std::size_t journal_entries_per_team_;
    std::size_t history_;
    seats::GameRecord game_;
    std::map<seats::TeamId, seats::TeamRecord> teams_;
    std::uint64_t last_operation_ = 0;
    std::map<std::uint64_t, seats::OperationRecord> operations_;
    std::map<OperationKey, std::uint64_t> operation_numbers_;
    std::map<seats::DeviceId, seats::BanRecord> bans_;
    std::map<std::pair<seats::TeamId, seats::Slot>, seats::ReservationRecord> reservations_;
    Rounds rounds_;
    Answers answers_;
    std::uint64_t last_journal_entry_ = 0;
    std::map<std::uint64_t, seats::JournalRecord> journal_;               ///< by number
    std::map<seats::TeamId, std::deque<std::uint64_t>> journal_numbers_;  ///< oldest first
};

}  // namespace holdfast::store
