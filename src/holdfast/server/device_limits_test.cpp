#include "holdfast/server/device_limits.hpp"

#include <gtest/gtest.h>

namespace holdfast::server {
namespace {

using namespace std::chrono_literals;

constexpr Instant start{1'000s};

TEST(DeviceLimits, ConnectionsOfOneDeviceAreCountedUntilTheyLeave) {
    DeviceLimits devices({.connections = 2});
    EXPECT_TRUE(devices.enter(1, start));
    EXPECT_TRUE(devices.enter(1, start));
    EXPECT_TRUE(devices.is_full(1));
    EXPECT_FALSE(devices.enter(1, start));
    EXPECT_TRUE(devices.enter(2, start)) << "another device";
    devices.leave(1);
    EXPECT_TRUE(devices.enter(1, start));
    for (const std::uint64_t device : {1U, 1U, 2U})
        devices.leave(device);
    EXPECT_EQ(devices.size(), 0U) << "nobody is remembered";
}

TEST(DeviceLimits, EventsOfAllConnectionsOfADeviceShareOneAllowance) {
    DeviceLimits devices({.connections = 4, .events_per_second = 2, .events_burst = 3});
    ASSERT_TRUE(devices.enter(1, start));
    ASSERT_TRUE(devices.enter(1, start));
    ASSERT_TRUE(devices.enter(2, start));
    for (int event = 0; event < 3; ++event)
        EXPECT_TRUE(devices.take_event(1, start));
    EXPECT_FALSE(devices.take_event(1, start));
    EXPECT_EQ(devices.wait(1), 500ms);
    EXPECT_TRUE(devices.take_event(2, start));
    EXPECT_TRUE(devices.take_event(1, start + 500ms));
    EXPECT_FALSE(devices.take_event(1, start + 500ms));
}

}  // namespace
}  // namespace holdfast::server
