// The Engine.IO engine on real sockets: polling, WebSocket, the upgrade, several threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/net/session_route.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using websocket::Opcode;
using websocket::testing::client_frame;

/// Echoes every message, and answers plain HTTP with its path.
class EchoNode final : public engineio::SessionListener, public HttpHandler {
  public:
    EchoNode(Journal& journal, std::size_t thread)
        : journal_(journal), random_(secure_, thread), engine_({}, *this, random_) {}

    [[nodiscard]] engineio::Engine& engine() { return engine_; }

    void on_open(engineio::SessionId, std::shared_ptr<const engineio::Handshake>) override {
        journal_.add("open");
    }
    void on_message(engineio::SessionId session, std::string_view data, bool) override {
        engine_.send(session, std::make_shared<const engineio::OutgoingMessage>(data));
    }
    void on_close(engineio::SessionId, engineio::CloseReason reason) override {
        journal_.add("close " + std::string(to_string(reason)));
    }
    void on_drain(engineio::SessionId) override {}
    void on_heartbeat(engineio::SessionId, Instant) override { journal_.add("heartbeat"); }
    void on_http(const HttpRequest& request, std::shared_ptr<HttpResponder> responder) override {
        responder->respond(text_response("page " + std::string(request.path)));
    }

  private:
    Journal& journal_;
    SecureRandom secure_;
    SessionRandom random_;
    engineio::Engine engine_;
};

class EchoApplication final : public EngineApplication {
  public:
    EchoApplication(std::unique_ptr<EchoNode> node, std::size_t thread_count)
        : EngineApplication(node->engine(), *node, thread_count), node_(std::move(node)) {}

  private:
    std::unique_ptr<EchoNode> node_;
};

struct EchoServer {
    explicit EchoServer(std::size_t threads = 1)
        : server(settings_with(threads), [this, threads](std::size_t thread) {
              return std::make_unique<EchoApplication>(std::make_unique<EchoNode>(journal, thread), threads);
          }) {
        server.start();
    }
    static ServerSettings settings_with(std::size_t threads) {
        ServerSettings settings;
        settings.threads = threads;
        return settings;
    }

    Journal journal;
    TestServer server;
};

std::string get(const std::string& query, const std::string& more = "") {
    return "GET /socket.io/?EIO=4&" + query + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

std::string post(const std::string& query, const std::string& body) {
    return "POST /socket.io/?EIO=4&" + query +
           " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

const std::string upgrade =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

/// Opens a polling session and gives its id.
std::string open_session(Client& client) {
    client.send(get("transport=polling"));
    const auto body = body_of(client.receive_response());
    const auto begin = body.find("\"sid\":\"");
    EXPECT_NE(begin, std::string::npos) << body;
    return body.substr(begin + 7, 20);
}

/// The payload of the next server frame, if it is a short one.
std::string next_message(Client& client) {
    const auto header = client.receive_exactly(2);
    if (header.size() < 2) return "end";
    auto size = static_cast<std::size_t>(static_cast<unsigned char>(header[1]));
    if (size == 126) {
        const auto more = client.receive_exactly(2);
        size = static_cast<std::size_t>(static_cast<unsigned char>(more[0])) * 256 +
               static_cast<unsigned char>(more[1]);
    }
    return client.receive_exactly(size);
}

TEST(EngineServer, ServesPollingAndPagesSideBySide) {
    EchoServer echo;
    Client client(echo.server.port());
    client.send("GET /about HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(body_of(client.receive_response()), "page /about");
    const auto session = open_session(client);
    Client poller(echo.server.port());
    poller.send(get("transport=polling&sid=" + session));
    client.send(post("transport=polling&sid=" + session, "4hello"));
    EXPECT_EQ(body_of(client.receive_response()), "ok");
    EXPECT_EQ(body_of(poller.receive_response()), "4hello");
    client.send(get("transport=polling&sid=nobody"));
    const auto refused = client.receive_response();
    EXPECT_EQ(status_of(refused), 400U);
    EXPECT_THAT(refused, HasSubstr("{\"code\":1,\"message\":\"Session ID unknown\"}"));
}

TEST(EngineServer, AParkedPollIsAnsweredByTheHeartbeatAndAnAbortedOneEndsTheSession) {
    EchoServer echo;
    Client client(echo.server.port());
    const auto session = open_session(client);
    client.send(get("transport=polling&sid=" + session));
    ASSERT_TRUE(echo.server.eventually([&] { return echo.server.server().counters().requests == 2; }));
    echo.server.pass(Milliseconds{25'100});
    EXPECT_EQ(body_of(client.receive_response()), "2");
    client.send(get("transport=polling&sid=" + session));
    ASSERT_TRUE(echo.server.eventually([&] { return echo.server.server().counters().requests == 3; }));
    client.close();
    EXPECT_TRUE(echo.journal.wait_for("close transport error"));
}

TEST(EngineServer, ABodyOverTheLimitIs413AndTheSessionSurvives) {
    EchoServer echo;
    Client poller(echo.server.port());
    const auto session = open_session(poller);
    Client big(echo.server.port());
    big.send(post("transport=polling&sid=" + session, "4" + std::string(limits::message_bytes, 'x')));
    const auto refused = big.receive_all();
    EXPECT_EQ(status_of(refused), 413U);
    EXPECT_EQ(body_of(refused), "");
    Client again(echo.server.port());
    again.send(post("transport=polling&sid=" + session, "4" + std::string(limits::message_bytes - 1, 'x')));
    EXPECT_EQ(body_of(again.receive_response()), "ok");
    poller.send(get("transport=polling&sid=" + session));
    EXPECT_EQ(body_of(poller.receive_response()).size(), limits::message_bytes);
}

TEST(EngineServer, SpeaksWebSocketFromTheStart) {
    EchoServer echo;
    Client client(echo.server.port());
    client.send(get("transport=websocket", upgrade) + client_frame(Opcode::text, "4along"));
    EXPECT_EQ(status_of(client.receive_response()), 101U);
    EXPECT_THAT(next_message(client), ::testing::StartsWith("0{\"sid\":"));
    EXPECT_EQ(next_message(client), "4along");
    echo.server.pass(Milliseconds{25'100});
    EXPECT_EQ(next_message(client), "2");
    client.send(client_frame(Opcode::text, "3"));
    EXPECT_TRUE(echo.journal.wait_for("heartbeat"));
    client.reset();
    EXPECT_TRUE(echo.journal.wait_for("close transport error"));
}

TEST(EngineServer, UpgradesASessionAndRefusesAnUnknownOneBeforeThe101) {
    EchoServer echo;
    Client client(echo.server.port());
    const auto session = open_session(client);
    Client unknown(echo.server.port());
    unknown.send(get("transport=websocket&sid=nobody", upgrade));
    EXPECT_EQ(status_of(unknown.receive_all()), 400U);

    Client socket(echo.server.port());
    socket.send(get("transport=websocket&sid=" + session, upgrade) + client_frame(Opcode::text, "2probe"));
    EXPECT_EQ(status_of(socket.receive_response()), 101U);
    EXPECT_EQ(next_message(socket), "3probe");
    socket.send(client_frame(Opcode::text, "5") + client_frame(Opcode::text, "4after"));
    EXPECT_EQ(next_message(socket), "4after");
    client.send(get("transport=polling&sid=" + session));
    EXPECT_EQ(status_of(client.receive_response()), 400U);
}

TEST(EngineServer, AnySocketReachesASessionOnAnyThread) {
    EchoServer echo(4);
    for (int i = 0; i < 12; ++i) {
        Client opener(echo.server.port());
        const auto session = open_session(opener);
        ASSERT_TRUE(thread_of_session(session, 4));
        Client poster(echo.server.port());
        poster.send(post("transport=polling&sid=" + session, "4over"));
        EXPECT_EQ(body_of(poster.receive_response()), "ok");
        Client poller(echo.server.port());
        poller.send(get("transport=polling&sid=" + session));
        EXPECT_EQ(body_of(poller.receive_response()), "4over");
        Client socket(echo.server.port());
        socket.send(get("transport=websocket&sid=" + session, upgrade) +
                    client_frame(Opcode::text, "2probe"));
        EXPECT_EQ(status_of(socket.receive_response()), 101U);
        EXPECT_EQ(next_message(socket), "3probe");
        socket.send(client_frame(Opcode::text, "5") + client_frame(Opcode::text, "4done"));
        EXPECT_EQ(next_message(socket), "4done");
        // After the upgrade HTTP on this session is refused at once, whatever thread it comes in on.
        Client late(echo.server.port());
        late.send(get("transport=polling&sid=" + session));
        EXPECT_EQ(status_of(late.receive_response()), 400U);
    }
    EXPECT_EQ(echo.server.server().counters().connections_accepted, 60U);
}

TEST(EngineServer, AClientThatNeverReadsLosesItsSessionAndNobodyElseDoes) {
    EchoServer echo;
    Client reader(echo.server.port());
    reader.send(get("transport=websocket", upgrade));
    EXPECT_EQ(status_of(reader.receive_response()), 101U);
    EXPECT_THAT(next_message(reader), ::testing::StartsWith("0{"));
    Client deaf(echo.server.port(), 4096);
    deaf.send(get("transport=websocket", upgrade));
    const auto question = client_frame(Opcode::text, "4" + std::string(50'000, 'x'));
    while (echo.journal.count("close send queue overflow") == 0 && deaf.send(question)) {
    }
    const auto closes = [&] {
        const auto events = echo.journal.events();
        return std::ranges::count_if(events, [](const auto& event) { return event.starts_with("close "); });
    };
    EXPECT_TRUE(echo.server.eventually([&] { return closes() == 1; }));
    reader.send(client_frame(Opcode::text, "4still here"));
    EXPECT_EQ(next_message(reader), "4still here");
    EXPECT_EQ(closes(), 1);
}

TEST(EngineServer, StopEndsEverySession) {
    EchoServer echo(2);
    Client poller(echo.server.port());
    const auto session = open_session(poller);
    poller.send(get("transport=polling&sid=" + session));
    Client socket(echo.server.port());
    socket.send(get("transport=websocket", upgrade));
    EXPECT_EQ(status_of(socket.receive_response()), 101U);
    ASSERT_TRUE(echo.journal.wait_for("open", 2));
    ASSERT_TRUE(echo.server.eventually([&] { return echo.server.server().counters().requests == 3; }));
    std::thread stopping([&] { echo.server.server().stop(); });
    EXPECT_EQ(body_of(poller.receive_all()), "1");
    EXPECT_THAT(socket.receive_all(), HasSubstr("\x88"));
    poller.close();
    socket.close();
    stopping.join();
    EXPECT_EQ(echo.journal.count("close server shutting down"), 2U);
}

}  // namespace
}  // namespace holdfast::net
