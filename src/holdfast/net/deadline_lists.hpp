// Time-outs without a timer each: all connections that wait for the same kind of thing wait equally long, so
// each kind is a list in the order of its deadlines, and setting or clearing one is a few pointers.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>

#include "holdfast/base/clock.hpp"

namespace holdfast::net {

enum class DeadlineKind : std::uint8_t { header, body, keep_alive, linger };
inline constexpr std::size_t deadline_kinds = 4;

/// Base of what can wait. Leaves its list when it is destroyed.
struct DeadlineEntry
    : boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    Instant deadline{};
    DeadlineKind deadline_kind = DeadlineKind::header;
};

/// One thread.
class DeadlineLists {
  public:
    explicit DeadlineLists(const std::array<Milliseconds, deadline_kinds>& durations)
        : durations_(durations) {}

    /// An entry waits for one thing at a time: this replaces what it waited for before.
    void set(DeadlineEntry& entry, DeadlineKind kind, Instant now) {
        clear(entry);
        entry.deadline = now + durations_[static_cast<std::size_t>(kind)];
        entry.deadline_kind = kind;
        lists_[static_cast<std::size_t>(kind)].push_back(entry);
    }
    static void clear(DeadlineEntry& entry) {
        if (entry.is_linked()) entry.unlink();
    }
    /// Takes out one entry whose time has come; null when there is none.
    [[nodiscard]] DeadlineEntry* take_expired(Instant now) {
        for (auto& list : lists_) {
            if (list.empty() || list.front().deadline > now) continue;
            DeadlineEntry& entry = list.front();
            list.pop_front();
            return &entry;
        }
        return nullptr;
    }

  private:
    using List = boost::intrusive::list<DeadlineEntry, boost::intrusive::constant_time_size<false>>;
    std::array<Milliseconds, deadline_kinds> durations_;
    std::array<List, deadline_kinds> lists_;
};

}  // namespace holdfast::net
