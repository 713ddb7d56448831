// A Socket.IO server and its clients, without a network between them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "frames.hpp"
#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::bench {

/// One client's WebSocket as the engine sees it: keeps what one turn sends, as a connection does.
class ClientSocket final : public engineio::WebSocketConnection {
  public:
    void send_frames(std::shared_ptr<const std::string> frames) override {
        ++messages;
        out.append(*frames);
    }
    void send_message(engineio::MessagePointer message) override {
        ++messages;
        out.append(message->websocket_frames());
    }
    void send_text(std::string_view text) override {
        ++messages;
        auto head = websocket::encode_header(websocket::Opcode::text, text.size() + 1);
        head.bytes[head.size++] = '4';
        out.append(head.view());
        out.append(text);
    }
    [[nodiscard]] std::size_t queued_bytes() const override { return 0; }
    void close(std::uint16_t /*code*/) override { closed = true; }

    std::string out;  ///< whoever stands for the network clears it
    std::size_t messages = 0;
    bool closed = false;
    engineio::WebSocketId id = 0;
};

/// The fields a browser sends to open a WebSocket.
[[nodiscard]] engineio::HttpRequest websocket_request();

class SocketIoWorld {
  public:
    explicit SocketIoWorld(bool with_recovery = false);

    /// Opens a WebSocket and the namespace `/`.
    ClientSocket& connect();
    /// The engine's part of that only: the WebSocket is open and the session begun.
    ClientSocket& open();
    void receive(ClientSocket& client, std::string_view message) {
        server.engine().on_websocket_message(client.id, message, false, clock.now());
    }
    /// Every connection is lost.
    void lose_all();
    void clear_output();

    ManualClock clock;
    SeededRandom random{1};
    socketio::Server server;
    socketio::Namespace& nsp;
    std::vector<std::unique_ptr<ClientSocket>> clients;
};

}  // namespace holdfast::bench
