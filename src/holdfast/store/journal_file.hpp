// Looking at the journal in a file that a server may be writing at the same moment, or that one has left
// behind in whatever way. Never writes, never waits for the writer's lock, never carries the log over. Not
// for the process that has the file open: that one asks its store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/seats/store.hpp"
#include "holdfast/store/sqlite_store.hpp"

namespace holdfast::store {

struct JournalTeam {
    seats::TeamId id = 0;
    std::string name;
    std::string name_key;
    bool active = true;
};
struct JournalSeat {
    seats::Slot slot = 0;
    seats::SeatState state = seats::SeatState::vacant;
    UnixTime since;
};

/// The file as of one moment.
class JournalFile {
  public:
    virtual ~JournalFile() = default;
    /// Every team, in no order.
    [[nodiscard]] virtual Result<void, seats::StoreError> for_each_team(
        const std::function<void(const JournalTeam&)>& take) = 0;
    /// The seats of a team, slot 1 first.
    [[nodiscard]] virtual Result<std::vector<JournalSeat>, seats::StoreError> seats_of(
        seats::TeamId team) = 0;
    /// As of seats::Store.
    [[nodiscard]] virtual Result<std::vector<seats::JournalRecord>, seats::StoreError> read_journal(
        seats::TeamId team, seats::Slot slot, std::size_t most) = 0;
    [[nodiscard]] virtual Result<seats::JournalPiece, seats::StoreError> read_journals(std::uint64_t after,
                                                                                       std::size_t most) = 0;
};

/// Opens the file at `path`, lets `read` look at it, and closes it. If no server runs and one begins to write
/// meanwhile, `read` is called again: it has to begin anew. Any thread. Errors: `unavailable` (there is no
/// such file, it may not be read, or a server kept starting and stopping), `corrupt`, `incompatible`; and
/// what `read` returned.
[[nodiscard]] Result<void, OpenError> read_journal_file(
    const std::string& path, const std::function<Result<void, seats::StoreError>(JournalFile&)>& read);

}  // namespace holdfast::store
