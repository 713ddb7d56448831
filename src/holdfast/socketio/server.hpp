// The Socket.IO v5 server: namespaces, sockets, rooms, events, acks. Built on engineio and, like it, free of
// I/O: whoever owns the Server passes requests, frames and time to engine(). One Server belongs to one
// thread; several threads have one Server each and talk through whatever posts between them. Specification:
// docs/socket.io-protocol in the repository socketio/socket.io (protocol revision 5).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/socketio/recovery.hpp"

namespace holdfast::socketio {

namespace json = boost::json;

class Socket;
class Namespace;
class Server;
/// Sockets are shared so that a handler may keep one; `connected()` says whether it still leads anywhere.
using SocketPointer = std::shared_ptr<Socket>;

/// A binary value inside event arguments travels as an attachment. In `json::value` it stands as an object
/// {"_placeholder":true,"num":n} and the bytes are in `attachments[n]`.
struct Payload {
    json::array arguments;
    std::vector<std::string> attachments;
};

/// Keeps `bytes` as the next attachment and returns the placeholder that stands for it in the arguments.
[[nodiscard]] json::value attach(std::vector<std::string>& attachments, std::string bytes);

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

/// Answers an event whose sender asked for an ack. Copyable; the first call counts, later ones and calls
/// after the socket is gone do nothing. An empty Ack (no ack was asked for) may be called too.
class Ack {
  public:
    Ack() = default;
    Ack(std::weak_ptr<Socket> socket, std::uint64_t id);
    /// Sends the arguments of the ack.
    void operator()(json::array arguments) const;
    void operator()(Payload payload) const;
    [[nodiscard]] bool wanted() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// An event as it arrived. Valid during the call of the handler; move out of it what shall live on.
struct Event {
    std::string_view name;  ///< numbers arrive as their decimal text
    json::array arguments;  ///< without the name
    std::vector<std::string> attachments;
    Ack ack;
};

// An exception that leaves a handler is caught and logged ("handler_failed"); the connection goes on. A
// handler may do anything here that other code may: emit, join, disconnect. Each `on…` below keeps one
// handler: a later call replaces it, and an empty function takes it away.
using EventHandler = std::function<void(Socket&, Event&)>;
using DisconnectHandler = std::function<void(Socket&, DisconnectReason)>;

/// Refuses a connection to a namespace: becomes CONNECT_ERROR {"message","data"}.
struct ConnectError {
    std::string message;
    json::value data;  ///< null: left out
};
/// Runs before a socket is connected; calling `next` later is allowed (once).
using Next = std::function<void(std::optional<ConnectError>)>;
using Middleware = std::function<void(Socket&, Next)>;

enum class AckError : std::uint8_t { timed_out, disconnected };
using AckHandler = std::function<void(Result<Payload, AckError>)>;
/// A pong came in: everything emitted before `ping_sent` has arrived at the client.
using HeartbeatHandler = std::function<void(Socket&, Instant ping_sent)>;

class Socket : public std::enable_shared_from_this<Socket> {
  public:
    virtual ~Socket() = default;
    /// 20 characters of base64url; public, not the engine's session id.
    [[nodiscard]] virtual std::string_view id() const = 0;
    [[nodiscard]] virtual bool connected() const = 0;
    [[nodiscard]] virtual const engineio::Handshake& handshake() const = 0;
    /// The `auth` of the CONNECT packet; an empty object when the client sent none.
    [[nodiscard]] virtual const json::value& auth() const = 0;
    [[nodiscard]] virtual std::optional<engineio::TransportKind> transport() const = 0;
    [[nodiscard]] virtual Namespace& nsp() = 0;

    // Handlers of one socket. Where all sockets of a namespace share them, Namespace::on and its sisters cost
    // nothing per socket; a socket's own handler goes first, and then alone.

    /// Calls `handler` for events of that name. Names reserved by the protocol are refused (returns false).
    virtual bool on(std::string name, EventHandler handler) = 0;
    /// Called for every event that has no handler of its own.
    virtual void on_any(EventHandler handler) = 0;
    /// Called once, after the socket can no longer be reached; `rooms()` still names the rooms it was in.
    /// Never runs inside emit, send or broadcast: a connection that ends there is reported with the next
    /// message or tick.
    virtual void on_disconnect(DisconnectHandler handler) = 0;
    virtual void on_heartbeat(HeartbeatHandler handler) = 0;

    // Before the CONNECT was accepted and after a disconnect nothing is sent: the verdict is `dropped`.

    engineio::SendVerdict emit(std::string_view name) { return emit(name, json::array()); }
    virtual engineio::SendVerdict emit(std::string_view name, json::array arguments) = 0;
    virtual engineio::SendVerdict emit(std::string_view name, Payload payload) = 0;
    virtual engineio::SendVerdict emit_volatile(std::string_view name, json::array arguments) = 0;
    /// Emits and waits for the client's ack. The time counts from the next tick. A socket that is not
    /// connected calls the handler at once.
    virtual void emit_with_ack(std::string_view name, json::array arguments, Milliseconds timeout,
                               AckHandler handler) = 0;
    /// Sends a packet that was encoded once for many (see encode_event).
    virtual engineio::SendVerdict send(engineio::MessagePointer packet) = 0;

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

    /// Whatever the application wants to remember of this socket.
    std::shared_ptr<void> data;
};

/// Encodes an event once; the result can be sent to any number of sockets of that namespace, on any thread.
[[nodiscard]] engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                                    const json::array& arguments,
                                                    std::vector<std::string> attachments = {});

/// Who a broadcast reaches: the union of `rooms` (everybody when empty) without the sockets in `except`. A
/// socket's id is the name of a room, too.
struct Audience {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
};

/// A socket as other servers of a cluster see it.
struct SocketDescription {
    std::string id;
    std::vector<std::string> rooms;
    std::shared_ptr<const engineio::Handshake> handshake;  ///< never null
};
/// `incomplete`: not every server of the cluster answered in time.
enum class FetchError : std::uint8_t { incomplete };
using FetchHandler = std::function<void(Result<std::vector<SocketDescription>, FetchError>)>;

class Namespace {
  public:
    virtual ~Namespace() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    /// Middlewares run in the order in which they were added.
    virtual void use(Middleware middleware) = 0;
    virtual void on_connection(std::function<void(SocketPointer)> handler) = 0;

    // Handlers that all sockets of the namespace share; the same rules as for a socket's own.
    virtual bool on(std::string name, EventHandler handler) = 0;
    virtual void on_any(EventHandler handler) = 0;
    virtual void on_disconnect(DisconnectHandler handler) = 0;
    virtual void on_heartbeat(HeartbeatHandler handler) = 0;

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

class Adapter;       // adapter.hpp: how a namespace reaches the other servers of a cluster
class LocalSockets;  // adapter.hpp: how an adapter reaches the sockets of this server
using AdapterFactory = std::function<std::unique_ptr<Adapter>(std::string_view nsp, LocalSockets& sockets)>;

struct Settings {
    engineio::Settings engine;
    Milliseconds connect_timeout = limits::namespace_connect_time;
    std::size_t most_attachments = limits::packet_attachments;
    /// How long a packet may wait for each of its attachments before the connection is closed.
    Milliseconds attachment_timeout = limits::attachment_time;
    /// Makes one adapter a namespace; empty: the server stands alone.
    AdapterFactory adapter;
    /// Where failures of handlers are written; must outlive the server. Null: nowhere.
    Log* log = nullptr;
};

struct Counters {
    std::uint64_t connects = 0;
    std::uint64_t connects_refused = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t events_in = 0;
    std::uint64_t events_unhandled = 0;
    std::uint64_t acks_in = 0;
    std::uint64_t acks_timed_out = 0;
    std::uint64_t broadcasts = 0;
    std::uint64_t parse_errors = 0;     ///< connections closed over a packet that breaks the protocol
    std::uint64_t protocol_errors = 0;  ///< connections closed over a packet at the wrong time
    std::uint64_t connect_timeouts = 0;
    std::uint64_t attachment_timeouts = 0;
    std::uint64_t handler_failures = 0;
    std::uint64_t recoveries_complete = 0;
    std::uint64_t recoveries_with_gap = 0;
    std::uint64_t recoveries_unknown = 0;  ///< the client's session was not, or no longer, there
};

class Server {
  public:
    /// References and the adapters' cluster must outlive the server. The hook sees every handshake before a
    /// session is made.
    Server(Settings settings, Random& random, engineio::HandshakeHook handshake_hook = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The namespace of that name, made when it is not there yet.
    /// "/" is always there; a missing leading slash is added. Lives as long as the server.
    Namespace& of(std::string_view name);
    /// Namespaces made on demand when `matches` accepts the name a client asks for; `on_created` sets them
    /// up.
    void of(std::function<bool(std::string_view name, const json::value& auth)> matches,
            std::function<void(Namespace&)> on_created);

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
