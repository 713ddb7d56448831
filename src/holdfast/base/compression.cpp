#include "holdfast/base/compression.hpp"

#include <zlib.h>

#include <limits>

namespace holdfast {

namespace {

int level_of(CompressionEffort effort) {
    switch (effort) {
        case CompressionEffort::fast:
            return Z_BEST_SPEED;
        case CompressionEffort::usual:
            return Z_DEFAULT_COMPRESSION;
        case CompressionEffort::most:
            return Z_BEST_COMPRESSION;
    }
    return Z_DEFAULT_COMPRESSION;
}

}  // namespace

std::optional<std::string> compressed(std::string_view bytes, CompressedFormat format,
                                      CompressionEffort effort) {
    if (bytes.size() > std::numeric_limits<uInt>::max() / 2) return std::nullopt;
    constexpr int zlib_window = 15;
    constexpr int gzip_window = zlib_window + 16;
    const int window = format == CompressedFormat::gzip ? gzip_window : zlib_window;
    const int memory_level = effort == CompressionEffort::most ? 9 : 8;
    z_stream stream{};
    if (deflateInit2(&stream, level_of(effort), Z_DEFLATED, window, memory_level, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
        return std::nullopt;
    }
    std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    // zlib does not write to its input; its interface is older than const.
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    if (result != Z_STREAM_END || out.size() >= bytes.size()) return std::nullopt;
    return out;
}

}  // namespace holdfast
