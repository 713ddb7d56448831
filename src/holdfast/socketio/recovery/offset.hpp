// Positions as clients see them, and how they get into packets. A stock client takes the last element of any
// event that asks for no ack as its position if that is a string, and hands it back later. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

/// "<log id>.<position>": base64url and decimal digits, so it needs no escaping in JSON.
[[nodiscard]] std::string write_offset(std::string_view log_id, LogPosition position);

struct Offset {
    std::string_view log_id;
    LogPosition position = 0;
};
/// Nothing if `text` was not made by write_offset.
[[nodiscard]] std::optional<Offset> read_offset(std::string_view text);

/// Where in the text of an encoded packet the elements of an event begin (behind its "["); nothing when the
/// packet is no event, or one that asks for an ack: those carry no position.
[[nodiscard]] std::optional<std::size_t> event_elements(std::string_view text);
/// Whether a stock client would take the last element of this event for a position. `text` is an event.
[[nodiscard]] bool ends_with_string(std::string_view text);
/// The same event with the offset as one more element. `packet` is an event without an ack.
[[nodiscard]] engineio::MessagePointer with_offset(const engineio::OutgoingMessage& packet,
                                                   std::string_view offset);

}  // namespace holdfast::socketio
