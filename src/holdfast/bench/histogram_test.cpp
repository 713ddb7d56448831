#include "holdfast/bench/histogram.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "holdfast/bench/schedule.hpp"

namespace {

using namespace holdfast::bench;

TEST(Histogram, IsEmptyAtFirstAndAfterClear) {
    Histogram histogram;
    EXPECT_EQ(histogram.percentile(99), 0);
    histogram.record(5000);
    histogram.clear();
    EXPECT_EQ(histogram.count(), 0);
    EXPECT_EQ(histogram.max(), 0);
    EXPECT_EQ(histogram.percentile(50), 0);
}

TEST(Histogram, SmallValuesAreExact) {
    Histogram histogram;
    for (std::uint64_t value = 1; value <= 100; ++value)
        histogram.record(value);
    EXPECT_EQ(histogram.percentile(50), 50);
    EXPECT_EQ(histogram.percentile(99), 99);
    EXPECT_EQ(histogram.percentile(99.9), 100);
    EXPECT_EQ(histogram.percentile(0), 1);
}

TEST(Histogram, OneOutlierIsTheLastPerMilleAndTheMaximumOnly) {
    Histogram histogram;
    for (int i = 0; i < 998; ++i)
        histogram.record(1000);
    histogram.record(7'000'000);
    EXPECT_LT(histogram.percentile(99), 1010);
    EXPECT_EQ(histogram.percentile(100), 7'000'000);
    EXPECT_EQ(histogram.max(), 7'000'000);
}

TEST(Histogram, ValuesBeyondItsRangeCountAsTheLargest) {
    Histogram histogram;
    histogram.record(~std::uint64_t{0});
    EXPECT_EQ(histogram.count(), 1);
    EXPECT_EQ(histogram.max(), ~std::uint64_t{0});
    EXPECT_GE(histogram.percentile(50), std::uint64_t{1} << 41);
}

RC_GTEST_PROP(Histogram, PercentilesAreNeverBelowTheTruthAndAtMostOneIn256Above, ()) {
    auto values = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint64_t>>(
        rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 40)));
    const auto percent = *rc::gen::inRange(0, 101);
    Histogram histogram;
    for (const std::uint64_t value : values)
        histogram.record(value);
    std::sort(values.begin(), values.end());
    const auto rank =
        std::max<std::size_t>(1, (values.size() * static_cast<std::size_t>(percent) + 99) / 100);
    const std::uint64_t truth = values[rank - 1];
    const std::uint64_t read = histogram.percentile(percent);
    RC_ASSERT(read >= truth);
    RC_ASSERT(read - truth <= truth / 256);
    RC_ASSERT(read <= histogram.max());
}

TEST(Schedule, EveryOperationIsDueAtItsTimeAndNotBefore) {
    const Schedule schedule(1'000, 1'000'000);  // one each 1000 ns
    EXPECT_EQ(schedule.due(999), 0);
    EXPECT_EQ(schedule.due(1'000), 1);
    EXPECT_EQ(schedule.due(1'999), 1);
    EXPECT_EQ(schedule.due(2'000), 2);
    EXPECT_EQ(schedule.intended_ns(7), 8'000);
}

RC_GTEST_PROP(Schedule, DueCountsExactlyTheOperationsWhoseTimeHasCome, ()) {
    const auto start = *rc::gen::inRange<std::uint64_t>(0, 1'000'000'000'000);
    const auto rate = static_cast<double>(*rc::gen::inRange(1, 1'000'000)) / 7;
    const auto later = *rc::gen::inRange<std::uint64_t>(0, 60'000'000'000);
    const Schedule schedule(start, rate);
    const std::uint64_t due = schedule.due(start + later);
    RC_ASSERT(due >= 1);
    RC_ASSERT(schedule.intended_ns(due - 1) <= start + later);
    RC_ASSERT(schedule.intended_ns(due) > start + later);
}

}  // namespace
