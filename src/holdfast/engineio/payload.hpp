// Engine.IO packets as text and polling payloads (specification: Engine.IO protocol v4, "Encoding"). Internal
// to this layer. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/engineio/message.hpp"

namespace holdfast::engineio {

/// Stands between the packets of one HTTP body (the record separator of ASCII).
inline constexpr char packet_separator = '\x1e';

enum class PacketType : std::uint8_t { open, close, ping, pong, message, upgrade, noop };

/// One packet as it came in; `text` is a view of the input.
struct Packet {
    PacketType type = PacketType::message;
    bool binary = false;
    std::string_view text;  ///< what follows the type digit; unused when binary
    std::string decoded;    ///< the bytes of a binary message

    [[nodiscard]] std::string_view data() const { return binary ? std::string_view(decoded) : text; }
};

enum class PacketError : std::uint8_t {
    empty,         ///< no type digit
    unknown_type,  ///< neither a digit 0 to 6 nor `b`
    bad_base64,    ///< `b` and then something that is not base64
};

/// Reads one packet in its text form: a type digit and data, or `b` and base64. Whether the text is UTF-8 is
/// for the caller to know.
[[nodiscard]] Result<Packet, PacketError> decode_packet(std::string_view text);

/// Hands out the packets of an HTTP body one by one. An empty body is one empty packet.
class PayloadReader {
  public:
    explicit PayloadReader(std::string_view payload) : rest_(payload) {}
    /// The next packet's text, nothing at the end.
    [[nodiscard]] std::optional<std::string_view> next();

  private:
    std::string_view rest_;
    bool at_end_ = false;
};

/// Appends a packet that has only a type, with a separator in front where one is due.
void append_packet(std::string& payload, PacketType type);
/// Appends a message: the text packet, then each attachment as `b` and base64.
void append_message(std::string& payload, const OutgoingMessage& message);
/// Bytes that append_message adds to an empty payload.
[[nodiscard]] std::size_t payload_bytes(const OutgoingMessage& message);

/// The frames of a message for a WebSocket that wants its binary as text (`b64`).
[[nodiscard]] std::string frames_without_binary(const OutgoingMessage& message);

/// Whether all of it is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace holdfast::engineio
