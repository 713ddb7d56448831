#include "holdfast/server/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <limits>
#include <optional>
#include <sstream>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/system_error.hpp"

namespace holdfast::server {

namespace {

constexpr std::size_t token_secret_bytes = 32;
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();

class File {
  public:
    File(const std::string& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    [[nodiscard]] int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

std::string reason() {
    return system_error_text(errno);
}

/// Nothing when there is no such file.
Result<std::optional<std::string>, std::string> read_file(const std::string& path) {
    const File file(path, O_RDONLY);
    if (file.descriptor() < 0) {
        if (errno == ENOENT) return std::optional<std::string>{};
        return failure("The file with the keys, " + path + ", cannot be read: " + reason());
    }
    struct stat status {};
    if (::fstat(file.descriptor(), &status) == 0 && (status.st_mode & 077) != 0) {
        return failure("The file with the keys, " + path +
                       ", can be read by others. Please make it private: chmod 600 " + path);
    }
    std::string text(4096, '\0');
    const ssize_t got = ::read(file.descriptor(), text.data(), text.size());
    if (got < 0) return failure("The file with the keys, " + path + ", cannot be read: " + reason());
    text.resize(static_cast<std::size_t>(got));
    return std::optional<std::string>(std::move(text));
}

/// Writes beside, syncs and renames, so that a crash leaves a whole file or none.
Result<void, std::string> write_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".new";
    {
        const File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        const bool written =
            file.descriptor() >= 0 &&
            ::write(file.descriptor(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
            ::fsync(file.descriptor()) == 0;
        if (!written) return failure("The file with the keys, " + path + ", cannot be written: " + reason());
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        return failure("The file with the keys, " + path + ", cannot be written: " + reason());
    }
    const auto slash = path.rfind('/');
    const File folder(slash == std::string::npos ? "." : path.substr(0, slash + 1), O_RDONLY | O_DIRECTORY);
    if (folder.descriptor() >= 0) (void)::fsync(folder.descriptor());
    return {};
}

/// What stands in the file, line by line; an empty text is a line that is not there.
struct KeysFile {
    std::string token_secret;  ///< base64url of 32 bytes, as is the one before
    std::string token_secret_before;
    std::int64_t before_until_seconds = 0;  ///< Unix time
    std::string host_key;                   ///< written by a person, to be replaced by its hash
    std::string host_key_hash;
};

std::string value_of(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
    }
    return {};
}

/// The secret's bytes; nothing if the text is none.
std::optional<std::string> secret_bytes(const std::string& text) {
    auto bytes = base64url_decode(text);
    if (!bytes || bytes->size() != token_secret_bytes) return std::nullopt;
    return bytes;
}

std::string text_of(const KeysFile& keys) {
    std::string text = "# The keys of this Holdfast server. Keep them secret, and with the database.\n";
    const auto line = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text.append(name).append("=").append(value).append("\n");
    };
    line("token_secret", keys.token_secret);
    line("token_secret_before", keys.token_secret_before);
    if (!keys.token_secret_before.empty()) {
        line("token_secret_before_until", std::to_string(keys.before_until_seconds));
    }
    line("host_key_hash", keys.host_key_hash);
    return text;
}

/// Nothing when there is no such file yet.
Result<std::optional<KeysFile>, std::string> read_keys(const std::string& path) {
    const auto text = read_file(path);
    if (!text) return failure(text.error());
    if (!*text) return std::optional<KeysFile>{};
    KeysFile keys;
    keys.token_secret = value_of(**text, "token_secret");
    keys.token_secret_before = value_of(**text, "token_secret_before");
    const std::string until = value_of(**text, "token_secret_before_until");
    (void)std::from_chars(until.data(), until.data() + until.size(), keys.before_until_seconds);
    keys.host_key = value_of(**text, "host_key");
    keys.host_key_hash = value_of(**text, "host_key_hash");
    const bool whole = secret_bytes(keys.token_secret) &&
                       (keys.token_secret_before.empty() || secret_bytes(keys.token_secret_before)) &&
                       (!keys.host_key.empty() || is_host_key_hash(keys.host_key_hash));
    if (!whole) {
        return failure(
            "The file with the keys, " + path +
            ", is damaged. Without it no player's token is good. Restore it from a backup, or move "
            "it away: then new keys are made and players come back by their device.");
    }
    return std::optional<KeysFile>(std::move(keys));
}

Result<KeysFile, std::string> read_existing_keys(const std::string& path) {
    auto keys = read_keys(path);
    if (!keys) return failure(keys.error());
    if (!*keys) return failure("There is no file with keys at " + path + " yet: the first start makes it.");
    return std::move(**keys);
}

Result<void, std::string> hash_into(KeysFile& keys, const std::string& host_key, Random& random) {
    keys.host_key.clear();
    keys.host_key_hash = hash_host_key(host_key, random);
    if (keys.host_key_hash.empty()) return failure(std::string("There is no memory to hash the host's key."));
    return {};
}

/// Reads the file or makes it. `new_host_key` becomes the key if one was made.
Result<KeysFile, std::string> keys_at(const std::string& path, Random& random, std::string& new_host_key) {
    std::optional<KeysFile> found;
    if (!path.empty()) {
        auto read = read_keys(path);
        if (!read) return failure(read.error());
        found = std::move(*read);
    }
    if (found && found->host_key.empty()) return std::move(*found);
    KeysFile keys;
    std::string host_key;
    if (found) {
        keys = std::move(*found);
        host_key = keys.host_key;
    } else {
        keys.token_secret = random.base64url(token_secret_bytes);
        host_key = new_host_key = make_host_key(random);
    }
    if (auto hashed = hash_into(keys, host_key, random); !hashed) return failure(hashed.error());
    if (!path.empty()) {
        if (auto written = write_file(path, text_of(keys)); !written) return failure(written.error());
    }
    return keys;
}

}  // namespace

Result<Secrets, std::string> load_secrets(const std::string& path, const GivenSecrets& given, Random& random,
                                          UnixTime now) {
    std::string new_host_key;
    const auto keys = keys_at(path, random, new_host_key);
    if (!keys) return failure(keys.error());

    Secrets secrets;
    if (!given.token_secret.empty()) {
        secrets.tokens.current = given.token_secret;
        secrets.tokens.before = given.token_secret_before;
        secrets.tokens.before_until = {no_end};
    } else {
        secrets.tokens.current = *secret_bytes(keys->token_secret);
        if (!keys->token_secret_before.empty() && now.seconds() < keys->before_until_seconds) {
            secrets.tokens.before = *secret_bytes(keys->token_secret_before);
            secrets.tokens.before_until = {keys->before_until_seconds * 1000};
        }
    }
    if (!given.host_key.empty()) {
        secrets.host_keys.given = given.host_key;
        return secrets;
    }
    secrets.host_keys.lasting_hash = keys->host_key_hash;
    secrets.host_key_is_new = !new_host_key.empty();
    if (secrets.host_key_is_new) {
        secrets.link_key = new_host_key;
    } else {
        secrets.link_key = secrets.host_keys.of_this_run = make_host_key(random);
    }
    return secrets;
}

Result<void, std::string> rotate_token_secret(const std::string& path, Random& random, UnixTime until) {
    auto keys = read_existing_keys(path);
    if (!keys) return failure(keys.error());
    keys->token_secret_before = keys->token_secret;
    keys->before_until_seconds = until.seconds();
    keys->token_secret = random.base64url(token_secret_bytes);
    if (!keys->host_key.empty()) {
        if (auto hashed = hash_into(*keys, keys->host_key, random); !hashed) return failure(hashed.error());
    }
    return write_file(path, text_of(*keys));
}

Result<std::string, std::string> renew_host_key(const std::string& path, Random& random) {
    auto keys = read_existing_keys(path);
    if (!keys) return failure(keys.error());
    const std::string key = make_host_key(random);
    if (auto hashed = hash_into(*keys, key, random); !hashed) return failure(hashed.error());
    if (auto written = write_file(path, text_of(*keys)); !written) return failure(written.error());
    return key;
}

}  // namespace holdfast::server
