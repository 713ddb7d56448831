// The opening handshake (RFC 6455 sections 4.2.1 and 4.2.2) as functions over header values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"

namespace holdfast::websocket {

/// The parts of an HTTP request that make it a WebSocket handshake; missing fields are empty.
struct UpgradeFields {
    std::string_view method;
    unsigned http_version = 11;  ///< 10 or 11, as in Beast
    std::string_view upgrade;
    std::string_view connection;
    std::string_view key;      ///< Sec-WebSocket-Key
    std::string_view version;  ///< Sec-WebSocket-Version
};

enum class HandshakeError : std::uint8_t {
    bad_method,   ///< not GET, or HTTP/1.0
    no_upgrade,   ///< Upgrade or Connection does not ask for a WebSocket
    bad_key,      ///< Sec-WebSocket-Key is not the base64 of 16 bytes
    bad_version,  ///< a version other than 13: answer 426 with Sec-WebSocket-Version: 13
};

/// Whether a list of tokens such as that of Connection or Upgrade holds `token`, compared without case
/// (RFC 9110 section 5.6.1).
[[nodiscard]] bool list_has_token(std::string_view list, std::string_view token);

/// The value of Sec-WebSocket-Accept for a key (RFC 6455 section 4.2.2, step 5.4).
[[nodiscard]] std::string accept_value(std::string_view key);

/// Checks a handshake; gives the value of Sec-WebSocket-Accept.
[[nodiscard]] Result<std::string, HandshakeError> check_upgrade(const UpgradeFields& fields);

}  // namespace holdfast::websocket
