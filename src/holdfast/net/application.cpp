#include "holdfast/net/application.hpp"

#include <utility>

#include "holdfast/net/session_route.hpp"

namespace holdfast::net {
namespace {

HttpResponse short_answer(unsigned status, std::string text) {
    HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
    response.body = std::move(text);
    return response;
}

}  // namespace

EngineApplication::EngineApplication(engineio::Engine& engine, HttpHandler& http, std::size_t thread_count)
    : engine_(engine), http_(http), thread_count_(thread_count) {}

std::optional<std::size_t> EngineApplication::home_thread(const HttpRequest& head) {
    if (thread_count_ < 2 || !engine_.owns_path(head.path)) return std::nullopt;
    const auto session_id = head.parameter("sid");
    if (!session_id) return std::nullopt;
    return thread_of_session(*session_id, thread_count_);
}

std::optional<HttpResponse> EngineApplication::file(const HttpRequest& request) const {
    if (!files_ || !engine_.owns_path(request.path)) return std::nullopt;
    auto answer = files_(request);
    if (answer) engine_.add_cors_headers(request, *answer);
    return answer;
}

std::optional<HttpResponse> EngineApplication::on_request_started(const HttpRequest& head,
                                                                  const HttpResponder* responder,
                                                                  Instant now) {
    if (!engine_.owns_path(head.path)) return std::nullopt;
    if (auto answer = file(head)) return answer;
    return engine_.on_request_started(head, responder, now);
}

void EngineApplication::on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                   Instant now, UnixTime unix_now) {
    if (auto answer = file(request)) {
        responder->respond(std::move(*answer));
    } else if (engine_.owns_path(request.path)) {
        engine_.on_request(request, std::move(responder), now, unix_now);
    } else if (request.body_too_large) {
        responder->respond(short_answer(413, "That is too large for this server.\n"));
    } else {
        http_.on_http(request, std::move(responder));
    }
}

void EngineApplication::on_request_aborted(const HttpResponder* responder, Instant now) {
    engine_.on_request_aborted(responder, now);
}

UpgradeAnswer EngineApplication::on_upgrade_request(const HttpRequest& request, Instant now,
                                                    UnixTime unix_now) {
    if (!engine_.owns_path(request.path)) return short_answer(404, "There is no WebSocket here.\n");
    return engine_.on_upgrade_request(request, now, unix_now);
}

void EngineApplication::on_websocket_open(WebSocketId websocket, WebSocketConnection& connection,
                                          Instant now) {
    engine_.on_websocket_open(websocket, connection, now);
}

void EngineApplication::on_websocket_message(WebSocketId websocket, std::string_view data, bool binary,
                                             Instant now) {
    engine_.on_websocket_message(websocket, data, binary, now);
}

void EngineApplication::on_websocket_closed(WebSocketId websocket, bool error, Instant now) {
    engine_.on_websocket_closed(websocket, error, now);
}

void EngineApplication::on_websocket_drained(WebSocketId websocket, Instant now) {
    engine_.on_websocket_drained(websocket, now);
}

void EngineApplication::on_tick(Instant now) {
    engine_.on_tick(now);
}

void EngineApplication::on_shut_down(Instant now) {
    engine_.shut_down(now);
}

}  // namespace holdfast::net
