// What the connections of one device on one net thread may do together. Devices without a connection are not
// remembered. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"

namespace holdfast::server {

/// A bucket of events that refills by itself.
struct Allowance {
    double events = 0;
    Instant at;

    /// Takes one event. Otherwise nothing is taken, and `events` is below 1.
    [[nodiscard]] bool take(double per_second, double burst, Instant now);
    /// How long until the next event may come.
    [[nodiscard]] Milliseconds wait(double per_second) const;
};

struct DeviceSettings {
    std::size_t connections = limits::connections_per_device;  ///< 0: no limit
    double events_per_second = limits::events_per_second * limits::events_per_device_factor;
    double events_burst = limits::events_burst * limits::events_per_device_factor;
};

/// Devices by the short_name() of their ids.
class DeviceLimits {
  public:
    explicit DeviceLimits(DeviceSettings settings) : settings_(settings) {}

    /// Whether the device has as many connections as it may.
    [[nodiscard]] bool is_full(std::uint64_t device) const;
    /// A connection came. False: it is one too many and does not count.
    [[nodiscard]] bool enter(std::uint64_t device, Instant now);
    void leave(std::uint64_t device);

    /// An event of a connection that has entered. False: the device is over its limit; see wait().
    [[nodiscard]] bool take_event(std::uint64_t device, Instant now);
    [[nodiscard]] Milliseconds wait(std::uint64_t device) const;
    [[nodiscard]] std::size_t size() const { return devices_.size(); }

  private:
    struct Device {
        std::size_t connections = 0;
        Allowance allowance;
    };
    DeviceSettings settings_;
    std::unordered_map<std::uint64_t, Device> devices_;
};

}  // namespace holdfast::server
