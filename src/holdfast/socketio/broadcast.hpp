// What is sent to many: a small builder that says who is meant and how. Part of the public face; see
// server.hpp for the thread.
//
//     nsp.to("red", "blue").except(player.id()).emit("score", 3, 2);
//     player.to("red").volatile_().emit("position", x, y);                // everybody there but the player
//     const auto votes = co_await nsp.to("jury").timeout(10s).ask("vote?");
//
// Each step gives a new object and leaves the old one as it was, so that a part may be kept and used again,
// as long as its namespace is there.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/socketio/audience.hpp"
#include "holdfast/socketio/event.hpp"
#include "holdfast/socketio/task.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {

class Namespace;

class Broadcast {
  public:
    explicit Broadcast(Namespace& nsp, Audience audience = {}) : nsp_(&nsp), audience_(std::move(audience)) {}

    /// Adds rooms, of which a socket must be in one; a socket's id is a room, too. Never named: everybody.
    template <std::convertible_to<std::string_view>... Rooms>
    [[nodiscard]] Broadcast to(const Rooms&... rooms) const {
        Broadcast next = *this;
        (next.audience_.rooms.emplace_back(std::string_view(rooms)), ...);
        return next;
    }
    [[nodiscard]] Broadcast to(const std::vector<std::string>& rooms) const;
    /// The same as to().
    template <typename... Rooms>
    [[nodiscard]] Broadcast in(const Rooms&... rooms) const {
        return to(rooms...);
    }
    /// Leaves out the sockets in these rooms.
    template <std::convertible_to<std::string_view>... Rooms>
    [[nodiscard]] Broadcast except(const Rooms&... rooms) const {
        Broadcast next = *this;
        (next.audience_.except.emplace_back(std::string_view(rooms)), ...);
        return next;
    }
    [[nodiscard]] Broadcast except(const std::vector<std::string>& rooms) const;
    /// Only the sockets of this server, not those of the whole cluster.
    [[nodiscard]] Broadcast local() const;
    /// Skips clients that cannot take it at once, and is not kept for those that come back later.
    [[nodiscard]] Broadcast volatile_() const;
    /// With `false` what is emitted is not compressed on its way, also over WebSockets on which other
    /// messages are (net::WebSocketCompression): for pictures and the like, which only cost time to compress.
    /// Questions that want answers are compressed as ever.
    [[nodiscard]] Broadcast compress(bool wanted) const;
    /// How long emit_with_ack and ask wait for answers; otherwise limits::broadcast_ack_time.
    [[nodiscard]] Broadcast timeout(Milliseconds time) const;

    /// Returns the number of this server's sockets it was handed to. Encoded once, shared by all. Names
    /// reserved by the protocol reach nobody.
    std::size_t emit(std::string_view name) const { return emit(name, Payload()); }
    std::size_t emit(std::string_view name, json::array arguments) const;
    std::size_t emit(std::string_view name, Payload payload) const;
    template <typename... Values>
    requires TypedArguments<Values...> std::size_t emit(std::string_view name, const Values&... values)
    const { return emit(name, make_payload(values...)); }
    /// Sends a packet that was encoded before (see encode_event).
    std::size_t send(engineio::MessagePointer packet) const;

    /// Emits, and collects the answers of all receivers until each has answered or left, or the time is over.
    /// The handler is called once, maybe at once. An answer is never waited for more than a second longer
    /// than the time, even when a server of the cluster does not report. Never volatile.
    void emit_with_ack(std::string_view name, Payload payload, AnswersHandler handler) const;
    /// The same for a coroutine: `co_await` gives the BroadcastAnswers.
    template <typename... Values>
    [[nodiscard]] Awaited<BroadcastAnswers> ask(std::string_view name, const Values&... values) const {
        return Awaited<BroadcastAnswers>(
            [self = *this, event = std::string(name), payload = make_payload(values...)](auto done) mutable {
                self.emit_with_ack(event, std::move(payload),
                                   [done](BroadcastAnswers answers) { done(std::move(answers)); });
            });
    }

    /// Describes the sockets. The handler runs on this server's thread, maybe at once.
    void fetch_sockets(FetchHandler handler) const;
    /// The same for a coroutine.
    [[nodiscard]] Awaited<Result<std::vector<SocketDescription>, FetchError>> fetch_sockets() const;
    void join_sockets(std::string_view room) const;
    void leave_sockets(std::string_view room) const;
    void disconnect_sockets(bool close_transport = false) const;

    [[nodiscard]] const Audience& audience() const { return audience_; }

  private:
    Namespace* nsp_;
    Audience audience_;
    Milliseconds timeout_ = limits::broadcast_ack_time;
    bool is_volatile_ = false;
    bool compress_ = true;
};

class Socket;

/// How the next event to one socket goes: `socket.compress(false).emit("photo", Binary{bytes})`. Good as long
/// as the socket is kept.
class Emission {
  public:
    Emission(Socket& socket, bool compress) : socket_(&socket), compress_(compress) {}

    // As those of Socket.

    engineio::SendVerdict emit(std::string_view name) const { return emit(name, Payload()); }
    engineio::SendVerdict emit(std::string_view name, json::array arguments) const {
        return emit(name, Payload{std::move(arguments), {}});
    }
    engineio::SendVerdict emit(std::string_view name, Payload payload) const;
    template <typename... Values>
    requires TypedArguments<Values...> engineio::SendVerdict emit(std::string_view name,
                                                                  const Values&... values)
    const { return emit(name, make_payload(values...)); }

  private:
    Socket* socket_;
    bool compress_;
};

}  // namespace holdfast::socketio
