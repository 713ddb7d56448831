// The middle of the Socket.IO server: takes sessions and messages from the Engine, keeps the connections and
// hands packets to the sockets of the namespaces. Internal to this layer; one thread.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "holdfast/engineio/engine.hpp"
#include "holdfast/socketio/namespace_state.hpp"
#include "holdfast/socketio/namespace_table.hpp"
#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/plain_event.hpp"
#include "holdfast/socketio/recovery/connection_recovery.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/socketio/session_output.hpp"
#include "holdfast/socketio/socket_state.hpp"
#include "holdfast/socketio/timer_table.hpp"

namespace holdfast::socketio {

class Hub final : public engineio::SessionListener {
    /// While one lives, an end of a session that comes up is kept for later.
    class Sending {
      public:
        explicit Sending(Hub& hub) : hub_(hub) { ++hub_.sending_; }
        ~Sending() { --hub_.sending_; }
        Sending(const Sending&) = delete;
        Sending& operator=(const Sending&) = delete;

      private:
        Hub& hub_;
    };

  public:
    using Matches = std::function<bool(std::string_view name, const json::value& auth)>;
    using OnCreated = std::function<void(Namespace&)>;

    Hub(const Settings& settings, Random& random, SessionOutput& output);
    ~Hub() override;
    Hub(const Hub&) = delete;
    Hub& operator=(const Hub&) = delete;

    Namespace& of(std::string_view name);
    [[nodiscard]] NamespacePointer find(std::string_view name);
    void of(Matches matches, OnCreated on_created);
    void on_new_namespace(OnCreated handler) {
        if (handler) on_new_namespace_.push_back(std::make_shared<const OnCreated>(std::move(handler)));
    }
    [[nodiscard]] Result<void, RecoveryRefusal> enable_recovery(RecoverySettings settings);
    void on_tick(Instant now);
    /// New connections are refused from now on; the Engine closes those that are there.
    void shut_down() { shutting_down_ = true; }
    [[nodiscard]] const Counters& counters() const { return counters_; }

    void on_open(engineio::SessionId session, std::shared_ptr<const engineio::Handshake> handshake) override;
    void on_message(engineio::SessionId session, std::string_view data, bool binary) override;
    void on_close(engineio::SessionId session, engineio::CloseReason reason) override;
    void on_drain(engineio::SessionId session) override;
    void on_heartbeat(engineio::SessionId session, Instant ping_sent) override;

    // For sockets and namespaces:

    engineio::SendVerdict send(engineio::SessionId session, const engineio::MessagePointer& packet,
                               bool is_volatile);
    engineio::SendVerdict send_text(engineio::SessionId session, std::string_view text, bool is_volatile);
    /// Calls `each(send_to)`, which calls `send_to(session, packet, is_volatile)` for every receiver; no code
    /// of the application runs meanwhile. It returns whether that one took it, and this how many did.
    template <typename Each>
    std::size_t send_to_many(Each&& each) {
        std::size_t taken = 0;
        const Sending sending(*this);
        each([&](engineio::SessionId session, const engineio::MessagePointer& packet, bool is_volatile) {
            const bool took = output_->send(session, packet, is_volatile) != engineio::SendVerdict::dropped;
            taken += took ? 1 : 0;
            return took;
        });
        return taken;
    }
    [[nodiscard]] std::optional<engineio::TransportKind> transport(engineio::SessionId session) const;
    /// Null where recovery is off.
    [[nodiscard]] ConnectionRecovery* recovery() { return recovery_.get(); }
    /// Those who watch what goes out to the socket see the packet when no code of the application is in the
    /// middle of something.
    void tell_outgoing_later(std::shared_ptr<SocketState> socket, engineio::MessagePointer shown) {
        to_be_told_.emplace_back(std::move(socket), std::move(shown));
    }
    /// The middlewares let the socket in, or not.
    void accept(const std::shared_ptr<SocketState>& socket);
    void refuse(const std::shared_ptr<SocketState>& socket, const ConnectError& error);
    /// The server's own code takes the socket out of its namespace.
    void disconnect(SocketState& socket, bool close_transport);
    [[nodiscard]] TimerId add_ack_timer(SocketState& socket, std::uint64_t ack_id, Milliseconds timeout);
    /// Calls `call` when the time is over, unless it is cancelled or the server ends before.
    [[nodiscard]] TimerId add_timer(Milliseconds duration, std::function<void()> call);
    /// An id for the ack of one packet to many sockets: not among those that sockets count for themselves.
    [[nodiscard]] std::uint64_t next_shared_ack_id() { return ++last_shared_ack_id_; }
    /// A string to encode into that keeps its memory from one packet to the next. Empty; valid until
    /// something is sent.
    [[nodiscard]] std::string& empty_text() {
        if (text_.capacity() > most_text_bytes) text_ = {};
        text_.clear();
        return text_;
    }
    void cancel_timer(TimerId& timer) { timers_.cancel(timer); }
    [[nodiscard]] Counters& count() { return counters_; }

    /// Runs the application's code; what it throws is written to the log and goes no further.
    template <typename Call>
    void guarded(std::string_view where, Call&& call) {
        try {
            call();
        } catch (const std::exception& error) {
            report_failure(where, error.what());
        } catch (...) {
            report_failure(where, "an exception of an unknown type");
        }
    }

  private:
    static constexpr std::size_t most_text_bytes = 64 * 1024;

    /// A namespace the client is in or on its way into. Without a socket: the server has put it out, and what
    /// the client sent before it knew is still on the way.
    struct Joined {
        NamespacePresence nsp;
        std::shared_ptr<SocketState> socket;
    };
    struct Connection {
        std::shared_ptr<const engineio::Handshake> handshake;
        std::vector<Joined> joined;
        PacketDecoder decoder;
        TimerId connect_timer = 0;
        TimerId attachment_timer = 0;
        bool session_gone = false;  ///< the Engine reported the end, the sockets are yet to be told
    };
    enum class TimerKind : std::uint8_t { connect, attachment, ack, call };
    struct TimerTarget {
        TimerKind kind = TimerKind::connect;
        engineio::SessionId session = 0;
        SocketState* socket = nullptr;  ///< of an ack; its timers are cancelled before it dies
        std::uint64_t ack_id = 0;
        std::function<void()> call = {};
    };
    struct Wish {
        Matches matches;
        OnCreated on_created;
    };
    /// The Engine or the owner is calling in. The outermost call tells, before and after its own work, of the
    /// sessions that ended while something was being sent.
    class Entry {
      public:
        explicit Entry(Hub& hub) : hub_(hub) {
            ++hub_.entered_;
            tell_closed();
        }
        ~Entry() {
            tell_closed();
            --hub_.entered_;
        }
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;

      private:
        void tell_closed() {
            if (hub_.closed_while_sending_.empty() || hub_.entered_ != 1 || hub_.sending_ != 0) return;
            hub_.tell_closed();
        }

        Hub& hub_;
    };

    [[nodiscard]] Connection* find(engineio::SessionId session);
    [[nodiscard]] Joined* find_joined(engineio::SessionId session, const NamespaceState& nsp);
    void receive(engineio::SessionId session, std::string_view data, bool binary);
    /// False when it is for none of the client's sockets.
    [[nodiscard]] bool take_plain_event(const Connection& connection, const PlainEvent& event);
    void route(engineio::SessionId session, Packet&& packet);
    void connect(engineio::SessionId session, Packet&& packet);
    void client_leaves(engineio::SessionId session, std::string_view nsp_name);
    void handle_event(SocketState& socket, Packet&& packet);
    [[nodiscard]] NamespaceReference find_or_make(std::string_view name, const json::value& auth);
    void send_connect_error(engineio::SessionId session, std::string_view nsp, const ConnectError& error);
    /// Forgets the connection, closes its session if that still lives, and tells its sockets.
    void end_connection(engineio::SessionId session, DisconnectReason reason,
                        std::optional<engineio::CloseReason> close_session);
    /// Ends the connection over a packet that broke the protocol.
    void break_off(engineio::SessionId session, DisconnectReason reason, engineio::CloseReason close_reason);
    void tell_closed();
    void fire(const TimerTarget& target);
    void report_failure(std::string_view where, std::string_view what);

    // hub_recovery.cpp

    /// Lets a socket in where recovery is on.
    void welcome_back(const std::shared_ptr<SocketState>& socket);
    /// The connection that has the session is another server's: waits until that one has ended it.
    void wait_for_holder(const std::shared_ptr<SocketState>& socket,
                         const ConnectionRecovery::Holder& holder);
    void let_go(SessionNumber session);
    void on_recovery_kept();
    void on_recovery_failed(std::string_view why);
    void on_recovery_wake();
    void take_deliveries(std::vector<RecoveryDelivery> deliveries);
    void tick_recovery(Instant now);

    Settings settings_;
    PacketLimits packet_limits_;
    Random& random_;
    SessionOutput* output_;  ///< the Engine, or the outbox in front of it
    Counters counters_;
    TimerTable<TimerTarget> timers_;
    NamespaceTable namespaces_;
    std::vector<std::shared_ptr<const Wish>> wishes_;
    std::vector<std::shared_ptr<const OnCreated>> on_new_namespace_;
    std::uint64_t last_shared_ack_id_ = std::uint64_t{1} << 40U;
    std::unordered_map<engineio::SessionId, Connection> connections_;
    /// Sessions whose end came up while something was being sent; told when no code of the application is in
    /// the middle of something.
    std::vector<std::pair<engineio::SessionId, engineio::CloseReason>> closed_while_sending_;
    std::string text_;
    int sending_ = 0;
    int entered_ = 0;
    bool shutting_down_ = false;
    std::vector<std::pair<std::shared_ptr<SocketState>, engineio::MessagePointer>> to_be_told_;
    std::unique_ptr<ConnectionRecovery> recovery_;
};

}  // namespace holdfast::socketio
