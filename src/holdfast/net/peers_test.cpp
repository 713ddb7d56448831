#include "holdfast/net/peers.hpp"

#include <gtest/gtest.h>

#include "holdfast/net/session_route.hpp"

namespace holdfast::net {
namespace {

Address ip(const char* text) {
    return boost::asio::ip::make_address(text);
}

TEST(AddressTable, CountsConnectionsOfAnAddressAndForgetsThoseThatWent) {
    AddressTable table;
    EXPECT_TRUE(table.enter(ip("10.0.0.1"), 2));
    EXPECT_TRUE(table.enter(ip("10.0.0.1"), 2));
    EXPECT_FALSE(table.enter(ip("10.0.0.1"), 2));
    EXPECT_TRUE(table.enter(ip("10.0.0.2"), 2));
    table.leave(ip("10.0.0.1"));
    EXPECT_TRUE(table.enter(ip("10.0.0.1"), 2));
    table.leave(ip("10.0.0.1"));
    table.leave(ip("10.0.0.1"));
    table.leave(ip("10.0.0.2"));
    EXPECT_EQ(table.addresses(), 0U);
}

TEST(AddressTable, TreatsAWholeIpv6SubnetAsOneAndMappedAddressesAsWhatTheyAre) {
    AddressTable table;
    EXPECT_TRUE(table.enter(ip("2001:db8:1:2::1"), 1));
    EXPECT_FALSE(table.enter(ip("2001:db8:1:2:ffff::9"), 1));
    EXPECT_TRUE(table.enter(ip("2001:db8:1:3::1"), 1));
    EXPECT_TRUE(table.enter(ip("10.0.0.1"), 1));
    EXPECT_FALSE(table.enter(ip("::ffff:10.0.0.1"), 1));
}

TEST(TrustedProxies, RefusesWhatIsNoNetwork) {
    for (const auto* text :
         {"", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "::/129", "10.0.0.0/8/8"}) {
        EXPECT_FALSE(TrustedProxies::parse({text})) << text;
    }
}

TEST(TrustedProxies, KnowsItsNetworks) {
    const auto proxies = TrustedProxies::parse({"10.1.0.0/16", "192.0.2.7", "fd00::/9"});
    ASSERT_TRUE(proxies);
    for (const auto* text : {"10.1.0.0", "10.1.255.255", "192.0.2.7", "fd7f::1", "::ffff:10.1.2.3"}) {
        EXPECT_TRUE(proxies->contains(ip(text))) << text;
    }
    for (const auto* text : {"10.2.0.0", "192.0.2.8", "fd80::1", "::1"})
        EXPECT_FALSE(proxies->contains(ip(text))) << text;
}

TEST(TrustedProxies, TakesTheClientFromTheRightOfTheHeader) {
    const auto proxies = TrustedProxies::parse({"10.0.0.0/8"});
    ASSERT_TRUE(proxies);
    const auto client = [&](const char* peer, const char* header) {
        return proxies->client_behind(ip(peer), header).to_string();
    };
    EXPECT_EQ(client("10.0.0.1", "203.0.113.5"), "203.0.113.5");
    EXPECT_EQ(client("10.0.0.1", "1.1.1.1, 203.0.113.5 ,10.0.0.2"), "203.0.113.5");
    EXPECT_EQ(client("203.0.113.9", "1.1.1.1"), "203.0.113.9") << "not a proxy, not believed";
    EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", "unknown"), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", "203.0.113.5, unknown, 10.0.0.2"), "10.0.0.2");
    EXPECT_EQ(client("10.0.0.1", "10.0.0.3, 10.0.0.2"), "10.0.0.3");
}

TEST(SessionRoute, AnIdNamesTheThreadThatMadeIt) {
    SeededRandom seed(1);
    for (std::size_t thread = 0; thread < threads_most; ++thread) {
        SessionRandom random(seed, thread);
        const auto first = random.base64url(15);
        const auto second = random.base64url(15);
        EXPECT_EQ(first.size(), 20U);
        EXPECT_NE(first, second);
        EXPECT_EQ(thread_of_session(first, threads_most), thread);
        EXPECT_EQ(thread_of_session(second, threads_most), thread);
    }
    EXPECT_EQ(thread_of_session("", 4), std::nullopt);
    EXPECT_EQ(thread_of_session("?", 4), std::nullopt);
    EXPECT_EQ(thread_of_session("E", 4), std::nullopt) << "there is no fifth thread";
}

}  // namespace
}  // namespace holdfast::net
