// The host's keys: which there can be, and how the lasting one is kept without being known.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/random.hpp"

namespace holdfast::server {

/// Each that is set opens the door. An empty one opens nothing.
struct HostKeys {
    /// Of the key that is kept with the data, see hash_host_key().
    std::string lasting_hash = {};
    /// Made at the start, for the link that is printed; good until the server stops.
    std::string of_this_run = {};
    /// Chosen by a person; then the other two are empty.
    std::string given = {};
};

/// A new key: 120 random bits as text.
[[nodiscard]] std::string make_host_key(Random& random);
/// "scrypt$salt$hash", both base64url; another one each time. Empty: there was no memory for it.
[[nodiscard]] std::string hash_host_key(std::string_view key, Random& random);
/// Whether the text has that form.
[[nodiscard]] bool is_host_key_hash(std::string_view text);
/// Whether the key is the one that was hashed. Takes a few milliseconds, on purpose.
[[nodiscard]] bool host_key_matches(std::string_view key, std::string_view hash);

}  // namespace holdfast::server
