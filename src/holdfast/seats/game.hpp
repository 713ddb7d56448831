// The game seam: what a round is. `seats` deals, collects and keeps rounds without knowing what they mean;
// the bundled games (folder games/) implement this. Pure: the same arguments and the same random numbers give
// the same result.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/random.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::seats {

class Game {
  public:
    virtual ~Game() = default;
    /// Draws one item for each seat, slot 1 first. `progress` is what record() made of the rounds so far (""
    /// at first).
    [[nodiscard]] virtual std::string deal(GameMode mode, std::size_t seat_count, std::string_view progress,
                                           Random& random) const = 0;
    /// The progress with a finished round (all answers there) added to it.
    [[nodiscard]] virtual std::string record(std::string_view progress,
                                             const RoundRecord& finished) const = 0;
};

}  // namespace holdfast::seats
