// The header of an unmasked server frame: all that the engine has to know of WebSocket, so that it can frame
// a message once for all its receivers. Internal to this layer. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast::engineio {

enum class FrameKind : std::uint8_t { text = 0x1, binary = 0x2 };

/// Bytes that the header of a server frame takes (RFC 6455 section 5.2).
[[nodiscard]] constexpr std::size_t frame_header_bytes(std::size_t payload_bytes) {
    return payload_bytes < 126 ? 2 : payload_bytes <= 0xFFFF ? 4 : 10;
}

/// Appends the header of a complete (FIN), unmasked frame with a payload of that size.
void append_frame_header(std::string& frames, FrameKind kind, std::size_t payload_bytes);

/// Appends a whole frame.
void append_frame(std::string& frames, FrameKind kind, std::string_view payload);

}  // namespace holdfast::engineio
