// A whole server on loopback, from the socket to Socket.IO, with clients that speak just enough to behave or
// to misbehave. Time passes only when a test lets it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/net/session_route.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::transport_tests {

using net::testing::body_of;
using net::testing::Client;
using net::testing::status_of;
using net::testing::TestServer;
using websocket::Opcode;
using websocket::testing::client_frame;

/// How time goes by for a server under test: in steps, each seen by every thread.
class SteppedTime {
  public:
    /// Counts the ticks of all threads.
    [[nodiscard]] std::atomic<std::size_t>& ticks() { return ticks_; }
    /// Lets `time` go by after every deadline that stands has been seen by a tick, and waits for its effect.
    void pass(TestServer& server, Milliseconds time) {
        wait(server);
        server.pass(time);
        wait(server);
    }

  private:
    void wait(TestServer& server) {
        // The ticks that are under way may have begun too early; those after them have not.
        const std::size_t enough = ticks_ + 2 * server.server().thread_count() + 2;
        EXPECT_TRUE(server.eventually([&] { return ticks_ >= enough; }));
    }
    std::atomic<std::size_t> ticks_{0};
};

/// Echoes: `echo` acks its arguments, `message` comes back as `message-back`, `flood` sends a large event.
class Node final : public net::HttpHandler {
  public:
    Node(const socketio::Settings& settings, std::size_t thread)
        : ids_(secure_, thread), server_(settings, ids_) {
        auto& main = server_.of("/");
        main.on("echo", [](socketio::Socket&, socketio::Event& event) {
            event.ack(socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
        });
        main.on("message", [](socketio::Socket& socket, socketio::Event& event) {
            socket.emit("message-back",
                        socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
        });
        (void)server_.of("/custom");
        main.on("flood", [](socketio::Socket& socket, socketio::Event&) {
            socket.emit("flooded", socketio::json::array{std::string(50'000, 'x')});
        });
    }
    [[nodiscard]] socketio::Server& server() { return server_; }
    void on_http(const net::HttpRequest&, std::shared_ptr<net::HttpResponder> responder) override {
        responder->respond(net::testing::text_response("page"));
    }

  private:
    SecureRandom secure_;
    net::SessionRandom ids_;
    socketio::Server server_;
};

class NodeApplication final : public net::EngineApplication {
  public:
    NodeApplication(std::unique_ptr<Node> node, std::size_t threads, std::atomic<std::size_t>& ticks)
        : EngineApplication(node->server().engine(), *node, threads), node_(std::move(node)), ticks_(ticks) {}
    void on_tick(Instant now) override {
        node_->server().on_tick(now);
        ++ticks_;
    }
    void on_shut_down(Instant now) override { node_->server().shut_down(now); }

  private:
    std::unique_ptr<Node> node_;
    std::atomic<std::size_t>& ticks_;
};

class SocketIoTestServer {
  public:
    explicit SocketIoTestServer(socketio::Settings settings = {}, net::ServerSettings net_settings = {},
                                net::EngineApplication::FileLookup files = {})
        : server_(std::move(net_settings), [this, settings, files](std::size_t thread) {
              auto node = std::make_unique<Node>(settings, thread);
              if (thread == 0) node_ = node.get();
              auto application = std::make_unique<NodeApplication>(std::move(node), 1, time_.ticks());
              application->serve_files(files);
              return application;
          }) {
        server_.start();
    }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] TestServer& net() { return server_; }
    void pass(Milliseconds time) { time_.pass(server_, time); }
    [[nodiscard]] net::ServerCounters net_counters() { return server_.server().counters(); }
    [[nodiscard]] socketio::Counters socketio_counters() {
        return ask([](Node& node) { return node.server().counters(); });
    }
    [[nodiscard]] engineio::EngineCounters engine_counters() {
        return ask([](Node& node) { return node.server().engine().counters(); });
    }
    [[nodiscard]] std::size_t sessions() {
        return ask([](Node& node) { return node.server().engine().session_count(); });
    }
    [[nodiscard]] std::size_t table_entries() {
        return ask([](Node& node) { return node.server().engine().table_entries(); });
    }
    /// Waits until `counter(counters)` of the engine or of Socket.IO has grown to `expected`.
    template <typename Read>
    [[nodiscard]] bool reaches(Read read, std::uint64_t expected) {
        return server_.eventually([&] { return read(*this) >= expected; });
    }

  private:
    template <typename Question>
    [[nodiscard]] std::invoke_result_t<Question, Node&> ask(Question question) {
        std::promise<std::invoke_result_t<Question, Node&>> answer;
        server_.server().post(0, [&] { answer.set_value(question(*node_)); });
        return answer.get_future().get();
    }

    SteppedTime time_;
    Node* node_ = nullptr;  // of thread 0, used on it alone; before server_, which fills it in
    TestServer server_;
};

[[nodiscard]] inline std::string get(const std::string& query, const std::string& more = "") {
    return "GET /socket.io/?" + query + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
}

[[nodiscard]] inline std::string post(const std::string& query, const std::string& body,
                                      const std::string& more = "") {
    return "POST /socket.io/?" + query + " HTTP/1.1\r\nHost: localhost\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline const std::string upgrade_headers =
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n";

/// A WebSocket whose messages are read one by one.
class WebSocketClient {
  public:
    explicit WebSocketClient(std::uint16_t port, const std::string& more_query = "",
                             const std::string& more_headers = "", int receive_buffer_bytes = 0)
        : client_(port, receive_buffer_bytes) {
        client_.send(get("EIO=4&transport=websocket" + more_query, upgrade_headers + more_headers));
        handshake_ = client_.receive_response(true);
    }
    [[nodiscard]] const std::string& handshake() const { return handshake_; }
    [[nodiscard]] Client& socket() { return client_; }
    bool send_text(std::string_view text) const { return client_.send(client_frame(Opcode::text, text)); }
    bool send_binary(std::string_view bytes) const {
        return client_.send(client_frame(Opcode::binary, bytes));
    }
    bool send_raw(std::string_view bytes) const { return client_.send(bytes); }
    /// The next frame as "text:…", "binary:…", "close 1002:…"; "end" when there is none.
    [[nodiscard]] std::string next() {
        while (recorder_.events.empty()) {
            auto bytes = client_.receive_exactly(1);
            if (bytes.empty()) return "end";
            decoder_.decode({bytes.data(), bytes.size()}, recorder_);
        }
        auto event = std::move(recorder_.events.front());
        recorder_.events.erase(recorder_.events.begin());
        return event;
    }
    /// Reads to the end and gives the last frame before it.
    [[nodiscard]] std::string last() {
        std::string last = "nothing";
        for (auto event = next(); event != "end"; event = next())
            last = std::move(event);
        return last;
    }
    /// Opens the Engine.IO session and joins the main namespace.
    [[nodiscard]] bool join() {
        if (status_of(handshake_) != 101 || !next().starts_with("text:0{")) return false;
        send_text("40");
        return next().starts_with("text:40{\"sid\":");
    }

  private:
    static const websocket::DecoderSettings& settings() {
        static const websocket::DecoderSettings settings{
            .message_bytes = 10'000'000, .message_fragments = 100, .expect_masked = false};
        return settings;
    }
    Client client_;
    std::string handshake_;
    websocket::testing::FrameRecorder recorder_;
    websocket::FrameDecoder decoder_{settings()};
};

/// Somebody honest who is connected while others misbehave.
class Neighbour {
  public:
    explicit Neighbour(std::uint16_t port) : client_(port) { EXPECT_TRUE(client_.join()); }
    /// Whether an event is acked and nothing came that should not have come; answers pings meanwhile.
    [[nodiscard]] bool is_undisturbed() {
        const auto id = std::to_string(++last_id_);
        client_.send_text("42" + id + "[\"echo\",\"" + id + "\"]");
        auto event = client_.next();
        while (event == "text:2") {
            client_.send_text("3");
            event = client_.next();
        }
        return event == "text:43" + id + "[\"" + id + "\"]";
    }

  private:
    WebSocketClient client_;
    int last_id_ = 0;
};

/// A polling session, opened.
struct PollingSession {
    explicit PollingSession(Client& client) {
        client.send(get("EIO=4&transport=polling"));
        const auto body = body_of(client.receive_response());
        const auto begin = body.find("\"sid\":\"");
        EXPECT_NE(begin, std::string::npos) << body;
        if (begin != std::string::npos) query = "EIO=4&transport=polling&sid=" + body.substr(begin + 7, 20);
    }
    [[nodiscard]] std::string websocket_query() const {
        return "EIO=4&transport=websocket&sid=" + query.substr(query.size() - 20);
    }
    std::string query;
};

/// Every threat has an honest neighbour, who must not notice it.
class ThreatTest : public ::testing::Test {
  protected:
    void TearDown() override { EXPECT_TRUE(neighbour.is_undisturbed()); }

    /// Lets time pass in steps that the neighbour's heartbeat survives.
    void pass(Milliseconds time) {
        constexpr Milliseconds step{5'000};
        for (; time > Milliseconds{0}; time -= step) {
            server.pass(std::min(step, time));
            EXPECT_TRUE(neighbour.is_undisturbed());
        }
    }
    /// Sends on a connection of its own, reads to the end.
    [[nodiscard]] std::string answer_to(const std::string& bytes) const {
        Client client(server.port());
        client.send(bytes);
        return client.receive_all();
    }

    SocketIoTestServer server;
    Neighbour neighbour{server.port()};
};

}  // namespace holdfast::transport_tests
