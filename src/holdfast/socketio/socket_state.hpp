// One client's membership in one namespace. Internal to this layer; one thread.
#pragma once

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <map>
#include <memory>

#include "holdfast/socketio/handler_set.hpp"
#include "holdfast/socketio/room_table.hpp"
#include "holdfast/socketio/server.hpp"
#include "holdfast/socketio/timer_table.hpp"

namespace holdfast::socketio {

class Hub;
class NamespaceState;
struct RecoverySession;

class SocketState final : public Socket, public RoomMember {
  public:
    SocketState(Hub& hub, NamespaceState& nsp, const RoomMember::Id& id, engineio::SessionId session,
                std::shared_ptr<const engineio::Handshake> handshake, json::value auth);
    ~SocketState() override;

    [[nodiscard]] std::string_view id() const override { return member_id(); }
    [[nodiscard]] bool connected() const override { return phase_ == Phase::connected; }
    [[nodiscard]] const engineio::Handshake& handshake() const override { return *handshake_; }
    [[nodiscard]] const json::value& auth() const override { return auth_; }
    [[nodiscard]] std::optional<engineio::TransportKind> transport() const override;
    [[nodiscard]] Namespace& nsp() override;

    void refuse(const Event& event, const EventRefusal& refusal) override;

    engineio::SendVerdict send(engineio::MessagePointer packet) override;
    engineio::SendVerdict send_text(std::string_view packet) override;
    bool join(std::string_view room) override { return join_since(room, 0); }
    void leave(std::string_view room) override { leave_since(room, 0); }
    [[nodiscard]] std::vector<std::string> rooms() const override;
    void disconnect(bool close_transport) override;
    [[nodiscard]] Recovery recovery() const override { return recovery_; }
    [[nodiscard]] const json::value& data() const override;
    void set_data(json::value data) override;

    // For the rest of the layer:

    [[nodiscard]] engineio::SessionId session() const { return session_; }
    [[nodiscard]] NamespaceState& namespace_state() { return *nsp_; }
    [[nodiscard]] const std::shared_ptr<const engineio::Handshake>& shared_handshake() const {
        return handshake_;
    }
    [[nodiscard]] json::value& own_auth() { return auth_; }
    /// Before accept(): the socket can come back later, and comes back now as `outcome` says.
    void set_recovery(RecoverySession* session, Recovery outcome);
    [[nodiscard]] bool connecting() const { return phase_ == Phase::connecting; }
    /// `since`: for recovery it counts from behind that position, where another server asked for it; 0: from
    /// now.
    bool join_since(std::string_view room, std::uint64_t since);
    void leave_since(std::string_view room, std::uint64_t since);
    /// The CONNECT was accepted.
    void accept();
    void count_misfit();
    /// An event came in. The caller holds the socket: a handler may end the connection.
    void dispatch(Event& event);
    /// Whether somebody wants to see what is sent to this socket.
    [[nodiscard]] bool is_watched() const;
    /// A packet was sent; `event` is what is in it.
    void tell_outgoing(const Event& event);
    /// Waits for the ack of a packet that is about to be sent, with an id of the caller's or the next one.
    /// Nothing: the socket is not connected, and the handler has heard so.
    std::optional<std::uint64_t> expect_ack(std::optional<std::uint64_t> id, Milliseconds timeout,
                                            AckHandler handler);
    /// The client answered an event. Ids that nobody waits for are ignored.
    void take_ack(std::uint64_t id, Payload payload);
    void time_out_ack(std::uint64_t id);
    void heartbeat(Instant ping_sent);
    /// `Arguments`: a json::array or EventArguments.
    template <typename Arguments>
    void send_ack(std::uint64_t id, const Arguments& arguments, std::vector<std::string> attachments);
    /// Nothing is sent any more; no handler is called yet.
    void cut_off();
    /// Says good-bye to handlers and rooms. A socket that was never accepted has nobody to tell.
    void finish(DisconnectReason reason);
    /// The server is being destroyed.
    void abandon();

  private:
    enum class Phase : std::uint8_t { connecting, connected, gone };
    struct PendingAck {
        AckHandler handler;
        TimerId timer = 0;
    };
    struct Incoming;
    struct PendingAcks {
        std::map<std::uint64_t, PendingAck> by_id;
        std::uint64_t next_id = 0;
    };

    engineio::SendVerdict send_payload(std::string_view name, Payload payload, bool is_volatile) override;
    void request(std::string_view name, Payload payload, Milliseconds timeout, AckHandler handler) override;
    [[nodiscard]] HandlerSet* own_handlers() override;
    [[nodiscard]] HandlerSet* existing_handlers() override { return handlers_.get(); }
    /// Calls the listeners.
    void deliver(Event& event);
    /// Tells the listeners of one kind, the socket's own first.
    void tell_disconnecting(DisconnectReason reason);
    void tell_disconnect(DisconnectReason reason);
    template <typename List, typename... Arguments>
    void tell(std::string_view what, List HandlerSet::*list, const Arguments&... arguments);
    engineio::SendVerdict send_event(engineio::MessagePointer packet, bool is_volatile);
    void end_recovery(DisconnectReason reason);
    void write_data_down();
    void settle(std::uint64_t id, Result<Payload, AckError> outcome);

    Hub* hub_;  ///< null once the server is gone
    boost::intrusive_ptr<NamespaceState> nsp_;
    engineio::SessionId session_;
    std::shared_ptr<const engineio::Handshake> handshake_;
    json::value auth_;
    std::unique_ptr<HandlerSet> handlers_;
    std::unique_ptr<PendingAcks> acks_;
    RecoverySession* recovery_session_ = nullptr;  ///< null: it cannot come back
    std::unique_ptr<const json::value> data_;      ///< null as long as there is none
    Phase phase_ = Phase::connecting;
    Recovery recovery_ = Recovery::none;
    bool was_connected_ = false;
    bool finished_ = false;
};

}  // namespace holdfast::socketio
