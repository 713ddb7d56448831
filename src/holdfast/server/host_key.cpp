#include "holdfast/server/host_key.hpp"

#include <optional>

#include "holdfast/base/crypto.hpp"

namespace holdfast::server {

namespace {

constexpr std::size_t key_bytes = 15;
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t longest_key_bytes = 1024;
constexpr std::string_view method = "scrypt$";

struct Parts {
    std::string salt;
    std::string digest;
};

std::optional<Parts> parts_of(std::string_view text) {
    if (!text.starts_with(method)) return std::nullopt;
    text.remove_prefix(method.size());
    const auto middle = text.find('$');
    if (middle == std::string_view::npos) return std::nullopt;
    const auto salt = base64url_decode(text.substr(0, middle));
    const auto digest = base64url_decode(text.substr(middle + 1));
    if (!salt || !digest || salt->size() != salt_bytes || digest->size() != Digest{}.size())
        return std::nullopt;
    return Parts{*salt, *digest};
}

}  // namespace

std::string make_host_key(Random& random) {
    return random.base64url(key_bytes);
}

std::string hash_host_key(std::string_view key, Random& random) {
    const std::string salt = random.base64url(salt_bytes);
    const auto digest = scrypt(key, *base64url_decode(salt));
    if (!digest) return {};
    return std::string(method) + salt + "$" + base64url_encode(bytes_of(*digest));
}

bool is_host_key_hash(std::string_view text) {
    return parts_of(text).has_value();
}

bool host_key_matches(std::string_view key, std::string_view hash) {
    if (key.size() > longest_key_bytes) return false;
    const auto parts = parts_of(hash);
    if (!parts) return false;
    const auto digest = scrypt(key, parts->salt);
    return digest && equal_in_constant_time(bytes_of(*digest), parts->digest);
}

}  // namespace holdfast::server
