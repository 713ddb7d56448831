#include "holdfast/socketio/broadcast.hpp"

#include <utility>

#include "holdfast/socketio/namespace.hpp"
#include "holdfast/socketio/packet.hpp"

namespace holdfast::socketio {

Broadcast Broadcast::to(const std::vector<std::string>& rooms) const {
    Broadcast next = *this;
    auto& all = next.audience_.rooms;
    all.insert(all.end(), rooms.begin(), rooms.end());
    return next;
}

Broadcast Broadcast::except(const std::vector<std::string>& rooms) const {
    Broadcast next = *this;
    auto& all = next.audience_.except;
    all.insert(all.end(), rooms.begin(), rooms.end());
    return next;
}

Broadcast Broadcast::local() const {
    Broadcast next = *this;
    next.audience_.local = true;
    return next;
}

Broadcast Broadcast::volatile_() const {
    Broadcast next = *this;
    next.is_volatile_ = true;
    return next;
}

Broadcast Broadcast::timeout(Milliseconds time) const {
    Broadcast next = *this;
    next.timeout_ = time;
    return next;
}

Broadcast Broadcast::compress(bool wanted) const {
    Broadcast next = *this;
    next.compress_ = wanted;
    return next;
}

engineio::SendVerdict Emission::emit(std::string_view name, Payload payload) const {
    if (!socket_->connected() || is_reserved_event(name)) return engineio::SendVerdict::dropped;
    return socket_->send(encode_event(socket_->nsp().name(), name, payload.arguments,
                                      std::move(payload.attachments), compress_));
}

std::size_t Broadcast::emit(std::string_view name, json::array arguments) const {
    return emit(name, Payload{std::move(arguments), {}});
}

std::size_t Broadcast::emit(std::string_view name, Payload payload) const {
    if (is_reserved_event(name)) return 0;
    return send(
        encode_event(nsp_->name(), name, payload.arguments, std::move(payload.attachments), compress_));
}

std::size_t Broadcast::send(engineio::MessagePointer packet) const {
    return nsp_->broadcast(audience_, std::move(packet), is_volatile_);
}

void Broadcast::emit_with_ack(std::string_view name, Payload payload, AnswersHandler handler) const {
    nsp_->ask_sockets(audience_, name, std::move(payload), timeout_, std::move(handler));
}

void Broadcast::fetch_sockets(FetchHandler handler) const {
    nsp_->fetch_sockets(audience_, std::move(handler));
}

Awaited<Result<std::vector<SocketDescription>, FetchError>> Broadcast::fetch_sockets() const {
    using Answer = Result<std::vector<SocketDescription>, FetchError>;
    return Awaited<Answer>([self = *this](auto done) {
        self.fetch_sockets([done](Answer answer) { done(std::move(answer)); });
    });
}

void Broadcast::join_sockets(std::string_view room) const {
    nsp_->join_sockets(audience_, room);
}

void Broadcast::leave_sockets(std::string_view room) const {
    nsp_->leave_sockets(audience_, room);
}

void Broadcast::disconnect_sockets(bool close_transport) const {
    nsp_->disconnect_sockets(audience_, close_transport);
}

Broadcast Socket::broadcast() {
    return Broadcast(nsp()).except(id());
}

}  // namespace holdfast::socketio
