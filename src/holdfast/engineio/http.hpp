// What HTTP looks like to the layers above the sockets: a request that lives during one call, and one answer
// to it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::engineio {

/// A parsed request. All views live only during the call that passes it.
struct HttpRequest {
    std::string_view method;  ///< "GET", "POST", … exactly as sent
    std::string_view path;    ///< still percent-encoded, without the query
    std::string_view query;   ///< without the question mark, still percent-encoded
    std::vector<std::pair<std::string_view, std::string_view>> headers;  ///< names as sent
    std::string_view body;
    std::string_view remote_address;  ///< textual IP address of the client, without port
    bool secure = false;              ///< came in over TLS
    bool body_too_large = false;      ///< the body was over the limit and has not been kept

    /// The first header of that name, compared without case (RFC 9110 section 5.1); empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// The first query parameter of that name, percent-decoded; nothing when it is not there.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
    /// A cookie's value (RFC 6265 section 4.2.1); empty when there is none.
    [[nodiscard]] std::string_view cookie(std::string_view name) const;
};

/// Whether a header's list of codings, as that of Accept-Encoding, takes `wanted` with any weight but zero
/// (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_coding(std::string_view list, std::string_view wanted);

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// An answer. `net` adds Content-Length, Date and Connection; header values must not hold text from a client.
struct HttpResponse {
    unsigned status = 200;
    HttpHeaders headers;
    std::string body;
    /// Set instead of `body` where many answers share the same bytes (pages built into the binary).
    std::shared_ptr<const std::string> shared_body;
    bool close_connection = false;
};

/// Takes the answer to one request: at most once, later if need be, on the connection's own thread. Dropping
/// the last reference without an answer closes the connection.
class HttpResponder {
  public:
    virtual ~HttpResponder() = default;
    virtual void respond(HttpResponse response) = 0;
};

}  // namespace holdfast::engineio
