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
#include "holdfast/server/admission.hpp"
#include "holdfast/server/device_limits.hpp"
#include "holdfast/server/host_access.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/outbox.hpp"
#include "holdfast/server/requests.hpp"
#include "holdfast/server/seat_holders.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::server {

/// The way from the net threads to the seats thread. May be called from any thread.
class CommandPort {
  public:
    virtual ~CommandPort() = default;
    /// False when too many commands wait: the client is told `overloaded`.
    [[nodiscard]] virtual bool post(seats::Command command, const Sender& sender) = 0;
    /// How long whoever was turned away just now should wait, without jitter.
    [[nodiscard]] virtual Milliseconds retry_after() const { return limits::retry_after_least; }
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
    DeviceSettings devices{};
    std::size_t wrong_tokens_per_minute = limits::wrong_tokens_per_minute;
    /// Who holds seats; null: nobody is known to. Must outlive the front.
    const SeatHolders* holders = nullptr;
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
    /// Whether the request carries the cookie of a device that holds a seat.
    [[nodiscard]] bool is_of_holder(const engineio::HttpRequest& request) const;

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
    /// How long the next event has to wait; 0: it may come.
    [[nodiscard]] Milliseconds too_fast_for(Connection& connection);
    [[nodiscard]] Sender sender_of(const Connection& connection, std::string_view token = {}) const;
    /// Whether the address or the device has shown too many wrong tokens to show this; then how long it has
    /// to wait.
    [[nodiscard]] std::optional<Milliseconds> tries_are_over(const Connection& connection,
                                                             std::string_view token);
    [[nodiscard]] Refused turned_away(Milliseconds retry_after, seats::Refusal code, std::string_view what);
    [[nodiscard]] seats::Command command_of(const Connection& connection, seats::CommandBody body) const;
    [[nodiscard]] bool is_host(const socketio::Socket& socket, bool by_cookie);

    FrontSettings settings_;
    std::size_t thread_index_;
    CommandPort& port_;
    HostAccess& hosts_;
    Metrics& metrics_;
    Random& secrets_;
    const Clock& clock_;
    AddressCounter wrong_tokens_;
    AddressCounter wrong_tokens_of_device_{limits::wrong_tokens_per_device_minute};
    DeviceLimits devices_;
    SeededRandom jitter_;
    std::uint64_t last_serial_ = 0;
    std::uint64_t last_ticket_ = 0;
    bool closing_ = false;
    std::unordered_map<seats::ConnectionId, ConnectionPointer> connections_;
    std::vector<ConnectionPointer> dashboards_;
    socketio::Server server_;
};

}  // namespace holdfast::server
