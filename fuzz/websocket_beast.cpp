// The WebSocket frame codec beside that of Boost.Beast: the same messages and the same verdict, but for the
// differences that beast_test_support.hpp lists. Every stream ends in zeros enough for a header, because
// Beast looks at a header when all of it is there.
#include <string>
#include <vector>

#include "holdfast/websocket/beast_test_support.hpp"
#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/frame_encoder.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::websocket;
using Events = std::vector<std::string>;

constexpr std::size_t message_bytes_most = 300;

class Recorder final : public FrameSink {
  public:
    Events events;
    /// The last close frame had a code on which the two differ.
    bool differs = false;

    void on_message(std::string_view data, bool binary) override { add(binary ? "binary:" : "text:", data); }
    void on_ping(std::string_view data) override { add("ping:", data); }
    void on_pong(std::string_view data) override { add("pong:", data); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        differs = code == 1014;
        add("close " + std::to_string(code == close_code::none ? 0 : code) + ":", reason);
    }
    void on_failure(std::uint16_t /*code*/) override { events.emplace_back("failure"); }

  private:
    void add(std::string what, std::string_view data) { events.push_back(what.append(data)); }
};

// A close frame with a code from 5000 on, which only Beast takes: "close 5000:" or more.
bool is_code_of_beast(const std::string& event) {
    return event.starts_with("close ") && std::stoul(event.substr(6)) >= 5000;
}

// Frames from a script: right for the most part, so that there is something to agree on.
std::string make_stream(Script& script) {
    std::string stream;
    while (!script.empty()) {
        const auto first = script.byte();
        const auto spoil = script.byte();
        const auto payload = script.piece();
        const MaskKey key{script.byte(), 0x55, script.byte(), 0};
        const std::size_t begin = stream.size();
        append_client_frame(stream, static_cast<Opcode>(first & 0x0FU), payload, key, (first & 0x80U) != 0);
        if (spoil >= 0xF8) {
            auto& byte = stream[begin + (spoil & 1U)];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ script.byte());
        }
    }
    return stream;
}

}  // namespace

void websocket_beast(Input input) {
    Script script(input);
    const bool raw = script.flag();
    Cuts cuts(script);
    std::string stream = raw ? std::string(script.rest()) : make_stream(script);
    stream.append(header_bytes_most, '\0');

    const DecoderSettings settings{.message_bytes = message_bytes_most, .message_fragments = 1'000'000};
    FrameDecoder decoder(settings);
    Recorder ours;
    for (const auto piece : cuts.apply(stream)) {
        std::vector<char> bytes(piece.begin(), piece.end());
        decoder.decode(bytes, ours);
    }
    auto beasts = testing::events_of_beast(stream, message_bytes_most);
    if (!beasts.empty() && is_code_of_beast(beasts.back())) beasts.back() = "failure";
    if (ours.differs) ours.events.back() = "failure";
    require_same(ours.events, beasts, "our decoder (one) says what Beast (the other) says");
}

}  // namespace holdfast::fuzz
