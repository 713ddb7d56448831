// Rows to records. Inside of the layer only.
#pragma once

#include <cstddef>
#include <vector>

#include "holdfast/seats/store.hpp"
#include "holdfast/store/sqlite_connection.hpp"

namespace holdfast::store::sqlite {

/// Everything there is, in one pass over each table: teams by id, operations in the order they were put.
/// A value that no record can have is `corrupt`.
[[nodiscard]] Result<seats::Snapshot, StoreError> read_snapshot(Connection& connection);

/// A team's newest journal entries, at most `most`, oldest first; slot 0 means all seats.
[[nodiscard]] Result<std::vector<seats::JournalRecord>, StoreError> read_journal(Connection& connection,
                                                                                 seats::TeamId team,
                                                                                 seats::Slot slot,
                                                                                 std::size_t most);
/// See seats::Store::read_journals().
[[nodiscard]] Result<seats::JournalPiece, StoreError> read_journals(Connection& connection,
                                                                    std::uint64_t after, std::size_t most);

}  // namespace holdfast::store::sqlite
