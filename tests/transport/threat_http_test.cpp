// Rows 1 to 9 of docs/threats.md: requests, headers, handshakes and slowness.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Threat01 = ThreatTest;
using Threat02 = ThreatTest;
using Threat03 = ThreatTest;
using Threat04 = ThreatTest;
using Threat05 = ThreatTest;
using Threat06 = ThreatTest;
using Threat07 = ThreatTest;
using Threat08 = ThreatTest;
using Threat09 = ThreatTest;

TEST_F(Threat01, NamesOfTransportsAndSessionsAreNoKeysOfAnObject) {
    Client client(server.port());
    for (const char* name : {"__proto__", "constructor", "toString", "hasOwnProperty", "websockets", ""}) {
        client.send(get("EIO=4&transport=" + std::string(name)));
        const auto answer = client.receive_response();
        EXPECT_EQ(status_of(answer), 400U) << name;
        EXPECT_EQ(body_of(answer), R"({"code":0,"message":"Transport unknown"})") << name;
    }
    for (const char* sid : {"__proto__", "constructor", "AAAAAAAAAAAAAAAAAAAA", "%00", "x"}) {
        client.send(get("EIO=4&transport=polling&sid=" + std::string(sid)));
        const auto answer = client.receive_response();
        EXPECT_EQ(status_of(answer), 400U) << sid;
        EXPECT_EQ(body_of(answer), R"({"code":1,"message":"Session ID unknown"})") << sid;
    }
    const auto counters = server.engine_counters();
    EXPECT_EQ(counters.requests_refused_by_code[0], 6U);
    EXPECT_EQ(counters.requests_refused_by_code[1], 5U);
}

TEST_F(Threat02, AnOctetStreamPostEndsItsSessionAndLeavesNothingHanging) {
    Client client(server.port());
    const PollingSession session(client);
    const auto answer = answer_to(post(session.query, "4x", "Content-Type: application/octet-stream\r\n"));
    EXPECT_EQ(status_of(answer), 400U);
    EXPECT_EQ(body_of(answer), "");
    client.send(get(session.query));
    EXPECT_THAT(client.receive_response(), HasSubstr("Session ID unknown"));
    EXPECT_EQ(server.sessions(), 1U) << "the neighbour's";
    EXPECT_GE(server.engine_counters().requests_refused, 2U);
}

TEST_F(Threat02, ASecondPollAtOnceIsRefusedAndTheFirstIsToldTheEnd) {
    Client first(server.port());
    const PollingSession session(first);
    first.send(get(session.query));
    ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().requests; }, 2 + 1));
    Client second(server.port());
    second.send(get(session.query));
    const auto refused = second.receive_response();
    EXPECT_EQ(status_of(refused), 400U);
    EXPECT_EQ(body_of(refused), "");
    EXPECT_EQ(body_of(first.receive_response()), "1");
    EXPECT_EQ(server.sessions(), 1U);
    EXPECT_GE(server.engine_counters().requests_refused, 1U);
}

TEST_F(Threat02, ASecondPostAtOnceIsRefusedByItsHeadAlone) {
    Client first(server.port());
    const PollingSession session(first);
    first.send("POST /socket.io/?" + session.query +
               " HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n4half");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.table_entries(); }, 3 + 3));
    const auto refused = answer_to(post(session.query, "4x"));
    EXPECT_EQ(status_of(refused), 400U);
    EXPECT_EQ(server.sessions(), 1U);
    first.send("41234");
    EXPECT_EQ(status_of(first.receive_response()), 400U) << "its session is gone";
    EXPECT_GE(server.engine_counters().requests_refused, 2U);
}

TEST_F(Threat03, ASecondWebSocketForAnUpgradedSessionIsOpenedAndClosed) {
    Client polling(server.port());
    const PollingSession session(polling);
    // Frames that come along with the upgrade request are not lost.
    Client upgraded(server.port());
    upgraded.send(get(session.websocket_query(), upgrade_headers) + client_frame(Opcode::text, "2probe") +
                  client_frame(Opcode::text, "5") + client_frame(Opcode::text, "40"));
    EXPECT_EQ(status_of(upgraded.receive_response(true)), 101U);
    EXPECT_EQ(upgraded.receive_exactly(8).substr(2), "3probe");
    EXPECT_THAT(upgraded.receive_exactly(34), HasSubstr("40{\"sid\":"));

    const auto second = answer_to(get(session.websocket_query(), upgrade_headers));
    EXPECT_EQ(status_of(second), 101U) << "an error in HTTP breaks clients";
    EXPECT_THAT(body_of(second), HasSubstr(std::string("\x88\x02\x03\xE8", 4)));
    EXPECT_EQ(server.engine_counters().upgrades, 1U);
    EXPECT_EQ(server.sessions(), 2U) << "the first WebSocket stays";
}

TEST_F(Threat03, AResetDuringARefusedUpgradeLeavesNothing) {
    for (int i = 0; i < 50; ++i) {
        Client rude(server.port());
        rude.send(get("EIO=4&transport=websocket&sid=unknown", upgrade_headers) +
                  client_frame(Opcode::text, "2probe"));
        rude.reset();
    }
    const auto polite = answer_to(get("EIO=4&transport=websocket&sid=unknown", upgrade_headers));
    EXPECT_EQ(status_of(polite), 400U);
    EXPECT_TRUE(server.net().eventually([&] { return server.net_counters().connections_open == 1; }));
    EXPECT_EQ(server.table_entries(), 3U) << "the neighbour's session and WebSocket";
    EXPECT_GE(server.engine_counters().requests_refused_by_code[1], 1U);
}

TEST_F(Threat04, TooManyOrTooLongHeadersAre431) {
    std::string many = "GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 2000; ++i)
        many += "X" + std::to_string(i) + ": y\r\n";
    EXPECT_EQ(status_of(answer_to(many + "\r\n")), 431U);
    const std::string long_header = "X: " + std::string(9 * 1024, 'x') + "\r\n";
    EXPECT_EQ(status_of(answer_to(get("EIO=4&transport=polling", long_header))), 431U);
    std::string a_hundred_and_one = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 100; ++i)
        a_hundred_and_one += "X: y\r\n";
    EXPECT_EQ(status_of(answer_to(a_hundred_and_one + "\r\n")), 431U);
    EXPECT_EQ(server.net_counters().requests_malformed, 3U);
}

TEST_F(Threat05, AmbiguousFramingIsRefusedAndNothingBehindItIsRead) {
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::vector<std::string> cases{
        head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: gzip\r\n\r\n",
        head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        head + "Content-Length: +3\r\n\r\nabc",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\nHost: h\n\n\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x') + "\r\na\r\n0\r\n\r\n",
    };
    for (const auto& bytes : cases) {
        const auto all = answer_to(bytes + get("EIO=4&transport=polling"));
        EXPECT_EQ(status_of(all), 400U) << bytes.substr(0, 100);
        EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
        EXPECT_THAT(all, Not(HasSubstr("\"sid\""))) << "the second request was smuggled in";
    }
    EXPECT_EQ(server.net_counters().requests_malformed, cases.size());
    EXPECT_EQ(server.sessions(), 1U);
}

TEST_F(Threat06, LineBreaksInOriginOrSidReachNoAnswer) {
    for (const auto& bytes : {
             get("EIO=4&transport=polling", "Origin: http://a\rX-Evil: 1\r\n"),
             get("EIO=4&transport=polling", std::string("Origin: http://a\0b\r\n", 20)),
             get("EIO=4&transport=polling&sid=a\r\nX-Evil: 1"),
         }) {
        const auto answer = answer_to(bytes);
        EXPECT_EQ(status_of(answer), 400U) << bytes;
        EXPECT_THAT(answer, Not(HasSubstr("X-Evil")));
    }
    EXPECT_EQ(server.net_counters().requests_malformed, 3U);
    Client client(server.port());
    client.send(get("EIO=4&transport=polling&sid=a%0d%0aX-Evil:%201"));
    const auto answer = client.receive_response();
    EXPECT_EQ(body_of(answer), R"({"code":1,"message":"Session ID unknown"})");
    EXPECT_THAT(answer, Not(HasSubstr("X-Evil")));
    client.send(get("EIO=4&transport=polling", "Origin: http://evil.example\r\n"));
    EXPECT_THAT(client.receive_response(), Not(HasSubstr("evil.example"))) << "no CORS unless configured";
    EXPECT_EQ(server.engine_counters().requests_refused_by_code[1], 1U);
}

TEST_F(Threat07, ForeignOriginsGetNoWebSocket) {
    const std::vector<std::string> foreign{"http://evil.example",
                                           "null",
                                           "http://localhost.evil.example",
                                           "http://evil.localhost",
                                           "http://localhost:1",
                                           "http://localhost@evil.example",
                                           "file://",
                                           "http://localhost#evil",
                                           "chrome-extension://localhost",
                                           "http://localhost, http://x"};
    for (const auto& origin : foreign) {
        const auto answer =
            answer_to(get("EIO=4&transport=websocket", upgrade_headers + "Origin: " + origin + "\r\n"));
        EXPECT_EQ(status_of(answer), 403U) << origin;
        EXPECT_EQ(body_of(answer), R"({"code":4,"message":"Forbidden"})") << origin;
    }
    EXPECT_EQ(server.engine_counters().requests_refused_by_code[4], foreign.size());
    EXPECT_TRUE(WebSocketClient(server.port(), "", "Origin: http://localhost\r\n").join());
    EXPECT_TRUE(WebSocketClient(server.port()).join()) << "no browser, no Origin";
}

TEST_F(Threat08, AHeaderThatComesByteByByteIs408AtTheLimit) {
    Client slow(server.port());
    const auto before = server.net_counters().bytes_in;
    for (std::uint64_t sent = 1; sent <= 4; ++sent) {
        slow.send("G");
        ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().bytes_in; }, before + sent));
        server.net().pass(Milliseconds{1'200});
    }
    slow.send("E");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().bytes_in; }, before + 5));
    server.net().pass(Milliseconds{300});
    EXPECT_EQ(status_of(slow.receive_all()), 408U) << "5 s from the first byte, however many came since";
    EXPECT_EQ(server.net_counters().requests_timed_out, 1U);
}

TEST_F(Threat08, HalfABodyIs408AndEndsTheSession) {
    Client client(server.port());
    const PollingSession session(client);
    client.send("POST /socket.io/?" + session.query +
                " HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n4half");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.table_entries(); }, 3 + 3));
    pass(Milliseconds{10'100});
    EXPECT_EQ(status_of(client.receive_all()), 408U);
    EXPECT_EQ(server.net_counters().requests_timed_out, 1U);
    EXPECT_TRUE(server.net().eventually([&] { return server.sessions() == 1; }));
}

TEST_F(Threat09, AWebSocketThatStaysSilentIsClosedAtFortyFiveSeconds) {
    WebSocketClient silent(server.port());
    EXPECT_THAT(silent.next(), ::testing::StartsWith("text:0{"));
    pass(Milliseconds{44'000});
    EXPECT_EQ(server.sessions(), 2U);
    pass(Milliseconds{1'500});
    EXPECT_TRUE(server.net().eventually([&] { return server.sessions() == 1; }));
    // The heartbeat and the join are both due; either counts it.
    const auto ping =
        server.engine_counters()
            .sessions_closed_by_reason[static_cast<std::size_t>(engineio::CloseReason::ping_timeout)];
    EXPECT_EQ(ping + server.socketio_counters().connect_timeouts, 1U);
}

TEST_F(Threat09, AnUpgradeThatIsNeverFinishedIsGivenUp) {
    Client polling(server.port());
    const PollingSession session(polling);
    Client probe(server.port());
    probe.send(get(session.websocket_query(), upgrade_headers) + client_frame(Opcode::text, "2probe"));
    EXPECT_EQ(status_of(probe.receive_response(true)), 101U);
    EXPECT_EQ(probe.receive_exactly(8).substr(2), "3probe");
    pass(Milliseconds{10'100});
    EXPECT_THAT(probe.receive_all(), HasSubstr(std::string("\x88\x02\x03\xE8", 4)));
    EXPECT_EQ(server.engine_counters().upgrades_given_up, 1U);
    EXPECT_EQ(server.sessions(), 2U) << "polling goes on";
}

}  // namespace
}  // namespace holdfast::transport_tests
