// The server's secrets: the keys of the host and the secret that tokens are derived from. They live in a file
// beside the data, which only its owner can read, or in the environment, and never in the database, a log or
// an answer. The host's key is kept as a hash: who reads the file does not learn it.
#pragma once

#include <string>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/tokens.hpp"
#include "holdfast/server/host_key.hpp"

namespace holdfast::server {

/// What a person gave with the options or the environment; empty: not given. None of it is ever written.
struct GivenSecrets {
    std::string host_key;
    std::string token_secret;         ///< at least 32 characters
    std::string token_secret_before;  ///< still read as long as it is given
};

struct Secrets {
    seats::TokenSecrets tokens;
    HostKeys host_keys;
    /// What the dashboard link carries; empty: a person has chosen the key and knows it.
    std::string link_key;
    /// The link's key was made just now, and will not be shown again.
    bool host_key_is_new = false;
};

/// The file with the keys of the data at `data_path`.
[[nodiscard]] inline std::string keys_file_of(const std::string& data_path) {
    return data_path + ".keys";
}

/// Reads the secrets from `path`, or makes them there (mode 0600) at the first start. A host key that
/// somebody wrote into the file is replaced there by its hash. An empty path keeps all in memory. The error
/// is a sentence for the terminal.
[[nodiscard]] Result<Secrets, std::string> load_secrets(const std::string& path, const GivenSecrets& given,
                                                        Random& random, UnixTime now);

/// Makes a new secret for tokens in the file at `path`; the one there is read until `until`. The error is a
/// sentence for the terminal.
[[nodiscard]] Result<void, std::string> rotate_token_secret(const std::string& path, Random& random,
                                                            UnixTime until);
/// Makes a new host key in the file at `path`, in place of the one there, and gives it: the file holds only
/// its hash.
[[nodiscard]] Result<std::string, std::string> renew_host_key(const std::string& path, Random& random);

}  // namespace holdfast::server
