// When an open loop sends: at fixed times that do not wait for answers. Pure.
#pragma once

#include <cstdint>

namespace holdfast::bench {

/// `rate` operations a second from `start` on (nanoseconds on the caller's clock). Operation 0 is due at
/// `start`. Because each has its intended time, a server that stalls is charged for all that became due
/// meanwhile.
class Schedule {
  public:
    Schedule(std::uint64_t start_ns, double rate_per_second) : start_ns_(start_ns), rate_(rate_per_second) {}
    /// When operation number `operation` is meant to go out.
    [[nodiscard]] std::uint64_t intended_ns(std::uint64_t operation) const {
        return start_ns_ + static_cast<std::uint64_t>(static_cast<double>(operation) * 1e9 / rate_);
    }
    /// How many operations are due at `now_ns`, those already sent included.
    [[nodiscard]] std::uint64_t due(std::uint64_t now_ns) const {
        if (now_ns < start_ns_) return 0;
        auto guess = static_cast<std::uint64_t>(static_cast<double>(now_ns - start_ns_) * rate_ / 1e9);
        // Rounding may be off by one; intended_ns decides.
        while (guess > 0 && intended_ns(guess) > now_ns)
            --guess;
        while (intended_ns(guess + 1) <= now_ns)
            ++guess;
        return guess + 1;
    }

  private:
    std::uint64_t start_ns_;
    double rate_;
};

}  // namespace holdfast::bench
