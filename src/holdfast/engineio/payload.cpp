#include "holdfast/engineio/payload.hpp"

#include <utility>

#include "holdfast/base/crypto.hpp"
#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {

namespace {

constexpr std::size_t base64_bytes(std::size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

void append_separator(std::string& payload) {
    if (!payload.empty()) payload.push_back(packet_separator);
}

constexpr unsigned byte_at(std::string_view text, std::size_t index) {
    return static_cast<unsigned char>(text[index]);
}

/// The length of the well-formed sequence that begins at `index`; 0 when there is none.
std::size_t utf8_sequence(std::string_view text, std::size_t index) {
    const unsigned first = byte_at(text, index);
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (text.size() - index < length) return 0;
    // The second byte's range is narrower after four lead bytes (RFC 3629 section 4).
    const unsigned lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    const unsigned second = byte_at(text, index + 1);
    if (second < lowest || second > highest) return 0;
    for (std::size_t next = 2; next < length; ++next) {
        if ((byte_at(text, index + next) & 0xC0U) != 0x80U) return 0;
    }
    return length;
}

}  // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t index = 0; index < text.size();) {
        const std::size_t length = utf8_sequence(text, index);
        if (length == 0) return false;
        index += length;
    }
    return true;
}

Result<Packet, PacketError> decode_packet(std::string_view text) {
    if (text.empty()) return failure(PacketError::empty);
    Packet packet;
    const char kind = text.front();
    text.remove_prefix(1);
    if (kind == 'b') {
        std::optional<std::string> bytes = base64_decode(text);
        if (!bytes) return failure(PacketError::bad_base64);
        packet.binary = true;
        packet.decoded = std::move(*bytes);
        return packet;
    }
    if (kind < '0' || kind > '6') return failure(PacketError::unknown_type);
    packet.type = static_cast<PacketType>(kind - '0');
    packet.text = text;
    return packet;
}

std::optional<std::string_view> PayloadReader::next() {
    if (at_end_) return std::nullopt;
    const std::size_t separator = rest_.find(packet_separator);
    const std::string_view packet = rest_.substr(0, separator);
    if (separator == std::string_view::npos) {
        at_end_ = true;
    } else {
        rest_.remove_prefix(separator + 1);
    }
    return packet;
}

void append_packet(std::string& payload, PacketType type) {
    append_separator(payload);
    payload.push_back(static_cast<char>('0' + static_cast<int>(type)));
}

void append_message(std::string& payload, const OutgoingMessage& message) {
    if (message.has_text()) {
        append_packet(payload, PacketType::message);
        payload.append(message.text());
    }
    for (const std::string& attachment : message.attachments()) {
        append_separator(payload);
        payload.push_back('b');
        payload.append(base64_encode(attachment));
    }
}

std::size_t payload_bytes(const OutgoingMessage& message) {
    std::size_t bytes = message.has_text() ? 1 + message.text().size() : 0;
    for (const std::string& attachment : message.attachments()) {
        bytes += (bytes > 0 ? 1U : 0U) + 1 + base64_bytes(attachment.size());
    }
    return bytes;
}

std::string frames_without_binary(const OutgoingMessage& message) {
    std::string frames;
    if (message.has_text()) {
        append_frame_header(frames, FrameKind::text, message.text().size() + 1);
        frames.push_back('4');
        frames.append(message.text());
    }
    for (const std::string& attachment : message.attachments()) {
        append_frame_header(frames, FrameKind::text, 1 + base64_bytes(attachment.size()));
        frames.push_back('b');
        frames.append(base64_encode(attachment));
    }
    return frames;
}

}  // namespace holdfast::engineio
