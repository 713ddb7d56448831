// A namespace: its middlewares, its sockets and what reaches many of them. Part of the public face; see
// server.hpp for the thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/socketio/audience.hpp"
#include "holdfast/socketio/broadcast.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/event_source.hpp"
#include "holdfast/socketio/server_event.hpp"
#include "holdfast/socketio/socket.hpp"

namespace holdfast::socketio {

/// Refuses a connection to a namespace: becomes CONNECT_ERROR {"message","data"}.
struct ConnectError {
    std::string message;
    json::value data;  ///< null: left out
};
/// Runs before a socket is connected; calling `next` later is allowed (once).
using Next = std::function<void(std::optional<ConnectError>)>;
using Middleware = std::function<void(Socket&, Next)>;
/// A socket was let in.
using ConnectionHandler = std::function<void(SocketPointer)>;

class Namespace;
/// A namespace that stays while this is held: Namespace::hold(), Server::find(). Let it go on the server's
/// thread, or when the server has ended; then what is called on the namespace does nothing.
using NamespacePointer = std::shared_ptr<Namespace>;

/// How long one lives: that of Server::of(name) as long as the server. One made on demand goes when it has
/// been empty for a while (Settings::empty_namespace_time), with its listeners, and is made anew, by its
/// `on_created`, when somebody asks for it again. A reference to it is good while a socket of it is kept, in
/// its own handlers, or under a hold(); keep one of these, not the reference alone.
class Namespace : public EventSource {
  public:
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Keeps it, if it was made on demand, while the result lives. A handler of the namespace must not own
    /// one: the two would keep each other for ever.
    [[nodiscard]] virtual NamespacePointer hold() = 0;

    // Listeners that all sockets of the namespace share: event_source.hpp.

    /// Adds a middleware for connections. They run in the order in which they were added.
    virtual void use(Middleware middleware) = 0;
    virtual ListenerId on_connection(ConnectionHandler handler) = 0;

    // Who is meant and how, step by step: broadcast.hpp.

    template <typename... Rooms>
    [[nodiscard]] Broadcast to(const Rooms&... rooms) {
        return Broadcast(*this).to(rooms...);
    }
    template <typename... Rooms>
    [[nodiscard]] Broadcast in(const Rooms&... rooms) {
        return Broadcast(*this).to(rooms...);
    }
    template <typename... Rooms>
    [[nodiscard]] Broadcast except(const Rooms&... rooms) {
        return Broadcast(*this).except(rooms...);
    }
    [[nodiscard]] Broadcast local() { return Broadcast(*this).local(); }
    [[nodiscard]] Broadcast volatile_() { return Broadcast(*this).volatile_(); }
    [[nodiscard]] Broadcast compress(bool wanted) { return Broadcast(*this).compress(wanted); }
    [[nodiscard]] Broadcast timeout(Milliseconds time) { return Broadcast(*this).timeout(time); }
    /// To everybody in the namespace.
    template <typename... Arguments>
    std::size_t emit(std::string_view name, Arguments&&... arguments) {
        return Broadcast(*this).emit(name, std::forward<Arguments>(arguments)...);
    }

    // The same with an audience as a value. Where an adapter joins servers to a cluster, these reach the
    // sockets of all of them, unless the audience is local.

    /// Returns the number of this server's sockets it was handed to. Encoded once, shared by all.
    virtual std::size_t broadcast(const Audience& audience, std::string_view event, json::array arguments,
                                  bool is_volatile = false) = 0;
    virtual std::size_t broadcast(const Audience& audience, engineio::MessagePointer packet,
                                  bool is_volatile = false) = 0;
    /// Describes the sockets of the audience. The handler runs on this server's thread, maybe at once.
    virtual void fetch_sockets(const Audience& audience, FetchHandler handler) = 0;
    virtual void join_sockets(const Audience& audience, std::string_view room) = 0;
    virtual void leave_sockets(const Audience& audience, std::string_view room) = 0;
    virtual void disconnect_sockets(const Audience& audience, bool close_transport) = 0;
    /// Broadcast::emit_with_ack.
    virtual void ask_sockets(const Audience& audience, std::string_view event, Payload payload,
                             Milliseconds timeout, AnswersHandler handler) = 0;

    // Between the servers of a cluster: what one emits reaches this namespace on all others, not on itself.

    /// Calls `handler` for messages of that name from other servers. `off` with its id removes it.
    virtual ListenerId on_server_event(std::string name, ServerEventHandler handler) = 0;
    /// The same with the arguments as values of the handler's parameters, of the types in arguments.hpp; the
    /// last one may be an Answer<Values...>. What does not fit is not handed out and gets no answer: it is
    /// written to the log as a failure of the handler, as another server of one's own said it.
    template <TypedServerHandler Handler>
    ListenerId on_server_event(std::string name, Handler handler) {
        return on_server_event(std::move(name), typed_server_handler(std::move(handler)));
    }
    void server_side_emit(std::string_view event) { server_side_emit(event, Payload()); }
    virtual void server_side_emit(std::string_view event, Payload payload) = 0;
    template <typename... Values>
    requires TypedArguments<Values...>
    void server_side_emit(std::string_view event, const Values&... values) {
        server_side_emit(event, make_payload(values...));
    }
    /// Emits and collects one answer of each other server; alone, the answer is complete and empty at once.
    virtual void server_side_emit_with_ack(std::string_view event, Payload payload, Milliseconds timeout,
                                           AnswersHandler handler) = 0;
    /// The same for a coroutine.
    template <typename... Values>
    [[nodiscard]] Awaited<BroadcastAnswers> ask_servers(std::string_view event, Milliseconds timeout,
                                                        const Values&... values) {
        return Awaited<BroadcastAnswers>(
            [this, name = std::string(event), timeout, payload = make_payload(values...)](auto done) mutable {
                server_side_emit_with_ack(name, std::move(payload), timeout,
                                          [done](BroadcastAnswers answers) { done(std::move(answers)); });
            });
    }

    // Of this server alone:

    [[nodiscard]] virtual SocketPointer find(std::string_view socket_id) = 0;
    [[nodiscard]] virtual std::vector<SocketPointer> sockets(const Audience& audience) = 0;
    [[nodiscard]] virtual std::size_t socket_count() const = 0;
};

}  // namespace holdfast::socketio
