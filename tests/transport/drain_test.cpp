// Stopping in good order: nobody new, what waits is answered, what is queued goes out, and nobody holds it
// up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;

/// Stops the server beside the test, which meanwhile plays the clients.
class Stopping {
  public:
    explicit Stopping(SocketIoTestServer& server) : thread_([&server] { server.net().server().stop(); }) {}
    ~Stopping() { thread_.join(); }

  private:
    std::thread thread_;
};

net::ServerSettings draining_for(Milliseconds time) {
    net::ServerSettings settings;
    settings.drain_time = time;
    return settings;
}

TEST(Drain, AParkedPollIsAnsweredWithTheEndOfItsSession) {
    SocketIoTestServer server;
    Client client(server.port());
    const PollingSession session(client);
    client.send(get(session.query));
    ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().requests; }, 2));
    const Stopping stopping(server);
    const auto answer = client.receive_all();
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_EQ(body_of(answer), "1");
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
    client.close();
}

TEST(Drain, WhatIsQueuedForAWebSocketArrivesBeforeTheGoodbye) {
    SocketIoTestServer server({}, draining_for(Milliseconds{60'000}));
    WebSocketClient client(server.port(), "", "", 4096);
    ASSERT_TRUE(client.join());
    // More than the kernel takes at once, less than the limit of the queue.
    for (int i = 0; i < 15; ++i)
        client.send_text("42[\"flood\"]");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.engine_counters().messages_in; }, 16));
    const Stopping stopping(server);
    int floods = 0;
    std::string last;
    for (auto event = client.next(); event != "end"; event = client.next()) {
        if (event.starts_with("text:42[\"flooded\"")) ++floods;
        last = event.substr(0, 30);
    }
    client.socket().close();
    EXPECT_EQ(floods, 15);
    EXPECT_EQ(last, "close 1001:");
}

TEST(Drain, NobodyNewIsTaken) {
    SocketIoTestServer server({}, draining_for(Milliseconds{60'000}));
    const auto port = server.port();
    auto holding = std::make_unique<Client>(port);
    holding->send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().bytes_in; }, 50));
    auto open = std::make_unique<Client>(port);
    ASSERT_TRUE(server.reaches([](auto& s) { return s.net_counters().connections_accepted; }, 2));
    {
        const Stopping stopping(server);
        EXPECT_EQ(open->receive_all(), "") << "idle connections are closed";
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int late = ::socket(AF_INET, SOCK_STREAM, 0);
        EXPECT_NE(::connect(late, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ::close(late);
        // The request that had begun is finished, and the connection with it.
        holding->send("+ half");
        const auto answer = holding->receive_all();
        EXPECT_EQ(status_of(answer), 200U);
        EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
        holding.reset();
        open.reset();
    }
    EXPECT_EQ(server.net_counters().connections_open, 0U);
}

TEST(Drain, AClientThatNeverReadsDoesNotHoldItUp) {
    SocketIoTestServer server({}, draining_for(Milliseconds{100}));
    WebSocketClient deaf(server.port(), "", "", 4096);
    ASSERT_TRUE(deaf.join());
    for (int i = 0; i < 15; ++i)
        deaf.send_text("42[\"flood\"]");
    ASSERT_TRUE(server.reaches([](auto& s) { return s.engine_counters().messages_in; }, 16));
    server.net().server().stop();
    EXPECT_EQ(server.net_counters().connections_open, 0U);
}

}  // namespace
}  // namespace holdfast::transport_tests
