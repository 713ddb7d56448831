// The handlers of a socket or of a namespace. Internal to this layer; one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::socketio {

/// Handlers are shared pointers, so that one that replaces itself while it runs stays alive until it returns.
struct HandlerSet {
    std::map<std::string, std::shared_ptr<const EventHandler>, std::less<>> events;
    std::shared_ptr<const EventHandler> any;
    std::shared_ptr<const DisconnectHandler> disconnect;
    std::shared_ptr<const HeartbeatHandler> heartbeat;

    bool set_event(std::string name, EventHandler handler) {
        if (is_reserved_event(name)) return false;
        if (handler) {
            events.insert_or_assign(std::move(name), wrapped(std::move(handler)));
        } else {
            events.erase(name);
        }
        return true;
    }
    /// Null when there is none of that name.
    [[nodiscard]] std::shared_ptr<const EventHandler> event(std::string_view name) const {
        const auto found = events.find(name);
        return found == events.end() ? nullptr : found->second;
    }

    template <typename Handler>
    [[nodiscard]] static std::shared_ptr<const Handler> wrapped(Handler handler) {
        return handler ? std::make_shared<const Handler>(std::move(handler)) : nullptr;
    }
};

}  // namespace holdfast::socketio
