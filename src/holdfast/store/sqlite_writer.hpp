// Changes to rows. Inside of the layer only.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "holdfast/seats/records.hpp"
#include "holdfast/store/sqlite_connection.hpp"

namespace holdfast::store::sqlite {

/// Carries out changes within the transaction that its caller holds open. Keeps its statements prepared.
class Writer {
  public:
    Writer(Connection& connection, std::size_t journal_entries_per_team);

    /// Must succeed once before the first write.
    [[nodiscard]] Done prepare();
    [[nodiscard]] Done write(const seats::Change& change);
    /// Every transaction leaves its number behind, so that the file tells which one it holds.
    [[nodiscard]] Done write_commit_number(std::uint64_t number);
    /// The transaction is gone; the journal's next entries look again for what is to be forgotten.
    void rolled_back() { journal_appends_.clear(); }

  private:
    [[nodiscard]] Done put(const seats::PutTeam& change);
    [[nodiscard]] Done put(const seats::PutGame& change);
    [[nodiscard]] Done put(const seats::PutFinishedRound& change);
    [[nodiscard]] Done put(const seats::PutAnswer& change);
    [[nodiscard]] Done put(const seats::PutOperation& change);
    [[nodiscard]] Done put(const seats::ForgetOperations& change);
    [[nodiscard]] Done put(const seats::AppendJournal& change);
    [[nodiscard]] Done put(const seats::ClearRounds& change);
    [[nodiscard]] Done put_team_row(const seats::PutTeam& change);
    [[nodiscard]] Done put_seats(const seats::TeamRecord& team);

    Connection& connection_;
    std::size_t journal_entries_per_team_;
    /// Entries since the journal of a team was last trimmed, for the teams written to by this connection.
    std::unordered_map<seats::TeamId, std::uint32_t> journal_appends_;
    Statement insert_team_;
    Statement update_team_;
    Statement put_seat_;
    Statement drop_seats_;
    Statement put_game_;
    Statement put_round_;
    Statement put_answer_;
    Statement put_operation_;
    Statement forget_operations_;
    Statement append_journal_;
    Statement trim_journal_;
    Statement put_commit_number_;
};

}  // namespace holdfast::store::sqlite
