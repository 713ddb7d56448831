// Rows 10 to 14, 21 and 22 of docs/threats.md: frames, sizes, stray pongs and clients that do not read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using Threat10 = ThreatTest;
using Threat11 = ThreatTest;
using Threat12 = ThreatTest;
using Threat13 = ThreatTest;
using Threat14 = ThreatTest;
using Threat21 = ThreatTest;
using Threat22 = ThreatTest;

TEST_F(Threat10, ReservedBitsBadOpcodesAndUnmaskedFramesAre1002) {
    std::vector<std::string> cases;
    for (const unsigned bit : {0x40U, 0x20U, 0x10U}) {
        auto frame = client_frame(Opcode::text, "4x");
        frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) | bit);
        cases.push_back(frame);
    }
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        cases.push_back(client_frame(static_cast<Opcode>(opcode), ""));
    std::string unmasked;
    websocket::append_server_frame(unmasked, Opcode::text, "4x");
    cases.push_back(unmasked);
    cases.push_back(client_frame(Opcode::continuation, "x"));
    cases.push_back(client_frame(Opcode::ping, std::string(126, 'x')));
    cases.push_back(client_frame(Opcode::ping, "x", false));
    for (const auto& frame : cases) {
        WebSocketClient client(server.port());
        ASSERT_TRUE(client.join());
        client.send_raw(frame);
        EXPECT_EQ(client.next(), "close 1002:");
        EXPECT_EQ(client.next(), "end");
    }
    EXPECT_EQ(server.net_counters().websocket_failures, cases.size());
}

TEST_F(Threat11, AnAnnouncementOfExabytesIsRefusedBeforeAnythingIsKept) {
    const auto announce = [](std::string_view length) {
        return std::string("\x82\xFF", 2).append(length).append("\1\2\3\4");
    };
    WebSocketClient top_bit(server.port());
    ASSERT_TRUE(top_bit.join());
    top_bit.send_raw(announce(std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8)));
    EXPECT_EQ(top_bit.next(), "close 1002:");
    WebSocketClient huge(server.port());
    ASSERT_TRUE(huge.join());
    huge.send_raw(announce(std::string("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8)));
    EXPECT_EQ(huge.next(), "close 1009:");
    EXPECT_EQ(server.net_counters().websocket_failures, 2U);
    EXPECT_EQ(server.net_counters().websocket_too_big, 1U);
}

TEST_F(Threat12, InvalidUtf8Is1007AlsoSplitOverFragments) {
    const std::vector<std::string> cases{
        client_frame(Opcode::text, "42[\"\xFF\"]"),
        client_frame(Opcode::text, "42[\"\xED\xA0\x80\"]"),
        client_frame(Opcode::text, "42[\"\xC0\xAF\"]"),
        client_frame(Opcode::text, "42[\"\xF0\x9F", false) + client_frame(Opcode::continuation, "x\"]"),
        client_frame(Opcode::text, "42[\"\xF0\x9F", false) + client_frame(Opcode::continuation, ""),
    };
    for (const auto& frames : cases) {
        WebSocketClient client(server.port());
        ASSERT_TRUE(client.join());
        client.send_raw(frames);
        EXPECT_EQ(client.next(), "close 1007:");
    }
    EXPECT_EQ(server.net_counters().websocket_bad_text, cases.size());
    WebSocketClient honest(server.port());
    ASSERT_TRUE(honest.join());
    honest.send_raw(client_frame(Opcode::text, "421[\"echo\",\"\xF0\x9F", false) +
                    client_frame(Opcode::continuation, "\x98\x80\"]"));
    EXPECT_EQ(honest.next(), "text:431[\"\xF0\x9F\x98\x80\"]");
}

TEST_F(Threat13, AMessageOneByteOverTheLimitIs1009AndOneOfTheLimitIsTaken) {
    const std::string start = "42[\"nobody\",\"";
    const std::string exact = start + std::string(limits::message_bytes - start.size() - 2, 'x') + "\"]";
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    client.send_text(exact);
    client.send_text("421[\"echo\"]");
    EXPECT_EQ(client.next(), "text:431[]");
    client.send_raw(client_frame(Opcode::text, exact, false) + client_frame(Opcode::continuation, "x"));
    EXPECT_EQ(client.next(), "close 1009:");
    WebSocketClient whole(server.port());
    ASSERT_TRUE(whole.join());
    whole.send_text(exact + "x");
    EXPECT_EQ(whole.next(), "close 1009:");
    EXPECT_EQ(server.net_counters().websocket_too_big, 2U);
    EXPECT_TRUE(WebSocketClient(server.port()).join()) << "and may come back";
}

TEST_F(Threat14, TwoHundredThousandEmptyFragmentsAre1008AfterTheFirstHundred) {
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    std::string thousand;
    for (int i = 0; i < 1000; ++i)
        thousand += client_frame(Opcode::continuation, "", false);
    client.send_raw(client_frame(Opcode::text, "4", false));
    for (int i = 0; i < 200 && client.send_raw(thousand); ++i) {
    }
    EXPECT_EQ(client.next(), "close 1008:");
    EXPECT_EQ(server.net_counters().websocket_too_many_fragments, 1U);
}

TEST_F(Threat14, TinyFragmentsCountToo) {
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    std::string frames = client_frame(Opcode::text, "4", false);
    for (std::size_t i = 1; i < limits::message_fragments; ++i)
        frames += client_frame(Opcode::continuation, "2", false);
    client.send_raw(frames);
    client.send_raw(client_frame(Opcode::continuation, "2"));
    EXPECT_EQ(client.next(), "close 1008:");
    EXPECT_EQ(server.net_counters().websocket_too_many_fragments, 1U);
}

TEST_F(Threat21, TenThousandStrayPongsChangeNothing) {
    WebSocketClient client(server.port());
    ASSERT_TRUE(client.join());
    const auto entries = server.table_entries();
    std::string pongs;
    for (int i = 0; i < 100; ++i)
        pongs += client_frame(Opcode::text, "3") + client_frame(Opcode::pong, "stray");
    for (int i = 0; i < 100; ++i)
        client.send_raw(pongs);
    ASSERT_TRUE(server.reaches([](auto& s) { return s.engine_counters().pongs_ignored; }, 10'000));
    EXPECT_EQ(server.table_entries(), entries);
    // The heartbeat goes on as if nothing had been: one ping at 25 s, and one pong answers it.
    pass(Milliseconds{25'100});
    EXPECT_EQ(client.next(), "text:2");
    client.send_text("3");
    client.send_text("421[\"echo\"]");
    EXPECT_EQ(client.next(), "text:431[]");
    EXPECT_EQ(server.engine_counters().pongs_ignored, 10'000U);
}

TEST_F(Threat22, AClientThatNeverReadsIsDisconnectedAtItsQueuesLimit) {
    WebSocketClient deaf(server.port(), "", "", 4096);
    ASSERT_TRUE(deaf.join());
    const auto overflows = [this] {
        return server.engine_counters().sessions_closed_by_reason[static_cast<std::size_t>(
                   engineio::CloseReason::queue_overflow)] +
               server.net_counters().send_queue_overflows;
    };
    while (deaf.send_text("42[\"flood\"]") && overflows() == 0) {
    }
    EXPECT_TRUE(server.net().eventually([&] { return overflows() == 1 && server.sessions() == 1; }));
    EXPECT_TRUE(WebSocketClient(server.port()).join()) << "and may come back";
}

TEST_F(Threat22, APollingClientThatNeverPollsIsDisconnectedToo) {
    Client client(server.port());
    const PollingSession session(client);
    client.send(post(session.query, "40"));
    EXPECT_EQ(body_of(client.receive_response()), "ok");
    for (int i = 0; i < 25; ++i) {
        client.send(post(session.query, "42[\"flood\"]"));
        if (status_of(client.receive_response()) != 200) break;
    }
    EXPECT_TRUE(server.net().eventually([&] { return server.sessions() == 1; }));
    EXPECT_EQ(server.engine_counters()
                  .sessions_closed_by_reason[static_cast<std::size_t>(engineio::CloseReason::queue_overflow)],
              1U);
}

}  // namespace
}  // namespace holdfast::transport_tests
