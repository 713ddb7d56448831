// The Socket.IO v5 server: namespaces, sockets, rooms, events, acks. Built on engineio and, like it, free of
// I/O: whoever owns the Server passes requests, frames and time to engine(). One Server belongs to one
// thread; several threads have one Server each and talk through whatever posts between them. Specification:
// docs/socket.io-protocol in the repository socketio/socket.io (protocol revision 5).
#pragma once

#include <functional>
#include <memory>
#include <regex>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/socketio/audience.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/namespace.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/settings.hpp"
#include "holdfast/socketio/socket.hpp"

namespace holdfast::socketio {

class Server {
  public:
    /// References and the adapters' cluster must outlive the server. The hook sees every handshake before a
    /// session is made.
    Server(Settings settings, Random& random, engineio::HandshakeHook handshake_hook = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The namespace of that name, made when it is not there yet.
    /// "/" is always there; a missing leading slash is added. From then on it lives as long as the server,
    /// also if it was made on demand.
    Namespace& of(std::string_view name);
    /// The namespace of that name if it is there, on demand or not; null otherwise. Makes none, and one made
    /// on demand stays only as long as the result is held: the way to emit to the clients of such a
    /// namespace.
    [[nodiscard]] NamespacePointer find(std::string_view name);
    /// Namespaces made on demand when `matches` accepts the name a client asks for; `on_created` sets them
    /// up, and is called again when one that went because it was empty is made anew.
    void of(std::function<bool(std::string_view name, const json::value& auth)> matches,
            std::function<void(Namespace&)> on_created);
    /// The same for names that match the whole pattern, such as std::regex("/game-[0-9]+"). A client chooses
    /// the name, up to limits::namespace_bytes of it, so beware of patterns that take exponential time.
    void of(std::regex pattern, std::function<void(Namespace&)> on_created);
    /// Calls `handler` for every namespace that is made on demand from now on, after its `on_created`.
    void on_new_namespace(std::function<void(Namespace&)> handler);

    /// Turns connection state recovery on, before the first client comes, and reads what the log has.
    [[nodiscard]] Result<void, RecoveryRefusal> enable_recovery(RecoverySettings settings);

    /// The engine below: `net` passes requests, frames and ticks to it.
    [[nodiscard]] engineio::Engine& engine();
    /// Runs what is due, the engine's tick included. Call it at least every 100 ms.
    void on_tick(Instant now);
    /// Closes every connection without a namespace disconnect, so that clients come back by themselves.
    void shut_down(Instant now);
    [[nodiscard]] const Counters& counters() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::socketio
