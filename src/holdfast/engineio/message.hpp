// A message on its way out: encoded once, shared by reference between all its receivers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::engineio {

/// One text message with the binary attachments that belong to it; they are queued, sent and dropped as one
/// thing. Immutable once shared. Caches the WebSocket frames (`4` + text as one text frame, each attachment
/// as one binary frame), so that a broadcast to any number of WebSockets encodes and frames once.
class OutgoingMessage {
  public:
    OutgoingMessage(std::string text, std::vector<std::string> attachments);

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] const std::vector<std::string>& attachments() const { return attachments_; }
    /// The unmasked server frames (RFC 6455 section 5.2) of the Engine.IO message and its attachments, back
    /// to back.
    [[nodiscard]] const std::string& websocket_frames() const { return websocket_frames_; }
    /// Bytes that this message counts for in a send queue.
    [[nodiscard]] std::size_t size_bytes() const { return websocket_frames_.size(); }

  private:
    std::string text_;
    std::vector<std::string> attachments_;
    std::string websocket_frames_;
};

using MessagePointer = std::shared_ptr<const OutgoingMessage>;

/// What became of a message that was handed over.
enum class SendVerdict : std::uint8_t {
    sent,     ///< handed to the transport, which had room
    queued,   ///< kept until the transport can take it
    dropped,  ///< volatile and the transport was busy, or the session is closing: nothing of it will be sent
};

}  // namespace holdfast::engineio
