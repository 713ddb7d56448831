#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {

void append_frame_header(std::string& frames, FrameKind kind, std::size_t payload_bytes) {
    constexpr unsigned final_fragment = 0x80;
    frames.push_back(static_cast<char>(final_fragment | static_cast<unsigned>(kind)));
    const std::size_t header_bytes = frame_header_bytes(payload_bytes);
    if (header_bytes == 2) {
        frames.push_back(static_cast<char>(payload_bytes));
        return;
    }
    const bool wide = header_bytes == 10;
    frames.push_back(static_cast<char>(wide ? 127 : 126));
    for (int shift = wide ? 56 : 8; shift >= 0; shift -= 8) {
        frames.push_back(static_cast<char>((static_cast<std::uint64_t>(payload_bytes) >> shift) & 0xFFU));
    }
}

void append_frame(std::string& frames, FrameKind kind, std::string_view payload) {
    append_frame_header(frames, kind, payload.size());
    frames.append(payload);
}

}  // namespace holdfast::engineio
