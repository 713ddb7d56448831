// Engine.IO v4, subject by subject of its specification (docs/engine.io-protocol in the repository
// socketio/socket.io), over sockets. docs/conformance.md says which test stands for what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class EngineConformance : public ::testing::Test {
  protected:
    [[nodiscard]] std::string answer_to(const std::string& bytes) const {
        Client client(server.port());
        client.send(bytes);
        return client.receive_response();
    }
    EngineTestServer server;
};
using Handshake = EngineConformance;
using Messages = EngineConformance;
using Heartbeats = EngineConformance;
using Closing = EngineConformance;
using Upgrades = EngineConformance;

TEST_F(Handshake, OverPollingOpensASessionAndSaysEverythingTheClientNeeds) {
    const auto answer = answer_to(get("EIO=4&transport=polling"));
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain; charset=UTF-8\r\n"));
    EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
    EXPECT_THAT(body_of(answer),
                MatchesRegex("0\\{\"sid\":\"[A-Za-z0-9_-]{20}\",\"upgrades\":\\[\"websocket\"\\],"
                             "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000\\}"));
}

TEST_F(Handshake, OverWebSocketOpensASessionWithNothingToUpgradeTo) {
    WebSocketClient client(server.port());
    EXPECT_THAT(client.next(),
                MatchesRegex("text:0\\{\"sid\":\"[A-Za-z0-9_-]{20}\",\"upgrades\":\\[\\],"
                             "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000\\}"));
}

TEST_F(Handshake, OverPollingFailsWithAnotherProtocolVersion) {
    for (const char* query :
         {"transport=polling", "EIO=3&transport=polling", "EIO=abc&transport=polling",
          "EIO=5&transport=polling", "EIO=&transport=polling", "EIO=44&transport=polling"}) {
        const auto answer = answer_to(get(query));
        EXPECT_EQ(status_of(answer), 400U) << query;
        EXPECT_EQ(body_of(answer), R"({"code":5,"message":"Unsupported protocol version"})") << query;
    }
}

TEST_F(Handshake, OverPollingFailsWithAnotherTransport) {
    for (const char* query :
         {"EIO=4", "EIO=4&transport=abc", "EIO=4&transport=", "EIO=4&transport=Polling"}) {
        const auto answer = answer_to(get(query));
        EXPECT_EQ(status_of(answer), 400U) << query;
        EXPECT_EQ(body_of(answer), R"({"code":0,"message":"Transport unknown"})") << query;
    }
}

TEST_F(Handshake, OverPollingFailsWithAnotherMethod) {
    for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
        const auto answer =
            answer_to(method + std::string(" /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n") +
                      "Host: h\r\nContent-Length: 0\r\n\r\n");
        EXPECT_EQ(status_of(answer), 400U) << method;
        EXPECT_EQ(body_of(answer), R"({"code":2,"message":"Bad handshake method"})") << method;
    }
    Client head(server.port());
    head.send("HEAD /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(head.receive_response(true)), 400U);
}

TEST_F(Handshake, OverWebSocketFailsBeforeThe101) {
    EXPECT_EQ(body_of(answer_to(get("EIO=3&transport=websocket", upgrade_headers))),
              R"({"code":5,"message":"Unsupported protocol version"})");
    EXPECT_EQ(body_of(answer_to(get("transport=websocket", upgrade_headers))),
              R"({"code":5,"message":"Unsupported protocol version"})");
    EXPECT_EQ(body_of(answer_to(get("EIO=4&transport=abc", upgrade_headers))),
              R"({"code":0,"message":"Transport unknown"})");
    EXPECT_EQ(body_of(answer_to(get("EIO=4", upgrade_headers))),
              R"({"code":0,"message":"Transport unknown"})");
    EXPECT_EQ(body_of(answer_to(get("EIO=4&transport=polling", upgrade_headers))),
              R"({"code":3,"message":"Bad request"})");
    EXPECT_EQ(body_of(answer_to(get("EIO=4&transport=websocket"))), R"({"code":3,"message":"Bad request"})");
}

TEST_F(Handshake, ThePathHasItsSlash) {
    EXPECT_EQ(body_of(answer_to("GET /socket.io?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n")),
              "page");
}

TEST_F(Messages, OverPollingOneText) {
    PollingClient client(server.port());
    client.socket().send(post(client.session().query, "4hello"));
    const auto taken = client.socket().receive_response();
    EXPECT_EQ(status_of(taken), 200U);
    EXPECT_THAT(taken, HasSubstr("Content-Type: text/html\r\n"));
    EXPECT_EQ(body_of(taken), "ok");
    EXPECT_EQ(client.poll(), "4hello");
}

TEST_F(Messages, OverPollingSeveralTextsInOrder) {
    PollingClient client(server.port());
    EXPECT_EQ(client.post_status("4test1\x1e"
                                 "4test2\x1e"
                                 "4test3"),
              200U);
    EXPECT_EQ(client.poll(),
              "4test1\x1e"
              "4test2\x1e"
              "4test3");
}

TEST_F(Messages, OverPollingTextAndBinary) {
    PollingClient client(server.port());
    EXPECT_EQ(client.post_status("4hello\x1e"
                                 "bAQIDBA==\x1e"
                                 "b"),
              200U);
    EXPECT_EQ(client.poll(),
              "4hello\x1e"
              "bAQIDBA==\x1e"
              "b");
}

TEST_F(Messages, OverPollingWhatIsNoPacketClosesTheSession) {
    for (const char* body : {"abc", "", "9", "4ok\x1e", "4ok\x1exyz", "b!!!!", "bA", "2", "4\xFF"}) {
        PollingClient client(server.port());
        EXPECT_EQ(client.post_status(body), 400U) << body;
        EXPECT_TRUE(client.is_gone()) << body;
    }
}

TEST_F(Messages, OverPollingASecondPollAtOnceClosesTheSession) {
    PollingClient client(server.port());
    client.begin_poll();
    ASSERT_TRUE(server.net().eventually([&] { return server.net().server().counters().requests == 2; }));
    const auto second = answer_to(get(client.session().query));
    EXPECT_EQ(status_of(second), 400U);
    EXPECT_EQ(body_of(second), "");
    EXPECT_EQ(client.end_poll(), "1");
    EXPECT_TRUE(client.is_gone());
}

TEST_F(Messages, OverPollingACancelledPollClosesTheSession) {
    PollingClient client(server.port());
    {
        Client poll(server.port());
        poll.send(get(client.session().query));
        ASSERT_TRUE(server.net().eventually([&] { return server.net().server().counters().requests == 2; }));
    }
    EXPECT_TRUE(server.journal.wait_for("close transport error"));
    EXPECT_TRUE(client.is_gone());
}

TEST_F(Messages, OverWebSocketTextAndBinary) {
    WebSocketClient client(server.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    client.send_text("4hello");
    EXPECT_EQ(client.next(), "text:4hello");
    client.send_binary(std::string_view("\1\2\0\4", 4));
    EXPECT_EQ(client.next(), std::string("binary:\1\2\0\4", 11));
    client.send_binary("");
    EXPECT_EQ(client.next(), "binary:");
    client.send_text("bAQIDBA==");
    EXPECT_EQ(client.next(), "binary:\1\2\3\4") << "binary in a text frame is taken too";
}

TEST_F(Messages, OverWebSocketWhatIsNoPacketClosesTheSession) {
    for (const char* packet : {"abc", "", "9", "b!!!!"}) {
        WebSocketClient client(server.port());
        EXPECT_THAT(client.next(), StartsWith("text:0"));
        client.send_text(packet);
        EXPECT_EQ(client.next(), "close 1000:") << packet;
    }
    EXPECT_TRUE(server.journal.wait_for("close parse error", 4));
}

TEST_F(Messages, BinaryIsTextForThoseWhoAskForIt) {
    WebSocketClient client(server.port(), "&b64=1");
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    client.send_binary("\1\2\3\4");
    EXPECT_EQ(client.next(), "text:bAQIDBA==");
}

TEST_F(Heartbeats, OverPollingThePongArmsTheNextPing) {
    PollingClient client(server.port());
    for (int round = 0; round < 3; ++round) {
        client.begin_poll();
        server.pass(Milliseconds{25'000});
        EXPECT_EQ(client.end_poll(), "2");
        EXPECT_EQ(client.post_status("3"), 200U);
    }
}

TEST_F(Heartbeats, OverPollingNoPongEndsTheSession) {
    PollingClient client(server.port());
    client.begin_poll();
    server.pass(Milliseconds{25'000});
    EXPECT_EQ(client.end_poll(), "2");
    for (int i = 0; i < 5; ++i)
        server.pass(Milliseconds{4'100});
    EXPECT_TRUE(server.journal.wait_for("close ping timeout"));
    EXPECT_TRUE(client.is_gone());
}

TEST_F(Heartbeats, OverWebSocketThePongArmsTheNextPing) {
    WebSocketClient client(server.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    for (int round = 0; round < 3; ++round) {
        server.pass(Milliseconds{25'000});
        EXPECT_EQ(client.next(), "text:2");
        client.send_text("3");
        EXPECT_TRUE(server.journal.wait_for("heartbeat", static_cast<std::size_t>(round) + 1));
    }
}

TEST_F(Heartbeats, OverWebSocketNoPongEndsTheSession) {
    WebSocketClient client(server.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    for (int i = 0; i < 12; ++i)
        server.pass(Milliseconds{4'000});
    EXPECT_EQ(client.next(), "text:2");
    EXPECT_EQ(client.next(), "end");
    EXPECT_TRUE(server.journal.wait_for("close ping timeout"));
}

TEST_F(Closing, OverPollingAnswersThePendingPollWithANoop) {
    PollingClient client(server.port());
    client.begin_poll();
    ASSERT_TRUE(server.net().eventually([&] { return server.net().server().counters().requests == 2; }));
    EXPECT_EQ(body_of(answer_to(post(client.session().query, "1"))), "ok");
    EXPECT_EQ(client.end_poll(), "6");
    EXPECT_TRUE(client.is_gone());
}

TEST_F(Closing, OverWebSocketEndsTheConnection) {
    WebSocketClient client(server.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    client.send_text("1");
    EXPECT_EQ(client.next(), "close 1000:");
    EXPECT_TRUE(server.journal.wait_for("close transport close"));
}

/// The WebSocket of an upgrade, up to the answered probe.
struct Probe {
    Probe(std::uint16_t port, const PollingSession& session)
        : client(port, "&sid=" + session.query.substr(session.query.size() - 20)) {
        client.send_text("2probe");
        EXPECT_EQ(client.next(), "text:3probe");
    }
    WebSocketClient client;
};

TEST_F(Upgrades, MoveASessionFromPollingToWebSocketWithoutLosingAnything) {
    PollingClient client(server.port());
    Probe probe(server.port(), client.session());
    EXPECT_EQ(client.post_status("4before"), 200U);
    EXPECT_EQ(client.poll(), "4before");
    EXPECT_EQ(client.post_status("4queued"), 200U);
    probe.client.send_text("5");
    EXPECT_EQ(probe.client.next(), "text:4queued");
    probe.client.send_text("4after");
    EXPECT_EQ(probe.client.next(), "text:4after");
}

TEST_F(Upgrades, HttpIsRefusedAfterwards) {
    PollingClient client(server.port());
    Probe probe(server.port(), client.session());
    probe.client.send_text("5");
    probe.client.send_text("4x");
    EXPECT_EQ(probe.client.next(), "text:4x");
    EXPECT_EQ(body_of(answer_to(get(client.session().query))), R"({"code":3,"message":"Bad request"})");
    EXPECT_EQ(body_of(answer_to(post(client.session().query, "4y"))),
              R"({"code":3,"message":"Bad request"})");
    probe.client.send_text("4z");
    EXPECT_EQ(probe.client.next(), "text:4z");
}

TEST_F(Upgrades, AnotherWebSocketIsOpenedAndClosedAfterwards) {
    PollingClient client(server.port());
    Probe probe(server.port(), client.session());
    probe.client.send_text("5");
    WebSocketClient second(server.port(),
                           "&sid=" + client.session().query.substr(client.session().query.size() - 20));
    EXPECT_EQ(status_of(second.handshake()), 101U);
    EXPECT_EQ(second.next(), "close 1000:");
    probe.client.send_text("4still here");
    EXPECT_EQ(probe.client.next(), "text:4still here");
}

}  // namespace
}  // namespace holdfast::transport_tests
