#include "holdfast/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace holdfast::bench {

namespace {

// Values below 2^sub_bits have a bucket each; every power of two above has 2^(sub_bits - 1) buckets.
constexpr unsigned sub_bits = 9;
constexpr std::uint64_t linear = std::uint64_t{1} << sub_bits;
constexpr std::uint64_t half = linear / 2;
constexpr unsigned most_bits = 42;
constexpr std::uint64_t most = (std::uint64_t{1} << most_bits) - 1;
constexpr std::size_t buckets = linear + (most_bits - sub_bits) * half;

}  // namespace

Histogram::Histogram() : counts_(buckets) {}

std::size_t Histogram::index_of(std::uint64_t value) {
    if (value < linear) return value;
    const auto shift = static_cast<unsigned>(std::bit_width(value)) - sub_bits;
    return linear + (shift - 1) * half + ((value >> shift) - half);
}

std::uint64_t Histogram::highest_of(std::size_t index) {
    if (index < linear) return index;
    const std::size_t shift = (index - linear) / half + 1;
    const std::uint64_t top = (index - linear) % half + half;
    return ((top + 1) << shift) - 1;
}

void Histogram::record(std::uint64_t value) {
    ++counts_[index_of(std::min(value, most))];
    ++count_;
    max_ = std::max(max_, value);
}

std::uint64_t Histogram::percentile(double percent) const {
    if (count_ == 0) return 0;
    const double wanted = std::ceil(static_cast<double>(count_) * std::clamp(percent, 0.0, 100.0) / 100.0);
    const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
    std::uint64_t seen = 0;
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        seen += counts_[index];
        if (seen >= rank) return std::min(highest_of(index), max_);
    }
    return max_;
}

void Histogram::clear() {
    std::fill(counts_.begin(), counts_.end(), 0);
    count_ = 0;
    max_ = 0;
}

}  // namespace holdfast::bench
