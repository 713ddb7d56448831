// What SQLite leaves to its user: taking a failed transaction's pages out of the write-ahead log. Inside of
// the layer only.
#pragma once

#include "holdfast/store/sqlite_connection.hpp"

namespace holdfast::store::sqlite {

/// Cuts the write-ahead log behind the last transaction that SQLite reported as committed, and syncs it.
///
/// When the sync of a commit fails, SQLite reports the failure and forgets the transaction, but its pages are
/// in the log already, checksums and all. Whoever reads the log next without the shared index (the next start
/// of the process) would take them for a committed transaction. Holds the write lock meanwhile. On failure
/// nothing is known, and the call has to be repeated.
/// See docs/decisions/0004-failed-commit-in-wal.md and https://www.sqlite.org/walformat.html.
[[nodiscard]] Done drop_unacknowledged_pages(Connection& connection);

}  // namespace holdfast::store::sqlite
