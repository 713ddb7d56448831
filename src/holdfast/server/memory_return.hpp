// When to give memory back to the system: after many connections have gone. The allocator keeps what they
// used, which is right while the next ones come, and wrong when a flood is over. Pure; one thread.
#pragma once

#include <cstddef>

#include "holdfast/base/clock.hpp"

namespace holdfast::server {

class MemoryReturn {
  public:
    /// So many connections fewer than there were make it worth while; it is looked at this often.
    static constexpr std::size_t connections_gone = 256;
    static constexpr Milliseconds interval{2'000};

    /// Called now and then with the number of open connections. True: give back now.
    [[nodiscard]] bool is_due(std::size_t open_connections, Instant now) {
        if (open_connections > most_) most_ = open_connections;
        if (now - looked_ < interval) return false;
        looked_ = now;
        // Going back takes a moment, in which nothing can be allocated: so at the end, not for each that
        // goes.
        const bool still_falling = open_connections < last_;
        last_ = open_connections;
        if (still_falling || most_ - open_connections < connections_gone) return false;
        most_ = open_connections;
        return true;
    }

  private:
    Instant looked_{};
    std::size_t most_ = 0;  ///< since memory was given back last
    std::size_t last_ = 0;
};

}  // namespace holdfast::server
