// The seam between a namespace and the other servers of a cluster. The rooms of a server's own sockets are
// kept by the server itself; an adapter carries what concerns everybody to the other servers and hands in
// what comes from them. Without an adapter a server stands alone. Implementations: the layer `cluster`.
//
// The contract, which the tests of `cluster` check for every implementation:
//   Threads    A namespace calls its adapter on the server's thread, and the adapter calls LocalSockets and
//              handlers on that same thread only.
//   Delivery   Local sockets are reached before a call returns. Every other server that is reachable is
//   reached
//              once, later; one that cannot be reached misses it (at most once, no retry).
//   Order      What one server sends arrives at each other server in the order in which it was sent. Between
//              different senders there is no order.
//   Atomicity  Each operation is applied to a server's sockets as a whole, with no event in between. The
//              audience is decided where the sockets are, at the moment of arrival; servers see it at
//              different moments.
//   Isolation  Namespaces do not see each other's operations.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "holdfast/socketio/server.hpp"

namespace holdfast::socketio {

/// The sockets of one namespace on this server. Lives as long as the server; on its thread.
class LocalSockets {
  public:
    virtual ~LocalSockets() = default;
    /// Returns how many sockets took it.
    virtual std::size_t send_local(const Audience& audience, const engineio::MessagePointer& packet,
                                   bool is_volatile) = 0;
    [[nodiscard]] virtual std::vector<SocketDescription> describe_local(const Audience& audience) = 0;
    virtual void join_local(const Audience& audience, std::string_view room) = 0;
    virtual void leave_local(const Audience& audience, std::string_view room) = 0;
    virtual void disconnect_local(const Audience& audience, bool close_transport) = 0;
};

/// One namespace's way to the cluster, this server's own sockets included.
class Adapter {
  public:
    virtual ~Adapter() = default;
    /// Returns how many of this server's own sockets took it.
    virtual std::size_t broadcast(const Audience& audience, const engineio::MessagePointer& packet,
                                  bool is_volatile) = 0;
    /// Calls the handler once, maybe before it returns, unless the server ends before.
    virtual void fetch(const Audience& audience, FetchHandler handler) = 0;
    virtual void join(const Audience& audience, std::string_view room) = 0;
    virtual void leave(const Audience& audience, std::string_view room) = 0;
    virtual void disconnect(const Audience& audience, bool close_transport) = 0;
};

}  // namespace holdfast::socketio
