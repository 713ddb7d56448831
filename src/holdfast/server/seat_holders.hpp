// Who holds a seat, as far as it can be told before the house is asked: the devices that do, and whether a
// token was made here. Written by the seats thread, read by all net threads.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::server {

/// May be used from any thread.
class SeatHolders {
  public:
    /// The secrets that tokens are derived from now.
    void use(seats::TokenSecrets secrets);
    /// A team has become `now`; `before` null: it was not known. Only with what is on disk.
    void changed(const seats::TeamView* before, const seats::TeamView& now);

    /// Whether a seat, connected or away, is held by that device. Of two devices whose ids begin with the
    /// same eight bytes one may be taken for the other here, which gives it a better place in the queue and
    /// nothing else.
    [[nodiscard]] bool has(const seats::DeviceId& device) const;
    [[nodiscard]] bool has(std::uint64_t short_name) const;
    /// Whether the token was made here, whatever it is good for by now.
    [[nodiscard]] bool made_here(std::string_view token) const;
    [[nodiscard]] std::size_t size() const;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::uint32_t> seats_;  ///< how many a device holds
    std::optional<seats::Tokens> tokens_;
};

}  // namespace holdfast::server
