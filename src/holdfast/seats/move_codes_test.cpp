#include "holdfast/seats/move_codes.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "holdfast/base/limits.hpp"

namespace holdfast::seats {
namespace {

class MoveCodesTest : public testing::Test {
  protected:
    std::string make(TeamId team, Slot slot, std::int64_t until = 120) {
        return codes.make({team, slot, {}, {until}}, random);
    }
    SeededRandom random{7};
    MoveCodes codes;
};

TEST_F(MoveCodesTest, LeadToTheirSeatHoweverTheyAreTyped) {
    const auto code = make(3, 2);
    std::string small = code;
    std::transform(small.begin(), small.end(), small.begin(),
                   [](unsigned char one) { return static_cast<char>(std::tolower(one)); });
    for (const std::string& typed : {code, small, code.substr(0, 5) + "-" + code.substr(5),
                                     " " + small.substr(0, 2) + " " + small.substr(2)}) {
        const auto* offer = codes.find(typed, {119});
        ASSERT_NE(offer, nullptr) << typed;
        EXPECT_EQ(offer->team, 3U);
        EXPECT_EQ(offer->slot, 2);
    }
    for (const std::string& typed : {std::string(), code.substr(1), code + "A", std::string(100'000, 'A'),
                                     code.substr(0, 9) + "0", code.substr(0, 9) + "\xc3"}) {
        EXPECT_EQ(codes.find(typed, {0}), nullptr) << typed.substr(0, 20);
    }
}

TEST_F(MoveCodesTest, AreGoodOnceAndForTheirTime) {
    const auto code = make(3, 2);
    EXPECT_EQ(codes.find(code, {120}), nullptr) << "the time is over";
    EXPECT_TRUE(codes.use(code));
    EXPECT_EQ(codes.find(code, {0}), nullptr);
    EXPECT_FALSE(codes.use(code));
}

TEST_F(MoveCodesTest, ANewOneReplacesTheOneBeforeOfThatSeatAlone) {
    const auto first = make(3, 2);
    const auto other = make(3, 1);
    const auto second = make(3, 2);
    EXPECT_EQ(codes.find(first, {0}), nullptr);
    EXPECT_NE(codes.find(second, {0}), nullptr);
    EXPECT_NE(codes.find(other, {0}), nullptr);
}

TEST_F(MoveCodesTest, OneThatIsPutBackIsGoodAgainUnlessThereIsANewerOne) {
    const auto first = make(3, 2);
    codes.put_back(*codes.use(first));
    EXPECT_NE(codes.find(first, {0}), nullptr);
    auto used = *codes.use(first);
    const auto second = make(3, 2);
    codes.put_back(std::move(used));
    EXPECT_EQ(codes.find(first, {0}), nullptr);
    EXPECT_NE(codes.find(second, {0}), nullptr);
}

TEST_F(MoveCodesTest, AreForgottenInTimeAndAtTheLimitOfTheirNumber) {
    const auto early = make(1, 1, 10);
    const auto late = make(2, 1, 20);
    codes.forget_expired({10});
    EXPECT_EQ(codes.size(), 1U);
    EXPECT_NE(codes.find(late, {10}), nullptr);
    for (TeamId team = 10; team < 10 + limits::move_codes; ++team)
        (void)make(team, 1);
    EXPECT_EQ(codes.size(), limits::move_codes);
    EXPECT_EQ(codes.find(late, {10}), nullptr) << "the oldest goes first";
}

}  // namespace
}  // namespace holdfast::seats
