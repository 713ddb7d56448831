#include "holdfast/seats/bans.hpp"

#include <algorithm>

namespace holdfast::seats {

const BanRecord* Bans::find(std::uint64_t id) const {
    const auto found = std::find_if(by_device_.begin(), by_device_.end(),
                                    [id](const auto& one) { return one.second.id == id; });
    return found == by_device_.end() ? nullptr : &found->second;
}

std::vector<BanRecord> Bans::list() const {
    std::vector<BanRecord> bans;
    bans.reserve(by_device_.size());
    for (const auto& [device, ban] : by_device_)
        bans.push_back(ban);
    std::sort(bans.begin(), bans.end(),
              [](const BanRecord& left, const BanRecord& right) { return left.id < right.id; });
    return bans;
}

}  // namespace holdfast::seats
