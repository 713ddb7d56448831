// Sessions: sending, closing, heartbeat and everything else that does not depend on how bytes travel.
#include <algorithm>
#include <chrono>
#include <utility>

#include "holdfast/engineio/engine_state.hpp"
#include "holdfast/engineio/responses.hpp"
#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {

namespace {

constexpr std::size_t sid_random_bytes = 15;  // 120 bits, 20 characters of base64url
constexpr std::uint16_t going_away = 1001;    // RFC 6455 section 7.4.1
constexpr std::uint16_t no_close_frame = 0;

}  // namespace

Engine::State::State(Settings engine_settings, SessionListener& session_listener, Random& random_source,
                     HandshakeHook hook)
    : settings(std::move(engine_settings)),
      listener(session_listener),
      random(random_source),
      handshake_hook(std::move(hook)),
      origins(settings.origins) {
    std::string ping;
    append_frame(ping, FrameKind::text, "2");
    ping_frame = std::make_shared<const std::string>(std::move(ping));
}

Sid Engine::State::make_sid() {
    Sid sid{};
    do {
        const std::string text = random.base64url(sid_random_bytes);
        std::copy(text.begin(), text.end(), sid.begin());
    } while (sids.contains(view(sid)));
    return sid;
}

Session& Engine::State::add_session(const Sid& sid, std::shared_ptr<const Handshake> handshake) {
    const SessionId id = ++last_session;
    Session& session = sessions[id];
    session.id = id;
    session.sid = sid;
    session.handshake = std::move(handshake);
    sids.emplace(view(session.sid), &session);
    pings_due.add(session.heartbeat, id, now + settings.ping_interval);
    ++counters.sessions_opened;
    return session;
}

Session* Engine::State::find(SessionId id) {
    const auto found = sessions.find(id);
    return found == sessions.end() ? nullptr : &found->second;
}

Session* Engine::State::find(std::string_view sid) {
    const auto found = sids.find(sid);
    return found == sids.end() ? nullptr : found->second;
}

Engine::State::Room Engine::State::room_for(SessionId id, std::size_t bytes, bool is_volatile) {
    Session* const session = find(id);
    const auto dropped = [this] {
        ++counters.messages_dropped;
        return Room{};
    };
    if (session == nullptr || session->closing || session->overflowed) return dropped();
    PollingState* const polling = session->polling.get();
    const std::size_t waiting =
        polling != nullptr ? polling->queue_bytes : session->connection->queued_bytes();
    const bool nothing_waits = waiting == 0 && (polling == nullptr || polling->queue.empty());
    const bool at_once = nothing_waits && (polling == nullptr || polling->parked);
    if (is_volatile && !at_once) return dropped();
    if (!nothing_waits && waiting + bytes > settings.send_queue_bytes) {
        session->overflowed = true;
        overflowed.push_back(id);
        return dropped();
    }
    ++counters.messages_out;
    return {session, at_once ? SendVerdict::sent : SendVerdict::queued};
}

SendVerdict Engine::State::send(SessionId id, const MessagePointer& message, bool is_volatile) {
    if (!message) {
        ++counters.messages_dropped;
        return SendVerdict::dropped;
    }
    const Room room = room_for(id, message->size_bytes(), is_volatile);
    if (room.session == nullptr) return SendVerdict::dropped;
    if (room.session->polling) {
        queue_for_poll(*room.session, message);
    } else {
        send_frames_to(*room.session, message);
    }
    return room.verdict;
}

SendVerdict Engine::State::send_text(SessionId id, std::string_view text, bool is_volatile) {
    const Room room = room_for(id, frame_header_bytes(text.size() + 1) + text.size() + 1, is_volatile);
    if (room.session == nullptr) return SendVerdict::dropped;
    if (room.session->polling) {
        queue_for_poll(*room.session, std::make_shared<const OutgoingMessage>(text));
    } else {
        room.session->connection->send_text(text);
    }
    return room.verdict;
}

void Engine::State::queue_for_poll(Session& session, MessagePointer message) {
    session.polling->queue_bytes += message->size_bytes();
    session.polling->queue.push_back(std::move(message));
    needs_flush(session);
}

void Engine::State::close(SessionId id, CloseReason reason) {
    Session* const session = find(id);
    if (session == nullptr || session->closing) return;
    if (!session->polling) {
        end_session(id, reason);  // the connection sends what is queued before it closes
        return;
    }
    session->closing = true;
    session->closing_reason = reason;
    session->heartbeat.stop();
    closes_due.add(session->polling->close_deadline, id, now + settings.polling_close_timeout);
    needs_flush(*session);
}

void Engine::State::end_session(SessionId id, CloseReason reason, Farewell farewell) {
    const auto node = sessions.extract(id);
    if (node.empty()) return;
    Session& session = node.mapped();
    session.heartbeat.stop();
    sids.erase(view(session.sid));
    if (session.websocket != 0) websockets.erase(session.websocket);
    // Freeing the polling state stops its deadlines.
    const std::unique_ptr<PollingState> polling = std::move(session.polling);
    std::shared_ptr<HttpResponder> parked;
    WebSocketConnection* probe = nullptr;
    if (polling) {
        if (polling->parked) open_requests.erase(polling->parked.get());
        if (polling->post != nullptr) open_requests.erase(polling->post);
        if (polling->probe != 0) websockets.erase(polling->probe);
        polling->upgrade_deadline.stop();
        polling->noop_deadline.stop();
        polling->close_deadline.stop();
        parked = std::move(polling->parked);
        probe = polling->probe_connection;
    }
    ++counters.sessions_closed;
    ++counters.sessions_closed_by_reason[static_cast<std::size_t>(reason)];

    if (parked) {
        std::string payload;
        append_packet(payload, farewell.poll_answer);
        answer(*parked, poll_response(std::move(payload)), polling->parked_origin);
    }
    if (probe != nullptr) probe->close(farewell.close_code);
    if (session.connection != nullptr) session.connection->close(farewell.close_code);
    listener.on_close(id, reason);
}

bool Engine::State::receive(SessionId id, const Packet& packet) {
    Session* const session = find(id);
    if (session == nullptr) return true;
    if (packet.type == PacketType::close) {
        // A client that closes gets its pending poll back with a noop; it would take a close as a failure.
        end_session(id, session->closing ? session->closing_reason : CloseReason::transport_close,
                    {.poll_answer = PacketType::noop});
        return true;
    }
    if (session->closing) return true;
    switch (packet.type) {
        case PacketType::message:
            ++counters.messages_in;
            listener.on_message(id, packet.data(), packet.binary);
            return true;
        case PacketType::pong:
            receive_pong(*session);
            return true;
        case PacketType::ping:
            // In this version of the protocol only the server pings.
            end_session(id, CloseReason::transport_error);
            return false;
        case PacketType::open:
        case PacketType::close:
        case PacketType::upgrade:
        case PacketType::noop:
            break;  // a client may post a noop while it upgrades
    }
    return true;
}

void Engine::State::receive_pong(Session& session) {
    // A pong that nobody waits for must not move the heartbeat.
    if (!session.awaits_pong || session.ping_queued) {
        ++counters.pongs_ignored;
        return;
    }
    session.awaits_pong = false;
    pings_due.add(session.heartbeat, session.id, now + settings.ping_interval);
    const bool same_transport = session.ping_over_websocket == (session.connection != nullptr);
    if (same_transport) listener.on_heartbeat(session.id, session.ping_sent);
}

void Engine::State::send_ping(Session& session) {
    session.ping_sent = now;
    session.awaits_pong = true;
    // The client counts from when the ping was due, so ticks must not add to the time it has.
    const Instant due = std::max(session.heartbeat.due(), now - tick_lateness);
    pongs_due.add(session.heartbeat, session.id, due + settings.ping_timeout);
    if (session.polling) {
        session.ping_queued = true;
        session.polling->queue.push_back(nullptr);
        needs_flush(session);
    } else {
        session.ping_over_websocket = true;
        session.connection->send_frames(ping_frame);
    }
}

void Engine::State::needs_flush(Session& session) {
    if (session.needs_flush || !session.polling || !session.polling->parked) return;
    session.needs_flush = true;
    to_flush.push_back(session.id);
}

void Engine::State::flush_all() {
    // Flushing calls the listener, which may make more to flush.
    for (std::size_t index = 0; index < to_flush.size(); ++index)
        flush(to_flush[index]);
    to_flush.clear();
}

void Engine::State::flush(SessionId id) {
    Session* const session = find(id);
    if (session == nullptr) return;
    session->needs_flush = false;
    PollingState* const polling = session->polling.get();
    if (polling == nullptr || !polling->parked || (polling->queue.empty() && !session->closing)) return;

    // As much as fits in one payload, but at least one message, and never a part of one.
    std::string payload;
    std::size_t taken = 0;
    for (const MessagePointer& message : polling->queue) {
        const std::size_t more = message ? payload_bytes(*message) : 1;
        if (taken > 0 && payload.size() + 1 + more > settings.max_payload_bytes) break;
        if (message) {
            append_message(payload, *message);
            polling->queue_bytes -= message->size_bytes();
        } else {
            append_packet(payload, PacketType::ping);
            session->ping_queued = false;
            session->ping_over_websocket = false;
        }
        ++taken;
    }
    polling->queue.erase(polling->queue.begin(), polling->queue.begin() + static_cast<std::ptrdiff_t>(taken));
    const bool drained = polling->queue.empty();
    // A burst must not leave its buffer with a session that then idles.
    if (drained) std::vector<MessagePointer>().swap(polling->queue);
    // The close goes alone, with the next poll: JavaScript clients act on a close before they pass on the
    // messages of the same payload, and those would be lost.
    const bool finished = session->closing && taken == 0;
    if (finished) append_packet(payload, PacketType::close);
    open_requests.erase(polling->parked.get());
    const std::shared_ptr<HttpResponder> responder = std::move(polling->parked);
    const CloseReason reason = session->closing_reason;
    answer(*responder, poll_response(std::move(payload)), polling->parked_origin);
    if (finished) {
        end_session(id, reason);
    } else if (drained) {
        listener.on_drain(id);
    }
}

void Engine::State::run_heartbeats() {
    // After a standstill of this process pongs may lie unread in the sockets: they get until the next tick.
    const auto standstill = std::max<Milliseconds>(std::chrono::seconds(1), settings.ping_timeout / 2);
    if (last_tick != Instant{} && now - last_tick > standstill) stood_still = true;
    while (const SessionId id = pings_due.take_due(now)) {
        if (Session* const session = find(id)) send_ping(*session);
    }
    while (const SessionId id = stood_still ? 0 : pongs_due.take_due(now)) {
        end_session(id, CloseReason::ping_timeout, {.close_code = no_close_frame});
    }
}

void Engine::State::tick() {
    stood_still = false;
    run_heartbeats();
    last_tick = now;
    while (const SessionId id = upgrades_due.take_due(now)) {
        if (Session* const session = find(id)) cancel_upgrade(*session, true);
    }
    while (const SessionId id = noops_due.take_due(now)) {
        Session* const session = find(id);
        if (session == nullptr || !session->polling) continue;
        PollingState& polling = *session->polling;
        noops_due.add(polling.noop_deadline, id, now + noop_interval);
        if (!polling.parked) continue;
        open_requests.erase(polling.parked.get());
        const std::shared_ptr<HttpResponder> responder = std::move(polling.parked);
        answer(*responder, poll_response("6"), polling.parked_origin);
    }
    while (const SessionId id = closes_due.take_due(now)) {
        if (const Session* const session = find(id)) end_session(id, session->closing_reason);
    }
    for (std::size_t index = 0; index < overflowed.size(); ++index) {
        end_session(overflowed[index], CloseReason::queue_overflow, {.close_code = no_close_frame});
    }
    overflowed.clear();
    while (!pending_websockets.empty() && pending_websockets.begin()->second.forget_at <= now) {
        pending_websockets.erase(pending_websockets.begin());
    }
}

void Engine::State::shut_down() {
    shutting_down = true;
    pending_websockets.clear();
    std::vector<SessionId> ids;
    ids.reserve(sessions.size());
    for (const auto& [id, session] : sessions)
        ids.push_back(id);
    for (const SessionId id : ids) {
        if (Session* const session = find(id); session != nullptr && session->polling && !session->closing) {
            session->closing = true;
            session->closing_reason = CloseReason::server_shutdown;
            flush(id);
        }
        end_session(id, CloseReason::server_shutdown, {.close_code = going_away});
    }
}

}  // namespace holdfast::engineio
