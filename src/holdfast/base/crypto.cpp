#include "holdfast/base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace holdfast {

namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* as_unsigned(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string encode(std::string_view bytes, std::string_view alphabet, bool padding) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char byte : bytes) {
        bits = (bits << 8U) | static_cast<std::uint8_t>(byte);
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            text.push_back(alphabet[(bits >> bit_count) & 0x3FU]);
        }
    }
    if (bit_count > 0) text.push_back(alphabet[(bits << (6 - bit_count)) & 0x3FU]);
    while (padding && text.size() % 4 != 0)
        text.push_back('=');
    return text;
}

int value_of(char character, bool url) {
    if (character >= 'A' && character <= 'Z') return character - 'A';
    if (character >= 'a' && character <= 'z') return character - 'a' + 26;
    if (character >= '0' && character <= '9') return character - '0' + 52;
    if (character == (url ? '-' : '+')) return 62;
    if (character == (url ? '_' : '/')) return 63;
    return -1;
}

std::optional<std::string> decode(std::string_view text, bool url, bool strict_tail) {
    if (text.size() % 4 == 1) return std::nullopt;
    std::string bytes;
    bytes.reserve(text.size() * 3 / 4);
    std::uint32_t bits = 0;
    unsigned bit_count = 0;
    for (const char character : text) {
        const int value = value_of(character, url);
        if (value < 0) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes.push_back(static_cast<char>((bits >> bit_count) & 0xFFU));
        }
    }
    if (strict_tail && (bits & ((1U << bit_count) - 1U)) != 0) return std::nullopt;
    return bytes;
}

}  // namespace

Digest sha256(std::string_view bytes) {
    Digest digest{};
    SHA256(as_unsigned(bytes), bytes.size(), digest.data());
    return digest;
}

std::array<std::uint8_t, 20> sha1(std::string_view bytes) {
    std::array<std::uint8_t, 20> digest{};
    SHA1(as_unsigned(bytes), bytes.size(), digest.data());
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view message) {
    Digest digest{};
    unsigned length = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), as_unsigned(message), message.size(),
         digest.data(), &length);
    return digest;
}

std::optional<Digest> scrypt(std::string_view password, std::string_view salt) {
    constexpr std::uint64_t cost = 1024;
    constexpr std::uint64_t block_size = 8;
    constexpr std::uint64_t most_bytes = 4 * 1024 * 1024;
    Digest digest{};
    if (EVP_PBE_scrypt(password.data(), password.size(), as_unsigned(salt), salt.size(), cost, block_size, 1,
                       most_bytes, digest.data(), digest.size()) != 1) {
        return std::nullopt;
    }
    return digest;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string base64url_encode(std::string_view bytes) {
    return encode(bytes, url_alphabet, false);
}

std::optional<std::string> base64url_decode(std::string_view text) {
    return decode(text, true, true);
}

std::string base64_encode(std::string_view bytes) {
    return encode(bytes, plain_alphabet, true);
}

std::optional<std::string> base64_decode(std::string_view text) {
    for (int stripped = 0; stripped < 2 && !text.empty() && text.back() == '='; ++stripped) {
        text.remove_suffix(1);
    }
    return decode(text, false, false);
}

std::string hex_encode(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char byte : bytes) {
        text.push_back(digits[static_cast<std::uint8_t>(byte) >> 4U]);
        text.push_back(digits[static_cast<std::uint8_t>(byte) & 0xFU]);
    }
    return text;
}

}  // namespace holdfast
