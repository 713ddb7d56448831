// WebSocket on a connection: frames to messages for the application, and its messages to bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/engineio/engine.hpp"
#include "holdfast/net/connection.hpp"
#include "holdfast/websocket/frame_decoder.hpp"

namespace holdfast::net {

class WebSocketSession final : public Protocol,
                               public engineio::WebSocketConnection,
                               private websocket::FrameSink {
  public:
    /// `window_bits`: of what is sent compressed; 0 without permessage-deflate.
    WebSocketSession(Connection& connection, engineio::WebSocketId id, int window_bits);

    void on_bytes(std::span<char> bytes) override;
    void on_flushed() override;
    void on_lost(bool error) override;
    void on_deadline(DeadlineKind kind) override;
    void on_drain() override;

    void send_frames(std::shared_ptr<const std::string> frames) override;
    void send_message(engineio::MessagePointer message) override;
    void send_text(std::string_view text) override;
    [[nodiscard]] std::size_t queued_bytes() const override { return connection_.queued_bytes(); }
    void close(std::uint16_t code) override;

  private:
    void on_message(std::string_view data, bool binary) override;
    void on_ping(std::string_view data) override;
    void on_pong(std::string_view data) override;
    void on_close(std::uint16_t code, std::string_view reason) override;
    void on_failure(std::uint16_t code) override;
    [[nodiscard]] websocket::Inflater* inflater() override;
    [[nodiscard]] bool compresses(std::size_t payload_bytes) const;
    [[nodiscard]] std::string compressed_frames(const engineio::OutgoingMessage& message) const;
    /// Tells the application, once.
    void report_closed(bool error);

    Connection& connection_;
    engineio::WebSocketId id_;
    websocket::FrameDecoder decoder_;
    std::uint8_t window_bits_;
    bool over_ = false;  // the application knows, or said so itself
};

}  // namespace holdfast::net
