// The desk, seen from a net thread: one front for each of them. Owns that thread's Socket.IO server and its
// connections, turns events into commands and hands out what comes back. Everything is called on its own net
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/server/host_access.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/outbox.hpp"
#include "holdfast/server/requests.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::server {

/// The way from the net threads to the seats thread. May be called from any thread.
class CommandPort {
  public:
    virtual ~CommandPort() = default;
    /// False when too many commands wait: the client is told `overloaded`.
    [[nodiscard]] virtual bool post(seats::Command command) = 0;
    /// A host asked for the dashboard (`first`: it had not yet), wants the teams again, or is gone. False as
    /// above.
    [[nodiscard]] virtual bool join_dashboard(seats::ConnectionId connection, std::uint64_t ticket,
                                              bool streaming, bool first) = 0;
    [[nodiscard]] virtual bool send_teams(seats::ConnectionId connection, std::uint64_t ticket,
                                          bool streaming) = 0;
    virtual void leave_dashboard() = 0;
};

struct FrontSettings {
    socketio::Settings socketio;
    double events_per_second = limits::events_per_second;
    double events_burst = limits::events_burst;
};

/// Which net thread a connection lives on: the front chooses the ids so that they tell.
[[nodiscard]] constexpr std::size_t thread_of(seats::ConnectionId connection) {
    return static_cast<std::size_t>(connection >> 48U);
}

class Front {
  public:
    /// `random` makes session ids (see net::SessionRandom), `secrets` makes device cookies. References must
    /// outlive it.
    Front(FrontSettings settings, std::size_t thread_index, CommandPort& port, HostAccess& hosts,
          Metrics& metrics, Random& random, Random& secrets, const Clock& clock);
    ~Front();
    Front(const Front&) = delete;
    Front& operator=(const Front&) = delete;

    [[nodiscard]] socketio::Server& server() { return server_; }
    void hand_out(std::vector<Outgoing> items);
    void on_tick(Instant now);
    /// Tells everybody that the server stops. From now on events are refused with `shutting_down`, and lost
    /// connections are no news: their seats are kept by the start that follows.
    void close_doors();
    /// Closes every connection, so that clients come back by themselves.
    void shut_down(Instant now);
    [[nodiscard]] std::vector<seats::ConnectionId> live_connections() const;

  private:
    struct Connection;
    using ConnectionPointer = std::shared_ptr<Connection>;

    [[nodiscard]] engineio::HandshakeVerdict on_handshake(const engineio::HttpRequest& request);
    void on_connection(const socketio::SocketPointer& socket);
    void on_event(socketio::Socket& socket, socketio::Event& event);
    void on_heartbeat(socketio::Socket& socket, Instant ping_sent);
    void on_disconnect(socketio::Socket& socket, socketio::DisconnectReason reason);
    void execute(const ConnectionPointer& connection, Request request, socketio::RawAck ack);
    /// False: too many commands wait.
    [[nodiscard]] bool execute_host_request(const ConnectionPointer& connection, const Request& request,
                                            std::uint64_t ticket);
    static void acknowledge_ticket(Connection& connection, std::uint64_t ticket, std::string_view answer);
    void refuse(Connection& connection, const Refused& refusal, const socketio::RawAck& ack);
    void deliver(Delivery& delivery);
    void broadcast(const Broadcast& broadcast);
    static void keep(Connection& connection, const Picture& picture);
    void send_pictures(Connection& connection);
    [[nodiscard]] bool is_too_fast(Connection& connection);
    [[nodiscard]] seats::Command command_of(const Connection& connection, seats::CommandBody body) const;
    [[nodiscard]] bool is_host(const socketio::Socket& socket, bool by_cookie);

    FrontSettings settings_;
    std::size_t thread_index_;
    CommandPort& port_;
    HostAccess& hosts_;
    Metrics& metrics_;
    Random& secrets_;
    const Clock& clock_;
    AddressCounter wrong_tokens_{limits::wrong_tokens_per_minute};
    std::uint64_t last_serial_ = 0;
    std::uint64_t last_ticket_ = 0;
    bool closing_ = false;
    std::unordered_map<seats::ConnectionId, ConnectionPointer> connections_;
    std::vector<ConnectionPointer> dashboards_;
    socketio::Server server_;
};

}  // namespace holdfast::server
