// The little of Engine.IO v4 and Socket.IO v5 that a load generator speaks, as text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::bench {

/// What a server's text message is. Socket.IO packets that a load generator does not ask for are `other`.
enum class PacketKind : std::uint8_t {
    open,
    close,
    ping,
    connect,
    disconnect,
    event,
    ack,
    connect_error,
    other
};

/// A message taken apart; the views look into it.
struct Packet {
    PacketKind kind = PacketKind::other;
    std::string_view name_space = "/";  ///< of Socket.IO packets
    std::optional<std::uint64_t> id;    ///< of an ack
    std::string_view body;              ///< JSON, unchecked
};

[[nodiscard]] Packet read_packet(std::string_view message);

/// What stands between the type of a Socket.IO packet and its id: nothing for "/", else "/name,".
[[nodiscard]] std::string name_space_prefix(std::string_view name_space);

/// An event's name, from the body of an event: `["name",...]`. Empty when there is none; escapes are left as
/// they are.
[[nodiscard]] std::string_view event_name(std::string_view body);

/// `42<namespace><id>["<event>",<argument>]`; the argument is JSON, or empty for none.
void append_event(std::string& out, std::string_view prefix, std::optional<std::uint64_t> id,
                  std::string_view event, std::string_view argument);

}  // namespace holdfast::bench
