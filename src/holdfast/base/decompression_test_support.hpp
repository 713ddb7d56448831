// For tests that read what a client would unpack.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <string_view>

namespace holdfast::testing {

/// What gzip or zlib bytes hold, up to `bytes_most`; a test failure when they are broken.
[[nodiscard]] inline std::string decompressed(std::string_view bytes, std::size_t bytes_most = 1'000'000) {
    z_stream stream{};
    constexpr int gzip_or_zlib = 15 + 32;
    EXPECT_EQ(inflateInit2(&stream, gzip_or_zlib), Z_OK);
    std::string copy(bytes);
    std::string out(bytes_most, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return out;
}

}  // namespace holdfast::testing
