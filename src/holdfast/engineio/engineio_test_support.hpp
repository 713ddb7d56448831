// What the engine's tests stand on: a listener that writes down what it hears, and clients made of plain
// data. A hand-moved clock, no sleeping.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/engineio/engine.hpp"

namespace holdfast::engineio::testing {

/// The server's frames, taken apart: text as it is, binary with "<binary>" in front.
inline std::vector<std::string> parse_frames(std::string_view bytes) {
    std::vector<std::string> frames;
    while (bytes.size() >= 2) {
        const auto first = static_cast<unsigned char>(bytes[0]);
        std::size_t length = static_cast<unsigned char>(bytes[1]);
        std::size_t header = 2;
        if (length >= 126) {
            header = length == 126 ? 4 : 10;
            length = 0;
            for (std::size_t index = 2; index < header; ++index) {
                length = length * 256 + static_cast<unsigned char>(bytes[index]);
            }
        }
        frames.push_back((first == 0x82   ? "<binary>"
                          : first == 0x81 ? ""
                                          : "<bad frame>") +
                         std::string(bytes.substr(header, length)));
        bytes.remove_prefix(std::min(bytes.size(), header + length));
    }
    if (!bytes.empty()) frames.emplace_back("<half a frame>");
    return frames;
}

/// The packets of an HTTP body.
inline std::string joined(const std::vector<std::string>& packets) {
    std::string body;
    for (const std::string& packet : packets)
        body += (&packet == packets.data() ? "" : "\x1e") + packet;
    return body;
}

class FakeWebSocket final : public WebSocketConnection {
  public:
    void send_frames(std::shared_ptr<const std::string> frames) override { take(*frames); }
    void send_message(MessagePointer message) override { take(message->websocket_frames()); }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued; }
    void close(std::uint16_t code) override { close_code = code; }

    WebSocketId id = 0;
    std::vector<std::string> received;
    std::optional<std::uint16_t> close_code;
    bool reads = true;  ///< false: what is sent piles up
    std::size_t queued = 0;

  private:
    void take(const std::string& bytes) {
        if (!reads) queued += bytes.size();
        for (std::string& frame : parse_frames(bytes)) {
            received.push_back(close_code ? "<after close>" : std::move(frame));
        }
    }
};

class FakeResponder final : public HttpResponder {
  public:
    void respond(HttpResponse answer) override {
        ++answers;
        response = std::move(answer);
    }
    [[nodiscard]] bool answered() const { return response.has_value(); }
    [[nodiscard]] unsigned status() const { return response ? response->status : 0; }
    [[nodiscard]] std::string body() const { return response ? response->body : "<no answer yet>"; }
    [[nodiscard]] std::string header(std::string_view name) const {
        for (const auto& [field, value] : response ? response->headers : HttpHeaders{}) {
            if (field == name) return value;
        }
        return "<none>";
    }
    std::optional<HttpResponse> response;
    int answers = 0;
};

using Answer = std::shared_ptr<FakeResponder>;

struct RecordingListener final : SessionListener {
    void on_open(SessionId session, std::shared_ptr<const Handshake> handshake) override {
        opened.push_back(session);
        handshakes.push_back(std::move(handshake));
        if (when_open) when_open(session);
    }
    void on_message(SessionId session, std::string_view data, bool binary) override {
        messages.push_back((binary ? "<binary>" : "") + std::string(data));
        if (when_message) when_message(session, data, binary);
    }
    void on_close(SessionId session, CloseReason reason) override {
        closed.emplace_back(session, reason);
        if (when_close) when_close(session);
    }
    void on_drain(SessionId session) override {
        drained.push_back(session);
        if (when_drain) when_drain(session);
    }
    void on_heartbeat(SessionId session, Instant ping_sent) override {
        heartbeats.emplace_back(session, ping_sent);
    }

    std::vector<SessionId> opened;
    std::vector<std::shared_ptr<const Handshake>> handshakes;
    std::vector<std::string> messages;
    std::vector<std::pair<SessionId, CloseReason>> closed;
    std::vector<SessionId> drained;
    std::vector<std::pair<SessionId, Instant>> heartbeats;
    std::function<void(SessionId)> when_open;
    std::function<void(SessionId, std::string_view, bool)> when_message;
    std::function<void(SessionId)> when_close;
    std::function<void(SessionId)> when_drain;
};

/// A request in the making.
struct Request {
    std::string method = "GET";
    std::string query = {};
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {{"Host", "play.example"}};
    bool secure = false;
    bool body_too_large = false;

    /// Calls `use` with the HttpRequest, whose views live only so long.
    template <typename Use>
    auto with(const Use& use) const {
        HttpRequest request;
        request.method = method;
        request.path = "/socket.io/";
        request.query = query;
        request.body = body;
        request.remote_address = "192.0.2.7";
        request.secure = secure;
        request.body_too_large = body_too_large;
        for (const auto& [name, value] : headers)
            request.headers.emplace_back(name, value);
        return use(request);
    }
};

inline MessagePointer message(std::string_view text, std::vector<std::string> attachments = {}) {
    return std::make_shared<const OutgoingMessage>(text, std::move(attachments));
}

/// An engine with everything around it.
struct World {
    explicit World(Settings settings = {}, HandshakeHook hook = {}, std::uint64_t seed = 1)
        : random(seed), engine(std::move(settings), listener, random, std::move(hook)) {}

    Answer request(const Request& request) {
        auto answer = std::make_shared<FakeResponder>();
        request.with([&](const HttpRequest& http) {
            engine.on_request(http, answer, clock.now(), clock.unix_now());
            return 0;
        });
        return answer;
    }
    Answer get(const std::string& query) { return request({.query = query}); }
    Answer poll(const std::string& sid) { return get("EIO=4&transport=polling&sid=" + sid); }
    Answer post(const std::string& sid, const std::string& body) {
        return request({.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body = body});
    }
    /// Opens a polling session and gives its sid.
    std::string open_polling() { return sid_of(get("EIO=4&transport=polling")->body()); }
    static std::string sid_of(const std::string& open_packet) {
        constexpr std::string_view start = "0{\"sid\":\"";
        return open_packet.starts_with(start) ? open_packet.substr(start.size(), 20) : "<no session>";
    }

    UpgradeAnswer upgrade(const Request& request) {
        return request.with([&](const HttpRequest& http) {
            return engine.on_upgrade_request(http, clock.now(), clock.unix_now());
        });
    }
    /// Sends an upgrade request that must be accepted and opens the WebSocket.
    std::unique_ptr<FakeWebSocket> websocket(const std::string& query) {
        auto socket = std::make_unique<FakeWebSocket>();
        const UpgradeAnswer answer = upgrade({.query = query});
        if (const auto* accepted = std::get_if<UpgradeAccepted>(&answer)) {
            socket->id = accepted->websocket;
            engine.on_websocket_open(socket->id, *socket, clock.now());
        }
        return socket;
    }
    std::unique_ptr<FakeWebSocket> open_websocket() { return websocket("EIO=4&transport=websocket"); }
    std::unique_ptr<FakeWebSocket> probe(const std::string& sid) {
        return websocket("EIO=4&transport=websocket&sid=" + sid);
    }
    void frame(const FakeWebSocket& socket, std::string_view text, bool binary = false) {
        engine.on_websocket_message(socket.id, text, binary, clock.now());
    }
    void pass(Milliseconds time) {
        clock.advance(time);
        engine.on_tick(clock.now());
    }

    ManualClock clock;
    SeededRandom random;
    RecordingListener listener;
    Engine engine;
};

using Closed = std::vector<std::pair<SessionId, CloseReason>>;
using Strings = std::vector<std::string>;

/// The HTTP answer that refused an upgrade; status 101 when it was not refused.
inline HttpResponse refusal_of(const UpgradeAnswer& answer) {
    if (const auto* response = std::get_if<HttpResponse>(&answer)) return *response;
    HttpResponse accepted;
    accepted.status = 101;
    return accepted;
}

}  // namespace holdfast::engineio::testing
