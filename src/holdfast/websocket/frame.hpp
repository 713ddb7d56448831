// The vocabulary of RFC 6455 frames: opcodes, close codes, masking.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace holdfast::websocket {

/// RFC 6455 section 5.2.
enum class Opcode : std::uint8_t {
    continuation = 0x0,
    text = 0x1,
    binary = 0x2,
    close = 0x8,
    ping = 0x9,
    pong = 0xA,
};

/// RFC 6455 section 7.4.1 and the IANA registry; the names say what each stands for.
namespace close_code {
inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported_data = 1003;
inline constexpr std::uint16_t none = 1005;  ///< never on the wire: the close frame had no code
inline constexpr std::uint16_t bad_text = 1007;
inline constexpr std::uint16_t policy_violation = 1008;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
}  // namespace close_code

/// Whether a close frame may carry this code: 1000 to 1014 without those reserved for local use, and
/// 3000 to 4999.
[[nodiscard]] constexpr bool is_valid_close_code(std::uint16_t code) {
    if (code >= 3000) return code <= 4999;
    return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

/// Longest payload of a control frame, longest header of any frame (RFC 6455 sections 5.5 and 5.2).
inline constexpr std::size_t control_payload_bytes = 125;
inline constexpr std::size_t header_bytes_most = 14;

using MaskKey = std::array<std::uint8_t, 4>;

/// Masks or unmasks in place (RFC 6455 section 5.3). `phase` is the number of payload bytes of the frame that
/// came before these.
inline void apply_mask(std::span<char> payload, const MaskKey& key, std::size_t phase = 0) {
    std::array<std::uint8_t, 8> turned{};
    for (std::size_t i = 0; i < turned.size(); ++i)
        turned[i] = key[(phase + i) % 4];
    std::uint64_t pattern = 0;
    std::memcpy(&pattern, turned.data(), sizeof pattern);
    char* at = payload.data();
    std::size_t left = payload.size();
    for (; left >= 8; at += 8, left -= 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, sizeof eight);
        eight ^= pattern;
        std::memcpy(at, &eight, sizeof eight);
    }
    for (std::size_t i = 0; i < left; ++i)
        at[i] = static_cast<char>(static_cast<std::uint8_t>(at[i]) ^ turned[i]);
}

}  // namespace holdfast::websocket
