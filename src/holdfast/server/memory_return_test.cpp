#include "holdfast/server/memory_return.hpp"

#include <gtest/gtest.h>

namespace holdfast::server {
namespace {

class MemoryReturnTest : public ::testing::Test {
  protected:
    bool look(std::size_t open_connections) {
        now_ += MemoryReturn::interval;
        return memory_.is_due(open_connections, now_);
    }
    MemoryReturn memory_;
    Instant now_{Milliseconds{1'000'000}};
};

TEST_F(MemoryReturnTest, GoesBackOnceWhenAFloodHasGone) {
    EXPECT_FALSE(look(100));
    EXPECT_FALSE(look(7'000));
    EXPECT_FALSE(look(4'000)) << "they are still going";
    EXPECT_FALSE(look(100)) << "they are still going";
    EXPECT_TRUE(look(100));
    EXPECT_FALSE(look(100));
    EXPECT_FALSE(look(101));
}

TEST_F(MemoryReturnTest, StaysWhileFewComeAndGo) {
    for (int round = 0; round < 20; ++round) {
        EXPECT_FALSE(look(100));
        EXPECT_FALSE(look(100 + MemoryReturn::connections_gone - 1));
    }
}

TEST_F(MemoryReturnTest, IsNotAskedForAtEveryLook) {
    EXPECT_FALSE(look(7'000));
    EXPECT_FALSE(look(0));
    EXPECT_FALSE(memory_.is_due(0, now_ + Milliseconds{1}));
    EXPECT_TRUE(memory_.is_due(0, now_ + MemoryReturn::interval));
}

}  // namespace
}  // namespace holdfast::server
