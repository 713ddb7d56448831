// What hosts see of who claims which seat: one picture of all, sent when it has changed, a few times a second
// at most. Lives on the seats thread.
#pragma once

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/claims.hpp"
#include "holdfast/server/board.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/outbox.hpp"

namespace holdfast::server {

class ClaimsBoard {
  public:
    /// References must outlive it.
    ClaimsBoard(const Board& board, Metrics& metrics, const Clock& clock)
        : board_(board), metrics_(metrics), clock_(clock) {}

    /// As of the last commit.
    void put(const seats::Claims& claims);
    /// For a host who has just come.
    [[nodiscard]] Picture picture() const;
    /// Sends it to all hosts when that is due.
    void on_interval(Outbox& outbox, Instant now);

  private:
    const Board& board_;
    Metrics& metrics_;
    const Clock& clock_;
    seats::Claims claims_;
    bool changed_ = false;
    Instant sent_;
};

}  // namespace holdfast::server
