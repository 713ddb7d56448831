// A bare Engine.IO server on loopback that sends every message back, on one or more net threads.
#pragma once

#include <memory>
#include <string>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {

class EngineNode final : public engineio::SessionListener, public net::HttpHandler {
  public:
    EngineNode(const engineio::Settings& settings, net::testing::Journal& journal, std::size_t thread)
        : journal_(journal), ids_(secure_, thread), engine_(settings, *this, ids_) {}
    [[nodiscard]] engineio::Engine& engine() { return engine_; }

    void on_open(engineio::SessionId, std::shared_ptr<const engineio::Handshake>) override {
        journal_.add("open");
    }
    void on_message(engineio::SessionId session, std::string_view data, bool binary) override {
        engine_.send(session, std::make_shared<const engineio::OutgoingMessage>(
                                  binary ? engineio::OutgoingMessage::binary(std::string(data))
                                         : engineio::OutgoingMessage(data)));
    }
    void on_close(engineio::SessionId, engineio::CloseReason reason) override {
        journal_.add("close " + std::string(to_string(reason)));
    }
    void on_drain(engineio::SessionId) override {}
    void on_heartbeat(engineio::SessionId, Instant) override { journal_.add("heartbeat"); }
    void on_http(const net::HttpRequest&, std::shared_ptr<net::HttpResponder> responder) override {
        responder->respond(net::testing::text_response("page"));
    }

  private:
    net::testing::Journal& journal_;
    SecureRandom secure_;
    net::SessionRandom ids_;
    engineio::Engine engine_;
};

class EngineNodeApplication final : public net::EngineApplication {
  public:
    EngineNodeApplication(std::unique_ptr<EngineNode> node, std::size_t threads,
                          std::atomic<std::size_t>& ticks)
        : EngineApplication(node->engine(), *node, threads), node_(std::move(node)), ticks_(ticks) {}
    void on_tick(Instant now) override {
        EngineApplication::on_tick(now);
        ++ticks_;
    }

  private:
    std::unique_ptr<EngineNode> node_;
    std::atomic<std::size_t>& ticks_;
};

class EngineTestServer {
  public:
    explicit EngineTestServer(std::size_t threads = 1, engineio::Settings settings = {})
        : server_(with_threads(threads), [this, threads, settings](std::size_t thread) {
              return std::make_unique<EngineNodeApplication>(
                  std::make_unique<EngineNode>(settings, journal, thread), threads, time_.ticks());
          }) {
        server_.start();
    }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }
    [[nodiscard]] TestServer& net() { return server_; }
    void pass(Milliseconds time) { time_.pass(server_, time); }

    net::testing::Journal journal;

  private:
    static net::ServerSettings with_threads(std::size_t threads) {
        net::ServerSettings settings;
        settings.threads = threads;
        return settings;
    }
    SteppedTime time_;
    TestServer server_;
};

/// A session over polling with a connection of its own.
class PollingClient {
  public:
    explicit PollingClient(std::uint16_t port) : client_(port), session_(client_) {}
    [[nodiscard]] Client& socket() { return client_; }
    [[nodiscard]] const PollingSession& session() const { return session_; }
    [[nodiscard]] std::string poll() {
        begin_poll();
        return end_poll();
    }
    void begin_poll() const { client_.send(get(session_.query)); }
    [[nodiscard]] std::string end_poll() { return body_of(client_.receive_response()); }
    [[nodiscard]] unsigned post_status(const std::string& body) {
        client_.send(post(session_.query, body));
        return status_of(client_.receive_response());
    }
    /// What the session's next request gets.
    [[nodiscard]] bool is_gone() {
        client_.send(get(session_.query));
        return body_of(client_.receive_response()) == R"({"code":1,"message":"Session ID unknown"})";
    }

  private:
    Client client_;
    PollingSession session_;
};

}  // namespace holdfast::transport_tests
