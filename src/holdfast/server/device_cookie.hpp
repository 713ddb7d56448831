// The cookie that tells devices apart. Whoever holds its secret may come back to the seats that were taken
// with it; the server keeps only the secret's SHA-256.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/random.hpp"
#include "holdfast/engineio/http.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::server::device_cookie {

inline constexpr std::string_view name = "hf_device";

/// Whether the value can be one of ours: 32 bytes as base64url.
[[nodiscard]] bool is_valid(std::string_view value);
[[nodiscard]] std::string new_secret(Random& random);
/// The value of the Set-Cookie header (RFC 6265 section 4.1) for a secret; `secure`: over TLS only.
[[nodiscard]] std::string header(std::string_view secret, bool secure);
[[nodiscard]] seats::DeviceId device_of(std::string_view secret);

/// The secret that the request carries; if that is none of ours, a new one, and the header that sets it.
[[nodiscard]] std::string read_or_set(const engineio::HttpRequest& request, engineio::HttpHeaders& headers,
                                      Random& random);

}  // namespace holdfast::server::device_cookie
