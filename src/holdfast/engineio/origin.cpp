#include "holdfast/engineio/origin.hpp"

#include <algorithm>
#include <utility>

#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {

namespace {

/// `host[:port]` without the port where it is the scheme's own, as browsers leave it out.
std::string_view without_default_port(std::string_view authority, std::string_view scheme) {
    const std::string_view port = equal_without_case(scheme, "https") ? ":443" : ":80";
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

/// Whether `origin` is `http(s)://` and then exactly `host`. The scheme itself is not compared: behind a
/// proxy that ends TLS it is not known here.
bool same_origin(std::string_view origin, std::string_view host) {
    const std::size_t colon = origin.find("://");
    if (host.empty() || colon == std::string_view::npos) return false;
    const std::string_view scheme = origin.substr(0, colon);
    if (!equal_without_case(scheme, "http") && !equal_without_case(scheme, "https")) return false;
    const std::string_view authority = origin.substr(colon + 3);
    if (authority.find_first_of("/@?#\\ ") != std::string_view::npos) return false;
    return equal_without_case(without_default_port(authority, scheme), without_default_port(host, scheme));
}

}  // namespace

OriginPolicy::OriginPolicy(OriginSettings settings) : settings_(std::move(settings)) {
    for (std::string& origin : settings_.allowed_origins) {
        // People write the origin as a link; a browser sends it without the slash and in lower case.
        if (origin.ends_with('/')) origin.pop_back();
        origin = lower(origin);
    }
    // With "*" everybody gets the same answer, whatever else is on the list.
    const auto star = std::find(settings_.allowed_origins.begin(), settings_.allowed_origins.end(), "*");
    if (star != settings_.allowed_origins.end()) settings_.allowed_origins = {"*"};
}

bool OriginPolicy::well_formed(std::string_view origin) {
    return std::all_of(origin.begin(), origin.end(), [](char each) {
        const auto code = static_cast<unsigned char>(each);
        return code == '\t' || (code >= 0x20 && code != 0x7F);
    });
}

bool OriginPolicy::allows_websocket(std::string_view origin, std::string_view host) const {
    if (!settings_.check_websocket_origin || origin.empty()) return true;
    return granted(origin) != nullptr || same_origin(origin, host);
}

const std::string* OriginPolicy::granted(std::string_view origin) const {
    for (const std::string& allowed : settings_.allowed_origins) {
        if (allowed == "*" || equal_without_case(allowed, origin)) return &allowed;
    }
    return nullptr;
}

void OriginPolicy::add_headers(HttpHeaders& headers, const std::string* granted_origin) const {
    if (!settings_.cors) return;
    const bool any = granted_origin != nullptr && *granted_origin == "*";
    if (granted_origin != nullptr) headers.emplace_back("Access-Control-Allow-Origin", *granted_origin);
    if (granted_origin != nullptr && settings_.credentials && !any) {
        headers.emplace_back("Access-Control-Allow-Credentials", "true");
    }
    // The answer depends on who asks, unless it is the same for everybody.
    if (!any) headers.emplace_back("Vary", "Origin");
}

HttpResponse OriginPolicy::preflight() const {
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE");
    // `*` means any header but Authorization, and nothing at all where credentials are allowed.
    response.headers.emplace_back("Access-Control-Allow-Headers",
                                  settings_.credentials ? "Authorization, Content-Type, X-Requested-With"
                                                        : "*, Authorization, Content-Type");
    return response;
}

}  // namespace holdfast::engineio
