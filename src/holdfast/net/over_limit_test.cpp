// Connections over a limit: who says who they are is let in, the others make room.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/net/net_test_support.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const std::string stranger = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string holder = "GET / HTTP/1.1\r\nHost: h\r\nCookie: seat=1\r\n\r\n";

struct OverLimit : ::testing::Test {
    /// A server with two places for everybody, which are taken, and two more.
    void start(ServerSettings settings) {
        server.emplace(settings);
        server->script.is_let_in = [](const HttpRequest& head) { return head.cookie("seat") == "1"; };
        server->start();
        for (auto& seated : first) {
            seated.emplace(server->port());
            seated->send(stranger);
            ASSERT_EQ(status_of(seated->receive_response()), 200U);
        }
    }
    void expect_those_with_a_seat_come_in() {
        Client other(server->port());
        other.send(stranger);
        const auto refusal = other.receive_all();
        EXPECT_EQ(status_of(refusal), 503U);
        EXPECT_THAT(refusal, HasSubstr("Retry-After: "));
        EXPECT_THAT(refusal, HasSubstr("Many people are here at once."));
        other.close();

        // Silent ones fill all places there are, and more.
        std::vector<std::unique_ptr<Client>> silent;
        for (int i = 0; i < 6; ++i)
            silent.push_back(std::make_unique<Client>(server->port()));
        for (int i = 0; i < 4; ++i)
            EXPECT_EQ(silent[static_cast<std::size_t>(i)]->receive_all(), "") << "made room for the next";
        for (int visit = 1; visit <= 2; ++visit) {
            Client seated(server->port());
            seated.send(holder);
            EXPECT_EQ(status_of(seated.receive_response()), 200U);
            seated.send(stranger);
            EXPECT_EQ(status_of(seated.receive_response()), 200U) << "is asked once";
            seated.close();
            ASSERT_TRUE(
                server->eventually([&] { return server->server().counters().connections_open <= 4; }));
        }
        EXPECT_EQ(server->server().counters().let_in_over_limit, 2U);
        EXPECT_GE(server->server().counters().turned_away, 5U);
        for (auto& seated : first) {
            seated->send(stranger);
            EXPECT_EQ(status_of(seated->receive_response()), 200U) << "who was in is not touched";
        }
    }

    std::optional<TestServer> server;
    std::array<std::optional<Client>, 2> first;
};

TEST_F(OverLimit, InAllHoldersAreLetInAndStrangersMakeRoom) {
    ServerSettings settings;
    settings.connections = 2;
    settings.connections_over_limit = 2;
    start(settings);
    expect_those_with_a_seat_come_in();
}

TEST_F(OverLimit, OfOneAddressHoldersAreLetInAndStrangersMakeRoom) {
    ServerSettings settings;
    settings.connections_per_address = 2;
    settings.connections_per_address_over_limit = 2;
    start(settings);
    expect_those_with_a_seat_come_in();
}

TEST_F(OverLimit, WhereNobodyIsLetInEverythingOverTheLimitIsClosedAtOnce) {
    ServerSettings settings;
    settings.connections = 2;
    start(settings);
    Client seated(server->port());
    EXPECT_EQ(seated.receive_all(), "");
    EXPECT_EQ(server->server().counters().refused_total, 1U);
}

}  // namespace
}  // namespace holdfast::net
