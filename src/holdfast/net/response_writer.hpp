// An answer to bytes (RFC 9112 section 4). Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/engineio/http.hpp"

namespace holdfast::net {

/// How a body is compressed (RFC 9110 section 8.4.1).
enum class ContentCoding : std::uint8_t { identity, gzip, deflate };

/// What the request and the connection say about its answer.
struct ResponseContext {
    unsigned version = 11;                           ///< of the request: 10 or 11
    bool keep_alive = true;                          ///< whether the connection goes on afterwards
    bool head_request = false;                       ///< the body is measured and not sent
    ContentCoding coding = ContentCoding::identity;  ///< the best that the client takes
    std::size_t compress_from_bytes = 0;             ///< 0: never
    std::string_view date = {};                      ///< as http_date makes it
};

/// `head` holds the status line, the fields, the empty line and a small body; a larger body follows in
/// `body`.
struct EncodedResponse {
    std::string head;
    std::shared_ptr<const std::string> body;
};

/// Adds Date, Content-Length and Connection. A header whose name or value could not stand in a header (CR,
/// LF, NUL) is left out: no caller can split a response with text from a client.
[[nodiscard]] EncodedResponse encode_response(engineio::HttpResponse response,
                                              const ResponseContext& context);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
[[nodiscard]] std::string http_date(UnixTime time);
/// The phrase of a status, "OK" for 200.
[[nodiscard]] std::string_view reason_phrase(unsigned status);
/// Whether an Accept-Encoding allows gzip (RFC 9110 section 12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);
/// gzip where it is allowed, else deflate where that is, else identity.
[[nodiscard]] ContentCoding choose_coding(std::string_view accept_encoding);

}  // namespace holdfast::net
