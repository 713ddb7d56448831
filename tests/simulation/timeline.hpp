// The one order of everything that happens: functions with a time, run one after the other. The clock stands
// still while one runs and jumps to the next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "holdfast/base/clock.hpp"

namespace holdfast::simulation {

/// Belongs to something that can end: what was planned for it does not happen after that.
class Life {
  public:
    [[nodiscard]] std::weak_ptr<int> token() const { return life_; }
    void end() { life_.reset(); }
    void begin_anew() { life_ = std::make_shared<int>(); }
    [[nodiscard]] bool over() const { return !life_; }

  private:
    std::shared_ptr<int> life_ = std::make_shared<int>();
};

class Timeline {
  public:
    [[nodiscard]] ManualClock& clock() { return clock_; }
    [[nodiscard]] const ManualClock& clock() const { return clock_; }
    [[nodiscard]] Instant now() const { return clock_.now(); }

    void at(Instant when, std::function<void()> what) {
        planned_.push_back({std::max(when, now()), ++last_number_, std::move(what)});
        std::push_heap(planned_.begin(), planned_.end(), Later());
    }
    void after(Milliseconds delay, std::function<void()> what) { at(now() + delay, std::move(what)); }
    /// Only if that life still goes on then.
    void after(Milliseconds delay, const Life& life, std::function<void()> what) {
        after(delay, [token = life.token(), then = std::move(what)] {
            if (!token.expired()) then();
        });
    }
    /// Runs the next one. False: there is none.
    bool step() {
        if (planned_.empty()) return false;
        std::pop_heap(planned_.begin(), planned_.end(), Later());
        const Planned next = std::move(planned_.back());
        planned_.pop_back();
        if (next.when > now()) clock_.advance(std::chrono::ceil<Milliseconds>(next.when - now()));
        next.what();
        return true;
    }
    [[nodiscard]] std::size_t waiting() const { return planned_.size(); }

  private:
    struct Planned {
        Instant when;
        std::uint64_t number = 0;
        std::function<void()> what;
    };
    /// Of two at the same time the one that was planned first comes first.
    struct Later {
        bool operator()(const Planned& left, const Planned& right) const {
            return std::pair(left.when, left.number) > std::pair(right.when, right.number);
        }
    };

    ManualClock clock_;
    std::uint64_t last_number_ = 0;
    std::vector<Planned> planned_;
};

}  // namespace holdfast::simulation
