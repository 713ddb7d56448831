#include "holdfast/websocket/frame_decoder.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "holdfast/websocket/deflate.hpp"
#include "holdfast/websocket/utf8.hpp"

namespace holdfast::websocket {

struct FrameDecoder::Header {
    Opcode opcode = Opcode::continuation;
    bool final = true;
    bool masked = false;
    bool compressed = false;
    std::uint8_t size = 0;  // of the header itself; 0: more bytes are needed
    MaskKey key{};
    std::uint64_t payload_bytes = 0;

    [[nodiscard]] bool is_control() const { return static_cast<std::uint8_t>(opcode) >= 8; }
};

struct FrameDecoder::Partial {
    // The frame that is being read: first its header bytes, then the payload.
    std::array<char, header_bytes_most> header_bytes{};
    std::size_t header_size = 0;
    bool in_payload = false;
    Header frame;
    std::uint64_t payload_done = 0;
    std::string control;  // payload of a control frame, which may come between two fragments

    // The message so far.
    bool in_message = false;
    bool binary = false;
    bool compressed = false;
    std::size_t fragments = 0;
    Utf8Validator utf8;
    std::string message;
};

FrameDecoder::FrameDecoder(const DecoderSettings& settings) : settings_(&settings) {}
FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&& other) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&& other) noexcept = default;

FrameDecoder::Partial& FrameDecoder::partial() {
    if (!partial_) partial_ = std::make_unique<Partial>();
    return *partial_;
}

void FrameDecoder::release_when_idle() {
    if (partial_ && !partial_->in_message && !partial_->in_payload && partial_->header_size == 0)
        partial_.reset();
}

void FrameDecoder::stop() {
    stopped_ = true;
}

std::size_t FrameDecoder::held_bytes() const {
    if (!partial_) return 0;
    return sizeof(Partial) + partial_->message.capacity() + partial_->control.capacity();
}

void FrameDecoder::fail(std::uint16_t code, FrameSink& sink) {
    stopped_ = true;
    sink.on_failure(code);
}

// Everything that the first two bytes decide on their own; 0 when they are fine.
std::uint16_t FrameDecoder::check_start(std::uint8_t first, std::uint8_t second, bool may_compress) const {
    const bool final = (first & 0x80U) != 0;
    const unsigned opcode = first & 0x0FU;
    const unsigned length = second & 0x7FU;
    if ((first & 0x30U) != 0) return close_code::protocol_error;
    // RSV1 marks a compressed message on its first frame, if that was agreed on (RFC 7692 section 6).
    const bool compressed = (first & 0x40U) != 0;
    if (compressed && (!may_compress || opcode == 0 || opcode >= 8)) return close_code::protocol_error;
    if ((opcode > 2 && opcode < 8) || opcode > 10) return close_code::protocol_error;
    if (((second & 0x80U) != 0) != settings_->expect_masked) return close_code::protocol_error;
    if (opcode >= 8) {
        if (!final || length > control_payload_bytes) return close_code::protocol_error;
        return 0;
    }
    const bool in_message = partial_ && partial_->in_message;
    if ((opcode == 0) != in_message) return close_code::protocol_error;
    return 0;
}

// Reads a header if it is all there (header.size != 0). Returns a close code if it may not be.
std::uint16_t FrameDecoder::read_header(std::span<const char> bytes, Header& header,
                                        bool may_compress) const {
    header.size = 0;
    if (bytes.size() < 2) return 0;
    const auto byte = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    if (const auto code = check_start(byte(0), byte(1), may_compress); code != 0) return code;

    header.final = (byte(0) & 0x80U) != 0;
    header.compressed = (byte(0) & 0x40U) != 0;
    header.opcode = static_cast<Opcode>(byte(0) & 0x0FU);
    header.masked = (byte(1) & 0x80U) != 0;
    header.payload_bytes = byte(1) & 0x7FU;
    std::size_t size = 2;
    if (header.payload_bytes >= 126) {
        const std::size_t length_bytes = header.payload_bytes == 126 ? 2 : 8;
        if (bytes.size() < size + length_bytes) return 0;
        std::uint64_t length = 0;
        for (std::size_t i = 0; i < length_bytes; ++i)
            length = (length << 8U) | byte(size + i);
        size += length_bytes;
        // The top bit must be 0 and the shortest form must be used (RFC 6455 section 5.2).
        if ((length >> 63U) != 0) return close_code::protocol_error;
        if (length < (length_bytes == 2 ? 126U : 65536U)) return close_code::protocol_error;
        header.payload_bytes = length;
    }
    if (!header.is_control()) {
        const std::size_t held = partial_ ? partial_->message.size() : 0;
        const bool goes_on = partial_ && partial_->in_message;
        const std::size_t most = (goes_on ? partial_->compressed : header.compressed)
                                     ? compressed_bytes_most(settings_->message_bytes)
                                     : settings_->message_bytes;
        if (header.payload_bytes > most - held) return close_code::too_big;
        const std::size_t fragments = goes_on ? partial_->fragments : 0;
        if (fragments >= settings_->message_fragments) return close_code::policy_violation;
    }
    if (header.masked) {
        if (bytes.size() < size + header.key.size()) return 0;
        for (std::size_t i = 0; i < header.key.size(); ++i)
            header.key[i] = byte(size + i);
        size += header.key.size();
    }
    header.size = static_cast<std::uint8_t>(size);
    return 0;
}

void FrameDecoder::decode(std::span<char> input, FrameSink& sink) {
    while (!stopped_ && !input.empty()) {
        if (partial_ && partial_->in_payload) {
            input = resume_payload(input, sink);
        } else if (partial_ && partial_->header_size != 0) {
            input = resume_header(input, sink);
        } else {
            input = decode_whole(input, sink);
        }
    }
    if (stopped_) {
        partial_.reset();
    } else {
        release_when_idle();
    }
}

// At a frame boundary. A frame that is all there is handled in place; of any other one the rest is kept.
std::span<char> FrameDecoder::decode_whole(std::span<char> input, FrameSink& sink) {
    Header header;
    if (const auto code = read_header(input, header, sink.inflater() != nullptr); code != 0) {
        fail(code, sink);
        return {};
    }
    if (header.size == 0) {
        Partial& kept = partial();
        std::copy(input.begin(), input.end(), kept.header_bytes.begin());
        kept.header_size = input.size();
        return {};
    }
    const auto rest = input.subspan(header.size);
    const bool whole = header.payload_bytes <= rest.size();
    const bool fragment = !header.is_control() && (!header.final || header.opcode == Opcode::continuation);
    if (!whole || fragment) {
        if (!begin_frame(header, sink)) return {};
        return rest;
    }
    const auto payload = rest.first(static_cast<std::size_t>(header.payload_bytes));
    if (header.masked) apply_mask(payload, header.key);
    const std::string_view view(payload.data(), payload.size());
    if (header.is_control()) {
        finish_control(header.opcode, view, sink);
    } else if (header.compressed) {
        finish_compressed(view, header.opcode == Opcode::binary, sink);
    } else if (header.opcode == Opcode::text && !is_valid_utf8(view)) {
        fail(close_code::bad_text, sink);
    } else {
        sink.on_message(view, header.opcode == Opcode::binary);
    }
    return rest.subspan(payload.size());
}

std::span<char> FrameDecoder::resume_header(std::span<char> input, FrameSink& sink) {
    Partial& kept = *partial_;
    // A byte at a time, so that nothing of the payload is taken: this happens once per split header.
    while (!input.empty()) {
        kept.header_bytes[kept.header_size++] = input.front();
        input = input.subspan(1);
        Header header;
        const auto code =
            read_header({kept.header_bytes.data(), kept.header_size}, header, sink.inflater() != nullptr);
        if (code != 0) {
            fail(code, sink);
            return {};
        }
        if (header.size != 0) {
            if (!begin_frame(header, sink)) return {};
            return input;
        }
    }
    return {};
}

// The header was read and the payload goes through the partial state. False when decoding is over.
bool FrameDecoder::begin_frame(const Header& header, FrameSink& sink) {
    Partial& kept = partial();
    kept.header_size = 0;
    kept.frame = header;
    kept.payload_done = 0;
    kept.in_payload = true;
    if (!header.is_control()) {
        if (!kept.in_message) {
            kept.in_message = true;
            kept.binary = header.opcode == Opcode::binary;
            kept.compressed = header.compressed;
            kept.fragments = 0;
            kept.utf8.reset();
            kept.message.clear();
        }
        ++kept.fragments;
    }
    if (header.payload_bytes == 0) finish_frame(sink);
    return !stopped_;
}

std::span<char> FrameDecoder::resume_payload(std::span<char> input, FrameSink& sink) {
    Partial& kept = *partial_;
    const std::uint64_t missing = kept.frame.payload_bytes - kept.payload_done;
    const auto piece = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(missing, input.size())));
    if (kept.frame.masked) apply_mask(piece, kept.frame.key, static_cast<std::size_t>(kept.payload_done % 4));
    const std::string_view view(piece.data(), piece.size());
    if (kept.frame.is_control()) {
        kept.control.append(view);
    } else {
        if (!kept.binary && !kept.compressed && !kept.utf8.feed(view)) {
            fail(close_code::bad_text, sink);
            return {};
        }
        // Grows with what has arrived, not with what was announced: an announcement costs the sender nothing.
        const std::size_t needed = kept.message.size() + view.size();
        if (needed > kept.message.capacity()) {
            const std::size_t announced = kept.message.size() + static_cast<std::size_t>(missing);
            kept.message.reserve(std::min(announced, std::max(needed, needed * 2)));
        }
        kept.message.append(view);
    }
    kept.payload_done += piece.size();
    if (kept.payload_done == kept.frame.payload_bytes) finish_frame(sink);
    return input.subspan(piece.size());
}

void FrameDecoder::finish_frame(FrameSink& sink) {
    Partial& kept = *partial_;
    kept.in_payload = false;
    if (kept.frame.is_control()) {
        const std::string payload = std::exchange(kept.control, {});
        finish_control(kept.frame.opcode, payload, sink);
        return;
    }
    if (!kept.frame.final) return;
    if (!kept.binary && !kept.utf8.complete()) {
        fail(close_code::bad_text, sink);
        return;
    }
    kept.in_message = false;
    const std::string message = std::exchange(kept.message, {});
    if (kept.compressed) {
        finish_compressed(message, kept.binary, sink);
        return;
    }
    sink.on_message(message, kept.binary);
}

void FrameDecoder::finish_compressed(std::string_view payload, bool binary, FrameSink& sink) {
    const auto message = sink.inflater()->inflate(payload, settings_->message_bytes);
    if (!message) {
        // RFC 7692 names no code for what cannot be decompressed; 1007 is for data that is not what it is
        // said to be (RFC 6455 section 7.4.1).
        fail(message.error() == InflateError::too_large ? close_code::too_big : close_code::bad_text, sink);
    } else if (!binary && !is_valid_utf8(*message)) {
        fail(close_code::bad_text, sink);
    } else {
        sink.on_message(*message, binary);
    }
}

void FrameDecoder::finish_control(Opcode opcode, std::string_view payload, FrameSink& sink) {
    if (opcode == Opcode::ping) {
        sink.on_ping(payload);
        return;
    }
    if (opcode == Opcode::pong) {
        sink.on_pong(payload);
        return;
    }
    if (payload.empty()) {
        stopped_ = true;
        sink.on_close(close_code::none, {});
        return;
    }
    if (payload.size() == 1) {
        fail(close_code::protocol_error, sink);
        return;
    }
    const auto code = static_cast<std::uint16_t>((static_cast<std::uint8_t>(payload[0]) << 8U) |
                                                 static_cast<std::uint8_t>(payload[1]));
    const std::string_view reason = payload.substr(2);
    if (!is_valid_close_code(code)) {
        fail(close_code::protocol_error, sink);
    } else if (!is_valid_utf8(reason)) {
        fail(close_code::bad_text, sink);
    } else {
        stopped_ = true;
        sink.on_close(code, reason);
    }
}

}  // namespace holdfast::websocket
