// What all net threads of one server share, and how many connections there are.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/net/peers.hpp"
#include "holdfast/net/settings.hpp"
#include "holdfast/net/tls.hpp"
#include "holdfast/websocket/frame_decoder.hpp"

namespace holdfast::net {

class NetThread;

struct SharedState {
    SharedState(ServerSettings server_settings, const Clock& server_clock, Log& server_log)
        : settings(std::move(server_settings)),
          clock(server_clock),
          log(server_log),
          decoder_settings{.message_bytes = settings.message_bytes,
                           .message_fragments = settings.message_fragments,
                           .expect_masked = true} {}

    const ServerSettings settings;
    const Clock& clock;
    Log& log;
    const websocket::DecoderSettings decoder_settings;
    TrustedProxies proxies;  // set before the threads start
    TlsCertificates certificates;
    AddressTable addresses;
    std::atomic<std::size_t> open_connections{0};
    std::vector<std::shared_ptr<NetThread>> threads;  // set before the threads start
};

/// Counts one connection, in all and of its address, for as long as it lives; moves between threads with it.
class ConnectionTicket {
  public:
    enum class Refusal : std::uint8_t { none, per_address, total };

    ConnectionTicket() = default;
    ~ConnectionTicket() { release(); }
    ConnectionTicket(ConnectionTicket&& other) noexcept
        : shared_(std::exchange(other.shared_, nullptr)),
          address_(std::move(other.address_)),
          counted_(other.counted_),
          over_limit_(other.over_limit_) {}
    ConnectionTicket& operator=(ConnectionTicket&&) = delete;

    /// Fails with the limit that was reached.
    [[nodiscard]] Refusal enter(SharedState& shared, const Address& address);
    void release();
    [[nodiscard]] const Address& address() const { return address_; }
    /// It came over a limit and has yet to say who it is.
    [[nodiscard]] bool over_limit() const { return over_limit_; }
    void let_in() { over_limit_ = false; }

  private:
    SharedState* shared_ = nullptr;
    Address address_;
    bool counted_ = false;  // per address; proxies are not
    bool over_limit_ = false;
};

}  // namespace holdfast::net
