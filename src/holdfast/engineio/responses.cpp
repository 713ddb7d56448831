#include "holdfast/engineio/responses.hpp"

#include <array>
#include <utility>

#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {

HttpResponse error_response(RequestError error, std::string_view message) {
    constexpr std::array<std::string_view, 6> usual = {
        "Transport unknown", "Session ID unknown", "Bad handshake method",
        "Bad request",       "Forbidden",          "Unsupported protocol version"};
    const auto code = static_cast<std::size_t>(error);
    HttpResponse response;
    response.status = error == RequestError::forbidden ? 403 : 400;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = "{\"code\":" + std::to_string(code) +
                    ",\"message\":" + json_string(message.empty() ? usual[code] : message) + "}";
    return response;
}

HttpResponse empty_response(unsigned status) {
    HttpResponse response;
    response.status = status;
    return response;
}

HttpResponse shutting_down_response() {
    HttpResponse response;
    response.status = 503;
    response.headers.emplace_back("Content-Type", "application/json");
    response.headers.emplace_back("Retry-After", "1");
    response.body = "{\"code\":3,\"message\":\"The server is shutting down\"}";
    response.close_connection = true;
    return response;
}

HttpResponse poll_response(std::string payload) {
    HttpResponse response;
    response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = std::move(payload);
    return response;
}

HttpResponse post_response() {
    HttpResponse response;
    // text/html because some browsers offer text/plain as a download.
    response.headers.emplace_back("Content-Type", "text/html");
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = "ok";
    return response;
}

std::string open_packet(const Settings& settings, std::string_view sid, bool on_websocket) {
    const bool upgrade = !on_websocket && settings.allow_upgrades && settings.allow_websocket;
    std::string packet = "0{\"sid\":\"";
    packet.append(sid);
    packet += upgrade ? "\",\"upgrades\":[\"websocket\"]" : "\",\"upgrades\":[]";
    packet += ",\"pingInterval\":" + std::to_string(settings.ping_interval.count());
    packet += ",\"pingTimeout\":" + std::to_string(settings.ping_timeout.count());
    packet += ",\"maxPayload\":" + std::to_string(settings.max_payload_bytes) + "}";
    return packet;
}

std::string session_cookie(const CookieSettings& settings, std::string_view sid, bool secure) {
    std::string cookie = settings.name + "=";
    cookie.append(sid);
    if (!settings.path.empty()) cookie += "; Path=" + settings.path;
    if (settings.http_only) cookie += "; HttpOnly";
    if (!settings.same_site.empty()) cookie += "; SameSite=" + settings.same_site;
    if (secure) cookie += "; Secure";
    return cookie;
}

}  // namespace holdfast::engineio
