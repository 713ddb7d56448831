// Changes to rows. Inside of the layer only.
#pragma once

#include <cstddef>
#include <span>
#include <unordered_map>
#include <vector>

#include "holdfast/seats/records.hpp"
#include "holdfast/store/sqlite_connection.hpp"

namespace holdfast::store::sqlite {

/// Carries out changes within the transaction that its caller holds open. Keeps its statements prepared.
class Writer {
  public:
    Writer(Connection& connection, std::size_t journal_entries_per_team);

    /// Must succeed once before the first write.
    [[nodiscard]] Done prepare();
    /// Carries the changes out in an order that leaves what their own order would leave: of each team, and of
    /// the game, only the last record is written.
    [[nodiscard]] Done write(std::span<const seats::Changes* const> batch);
    /// Every transaction leaves its number behind, so that the file tells which one it holds.
    [[nodiscard]] Done write_commit_number(std::uint64_t number);
    /// The transaction is gone; the journal's next entries look again for what is to be forgotten.
    void rolled_back() {
        journal_appends_.clear();
        forget_pending();
    }

  private:
    /// A team's row that is to be written when the batch has been looked through.
    struct PendingTeam {
        const seats::TeamRecord* team = nullptr;
        std::uint64_t expected_version = 0;  ///< of the batch's first change to the team
    };
    [[nodiscard]] Done put(const seats::PutTeam& change);
    [[nodiscard]] Done put(const seats::PutGame& change);
    [[nodiscard]] Done put(const seats::PutFinishedRound& change);
    [[nodiscard]] Done put(const seats::PutAnswer& change);
    [[nodiscard]] Done put(const seats::PutOperation& change);
    [[nodiscard]] Done put(const seats::ForgetOperations& change);
    [[nodiscard]] Done put(const seats::AppendJournal& change);
    [[nodiscard]] Done put(const seats::ClearRounds& change);
    [[nodiscard]] Done put(const seats::PutBan& change);
    [[nodiscard]] Done put(const seats::DropBan& change);
    [[nodiscard]] Done put(const seats::PutReservation& change);
    [[nodiscard]] Done put(const seats::DropReservation& change);
    [[nodiscard]] Done write_pending();
    [[nodiscard]] Done write_team(const PendingTeam& pending);
    [[nodiscard]] Done write_game(const seats::GameRecord& game);
    void forget_pending();

    Connection& connection_;
    std::size_t journal_entries_per_team_;
    /// Entries since the journal of a team was last trimmed, for the teams written to by this connection.
    std::unordered_map<seats::TeamId, std::uint32_t> journal_appends_;
    std::uint64_t commit_number_at_start_ = 0;
    std::vector<PendingTeam> pending_teams_;
    std::unordered_map<seats::TeamId, std::size_t> pending_places_;
    const seats::GameRecord* pending_game_ = nullptr;
    Statement insert_team_;
    Statement update_team_;
    Statement put_game_;
    Statement put_round_;
    Statement put_answer_;
    Statement put_operation_;
    Statement forget_operations_;
    Statement append_journal_;
    Statement trim_journal_;
    Statement put_commit_number_;
    Statement put_ban_;
    Statement drop_ban_;
    Statement put_reservation_;
    Statement drop_reservation_;
};

}  // namespace holdfast::store::sqlite
