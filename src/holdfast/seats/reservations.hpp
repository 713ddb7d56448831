// Seats that the host keeps for somebody by name. Each has a one-time code, which is derived from the
// server's secret like a token and so is on no disk. Pure; one thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/seats/records.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {

struct Reservation {
    ReservationRecord record;
    std::string code;         ///< as it is shown and found
    std::string code_before;  ///< from the secret before the current one; empty: none
};

class Reservations {
  public:
    [[nodiscard]] bool empty() const { return by_seat_.empty(); }
    [[nodiscard]] std::size_t size() const { return by_seat_.size(); }
    /// Null when there is none.
    [[nodiscard]] const Reservation* find(TeamId team, Slot slot) const;
    /// Whether the seat still waits for the one it is kept for.
    [[nodiscard]] bool waits(TeamId team, Slot slot) const {
        if (by_seat_.empty()) return false;  // almost always, and everybody who joins asks
        const auto* found = find(team, slot);
        return found != nullptr && !found->record.used;
    }
    [[nodiscard]] bool any_waits(TeamId team) const;
    /// The one that waits and has this code; null when there is none. `code` as MoveCodes::normalise gives
    /// it.
    [[nodiscard]] const Reservation* with_code(std::string_view code) const;
    /// By team and slot.
    [[nodiscard]] std::vector<Reservation> list() const;

    void put(ReservationRecord record, const Tokens& tokens);
    void remove(TeamId team, Slot slot) { by_seat_.erase({team, slot}); }
    /// The codes by other secrets.
    void derive_codes(const Tokens& tokens);

  private:
    std::map<std::pair<TeamId, Slot>, Reservation> by_seat_;
};

}  // namespace holdfast::seats
