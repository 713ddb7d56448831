// Worked examples; the numbers are computed by hand in the comments.
#include "holdfast/games/paired_statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "holdfast/games/paired_game.hpp"

namespace holdfast::games {
namespace {

using seats::GameMode;

/// A history in the making: rounds(pair, how many, first answer, second answer).
class History {
  public:
    explicit History(GameMode mode) : mode_(mode) {}
    History& rounds(const std::string& items, int count, bool first, bool second) {
        for (int number = 0; number < count; ++number) {
            seats::RoundRecord round;
            round.mode = mode_;
            round.items = items;
            round.answers = {first, second};
            progress = PairedGame().record(progress, round);
        }
        return *this;
    }
    [[nodiscard]] PairedReport report() const { return report_paired(progress, mode_, 2); }
    std::string progress;

  private:
    GameMode mode_;
};

void expect(const Statistic& statistic, double value, double uncertainty, double standard_error) {
    EXPECT_NEAR(statistic.value, value, 1e-6);
    ASSERT_TRUE(statistic.uncertainty);
    EXPECT_NEAR(*statistic.uncertainty, uncertainty, 1e-6);
    ASSERT_TRUE(statistic.standard_error);
    EXPECT_NEAR(*statistic.standard_error, standard_error, 1e-6);
}

void expect_nothing(const Statistic& statistic) {
    EXPECT_EQ(statistic.value, 0);
    EXPECT_FALSE(statistic.uncertainty);
    EXPECT_FALSE(statistic.standard_error);
}

History diagonal() {
    History history(GameMode::classic);
    // A,A: 4 rounds, 3 equal: E = 2/4. T = 5, F = 3.
    history.rounds("AA", 2, true, true).rounds("AA", 1, false, false).rounds("AA", 1, true, false);
    // B,B: 4 rounds, all equal: E = 1. T = 8, F = 0.
    history.rounds("BB", 4, true, true);
    // X,X: 1 round, different: E = -1. T = 1, F = 1.
    history.rounds("XX", 1, false, true);
    // Y,Y: 16 rounds, 8 equal: E = 0. T = 8, F = 24.
    history.rounds("YY", 8, false, false).rounds("YY", 8, true, false);
    return history;
}

TEST(ClassicStatistics, TraceAverage) {
    // |(0.5 + 1 - 1 + 0) / 4| = 0.125
    // sqrt(1/4 + 1/4 + 1/1 + 1/16) / 4 = 1.25 / 4 = 0.3125
    // sqrt(0.75/4 + 0/4 + 0/1 + 1/16) / 4 = 0.5 / 4 = 0.125
    expect(diagonal().report().classic_statistics.trace_average, 0.125, 0.3125, 0.125);
}

TEST(ClassicStatistics, TraceAverageIsAMagnitude) {
    History history(GameMode::classic);
    for (const char* items : {"AA", "BB", "XX", "YY"})
        history.rounds(items, 1, true, false);
    // |-4 / 4| = 1; sqrt(4) / 4 = 0.5; all the same, so the honest error is 0
    expect(history.report().classic_statistics.trace_average, 1.0, 0.5, 0.0);
}

TEST(ClassicStatistics, SameItemBalance) {
    // items: 1 - 2/8 = 0.75, 1 - 8/8 = 0, 1 - 0/2 = 1, 1 - 16/32 = 0.5; mean 2.25 / 4 = 0.5625
    // 2/sqrt(8), 2/sqrt(8), 2/sqrt(2), 2/sqrt(32): sqrt(0.5 + 0.5 + 2 + 0.125) / 4 = 0.4419417
    // sqrt((1-1/16)/8 + 0/8 + 1/2 + (1-1/4)/32) / 4 = sqrt(0.640625) / 4 = 0.2000976
    expect(diagonal().report().classic_statistics.same_item_balance, 0.5625, 0.4419417, 0.2000976);
}

TEST(ClassicStatistics, SameItemBalanceIsOverTheItemsThatCameUp) {
    History history(GameMode::classic);
    history.rounds("AA", 1, true, false).rounds("AX", 9, true, true);
    // A alone, half and half: 1; 2/sqrt(2); sqrt(1/2)
    expect(history.report().classic_statistics.same_item_balance, 1.0, 1.4142136, 0.7071068);
}

History crossed() {
    History history(GameMode::classic);
    history.rounds("AX", 4, true, true);                               // E = 1
    history.rounds("AY", 3, true, true).rounds("AY", 1, true, false);  // E = 0.5
    history.rounds("BX", 2, true, true).rounds("BX", 2, false, true);  // E = 0
    history.rounds("BY", 4, true, false);                              // E = -1
    history.rounds("XA", 1, false, false);                             // E = 1
    history.rounds("XB", 1, true, true);                               // E = 1
    history.rounds("YA", 1, true, false);                              // E = -1
    history.rounds("YB", 1, false, true);                              // E = -1
    return history;
}

TEST(ClassicStatistics, ChshValue) {
    // (1 + 0.5 + 0 - -1 + 1 + 1 + -1 - -1) / 2 = 4.5 / 2 = 2.25
    // sqrt(4 * 1/4 + 4 * 1/1) / 2 = sqrt(5) / 2 = 1.1180340
    // sqrt(0 + 0.75/4 + 1/4 + 0 + 0) / 2 = sqrt(0.4375) / 2 = 0.3307189
    expect(crossed().report().classic_statistics.chsh_value, 2.25, 1.1180340, 0.3307189);
}

TEST(ClassicStatistics, CrossTermCombinationPoolsBothOrders) {
    // AX 5 of 5 equal: 1; AY 3 of 5: 0.2; BX 3 of 5: 0.2; BY 0 of 5: -1. 1 + 0.2 + 0.2 - -1 = 2.4
    // sqrt(4 * 1/5) = 0.8944272
    // sqrt(0 + 0.96/5 + 0.96/5 + 0) = 0.6196773
    const auto report = crossed().report();
    expect(report.classic_statistics.cross_term_combination, 2.4, 0.8944272, 0.6196773);
    EXPECT_EQ(report.classic_bell.value, report.classic_statistics.cross_term_combination.value);
}

TEST(ClassicStatistics, MatrixIsBySlotOnesItemThenSlotTwos) {
    const auto matrix = crossed().report().classic_matrix;
    EXPECT_EQ(matrix[0][2], (MatrixField{4, 4}));   // A,X
    EXPECT_EQ(matrix[0][3], (MatrixField{2, 4}));   // A,Y
    EXPECT_EQ(matrix[1][2], (MatrixField{0, 4}));   // B,X
    EXPECT_EQ(matrix[1][3], (MatrixField{-4, 4}));  // B,Y
    EXPECT_EQ(matrix[3][0], (MatrixField{-1, 1}));  // Y,A
    EXPECT_EQ(matrix[0][0], (MatrixField{0, 0}));   // A,A
}

TEST(ClassicStatistics, HaveNoUncertaintyWhereACountIsZero) {
    const auto statistics = crossed().report().classic_statistics;
    expect_nothing(statistics.trace_average);
    expect_nothing(statistics.same_item_balance);
    History history(GameMode::classic);
    history.rounds("AX", 4, true, true);
    const auto one_pair = history.report().classic_statistics;
    EXPECT_EQ(one_pair.cross_term_combination.value, 1);
    EXPECT_FALSE(one_pair.cross_term_combination.uncertainty);
    EXPECT_EQ(one_pair.chsh_value.value, 0.5);
    EXPECT_FALSE(one_pair.chsh_value.uncertainty);
}

History played_new() {
    History history(GameMode::modern);
    // Successes: A,X 3 of 4; A,Y 2 of 2; B,X 1 of 4; B,Y (different answers) 4 of 6.
    history.rounds("AX", 3, true, true).rounds("AX", 1, true, false);
    history.rounds("AY", 2, false, false);
    history.rounds("BX", 1, true, true).rounds("BX", 3, false, true);
    history.rounds("BY", 4, true, false).rounds("BY", 2, false, false);
    return history;
}

TEST(NewStatistics, SuccessRateAndWhatFollowsFromIt) {
    const auto statistics = played_new().report().new_statistics;
    // p = 10/16 = 0.625, sqrt(0.625 * 0.375 / 16) = 0.1210307
    expect(statistics.trace_average, 0.625, 0.1210307, 0.1210307);
    // 2p - 1 = 0.25, 2 / sqrt(16) = 0.5
    expect(statistics.chsh_value, 0.25, 0.5, 0.2420615);
    // (0.75 + 1 + 0.25 + 2/3) / 4 = 2/3
    // sqrt(0.1875/4 + 0 + 0.1875/4 + (2/9)/6) / 4 = sqrt(0.1307870) / 4 = 0.0904112
    expect(statistics.cross_term_combination, 0.6666667, 0.0904112, 0.0904112);
}

TEST(NewStatistics, BalanceIsOverAllAnswersToAnItem) {
    // A: 4 T, 2 F: 4/6; B: 5 T, 5 F: 1; X: 7 T, 1 F: 2/8; Y: 0 T, 8 F: 0. Mean 1.9166667 / 4 = 0.4791667
    // 4/6 + 4/10 + 4/8 + 4/8 = 2.0666667; sqrt / 4 = 0.3593976
    // (1-1/9)/6 + 1/10 + (1-9/16)/8 + 0 = 0.3028356; sqrt / 4 = 0.1375761
    expect(played_new().report().new_statistics.same_item_balance, 0.4791667, 0.3593976, 0.1375761);
}

TEST(NewStatistics, MatrixHoldsSuccesses) {
    const auto matrix = played_new().report().new_matrix;
    EXPECT_EQ(matrix[0][2], (MatrixField{3, 4}));
    EXPECT_EQ(matrix[0][3], (MatrixField{2, 2}));
    EXPECT_EQ(matrix[1][2], (MatrixField{1, 4}));
    EXPECT_EQ(matrix[1][3], (MatrixField{4, 6}));
    EXPECT_EQ(matrix[2][0], (MatrixField{0, 0}));
}

TEST(NewStatistics, BellsCombinationOfAPerfectClassicalStrategyIsTwo) {
    History history(GameMode::modern);
    for (const char* items : {"AX", "AY", "BX", "BY"})
        history.rounds(items, 25, true, true);
    // 1 + 1 + 1 - 1 = 2; sqrt(4/25) = 0.4; no spread at all
    expect(history.report().new_bell, 2.0, 0.4, 0.0);
    // three of four pairs won
    EXPECT_NEAR(history.report().new_statistics.trace_average.value, 0.75, 1e-12);
}

TEST(NewStatistics, HaveNothingToSayWithoutRounds) {
    const auto report = report_paired("", GameMode::modern, 2);
    for (const auto& statistics : {report.new_statistics, report.classic_statistics}) {
        expect_nothing(statistics.trace_average);
        expect_nothing(statistics.chsh_value);
        expect_nothing(statistics.cross_term_combination);
        expect_nothing(statistics.same_item_balance);
    }
    expect_nothing(report.new_bell);
    EXPECT_EQ(report.history_hashes, (std::vector<std::string>{"00000000", "00000000"}));
    EXPECT_FALSE(report.min_stats_sig);
}

TEST(PairedReport, KeepsTheModesApart) {
    auto history = played_new();
    const auto report = report_paired(history.progress, GameMode::classic, 2);
    expect_nothing(report.classic_statistics.cross_term_combination);
    EXPECT_NEAR(report.new_statistics.trace_average.value, 0.625, 1e-12);
}

TEST(PairedReport, HashesAreEightDigitsAndTellHistoriesApart) {
    const auto one = played_new().report().history_hashes;
    const auto other = crossed().report().history_hashes;
    ASSERT_EQ(one.size(), 2U);
    for (const auto& hash : one) {
        EXPECT_EQ(hash.size(), 8U);
        EXPECT_EQ(hash.find_first_not_of("0123456789abcdef"), std::string::npos);
    }
    EXPECT_NE(one[0], one[1]);
    EXPECT_NE(one[0], other[0]);
    EXPECT_EQ(one, played_new().report().history_hashes);
}

TEST(PairedReport, EnoughIsEveryPairOfTheModeTwice) {
    History modern(GameMode::modern);
    modern.rounds("AX", 2, true, true).rounds("AY", 2, true, true).rounds("BX", 2, true, true);
    EXPECT_FALSE(modern.rounds("BY", 1, true, true).report().min_stats_sig);
    EXPECT_TRUE(modern.rounds("BY", 1, true, true).report().min_stats_sig);
    EXPECT_FALSE(report_paired(modern.progress, GameMode::classic, 2).min_stats_sig);

    History classic(GameMode::classic);
    for (const char first : paired_items) {
        for (const char second : paired_items) {
            EXPECT_FALSE(classic.report().min_stats_sig);
            classic.rounds({first, second}, 2, true, true);
        }
    }
    EXPECT_TRUE(classic.report().min_stats_sig);
}

TEST(PairedReport, OfATeamOfAnotherSizeHasItsHashesAndNoPairs) {
    const auto report = report_paired("", GameMode::modern, 5);
    EXPECT_EQ(report.history_hashes.size(), 5U);
    EXPECT_FALSE(report.min_stats_sig);
    expect_nothing(report.new_statistics.chsh_value);
}

}  // namespace
}  // namespace holdfast::games
