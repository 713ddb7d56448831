#include "holdfast/engineio/engine.hpp"

#include <utility>

#include "holdfast/engineio/engine_state.hpp"

namespace holdfast::engineio {

std::string_view to_string(CloseReason reason) {
    switch (reason) {
        case CloseReason::transport_close:
            return "transport close";
        case CloseReason::transport_error:
            return "transport error";
        case CloseReason::ping_timeout:
            return "ping timeout";
        case CloseReason::parse_error:
            return "parse error";
        case CloseReason::forced_close:
            return "forced close";
        case CloseReason::server_shutdown:
            return "server shutting down";
        case CloseReason::queue_overflow:
            return "send queue overflow";
    }
    return "unknown";
}

Engine::Engine(Settings settings, SessionListener& listener, Random& random, HandshakeHook handshake_hook)
    : state_(std::make_unique<State>(std::move(settings), listener, random, std::move(handshake_hook))) {}

Engine::~Engine() = default;

bool Engine::owns_path(std::string_view path) const {
    return path.starts_with(state_->settings.path);
}

void Engine::add_cors_headers(const HttpRequest& request, HttpResponse& response) const {
    state_->origins.add_headers(response.headers, state_->origins.granted(request.header("origin")));
}

std::optional<HttpResponse> Engine::on_request_started(const HttpRequest& head,
                                                       const HttpResponder* responder, Instant now) {
    const State::Turn turn(*state_, now);
    return state_->request_started(head, responder);
}

void Engine::on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, Instant now,
                        UnixTime unix_now) {
    const State::Turn turn(*state_, now);
    state_->run_heartbeats();  // a session whose time is over between two ticks answers no more
    state_->request(request, std::move(responder), unix_now);
}

void Engine::on_request_aborted(const HttpResponder* responder, Instant now) {
    const State::Turn turn(*state_, now);
    state_->request_aborted(responder);
}

UpgradeAnswer Engine::on_upgrade_request(const HttpRequest& request, Instant now, UnixTime unix_now) {
    const State::Turn turn(*state_, now);
    return state_->upgrade_request(request, unix_now);
}

void Engine::on_websocket_open(WebSocketId websocket, WebSocketConnection& connection, Instant now) {
    const State::Turn turn(*state_, now);
    state_->websocket_open(websocket, connection);
}

void Engine::on_websocket_message(WebSocketId websocket, std::string_view data, bool binary, Instant now) {
    const State::Turn turn(*state_, now);
    state_->websocket_message(websocket, data, binary);
}

void Engine::on_websocket_closed(WebSocketId websocket, bool error, Instant now) {
    const State::Turn turn(*state_, now);
    state_->websocket_closed(websocket, error);
}

void Engine::on_websocket_drained(WebSocketId websocket, Instant now) {
    const State::Turn turn(*state_, now);
    const auto found = state_->websockets.find(websocket);
    if (found == state_->websockets.end() || found->second.probing) return;
    state_->listener.on_drain(found->second.session);
}

void Engine::on_tick(Instant now) {
    const State::Turn turn(*state_, now);
    state_->tick();
}

void Engine::together(const std::function<void()>& function) {
    const State::Turn turn(*state_);
    function();
}

SendVerdict Engine::send(SessionId session, const MessagePointer& message, bool is_volatile) {
    const State::Turn turn(*state_);
    return state_->send(session, message, is_volatile);
}

SendVerdict Engine::send_text(SessionId session, std::string_view text, bool is_volatile) {
    const State::Turn turn(*state_);
    return state_->send_text(session, text, is_volatile);
}

void Engine::close(SessionId session, CloseReason reason) {
    const State::Turn turn(*state_);
    state_->close(session, reason);
}

void Engine::shut_down(Instant now) {
    const State::Turn turn(*state_, now);
    state_->shut_down();
}

std::size_t Engine::session_count() const {
    return state_->sessions.size();
}

std::optional<TransportKind> Engine::transport(SessionId session) const {
    const Session* const found = state_->find(session);
    if (found == nullptr) return std::nullopt;
    return found->polling ? TransportKind::polling : TransportKind::websocket;
}

const EngineCounters& Engine::counters() const {
    return state_->counters;
}

std::size_t Engine::table_entries() const {
    return state_->sessions.size() + state_->sids.size() + state_->websockets.size() +
           state_->pending_websockets.size() + state_->open_requests.size();
}

std::size_t Engine::queued_bytes(SessionId session) const {
    const Session* const found = state_->find(session);
    if (found == nullptr) return 0;
    return found->polling ? found->polling->queue_bytes : found->connection->queued_bytes();
}

}  // namespace holdfast::engineio
