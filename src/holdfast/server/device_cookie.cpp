#include "holdfast/server/device_cookie.hpp"

#include "holdfast/base/crypto.hpp"

namespace holdfast::server::device_cookie {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t secret_characters = 43;
constexpr std::int64_t year_seconds = 365 * 24 * 3600;

}  // namespace

bool is_valid(std::string_view value) {
    if (value.size() != secret_characters) return false;  // anything longer is not even decoded
    const auto bytes = base64url_decode(value);
    return bytes && bytes->size() == secret_bytes;
}

std::string new_secret(Random& random) {
    return random.base64url(secret_bytes);
}

std::string header(std::string_view secret, bool secure) {
    std::string text = std::string(name) + "=" + std::string(secret) +
                       "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + std::to_string(year_seconds);
    if (secure) text += "; Secure";
    return text;
}

seats::DeviceId device_of(std::string_view secret) {
    return sha256(secret);
}

std::string read_or_set(const engineio::HttpRequest& request, engineio::HttpHeaders& headers,
                        Random& random) {
    std::string secret(request.cookie(name));
    if (is_valid(secret)) return secret;
    secret = new_secret(random);
    headers.emplace_back("Set-Cookie", header(secret, request.secure));
    return secret;
}

}  // namespace holdfast::server::device_cookie
