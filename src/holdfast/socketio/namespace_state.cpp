#include "holdfast/socketio/namespace_state.hpp"

#include <utility>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/namespace_table.hpp"
#include "holdfast/socketio/sent_event.hpp"

namespace holdfast::socketio {

/// One socket's way through the middlewares.
struct NamespaceState::Attempt : std::enable_shared_from_this<Attempt> {
    NamespaceState& nsp;
    std::shared_ptr<SocketState> socket;
    std::shared_ptr<const std::vector<Middleware>> chain;
    std::size_t at = 0;

    Attempt(NamespaceState& for_nsp, std::shared_ptr<SocketState> for_socket)
        : nsp(for_nsp), socket(std::move(for_socket)), chain(nsp.middlewares_) {}

    void run() {
        if (!chain || at == chain->size()) {
            nsp.hub_->accept(socket);
            return;
        }
        const auto self = shared_from_this();
        nsp.hub_->guarded("middleware", [&] {
            (*chain)[at](*socket, [self, step = at](const std::optional<ConnectError>& refusal) {
                self->proceed(step, refusal);
            });
        });
    }

    void proceed(std::size_t step, const std::optional<ConnectError>& refusal) {
        // Called before already, or the client (or the whole server) has gone in the meantime.
        if (step != at || !socket->connecting()) return;
        if (refusal) {
            at = chain->size() + 1;
            nsp.hub_->refuse(socket, *refusal);
            return;
        }
        ++at;
        run();
    }
};

NamespaceState::NamespaceState(Hub& hub, std::string name, const AdapterFactory& make_adapter)
    : hub_(&hub), name_(std::move(name)) {
    if (make_adapter) adapter_ = make_adapter(name_, *this);
}

void NamespaceState::abandon() {
    adapter_.reset();
    const auto last = std::exchange(handlers_, {});
    hub_ = nullptr;
}

NamespacePointer NamespaceState::hold() {
    return {this, [self = NamespaceReference(this)](Namespace* /*nsp*/) {}};
}

void NamespaceState::client_came() {
    if (on_demand_ && on_demand_->clients++ == 0) on_demand_->table->is_used(*this);
}

void NamespaceState::client_left() {
    // One that came before the namespace was named by the application, and so stays, was not uncounted.
    if (on_demand_ && --on_demand_->clients == 0) on_demand_->table->became_empty(*this);
}

void NamespaceState::use(Middleware middleware) {
    auto longer = middlewares_ ? std::vector<Middleware>(*middlewares_) : std::vector<Middleware>();
    longer.push_back(std::move(middleware));
    middlewares_ = std::make_shared<const std::vector<Middleware>>(std::move(longer));
}

ListenerId NamespaceState::on_connection(ConnectionHandler handler) {
    return handlers_.add(handlers_.connection, std::move(handler));
}

void NamespaceState::welcome(std::shared_ptr<SocketState> socket) {
    std::make_shared<Attempt>(*this, std::move(socket))->run();
}

void NamespaceState::announce(const std::shared_ptr<SocketState>& socket) {
    const auto listeners = handlers_.connection.snapshot();
    ListenerList<ConnectionHandler>::each(
        listeners, [&](const auto& call) { hub_->guarded("connection", [&] { call(socket); }); });
}

std::size_t NamespaceState::broadcast(const Audience& audience, std::string_view event, json::array arguments,
                                      bool is_volatile) {
    if (is_reserved_event(event)) return 0;
    return broadcast(audience, encode_event(name_, event, arguments), is_volatile);
}

std::size_t NamespaceState::broadcast(const Audience& audience, engineio::MessagePointer packet,
                                      bool is_volatile) {
    if (hub_ == nullptr) return 0;
    ++hub_->count().broadcasts;
    const auto shown = packet;
    auto* const recovery = hub_->recovery();
    if (recovery != nullptr && adapter_ && !is_volatile && !audience.local) {
        packet = recovery->broadcast(name_, audience, packet);
        return packet ? send_and_tell(audience, packet, shown, false) : 0;
    }
    if (recovery != nullptr && !is_volatile) {
        // What is for this server's sockets alone cannot be sent again by another server.
        packet = adapter_ ? recovery->mark(packet)
                          : recovery->event(name_, {audience.rooms, audience.except}, packet);
        if (!packet) return 0;
    }
    return adapter_ && !audience.local ? adapter_->broadcast(audience, packet, is_volatile)
                                       : send_and_tell(audience, packet, shown, is_volatile);
}

void NamespaceState::fetch_sockets(const Audience& audience, FetchHandler handler) {
    if (adapter_ && !audience.local) {
        // The question holds the namespace, whose adapter owes the answer.
        adapter_->fetch(audience, [self = NamespaceReference(this),
                                   handler = std::move(handler)](auto found) { handler(std::move(found)); });
    } else {
        handler(describe_local(audience));
    }
}

void NamespaceState::join_sockets(const Audience& audience, std::string_view room) {
    if (!adapter_ || audience.local) {
        join_local(audience, room);
    } else if (auto* const recovery = hub_->recovery()) {
        recovery->move_others(RecoveryDelivery::Kind::join, name_, audience, room);
        join_local(audience, room);
    } else {
        adapter_->join(audience, room);
    }
}

void NamespaceState::leave_sockets(const Audience& audience, std::string_view room) {
    if (!adapter_ || audience.local) {
        leave_local(audience, room);
    } else if (auto* const recovery = hub_->recovery()) {
        recovery->move_others(RecoveryDelivery::Kind::leave, name_, audience, room);
        leave_local(audience, room);
    } else {
        adapter_->leave(audience, room);
    }
}

void NamespaceState::disconnect_sockets(const Audience& audience, bool close_transport) {
    adapter_ && !audience.local ? adapter_->disconnect(audience, close_transport)
                                : disconnect_local(audience, close_transport);
}

SocketPointer NamespaceState::find(std::string_view socket_id) {
    auto* const member = rooms_.find(socket_id);
    if (member == nullptr) return nullptr;
    auto& socket = static_cast<SocketState&>(*member);
    return socket.connected() ? socket.shared_from_this() : nullptr;
}

std::vector<std::shared_ptr<SocketState>> NamespaceState::local_states(const Audience& audience) {
    std::vector<std::shared_ptr<SocketState>> found;
    rooms_.visit(audience, [&](RoomMember& member) {
        auto& socket = static_cast<SocketState&>(member);
        if (!socket.connected()) return;
        found.push_back(std::static_pointer_cast<SocketState>(socket.shared_from_this()));
    });
    return found;
}

std::vector<SocketPointer> NamespaceState::sockets(const Audience& audience) {
    const auto states = local_states(audience);
    return {states.begin(), states.end()};
}

std::size_t NamespaceState::send_local(const Audience& audience, const engineio::MessagePointer& packet,
                                       bool is_volatile) {
    return send_and_tell(audience, packet, packet, is_volatile);
}

void NamespaceState::take(const RecoveryDelivery& delivery) {
    const auto members = delivery.kind == RecoveryDelivery::Kind::event
                             ? std::vector<std::shared_ptr<SocketState>>()
                             : local_states(delivery.audience);
    switch (delivery.kind) {
        case RecoveryDelivery::Kind::event:
            for (auto& socket : send_local_to(delivery.audience, delivery.packet, false).watched)
                hub_->tell_outgoing_later(std::move(socket), delivery.shown);
            return;
        case RecoveryDelivery::Kind::join:
            for (const auto& socket : members)
                socket->join_since(delivery.room, delivery.position);
            return;
        case RecoveryDelivery::Kind::leave:
            for (const auto& socket : members)
                socket->leave_since(delivery.room, delivery.position);
            return;
    }
}

NamespaceState::Sent NamespaceState::send_local_to(const Audience& audience,
                                                   const engineio::MessagePointer& packet, bool is_volatile) {
    Sent sent;
    sent.taken = hub_->send_to_many([&](const auto& send_to) {
        rooms_.visit(audience, [&](RoomMember& member) {
            auto& socket = static_cast<SocketState&>(member);
            if (!socket.connected() || !send_to(socket.session(), packet, is_volatile)) return;
            if (!socket.is_watched()) return;
            sent.watched.push_back(std::static_pointer_cast<SocketState>(socket.shared_from_this()));
        });
    });
    return sent;
}

std::size_t NamespaceState::send_and_tell(const Audience& audience, engineio::MessagePointer packet,
                                          const engineio::MessagePointer& shown, bool is_volatile) {
    // A client takes the end of this for its position, which is another one on each server.
    if (auto* const recovery = hub_->recovery(); recovery != nullptr && is_volatile) {
        packet = recovery->mark(packet);
        if (!packet) return 0;
    }
    const auto [taken, watched] = send_local_to(audience, packet, is_volatile);
    if (watched.empty()) return taken;
    if (const auto sent = read_sent_event(*shown)) {
        for (const auto& socket : watched)
            socket->tell_outgoing(sent->event);
    }
    return taken;
}

std::vector<SocketDescription> NamespaceState::describe_local(const Audience& audience) {
    std::vector<SocketDescription> descriptions;
    for (const auto& socket : local_states(audience)) {
        descriptions.push_back(
            {std::string(socket->id()), socket->rooms(), socket->shared_handshake(), socket->data()});
    }
    return descriptions;
}

void NamespaceState::join_local(const Audience& audience, std::string_view room) {
    for (const auto& socket : local_states(audience))
        socket->join(room);
}

void NamespaceState::leave_local(const Audience& audience, std::string_view room) {
    for (const auto& socket : local_states(audience))
        socket->leave(room);
}

void NamespaceState::disconnect_local(const Audience& audience, bool close_transport) {
    for (const auto& socket : local_states(audience))
        socket->disconnect(close_transport);
}

}  // namespace holdfast::socketio
