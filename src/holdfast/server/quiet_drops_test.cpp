#include "holdfast/server/quiet_drops.hpp"

#include <gtest/gtest.h>

namespace holdfast::server {
namespace {

using namespace std::chrono_literals;
using Drops = std::vector<QuietDrops::Drop>;

class QuietDropsTest : public testing::Test {
  protected:
    QuietDrops drops{2'000ms};
    Instant start{1h};
};

TEST_F(QuietDropsTest, ADropIsToldWhenItsTimeIsOver) {
    EXPECT_TRUE(drops.keep_quiet({7, 1}, start));
    EXPECT_TRUE(drops.take_due(start + 1'999ms).empty());
    EXPECT_EQ(drops.take_due(start + 2'000ms), (Drops{{7, 1}}));
    EXPECT_TRUE(drops.take_due(start + 1h).empty()) << "once";
    EXPECT_FALSE(drops.end({7, 1})) << "the return is news now";
}

TEST_F(QuietDropsTest, WhoIsBackInTimeWasNeverAway) {
    EXPECT_TRUE(drops.keep_quiet({7, 1}, start));
    EXPECT_TRUE(drops.end({7, 1}));
    EXPECT_FALSE(drops.has({7, 1}));
    EXPECT_TRUE(drops.take_due(start + 1h).empty());
}

TEST_F(QuietDropsTest, TheTimeOfASecondDropCountsFromItsOwnBeginning) {
    EXPECT_TRUE(drops.keep_quiet({7, 1}, start));
    EXPECT_TRUE(drops.end({7, 1}));
    EXPECT_TRUE(drops.keep_quiet({7, 1}, start + 1'500ms));
    EXPECT_TRUE(drops.take_due(start + 2'000ms).empty());
    EXPECT_EQ(drops.take_due(start + 3'500ms), (Drops{{7, 1}}));
}

TEST_F(QuietDropsTest, OtherNewsOfATeamTellsAllOfItsDrops) {
    EXPECT_TRUE(drops.keep_quiet({7, 1}, start));
    EXPECT_TRUE(drops.keep_quiet({7, 2}, start));
    EXPECT_TRUE(drops.keep_quiet({8, 1}, start));
    EXPECT_EQ(drops.take(7), (std::vector<seats::Slot>{1, 2}));
    EXPECT_TRUE(drops.take(7).empty());
    EXPECT_EQ(drops.take_due(start + 2'000ms), (Drops{{8, 1}}));
}

TEST(QuietDrops, OfNoTimeAreNotQuietAtAll) {
    QuietDrops drops{0ms};
    EXPECT_FALSE(drops.keep_quiet({7, 1}, Instant{}));
    EXPECT_FALSE(drops.has({7, 1}));
}

}  // namespace
}  // namespace holdfast::server
