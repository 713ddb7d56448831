// Who is on the other end: connections counted per address, and proxies that may speak for others.
#pragma once

#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace holdfast::net {

using Address = boost::asio::ip::address;

/// An IPv4 address that came in through an IPv6 socket is shown and counted as what it is.
[[nodiscard]] Address plain_address(const Address& address);

/// Counts open connections per address, IPv6 per /64 (one subscriber has a whole one). Any thread.
class AddressTable {
  public:
    /// `most` 0: no limit. False: the address has that many already. `before`: how many it had.
    [[nodiscard]] bool enter(const Address& address, std::size_t most, std::size_t* before = nullptr);
    void leave(const Address& address);
    [[nodiscard]] std::size_t addresses() const;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<std::uint64_t, std::uint32_t> counts_;
};

/// Addresses and networks ("10.0.0.1", "10.0.0.0/8", "fd00::/8") whose forwarding headers are believed.
class TrustedProxies {
  public:
    /// Nothing if one of the texts is no address or network.
    [[nodiscard]] static std::optional<TrustedProxies> parse(const std::vector<std::string>& texts);
    [[nodiscard]] bool contains(const Address& address) const;
    [[nodiscard]] bool empty() const { return networks_.empty(); }

    /// The client behind `peer`: the last address in X-Forwarded-For that is no trusted proxy; `peer` itself
    /// if it is not trusted or the header makes no sense.
    [[nodiscard]] Address client_behind(const Address& peer, std::string_view forwarded_for) const;

  private:
    struct Network {
        std::array<std::uint8_t, 16> bytes{};
        unsigned prefix_bits = 128;
    };
    std::vector<Network> networks_;
};

}  // namespace holdfast::net
