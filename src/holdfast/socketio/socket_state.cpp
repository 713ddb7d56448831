#include "holdfast/socketio/socket_state.hpp"

#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/namespace_state.hpp"
#include "holdfast/socketio/sent_event.hpp"

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

SocketState::~SocketState() = default;

std::optional<engineio::TransportKind> SocketState::transport() const {
    if (phase_ == Phase::gone) return std::nullopt;
    return hub_->transport(session_);
}

Namespace& SocketState::nsp() {
    return *nsp_;
}

SendVerdict SocketState::send_payload(std::string_view name, Payload payload, bool is_volatile) {
    if (!connected() || is_reserved_event(name)) return SendVerdict::dropped;
    if (payload.attachments.empty() && recovery_session_ == nullptr && !is_watched()) {
        std::string& text = hub_->empty_text();
        append_event_text(text, nsp_->name(), std::nullopt, name, payload.arguments, 0);
        return hub_->send_text(session_, text, is_volatile);
    }
    return send_event(encode_event(nsp_->name(), name, payload.arguments, std::move(payload.attachments)),
                      is_volatile);
}

SendVerdict SocketState::send_event(engineio::MessagePointer packet, bool is_volatile) {
    const auto shown = is_watched() ? read_sent_event(*packet) : nullptr;
    if (recovery_session_ != nullptr) {
        auto* const recovery = hub_->recovery();
        packet = is_volatile ? recovery->mark(packet)
                             : recovery->event(nsp_->name(), {{std::string(id())}, {}}, packet);
        if (!packet) return SendVerdict::dropped;
    }
    const auto verdict = hub_->send(session_, packet, is_volatile);
    if (shown && verdict != SendVerdict::dropped) tell_outgoing(shown->event);
    return verdict;
}

SendVerdict SocketState::send(engineio::MessagePointer packet) {
    return connected() ? send_event(std::move(packet), false) : SendVerdict::dropped;
}

SendVerdict SocketState::send_text(std::string_view packet) {
    if (!connected()) return SendVerdict::dropped;
    if (recovery_session_ == nullptr && !is_watched()) return hub_->send_text(session_, packet, false);
    return send_event(std::make_shared<const engineio::OutgoingMessage>(packet), false);
}

void SocketState::request(std::string_view name, Payload payload, Milliseconds timeout, AckHandler handler) {
    const auto self = shared_from_this();
    if (is_reserved_event(name)) {
        handler(failure(AckError::disconnected));
        return;
    }
    const auto id = expect_ack(std::nullopt, timeout, std::move(handler));
    if (!id) return;
    std::string& text = hub_->empty_text();
    append_event_text(text, nsp_->name(), id, name, payload.arguments, payload.attachments.size());
    const auto packet =
        std::make_shared<const engineio::OutgoingMessage>(text, std::move(payload.attachments));
    const auto verdict = hub_->send(session_, packet, false);
    if (verdict == SendVerdict::dropped || !is_watched()) return;
    if (const auto shown = read_sent_event(*packet)) tell_outgoing(shown->event);
}

std::optional<std::uint64_t> SocketState::expect_ack(std::optional<std::uint64_t> id, Milliseconds timeout,
                                                     AckHandler handler) {
    const auto self = shared_from_this();
    if (connected()) {
        if (!acks_) acks_ = std::make_unique<PendingAcks>();
        if (acks_->by_id.size() >= limits::pending_acks) time_out_ack(acks_->by_id.begin()->first);
    }
    if (!connected()) {  // maybe because the handler of the one that was given up has disconnected us
        handler(failure(AckError::disconnected));
        return std::nullopt;
    }
    const std::uint64_t chosen = id ? *id : acks_->next_id++;
    acks_->by_id.emplace(chosen, PendingAck{std::move(handler), hub_->add_ack_timer(*this, chosen, timeout)});
    return chosen;
}

template <typename Arguments>
void SocketState::send_ack(std::uint64_t id, const Arguments& arguments,
                           std::vector<std::string> attachments) {
    if (!connected()) return;
    std::string& text = hub_->empty_text();
    append_ack_text(text, nsp_->name(), id, arguments, attachments.size());
    if (attachments.empty()) {
        hub_->send_text(session_, text, false);
    } else {
        hub_->send(session_, std::make_shared<const engineio::OutgoingMessage>(text, std::move(attachments)),
                   false);
    }
}
template void SocketState::send_ack(std::uint64_t, const json::array&, std::vector<std::string>);
template void SocketState::send_ack(std::uint64_t, const EventArguments&, std::vector<std::string>);

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

bool SocketState::join_since(std::string_view room, std::uint64_t since) {
    if (phase_ == Phase::gone) return false;
    const auto join = [&] { return nsp_->rooms().join(*this, room, limits::rooms_per_socket); };
    if (recovery_session_ == nullptr) return join();
    return hub_->recovery()->join(*recovery_session_, room, since, join);
}

void SocketState::leave_since(std::string_view room, std::uint64_t since) {
    if (phase_ == Phase::gone) return;
    const auto leave = [&] { nsp_->rooms().leave(*this, room); };
    if (recovery_session_ == nullptr) {
        leave();
    } else {
        hub_->recovery()->leave(*recovery_session_, room, since, leave);
    }
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
        hub_->recovery()->join(*session, room, 0, [] { return true; });
    if (!data_ && !session->data.empty()) {
        if (auto data = read_json(session->data, limits::recovery_data_depth, limits::recovery_data_bytes)) {
            data_ = std::make_unique<const json::value>(std::move(*data));
        }
        return;
    }
    write_data_down();
}

const json::value& SocketState::data() const {
    static const json::value nothing;
    return data_ ? *data_ : nothing;
}

void SocketState::write_data_down() {
    if (recovery_session_ == nullptr) return;
    std::string text;
    if (data_) append_json(text, *data_);
    if (!hub_->recovery()->set_data(*recovery_session_, std::move(text))) recovery_session_ = nullptr;
}

void SocketState::set_data(json::value data) {
    data_ = data.is_null() ? nullptr : std::make_unique<const json::value>(std::move(data));
    write_data_down();
}

void SocketState::accept() {
    phase_ = Phase::connected;
    was_connected_ = true;
    nsp_->rooms().add(*this);
}

void SocketState::count_misfit() {
    ++hub_->count().events_misfit;
}

void SocketState::cut_off() {
    phase_ = Phase::gone;
}

void SocketState::finish(DisconnectReason reason) {
    if (finished_ || hub_ == nullptr) return;
    const auto self = shared_from_this();
    auto* const hub = hub_;
    cut_off();
    if (was_connected_) tell_disconnecting(reason);
    nsp_->rooms().remove(*this);
    if (was_connected_) {
        ++hub->count().disconnects;
        tell_disconnect(reason);
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
    recovery_session_ = nullptr;
    hub_ = nullptr;
}

}  // namespace holdfast::socketio
