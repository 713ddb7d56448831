// The listeners of a socket or of a namespace. Internal to this layer; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/socketio/listener_list.hpp"
#include "holdfast/socketio/namespace.hpp"
#include "holdfast/socketio/packet.hpp"

namespace holdfast::socketio {

class HandlerSet {
  public:
    using Events = ListenerList<EventHandler>;

    template <typename Function>
    ListenerId add(ListenerList<Function>& list, Function function) {
        if (!function) return {};
        const ListenerId id{++last_id_};
        list.add(id, std::move(function), false);
        return id;
    }
    ListenerId add_event(std::string name, EventHandler handler, bool once) {
        if (!handler || is_reserved_event(name)) return {};
        const ListenerId id{++last_id_};
        events[std::move(name)].add(id, std::move(handler), once);
        return id;
    }
    bool remove(ListenerId id) {
        if (remove_named(events, id) || remove_named(server_events, id)) return true;
        return any.remove(id) || any_outgoing.remove(id) || disconnecting.remove(id) ||
               disconnect.remove(id) || heartbeat.remove(id) || middlewares.remove(id) ||
               connection.remove(id);
    }
    std::size_t remove_event(std::string_view name) {
        const auto found = events.find(name);
        if (found == events.end()) return 0;
        const std::size_t count = found->second.clear();
        events.erase(found);
        return count;
    }
    /// Forgets listeners of that name that were to be called once and have been.
    void prune(std::string_view name) {
        const auto found = events.find(name);
        if (found == events.end()) return;
        found->second.prune();
        if (found->second.empty()) events.erase(found);
    }
    /// Null when there is none of that name.
    [[nodiscard]] Events::Snapshot event(std::string_view name) const {
        const auto found = events.find(name);
        return found == events.end() ? nullptr : found->second.snapshot();
    }

    std::map<std::string, Events, std::less<>> events;
    Events any;
    ListenerList<OutgoingHandler> any_outgoing;
    ListenerList<DisconnectHandler> disconnecting;
    ListenerList<DisconnectHandler> disconnect;
    ListenerList<HeartbeatHandler> heartbeat;
    ListenerList<EventMiddleware> middlewares;

    // Of a namespace:
    ListenerList<ConnectionHandler> connection;
    std::map<std::string, ListenerList<ServerEventHandler>, std::less<>> server_events;

  private:
    template <typename Named>
    static bool remove_named(Named& all, ListenerId id) {
        for (auto named = all.begin(); named != all.end(); ++named) {
            if (!named->second.remove(id)) continue;
            if (named->second.empty()) all.erase(named);
            return true;
        }
        return false;
    }

    std::uint64_t last_id_ = 0;
};

}  // namespace holdfast::socketio
