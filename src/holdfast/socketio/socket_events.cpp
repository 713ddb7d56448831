// What a socket does with events: middlewares, listeners, and those who watch what is sent.
#include <array>
#include <utility>
#include <vector>

#include "holdfast/socketio/hub.hpp"
#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/namespace_state.hpp"
#include "holdfast/socketio/sent_event.hpp"
#include "holdfast/socketio/socket_state.hpp"

namespace holdfast::socketio {
namespace {

/// The server's own events are not held to the limits for strangers; this only bounds the recursion.
constexpr PacketLimits own_packet_limits{1'000'000, 500, 100'000'000};

std::string text_of_name(const json::value& name) {
    if (name.is_string()) return std::string(name.get_string());
    std::string number;
    append_json(number, name);
    return number;
}

}  // namespace

std::unique_ptr<const SentEvent> read_sent_event(const engineio::OutgoingMessage& packet) {
    PacketDecoder decoder;
    auto decoded = decoder.add_text(packet.text(), own_packet_limits);
    for (const auto& attachment : packet.attachments()) {
        if (decoded && decoder.waiting()) decoded = decoder.add_binary(attachment);
    }
    if (!decoded || !*decoded || (*decoded)->type != PacketType::event) return nullptr;
    auto& data = (*decoded)->data;
    if (!data.is_array() || data.get_array().empty()) return nullptr;
    auto sent = std::make_unique<SentEvent>();
    auto& arguments = data.get_array();
    sent->name = text_of_name(arguments.front());
    arguments.erase(arguments.begin());
    sent->event = {sent->name, std::move(arguments), std::move((*decoded)->attachments), {}};
    return sent;
}

/// One event's way through the middlewares.
struct SocketState::Incoming : std::enable_shared_from_this<Incoming> {
    using One = ListenerList<EventMiddleware>::One;

    std::shared_ptr<SocketState> socket;
    std::string name;
    Event event;
    std::vector<std::shared_ptr<One>> chain;
    std::size_t at = 0;

    void add(const ListenerList<EventMiddleware>::Snapshot& middlewares) {
        if (middlewares) chain.insert(chain.end(), middlewares->begin(), middlewares->end());
    }
    void run() {
        while (at < chain.size() && chain[at]->gone)
            ++at;
        if (at == chain.size()) {
            socket->deliver(event);
            return;
        }
        const auto self = shared_from_this();
        socket->hub_->guarded("event_middleware", [&] {
            chain[at]->call(*socket, event, [self, step = at](const std::optional<EventRefusal>& refusal) {
                self->proceed(step, refusal);
            });
        });
    }
    void proceed(std::size_t step, const std::optional<EventRefusal>& refusal) {
        // Called before already, or the socket has gone in the meantime.
        if (step != at || !socket->connected()) return;
        ++at;
        if (refusal) {
            at = chain.size() + 1;
            socket->refuse(event, *refusal);
        } else {
            run();
        }
    }
};

HandlerSet* SocketState::own_handlers() {
    if (finished_) return nullptr;
    if (!handlers_) handlers_ = std::make_unique<HandlerSet>();
    return handlers_.get();
}

void SocketState::dispatch(Event& event) {
    const auto shared = nsp_->handlers().middlewares.snapshot();
    const auto own = handlers_ ? handlers_->middlewares.snapshot() : nullptr;
    if (!shared && !own) {
        deliver(event);
        return;
    }
    const auto incoming = std::make_shared<Incoming>();
    incoming->socket = std::static_pointer_cast<SocketState>(shared_from_this());
    incoming->name = event.name;
    incoming->event = std::move(event);
    incoming->event.name = incoming->name;
    incoming->add(shared);
    incoming->add(own);
    incoming->run();
}

void SocketState::deliver(Event& event) {
    auto& shared = nsp_->handlers();
    const std::array<HandlerSet::Events::Snapshot, 4> lists = {
        handlers_ ? handlers_->any.snapshot() : nullptr, shared.any.snapshot(),
        handlers_ ? handlers_->event(event.name) : nullptr, shared.event(event.name)};
    std::size_t left = 0;
    for (const auto& list : lists)
        left += list ? list->size() : 0;
    if (left == 0) {
        ++hub_->count().events_unhandled;
        return;
    }
    const std::string_view name = event.name;
    bool once = false;
    for (const auto& list : lists) {
        if (!list) continue;
        for (const auto& listener : *list) {
            --left;
            if (listener->gone) continue;
            listener->gone = listener->once;
            once = once || listener->once;
            hub_->guarded(name, [&] {
                if (left == 0) {
                    listener->call(*this, event);
                } else {
                    Event copy = event;
                    listener->call(*this, copy);
                }
            });
        }
    }
    if (!once) return;
    if (handlers_) handlers_->prune(name);
    shared.prune(name);
}

void SocketState::refuse(const Event& event, const EventRefusal& refusal) {
    if (!connected()) return;
    ++hub_->count().events_refused;
    json::object answer;
    if (!event.ack.wanted()) answer["event"] = event.name;
    answer["error"] = refusal.error;
    answer["message"] = refusal.message;
    if (!refusal.data.is_null()) answer["data"] = refusal.data;
    json::array arguments;
    arguments.push_back(std::move(answer));
    if (event.ack.wanted()) {
        event.ack(std::move(arguments));
    } else {
        emit("event_refused", std::move(arguments));
    }
}

template <typename List, typename... Arguments>
void SocketState::tell(std::string_view what, List HandlerSet::*list, const Arguments&... arguments) {
    const auto self = shared_from_this();
    auto* const hub = hub_;
    const auto own = handlers_ ? ((*handlers_).*list).snapshot() : nullptr;
    const auto shared = (nsp_->handlers().*list).snapshot();
    for (const auto& listeners : {own, shared}) {
        List::each(listeners,
                   [&](const auto& call) { hub->guarded(what, [&] { call(*this, arguments...); }); });
    }
}

void SocketState::tell_disconnecting(DisconnectReason reason) {
    tell("disconnecting", &HandlerSet::disconnecting, reason);
}

void SocketState::tell_disconnect(DisconnectReason reason) {
    tell("disconnect", &HandlerSet::disconnect, reason);
}

void SocketState::heartbeat(Instant ping_sent) {
    if (connected()) tell("heartbeat", &HandlerSet::heartbeat, ping_sent);
}

bool SocketState::is_watched() const {
    return (handlers_ && !handlers_->any_outgoing.empty()) || !nsp_->handlers().any_outgoing.empty();
}

void SocketState::tell_outgoing(const Event& event) {
    tell("outgoing", &HandlerSet::any_outgoing, event);
}

}  // namespace holdfast::socketio
