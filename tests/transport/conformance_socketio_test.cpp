// Socket.IO v5, subject by subject of its specification (docs/socket.io-protocol in the repository
// socketio/socket.io), over sockets. docs/conformance.md says which test stands for what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::MatchesRegex;
using ::testing::StartsWith;

class SocketIoConformance : public ::testing::Test {
  protected:
    SocketIoConformance() { EXPECT_THAT(client.next(), StartsWith("text:0{")); }
    void join() {
        client.send_text("40");
        EXPECT_THAT(client.next(), StartsWith("text:40{"));
    }
    /// An event comes back, so the connection is open and nothing came before.
    void expect_alive() {
        client.send_text("4299[\"echo\"]");
        EXPECT_EQ(client.next(), "text:4399[]");
    }
    SocketIoTestServer server;
    WebSocketClient client{server.port()};
};
using Connecting = SocketIoConformance;
using Disconnecting = SocketIoConformance;
using Events = SocketIoConformance;

TEST_F(Connecting, ToTheMainNamespace) {
    client.send_text("40");
    EXPECT_THAT(client.next(), MatchesRegex("text:40\\{\"sid\":\"[A-Za-z0-9_-]{20}\"\\}"));
    expect_alive();
}

TEST_F(Connecting, ToTheMainNamespaceWithAuth) {
    client.send_text("40{\"token\":\"123\"}");
    EXPECT_THAT(client.next(), StartsWith("text:40{\"sid\":"));
    expect_alive();
}

TEST_F(Connecting, ToANamespaceOfItsOwnWithAndWithoutAuth) {
    client.send_text("40/custom,");
    EXPECT_THAT(client.next(), MatchesRegex("text:40/custom,\\{\"sid\":\"[A-Za-z0-9_-]{20}\"\\}"));
    WebSocketClient other(server.port());
    EXPECT_THAT(other.next(), StartsWith("text:0{"));
    other.send_text("40/custom,{\"token\":\"abc\"}");
    EXPECT_THAT(other.next(), StartsWith("text:40/custom,{\"sid\":"));
}

TEST_F(Connecting, ToAnUnknownNamespaceIsRefusedAndTheTransportStays) {
    client.send_text("40/random");
    EXPECT_EQ(client.next(), R"(text:44/random,{"message":"Invalid namespace"})");
    join();
    expect_alive();
}

TEST_F(Connecting, WithWhatIsNoObjectCloses) {
    for (const char* packet : {"4abc", "40[]", "40null", "40\"x\"", "40{", "40/custom,[7]"}) {
        WebSocketClient other(server.port());
        EXPECT_THAT(other.next(), StartsWith("text:0{"));
        other.send_text(packet);
        EXPECT_EQ(other.next(), "close 1000:") << packet;
    }
}

TEST_F(Connecting, NeverClosesAtTheTimeOut) {
    server.pass(Milliseconds{25'000});
    EXPECT_EQ(client.next(), "text:2");
    const auto before = server.net_counters().bytes_in;
    client.send_text("3");
    ASSERT_TRUE(server.net().eventually([&] { return server.net_counters().bytes_in > before; }));
    for (int i = 0; i < 5; ++i)
        server.pass(Milliseconds{4'500});
    EXPECT_EQ(client.next(), "close 1000:");
    EXPECT_EQ(server.socketio_counters().connect_timeouts, 1U);
}

TEST_F(Disconnecting, FromTheMainNamespaceKeepsTheTransport) {
    join();
    client.send_text("41");
    join();
    expect_alive();
}

TEST_F(Disconnecting, FromANamespaceOfItsOwnKeepsTheOthers) {
    join();
    client.send_text("40/custom");
    EXPECT_THAT(client.next(), StartsWith("text:40/custom,"));
    client.send_text("41/custom");
    expect_alive();
    client.send_text("42/custom,[\"echo\"]");
    EXPECT_EQ(client.next(), "close 1000:") << "it is not joined any more";
}

TEST_F(Events, PlainText) {
    join();
    client.send_text("42[\"message\",1,\"2\",{\"3\":[true]}]");
    EXPECT_EQ(client.next(), "text:42[\"message-back\",1,\"2\",{\"3\":[true]}]");
}

TEST_F(Events, WithBinaryAttachments) {
    join();
    client.send_text("452-[\"message\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    client.send_binary("\1\2\3");
    client.send_binary("\4\5\6");
    EXPECT_EQ(
        client.next(),
        "text:452-[\"message-back\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    EXPECT_EQ(client.next(), "binary:\1\2\3");
    EXPECT_EQ(client.next(), "binary:\4\5\6");
}

TEST_F(Events, WithAnAck) {
    join();
    client.send_text("42456[\"echo\",1,\"2\",{\"3\":[false]}]");
    EXPECT_EQ(client.next(), "text:43456[1,\"2\",{\"3\":[false]}]");
}

TEST_F(Events, WithBinaryAttachmentsAndAnAck) {
    join();
    client.send_text("452-789[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    client.send_binary("\1\2\3");
    client.send_binary("\4\5\6");
    EXPECT_EQ(client.next(),
              "text:462-789[{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    EXPECT_EQ(client.next(), "binary:\1\2\3");
    EXPECT_EQ(client.next(), "binary:\4\5\6");
}

TEST_F(Events, OfAnUnknownTypeOrABrokenPayloadOrAckIdClose) {
    for (const char* packet :
         {"4abc", "47", "42{}", "42abc[]", "42[", "42[\"a\"", "42[1}", "42-1[\"a\"]", "4"}) {
        WebSocketClient other(server.port());
        ASSERT_TRUE(other.join());
        other.send_text(packet);
        EXPECT_EQ(other.next(), "close 1000:") << packet;
    }
    EXPECT_GE(server.socketio_counters().parse_errors, 8U);
}

TEST_F(Events, WhatTheReferenceAcceptsIsAccepted) {
    join();
    client.send_text("42[1,\"a\"]");
    client.send_text("42");
    client.send_text("43999[]");
    expect_alive();
    WebSocketClient spelled(server.port());
    EXPECT_THAT(spelled.next(), StartsWith("text:0{"));
    spelled.send_text("40/,");
    EXPECT_THAT(spelled.next(), StartsWith("text:40{"));
}

TEST_F(Events, AtTheWrongTimeClose) {
    for (const char* packet : {"40", "42/custom,[\"echo\"]", "41/custom,", "44{\"message\":\"x\"}"}) {
        WebSocketClient other(server.port());
        ASSERT_TRUE(other.join());
        other.send_text(packet);
        EXPECT_EQ(other.next(), "close 1000:") << packet;
    }
}

}  // namespace
}  // namespace holdfast::transport_tests
