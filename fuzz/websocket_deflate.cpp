// permessage-deflate: what is unpacked is what zlib makes of it when asked the plain way, never more than the
// limit, the same however the frames are cut; what is compressed comes back; and an answer to an offer holds
// nothing of its text.
#include <zlib.h>

#include <optional>
#include <string>
#include <vector>

#include "holdfast/websocket/deflate.hpp"
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

// zlib as its manual shows it: all the memory that can be needed, one byte of input at a time. Nothing when
// the data is broken; the data in full, or one byte more than `most`.
std::optional<std::string> inflate_plainly(std::string_view payload, std::size_t most) {
    std::string input(payload);
    input.append("\x00\x00\xFF\xFF", 4);
    std::string out(most + 1, '\0');
    z_stream stream{};
    require(inflateInit2(&stream, -15) == Z_OK, "zlib is there");
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    bool broken = false;
    bool ended = false;
    for (std::size_t at = 0; at < input.size() && !broken && stream.avail_out > 0;) {
        if (ended) {
            // A final block may be followed by more, which may look back into what came before it.
            broken = inflateResetKeep(&stream) != Z_OK;
            ended = false;
        }
        stream.next_in = reinterpret_cast<Bytef*>(input.data() + at);
        stream.avail_in = 1;
        const int result = inflate(&stream, Z_SYNC_FLUSH);
        at += 1 - stream.avail_in;
        if (result == Z_STREAM_END) {
            ended = true;
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            broken = true;
        }
    }
    // The input may be used up while output is still to come. Asked again, zlib no longer tells that it is at
    // a boundary.
    bool at_boundary = (stream.data_type & 128) != 0;
    while (!broken && !ended && stream.avail_out > 0) {
        stream.avail_in = 0;
        const auto before = stream.avail_out;
        const int result = inflate(&stream, Z_SYNC_FLUSH);
        if (result == Z_STREAM_END) ended = true;
        if ((stream.data_type & 128) != 0) at_boundary = true;
        if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) broken = true;
        if (stream.avail_out == before) break;
    }
    const bool full = stream.avail_out == 0;
    out.resize(out.size() - stream.avail_out);
    inflateEnd(&stream);
    if (!full && (broken || (!ended && !at_boundary))) return std::nullopt;
    return out;
}

void check_inflate(Inflater& inflater, std::string_view payload, std::size_t most) {
    const auto ours = inflater.inflate(payload, most);
    const auto plainly = inflate_plainly(payload, most);
    if (ours) {
        require(ours->size() <= most, "no more than the limit is made");
        require(plainly && *plainly == *ours, "zlib makes the same of it");
    } else if (ours.error() == InflateError::too_large) {
        require(plainly && plainly->size() == most + 1, "what is too large is too large");
    } else {
        require(!plainly, "what is broken is broken");
    }
}

void check_deflate(Script& script) {
    Deflater deflater;
    Inflater inflater;
    while (!script.empty()) {
        const int bits = window_bits_least + static_cast<int>(script.below(7));
        const auto piece = script.piece();
        const std::size_t repeated = 1 + script.byte() * std::size_t{script.byte()} / 64;
        std::string message;
        for (std::size_t i = 0; i < repeated && message.size() < 200'000; ++i)
            message += piece;
        const auto compressed = deflater.deflate(message, bits);
        if (!compressed) continue;
        require(compressed->size() < message.size(), "what is compressed is smaller");
        require(inflater.inflate(*compressed, message.size()) == std::string_view(message),
                "what is compressed comes back");
        const auto less = inflater.inflate(*compressed, message.size() - 1);
        require(!less && less.error() == InflateError::too_large, "one byte over the limit is too large");
        // A window of the agreed size is enough to unpack it.
        z_stream small{};
        require(inflateInit2(&small, -bits) == Z_OK, "zlib is there");
        std::string out(message.size() + 1, '\0');
        std::string input = *compressed;
        small.next_in = reinterpret_cast<Bytef*>(input.data());
        small.avail_in = static_cast<uInt>(input.size());
        small.next_out = reinterpret_cast<Bytef*>(out.data());
        small.avail_out = static_cast<uInt>(out.size());
        const int result = inflate(&small, Z_SYNC_FLUSH);
        const std::size_t made = out.size() - small.avail_out;
        inflateEnd(&small);
        require(result == Z_OK && made == message.size() && out.compare(0, made, message) == 0,
                "the window that was agreed on is kept");
    }
}

class Recorder final : public FrameSink {
  public:
    Recorder(Inflater& inflater, std::size_t most) : inflater_(inflater), most_(most) {}
    Events events;
    void on_message(std::string_view data, bool binary) override {
        require(data.size() <= most_, "a message is within the limit");
        require(binary || is_valid_utf8(data), "text is UTF-8");
        events.push_back((binary ? "binary:" : "text:") + std::string(data));
    }
    void on_ping(std::string_view data) override { events.push_back("ping:" + std::string(data)); }
    void on_pong(std::string_view data) override { events.push_back("pong:" + std::string(data)); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        events.push_back("close " + std::to_string(code) + ":" + std::string(reason));
    }
    void on_failure(std::uint16_t code) override { events.push_back("failure " + std::to_string(code)); }
    [[nodiscard]] Inflater* inflater() override { return &inflater_; }

  private:
    Inflater& inflater_;
    std::size_t most_;
};

Events decode(const DecoderSettings& settings, const std::vector<std::string_view>& pieces) {
    Inflater inflater;
    FrameDecoder decoder(settings);
    Recorder recorder(inflater, settings.message_bytes);
    for (const auto piece : pieces) {
        std::vector<char> bytes(piece.begin(), piece.end());
        decoder.decode(bytes, recorder);
    }
    return recorder.events;
}

void check_frames(Script& script) {
    const DecoderSettings settings{.message_bytes = std::size_t{script.word()}};
    Cuts cuts(script);
    std::string stream;
    Deflater deflater;
    while (!script.empty()) {
        const auto first = script.byte();
        const bool compress = script.flag();
        std::string payload(script.piece());
        if (compress) {
            // Cut off or spoiled now and then.
            if (auto smaller = deflater.deflate(payload + payload + payload + payload, window_bits_most)) {
                payload = std::move(*smaller);
            }
        }
        const std::size_t begin = stream.size();
        append_client_frame(stream, static_cast<Opcode>(first & 0x0FU), payload, {1, 2, 3, 4},
                            (first & 0x80U) != 0);
        if (!payload.empty() || (first & 0x20U) != 0)
            stream[begin] = static_cast<char>(static_cast<unsigned char>(stream[begin]) | (first & 0x40U));
    }
    const auto whole = decode(settings, {stream});
    require_same(decode(settings, cuts.apply(stream)), whole, "cuts change nothing");
    require_same(decode(settings, pieces_of(stream, 1)), whole, "one byte at a time changes nothing");
}

void check_offer(std::string_view offers, int bits) {
    const auto agreed = negotiate_deflate(offers, bits);
    if (!agreed || !*agreed) return;
    const auto& agreement = **agreed;
    require(agreement.window_bits >= window_bits_least && agreement.window_bits <= bits,
            "the window is one we can keep");
    std::string expected = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
    if (agreement.response != expected) {
        expected += "; server_max_window_bits=" + std::to_string(agreement.window_bits);
    }
    require(agreement.response == expected, "the answer is our own text");
    require(offers.find("permessage-deflate") != std::string_view::npos,
            "only what was offered is agreed on");
}

}  // namespace

void websocket_deflate(Input input) {
    Script script(input);
    switch (script.below(4)) {
        case 0: {
            Inflater inflater;
            // Twice: the second time from what the first has left behind.
            const std::size_t most = script.word();
            const auto first = script.piece();
            check_inflate(inflater, first, most);
            check_inflate(inflater, script.rest(), most);
            break;
        }
        case 1:
            check_deflate(script);
            break;
        case 2:
            check_frames(script);
            break;
        default: {
            const int bits = window_bits_least + static_cast<int>(script.below(7));
            check_offer(script.rest(), bits);
        }
    }
}

}  // namespace holdfast::fuzz
