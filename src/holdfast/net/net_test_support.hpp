// For the tests of this layer: a server on loopback with an application made of lambdas, a clock that is
// moved by hand, and a plain client socket.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/net/server.hpp"

namespace holdfast::net::testing {

// Nothing in these tests takes this long unless it hangs.
inline constexpr int patience_milliseconds = 20'000;

/// A clock that may be read by the server's threads while a test moves it.
class SharedClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override {
        return Instant{std::chrono::hours{1}} + Milliseconds{offset_.load()};
    }
    [[nodiscard]] UnixTime unix_now() const override { return {784'111'777'000 + offset_.load()}; }
    void advance(Milliseconds by) { offset_ += by.count(); }

  private:
    std::atomic<std::int64_t> offset_{0};
};

/// Events that happen on the server's threads; a test waits for them by name.
class Journal {
  public:
    void add(std::string event) {
        const std::lock_guard lock(mutex_);
        events_.push_back(std::move(event));
        changed_.notify_all();
    }
    /// Whether `event` has been or will soon be added, at least `times` times.
    [[nodiscard]] bool wait_for(const std::string& event, std::size_t times = 1) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, Milliseconds{patience_milliseconds}, [&] {
            return static_cast<std::size_t>(std::ranges::count(events_, event)) >= times;
        });
    }
    [[nodiscard]] std::vector<std::string> events() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }
    [[nodiscard]] std::size_t count(const std::string& event) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(std::ranges::count(events_, event));
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> events_;
};

/// What the lambdas of a test get to work with.
struct Script {
    std::function<void(const HttpRequest&, std::shared_ptr<HttpResponder>, std::size_t thread)> on_request;
    std::function<UpgradeAnswer(const HttpRequest&)> on_upgrade;
    std::function<void(WebSocketConnection&, std::string_view, bool)> on_message;
    std::function<void(WebSocketConnection&)> on_open;
    std::function<std::optional<HttpResponse>(const HttpRequest&)> on_started;
    std::function<bool(const HttpRequest&)> is_let_in;
    std::function<std::optional<std::size_t>(const HttpRequest&)> home_thread;
    std::function<void()> on_shut_down;
    Journal journal;
};

inline HttpResponse text_response(std::string text, unsigned status = 200) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain");
    response.body = std::move(text);
    return response;
}

class ScriptedApplication final : public Application {
  public:
    ScriptedApplication(Script& script, std::size_t thread) : script_(script), thread_(thread) {}

    std::optional<std::size_t> home_thread(const HttpRequest& head) override {
        return script_.home_thread ? script_.home_thread(head) : std::nullopt;
    }
    bool is_let_in_over_limit(const HttpRequest& head) override {
        return script_.is_let_in && script_.is_let_in(head);
    }
    std::optional<HttpResponse> on_request_started(const HttpRequest& head, const HttpResponder*,
                                                   Instant) override {
        return script_.on_started ? script_.on_started(head) : std::nullopt;
    }
    void on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, Instant,
                    UnixTime) override {
        if (script_.on_request) {
            script_.on_request(request, std::move(responder), thread_);
            return;
        }
        std::string text(request.method);
        text.append(" ")
            .append(request.path)
            .append("?")
            .append(request.query)
            .append(" ")
            .append(request.body);
        responder->respond(text_response(std::move(text)));
    }
    void on_request_aborted(const HttpResponder*, Instant) override { script_.journal.add("aborted"); }
    UpgradeAnswer on_upgrade_request(const HttpRequest& request, Instant, UnixTime) override {
        if (script_.on_upgrade) return script_.on_upgrade(request);
        return engineio::UpgradeAccepted{++last_id_, {}};
    }
    void on_websocket_open(WebSocketId websocket, WebSocketConnection& connection, Instant) override {
        connections_[websocket] = &connection;
        if (script_.on_open) script_.on_open(connection);
        script_.journal.add("open");
    }
    void on_websocket_message(WebSocketId websocket, std::string_view data, bool binary, Instant) override {
        if (script_.on_message) script_.on_message(*connections_.at(websocket), data, binary);
        script_.journal.add("message " + std::string(data.substr(0, 100)));
    }
    void on_websocket_closed(WebSocketId websocket, bool error, Instant) override {
        connections_.erase(websocket);
        script_.journal.add(error ? "closed with error" : "closed");
    }
    void on_websocket_drained(WebSocketId, Instant) override { script_.journal.add("drained"); }
    void on_shut_down(Instant) override {
        if (script_.on_shut_down) script_.on_shut_down();
        script_.journal.add("shut down");
        for (const auto& [id, connection] : connections_)
            connection->close(1001);
    }

  private:
    Script& script_;
    std::size_t thread_;
    WebSocketId last_id_ = 0;
    std::map<WebSocketId, WebSocketConnection*> connections_;
};

/// A server on a port the kernel chose. Time-outs pass only when the test moves the clock.
class TestServer {
  public:
    /// Runs the script unless the test brings its own application.
    explicit TestServer(ServerSettings settings = {}, Server::ApplicationFactory factory = {}) {
        settings.listen = {{.address = "127.0.0.1", .port = 0, .tls = settings.listen.front().tls}};
        settings.tick_interval = Milliseconds{5};
        if (!factory) {
            factory = [this](std::size_t thread) {
                return std::make_unique<ScriptedApplication>(script, thread);
            };
        }
        server_ = std::make_unique<Server>(std::move(settings), std::move(factory), clock, log_);
    }
    ~TestServer() { server_.reset(); }

    void start() {
        const auto started = server_->start();
        ASSERT_TRUE(started) << started.error().message;
    }
    [[nodiscard]] std::uint16_t port() const { return server_->ports().at(0); }
    [[nodiscard]] Server& server() { return *server_; }
    /// Waits until a counter or state has the value it must reach.
    template <typename Condition>
    [[nodiscard]] bool eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + Milliseconds{patience_milliseconds};
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            std::this_thread::yield();
        }
        return true;
    }

    /// Lets the net threads finish what they are at, so that every deadline is set, and then time go by.
    void pass(Milliseconds time) {
        for (std::size_t thread = 0; thread < server_->thread_count(); ++thread) {
            std::promise<void> reached;
            server_->post(thread, [&reached] { reached.set_value(); });
            reached.get_future().wait();
        }
        clock.advance(time);
    }

    Script script;
    SharedClock clock;

  private:
    NoLog log_;
    std::unique_ptr<Server> server_;
};

/// A blocking client socket that does not wait for ever.
class Client {
  public:
    explicit Client(std::uint16_t port, int receive_buffer_bytes = 0)
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (receive_buffer_bytes != 0) {
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    [[nodiscard]] int handle() const { return socket_; }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }
    /// Closes with a reset instead of a polite end.
    void reset() {
        const linger now{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
        close();
    }
    void finish_sending() const { ::shutdown(socket_, SHUT_WR); }

    /// False when the server does not take it any more.
    bool send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// The next bytes; nothing at the end of the stream, after a reset, or when patience runs out.
    [[nodiscard]] std::string receive_some() {
        pollfd ready{.fd = socket_, .events = POLLIN, .revents = 0};
        if (::poll(&ready, 1, patience_milliseconds) != 1) {
            ADD_FAILURE() << "nothing came";
            return {};
        }
        std::string bytes(65536, '\0');
        const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
        reset_ = got < 0;
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    /// Everything up to the end of the stream.
    [[nodiscard]] std::string receive_all() {
        std::string all = std::exchange(unread_, {});
        while (true) {
            const auto piece = receive_some();
            if (piece.empty()) return all;
            all += piece;
        }
    }
    /// Exactly this many bytes, fewer at the end of the stream.
    [[nodiscard]] std::string receive_exactly(std::size_t size) {
        while (unread_.size() < size) {
            const auto piece = receive_some();
            if (piece.empty()) break;
            unread_ += piece;
        }
        std::string bytes = unread_.substr(0, size);
        unread_.erase(0, bytes.size());
        return bytes;
    }
    /// One response with a Content-Length, or a head alone.
    [[nodiscard]] std::string receive_response(bool without_body = false) {
        std::size_t head_end = std::string::npos;
        while ((head_end = unread_.find("\r\n\r\n")) == std::string::npos) {
            const auto piece = receive_some();
            if (piece.empty()) return std::exchange(unread_, {});
            unread_ += piece;
        }
        std::size_t size = head_end + 4;
        const auto length_at = unread_.find("Content-Length: ");
        if (!without_body && length_at < head_end) {
            size += static_cast<std::size_t>(std::stoul(unread_.substr(length_at + 16)));
        }
        return receive_exactly(size);
    }
    [[nodiscard]] bool was_reset() const { return reset_; }

  private:
    int socket_;
    bool reset_ = false;
    std::string unread_;
};

inline std::string body_of(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    return end == std::string::npos ? std::string{} : response.substr(end + 4);
}

inline unsigned status_of(const std::string& response) {
    return response.starts_with("HTTP/1.1 ") ? static_cast<unsigned>(std::stoul(response.substr(9, 3))) : 0;
}

}  // namespace holdfast::net::testing
