#include "holdfast/server/device_limits.hpp"

#include <algorithm>
#include <cmath>

namespace holdfast::server {

bool Allowance::take(double per_second, double burst, Instant now) {
    const double passed = std::chrono::duration<double>(now - at).count();
    at = now;
    events = std::min(burst, events + passed * per_second);
    if (events < 1) return false;
    events -= 1;
    return true;
}

Milliseconds Allowance::wait(double per_second) const {
    return Milliseconds(static_cast<std::int64_t>(std::ceil(std::max(0.0, 1 - events) / per_second * 1000)));
}

bool DeviceLimits::is_full(std::uint64_t device) const {
    if (settings_.connections == 0) return false;
    const auto found = devices_.find(device);
    return found != devices_.end() && found->second.connections >= settings_.connections;
}

bool DeviceLimits::enter(std::uint64_t device, Instant now) {
    if (is_full(device)) return false;
    const auto [entry, is_new] = devices_.try_emplace(device);
    if (is_new) entry->second.allowance = {settings_.events_burst, now};
    ++entry->second.connections;
    return true;
}

void DeviceLimits::leave(std::uint64_t device) {
    const auto found = devices_.find(device);
    if (found != devices_.end() && --found->second.connections == 0) devices_.erase(found);
}

bool DeviceLimits::take_event(std::uint64_t device, Instant now) {
    const auto found = devices_.find(device);
    return found == devices_.end() ||
           found->second.allowance.take(settings_.events_per_second, settings_.events_burst, now);
}

Milliseconds DeviceLimits::wait(std::uint64_t device) const {
    const auto found = devices_.find(device);
    return found == devices_.end() ? Milliseconds{0}
                                   : found->second.allowance.wait(settings_.events_per_second);
}

}  // namespace holdfast::server
