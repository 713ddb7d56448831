// A histogram of durations with a bounded relative error, in the manner of Gil Tene's HdrHistogram. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace holdfast::bench {

/// Counts values from 0 to 2^42 (an hour and more, in nanoseconds); larger ones count as the largest. A value
/// read back is at most 1/256 above the recorded one and never below it. One thread.
class Histogram {
  public:
    Histogram();
    void record(std::uint64_t value);
    /// The smallest value that at least `percent` (0 to 100) of the recorded ones do not exceed; 0 when
    /// empty.
    [[nodiscard]] std::uint64_t percentile(double percent) const;
    /// The largest recorded value, exact.
    [[nodiscard]] std::uint64_t max() const { return max_; }
    [[nodiscard]] std::uint64_t count() const { return count_; }
    void clear();

  private:
    [[nodiscard]] static std::size_t index_of(std::uint64_t value);
    [[nodiscard]] static std::uint64_t highest_of(std::size_t index);

    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t max_ = 0;
};

}  // namespace holdfast::bench
