// WebSocket over real loopback sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using websocket::Opcode;
using websocket::testing::client_frame;

const std::string upgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

std::vector<std::string> events_in(const std::string& stream) {
    return websocket::testing::decode_in_pieces({.message_bytes = 100'000'000, .expect_masked = false},
                                                stream, std::max<std::size_t>(stream.size(), 1));
}

std::shared_ptr<const std::string> text_frame(std::string_view text) {
    auto frame = std::make_shared<std::string>();
    websocket::append_server_frame(*frame, Opcode::text, text);
    return frame;
}

void echo(WebSocketConnection& connection, std::string_view data, bool) {
    connection.send_frames(text_frame(data));
}

TEST(WebSocketServer, OpensEchoesAndCloses) {
    TestServer server;
    server.script.on_message = echo;
    server.start();
    Client client(server.port());
    client.send(upgrade);
    const auto head = client.receive_response();
    EXPECT_EQ(status_of(head), 101U);
    EXPECT_THAT(head, HasSubstr("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    client.send(client_frame(Opcode::text, "hello"));
    EXPECT_THAT(events_in(client.receive_exactly(7)), ElementsAre("text:hello"));
    client.send(client_frame(Opcode::ping, "p") + client_frame(Opcode::close,
                                                               "\x03\xE8"
                                                               "bye"));
    EXPECT_THAT(events_in(client.receive_all()), ElementsAre("pong:p", "close 1000:"));
    EXPECT_TRUE(server.script.journal.wait_for("closed"));
    EXPECT_EQ(server.server().counters().websockets_opened, 1U);
}

TEST(WebSocketServer, FramesThatComeAlongWithTheUpgradeAreNotLost) {
    TestServer server;
    server.script.on_message = echo;
    server.start();
    Client client(server.port());
    const auto second = client_frame(Opcode::text, "two");
    client.send(upgrade + client_frame(Opcode::text, "one") + second.substr(0, 4));
    client.send(second.substr(4) + client_frame(Opcode::close, ""));
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    EXPECT_THAT(events_in(client.receive_all()), ElementsAre("text:one", "text:two", "close 1005:"));
}

TEST(WebSocketServer, AnUpgradeMayFollowOtherRequestsOnTheSameConnection) {
    TestServer server;
    server.script.on_message = echo;
    server.start();
    Client client(server.port());
    client.send("GET /first HTTP/1.1\r\nHost: h\r\n\r\n" + upgrade + client_frame(Opcode::text, "x"));
    EXPECT_EQ(body_of(client.receive_response()), "GET /first? ");
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    EXPECT_THAT(events_in(client.receive_exactly(3)), ElementsAre("text:x"));
}

TEST(WebSocketServer, ARefusedUpgradeIsAnsweredInHttpAndAResetDuringItDoesNoHarm) {
    TestServer server;
    server.script.on_upgrade = [](const HttpRequest&) { return text_response("{\"code\":4}", 403); };
    server.start();
    Client client(server.port());
    client.send(upgrade + client_frame(Opcode::text, "ignored"));
    const auto all = client.receive_all();
    EXPECT_EQ(status_of(all), 403U);
    EXPECT_EQ(body_of(all), "{\"code\":4}");
    for (int i = 0; i < 20; ++i) {
        Client rude(server.port());
        rude.send(upgrade);
        rude.reset();
    }
    Client after(server.port());
    after.send(upgrade);
    EXPECT_EQ(status_of(after.receive_all()), 403U);
}

TEST(WebSocketServer, RefusesABadKeyAndAnOldVersion) {
    TestServer server;
    server.start();
    auto bad_key = upgrade;
    bad_key.replace(bad_key.find("dGhl"), 4, "!!!!");
    Client first(server.port());
    first.send(bad_key);
    EXPECT_EQ(status_of(first.receive_all()), 400U);
    auto old_version = upgrade;
    old_version.replace(old_version.find("Version: 13"), 11, "Version: 8");
    Client second(server.port());
    second.send(old_version);
    const auto answer = second.receive_all();
    EXPECT_EQ(status_of(answer), 426U);
    EXPECT_THAT(answer, HasSubstr("Sec-WebSocket-Version: 13\r\n"));
}

TEST(WebSocketServer, ClosesWithTheRightCodeWhenTheClientBreaksTheRules) {
    ServerSettings settings;
    settings.message_bytes = 1000;
    TestServer server(settings);
    server.start();
    std::string fragments = client_frame(Opcode::text, "", false);
    for (int i = 0; i < 200; ++i)
        fragments += client_frame(Opcode::continuation, "", false);
    const std::vector<std::pair<std::string, std::string>> cases{
        {client_frame(static_cast<Opcode>(3), ""), "close 1002:"},
        {client_frame(Opcode::text, "\xFF"), "close 1007:"},
        {client_frame(Opcode::binary, std::string(1001, 'x')), "close 1009:"},
        {fragments, "close 1008:"},
    };
    for (const auto& [stream, expected] : cases) {
        Client client(server.port());
        client.send(upgrade);
        EXPECT_EQ(status_of(client.receive_response()), 101U);
        client.send(stream);
        EXPECT_THAT(events_in(client.receive_all()), ElementsAre(expected));
        EXPECT_FALSE(client.was_reset());
    }
    EXPECT_TRUE(server.script.journal.wait_for("closed with error", cases.size()));
    EXPECT_EQ(server.server().counters().websocket_failures, cases.size());
}

TEST(WebSocketServer, ReportsAClientThatVanishesAndOneThatJustEnds) {
    TestServer server;
    server.start();
    Client rude(server.port());
    rude.send(upgrade);
    EXPECT_EQ(status_of(rude.receive_response()), 101U);
    rude.reset();
    EXPECT_TRUE(server.script.journal.wait_for("closed with error"));
    Client silent(server.port());
    silent.send(upgrade);
    EXPECT_EQ(status_of(silent.receive_response()), 101U);
    silent.finish_sending();
    EXPECT_TRUE(server.script.journal.wait_for("closed"));
    EXPECT_EQ(silent.receive_all(), "");
    EXPECT_TRUE(server.eventually([&] { return server.server().counters().connections_open == 0; }));
}

TEST(WebSocketServer, TheApplicationMayCloseFromInsideAMessageAndHearsNoMore) {
    TestServer server;
    server.script.on_message = [](WebSocketConnection& connection, std::string_view data, bool) {
        connection.send_frames(text_frame(data));
        connection.close(1000);
        connection.send_frames(text_frame("too late"));
    };
    server.start();
    Client client(server.port());
    client.send(upgrade + client_frame(Opcode::text, "first") + client_frame(Opcode::text, "second"));
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    EXPECT_THAT(events_in(client.receive_all()), ElementsAre("text:first", "close 1000:"));
    client.close();
    EXPECT_TRUE(server.eventually([&] { return server.server().counters().connections_open == 0; }));
    EXPECT_EQ(server.script.journal.count("message first"), 1U);
    EXPECT_EQ(server.script.journal.count("message second"), 0U);
    EXPECT_EQ(server.script.journal.count("closed"), 0U);
}

TEST(WebSocketServer, AClientThatNeverReadsIsDisconnectedAtTheLimitOfItsQueue) {
    TestServer server;
    const auto frame = text_frame(std::string(10'000, 'x'));
    server.script.on_message = [&](WebSocketConnection& connection, std::string_view, bool) {
        for (int i = 0; i < 10; ++i)
            connection.send_frames(frame);
        EXPECT_LE(connection.queued_bytes(), limits::send_queue_bytes);
    };
    server.start();
    Client client(server.port(), 4096);
    client.send(upgrade);
    // The kernel takes some megabytes before it makes the server wait.
    const auto question = client_frame(Opcode::text, "more");
    while (server.script.journal.count("closed with error") == 0 && client.send(question)) {
    }
    EXPECT_TRUE(server.script.journal.wait_for("closed with error"));
    EXPECT_EQ(server.server().counters().send_queue_overflows, 1U);
    EXPECT_EQ(server.script.journal.count("closed with error"), 1U);
}

TEST(WebSocketServer, AClientThatReadsGetsMoreThanTheLimitInOrder) {
    TestServer server;
    std::size_t sent = 0;
    WebSocketConnection* open = nullptr;
    std::string expected;
    for (int i = 0; i < 3000; ++i)
        expected += *text_frame(std::to_string(i) + std::string(1000, '.'));
    const auto fill = [&](WebSocketConnection& connection) {
        while (sent < 3000 && connection.queued_bytes() < 500'000) {
            connection.send_frames(text_frame(std::to_string(sent++) + std::string(1000, '.')));
        }
    };
    server.script.on_open = [&](WebSocketConnection& connection) { open = &connection; };
    server.script.on_message = [&](WebSocketConnection& connection, std::string_view, bool) {
        fill(connection);
    };
    server.start();
    Client client(server.port(), 4096);
    client.send(upgrade);
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    std::string received;
    while (received.size() < expected.size()) {
        client.send(client_frame(Opcode::text, "more"));
        const auto piece =
            client.receive_exactly(std::min<std::size_t>(400'000, expected.size() - received.size()));
        if (piece.empty()) break;
        received += piece;
    }
    EXPECT_TRUE(received == expected);
    EXPECT_TRUE(server.script.journal.wait_for("drained"));
}

TEST(WebSocketServer, MoreThanOneReadTakesIsReadToItsEnd) {
    TestServer server;
    server.script.on_message = [](WebSocketConnection& connection, std::string_view data, bool) {
        connection.send_text(std::to_string(data.size()));
    };
    server.start();
    Client client(server.port());
    client.send(upgrade);
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    std::string questions;
    std::string expected;
    for (const std::size_t size : {900'000U, 1U, 262'144U - 8U, 524'288U - 22U, 3U}) {
        questions += client_frame(Opcode::text, std::string(size, 'x'));
        expected += *text_frame("4" + std::to_string(size));
    }
    client.send(questions);
    client.finish_sending();
    EXPECT_TRUE(client.receive_exactly(expected.size()) == expected);
    EXPECT_TRUE(server.script.journal.wait_for("closed"));
}

TEST(WebSocketServer, CopiedTextsOfOneTurnStayInOrderWithSharedOnes) {
    TestServer server;
    server.script.on_message = [](WebSocketConnection& connection, std::string_view data, bool) {
        connection.send_text("one");
        connection.send_text(data);
        connection.send_frames(text_frame("shared"));
        connection.send_text(std::string(300'000, 'x'));  // more than a turn has room for
        connection.send_text("last");
    };
    server.start();
    Client client(server.port());
    client.send(upgrade);
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    std::string expected;
    for (const auto* const question : {"a", "b"}) {
        for (const auto& text : {std::string("4one"), std::string("4") + question, std::string("shared"),
                                 "4" + std::string(300'000, 'x'), std::string("4last")})
            expected += *text_frame(text);
    }
    client.send(client_frame(Opcode::text, "a") + client_frame(Opcode::text, "b"));
    EXPECT_TRUE(client.receive_exactly(expected.size()) == expected);
}

TEST(WebSocketServer, CopiedTextsThatAClientReadsLateAreStillWhatWasSent) {
    TestServer server;
    int turn = 0;
    server.script.on_message = [&](WebSocketConnection& connection, std::string_view data, bool) {
        for (int i = 0; i < 40; ++i)
            connection.send_text(std::string(data) + std::to_string(turn++) + std::string(1000, '.'));
    };
    server.start();
    Client slow(server.port(), 4096);
    Client other(server.port());
    std::string expected_slow;
    for (auto* const client : {&slow, &other}) {
        client->send(upgrade);
        EXPECT_EQ(status_of(client->receive_response()), 101U);
    }
    const auto texts = [&](const std::string& name, int first) {
        std::string all;
        for (int i = first; i < first + 40; ++i)
            all += *text_frame("4" + name + std::to_string(i) + std::string(1000, '.'));
        return all;
    };
    constexpr int rounds = 20;  // the kernel keeps less than that for a client with so small a buffer
    for (int round = 0; round < rounds; ++round) {
        slow.send(client_frame(Opcode::text, "slow"));
        ASSERT_TRUE(server.script.journal.wait_for("message slow", static_cast<std::size_t>(round) + 1));
        other.send(client_frame(Opcode::text, "other"));
        const auto expected = texts("other", round * 80 + 40);
        ASSERT_TRUE(other.receive_exactly(expected.size()) == expected);
        expected_slow += texts("slow", round * 80);
    }
    EXPECT_TRUE(slow.receive_exactly(expected_slow.size()) == expected_slow);
}

TEST(WebSocketServer, AClientThatNeverReadsCopiesIsDisconnectedAtTheLimitToo) {
    TestServer server;
    server.script.on_message = [&](WebSocketConnection& connection, std::string_view, bool) {
        for (int i = 0; i < 10; ++i)
            connection.send_text(std::string(10'000, 'x'));
        EXPECT_LE(connection.queued_bytes(), limits::send_queue_bytes);
    };
    server.start();
    Client client(server.port(), 4096);
    client.send(upgrade);
    const auto question = client_frame(Opcode::text, "more");
    while (server.script.journal.count("closed with error") == 0 && client.send(question)) {
    }
    EXPECT_TRUE(server.script.journal.wait_for("closed with error"));
}

TEST(WebSocketServer, StopSaysGoodbye) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send(upgrade);
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    ASSERT_TRUE(server.script.journal.wait_for("open"));
    std::thread stopping([&] { server.server().stop(); });
    EXPECT_THAT(events_in(client.receive_all()), ElementsAre("close 1001:"));
    client.close();
    stopping.join();
    EXPECT_EQ(server.server().counters().connections_open, 0U);
}

TEST(WebSocketServer, DestroyingTheServerWithOpenConnectionsEndsThem) {
    auto server = std::make_unique<TestServer>();
    server->start();
    Client client(server->port());
    client.send(upgrade);
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    Client waiting(server->port());
    waiting.send("GET / HT");
    server.reset();
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_EQ(waiting.receive_all(), "");
}

TEST(WebSocketServer, ManyClientsOnSeveralThreadsWithPostsInBetween) {
    ServerSettings settings;
    settings.threads = 2;
    TestServer server(settings);
    server.script.on_message = echo;
    server.start();
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 40; ++i) {
        clients.push_back(std::make_unique<Client>(server.port()));
        clients.back()->send(upgrade);
    }
    std::atomic<int> posted{0};
    for (int round = 0; round < 50; ++round) {
        for (auto& client : clients)
            client->send(client_frame(Opcode::text, "r" + std::to_string(round % 10)));
        for (std::size_t thread = 0; thread < 2; ++thread)
            server.server().post(thread, [&] { ++posted; });
    }
    for (auto& client : clients) {
        EXPECT_EQ(status_of(client->receive_response()), 101U);
        const auto events = events_in(client->receive_exactly(50 * 4));
        ASSERT_EQ(events.size(), 50U);
        for (std::size_t round = 0; round < 50; ++round)
            EXPECT_EQ(events[round], "text:r" + std::to_string(round % 10));
    }
    EXPECT_TRUE(server.eventually([&] { return posted == 100; }));
}

}  // namespace
}  // namespace holdfast::net
