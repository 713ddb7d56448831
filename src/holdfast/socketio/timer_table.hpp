// Timers of a layer that is not told the time with every call: a timer's duration counts from the first tick
// after it was added, so it never fires early. Internal to this layer; one thread.
#pragma once

#include <cstdint>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "holdfast/base/clock.hpp"

namespace holdfast::socketio {

/// Names a timer of one table; 0 names none. Never reused.
using TimerId = std::uint64_t;

template <typename Target>
class TimerTable {
  public:
    [[nodiscard]] TimerId add(Milliseconds duration, Target target) {
        const TimerId id = ++last_id_;
        timers_.emplace(id, Timer{std::move(target), duration, {}});
        fresh_.push_back(id);
        return id;
    }

    /// Stops a timer; one that has fired, or none, is fine. Sets the id to 0.
    void cancel(TimerId& id) {
        const auto found = timers_.find(std::exchange(id, 0));
        if (found == timers_.end()) return;
        armed_.erase({found->second.due, found->first});
        timers_.erase(found);
    }

    /// Calls `fire(Target)` for every timer that is due; it may add and cancel timers.
    template <typename Fire>
    void run_due(Instant now, Fire&& fire) {
        for (const TimerId id : std::exchange(fresh_, {})) {
            const auto found = timers_.find(id);
            if (found == timers_.end()) continue;
            found->second.due = now + found->second.duration;
            armed_.emplace(found->second.due, id);
        }
        while (!armed_.empty() && armed_.begin()->first <= now) {
            const auto found = timers_.find(armed_.begin()->second);
            armed_.erase(armed_.begin());
            Target target = std::move(found->second.target);
            timers_.erase(found);
            fire(std::move(target));
        }
    }

    [[nodiscard]] std::size_t size() const { return timers_.size(); }

  private:
    struct Timer {
        Target target;
        Milliseconds duration;
        Instant due;
    };

    TimerId last_id_ = 0;
    std::unordered_map<TimerId, Timer> timers_;
    std::set<std::pair<Instant, TimerId>> armed_;
    std::vector<TimerId> fresh_;
};

}  // namespace holdfast::socketio
