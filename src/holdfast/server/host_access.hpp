// Who is the host: whoever shows the host's key, or the cookie that logging in with it has set. The cookie is
// signed and dated, not stored: it survives a restart, and a new host key makes it worthless.
#pragma once

#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/crypto.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/engineio/http.hpp"
#include "holdfast/server/host_key.hpp"

namespace holdfast::server {

/// Counts what an address did in the last minute. Remembers a bounded number of addresses. One thread at a
/// time.
class AddressCounter {
  public:
    explicit AddressCounter(std::size_t most_per_minute) : most_per_minute_(most_per_minute) {}
    /// Whether the address is over its limit now.
    [[nodiscard]] bool over(std::string_view address, Instant now);
    void count(std::string_view address, Instant now);
    /// How long an address that is over its limit stays over it.
    [[nodiscard]] Milliseconds wait(std::string_view address, Instant now) const;

  private:
    using Times = std::deque<Instant>;
    void forget_old(Times& times, Instant now) const;

    std::size_t most_per_minute_;
    std::unordered_map<std::string, Times> times_;
    std::deque<std::string> order_;
};

/// May be used from several threads.
class HostAccess {
  public:
    /// Cookies are signed with the first of `signing_secrets`; those signed with another one are good as
    /// well.
    HostAccess(HostKeys keys, const std::vector<std::string>& signing_secrets);
    /// Other keys and secrets from now on; who is logged in with a cookie of the old key is logged out.
    void use(HostKeys keys, const std::vector<std::string>& signing_secrets);

    static constexpr std::string_view cookie_name = "hf_host";

    /// Whether the value of the host cookie is one of ours, and not too old.
    [[nodiscard]] bool is_cookie(std::string_view value, UnixTime now) const;
    [[nodiscard]] std::string make_cookie(UnixTime now) const;

    /// POST /api/host/login with {"key": …}: 204 and the cookie; 400, 401 or 429 with {"code","message"}.
    [[nodiscard]] engineio::HttpResponse log_in(const engineio::HttpRequest& request, Instant now,
                                                UnixTime unix_now);
    /// POST /api/host/logout: takes the cookie away.
    [[nodiscard]] engineio::HttpResponse log_out(const engineio::HttpRequest& request) const;

    /// The same for a key that came with a handshake. Wrong ones count against the address like those of a
    /// log-in, and above the limit no key is taken from there.
    [[nodiscard]] bool admits(std::string_view key, std::string_view address, Instant now);

  private:
    enum class Verdict : std::uint8_t { right, wrong, too_many };
    /// The verdict on a key, with the counting of wrong ones. The mutex must be held.
    [[nodiscard]] Verdict judge(std::string_view key, std::string_view address, Instant now);

    mutable std::mutex mutex_;
    HostKeys keys_;
    std::vector<Digest> known_keys_;  ///< digests of keys known to be right: those cost nothing to compare
    std::vector<std::string> signing_keys_;
    AddressCounter wrong_keys_{limits::wrong_host_keys_per_minute};
    AddressCounter checks_{limits::host_key_checks_per_minute};
};

}  // namespace holdfast::server
