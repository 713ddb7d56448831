// A namespace: its middlewares, its sockets and what reaches many of them. Part of the public face; see
// server.hpp for the thread.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/socketio/audience.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/event_source.hpp"
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

class Namespace : public EventSource {
  public:
    [[nodiscard]] virtual std::string_view name() const = 0;

    // Listeners that all sockets of the namespace share: event_source.hpp.

    /// Adds a middleware for connections. They run in the order in which they were added.
    virtual void use(Middleware middleware) = 0;
    virtual ListenerId on_connection(ConnectionHandler handler) = 0;

    // Where an adapter joins servers to a cluster, these reach the sockets of all of them.

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

    // Of this server alone:

    [[nodiscard]] virtual SocketPointer find(std::string_view socket_id) = 0;
    [[nodiscard]] virtual std::vector<SocketPointer> sockets(const Audience& audience) = 0;
    [[nodiscard]] virtual std::size_t socket_count() const = 0;
};

}  // namespace holdfast::socketio
