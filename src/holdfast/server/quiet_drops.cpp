#include "holdfast/server/quiet_drops.hpp"

#include <algorithm>

namespace holdfast::server {

bool QuietDrops::keep_quiet(Drop drop, Instant now) {
    if (quiet_time_.count() <= 0) return false;
    end(drop);
    const std::uint64_t number = ++last_number_;
    quiet_[drop.team].push_back({drop.slot, number});
    waiting_.push_back({drop, now + quiet_time_, number});
    return true;
}

bool QuietDrops::end(Drop drop) {
    const auto found = quiet_.find(drop.team);
    if (found == quiet_.end()) return false;
    const auto ended =
        std::erase_if(found->second, [&](const Quiet& quiet) { return quiet.slot == drop.slot; });
    if (found->second.empty()) quiet_.erase(found);
    return ended > 0;
}

bool QuietDrops::has(Drop drop) const {
    const auto found = quiet_.find(drop.team);
    return found != quiet_.end() && std::any_of(found->second.begin(), found->second.end(),
                                                [&](const Quiet& quiet) { return quiet.slot == drop.slot; });
}

std::vector<seats::Slot> QuietDrops::take(seats::TeamId team) {
    std::vector<seats::Slot> slots;
    const auto node = quiet_.extract(team);
    if (node.empty()) return slots;
    for (const Quiet& quiet : node.mapped())
        slots.push_back(quiet.slot);
    return slots;
}

std::vector<QuietDrops::Drop> QuietDrops::take_due(Instant now) {
    std::vector<Drop> due;
    while (!waiting_.empty() && waiting_.front().due <= now) {
        const Waiting waiting = waiting_.front();
        waiting_.pop_front();
        const auto found = quiet_.find(waiting.drop.team);
        if (found == quiet_.end()) continue;
        const bool still_quiet =
            std::any_of(found->second.begin(), found->second.end(),
                        [&](const Quiet& quiet) { return quiet.number == waiting.number; });
        if (still_quiet && end(waiting.drop)) due.push_back(waiting.drop);
    }
    return due;
}

}  // namespace holdfast::server
