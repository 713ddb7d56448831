#include "holdfast/websocket/handshake.hpp"

#include <algorithm>

#include "holdfast/base/crypto.hpp"

namespace holdfast::websocket {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_without_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

}  // namespace

bool list_has_token(std::string_view list, std::string_view token) {
    while (true) {
        const auto comma = list.find(',');
        if (equal_without_case(trimmed(list.substr(0, comma)), token)) return true;
        if (comma == std::string_view::npos) return false;
        list.remove_prefix(comma + 1);
    }
}

std::string accept_value(std::string_view key) {
    std::string joined(key);
    joined += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    const auto digest = sha1(joined);
    return base64_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

Result<std::string, HandshakeError> check_upgrade(const UpgradeFields& fields) {
    if (fields.method != "GET" || fields.http_version < 11) return failure(HandshakeError::bad_method);
    if (!list_has_token(fields.upgrade, "websocket") || !list_has_token(fields.connection, "upgrade")) {
        return failure(HandshakeError::no_upgrade);
    }
    if (fields.version != "13") return failure(HandshakeError::bad_version);
    const auto nonce = base64_decode(fields.key);
    if (fields.key.size() != 24 || !fields.key.ends_with("==") || !nonce || nonce->size() != 16) {
        return failure(HandshakeError::bad_key);
    }
    return accept_value(fields.key);
}

}  // namespace holdfast::websocket
