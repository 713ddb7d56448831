// Clients of an Engine, driven by a script: everything that a network can do to it, in any order, with what
// must hold on its side checked as it happens. And an honest client beside them, which must notice nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/engineio/engine.hpp"
#include "input.hpp"

namespace holdfast::fuzz {

/// Gets one packet, "4hello" or "2" or "b" and base64, or the bytes of a binary frame.
using PacketHandler = std::function<void(std::string_view packet, bool binary)>;

/// A request that is or was waiting for its answer.
class Exchange final : public engineio::HttpResponder {
  public:
    explicit Exchange(PacketHandler on_packet) : on_packet_(std::move(on_packet)) {}
    void respond(engineio::HttpResponse response) override;
    [[nodiscard]] bool answered() const { return response_.has_value(); }
    [[nodiscard]] bool open() const { return !answered() && !aborted_; }
    [[nodiscard]] const engineio::HttpResponse& response() const { return *response_; }
    /// The client is gone: an answer from now on is an error.
    void abort() { aborted_ = true; }

  private:
    PacketHandler on_packet_;
    std::optional<engineio::HttpResponse> response_;
    bool aborted_ = false;
};

/// One end of a WebSocket; takes the frames apart.
class WireSocket final : public engineio::WebSocketConnection {
  public:
    WireSocket(engineio::WebSocketId id, PacketHandler on_packet)
        : id_(id), on_packet_(std::move(on_packet)) {}
    void send_frames(std::shared_ptr<const std::string> frames) override { take(*frames); }
    void send_message(engineio::MessagePointer message) override { take(message->websocket_frames()); }
    [[nodiscard]] std::size_t queued_bytes() const override { return queued_bytes_; }
    void close(std::uint16_t code) override;

    [[nodiscard]] engineio::WebSocketId id() const { return id_; }
    /// Neither side has closed it.
    [[nodiscard]] bool open() const { return open_; }
    void lose() { open_ = false; }
    void read(bool reads) {
        reads_ = reads;
        if (reads) queued_bytes_ = 0;
    }

  private:
    void take(const std::string& frames);

    engineio::WebSocketId id_;
    PacketHandler on_packet_;
    bool open_ = true;
    bool reads_ = true;
    std::size_t queued_bytes_ = 0;
};

class Wire {
  public:
    Wire(engineio::Engine& engine, ManualClock& clock, std::span<const std::string_view> usual_packets)
        : engine_(engine), clock_(clock), usual_packets_(usual_packets) {}

    /// The next thing that comes in.
    void step(Script& script);
    /// A client, as the script says, sends this packet over its WebSocket; if there is one.
    void say(Script& script, std::string_view packet);
    /// Time goes by; then there is a tick.
    std::function<void(Milliseconds)> pass;
    /// What a client heard. A client begins with its open packet; `client` counts from 0.
    std::function<void(std::size_t client, std::string_view packet, bool binary)> on_packet;
    /// Everybody goes away.
    void leave();

    /// The clients that there were so far.
    [[nodiscard]] std::size_t client_count() const { return sids_.size(); }

  private:
    struct Request {
        std::string_view method = "GET";
        std::string query;
        std::string body = {};
        std::string_view origin = {};
        std::string_view content_type = {};
        bool body_too_large = false;
    };
    template <typename Use>
    auto with(const Request& request, const Use& use) const;
    void send(const Request& request, bool announced, std::optional<std::size_t> client);
    void upgrade(const Request& request, std::optional<std::size_t> client);
    void open_socket(Script& script);
    [[nodiscard]] PacketHandler handler(std::optional<std::size_t> client);
    /// A packet that a client might send.
    [[nodiscard]] std::string packet(Script& script);
    [[nodiscard]] std::string payload(Script& script);
    [[nodiscard]] std::optional<std::size_t> any_client(Script& script) const;
    [[nodiscard]] std::string query_of(std::optional<std::size_t> client, std::string_view transport) const;
    /// The body of a POST is there, or never comes.
    void finish_half(Script& script);
    void forget_closed();

    /// A POST whose head has been announced and whose body is on its way.
    struct Half {
        std::shared_ptr<Exchange> exchange;
        std::string query;
        std::string body;
        bool body_too_large = false;
    };
    struct Upgraded {
        engineio::WebSocketId id = 0;
        std::optional<std::size_t> client;
    };

    engineio::Engine& engine_;
    ManualClock& clock_;
    std::span<const std::string_view> usual_packets_;
    std::vector<std::string> sids_;
    std::vector<std::shared_ptr<Exchange>> exchanges_;
    std::vector<Half> halves_;
    std::vector<Upgraded> upgraded_;
    std::vector<std::unique_ptr<WireSocket>> sockets_;
};

/// Keeps to the protocol, over polling or over a WebSocket. Its connection must not end before it is told so.
class HonestClient {
  public:
    HonestClient(engineio::Engine& engine, ManualClock& clock, bool over_websocket);
    /// Answers pings and keeps a poll waiting; to be called after everything that happens.
    void serve();
    /// Sends a message.
    void say(std::string_view text);
    /// The messages that came since the last time.
    [[nodiscard]] std::vector<std::string> heard();
    /// The server goes down; from here on it may close.
    void expect_end() { end_expected_ = true; }
    void leave();

  private:
    void take(std::string_view packet);
    void send(std::string_view packet);
    void poll();

    engineio::Engine& engine_;
    ManualClock& clock_;
    std::string sid_;
    std::shared_ptr<Exchange> waiting_;
    std::unique_ptr<WireSocket> socket_;
    std::vector<std::string> heard_;
    bool ping_came_ = false;
    bool end_expected_ = false;
};

}  // namespace holdfast::fuzz
