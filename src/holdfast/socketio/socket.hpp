// One client's membership in one namespace. Part of the public face; see server.hpp for the thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/socketio/broadcast.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/event_source.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/task.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {

class Namespace;

class Socket : public EventSource, public std::enable_shared_from_this<Socket> {
  public:
    /// 20 characters of base64url; public, not the engine's session id.
    [[nodiscard]] virtual std::string_view id() const = 0;
    [[nodiscard]] virtual bool connected() const = 0;
    [[nodiscard]] virtual const engineio::Handshake& handshake() const = 0;
    /// The `auth` of the CONNECT packet; an empty object when the client sent none.
    [[nodiscard]] virtual const json::value& auth() const = 0;
    [[nodiscard]] virtual std::optional<engineio::TransportKind> transport() const = 0;
    [[nodiscard]] virtual Namespace& nsp() = 0;

    // Listeners: event_source.hpp. Where all sockets of a namespace share them, those of the Namespace cost
    // nothing per socket.

    /// Tells the client that its event was refused (see EventRefusal); counted.
    virtual void refuse(const Event& event, const EventRefusal& refusal) = 0;

    // Before the CONNECT was accepted and after a disconnect nothing is sent: the verdict is `dropped`.

    engineio::SendVerdict emit(std::string_view name) { return emit(name, json::array()); }
    engineio::SendVerdict emit(std::string_view name, json::array arguments) {
        return send_payload(name, Payload{std::move(arguments), {}}, false);
    }
    engineio::SendVerdict emit(std::string_view name, Payload payload) {
        return send_payload(name, std::move(payload), false);
    }
    /// Values of C++ as arguments: `emit("moved", 3, "left", Binary{bytes})`; see arguments.hpp. A
    /// json::array alone is the whole list of arguments, as above.
    template <typename... Values>
    requires TypedArguments<Values...> engineio::SendVerdict emit(std::string_view name,
                                                                  const Values&... values) {
        return emit(name, make_payload(values...));
    }
    /// Dropped whole when the client cannot take it at once, and not kept for one that comes back later.
    engineio::SendVerdict emit_volatile(std::string_view name, json::array arguments) {
        return send_payload(name, Payload{std::move(arguments), {}}, true);
    }
    template <typename... Values>
    requires TypedArguments<Values...> engineio::SendVerdict emit_volatile(std::string_view name,
                                                                           const Values&... values) {
        return send_payload(name, make_payload(values...), true);
    }
    template <std::same_as<Payload> Whole>
    engineio::SendVerdict emit_volatile(std::string_view name, Whole payload) {
        return send_payload(name, std::move(payload), true);
    }
    /// Emits and waits for the client's ack. The time counts from the next tick. A socket that is not
    /// connected calls the handler at once.
    void emit_with_ack(std::string_view name, json::array arguments, Milliseconds timeout,
                       AckHandler handler) {
        request(name, Payload{std::move(arguments), {}}, timeout, std::move(handler));
    }
    template <std::same_as<Payload> Whole>
    void emit_with_ack(std::string_view name, Whole payload, Milliseconds timeout, AckHandler handler) {
        request(name, std::move(payload), timeout, std::move(handler));
    }
    /// The same for a coroutine: `co_await socket.ask<int>("age?", 5s, name)` is a Result<int, AckError>.
    /// Keeps the socket alive while it waits.
    template <typename Value = Payload, typename... Values>
    [[nodiscard]] Awaited<Result<Value, AckError>> ask(std::string_view name, Milliseconds timeout,
                                                       const Values&... values) {
        return Awaited<Result<Value, AckError>>([self = shared_from_this(), event = std::string(name),
                                                 timeout,
                                                 payload = make_payload(values...)](auto done) mutable {
            self->request(event, std::move(payload), timeout, [done](Result<Payload, AckError> answer) {
                done(read_answer<Value>(std::move(answer)));
            });
        });
    }
    /// With `false` the event is not compressed on its way; see Broadcast::compress.
    [[nodiscard]] Emission compress(bool wanted) { return {*this, wanted}; }
    /// Sends a packet that was encoded once for many (see encode_event).
    virtual engineio::SendVerdict send(engineio::MessagePointer packet) = 0;
    /// Sends an event that was encoded for this socket: the text of such a packet, without attachments.
    virtual engineio::SendVerdict send_text(std::string_view packet) = 0;

    /// Everybody else in the namespace: `socket.broadcast().emit(…)`, `socket.to("room").emit(…)`.
    [[nodiscard]] Broadcast broadcast();
    template <typename... Rooms>
    [[nodiscard]] Broadcast to(const Rooms&... rooms) {
        return broadcast().to(rooms...);
    }
    template <typename... Rooms>
    [[nodiscard]] Broadcast in(const Rooms&... rooms) {
        return broadcast().to(rooms...);
    }
    template <typename... Rooms>
    [[nodiscard]] Broadcast except(const Rooms&... rooms) {
        return broadcast().except(rooms...);
    }

    /// False when the socket is in too many rooms already or gone. Every socket is in the room named by its
    /// own id from the start and cannot leave it.
    virtual bool join(std::string_view room) = 0;
    virtual void leave(std::string_view room) = 0;
    [[nodiscard]] virtual std::vector<std::string> rooms() const = 0;
    /// Leaves the namespace, telling the client (a JavaScript client does not come back by itself); with
    /// `close_transport` the client leaves all its namespaces and the connection ends.
    virtual void disconnect(bool close_transport) = 0;

    /// What the client brought with it from before its connection broke; `none` where recovery is off.
    [[nodiscard]] virtual Recovery recovery() const = 0;

    /// What the application says about this socket; other servers of a cluster see it in fetch_sockets. Null
    /// until it is set. What changes it later replaces it as a whole.
    [[nodiscard]] virtual const json::value& data() const = 0;
    virtual void set_data(json::value data) = 0;

    /// Whatever the application wants to find again with this socket, on this server only.
    std::shared_ptr<void> local_state;

  protected:
    virtual engineio::SendVerdict send_payload(std::string_view name, Payload payload, bool is_volatile) = 0;
    virtual void request(std::string_view name, Payload payload, Milliseconds timeout,
                         AckHandler handler) = 0;
};

}  // namespace holdfast::socketio
