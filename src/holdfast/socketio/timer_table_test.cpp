#include "holdfast/socketio/timer_table.hpp"

#include <gtest/gtest.h>

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

class TimerTableTest : public testing::Test {
  protected:
    std::vector<int> fired_at(Milliseconds time) {
        std::vector<int> fired;
        timers_.run_due(Instant{1h} + time, [&](int target) { fired.push_back(target); });
        return fired;
    }
    TimerTable<int> timers_;
};

TEST_F(TimerTableTest, CountsFromTheFirstTickSoThatItIsNeverEarly) {
    (void)timers_.add(100ms, 1);
    EXPECT_TRUE(fired_at(5000ms).empty());
    EXPECT_TRUE(fired_at(5099ms).empty());
    EXPECT_EQ(fired_at(5100ms), std::vector{1});
    EXPECT_EQ(timers_.size(), 0U);
}

TEST_F(TimerTableTest, FiresInTheOrderOfTheDeadlines) {
    (void)timers_.add(300ms, 3);
    (void)timers_.add(100ms, 1);
    (void)timers_.add(200ms, 2);
    EXPECT_TRUE(fired_at(0ms).empty());
    EXPECT_EQ(fired_at(1000ms), (std::vector{1, 2, 3}));
}

TEST_F(TimerTableTest, ACancelledTimerNeverFires) {
    auto before = timers_.add(10ms, 1);
    timers_.cancel(before);
    auto after = timers_.add(10ms, 2);
    EXPECT_TRUE(fired_at(0ms).empty());
    timers_.cancel(after);
    timers_.cancel(after);
    EXPECT_TRUE(fired_at(1000ms).empty());
    EXPECT_EQ(timers_.size(), 0U);
}

TEST_F(TimerTableTest, ATimerMayCancelAnotherThatIsDueAndAddItselfAnew) {
    (void)timers_.add(10ms, 1);
    auto other = timers_.add(20ms, 2);
    (void)fired_at(0ms);
    std::vector<int> fired;
    timers_.run_due(Instant{1h} + 1000ms, [&](int target) {
        fired.push_back(target);
        timers_.cancel(other);
        (void)timers_.add(0ms, 3);
    });
    EXPECT_EQ(fired, std::vector{1});
    EXPECT_EQ(fired_at(1001ms), std::vector{3});
}

}  // namespace
}  // namespace holdfast::socketio
