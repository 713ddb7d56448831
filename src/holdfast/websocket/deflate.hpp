// permessage-deflate (RFC 7692) without context takeover in either direction: every message is compressed on
// its own, so a connection owns no state of zlib, and one Inflater and one Deflater serve a whole thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/websocket/frame.hpp"

namespace holdfast::websocket {

/// Window sizes as powers of two (RFC 7692 section 7.1.2). zlib makes no raw stream with 8.
inline constexpr int window_bits_least = 9;
inline constexpr int window_bits_most = 15;

/// What client and server agreed on.
struct DeflateAgreement {
    std::string response;                ///< the value of Sec-WebSocket-Extensions in the 101
    int window_bits = window_bits_most;  ///< the largest window the server may compress with
};

enum class ExtensionsError : std::uint8_t {
    malformed,  ///< not what RFC 6455 section 9.1 allows: the handshake must fail
};

/// Looks for the first offer of permessage-deflate that can be met. `offers` is the value of
/// Sec-WebSocket-Extensions, all its lines joined by commas; `window_bits` is what the server compresses
/// with unless the client wants less. Nothing: the connection goes without compression.
[[nodiscard]] Result<std::optional<DeflateAgreement>, ExtensionsError> negotiate_deflate(
    std::string_view offers, int window_bits = window_bits_most);

enum class InflateError : std::uint8_t {
    broken,     ///< not a deflate stream, or not a whole one
    too_large,  ///< the message would be over the limit
};

/// Decompresses messages. One thread; the memory it keeps between messages is bounded.
class Inflater {
  public:
    Inflater();
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    /// The message whose compressed payload, all fragments together, is `payload` (RFC 7692 section 7.2.2).
    /// Never makes more than `message_bytes`, whatever the payload promises. The view is good until the next
    /// call.
    [[nodiscard]] Result<std::string_view, InflateError> inflate(std::string_view payload,
                                                                 std::size_t message_bytes);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Compresses messages. One thread.
class Deflater {
  public:
    Deflater();
    ~Deflater();
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// The compressed payload (RFC 7692 section 7.2.1) with a window of 2^`window_bits`; nothing when it is
    /// not smaller than `message`.
    [[nodiscard]] std::optional<std::string> deflate(std::string_view message, int window_bits);
    /// Appends a server's frame with `message`: compressed (with the bit RSV1) if it has at least
    /// `threshold_bytes` and becomes smaller, otherwise as it is.
    void append_server_frame(std::string& out, Opcode opcode, std::string_view message, int window_bits,
                             std::size_t threshold_bytes);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Most bytes that a message of `message_bytes` may have in compressed form: what cannot be compressed gets
/// a little longer.
[[nodiscard]] constexpr std::size_t compressed_bytes_most(std::size_t message_bytes) {
    return message_bytes + message_bytes / 256 + 64;
}

}  // namespace holdfast::websocket
