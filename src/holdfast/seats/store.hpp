// The seam to the disk. `seats` declares it, `store` implements it; one contract suite runs against every
// implementation.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "holdfast/base/result.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::seats {

/// The closed list of what can go wrong. `unavailable` and `disk_full` may pass; after `conflict` the team is
/// to be loaded and decided again; `corrupt` and `incompatible` need a person.
enum class StoreError : std::uint8_t { unavailable, disk_full, read_only, conflict, corrupt, incompatible };
[[nodiscard]] std::string_view to_string(StoreError error);

/// A part of the journals of all teams.
struct JournalPiece {
    std::vector<JournalRecord> entries;  ///< in the order in which they were written
    std::uint64_t last = 0;    ///< the number of the last one; without entries: where it was asked from
    std::uint64_t newest = 0;  ///< the number of the newest entry there is; 0: none
};

/// Keeps the records. Used from one thread at a time; every call may block on the disk.
class Store {
  public:
    virtual ~Store() = default;

    /// Everything there is. A store without data gives an empty snapshot.
    [[nodiscard]] virtual Result<Snapshot, StoreError> load() = 0;

    /// Writes all changes of all decisions, in order, as one transaction, and returns when they would survive
    /// a power cut. On failure nothing of the batch is there: the transaction has been rolled back, whatever
    /// the cause. A PutTeam whose expected_version is not the stored one fails the batch with `conflict`.
    [[nodiscard]] virtual Result<void, StoreError> commit(std::span<const Changes* const> batch) = 0;

    /// Whether the store can be written now, by the cheapest honest test. After a failed commit this also
    /// tries to mend what can be mended (reopening the file); commits fail until it succeeds once.
    [[nodiscard]] virtual Result<void, StoreError> probe() = 0;

    /// The journal of a team, oldest first; slot 0 means all seats. At most `most` entries, the newest ones.
    [[nodiscard]] virtual Result<std::vector<JournalRecord>, StoreError> read_journal(TeamId team, Slot slot,
                                                                                      std::size_t most) = 0;

    /// The journals of all teams: entries with numbers above `after`, at most `most` of them. Numbers grow in
    /// the order of writing, and have gaps where entries have been forgotten.
    [[nodiscard]] virtual Result<JournalPiece, StoreError> read_journals(std::uint64_t after,
                                                                         std::size_t most) = 0;

    /// Changes other nodes committed since `cursor` (moved on by the call): the teams to look at again. A
    /// store with a single writer has none.
    [[nodiscard]] virtual Result<std::vector<TeamId>, StoreError> changed_since(std::uint64_t& cursor) = 0;
};

}  // namespace holdfast::seats
