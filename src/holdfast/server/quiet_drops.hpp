// Presence that does not flicker: who loses the connection for a moment is back before the others are told.
// Remembers whose absence nobody has been told of yet. Pure; one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::server {

class QuietDrops {
  public:
    struct Drop {
        seats::TeamId team = 0;
        seats::Slot slot = 0;
        friend bool operator==(const Drop&, const Drop&) = default;
    };

    /// A drop is kept quiet for so long; 0: not at all.
    explicit QuietDrops(Milliseconds quiet_time) : quiet_time_(quiet_time) {}

    /// A seat fell away. True: do not tell yet.
    [[nodiscard]] bool keep_quiet(Drop drop, Instant now);
    /// The seat is no longer away, or its absence is told for another reason. True: nobody had been told.
    bool end(Drop drop);
    /// The slots of the team of whose absence nobody has been told; they count as told from now on.
    [[nodiscard]] std::vector<seats::Slot> take(seats::TeamId team);
    /// Those whose time is over; they count as told from now on.
    [[nodiscard]] std::vector<Drop> take_due(Instant now);
    [[nodiscard]] bool has(Drop drop) const;

  private:
    struct Waiting {
        Drop drop;
        Instant due;
        std::uint64_t number = 0;
    };
    struct Quiet {
        seats::Slot slot = 0;
        std::uint64_t number = 0;  ///< which of the waiting ones; others of the same seat are over
    };

    Milliseconds quiet_time_;
    std::uint64_t last_number_ = 0;
    std::unordered_map<seats::TeamId, std::vector<Quiet>> quiet_;
    std::deque<Waiting> waiting_;  ///< in the order in which they are due
};

}  // namespace holdfast::server
