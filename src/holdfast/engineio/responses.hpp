// The engine's fixed answers. Internal to this layer. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/engineio/engine.hpp"

namespace holdfast::engineio {

/// The codes that clients know.
enum class RequestError : std::uint8_t {
    unknown_transport = 0,
    unknown_session = 1,
    bad_handshake_method = 2,
    bad_request = 3,
    forbidden = 4,
    unsupported_protocol = 5,
};

/// `{"code":…,"message":…}` with 400, or 403 for `forbidden`. An empty `message` stands for the usual one.
[[nodiscard]] HttpResponse error_response(RequestError error, std::string_view message = {});
/// A status without a body.
[[nodiscard]] HttpResponse empty_response(unsigned status);
/// What a server that goes down answers to everything.
[[nodiscard]] HttpResponse shutting_down_response();
/// The answer to a poll.
[[nodiscard]] HttpResponse poll_response(std::string payload);
/// The answer to a POST that was taken.
[[nodiscard]] HttpResponse post_response();

/// The open packet with its type digit.
[[nodiscard]] std::string open_packet(const Settings& settings, std::string_view sid, bool on_websocket);
/// The value of Set-Cookie for a session.
[[nodiscard]] std::string session_cookie(const CookieSettings& settings, std::string_view sid, bool secure);

}  // namespace holdfast::engineio
