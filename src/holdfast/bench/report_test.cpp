#include "holdfast/bench/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "holdfast/bench/process.hpp"

namespace {

using namespace holdfast::bench;
using testing::HasSubstr;
using testing::Not;

TEST(BenchReport, JsonHasEveryFieldAlsoWhenNothingIsKnown) {
    const auto json = to_json(Report{});
    for (const char* name :
         {"scenario", "protocol", "connections", "in_flight", "seconds", "operations",
          "operations_per_second", "bytes_received", "errors", "error_total", "load_cpu_seconds"})
        EXPECT_TRUE(json.contains(name) && !json.at(name).is_null()) << name;
    for (const char* name : {"server_cpu_seconds", "operations_per_cpu_second", "cpu_us_per_operation",
                             "latency_us", "resident_bytes_per_connection"})
        EXPECT_TRUE(json.at(name).is_null()) << name;
}

TEST(BenchReport, DividesByTheServersTime) {
    Report report;
    report.seconds = 2;
    report.operations = 300;
    report.server_cpu_seconds = 0.5;
    report.latency_ns.record(1'500);
    report.extras.push_back({"kept", 7});
    const auto json = to_json(report);
    EXPECT_EQ(json.at("operations_per_second").as_double(), 150);
    EXPECT_EQ(json.at("operations_per_cpu_second").as_double(), 600);
    EXPECT_NEAR(json.at("cpu_us_per_operation").as_double(), 1666.6667, 0.0001);
    EXPECT_EQ(json.at("latency_us").at("p99_9").as_double(), 1.5);
    EXPECT_EQ(json.at("kept").as_int64(), 7);
    EXPECT_TRUE(report.good());
}

TEST(BenchReport, HeldConnectionsHaveNoRate) {
    Report report;
    report.scenario = Scenario::idle;
    report.seconds = 2;
    report.operations = 300;
    report.server_cpu_seconds = 0.5;
    const auto json = to_json(report);
    EXPECT_TRUE(json.at("operations_per_second").is_null());
    EXPECT_TRUE(json.at("operations_per_cpu_second").is_null());
    EXPECT_EQ(json.at("server_cpu_seconds").as_double(), 0.5);
    EXPECT_THAT(to_table(report), Not(HasSubstr("per second")));
}

TEST(BenchReport, ErrorsAreInTheTableAndInTheJsonAndSpoilTheRun) {
    Report report;
    report.operations = 1;
    report.errors.add("wrong_answer", "the first");
    report.errors.add("wrong_answer", "the second", 2);
    report.errors.add("answer_missing", "", 0);
    EXPECT_FALSE(report.good());
    const auto json = to_json(report);
    EXPECT_EQ(json.at("errors").at("wrong_answer").to_number<int>(), 3);
    EXPECT_FALSE(json.at("errors").as_object().contains("answer_missing"));
    EXPECT_EQ(json.at("error_total").to_number<int>(), 3);
    EXPECT_THAT(to_table(report), HasSubstr("ERROR wrong answer"));
    EXPECT_THAT(to_table(report), HasSubstr("the first: the first"));
}

TEST(BenchReport, ARunThatMeasuredNothingIsNotGood) {
    EXPECT_FALSE(Report{}.good());
    EXPECT_THAT(to_table(Report{}), HasSubstr("Nothing was measured"));
}

TEST(BenchReport, TheTableGroupsDigits) {
    Report report;
    report.operations = 1'234'567;
    report.operation_name = "acked events";
    EXPECT_THAT(to_table(report), HasSubstr("1,234,567"));
    EXPECT_THAT(to_table(report), HasSubstr("acked events"));
    EXPECT_THAT(to_table(report), Not(HasSubstr("ERROR")));
}

TEST(Process, ReadsTicksBehindAnyName) {
    const std::string numbers = " S 1 2 3 4 5 6 7 8 9 10 120 34 0 0 20 0 1 0\n";
    EXPECT_EQ(cpu_ticks_of_stat("77 (echo)" + numbers), 154);
    EXPECT_EQ(cpu_ticks_of_stat("77 (a) R 5 (b)" + numbers), 154);
    EXPECT_EQ(cpu_ticks_of_stat("77 (echo) S 1 2"), std::nullopt);
    EXPECT_EQ(cpu_ticks_of_stat(""), std::nullopt);
}

TEST(Process, ReadsTheFieldsOfSmapsAndNotTheirNamesakes) {
    const std::string text =
        "55e0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:   2048 kB\nPss:   1024 kB\nPss_Anon: 7 kB\n";
    EXPECT_EQ(smaps_bytes(text, "Rss"), 2048 * 1024);
    EXPECT_EQ(smaps_bytes(text, "Pss"), 1024 * 1024);
    EXPECT_EQ(smaps_bytes(text, "Swap"), std::nullopt);
    EXPECT_EQ(smaps_bytes("\nRss: much kB", "Rss"), std::nullopt);
}

TEST(Process, ItsOwnTimeGrowsWithWorkAndItsMemoryIsThere) {
    const auto before = cpu_nanoseconds(getpid());
    ASSERT_TRUE(before);
    volatile std::uint64_t sum = 0;
    // As much work as it takes: the clock may be a coarse one.
    while (cpu_nanoseconds(getpid()) <= before)
        for (int i = 0; i < 100'000; ++i)
            sum = sum + 1;
    const auto memory = memory_of(getpid());
    ASSERT_TRUE(memory);
    EXPECT_GT(memory->resident_bytes, 100'000);
    EXPECT_LE(memory->proportional_bytes, memory->resident_bytes);
}

TEST(Process, AProcessThatIsNotThereHasNoFigures) {
    constexpr pid_t nobody = 4'194'305;  // above the largest number Linux gives
    EXPECT_EQ(cpu_nanoseconds(nobody), std::nullopt);
    EXPECT_EQ(memory_of(nobody).has_value(), false);
    EXPECT_EQ(cpu_nanoseconds({getpid(), nobody}), std::nullopt);
}

}  // namespace
