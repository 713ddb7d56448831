// Listeners: what a socket or a namespace tells the application. Part of the public face; see server.hpp for
// the thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "holdfast/base/clock.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {

/// Why a socket was disconnected; the texts are those of the reference.
enum class DisconnectReason : std::uint8_t {
    client_namespace_disconnect,
    server_namespace_disconnect,
    server_shutting_down,
    transport_close,
    transport_error,
    ping_timeout,
    parse_error,
    forced_close,
    queue_overflow,
};
[[nodiscard]] std::string_view to_string(DisconnectReason reason);

using DisconnectHandler = std::function<void(Socket&, DisconnectReason)>;
/// A pong came in: everything emitted before `ping_sent` has arrived at the client.
using HeartbeatHandler = std::function<void(Socket&, Instant ping_sent)>;
/// Sees an event on its way to a client; its ack is empty.
using OutgoingHandler = std::function<void(Socket&, const Event&)>;

/// Refuses an event: the client hears {"error","message","data"} as the ack where it asked for one, and
/// otherwise as the event "event_refused", with the refused event's name as "event".
struct EventRefusal {
    std::string error = "refused";  ///< a word for programs
    std::string message;            ///< a sentence for people
    json::value data = nullptr;     ///< null: left out
};
using EventNext = std::function<void(std::optional<EventRefusal>)>;
/// Runs before the listeners of every event. `next(std::nullopt)` lets the event pass, a refusal ends it;
/// calling it later is allowed (once), and the event stays valid until then. Dropping it drops the event.
using EventMiddleware = std::function<void(Socket&, Event&, EventNext next)>;

/// Names one listener of one socket or namespace. False when none was added: the name is reserved, the
/// function empty, or the socket gone.
struct ListenerId {
    std::uint64_t number = 0;
    explicit operator bool() const { return number != 0; }
    friend bool operator==(const ListenerId&, const ListenerId&) = default;
};

class HandlerSet;

/// What Socket and Namespace have in common. A namespace's listeners are shared by its sockets and cost
/// nothing per socket. For each event a socket's own listeners are called before those of its namespace:
/// first those for any event, then those for its name, each kind in the order in which they were added. Each
/// gets the event as it arrived, whatever the one before it moved out of it.
///
/// A listener may do anything here that other code may: emit, join, disconnect, add and remove listeners,
/// itself too. One that is removed is not called any more, not even by the event that is being handed out;
/// one that is added is called from the next event on. An exception that leaves a listener is caught, counted
/// and logged
/// ("handler_failed"); the others and the connection go on.
class EventSource {
  public:
    EventSource() = default;
    virtual ~EventSource() = default;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;

    /// Calls `handler` for events of that name. Names reserved by the protocol are refused.
    ListenerId on(std::string name, EventHandler handler);
    /// The same for the next event of that name only. On a namespace: the next one of any socket.
    ListenerId once(std::string name, EventHandler handler);
    /// Calls `handler` with the arguments as values of its parameters' types; see typed.hpp.
    template <TypedHandler Handler>
    ListenerId on(std::string name, Handler handler) {
        return on(std::move(name), typed_handler(std::move(handler)));
    }
    template <TypedHandler Handler>
    ListenerId once(std::string name, Handler handler) {
        return once(std::move(name), typed_handler(std::move(handler)));
    }
    /// Calls `handler` for every event.
    ListenerId on_any(EventHandler handler);
    /// Calls `handler` with the name, as a std::string, and the arguments as values of its parameters' types,
    /// for every event whose arguments fit: `on_any([](Socket&, std::string name, Rest arguments) {…})` for
    /// all of them.
    template <TypedHandler Handler>
    ListenerId on_any(Handler handler) {
        return on_any(EventHandler(typed_any_handler(std::move(handler))));
    }
    /// Calls `handler` for every event that is sent to a client: after it was handed over, not when it was
    /// dropped. Volatile events and broadcasts count, acks do not.
    ListenerId on_any_outgoing(OutgoingHandler handler);
    /// The same with name and arguments, as in on_any.
    template <TypedHandler Handler>
    ListenerId on_any_outgoing(Handler handler) {
        return on_any_outgoing(OutgoingHandler(typed_any_handler(std::move(handler))));
    }
    /// Called once, after the socket can no longer be reached and before it leaves its rooms.
    ListenerId on_disconnecting(DisconnectHandler handler);
    /// Called once, after all on_disconnecting; `rooms()` still names the rooms it was in, but they have lost
    /// it. Neither runs inside emit, send or broadcast: a connection that ends there is reported with the
    /// next message or tick.
    ListenerId on_disconnect(DisconnectHandler handler);
    ListenerId on_heartbeat(HeartbeatHandler handler);
    /// Adds a middleware for events. They run in the order in which they were added, a namespace's first.
    ListenerId use_for_events(EventMiddleware middleware);

    /// Removes one listener of any kind; false when it is not there (any more).
    bool off(ListenerId listener);
    /// Removes the listeners for that name; how many there were.
    std::size_t off(std::string_view name);
    /// Removes the listeners for any event.
    std::size_t off_any();
    std::size_t off_any_outgoing();

  private:
    /// The set, made at the first use; null when nothing will ever be called again.
    [[nodiscard]] virtual HandlerSet* own_handlers() = 0;
    /// The set if there is one.
    [[nodiscard]] virtual HandlerSet* existing_handlers() = 0;
};

}  // namespace holdfast::socketio
