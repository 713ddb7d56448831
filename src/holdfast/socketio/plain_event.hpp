// Events in the simplest form, which most events have, are understood without making values of their JSON.
// Internal to this layer. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "holdfast/socketio/packet.hpp"

namespace holdfast::socketio {

/// All of it lies in the text of the packet.
struct PlainEvent {
    std::string_view nsp;  ///< not checked: one that somebody is in has been
    std::optional<std::uint64_t> id;
    std::string_view name;
    /// With commas between. Just the bytes that append_json would write for their values.
    std::string_view arguments;
    std::size_t argument_count = 0;
};

/// An event without attachments whose name is a string and whose arguments are strings without escapes, whole
/// numbers of up to 18 digits, true, false or null, without a space between. Nothing for everything else,
/// good or bad: that is for PacketDecoder to say, which reads the same from what is a PlainEvent.
[[nodiscard]] std::optional<PlainEvent> read_plain_event(std::string_view text, const PacketLimits& limits);

}  // namespace holdfast::socketio
