// Who may talk to the server from a page of another origin: CORS for polling (Fetch standard, section 3.2)
// and the Origin check of the WebSocket handshake (RFC 6455 section 10.2). Internal to this layer; one
// thread.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/engineio/engine.hpp"

namespace holdfast::engineio {

class OriginPolicy {
  public:
    explicit OriginPolicy(OriginSettings settings);

    /// Whether an Origin header's value has only characters that a header value may have.
    [[nodiscard]] static bool well_formed(std::string_view origin);

    /// Whether a WebSocket handshake may go on: no Origin at all (not a browser), the origin that `host`
    /// names, or one of the configured origins. `origin` and `host` are the headers' values.
    [[nodiscard]] bool allows_websocket(std::string_view origin, std::string_view host) const;

    /// Which configured origin the answer's CORS headers are to name; null when they name none. Points into
    /// this policy, so that no text of a client's ever goes into a header.
    [[nodiscard]] const std::string* granted(std::string_view origin) const;

    [[nodiscard]] bool cors() const { return settings_.cors; }
    /// Adds the CORS headers of an answer; none when CORS is off.
    void add_headers(HttpHeaders& headers, const std::string* granted_origin) const;
    /// The answer to a preflight, without those of add_headers.
    [[nodiscard]] HttpResponse preflight() const;

  private:
    OriginSettings settings_;
};

}  // namespace holdfast::engineio
