// The few cryptographic functions Holdfast needs, over OpenSSL. All pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

using Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4).
[[nodiscard]] Digest sha256(std::string_view bytes);
/// SHA-1 (FIPS 180-4): only for Sec-WebSocket-Accept, where RFC 6455 section 1.3 asks for it.
[[nodiscard]] std::array<std::uint8_t, 20> sha1(std::string_view bytes);
/// HMAC-SHA-256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);
/// scrypt (RFC 7914) with N = 1024, r = 8, p = 1: a megabyte of memory and a few milliseconds, on purpose.
/// For keys that people choose; nothing when OpenSSL has no memory for it.
[[nodiscard]] std::optional<Digest> scrypt(std::string_view password, std::string_view salt);
/// Compares without telling by its duration where the first difference is. Unequal sizes are unequal.
[[nodiscard]] bool equal_in_constant_time(std::string_view left, std::string_view right);

/// Base64 with the URL alphabet and without padding (RFC 4648 section 5).
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
/// Strict: no padding, no other characters, no stray bits at the end; otherwise nothing.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);
/// Base64 with padding (RFC 4648 section 4).
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// Lenient about missing padding, as Node's decoder is; other characters outside of the alphabet give
/// nothing.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

[[nodiscard]] std::string hex_encode(std::string_view bytes);

/// A digest as the bytes it consists of.
[[nodiscard]] inline std::string_view bytes_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace holdfast
