#include "holdfast/websocket/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::websocket {
namespace {

// Ends every compressed message; it is not sent (RFC 7692 section 7.2.1).
constexpr std::string_view tail("\x00\x00\xFF\xFF", 4);
// A larger buffer is given back after its message.
constexpr std::size_t kept_bytes = 64 * 1024;
constexpr std::size_t first_bytes = 4 * 1024;

Bytef* bytes_of(const char* text) {
    // zlib does not write to its input; its interface is older than const.
    return reinterpret_cast<Bytef*>(const_cast<char*>(text));
}

}  // namespace

struct Inflater::State {
    z_stream stream{};
    bool ready = false;
    bool ended = false;  // by a final block, with nothing behind it
    std::string out;

    ~State() {
        if (ready) inflateEnd(&stream);
    }
    [[nodiscard]] bool reset() {
        if (ready) return inflateReset(&stream) == Z_OK;
        ready = inflateInit2(&stream, -window_bits_most) == Z_OK;
        return ready;
    }

    // Decompresses `piece` behind what is in `out` already.
    [[nodiscard]] Result<void, InflateError> add(std::string_view piece, std::size_t& made,
                                                 std::size_t most) {
        stream.next_in = bytes_of(piece.data());
        stream.avail_in = static_cast<uInt>(piece.size());
        if (ended && inflateResetKeep(&stream) != Z_OK) return failure(InflateError::broken);
        ended = false;
        while (true) {
            if (made == out.size()) {
                // One byte more than the limit tells whether it is passed.
                const std::size_t size = std::min(std::max(first_bytes, 2 * made), most + 1);
                if (size == made) return failure(InflateError::too_large);
                out.resize(size);
            }
            stream.next_out = reinterpret_cast<Bytef*>(out.data()) + made;
            stream.avail_out = static_cast<uInt>(out.size() - made);
            const int result = ::inflate(&stream, Z_SYNC_FLUSH);
            made = out.size() - stream.avail_out;
            if (made > most) return failure(InflateError::too_large);
            if (result == Z_STREAM_END) {
                // A final block; more may follow it (RFC 7692 section 7.2.3.4).
                ended = stream.avail_in == 0;
                if (ended) return {};
                if (inflateResetKeep(&stream) != Z_OK) return failure(InflateError::broken);
                continue;
            }
            if (result != Z_OK && result != Z_BUF_ERROR) return failure(InflateError::broken);
            if (stream.avail_in == 0 && stream.avail_out != 0) return {};
            if (result == Z_BUF_ERROR && stream.avail_out != 0) return failure(InflateError::broken);
        }
    }
};

Inflater::Inflater() : state_(std::make_unique<State>()) {}
Inflater::~Inflater() = default;

Result<std::string_view, InflateError> Inflater::inflate(std::string_view payload,
                                                         std::size_t message_bytes) {
    State& state = *state_;
    if (state.out.capacity() > kept_bytes) std::string().swap(state.out);
    state.out.resize(state.out.capacity());
    if (!state.reset()) return failure(InflateError::broken);
    std::size_t made = 0;
    state.ended = false;
    for (const auto piece : {payload, tail}) {
        if (const auto added = state.add(piece, made, message_bytes); !added) return failure(added.error());
    }
    // The tail is a block of its own: a message that was cut off swallows it and is still inside of a block.
    constexpr int at_block_boundary = 128;
    if (!state.ended && (state.stream.data_type & at_block_boundary) == 0)
        return failure(InflateError::broken);
    return std::string_view(state.out).substr(0, made);
}

struct Deflater::State {
    // One stream for each window size in use.
    std::array<z_stream, window_bits_most + 1> streams{};
    std::array<bool, window_bits_most + 1> ready{};

    ~State() {
        for (std::size_t bits = 0; bits < ready.size(); ++bits) {
            if (ready[bits]) deflateEnd(&streams[bits]);
        }
    }
    [[nodiscard]] z_stream* stream_with(int window_bits) {
        const auto index =
            static_cast<std::size_t>(std::clamp(window_bits, window_bits_least, window_bits_most));
        z_stream& stream = streams[index];
        if (ready[index]) return deflateReset(&stream) == Z_OK ? &stream : nullptr;
        constexpr int usual_memory = 8;
        ready[index] = deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, -static_cast<int>(index), usual_memory,
                                    Z_DEFAULT_STRATEGY) == Z_OK;
        return ready[index] ? &stream : nullptr;
    }
};

Deflater::Deflater() : state_(std::make_unique<State>()) {}
Deflater::~Deflater() = default;

std::optional<std::string> Deflater::deflate(std::string_view message, int window_bits) {
    z_stream* const stream = state_->stream_with(window_bits);
    if (stream == nullptr) return std::nullopt;
    // What does not fit into the size of the message is not wanted.
    std::string out(message.size() + tail.size(), '\0');
    stream->next_in = bytes_of(message.data());
    stream->avail_in = static_cast<uInt>(message.size());
    stream->next_out = reinterpret_cast<Bytef*>(out.data());
    stream->avail_out = static_cast<uInt>(out.size());
    const int result = ::deflate(stream, Z_SYNC_FLUSH);
    // With room left everything has been flushed, the tail included.
    if (result != Z_OK || stream->avail_in != 0 || stream->avail_out == 0) return std::nullopt;
    out.resize(out.size() - stream->avail_out);
    if (!out.ends_with(tail)) return std::nullopt;
    out.resize(out.size() - tail.size());
    if (out.size() >= message.size()) return std::nullopt;
    return out;
}

void Deflater::append_server_frame(std::string& out, Opcode opcode, std::string_view message, int window_bits,
                                   std::size_t threshold_bytes) {
    std::optional<std::string> smaller;
    if (message.size() >= threshold_bytes) smaller = deflate(message, window_bits);
    if (!smaller) {
        websocket::append_server_frame(out, opcode, message);
        return;
    }
    constexpr unsigned compressed_bit = 0x40;  // RSV1
    const std::size_t begin = out.size();
    websocket::append_server_frame(out, opcode, *smaller);
    out[begin] = static_cast<char>(static_cast<unsigned char>(out[begin]) | compressed_bit);
}

}  // namespace holdfast::websocket
