// Frames as clients send them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::bench {

/// Many frames in a row. Decoding overwrites them, so each is used once.
class FrameBuffer {
  public:
    /// `count` times the same message, each in a masked text frame.
    void fill(std::size_t count, std::string_view message) {
        bytes_.clear();
        for (std::size_t index = 0; index < count; ++index)
            websocket::append_client_frame(bytes_, websocket::Opcode::text, message,
                                           {0x37, 0xFA, 0x21, 0x3D});
        frame_bytes_ = bytes_.size() / count;
    }
    /// As many frames from `index` on as one read brings.
    [[nodiscard]] std::span<char> at(std::size_t index, std::size_t count = 1) {
        return {bytes_.data() + index * frame_bytes_, count * frame_bytes_};
    }

  private:
    std::string bytes_;
    std::size_t frame_bytes_ = 0;
};

/// Takes messages and expects nothing else.
class IgnoringSink : public websocket::FrameSink {
  public:
    void on_ping(std::string_view /*data*/) override {}
    void on_pong(std::string_view /*data*/) override {}
    void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {}
    void on_failure(std::uint16_t /*code*/) override {}
};

}  // namespace holdfast::bench
