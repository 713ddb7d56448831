// Bytes compressed in one go, for what is kept or sent as a whole: zlib's formats gzip (RFC 1952) and zlib
// (RFC 1950, which HTTP calls deflate: RFC 9110 section 8.4.1.2). Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast {

enum class CompressedFormat : std::uint8_t { gzip, zlib };

/// How much time compressing may take.
enum class CompressionEffort : std::uint8_t {
    fast,   ///< for what is compressed for one receiver
    usual,  ///< for what is compressed once and sent often
    most,   ///< for what is compressed once at start-up and is small
};

/// The compressed bytes; nothing when they would not be shorter than `bytes`, or without memory.
[[nodiscard]] std::optional<std::string> compressed(std::string_view bytes, CompressedFormat format,
                                                    CompressionEffort effort);

}  // namespace holdfast
