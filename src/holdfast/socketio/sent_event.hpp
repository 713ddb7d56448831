// An event read back from its packet, for those who watch what is sent. Internal to this layer; pure.
#pragma once

#include <memory>
#include <string>

#include "holdfast/engineio/message.hpp"
#include "holdfast/socketio/event.hpp"

namespace holdfast::socketio {

struct SentEvent {
    std::string name;
    Event event;  ///< its name lies in this very object
};

/// Null when the packet is no event.
[[nodiscard]] std::unique_ptr<const SentEvent> read_sent_event(const engineio::OutgoingMessage& packet);

}  // namespace holdfast::socketio
