// HTTP requests: the checks, polls and posts.
#include <utility>

#include "holdfast/engineio/engine_state.hpp"
#include "holdfast/engineio/responses.hpp"
#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {

namespace {

/// The media type of a Content-Type without its parameters (RFC 9110 section 8.3.1).
std::string_view media_type(const HttpRequest& request) {
    const std::string_view value = request.header("content-type");
    return trimmed(value.substr(0, value.find(';')));
}

}  // namespace

HttpResponse Engine::State::refused(RequestError error, std::string_view message) {
    ++counters.requests_refused;
    ++counters.requests_refused_by_code[static_cast<std::size_t>(error)];
    return error_response(error, message);
}

void Engine::State::answer(HttpResponder& responder, HttpResponse response,
                           const std::string* granted_origin) const {
    origins.add_headers(response.headers, granted_origin);
    responder.respond(std::move(response));
}

Engine::State::Verified Engine::State::verify(const HttpRequest& request, bool upgrade) {
    Verified result;
    const std::string transport = request.parameter("transport").value_or("");
    const bool polling = transport == "polling";
    if (!(polling && settings.allow_polling) && !(transport == "websocket" && settings.allow_websocket)) {
        result.refusal = refused(RequestError::unknown_transport);
        return result;
    }
    const std::string_view origin = request.header("origin");
    if (!OriginPolicy::well_formed(origin)) {
        result.refusal = refused(RequestError::bad_request);
        return result;
    }
    if (const std::string sid = request.parameter("sid").value_or(""); !sid.empty()) {
        result.session = find(sid);
        if (result.session == nullptr) {
            result.refusal = refused(RequestError::unknown_session);
        } else if (upgrade == polling || (!upgrade && !result.session->polling)) {
            result.refusal = refused(RequestError::bad_request);
        } else if (upgrade && !origins.allows_websocket(origin, request.header("host"))) {
            result.refusal = refused(RequestError::forbidden);
        }
        return result;
    }
    if (request.method != "GET") {
        result.refusal = refused(RequestError::bad_handshake_method);
        return result;
    }
    // JSONP (the parameter j) would let any page read what CORS withholds from it: docs/decisions/0006.
    if (upgrade == polling || request.parameter("j")) {
        result.refusal = refused(RequestError::bad_request);
        return result;
    }
    if (upgrade && !origins.allows_websocket(origin, request.header("host"))) {
        result.refusal = refused(RequestError::forbidden);
        return result;
    }
    if (handshake_hook) {
        result.verdict = handshake_hook(request);
        if (result.verdict.refusal) {
            result.refusal = refused(RequestError::forbidden, *result.verdict.refusal);
            return result;
        }
    }
    if (request.parameter("EIO") != "4") result.refusal = refused(RequestError::unsupported_protocol);
    return result;
}

void Engine::State::request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                            UnixTime unix_now) {
    const std::string* const granted = origins.granted(request.header("origin"));
    if (origins.cors() && request.method == "OPTIONS") {
        answer(*responder, origins.preflight(), granted);
        return;
    }
    if (shutting_down) {
        ++counters.requests_refused;
        answer(*responder, shutting_down_response(), granted);
        return;
    }
    Verified verified = verify(request, false);
    if (verified.refusal) {
        answer(*responder, std::move(*verified.refusal), granted);
    } else if (verified.session == nullptr) {
        open_polling(request, std::move(verified.verdict), responder, unix_now);
    } else if (request.method == "GET") {
        poll(*verified.session, request, std::move(responder));
    } else if (request.method == "POST") {
        answer(*responder, post(*verified.session, request, responder.get()), granted);
    } else {
        answer(*responder, refused(RequestError::bad_request), granted);
    }
}

void Engine::State::open_polling(const HttpRequest& request, HandshakeVerdict verdict,
                                 const std::shared_ptr<HttpResponder>& responder, UnixTime unix_now) {
    const Sid sid = make_sid();
    Session& session = add_session(sid, handshakes.keep(request, unix_now, std::move(verdict.attachment)));
    session.polling = std::make_unique<PollingState>();
    const SessionId id = session.id;
    const std::shared_ptr<const Handshake> handshake = session.handshake;

    HttpResponse response = poll_response(open_packet(settings, view(sid), false));
    for (auto& header : verdict.response_headers)
        response.headers.push_back(std::move(header));
    if (settings.cookie) {
        response.headers.emplace_back("Set-Cookie",
                                      session_cookie(*settings.cookie, view(sid), request.secure));
    }
    answer(*responder, std::move(response), origins.granted(request.header("origin")));
    listener.on_open(id, handshake);
}

void Engine::State::poll(Session& session, const HttpRequest& request,
                         std::shared_ptr<HttpResponder> responder) {
    const std::string* const granted = origins.granted(request.header("origin"));
    PollingState& polling = *session.polling;
    if (polling.parked) {
        ++counters.requests_refused;
        end_session(session.id, CloseReason::transport_error);
        answer(*responder, empty_response(400), granted);
        return;
    }
    open_requests[responder.get()] = {session.id, true};
    polling.parked = std::move(responder);
    polling.parked_origin = granted;
    needs_flush(session);
}

std::optional<HttpResponse> Engine::State::refuse_post(Session& session, const HttpRequest& request,
                                                       const HttpResponder* responder) {
    PollingState& polling = *session.polling;
    const bool overlaps = polling.post != nullptr && polling.post != responder;
    if (!overlaps && !equal_without_case(media_type(request), "application/octet-stream")) {
        return std::nullopt;
    }
    ++counters.requests_refused;
    end_session(session.id, CloseReason::transport_error);
    return empty_response(400);
}

HttpResponse Engine::State::post(Session& session, const HttpRequest& request,
                                 const HttpResponder* responder) {
    if (std::optional<HttpResponse> refusal = refuse_post(session, request, responder)) {
        return std::move(*refusal);
    }
    if (session.polling->post == responder && responder != nullptr) {
        session.polling->post = nullptr;
        open_requests.erase(responder);
    }
    if (request.body_too_large || request.body.size() > settings.max_payload_bytes) {
        ++counters.requests_refused;
        ++counters.payloads_too_large;
        return empty_response(413);
    }
    return receive_payload(session.id, request.body);
}

HttpResponse Engine::State::receive_payload(SessionId id, std::string_view body) {
    const auto parse_error = [this, id] {
        ++counters.requests_refused;
        end_session(id, CloseReason::parse_error);
        return empty_response(400);
    };
    if (!is_utf8(body)) return parse_error();
    PayloadReader reader(body);
    while (const std::optional<std::string_view> text = reader.next()) {
        const auto packet = decode_packet(*text);
        if (!packet) return parse_error();
        if (!receive(id, *packet)) {
            ++counters.requests_refused;
            return empty_response(400);
        }
        if (find(id) == nullptr) break;  // closed, by either side: what follows is not read
    }
    return post_response();
}

std::optional<HttpResponse> Engine::State::request_started(const HttpRequest& head,
                                                           const HttpResponder* responder) {
    if (head.method != "POST" || shutting_down) return std::nullopt;  // on_request answers
    std::optional<HttpResponse> refusal;
    Verified verified = verify(head, false);
    if (verified.refusal) {
        refusal = std::move(verified.refusal);
    } else {
        refusal = refuse_post(*verified.session, head, responder);
    }
    if (!refusal) {
        verified.session->polling->post = responder;
        open_requests[responder] = {verified.session->id, false};
        return std::nullopt;
    }
    origins.add_headers(refusal->headers, origins.granted(head.header("origin")));
    refusal->close_connection = true;
    return refusal;
}

void Engine::State::request_aborted(const HttpResponder* responder) {
    const auto found = open_requests.find(responder);
    if (found == open_requests.end()) return;
    const OpenRequest open = found->second;
    open_requests.erase(found);
    Session* const session = find(open.session);
    if (session == nullptr || !session->polling) return;
    if (open.poll) {
        session->polling->parked.reset();
    } else {
        session->polling->post = nullptr;
    }
    end_session(session->id, CloseReason::transport_error);
}

}  // namespace holdfast::engineio
