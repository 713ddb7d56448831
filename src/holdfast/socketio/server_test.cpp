// The server over its real engine: what the wire carries from the upgrade to the shut-down.
#include "holdfast/socketio/server.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

class FakeWebSocket final : public engineio::WebSocketConnection {
  public:
    void send_frames(std::shared_ptr<const std::string> frames) override { received += *frames; }
    void send_message(engineio::MessagePointer message) override { received += message->websocket_frames(); }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued; }
    void close(std::uint16_t code) override { close_code = code; }

    std::string received;  ///< frames, back to back
    std::size_t queued = 0;
    std::optional<std::uint16_t> close_code;
};

class ServerTest : public testing::Test {
  protected:
    ServerTest() {
        server.of("/").on("echo",
                          [](Socket& /*socket*/, Event& event) { event.ack(std::move(event.arguments)); });
        server.of("/").on_disconnect(
            [this](Socket& /*socket*/, DisconnectReason reason) { ends.emplace_back(to_string(reason)); });
    }

    engineio::WebSocketId open(FakeWebSocket& socket) {
        engineio::HttpRequest request;
        request.method = "GET";
        request.path = "/socket.io/";
        request.query = "EIO=4&transport=websocket";
        request.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Host", "localhost"}};
        request.remote_address = "127.0.0.1";
        const auto answer = server.engine().on_upgrade_request(request, now, {});
        const auto* const accepted = std::get_if<engineio::UpgradeAccepted>(&answer);
        EXPECT_NE(accepted, nullptr);
        if (accepted == nullptr) return 0;
        server.engine().on_websocket_open(accepted->websocket, socket, now);
        says(accepted->websocket, "40");
        return accepted->websocket;
    }
    void says(engineio::WebSocketId id, std::string_view text) {
        server.engine().on_websocket_message(id, text, false, now);
    }

    SeededRandom random{1};
    Server server{Settings{}, random};
    Instant now{1h};
    std::vector<std::string> ends;
};

TEST_F(ServerTest, AnEventIsAckedInAnEngineMessage) {
    FakeWebSocket socket;
    const auto id = open(socket);
    EXPECT_NE(socket.received.find(R"(40{"sid":")"), std::string::npos);
    EXPECT_EQ(server.of("/").sockets({})[0]->transport(), engineio::TransportKind::websocket);
    socket.received.clear();
    says(id, R"(420["echo","x"])");
    EXPECT_EQ(socket.received.substr(2), R"(430["x"])");
}

TEST_F(ServerTest, ANamespaceIsMadeForANameThatMatchesAPatternAsAWhole) {
    std::vector<std::string> made;
    server.of(std::regex("/game-[0-9]+"),
              [&](Namespace& nsp) { made.push_back("set up " + std::string(nsp.name())); });
    server.on_new_namespace([&](Namespace& nsp) { made.push_back("new " + std::string(nsp.name())); });
    FakeWebSocket socket;
    const auto id = open(socket);
    for (const auto* text : {"40/game-7,", "40/game-x,", "40/game-8/x,", "40/a/game-8,"})
        says(id, text);
    EXPECT_EQ(made, (std::vector<std::string>{"set up /game-7", "new /game-7"}));
    EXPECT_EQ(server.of("/game-7").socket_count(), 1U);
    EXPECT_NE(socket.received.find(R"(44/game-x,{"message":"Invalid namespace"})"), std::string::npos);
}

TEST_F(ServerTest, AParseErrorClosesTheConnection) {
    FakeWebSocket socket;
    const auto id = open(socket);
    says(id, "42[]");
    EXPECT_TRUE(socket.close_code.has_value());
    EXPECT_EQ(ends, std::vector<std::string>{"parse error"});
    EXPECT_EQ(server.engine().session_count(), 0U);
}

TEST_F(ServerTest, AClientThatDoesNotReadIsDisconnectedAtItsLimitAndNobodyElse) {
    FakeWebSocket slow, quick;
    open(slow);
    open(quick);
    slow.queued = limits::send_queue_bytes;
    server.of("/").broadcast({}, "x", {});
    server.on_tick(now += 50ms);
    EXPECT_EQ(ends, std::vector<std::string>{"queue overflow"});
    EXPECT_EQ(server.of("/").socket_count(), 1U);
    EXPECT_NE(quick.received.find(R"(42["x"])"), std::string::npos);
}

TEST_F(ServerTest, AHeartbeatReachesTheSocket) {
    FakeWebSocket socket;
    const auto id = open(socket);
    std::optional<Instant> confirmed;
    server.of("/").on_heartbeat([&](Socket& /*socket*/, Instant ping_sent) { confirmed = ping_sent; });
    const Instant pinged = now += limits::ping_interval;
    server.on_tick(pinged);
    now += 10ms;
    says(id, "3");
    EXPECT_EQ(confirmed, pinged);
}

TEST_F(ServerTest, ShutDownSendsNoNamespaceDisconnect) {
    FakeWebSocket socket;
    open(socket);
    socket.received.clear();
    server.shut_down(now);
    EXPECT_EQ(socket.received.find("41"), std::string::npos);
    EXPECT_TRUE(socket.close_code.has_value());
    EXPECT_EQ(ends, std::vector<std::string>{"server shutting down"});
}

TEST_F(ServerTest, AServerMayGoWithClientsConnectedAndSocketsKept) {
    FakeWebSocket socket;
    auto other = std::make_unique<Server>(Settings{}, random);
    SocketPointer kept;
    other->of("/").on_connection([&](SocketPointer connected) { kept = std::move(connected); });
    engineio::HttpRequest request;
    request.method = "GET";
    request.path = "/socket.io/";
    request.query = "EIO=4&transport=websocket";
    request.headers = {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Host", "localhost"}};
    const auto answer = other->engine().on_upgrade_request(request, now, {});
    const auto id = std::get<engineio::UpgradeAccepted>(answer).websocket;
    other->engine().on_websocket_open(id, socket, now);
    other->engine().on_websocket_message(id, "40", false, now);
    ASSERT_NE(kept, nullptr);
    other.reset();
    EXPECT_FALSE(kept->connected());
    EXPECT_EQ(kept->emit("x"), engineio::SendVerdict::dropped);
}

}  // namespace
}  // namespace holdfast::socketio
