#include "holdfast/games/paired_game.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "holdfast/games/paired_progress.hpp"

namespace holdfast::games {
namespace {

using seats::GameMode;
using seats::RoundRecord;

RoundRecord round_of(GameMode mode, std::string items, std::vector<std::optional<bool>> answers) {
    RoundRecord round;
    round.mode = mode;
    round.items = std::move(items);
    round.answers = std::move(answers);
    return round;
}

/// Pearson's chi-square of the counts against the uniform distribution.
double chi_square(const std::map<std::string, int>& counts, std::size_t kinds, int draws) {
    const double expected = static_cast<double>(draws) / static_cast<double>(kinds);
    double sum = static_cast<double>(kinds - counts.size()) * expected;  // kinds that never came up
    for (const auto& [kind, count] : counts)
        sum += (count - expected) * (count - expected) / expected;
    return sum;
}

struct Band {
    double low;
    double high;
};
// Quantiles 0.001 and 0.999 of the chi-square distribution. Below the lower one, what is dealt would be too
// even to be random.
constexpr Band degrees_3{0.0243, 16.27};
constexpr Band degrees_15{3.483, 37.70};

TEST(PairedGame, DealsEveryClassicPairEquallyOften) {
    const PairedGame game;
    SeededRandom random(20);
    std::map<std::string, int> counts;
    for (int draw = 0; draw < 16'000; ++draw)
        ++counts[game.deal(GameMode::classic, 2, "", random)];
    const auto statistic = chi_square(counts, 16, 16'000);
    EXPECT_GT(statistic, degrees_15.low);
    EXPECT_LT(statistic, degrees_15.high);
}

TEST(PairedGame, DealsEveryNewPairEquallyOften) {
    const PairedGame game;
    SeededRandom random(21);
    std::map<std::string, int> counts;
    for (int draw = 0; draw < 16'000; ++draw)
        ++counts[game.deal(GameMode::modern, 2, "", random)];
    EXPECT_EQ(counts.size(), 4U);
    for (const auto& [items, count] : counts) {
        EXPECT_TRUE(items == "AX" || items == "AY" || items == "BX" || items == "BY") << items;
    }
    const auto statistic = chi_square(counts, 4, 16'000);
    EXPECT_GT(statistic, degrees_3.low);
    EXPECT_LT(statistic, degrees_3.high);
}

// A bag would never deal the same pair twice running within itself.
TEST(PairedGame, SaysNothingOfTheNextPairByTheFirst) {
    const PairedGame game;
    SeededRandom random(22);
    std::map<std::string, int> second;
    for (int team = 0; team < 16'000; ++team) {
        const auto progress = game.record("", round_of(GameMode::classic, "AX", {true, true}));
        ++second[game.deal(GameMode::classic, 2, progress, random)];
    }
    const auto statistic = chi_square(second, 16, 16'000);
    EXPECT_GT(statistic, degrees_15.low);
    EXPECT_LT(statistic, degrees_15.high);
    EXPECT_GT(second["AX"], 0);
}

TEST(PairedGame, NoPairOfATeamGetsMoreThanTwoAhead) {
    const PairedGame game;
    for (const auto mode : {GameMode::classic, GameMode::modern}) {
        SeededRandom random(23);
        std::map<std::string, int> counts;
        const std::size_t kinds = mode == GameMode::classic ? 16 : 4;
        std::string progress;
        int repeats = 0;
        std::string last;
        for (int round = 1; round <= 800; ++round) {
            const auto items = game.deal(mode, 2, progress, random);
            repeats += items == last ? 1 : 0;
            last = items;
            progress = game.record(progress, round_of(mode, items, {true, false}));
            ++counts[items];
            if (counts.size() < kinds) {
                for (const auto& [kind, count] : counts)
                    ASSERT_LE(count, 2);
                continue;
            }
            const auto [least, most] = std::minmax_element(
                counts.begin(), counts.end(),
                [](const auto& left, const auto& right) { return left.second < right.second; });
            ASSERT_LE(most->second - least->second, 2) << "round " << round;
        }
        EXPECT_GT(repeats, 10) << "the last pair may come up again";
    }
}

TEST(PairedGame, ModesAreCountedApart) {
    const PairedGame game;
    SeededRandom random(24);
    std::string progress;
    for (int round = 0; round < 5; ++round)
        progress = game.record(progress, round_of(GameMode::classic, "AX", {true, true}));
    int dealt = 0;
    for (int draw = 0; draw < 400; ++draw) {
        EXPECT_NE(game.deal(GameMode::classic, 2, progress, random), "AX");
        dealt += game.deal(GameMode::modern, 2, progress, random) == "AX" ? 1 : 0;
    }
    EXPECT_GT(dealt, 50);
}

TEST(PairedGame, TheSameSeedDealsTheSameAndTeamsShareNothing) {
    const PairedGame game;
    const auto play = [&](bool with_others) {
        SeededRandom random(25);
        SeededRandom other_random(26);
        std::string progress;
        std::string other_progress;
        std::string dealt;
        for (int round = 0; round < 100; ++round) {
            const auto items = game.deal(GameMode::classic, 2, progress, random);
            dealt += items;
            progress = game.record(progress, round_of(GameMode::classic, items, {true, true}));
            if (!with_others) continue;
            const auto theirs = game.deal(GameMode::modern, 2, other_progress, other_random);
            other_progress = game.record(other_progress, round_of(GameMode::modern, theirs, {false, true}));
        }
        return dealt + progress;
    };
    EXPECT_EQ(play(false), play(true));
}

TEST(PairedGame, TeamsOfOtherSizesPlayToo) {
    const PairedGame game;
    SeededRandom random(27);
    for (const std::size_t size : {1U, 3U, 4U, 5U, 6U, 7U, 8U}) {
        std::vector<std::set<char>> seen(size);
        std::string progress;
        for (int round = 0; round < 200; ++round) {
            const auto items = game.deal(GameMode::classic, size, progress, random);
            ASSERT_EQ(items.size(), size);
            for (std::size_t seat = 0; seat < size; ++seat)
                seen[seat].insert(items[seat]);
            progress = game.record(
                progress, round_of(GameMode::classic, items, std::vector<std::optional<bool>>(size, true)));
            const auto modern = game.deal(GameMode::modern, size, progress, random);
            for (std::size_t seat = 0; seat < size; ++seat) {
                const auto allowed = seat % 2 == 0 ? std::string_view("AB") : std::string_view("XY");
                ASSERT_NE(allowed.find(modern[seat]), std::string_view::npos);
            }
        }
        for (const auto& items : seen)
            EXPECT_EQ(items.size(), 4U);
        const auto counted = decode_progress(progress);
        ASSERT_TRUE(counted);
        EXPECT_EQ(counted->seat_count(), size);
        std::uint64_t answers = 0;
        for (const auto& item : counted->classic.by_seat[0])
            answers += item.answered_true;
        EXPECT_EQ(answers, 200U);
    }
}

TEST(PairedProgress, EqualHistoriesHaveEqualFingerprintsAndOthersDoNot) {
    const PairedGame game;
    const auto play = [&](const std::vector<std::pair<std::string, std::pair<bool, bool>>>& rounds) {
        std::string progress;
        for (const auto& [items, answers] : rounds) {
            progress =
                game.record(progress, round_of(GameMode::classic, items, {answers.first, answers.second}));
        }
        return decode_progress(progress)->fingerprints;
    };
    const auto one = play({{"AA", {true, true}}, {"XX", {false, false}}});
    EXPECT_EQ(one[0], one[1]) << "both did the same";
    EXPECT_EQ(one, play({{"AA", {true, true}}, {"XX", {false, false}}}));
    const auto other_answer = play({{"AA", {true, true}}, {"XX", {true, false}}});
    EXPECT_NE(other_answer[0], one[0]);
    EXPECT_EQ(other_answer[1], one[1]);
    EXPECT_NE(play({{"XX", {false, false}}, {"AA", {true, true}}})[0], one[0]) << "the order counts";
}

TEST(PairedProgress, WhatIsWrittenIsRead) {
    rc::check("encode and decode", [](std::uint64_t seed) {
        SeededRandom random(seed);
        const auto size = 1 + random.below(8);
        PairedProgress progress(size);
        const auto rounds = random.below(60);
        for (std::uint64_t number = 0; number < rounds; ++number) {
            std::string items;
            std::vector<std::optional<bool>> answers;
            for (std::uint64_t seat = 0; seat < size; ++seat) {
                items.push_back("ABXY"[random.below(4)]);
                answers.emplace_back(random.below(2) == 0);
            }
            progress.add(
                round_of(random.below(2) == 0 ? GameMode::classic : GameMode::modern, items, answers));
        }
        progress.classic.by_seat[0][0].answered_true += random.below(1'000'000'000);
        const auto bytes = encode(progress);
        RC_ASSERT(decode_progress(bytes) == progress);
        RC_ASSERT(!decode_progress(bytes + "x"));
        RC_ASSERT(!decode_progress(std::string_view(bytes).substr(0, bytes.size() - 1)));
    });
}

TEST(PairedProgress, BytesThatAreNoProgressCountAsNone) {
    rc::check("any bytes", [](const std::string& bytes) {
        const PairedGame game;
        SeededRandom random(1);
        const auto decoded = decode_progress(bytes);
        RC_ASSERT(game.deal(GameMode::classic, 2, bytes, random).size() == 2U);
        RC_ASSERT(decode_progress(game.record(bytes, round_of(GameMode::classic, "AX", {true, true}))));
        if (decoded) RC_ASSERT(encode(*decoded).size() <= bytes.size());
    });
    EXPECT_FALSE(decode_progress(""));
    EXPECT_FALSE(decode_progress(std::string("\x02\x02", 2))) << "a version of the future";
    EXPECT_FALSE(decode_progress(std::string("\x01\x09", 2))) << "too many seats";
}

TEST(PairedProgress, IsSmall) {
    const PairedGame game;
    SeededRandom random(28);
    std::string progress;
    for (int round = 0; round < 1'000; ++round) {
        const auto mode = round % 2 == 0 ? GameMode::classic : GameMode::modern;
        progress = game.record(progress, round_of(mode, game.deal(mode, 2, progress, random), {true, false}));
    }
    EXPECT_LT(progress.size(), 200U);
}

}  // namespace
}  // namespace holdfast::games
