#include "holdfast/socketio/socket_state.hpp"

#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/namespace_state.hpp"

namespace holdfast::socketio {

using engineio::SendVerdict;

SocketState::SocketState(Hub& hub, NamespaceState& nsp, const RoomMember::Id& id, engineio::SessionId session,
                         std::shared_ptr<const engineio::Handshake> handshake, json::value auth)
    : RoomMember(id),
      hub_(&hub),
      nsp_(&nsp),
      session_(session),
      handshake_(std::move(handshake)),
      auth_(std::move(auth)) {}

std::optional<engineio::TransportKind> SocketState::transport() const {
    if (phase_ == Phase::gone) return std::nullopt;
    return hub_->transport(session_);
}

Namespace& SocketState::nsp() {
    return *nsp_;
}

HandlerSet& SocketState::own_handlers() {
    if (!handlers_) handlers_ = std::make_unique<HandlerSet>();
    return *handlers_;
}

bool SocketState::on(std::string name, EventHandler handler) {
    return own_handlers().set_event(std::move(name), std::move(handler));
}

void SocketState::on_any(EventHandler handler) {
    own_handlers().any = HandlerSet::wrapped(std::move(handler));
}

void SocketState::on_disconnect(DisconnectHandler handler) {
    own_handlers().disconnect = HandlerSet::wrapped(std::move(handler));
}

void SocketState::on_heartbeat(HeartbeatHandler handler) {
    own_handlers().heartbeat = HandlerSet::wrapped(std::move(handler));
}

SendVerdict SocketState::emit_text(std::string_view name, const json::array& arguments,
                                   std::vector<std::string> attachments, bool is_volatile) {
    if (!connected() || is_reserved_event(name)) return SendVerdict::dropped;
    return send_event(encode_event(nsp_->name(), name, arguments, std::move(attachments)), is_volatile);
}

SendVerdict SocketState::send_event(engineio::MessagePointer packet, bool is_volatile) {
    if (recovery_session_ != nullptr) {
        packet = hub_->recovery()->event(nsp_->name(), {{std::string(id())}, {}}, packet, is_volatile);
    }
    return hub_->send(session_, packet, is_volatile);
}

SendVerdict SocketState::emit(std::string_view name, json::array arguments) {
    return emit_text(name, arguments, {}, false);
}

SendVerdict SocketState::emit(std::string_view name, Payload payload) {
    return emit_text(name, payload.arguments, std::move(payload.attachments), false);
}

SendVerdict SocketState::emit_volatile(std::string_view name, json::array arguments) {
    return emit_text(name, arguments, {}, true);
}

SendVerdict SocketState::send(engineio::MessagePointer packet) {
    return connected() ? send_event(std::move(packet), false) : SendVerdict::dropped;
}

void SocketState::request(std::string_view name, Payload payload, Milliseconds timeout, AckHandler handler) {
    const auto self = shared_from_this();
    if (!connected() || is_reserved_event(name)) {
        handler(failure(AckError::disconnected));
        return;
    }
    if (!acks_) acks_ = std::make_unique<PendingAcks>();
    if (acks_->by_id.size() >= limits::pending_acks) time_out_ack(acks_->by_id.begin()->first);
    if (!connected()) {  // the handler of the one that was given up has disconnected us
        handler(failure(AckError::disconnected));
        return;
    }
    const std::uint64_t id = acks_->next_id++;
    acks_->by_id.emplace(id, PendingAck{std::move(handler), hub_->add_ack_timer(*this, id, timeout)});
    auto packet = std::make_shared<const engineio::OutgoingMessage>(
        encode_event_text(nsp_->name(), id, name, payload.arguments, payload.attachments.size()),
        std::move(payload.attachments));
    hub_->send(session_, packet, false);
}

void SocketState::send_ack(std::uint64_t id, const Payload& payload) {
    if (!connected()) return;
    const Packet packet{PacketType::ack, std::string(nsp_->name()), id, payload.arguments,
                        payload.attachments};
    hub_->send(session_,
               std::make_shared<const engineio::OutgoingMessage>(encode_packet(packet), payload.attachments),
               false);
}

void SocketState::settle(std::uint64_t id, Result<Payload, AckError> outcome) {
    if (!acks_) return;
    const auto found = acks_->by_id.find(id);
    if (found == acks_->by_id.end()) return;
    auto pending = std::move(found->second);
    acks_->by_id.erase(found);
    hub_->cancel_timer(pending.timer);
    const auto self = shared_from_this();
    hub_->guarded("ack", [&] { pending.handler(std::move(outcome)); });
}

void SocketState::take_ack(std::uint64_t id, Payload payload) {
    settle(id, std::move(payload));
}

void SocketState::time_out_ack(std::uint64_t id) {
    ++hub_->count().acks_timed_out;
    settle(id, failure(AckError::timed_out));
}

bool SocketState::join(std::string_view room) {
    if (phase_ == Phase::gone) return false;
    if (!nsp_->rooms().join(*this, room, limits::rooms_per_socket)) return false;
    if (recovery_session_ != nullptr) hub_->recovery()->joined(*recovery_session_, room);
    return true;
}

void SocketState::leave(std::string_view room) {
    if (phase_ == Phase::gone) return;
    nsp_->rooms().leave(*this, room);
    if (recovery_session_ != nullptr) hub_->recovery()->left(*recovery_session_, room);
}

std::vector<std::string> SocketState::rooms() const {
    if (finished_ || hub_ == nullptr) return {};
    auto names = nsp_->rooms().rooms_of(*this);
    names.emplace_back(member_id());
    return names;
}

void SocketState::disconnect(bool close_transport) {
    if (phase_ != Phase::gone) hub_->disconnect(*this, close_transport);
}

void SocketState::set_recovery(RecoverySession* session, Recovery outcome) {
    recovery_session_ = session;
    recovery_ = outcome;
    if (session == nullptr) return;
    become(session->sid);
    for (const auto& room : session->rooms.current())
        nsp_->rooms().join(*this, room, limits::rooms_per_socket);
    for (const auto& room : nsp_->rooms().rooms_of(*this))
        hub_->recovery()->joined(*session, room);
}

const json::value& SocketState::data() const {
    static const json::value nothing;
    return data_ ? *data_ : nothing;
}

void SocketState::set_data(json::value data) {
    data_ = data.is_null() ? nullptr : std::make_unique<const json::value>(std::move(data));
}

void SocketState::accept() {
    phase_ = Phase::connected;
    was_connected_ = true;
    nsp_->rooms().add(*this);
}

std::shared_ptr<const EventHandler> SocketState::handler_of(std::string_view event) const {
    const auto& shared = nsp_->handlers();
    if (handlers_) {
        if (auto own = handlers_->event(event)) return own;
    }
    if (auto named = shared.event(event)) return named;
    return handlers_ && handlers_->any ? handlers_->any : shared.any;
}

void SocketState::count_misfit() {
    ++hub_->count().events_misfit;
}

void SocketState::dispatch(Event& event) {
    const auto handler = handler_of(event.name);
    if (!handler) {
        ++hub_->count().events_unhandled;
        return;
    }
    const auto self = shared_from_this();
    hub_->guarded(event.name, [&] { (*handler)(*this, event); });
}

void SocketState::heartbeat(Instant ping_sent) {
    if (!connected()) return;
    const auto handler =
        handlers_ && handlers_->heartbeat ? handlers_->heartbeat : nsp_->handlers().heartbeat;
    if (!handler) return;
    const auto self = shared_from_this();
    hub_->guarded("heartbeat", [&] { (*handler)(*this, ping_sent); });
}

void SocketState::cut_off() {
    phase_ = Phase::gone;
}

void SocketState::finish(DisconnectReason reason) {
    if (finished_ || hub_ == nullptr) return;
    const auto self = shared_from_this();
    auto* const hub = hub_;
    cut_off();
    nsp_->rooms().remove(*this);
    if (was_connected_) {
        ++hub->count().disconnects;
        const auto handler =
            handlers_ && handlers_->disconnect ? handlers_->disconnect : nsp_->handlers().disconnect;
        if (handler) hub->guarded("disconnect", [&] { (*handler)(*this, reason); });
    }
    finished_ = true;
    end_recovery(reason);
    nsp_->rooms().leave_all(*this);
    while (acks_ && !acks_->by_id.empty()) {
        settle(acks_->by_id.begin()->first, failure(AckError::disconnected));
    }
    // A handler may hold the very pointer that keeps this socket alive; let go of all of them.
    handlers_.reset();
}

void SocketState::end_recovery(DisconnectReason reason) {
    if (auto* const recovery = hub_->recovery()) recovery->drop_claim(*this);
    auto* const session = std::exchange(recovery_session_, nullptr);
    if (session == nullptr) return;
    const bool for_good = reason == DisconnectReason::client_namespace_disconnect ||
                          reason == DisconnectReason::server_namespace_disconnect ||
                          reason == DisconnectReason::parse_error;
    hub_->recovery()->gone(*session, for_good);
}

void SocketState::abandon() {
    phase_ = Phase::gone;
    finished_ = true;
    nsp_->rooms().remove(*this);
    nsp_->rooms().leave_all(*this);
    acks_.reset();
    handlers_.reset();
    hub_ = nullptr;
}

}  // namespace holdfast::socketio
