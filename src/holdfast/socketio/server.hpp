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
#include "holdfast/base/random.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/engineio/engine.hpp"

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

    /// Calls `handler` for events of that name. Names reserved by the protocol are refused (returns false).
    virtual bool on(std::string name, EventHandler handler) = 0;
    /// Called for every event that has no handler of its own.
    virtual void on_any(EventHandler handler) = 0;
    virtual void on_disconnect(DisconnectHandler handler) = 0;
    /// A pong came in: everything emitted before `ping_sent` has arrived at the client.
    virtual void on_heartbeat(std::function<void(Socket&, Instant ping_sent)> handler) = 0;

    virtual engineio::SendVerdict emit(std::string_view name, json::array arguments) = 0;
    virtual engineio::SendVerdict emit(std::string_view name, Payload payload) = 0;
    virtual engineio::SendVerdict emit_volatile(std::string_view name, json::array arguments) = 0;
    /// Emits and waits for the client's ack.
    virtual void emit_with_ack(std::string_view name, json::array arguments, Milliseconds timeout,
                               AckHandler handler) = 0;
    /// Sends a packet that was encoded once for many (see encode_event).
    virtual engineio::SendVerdict send(engineio::MessagePointer packet) = 0;

    /// False when the socket is in too many rooms already.
    virtual bool join(std::string_view room) = 0;
    virtual void leave(std::string_view room) = 0;
    [[nodiscard]] virtual std::vector<std::string> rooms() const = 0;
    /// Leaves the namespace; with `close_transport` the whole connection ends.
    virtual void disconnect(bool close_transport) = 0;

    /// Whatever the application wants to remember of this socket.
    std::shared_ptr<void> data;
};

/// Encodes an event once; the result can be sent to any number of sockets of that namespace, on any thread.
[[nodiscard]] engineio::MessagePointer encode_event(std::string_view nsp, std::string_view name,
                                                    const json::array& arguments);

/// Who a broadcast reaches: the union of `rooms` (everybody when empty) without the sockets in `except`.
struct Audience {
    std::vector<std::string> rooms;
    std::vector<std::string> except;
};

class Namespace {
  public:
    virtual ~Namespace() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    virtual void use(Middleware middleware) = 0;
    virtual void on_connection(std::function<void(SocketPointer)> handler) = 0;
    /// Returns the number of sockets it was handed to. Encoded once, shared by all.
    virtual std::size_t broadcast(const Audience& audience, std::string_view event, json::array arguments,
                                  bool is_volatile = false) = 0;
    virtual std::size_t broadcast(const Audience& audience, engineio::MessagePointer packet,
                                  bool is_volatile = false) = 0;
    [[nodiscard]] virtual SocketPointer find(std::string_view socket_id) = 0;
    [[nodiscard]] virtual std::vector<SocketPointer> sockets(const Audience& audience) = 0;
    [[nodiscard]] virtual std::size_t socket_count() const = 0;
};

struct Settings {
    engineio::Settings engine;
    Milliseconds connect_timeout = limits::namespace_connect_time;
    std::size_t most_attachments = limits::packet_attachments;
};

class Server {
  public:
    /// References must outlive the server. The hook sees every handshake before a session is made.
    Server(Settings settings, Random& random, engineio::HandshakeHook handshake_hook = {});
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// The namespace of that name, made when it is not there yet.
    Namespace& of(std::string_view name);
    /// Namespaces made on demand when `matches` accepts the name a client asks for; `on_created` sets them
    /// up.
    void of(std::function<bool(std::string_view name, const json::value& auth)> matches,
            std::function<void(Namespace&)> on_created);

    /// The engine below: `net` passes requests, frames and ticks to it.
    [[nodiscard]] engineio::Engine& engine();
    /// Runs what is due, the engine's tick included. Call it at least every 100 ms.
    void on_tick(Instant now);
    /// Closes every connection without a namespace disconnect, so that clients come back by themselves.
    void shut_down(Instant now);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::socketio
