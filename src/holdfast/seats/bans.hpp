// Devices that the host has banned. A device is a cookie: who clears it is a new one, which is why a ban is a
// word of the host and no wall (docs/seats.md). Pure; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "holdfast/seats/records.hpp"

namespace holdfast::seats {

class Bans {
  public:
    [[nodiscard]] bool empty() const { return by_device_.empty(); }
    [[nodiscard]] std::size_t size() const { return by_device_.size(); }
    /// A device that is not known is nobody's, and never banned.
    [[nodiscard]] bool has(const DeviceId& device) const { return by_device_.contains(device); }
    /// By its number; null when there is none.
    [[nodiscard]] const BanRecord* find(std::uint64_t id) const;
    /// All of them, by number.
    [[nodiscard]] std::vector<BanRecord> list() const;

    void add(const BanRecord& ban) { by_device_.insert_or_assign(ban.device, ban); }
    void remove(const DeviceId& device) { by_device_.erase(device); }

  private:
    std::map<DeviceId, BanRecord> by_device_;
};

}  // namespace holdfast::seats
