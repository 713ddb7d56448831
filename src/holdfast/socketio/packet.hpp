// The Socket.IO v5 packet codec: text and bytes to packets and back. Pure; any thread.
// Specification: docs/socket.io-protocol/v5-current.md in the repository socketio/socket.io, "Packet
// encoding".
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/socketio/event_arguments.hpp"

namespace holdfast::socketio {

namespace json = boost::json;

/// The wire knows binary variants of event and ack as well; here they are events and acks with attachments.
enum class PacketType : std::uint8_t { connect, disconnect, event, ack, connect_error };

struct Packet {
    PacketType type = PacketType::event;
    std::string nsp = "/";
    std::optional<std::uint64_t> id;  ///< of an ack, or of an event that asks for one
    /// An object, an array or a string, as the type has it; null when the packet carries none.
    json::value data;
    std::vector<std::string> attachments;
};

/// Why a packet was refused.
enum class PacketError : std::uint8_t {
    empty,
    unknown_type,
    bad_attachment_count,
    too_many_attachments,
    bad_namespace,
    bad_ack_id,
    bad_json,  ///< no JSON, too deep, or too many values
    bad_payload,
    reserved_event_name,
    bad_placeholder,
    unexpected_text,    ///< while attachments are due
    unexpected_binary,  ///< that nobody announced
};
[[nodiscard]] std::string_view to_string(PacketError error);

struct PacketLimits {
    std::size_t attachments = limits::packet_attachments;
    std::size_t json_depth = limits::json_depth;  ///< the packet's own array or object counts
    std::size_t json_values = limits::json_values;
};

/// Puts packets together from the messages of one connection. After an error the connection is to be closed.
class PacketDecoder {
  public:
    /// A whole packet, or nothing while attachments are missing.
    using Answer = Result<std::optional<Packet>, PacketError>;

    [[nodiscard]] Answer add_text(std::string_view text, const PacketLimits& limits);
    [[nodiscard]] Answer add_binary(std::string_view bytes);
    /// True while an announced attachment has not come.
    [[nodiscard]] bool waiting() const { return pending_ != nullptr; }

  private:
    struct Pending {
        Packet packet;
        std::size_t missing = 0;
    };
    std::unique_ptr<Pending> pending_;
};

/// The text of a packet; its attachments are to follow it, each as one binary message.
[[nodiscard]] std::string encode_packet(const Packet& packet);
/// Appends the text of an event with these arguments; its attachments are to follow it.
void append_event_text(std::string& text, std::string_view nsp, std::optional<std::uint64_t> id,
                       std::string_view name, const json::array& arguments, std::size_t attachment_count);
void append_event_text(std::string& text, std::string_view nsp, std::optional<std::uint64_t> id,
                       std::string_view name, const EventArguments& arguments, std::size_t attachment_count);
/// The same for an ack.
void append_ack_text(std::string& text, std::string_view nsp, std::uint64_t id, const json::array& arguments,
                     std::size_t attachment_count);
void append_ack_text(std::string& text, std::string_view nsp, std::uint64_t id,
                     const EventArguments& arguments, std::size_t attachment_count);

/// Names that neither side may use for an event.
[[nodiscard]] bool is_reserved_event(std::string_view name);

}  // namespace holdfast::socketio
