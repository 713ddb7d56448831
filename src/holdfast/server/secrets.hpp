// The server's secrets: the host's key and the key that tokens are derived from. They live in a file beside
// the data, which only its owner can read, and never in the database, a log or an answer.
#pragma once

#include <string>

#include "holdfast/base/random.hpp"
#include "holdfast/base/result.hpp"

namespace holdfast::server {

struct Secrets {
    std::string token_secret;  ///< 32 random bytes
    std::string host_key;      ///< what the host types
    bool host_key_is_new = false;
};

/// Reads the secrets from `path`, or makes them there (mode 0600) at the first start. `given_host_key`
/// replaces the host key without being written. An empty path keeps them in memory only. The error is a
/// sentence for the terminal.
[[nodiscard]] Result<Secrets, std::string> load_secrets(const std::string& path,
                                                        const std::string& given_host_key, Random& random);

}  // namespace holdfast::server
