// For the tests: writes down what a decoder reports, and makes frames by hand, wrong ones too.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::websocket::testing {

/// One line an event: "text:…", "binary:…", "ping:…", "pong:…", "close 1000:…", "failure 1002".
class FrameRecorder final : public FrameSink {
  public:
    std::vector<std::string> events;

    void on_message(std::string_view data, bool binary) override { add(binary ? "binary:" : "text:", data); }
    void on_ping(std::string_view data) override { add("ping:", data); }
    void on_pong(std::string_view data) override { add("pong:", data); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        add("close " + std::to_string(code) + ":", reason);
    }
    void on_failure(std::uint16_t code) override { add("failure " + std::to_string(code), {}); }

  private:
    void add(std::string what, std::string_view data) { events.push_back(what.append(data)); }
};

inline constexpr MaskKey test_key{0x37, 0xFA, 0x21, 0x3D};

[[nodiscard]] inline std::string client_frame(Opcode opcode, std::string_view payload, bool final = true) {
    std::string frame;
    append_client_frame(frame, opcode, payload, test_key, final);
    return frame;
}

/// Decodes a stream given in pieces of `piece_bytes`.
[[nodiscard]] inline std::vector<std::string> decode_in_pieces(const DecoderSettings& settings,
                                                               std::string stream, std::size_t piece_bytes) {
    FrameDecoder decoder(settings);
    FrameRecorder recorder;
    for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
        decoder.decode({stream.data() + at, std::min(piece_bytes, stream.size() - at)}, recorder);
    }
    return recorder.events;
}

}  // namespace holdfast::websocket::testing
