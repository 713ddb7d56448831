// TLS over OpenSSL, on the connection's own non-blocking socket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/net/settings.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace holdfast::net {

enum class IoStatus : std::uint8_t {
    done,        ///< `bytes` went through
    want_read,   ///< nothing now; try again when the socket is readable
    want_write,  ///< nothing now; try again when the socket is writable
    end,         ///< the other side has finished
    failed,      ///< the connection is broken
};

struct IoResult {
    IoStatus status = IoStatus::failed;
    std::size_t bytes = 0;
};

/// One TLS connection; the handshake happens inside the first reads. One thread at a time.
class TlsSession {
  public:
    TlsSession(ssl_ctx_st* context, int socket);
    ~TlsSession();
    TlsSession(const TlsSession&) = delete;
    TlsSession& operator=(const TlsSession&) = delete;

    [[nodiscard]] IoResult read(std::span<char> buffer);
    [[nodiscard]] IoResult write(std::string_view bytes);
    /// Tells the other side that nothing more comes.
    void shut_down();

  private:
    [[nodiscard]] IoResult result_of(int returned);
    ssl_st* ssl_;
    bool broken_ = false;
};

/// The certificate in use; connections keep the one they began with. Any thread.
class TlsCertificates {
  public:
    TlsCertificates();
    ~TlsCertificates();

    /// Reads both files; on failure the sentence says what is wrong, and what was loaded before stays.
    [[nodiscard]] Result<void, std::string> load(const TlsSettings& settings);
    /// Null if nothing is loaded.
    [[nodiscard]] std::unique_ptr<TlsSession> new_session(int socket) const;

  private:
    mutable std::mutex mutex_;
    std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace holdfast::net
