// The paired game: in each round each seat gets one item of A, B, X, Y and answers true or false without
// seeing the partner's item. Made for two seats (the CHSH form of Bell's test); teams of another size play it
// without the statistics of pairs.
#pragma once

#include "holdfast/seats/game.hpp"

namespace holdfast::games {

class PairedGame final : public seats::Game {
  public:
    /// Two seats: one of the pairs that the mode allows (classic: all sixteen; new: A or B for slot 1 with X
    /// or Y for slot 2), drawn uniformly from those that have come up less than twice more often than the
    /// rarest. So all come up equally often, give or take two. A bag that is emptied and filled again would
    /// be fairer still, but whoever counts along knows its last pairs, and with them the partner's item.
    ///
    /// Another number of seats: every seat an item of its own, uniformly: classic any; new A or B for odd
    /// slots, X or Y for even ones.
    [[nodiscard]] std::string deal(seats::GameMode mode, std::size_t seat_count, std::string_view progress,
                                   Random& random) const override;

    /// See paired_progress.hpp for the form. A progress that cannot be read counts as none.
    [[nodiscard]] std::string record(std::string_view progress,
                                     const seats::RoundRecord& finished) const override;
};

}  // namespace holdfast::games
