// Who is away and who came back, followed through journals in the order in which they were written. Pure.
// When the host moves somebody who is away, the absence goes on in the other seat.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "holdfast/seats/journal_words.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::journal {

/// A seat's time without its player.
struct Absence {
    UnixTime from;       ///< when the player was lost
    UnixTime here_from;  ///< from when on in this seat: later if the host moved the player on
    std::string reason;  ///< of journal_reasons: why it began
};

class Absences {
  public:
    struct Step {
        /// What the entry's word means; `none` for words that this version does not know.
        seats::JournalEffect effect = seats::JournalEffect::none;
        bool begins_absence = false;
        /// The absence that this entry ended, by a return or by the loss of the seat.
        std::optional<Absence> ended;
    };
    [[nodiscard]] Step follow(const seats::JournalRecord& entry);

    /// Seats that are away after the last entry.
    [[nodiscard]] std::size_t count() const { return away_.size(); }

  private:
    std::map<std::pair<seats::TeamId, seats::Slot>, Absence> away_;
    /// Ended by the last entry in one seat, to go on in another with the next one.
    std::optional<Absence> on_the_move_;
};

/// From one moment of the wall clock to another; nothing if the clock was set back in between.
[[nodiscard]] std::optional<Milliseconds> time_between(UnixTime from, UnixTime to);

}  // namespace holdfast::journal
