// The life of a team's seats in words: what `holdfast why` and the dashboard show. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "holdfast/journal/absences.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::journal {

/// A duration as people say it, in its two largest units: "4 s", "2 min 10 s", "1 h 5 min", "3 d 2 h".
[[nodiscard]] std::string in_words(Milliseconds duration);

/// One entry, told.
struct Line {
    seats::JournalRecord entry;
    /// "Came back with the token, after 2 min 10 s away."
    std::string sentence;
    /// How long the player had been away, of an entry that ended an absence.
    std::optional<Milliseconds> away;
};

/// Tells entries, in the order in which they were written. Keeps what it needs for the next one.
class Teller {
  public:
    [[nodiscard]] Line tell(const seats::JournalRecord& entry);

  private:
    Absences absences_;
};

/// A seat as it stands now.
struct SeatNow {
    seats::Slot slot = 0;
    seats::SeatState state = seats::SeatState::vacant;
    UnixTime since;
};

/// A team, with the lives of those of its seats that were asked about.
struct TeamStory {
    struct Seat {
        SeatNow now;
        std::string summary;  ///< a sentence or two: how it stands, and if it was lost, why
        std::vector<Line> lines;
    };
    seats::TeamId id = 0;
    std::string name;
    bool active = true;
    std::vector<Seat> seats;
    /// Entries of before may have been forgotten: a journal keeps a limited number.
    bool beginning_is_lost = false;
};

/// `entries`: the team's newest ones, oldest first. `slot` 0: all seats. `most_entries`: as many as a journal
/// keeps at least. `now`: for how long somebody has been away.
[[nodiscard]] TeamStory tell_story(seats::TeamId id, std::string name, bool active,
                                   std::span<const SeatNow> seats, seats::Slot slot,
                                   std::span<const seats::JournalRecord> entries, std::size_t most_entries,
                                   UnixTime now);

}  // namespace holdfast::journal
