#include "holdfast/net/peers.hpp"

#include <charconv>
#include <cstring>

namespace holdfast::net {
namespace {

namespace ip = boost::asio::ip;

std::array<std::uint8_t, 16> bytes_of(const Address& address) {
    if (address.is_v4()) return ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes();
    return address.to_v6().to_bytes();
}

// IPv4 addresses have their own range: no /64 of the internet begins with 32 zero bits.
std::uint64_t key_of(const Address& address) {
    const auto plain = plain_address(address);
    if (plain.is_v4()) return plain.to_v4().to_uint();
    const auto bytes = plain.to_v6().to_bytes();
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < 8; ++i)
        key = (key << 8U) | bytes[i];
    return key;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<Address> parse_address(std::string_view text) {
    boost::system::error_code error;
    const auto address = ip::make_address(std::string(text), error);
    if (error) return std::nullopt;
    return plain_address(address);
}

}  // namespace

Address plain_address(const Address& address) {
    if (address.is_v6() && address.to_v6().is_v4_mapped()) {
        return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    }
    return address;
}

bool AddressTable::enter(const Address& address, std::size_t most, std::size_t* before) {
    const std::lock_guard lock(mutex_);
    auto& count = counts_[key_of(address)];
    if (most != 0 && count >= most) return false;
    if (before != nullptr) *before = count;
    ++count;
    return true;
}

void AddressTable::leave(const Address& address) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(key_of(address));
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

std::size_t AddressTable::addresses() const {
    const std::lock_guard lock(mutex_);
    return counts_.size();
}

std::optional<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& texts) {
    TrustedProxies proxies;
    for (const std::string_view text : texts) {
        const auto slash = text.find('/');
        const auto address = parse_address(text.substr(0, slash));
        if (!address) return std::nullopt;
        Network network{.bytes = bytes_of(*address), .prefix_bits = 128};
        if (slash != std::string_view::npos) {
            const auto bits_text = text.substr(slash + 1);
            unsigned bits = 0;
            const auto* const end = bits_text.data() + bits_text.size();
            const auto [at, error] = std::from_chars(bits_text.data(), end, bits);
            if (error != std::errc{} || at != end || bits > (address->is_v4() ? 32U : 128U))
                return std::nullopt;
            network.prefix_bits = address->is_v4() ? 96 + bits : bits;
        }
        proxies.networks_.push_back(network);
    }
    return proxies;
}

bool TrustedProxies::contains(const Address& address) const {
    if (networks_.empty()) return false;
    const auto bytes = bytes_of(address);
    for (const auto& network : networks_) {
        const std::size_t whole = network.prefix_bits / 8;
        const unsigned rest = network.prefix_bits % 8;
        if (std::memcmp(bytes.data(), network.bytes.data(), whole) != 0) continue;
        if (rest == 0 || ((bytes[whole] ^ network.bytes[whole]) >> (8 - rest)) == 0) return true;
    }
    return false;
}

Address TrustedProxies::client_behind(const Address& peer, std::string_view forwarded_for) const {
    Address client = peer;
    // From the right, since everything left of the last trusted proxy was written by somebody unknown.
    while (contains(client) && !forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const auto last = comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1);
        const auto address = parse_address(trimmed(last));
        if (!address) break;
        client = *address;
        forwarded_for = comma == std::string_view::npos ? std::string_view{} : forwarded_for.substr(0, comma);
    }
    return client;
}

}  // namespace holdfast::net
