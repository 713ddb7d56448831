#include "holdfast/socketio/event_source.hpp"

#include <utility>

#include "holdfast/socketio/handler_set.hpp"

namespace holdfast::socketio {

ListenerId EventSource::on(std::string name, EventHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add_event(std::move(name), std::move(handler), false);
}

ListenerId EventSource::once(std::string name, EventHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add_event(std::move(name), std::move(handler), true);
}

ListenerId EventSource::on_any(EventHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->any, std::move(handler));
}

ListenerId EventSource::on_any_outgoing(OutgoingHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->any_outgoing, std::move(handler));
}

ListenerId EventSource::on_disconnecting(DisconnectHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->disconnecting, std::move(handler));
}

ListenerId EventSource::on_disconnect(DisconnectHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->disconnect, std::move(handler));
}

ListenerId EventSource::on_heartbeat(HeartbeatHandler handler) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->heartbeat, std::move(handler));
}

ListenerId EventSource::use_for_events(EventMiddleware middleware) {
    auto* const set = own_handlers();
    return set == nullptr ? ListenerId() : set->add(set->middlewares, std::move(middleware));
}

bool EventSource::off(ListenerId listener) {
    auto* const set = existing_handlers();
    return set != nullptr && set->remove(listener);
}

std::size_t EventSource::off(std::string_view name) {
    auto* const set = existing_handlers();
    return set == nullptr ? 0 : set->remove_event(name);
}

std::size_t EventSource::off_any() {
    auto* const set = existing_handlers();
    return set == nullptr ? 0 : set->any.clear();
}

std::size_t EventSource::off_any_outgoing() {
    auto* const set = existing_handlers();
    return set == nullptr ? 0 : set->any_outgoing.clear();
}

}  // namespace holdfast::socketio
