// Messages to WebSocket frames (RFC 6455 section 5.2). Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/websocket/frame.hpp"

namespace holdfast::websocket {

/// A frame's header, ready to be sent before the payload.
struct EncodedHeader {
    std::array<char, header_bytes_most> bytes{};
    std::size_t size = 0;
    [[nodiscard]] std::string_view view() const { return {bytes.data(), size}; }
};

/// The header of a frame with `payload_bytes` of payload, in its shortest form. With a key it is a client's
/// frame, whose payload the caller masks with apply_mask; without one a server's.
[[nodiscard]] EncodedHeader encode_header(Opcode opcode, std::uint64_t payload_bytes, bool final = true,
                                          const std::optional<MaskKey>& key = std::nullopt);

/// Appends a whole unmasked frame, as a server sends it.
void append_server_frame(std::string& out, Opcode opcode, std::string_view payload, bool final = true);
/// Appends a whole frame masked with `key`, as a client sends it. A real client takes a fresh random key for
/// every frame (RFC 6455 section 5.3).
void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, const MaskKey& key,
                         bool final = true);

/// The payload of a close frame. A code that must not be on the wire gives an empty payload (no code); the
/// reason is cut at a character boundary to what fits.
[[nodiscard]] std::string close_payload(std::uint16_t code, std::string_view reason = {});
/// A server's close frame.
[[nodiscard]] std::string server_close_frame(std::uint16_t code, std::string_view reason = {});

}  // namespace holdfast::websocket
