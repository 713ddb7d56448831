// Mistakes that other servers and clients of this protocol have made, each with its number in
// docs/conformance.md, over sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;

using ::testing::StartsWith;

class Trap : public ::testing::Test {
  protected:
    static std::string sid_of(const PollingSession& session) {
        return session.query.substr(session.query.size() - 20);
    }
    EngineTestServer engine;
    SocketIoTestServer io;
};

TEST_F(Trap, N01EveryPollDuringAnUpgradeGetsItsNoopAndN02TheWebSocketGetsNoneN03AndTheHeartbeatWaits) {
    PollingClient client(engine.port());
    WebSocketClient probe(engine.port(), "&sid=" + sid_of(client.session()));
    probe.send_text("2probe");
    EXPECT_EQ(probe.next(), "text:3probe");
    for (int round = 0; round < 3; ++round) {
        client.begin_poll();
        ASSERT_TRUE(engine.net().eventually(
            [&] { return engine.net().server().counters().requests == 3U + static_cast<unsigned>(round); }));
        engine.pass(Milliseconds{110});
        EXPECT_EQ(client.end_poll(), "6");
    }
    probe.send_text("5");
    engine.pass(Milliseconds{200});
    probe.send_text("4x");
    EXPECT_EQ(probe.next(), "text:4x") << "no noop in between";
    engine.pass(Milliseconds{9'000});
    engine.pass(Milliseconds{9'000});
    engine.pass(Milliseconds{7'000});
    EXPECT_EQ(probe.next(), "text:2") << "the heartbeat went on over the WebSocket";
}

TEST_F(Trap, N04TheFirstPingComesOnce) {
    WebSocketClient client(engine.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    engine.pass(Milliseconds{25'100});
    engine.pass(Milliseconds{5'000});
    EXPECT_EQ(client.next(), "text:2");
    client.send_text("3");
    client.send_text("4x");
    EXPECT_EQ(client.next(), "text:4x");
}

TEST_F(Trap, N06AttachmentsStayBehindTheirHeaderWhateverElseIsSent) {
    WebSocketClient client(io.port());
    ASSERT_TRUE(client.join());
    std::string frames;
    for (int i = 0; i < 200; ++i) {
        frames += client_frame(Opcode::text, "451-[\"message\",{\"_placeholder\":true,\"num\":0}]") +
                  client_frame(Opcode::binary, std::to_string(i)) +
                  client_frame(Opcode::text, "42" + std::to_string(i) + "[\"echo\"]");
    }
    client.send_raw(frames);
    for (int i = 0; i < 200; ++i) {
        ASSERT_THAT(client.next(), StartsWith("text:451-[\"message-back\""));
        ASSERT_EQ(client.next(), "binary:" + std::to_string(i));
        ASSERT_EQ(client.next(), "text:43" + std::to_string(i) + "[]");
    }
}

TEST_F(Trap, N10EverySpellingOfTheMainNamespaceN11AckIdZeroN12AndNoAckOfOurOwn) {
    for (const char* spelled : {"40", "40/,", "40{}", "40/,{}"}) {
        WebSocketClient client(io.port());
        EXPECT_THAT(client.next(), StartsWith("text:0"));
        client.send_text(spelled);
        EXPECT_THAT(client.next(), StartsWith("text:40{\"sid\"")) << spelled;
        client.send_text("425[\"nobody handles this\"]");
        client.send_text("420[\"echo\",\"zero\"]");
        EXPECT_EQ(client.next(), "text:430[\"zero\"]") << spelled;
        client.send_text("41/,");
        client.send_text("40");
        EXPECT_THAT(client.next(), StartsWith("text:40{")) << "a trailing comma on a disconnect";
    }
}

TEST_F(Trap, N15APostIsCappedByItsBytesAndNotByItsPackets) {
    PollingClient client(engine.port());
    std::string body = "4a";
    for (int i = 1; i < 20'000; ++i)
        body +=
            "\x1e"
            "4a";
    EXPECT_EQ(client.post_status(body), 200U);
    EXPECT_EQ(client.poll(), body);
}

TEST_F(Trap, N16AnEmptyAttachmentIsAnAttachmentOverBothTransports) {
    WebSocketClient client(io.port());
    ASSERT_TRUE(client.join());
    client.send_text("451-[\"message\",{\"_placeholder\":true,\"num\":0}]");
    client.send_binary("");
    EXPECT_THAT(client.next(), StartsWith("text:451-"));
    EXPECT_EQ(client.next(), "binary:");
    PollingClient polling(io.port());
    EXPECT_EQ(polling.post_status("40\x1e"
                                  "451-[\"message\",{\"_placeholder\":true,\"num\":0}]\x1e"
                                  "b"),
              200U);
    EXPECT_THAT(polling.poll(), HasSubstr("\x1e"
                                          "451-[\"message-back\",{\"_placeholder\":true,\"num\":0}]\x1e"
                                          "b"));
}

TEST_F(Trap, N18AParkedPollThatIsAnsweredSeparatesItsPackets) {
    PollingClient client(engine.port());
    client.begin_poll();
    ASSERT_TRUE(engine.net().eventually([&] { return engine.net().server().counters().requests == 2; }));
    Client other(engine.port());
    other.send(post(client.session().query,
                    "4a\x1e"
                    "4b\x1e"
                    "bAQ=="));
    EXPECT_EQ(body_of(other.receive_response()), "ok");
    EXPECT_EQ(client.end_poll(),
              "4a\x1e"
              "4b\x1e"
              "bAQ==");
}

TEST_F(Trap, N19Base64ThatBeginsWithB4IsNoOldProtocolN20AndMalformedBase64EndsAtOnce) {
    PollingClient client(engine.port());
    // 0xe3 0x1e begins with "4x" in base64.
    EXPECT_EQ(client.post_status("b4x4="), 200U);
    EXPECT_EQ(client.poll(), "b4x4=");
    for (const char* broken : {"b====", "bA", "b*", "bAQ=A", "b4 x4", "b\xC3\xA9"}) {
        PollingClient other(engine.port());
        EXPECT_EQ(other.post_status(broken), 400U) << broken;
        EXPECT_TRUE(other.is_gone()) << broken;
    }
    PollingClient lazy(engine.port());
    EXPECT_EQ(lazy.post_status("b4x4"), 200U) << "some clients leave the padding out";
    EXPECT_EQ(lazy.poll(), "b4x4=");
}

TEST_F(Trap, N22DisconnectAndConnectInOneBurstAreHandledInOrder) {
    PollingClient client(io.port());
    EXPECT_EQ(client.post_status("40\x1e"
                                 "41\x1e"
                                 "40\x1e"
                                 "421[\"echo\"]"),
              200U);
    const auto payload = client.poll();
    EXPECT_THAT(payload, StartsWith("40{\"sid\""));
    EXPECT_THAT(payload, HasSubstr("\x1e"
                                   "40{\"sid\""));
    EXPECT_TRUE(
        payload.ends_with("\x1e"
                          "431[]"))
        << payload;
}

TEST_F(Trap, N23AClientMayPostANoopWhileItUpgrades) {
    PollingClient client(engine.port());
    WebSocketClient probe(engine.port(), "&sid=" + sid_of(client.session()));
    probe.send_text("2probe");
    EXPECT_EQ(probe.next(), "text:3probe");
    EXPECT_EQ(client.post_status("6"), 200U);
    probe.send_text("5");
    probe.send_text("4x");
    EXPECT_EQ(probe.next(), "text:4x");
}

TEST(TrapOfThreads, N24AfterTheUpgradeHttpIsRefusedAtOnceOnEveryThread) {
    EngineTestServer server(4);
    PollingClient client(server.port());
    WebSocketClient probe(server.port(),
                          "&sid=" + client.session().query.substr(client.session().query.size() - 20));
    probe.send_text("2probe");
    EXPECT_EQ(probe.next(), "text:3probe");
    probe.send_text("5");
    probe.send_text("4x");
    EXPECT_EQ(probe.next(), "text:4x");
    for (int i = 0; i < 20; ++i) {
        Client anywhere(server.port());
        anywhere.send(get(client.session().query));
        EXPECT_EQ(body_of(anywhere.receive_response()), R"({"code":3,"message":"Bad request"})");
    }
    probe.send_text("4y");
    EXPECT_EQ(probe.next(), "text:4y");
}

TEST_F(Trap, N25BytesAreCountedAlsoInChunksAndCharactersMayBeCutBetweenReads) {
    PollingClient client(engine.port());
    const std::string text = "4\xE2\x82\xAC\xF0\x9F\x98\x80 euro";
    std::string head = "POST /socket.io/?" + client.session().query +
                       " HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.socket().send(head);
    for (const char byte : text) {
        // Each byte is a chunk and a segment of its own.
        client.socket().send("1\r\n" + std::string(1, byte) + "\r\n");
    }
    client.socket().send("0\r\n\r\n");
    EXPECT_EQ(body_of(client.socket().receive_response()), "ok");
    EXPECT_EQ(client.poll(), text);

    // The limit counts bytes: 333,333 characters of three bytes and one digit are exactly 1,000,000.
    std::string large = "4";
    for (int i = 0; i < 333'333; ++i)
        large += "\xE2\x82\xAC";
    ASSERT_EQ(large.size(), limits::message_bytes);
    EXPECT_EQ(client.post_status(large), 200U);
    EXPECT_EQ(client.poll(), large);
    EXPECT_EQ(client.post_status(large + "x"), 413U);
}

TEST_F(Trap, N26NoCharacterIsCutInTwo) {
    std::string text = "x";
    for (int i = 0; i < 30'000; ++i)
        text += "\xF0\x9F\x98\x80";
    WebSocketClient client(engine.port());
    EXPECT_THAT(client.next(), StartsWith("text:0"));
    client.send_text("4" + text);
    EXPECT_TRUE(client.next() == "text:4" + text);
    PollingClient polling(engine.port());
    EXPECT_EQ(polling.post_status("4" + text), 200U);
    EXPECT_TRUE(polling.poll() == "4" + text);
}

}  // namespace
}  // namespace holdfast::transport_tests
