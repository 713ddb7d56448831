#include "holdfast/socketio/hub.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/socketio/json_text.hpp"

namespace holdfast::socketio {

using engineio::CloseReason;
using engineio::SessionId;

namespace {

DisconnectReason reason_of(CloseReason reason) {
    switch (reason) {
        case CloseReason::transport_close:
            return DisconnectReason::transport_close;
        case CloseReason::transport_error:
            return DisconnectReason::transport_error;
        case CloseReason::ping_timeout:
            return DisconnectReason::ping_timeout;
        case CloseReason::parse_error:
            return DisconnectReason::parse_error;
        case CloseReason::forced_close:
            return DisconnectReason::forced_close;
        case CloseReason::server_shutdown:
            return DisconnectReason::server_shutting_down;
        case CloseReason::queue_overflow:
            return DisconnectReason::queue_overflow;
    }
    return DisconnectReason::transport_error;
}

engineio::MessagePointer message_of(const Packet& packet) {
    return std::make_shared<const engineio::OutgoingMessage>(encode_packet(packet));
}

std::string full_name(std::string_view name) {
    std::string full(name.starts_with('/') ? "" : "/");
    full += name;
    return full;
}

RoomMember::Id make_socket_id(Random& random) {
    RoomMember::Id id{};
    const std::string text = random.base64url(15);
    std::copy_n(text.begin(), std::min(text.size(), id.size()), id.begin());
    return id;
}

}  // namespace

Hub::Hub(const Settings& settings, Random& random, SessionOutput& output)
    : settings_(settings),
      random_(random),
      output_(&output),
      namespaces_(
          [this](std::string name) {
              return NamespaceReference(new NamespaceState(*this, std::move(name), settings_.adapter));
          },
          limits::dynamic_namespaces, settings.empty_namespace_time) {
    packet_limits_.attachments = settings_.most_attachments;
    of("/");
}

Hub::~Hub() {
    for (auto& [session, connection] : connections_) {
        for (auto& joined : connection.joined) {
            if (joined.socket) joined.socket->abandon();
        }
    }
    // Coroutines that wait end here, and their variables may refer to sockets and namespaces.
    namespaces_.abandon();
    timers_ = {};
}

Namespace& Hub::of(std::string_view name) {
    return namespaces_.keep(full_name(name));
}

NamespacePointer Hub::find(std::string_view name) {
    auto* const found = namespaces_.find(full_name(name));
    return found == nullptr ? nullptr : found->hold();
}

void Hub::of(Matches matches, OnCreated on_created) {
    wishes_.push_back(std::make_shared<const Wish>(Wish{std::move(matches), std::move(on_created)}));
}

void Hub::on_tick(Instant now) {
    const Entry entry(*this);
    if (recovery_) tick_recovery(now);
    timers_.run_due(now, [this](const TimerTarget& target) { fire(target); });
    // A client that may come back finds its namespace as it was.
    namespaces_.sweep(
        now, recovery_ ? recovery_->window() + limits::empty_namespace_recovery_time : Milliseconds(0));
}

void Hub::fire(const TimerTarget& target) {
    switch (target.kind) {
        case TimerKind::ack:
            target.socket->time_out_ack(target.ack_id);
            return;
        case TimerKind::connect:
            ++counters_.connect_timeouts;
            end_connection(target.session, DisconnectReason::forced_close, CloseReason::forced_close);
            return;
        case TimerKind::attachment:
            ++counters_.attachment_timeouts;
            break_off(target.session, DisconnectReason::parse_error, CloseReason::parse_error);
            return;
        case TimerKind::call:
            target.call();
            return;
    }
}

void Hub::on_open(SessionId session, std::shared_ptr<const engineio::Handshake> handshake) {
    const Entry entry(*this);
    auto& connection = connections_[session];
    connection.handshake = std::move(handshake);
    connection.connect_timer =
        timers_.add(settings_.connect_timeout, {TimerKind::connect, session, nullptr, 0});
}

void Hub::on_message(SessionId session, std::string_view data, bool binary) {
    const Entry entry(*this);
    receive(session, data, binary);
}

void Hub::on_close(SessionId session, CloseReason reason) {
    if (sending_ == 0) {
        const Entry entry(*this);
        end_connection(session, reason_of(reason), std::nullopt);
        return;
    }
    auto* const connection = find(session);
    if (connection == nullptr || connection->session_gone) return;
    connection->session_gone = true;
    for (const auto& joined : connection->joined) {
        if (joined.socket) joined.socket->cut_off();
    }
    closed_while_sending_.emplace_back(session, reason);
}

void Hub::on_drain(SessionId /*session*/) {}

void Hub::on_heartbeat(SessionId session, Instant ping_sent) {
    const Entry entry(*this);
    const auto* const connection = find(session);
    if (connection == nullptr) return;
    if (recovery_) {
        const auto proven = recovery_->outbox().handed_over_before(ping_sent);
        if (!proven) return;
        ping_sent = *proven;
    }
    std::vector<std::shared_ptr<SocketState>> sockets;  // a handler may join or leave namespaces
    for (const auto& joined : connection->joined) {
        if (joined.socket) sockets.push_back(joined.socket);
    }
    for (const auto& socket : sockets)
        socket->heartbeat(ping_sent);
}

void Hub::tell_closed() {
    while (!closed_while_sending_.empty()) {
        for (const auto& [session, reason] : std::exchange(closed_while_sending_, {})) {
            end_connection(session, reason_of(reason), std::nullopt);
        }
    }
}

Hub::Connection* Hub::find(SessionId session) {
    const auto found = connections_.find(session);
    return found == connections_.end() ? nullptr : &found->second;
}

Hub::Joined* Hub::find_joined(SessionId session, const NamespaceState& nsp) {
    auto* const connection = find(session);
    if (connection == nullptr) return nullptr;
    const auto found = std::find_if(connection->joined.begin(), connection->joined.end(),
                                    [&](const Joined& joined) { return &*joined.nsp == &nsp; });
    return found == connection->joined.end() ? nullptr : &*found;
}

void Hub::receive(SessionId session, std::string_view data, bool binary) {
    auto* const connection = find(session);
    if (connection == nullptr || connection->session_gone || shutting_down_) return;
    auto& decoder = connection->decoder;
    if (!binary && !decoder.waiting()) {
        const auto event = read_plain_event(data, packet_limits_);
        if (event && take_plain_event(*connection, *event)) return;
    }
    auto packet = binary ? decoder.add_binary(data) : decoder.add_text(data, packet_limits_);
    timers_.cancel(connection->attachment_timer);
    if (!packet) {
        ++counters_.parse_errors;
        end_connection(session, DisconnectReason::parse_error, CloseReason::parse_error);
        return;
    }
    if (decoder.waiting()) {
        connection->attachment_timer =
            timers_.add(settings_.attachment_timeout, {TimerKind::attachment, session, nullptr, 0});
    }
    if (*packet) route(session, std::move(**packet));
}

bool Hub::take_plain_event(const Connection& connection, const PlainEvent& event) {
    for (const auto& joined : connection.joined) {
        if (joined.nsp->name() != event.nsp) continue;
        if (!joined.socket || !joined.socket->connected()) return false;
        ++counters_.events_in;
        const auto socket = joined.socket;  // a handler may end the connection
        Event arrived{event.name,
                      {event.arguments, event.argument_count},
                      {},
                      event.id ? RawAck(socket->weak_from_this(), *event.id) : RawAck()};
        socket->dispatch(arrived);
        return true;
    }
    return false;
}

void Hub::route(SessionId session, Packet&& packet) {
    switch (packet.type) {
        case PacketType::connect:
            connect(session, std::move(packet));
            return;
        case PacketType::disconnect:
            client_leaves(session, packet.nsp);
            return;
        case PacketType::connect_error:
            break_off(session, DisconnectReason::forced_close, CloseReason::forced_close);
            return;
        case PacketType::event:
        case PacketType::ack:
            break;
    }
    const auto* const nsp = namespaces_.find(packet.nsp);
    const auto* const joined = nsp != nullptr ? find_joined(session, *nsp) : nullptr;
    if (joined == nullptr || (joined->socket && joined->socket->connecting())) {
        break_off(session, DisconnectReason::forced_close, CloseReason::forced_close);
        return;
    }
    if (!joined->socket) return;  // sent before the client heard that it was put out
    const auto socket = joined->socket;
    if (packet.type == PacketType::event) {
        handle_event(*socket, std::move(packet));
    } else if (packet.id) {
        ++counters_.acks_in;
        Payload payload;
        if (packet.data.is_array()) payload.arguments = std::move(packet.data.get_array());
        payload.attachments = std::move(packet.attachments);
        socket->take_ack(*packet.id, std::move(payload));
    }
}

void Hub::handle_event(SocketState& socket, Packet&& packet) {
    if (!packet.data.is_array()) return;  // "2" with nothing behind it is allowed and says nothing
    ++counters_.events_in;
    auto& arguments = packet.data.get_array();
    const json::value name = std::move(arguments.front());
    arguments.erase(arguments.begin());
    std::string number;
    if (!name.is_string()) append_json(number, name);
    Event event{name.is_string() ? std::string_view(name.get_string()) : std::string_view(number),
                std::move(arguments), std::move(packet.attachments),
                packet.id ? RawAck(socket.weak_from_this(), *packet.id) : RawAck()};
    socket.dispatch(event);
}

NamespaceReference Hub::find_or_make(std::string_view name, const json::value& auth) {
    if (auto* const found = namespaces_.find(name)) return found;
    for (const auto& wish : std::vector(wishes_)) {
        bool matches = false;
        guarded("namespace", [&] { matches = wish->matches(name, auth); });
        if (!matches) continue;
        if (auto* const found = namespaces_.find(name)) return found;  // the predicate made it itself
        auto made = namespaces_.make_on_demand(name);
        if (!made) return nullptr;
        guarded("namespace", [&] {
            if (wish->on_created) wish->on_created(*made);
        });
        for (const auto& handler : std::vector(on_new_namespace_))
            guarded("namespace", [&] { (*handler)(*made); });
        return made;
    }
    return nullptr;
}

void Hub::connect(SessionId session, Packet&& packet) {
    json::value auth = packet.data.is_object() ? std::move(packet.data) : json::value(json::object());
    if (recovery_ && !recovery_->up()) {
        end_connection(session, DisconnectReason::forced_close, CloseReason::forced_close);
        return;
    }
    const auto nsp = find_or_make(packet.nsp, auth);
    auto* const connection = find(session);
    if (connection == nullptr) return;
    if (nsp == nullptr) {
        send_connect_error(session, packet.nsp, {"Invalid namespace", nullptr});
        return;
    }
    if (const auto* const joined = find_joined(session, *nsp); joined != nullptr && joined->socket) {
        break_off(session, DisconnectReason::forced_close, CloseReason::forced_close);
        return;
    }
    auto& all = connection->joined;
    const bool full = all.size() >= limits::namespaces_per_connection;
    std::erase_if(
        all, [&](const Joined& joined) { return !joined.socket && (full || &*joined.nsp == nsp.get()); });
    if (all.size() >= limits::namespaces_per_connection) {
        send_connect_error(session, packet.nsp, {"Too many namespaces", nullptr});
        return;
    }
    auto socket = std::make_shared<SocketState>(*this, *nsp, make_socket_id(random_), session,
                                                connection->handshake, std::move(auth));
    all.push_back({NamespacePresence(*nsp), socket});
    if (recovery_) {
        recovery_->take_claim(*socket);
        if (recovery_->skip_middlewares() && recovery_->claims_session(*socket, nsp->name())) {
            accept(socket);
            return;
        }
    }
    nsp->welcome(std::move(socket));
}

void Hub::accept(const std::shared_ptr<SocketState>& socket) {
    auto* const connection = find(socket->session());
    if (connection == nullptr || !socket->connecting()) return;
    timers_.cancel(connection->connect_timer);
    if (recovery_) {
        welcome_back(socket);
        return;
    }
    ++counters_.connects;
    socket->accept();
    auto& nsp = socket->namespace_state();
    send(socket->session(),
         message_of(
             {PacketType::connect, std::string(nsp.name()), {}, json::object{{"sid", socket->id()}}, {}}),
         false);
    nsp.announce(socket);
}

void Hub::refuse(const std::shared_ptr<SocketState>& socket, const ConnectError& error) {
    auto& nsp = socket->namespace_state();
    const SessionId session = socket->session();
    if (auto* const connection = find(session)) {
        std::erase_if(connection->joined, [&](const Joined& joined) { return joined.socket == socket; });
    }
    socket->finish(DisconnectReason::server_namespace_disconnect);
    send_connect_error(session, nsp.name(), error);
}

void Hub::send_connect_error(SessionId session, std::string_view nsp, const ConnectError& error) {
    ++counters_.connects_refused;
    json::object data{{"message", error.message}};
    if (!error.data.is_null()) data["data"] = error.data;
    send(session, message_of({PacketType::connect_error, std::string(nsp), {}, std::move(data), {}}), false);
}

void Hub::client_leaves(SessionId session, std::string_view nsp_name) {
    const auto* const nsp = namespaces_.find(nsp_name);
    const auto* const joined = nsp != nullptr ? find_joined(session, *nsp) : nullptr;
    if (joined == nullptr) {
        break_off(session, DisconnectReason::forced_close, CloseReason::forced_close);
        return;
    }
    const auto socket = joined->socket;
    auto& all = find(session)->joined;
    all.erase(all.begin() + (joined - all.data()));
    if (socket) socket->finish(DisconnectReason::client_namespace_disconnect);
}

void Hub::disconnect(SocketState& socket, bool close_transport) {
    const auto self = std::static_pointer_cast<SocketState>(socket.shared_from_this());
    const SessionId session = socket.session();
    auto* const connection = find(session);
    if (connection == nullptr) return;
    const auto say_goodbye = [&](const SocketState& to, NamespaceState& nsp) {
        if (!to.connected()) return;
        send(session, message_of({PacketType::disconnect, std::string(nsp.name()), {}, nullptr, {}}), false);
    };
    if (close_transport) {
        for (const auto& joined : connection->joined) {
            if (joined.socket) say_goodbye(*joined.socket, *joined.nsp);
        }
        end_connection(session, DisconnectReason::server_namespace_disconnect, CloseReason::forced_close);
        return;
    }
    if (!socket.connected()) return;  // a middleware refuses with an error instead
    say_goodbye(socket, socket.namespace_state());
    if (auto* const joined = find_joined(session, socket.namespace_state())) joined->socket.reset();
    self->finish(DisconnectReason::server_namespace_disconnect);
}

engineio::SendVerdict Hub::send(SessionId session, const engineio::MessagePointer& packet, bool is_volatile) {
    const Sending sending(*this);
    return output_->send(session, packet, is_volatile);
}

engineio::SendVerdict Hub::send_text(SessionId session, std::string_view text, bool is_volatile) {
    const Sending sending(*this);
    return output_->send_text(session, text, is_volatile);
}

std::optional<engineio::TransportKind> Hub::transport(SessionId session) const {
    return output_->transport(session);
}

TimerId Hub::add_timer(Milliseconds duration, std::function<void()> call) {
    return timers_.add(duration, {TimerKind::call, 0, nullptr, 0, std::move(call)});
}

TimerId Hub::add_ack_timer(SocketState& socket, std::uint64_t ack_id, Milliseconds timeout) {
    return timers_.add(timeout, {TimerKind::ack, socket.session(), &socket, ack_id});
}

void Hub::end_connection(SessionId session, DisconnectReason reason,
                         std::optional<CloseReason> close_session) {
    auto node = connections_.extract(session);
    if (node.empty()) return;
    auto& connection = node.mapped();
    timers_.cancel(connection.connect_timer);
    timers_.cancel(connection.attachment_timer);
    for (const auto& joined : connection.joined) {
        if (joined.socket) joined.socket->cut_off();
    }
    if (close_session) output_->close(session, *close_session);
    for (const auto& joined : connection.joined) {
        if (joined.socket) joined.socket->finish(reason);
    }
}

void Hub::break_off(SessionId session, DisconnectReason reason, CloseReason close_reason) {
    ++counters_.protocol_errors;
    end_connection(session, reason, close_reason);
}

void Hub::report_failure(std::string_view where, std::string_view what) {
    ++counters_.handler_failures;
    if (settings_.log == nullptr) return;
    settings_.log->write(LogLevel::error, "handler_failed", {{"where", where}, {"what", what}});
}

}  // namespace holdfast::socketio
