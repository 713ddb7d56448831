// The WebSocket frame codec: the same messages however the stream is cut, nothing after the end, memory that
// is paid for, and everything that is encoded decodes to itself.
#include <string>
#include <vector>

#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/frame_encoder.hpp"
#include "holdfast/websocket/utf8.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::websocket;
using Events = std::vector<std::string>;

class Recorder final : public FrameSink {
  public:
    Recorder(FrameDecoder& decoder, const DecoderSettings& settings, std::size_t stop_after)
        : decoder_(decoder), settings_(settings), stop_after_(stop_after) {}

    void on_message(std::string_view data, bool binary) override {
        require(data.size() <= settings_.message_bytes, "a message is within the limit");
        require(binary || is_valid_utf8(data), "text is UTF-8");
        add(binary ? "binary:" : "text:", data);
    }
    void on_ping(std::string_view data) override {
        require(data.size() <= control_payload_bytes, "a ping is short");
        add("ping:", data);
    }
    void on_pong(std::string_view data) override {
        require(data.size() <= control_payload_bytes, "a pong is short");
        add("pong:", data);
    }
    void on_close(std::uint16_t code, std::string_view reason) override {
        require(code == close_code::none || is_valid_close_code(code), "a close has a code that may be sent");
        require(is_valid_utf8(reason) && reason.size() <= 123, "a reason is short and UTF-8");
        over_ = true;
        add_last("close " + std::to_string(code) + ":", reason);
    }
    void on_failure(std::uint16_t code) override {
        over_ = true;
        add_last("failure " + std::to_string(code), {});
    }
    Events events;

  private:
    void add(std::string what, std::string_view data) {
        require(!over_, "nothing follows the end");
        events.push_back(what.append(data));
        if (events.size() == stop_after_) {
            decoder_.stop();
            over_ = true;
        }
    }
    void add_last(std::string what, std::string_view data) {
        require(decoder_.stopped(), "the decoder has stopped when it tells of the end");
        events.push_back(what.append(data));
    }

    FrameDecoder& decoder_;
    const DecoderSettings& settings_;
    std::size_t stop_after_;
    bool over_ = false;
};

Events decode(const DecoderSettings& settings, const std::vector<std::string_view>& pieces,
              std::size_t stop_after) {
    FrameDecoder decoder(settings);
    Recorder recorder(decoder, settings, stop_after);
    std::size_t fed = 0;
    for (const auto piece : pieces) {
        // Memory of its own for each piece: what is kept of an earlier one is found.
        std::vector<char> bytes(piece.begin(), piece.end());
        decoder.decode(bytes, recorder);
        fed += piece.size();
        require(decoder.held_bytes() <= 1024 + 2 * fed, "memory is held for bytes that came");
        require(!decoder.stopped() || decoder.held_bytes() == 0, "nothing is held in the end");
    }
    return recorder.events;
}

void check_stream(const DecoderSettings& settings, std::string_view stream, Cuts cuts,
                  std::size_t stop_after) {
    const auto whole = decode(settings, {stream}, stop_after);
    require_same(decode(settings, cuts.apply(stream), stop_after), whole, "cuts change nothing");
    if (stream.size() <= 2048) {
        require_same(decode(settings, pieces_of(stream, 1), stop_after), whole,
                     "one byte at a time changes nothing");
    }
}

// Frames as a right client or server makes them, from a script.
void check_encoder(Script& script, Cuts cuts) {
    const bool from_client = script.flag();
    const DecoderSettings settings{.expect_masked = from_client};
    std::string stream;
    Events expected;
    const auto append = [&](Opcode opcode, std::string_view payload, bool final) {
        MaskKey key{};
        for (auto& byte : key)
            byte = script.byte();
        if (from_client) {
            append_client_frame(stream, opcode, payload, key, final);
        } else {
            append_server_frame(stream, opcode, payload, final);
        }
    };
    while (!script.empty()) {
        const auto what = script.byte();
        if (what % 8 == 7) {
            const auto code = script.word();
            const auto payload = close_payload(code, script.piece());
            append(Opcode::close, payload, true);
            require(payload.size() <= control_payload_bytes && payload.size() != 1, "a close frame is short");
            require(is_valid_close_code(code) == !payload.empty(),
                    "a close frame has a code when that may be sent");
            const bool good = payload.size() < 2 || is_valid_utf8(std::string_view(payload).substr(2));
            expected.push_back(!good             ? "failure 1007"
                               : payload.empty() ? "close 1005:"
                                                 : "close " + std::to_string(code) + ":" + payload.substr(2));
            break;
        }
        if (what % 8 >= 5) {
            const auto payload = script.piece().substr(0, control_payload_bytes);
            append(what % 8 == 5 ? Opcode::ping : Opcode::pong, payload, true);
            expected.push_back((what % 8 == 5 ? "ping:" : "pong:") + std::string(payload));
            continue;
        }
        // Some frames must be longer than a script.
        std::string message(script.piece());
        if (what % 16 >= 8 && !message.empty()) message.append(std::size_t{script.word()}, 'x');
        const bool binary = what % 2 == 0 || !is_valid_utf8(message);
        const std::size_t fragments = 1 + script.below(4);
        const std::size_t each = message.size() / fragments;
        for (std::size_t i = 0; i < fragments; ++i) {
            const auto opcode = i > 0 ? Opcode::continuation : binary ? Opcode::binary : Opcode::text;
            const bool last = i + 1 == fragments;
            append(opcode, std::string_view(message).substr(i * each, last ? std::string::npos : each), last);
        }
        expected.push_back((binary ? "binary:" : "text:") + message);
        if (stream.size() > 70'000) break;
    }
    require_same(decode(settings, {stream}, 0), expected, "what is encoded decodes to itself");
    require_same(decode(settings, cuts.apply(stream), 0), expected, "also in pieces");
}

}  // namespace

void websocket_frames(Input input) {
    Script script(input);
    const auto mode = script.byte();
    Cuts cuts(script);
    if (mode % 2 == 1) {
        check_encoder(script, cuts);
        return;
    }
    DecoderSettings settings;
    settings.expect_masked = (mode & 2U) == 0;
    if ((mode & 4U) != 0) settings.message_bytes = 100;
    if ((mode & 8U) != 0) settings.message_fragments = 4;
    const std::size_t stop_after = (mode & 16U) != 0 ? 1 + script.below(8) : 0;
    check_stream(settings, script.rest(), cuts, stop_after);
}

}  // namespace holdfast::fuzz
