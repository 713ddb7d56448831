#include "holdfast/base/crypto.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <memory>

namespace holdfast {

namespace {

constexpr std::string_view url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view plain_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const unsigned char* as_unsigned(std::string_view bytes) {
    return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string encode(std::string_view bytes, std::string_view alphabet, bool padding) {
    const std::size_t whole = bytes.size() / 3;
    const std::size_t left = bytes.size() % 3;
    const std::size_t tail = left == 0 ? 0 : padding ? 4 : left + 1;
    std::string text(whole * 4 + tail, '=');
    char* out = text.data();
    const unsigned char* in = as_unsigned(bytes);
    const auto digit = [&](std::uint32_t bits, unsigned shift) { return alphabet[(bits >> shift) & 0x3FU]; };
    for (std::size_t group = 0; group < whole; ++group, in += 3, out += 4) {
        const std::uint32_t bits = std::uint32_t{in[0]} << 16U | std::uint32_t{in[1]} << 8U | in[2];
        for (unsigned index = 0; index < 4; ++index)
            out[index] = digit(bits, 18 - 6 * index);
    }
    if (left > 0) {
        const std::uint32_t bits =
            std::uint32_t{in[0]} << 16U | (left > 1 ? std::uint32_t{in[1]} << 8U : std::uint32_t{0});
        for (unsigned index = 0; index <= left; ++index)
            out[index] = digit(bits, 18 - 6 * index);
    }
    return text;
}

/// The value of each character of an alphabet; `none` for all others.
using Values = std::array<std::uint8_t, 256>;
constexpr std::uint8_t none = 0x80;

constexpr Values values_of(std::string_view alphabet) {
    Values values{};
    values.fill(none);
    for (std::size_t value = 0; value < alphabet.size(); ++value)
        values[static_cast<unsigned char>(alphabet[value])] = static_cast<std::uint8_t>(value);
    return values;
}

constexpr Values url_values = values_of(url_alphabet);
constexpr Values plain_values = values_of(plain_alphabet);

std::optional<std::string> decode(std::string_view text, const Values& values, bool strict_tail) {
    const std::size_t left = text.size() % 4;
    if (left == 1) return std::nullopt;
    const std::size_t whole = text.size() / 4;
    std::string bytes(text.size() * 3 / 4, '\0');
    char* out = bytes.data();
    const unsigned char* in = as_unsigned(text);
    std::uint32_t seen = 0;  // a character that has no value leaves its mark
    const auto take = [&](std::size_t index) {
        const std::uint32_t value = values[in[index]];
        seen |= value;
        return value;
    };
    for (std::size_t group = 0; group < whole; ++group, in += 4, out += 3) {
        const std::uint32_t bits = take(0) << 18U | take(1) << 12U | take(2) << 6U | take(3);
        out[0] = static_cast<char>(bits >> 16U);
        out[1] = static_cast<char>(bits >> 8U);
        out[2] = static_cast<char>(bits);
    }
    std::uint32_t stray = 0;  // bits behind the last byte
    if (left > 0) {
        const std::uint32_t bits = take(0) << 18U | take(1) << 12U | (left > 2 ? take(2) << 6U : 0U);
        out[0] = static_cast<char>(bits >> 16U);
        if (left > 2) out[1] = static_cast<char>(bits >> 8U);
        stray = bits & (left > 2 ? 0xFFU : 0xFFFFU);
    }
    if ((seen & none) != 0 || (strict_tail && stray != 0)) return std::nullopt;
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
    // SHA1() would look the method up by its name for every call.
    static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> method(
        EVP_MD_fetch(nullptr, "SHA1", nullptr), EVP_MD_free);
    if (!method ||
        EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, method.get(), nullptr) != 1) {
        SHA1(as_unsigned(bytes), bytes.size(), digest.data());
    }
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
    return decode(text, url_values, true);
}

std::string base64_encode(std::string_view bytes) {
    return encode(bytes, plain_alphabet, true);
}

std::optional<std::string> base64_decode(std::string_view text) {
    for (int stripped = 0; stripped < 2 && !text.empty() && text.back() == '='; ++stripped) {
        text.remove_suffix(1);
    }
    return decode(text, plain_values, false);
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
