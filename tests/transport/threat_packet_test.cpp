// Rows 15 to 20 of docs/threats.md: Socket.IO packets and JSON.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

class PacketThreat : public ThreatTest {
  protected:
    /// Every packet, sent by a client of its own, closes that client with a parse error that is counted.
    void expect_parse_errors(const std::vector<std::string>& packets) {
        const auto before = server.socketio_counters().parse_errors;
        for (const auto& packet : packets) {
            WebSocketClient client(server.port());
            ASSERT_TRUE(client.join());
            client.send_text(packet);
            EXPECT_EQ(client.next(), "close 1000:") << packet.substr(0, 60);
            EXPECT_EQ(client.next(), "end");
        }
        EXPECT_EQ(server.socketio_counters().parse_errors, before + packets.size());
        EXPECT_EQ(server.sessions(), 1U);
    }
};
using Threat15 = PacketThreat;
using Threat16 = PacketThreat;
using Threat17 = PacketThreat;
using Threat18 = PacketThreat;
using Threat19 = PacketThreat;
using Threat20 = PacketThreat;

TEST_F(Threat15, BadAttachmentCountsAreParseErrors) {
    expect_parse_errors({"450-[\"x\"]", "4511-", "45-1-", "4550x1-", "45-", "451",
                         "4599999999999999999999-[\"x\"]", "4511-[\"x\",{\"_placeholder\":true,\"num\":0}]"});
}

TEST_F(Threat15, TextWhileAttachmentsAreDueAndBinaryThatNobodyAnnouncedAreParseErrors) {
    expect_parse_errors({"450-[\"x\"]"});
    WebSocketClient text(server.port());
    ASSERT_TRUE(text.join());
    text.send_text("451-[\"echo\",{\"_placeholder\":true,\"num\":0}]");
    text.send_text("42[\"echo\"]");
    EXPECT_EQ(text.next(), "close 1000:");
    WebSocketClient binary(server.port());
    ASSERT_TRUE(binary.join());
    binary.send_binary("nobody asked");
    EXPECT_EQ(binary.next(), "close 1000:");
    EXPECT_EQ(server.socketio_counters().parse_errors, 3U);
}

TEST_F(Threat15, AttachmentsThatNeverComeAreFreedByATimeOut) {
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text("452-[\"echo\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]");
    client.send_binary("the first");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.engine_counters().messages_in; }, 4));
    pass(Milliseconds{24'000});
    EXPECT_EQ(server.sessions(), 2U);
    pass(Milliseconds{7'000});
    EXPECT_EQ(client.last(), "close 1000:");
    EXPECT_EQ(server.socketio_counters().attachment_timeouts, 1U);
}

TEST_F(Threat16, PlaceholdersAreSmallWholeNumbersInRange) {
    std::vector<std::string> packets;
    for (const char* num :
         {"\"splice\"", "\"0\"", "-1", "0.5", "1e99", "null", "true", "[0]", "{}", "99999999999999999999"}) {
        packets.push_back("451-[\"echo\",{\"_placeholder\":true,\"num\":" + std::string(num) + "}]");
    }
    for (const auto& packet : packets) {
        WebSocketClient client(server.port());
        ASSERT_TRUE(client.join());
        client.send_text(packet);
        client.send_binary("x");
        EXPECT_EQ(client.next(), "close 1000:") << packet;
    }
    // One attachment, and its number says the second.
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text("451-[\"echo\",{\"_placeholder\":true,\"num\":1}]");
    client.send_binary("x");
    EXPECT_EQ(client.next(), "close 1000:");
    EXPECT_EQ(server.socketio_counters().parse_errors, packets.size() + 1);
}

TEST_F(Threat17, GiantAckIdsAreParseErrors) {
    expect_parse_errors({"42" + std::string(400, '9') + "[\"echo\"]", "429007199254740992[\"echo\"]",
                         "4218446744073709551616[\"echo\"]", "43" + std::string(400, '9') + "[]"});
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text("429007199254740991[\"echo\"]");
    EXPECT_EQ(client.next(), "text:439007199254740991[]");
}

TEST_F(Threat18, EventNamesAreTextOrNumberAndNotReserved) {
    expect_parse_errors({R"(42[{"toString":"x"}])", R"(42["connect"])", R"(42["connect_error"])",
                         R"(42["disconnect"])", R"(42["disconnecting"])", R"(42["newListener"])",
                         R"(42["removeListener"])", "42[]", "42[null]", "42[true]", "42[[]]", "42{}",
                         "42\"x\""});
}

TEST_F(Threat19, DeepJsonStopsAtTheLimitOfDepth) {
    // Reading stops where the depth is passed: what stands behind is not looked at, however much it is.
    expect_parse_errors({"42" + std::string(100'000, '['), "42[\"echo\"," + std::string(100'000, '[') + "]",
                         "42[\"echo\"," + std::string(33, '[') + std::string(33, ']') + "]"});
}

TEST_F(Threat19, AMillionKeysAreTooLargeAndWhereTheyAreNotStopAtTheLimitOfValues) {
    std::string event = "42[\"echo\",{";
    for (int i = 0; i < 1'000'000; ++i)
        event += "\"" + std::to_string(i) + "\":0,";
    event += "\"last\":0}]";
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text(event);
    EXPECT_EQ(client.next(), "close 1009:");
    EXPECT_EQ(server.net_counters().websocket_too_big, 1U);

    net::ServerSettings roomy;
    roomy.message_bytes = 2 * event.size();
    SocketIoTestServer large({}, roomy);
    WebSocketClient other(large.port());
    ASSERT_TRUE(other.join());
    other.send_text(event);
    EXPECT_EQ(other.next(), "close 1000:");
    EXPECT_EQ(large.socketio_counters().parse_errors, 1U);
}

TEST_F(Threat20, PrototypeKeysArePlainData) {
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text(R"(421["echo",{"__proto__":{"polluted":true},"constructor":{"prototype":1}}])");
    EXPECT_EQ(client.next(), R"(text:431[{"__proto__":{"polluted":true},"constructor":{"prototype":1}}])");
    client.send_text(R"(42["__proto__",1])");
    client.send_text(R"(422["echo",{}])");
    EXPECT_EQ(client.next(), "text:432[{}]");
    EXPECT_EQ(server.socketio_counters().events_unhandled, 1U);
}

}  // namespace
}  // namespace holdfast::transport_tests
