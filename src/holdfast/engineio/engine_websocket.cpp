// WebSockets: new sessions over them, and the upgrade of a polling session.
//
// The upgrade loses nothing and doubles nothing because what is queued has one owner at any time: messages
// wait in the session's queue until a poll takes them or, from the client's `5` on, the WebSocket does. The
// client sends `5` only when its last poll has been answered.
#include <utility>

#include "holdfast/engineio/engine_state.hpp"
#include "holdfast/engineio/responses.hpp"
#include "holdfast/engineio/websocket_frame.hpp"

namespace holdfast::engineio {

namespace {

constexpr std::uint16_t normal_closure = 1000;  // RFC 6455 section 7.4.1
constexpr std::uint16_t going_away = 1001;

std::shared_ptr<const std::string> text_frame(std::string_view text) {
    std::string frame;
    append_frame(frame, FrameKind::text, text);
    return std::make_shared<const std::string>(std::move(frame));
}

bool wants_binary_as_text(const HttpRequest& request) {
    return !request.parameter("b64").value_or("").empty();
}

}  // namespace

UpgradeAnswer Engine::State::upgrade_request(const HttpRequest& request, UnixTime unix_now) {
    const auto refuse = [&](HttpResponse response) {
        origins.add_headers(response.headers, origins.granted(request.header("origin")));
        response.close_connection = true;
        return response;
    };
    if (shutting_down) {
        ++counters.requests_refused;
        return refuse(shutting_down_response());
    }
    Verified verified = verify(request, true);
    if (verified.refusal) return refuse(std::move(*verified.refusal));

    PendingWebSocket pending;
    pending.binary_as_text = wants_binary_as_text(request);
    pending.forget_at = now + settings.upgrade_timeout;
    UpgradeAccepted accepted;
    accepted.websocket = ++last_websocket;
    if (const Session* const session = verified.session) {
        // Clients do not survive an HTTP error here, so what cannot be upgraded is opened and closed.
        pending.target = session->id;
        pending.refused = !settings.allow_upgrades;
    } else {
        pending.sid = make_sid();
        pending.handshake = handshakes.keep(request, unix_now, std::move(verified.verdict.attachment));
        accepted.response_headers = std::move(verified.verdict.response_headers);
        if (settings.cookie) {
            accepted.response_headers.emplace_back(
                "Set-Cookie", session_cookie(*settings.cookie, view(pending.sid), request.secure));
        }
    }
    pending_websockets.emplace(accepted.websocket, std::move(pending));
    return accepted;
}

void Engine::State::websocket_open(WebSocketId websocket, WebSocketConnection& connection) {
    auto node = pending_websockets.extract(websocket);
    if (node.empty()) {
        connection.close(going_away);
        return;
    }
    PendingWebSocket& pending = node.mapped();
    if (pending.refused || pending.target != 0) {
        begin_probe(pending, websocket, connection);
        return;
    }
    Session& session = add_session(pending.sid, std::move(pending.handshake));
    session.connection = &connection;
    session.websocket = websocket;
    session.binary_as_text = pending.binary_as_text;
    websockets[websocket] = {&connection, session.id, false};
    const std::shared_ptr<const Handshake> handshake = session.handshake;
    const SessionId id = session.id;
    connection.send_frames(text_frame(open_packet(settings, view(session.sid), true)));
    listener.on_open(id, handshake);
}

void Engine::State::begin_probe(const PendingWebSocket& pending, WebSocketId websocket,
                                WebSocketConnection& connection) {
    Session* const session = find(pending.target);
    if (pending.refused || session == nullptr || !session->polling || session->polling->probe != 0) {
        connection.close(normal_closure);
        return;
    }
    PollingState& polling = *session->polling;
    polling.probe = websocket;
    polling.probe_connection = &connection;
    polling.probe_answered = false;
    polling.probe_base64 = pending.binary_as_text;
    websockets[websocket] = {&connection, session->id, true};
    upgrades_due.add(polling.upgrade_deadline, session->id, now + settings.upgrade_timeout);
}

void Engine::State::websocket_message(WebSocketId websocket, std::string_view data, bool binary) {
    const auto found = websockets.find(websocket);
    if (found == websockets.end()) return;
    const SessionId id = found->second.session;
    if (found->second.probing) {
        probe_message(id, data, binary);
        return;
    }
    if (binary) {
        ++counters.messages_in;
        listener.on_message(id, data, true);
        return;
    }
    const auto packet = decode_packet(data);
    if (!packet) {
        end_session(id, CloseReason::parse_error);
        return;
    }
    receive(id, *packet);
}

void Engine::State::probe_message(SessionId id, std::string_view data, bool binary) {
    Session* const session = find(id);
    if (session == nullptr || !session->polling) return;
    PollingState& polling = *session->polling;
    if (!binary && data == "2probe") {
        polling.probe_answered = true;
        noops_due.add(polling.noop_deadline, id, now + noop_interval);
        polling.probe_connection->send_frames(text_frame("3probe"));
    } else if (!binary && polling.probe_answered && data.starts_with('5')) {
        complete_upgrade(*session);
    } else {
        cancel_upgrade(*session, true);
    }
}

void Engine::State::complete_upgrade(Session& session) {
    const SessionId id = session.id;
    // From here on the session's transport is the WebSocket, and HTTP requests for it are refused.
    const std::unique_ptr<PollingState> polling = std::move(session.polling);
    polling->upgrade_deadline.stop();
    polling->noop_deadline.stop();
    polling->close_deadline.stop();
    session.connection = polling->probe_connection;
    session.websocket = polling->probe;
    session.binary_as_text = polling->probe_base64;
    websockets[session.websocket].probing = false;
    if (polling->parked) open_requests.erase(polling->parked.get());
    if (polling->post != nullptr) open_requests.erase(polling->post);
    ++counters.upgrades;

    for (const MessagePointer& message : polling->queue) {
        if (message) {
            send_frames_to(session, message);
        } else {
            session.ping_queued = false;
            session.ping_over_websocket = true;
            session.connection->send_frames(ping_frame);
        }
    }
    const bool closing = session.closing;
    const CloseReason reason = session.closing_reason;
    if (polling->parked) answer(*polling->parked, poll_response("6"), polling->parked_origin);
    if (closing) end_session(id, reason);
}

void Engine::State::cancel_upgrade(Session& session, bool close_connection) {
    PollingState& polling = *session.polling;
    ++counters.upgrades_given_up;
    websockets.erase(polling.probe);
    polling.probe = 0;
    polling.upgrade_deadline.stop();
    polling.noop_deadline.stop();
    WebSocketConnection* const connection = std::exchange(polling.probe_connection, nullptr);
    if (close_connection) connection->close(normal_closure);
}

void Engine::State::websocket_closed(WebSocketId websocket, bool error) {
    pending_websockets.erase(websocket);
    const auto found = websockets.find(websocket);
    if (found == websockets.end()) return;
    const WebSocketLink link = found->second;
    Session* const session = find(link.session);
    if (session == nullptr) return;
    if (link.probing) {
        cancel_upgrade(*session, false);
        return;
    }
    session->connection = nullptr;
    end_session(link.session, error ? CloseReason::transport_error : CloseReason::transport_close);
}

void Engine::State::send_frames_to(Session& session, const MessagePointer& message) const {
    if (session.binary_as_text && !message->attachments().empty()) {
        session.connection->send_frames(std::make_shared<const std::string>(frames_without_binary(*message)));
    } else {
        session.connection->send_message(message);
    }
}

}  // namespace holdfast::engineio
