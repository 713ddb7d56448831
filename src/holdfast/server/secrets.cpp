#include "holdfast/server/secrets.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <sstream>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/system_error.hpp"

namespace holdfast::server {

namespace {

constexpr std::size_t token_secret_bytes = 32;
constexpr std::size_t host_key_bytes = 15;

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

std::string value_of(const std::string& text, const std::string& name) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
    }
    return {};
}

}  // namespace

Result<Secrets, std::string> load_secrets(const std::string& path, const std::string& given_host_key,
                                          Random& random) {
    Secrets secrets;
    std::optional<std::string> text;
    if (!path.empty()) {
        auto read = read_file(path);
        if (!read) return failure(read.error());
        text = std::move(*read);
    }
    if (text) {
        const auto secret = base64url_decode(value_of(*text, "token_secret"));
        secrets.host_key = value_of(*text, "host_key");
        if (!secret || secret->size() != token_secret_bytes || secrets.host_key.empty()) {
            return failure(
                "The file with the keys, " + path +
                ", is damaged. Without it no player's token is good. Restore it from a backup, or move "
                "it away: then new keys are made and players come back by their device.");
        }
        secrets.token_secret = *secret;
    } else {
        const std::string encoded = random.base64url(token_secret_bytes);
        secrets.token_secret = *base64url_decode(encoded);
        secrets.host_key = random.base64url(host_key_bytes);
        secrets.host_key_is_new = true;
        if (!path.empty()) {
            const auto written =
                write_file(path,
                           "# The keys of this Holdfast server. Keep them secret, and with the database.\n"
                           "token_secret=" +
                               encoded + "\nhost_key=" + secrets.host_key + "\n");
            if (!written) return failure(written.error());
        }
    }
    if (!given_host_key.empty()) {
        secrets.host_key = given_host_key;
        secrets.host_key_is_new = false;
    }
    return secrets;
}

}  // namespace holdfast::server
