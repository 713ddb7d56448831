#include "holdfast/websocket/frame_encoder.hpp"

#include <algorithm>

namespace holdfast::websocket {

EncodedHeader encode_header(Opcode opcode, std::uint64_t payload_bytes, bool final,
                            const std::optional<MaskKey>& key) {
    EncodedHeader header;
    const auto put = [&header](std::uint64_t byte) {
        header.bytes[header.size++] = static_cast<char>(static_cast<std::uint8_t>(byte & 0xFFU));
    };
    const std::uint64_t mask_bit = key ? 0x80 : 0;
    put((final ? 0x80U : 0U) | static_cast<std::uint8_t>(opcode));
    if (payload_bytes < 126) {
        put(mask_bit | payload_bytes);
    } else {
        const unsigned length_bytes = payload_bytes <= 0xFFFF ? 2 : 8;
        put(mask_bit | (length_bytes == 2 ? 126U : 127U));
        for (unsigned i = length_bytes; i-- > 0;)
            put(payload_bytes >> (8 * i));
    }
    if (key) {
        for (const auto byte : *key)
            put(byte);
    }
    return header;
}

void append_server_frame(std::string& out, Opcode opcode, std::string_view payload, bool final) {
    out.append(encode_header(opcode, payload.size(), final).view());
    out.append(payload);
}

void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, const MaskKey& key,
                         bool final) {
    out.append(encode_header(opcode, payload.size(), final, key).view());
    const std::size_t begin = out.size();
    out.append(payload);
    apply_mask({out.data() + begin, payload.size()}, key);
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
    std::string payload;
    if (!is_valid_close_code(code)) return payload;
    std::size_t size = std::min(reason.size(), control_payload_bytes - 2);
    if (size < reason.size()) {
        while (size > 0 && (static_cast<std::uint8_t>(reason[size]) & 0xC0U) == 0x80U)
            --size;
    }
    payload.push_back(static_cast<char>(code >> 8U));
    payload.push_back(static_cast<char>(code & 0xFFU));
    payload.append(reason.substr(0, size));
    return payload;
}

std::string server_close_frame(std::uint16_t code, std::string_view reason) {
    std::string frame;
    append_server_frame(frame, Opcode::close, close_payload(code, reason));
    return frame;
}

}  // namespace holdfast::websocket
