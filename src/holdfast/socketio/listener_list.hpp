// Listeners in the order in which they were added, which may change while they are being called. Internal to
// this layer; one thread.
#pragma once

#include <algorithm>
#include <boost/smart_ptr/local_shared_ptr.hpp>
#include <boost/smart_ptr/make_local_shared.hpp>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "holdfast/socketio/event_source.hpp"

namespace holdfast::socketio {

template <typename Function>
class ListenerList {
  public:
    struct One {
        ListenerId id;
        Function call;
        bool once = false;
        bool gone = false;  ///< not to be called any more
    };
    /// The list as it stands at one moment. Whoever holds it keeps the functions alive.
    using Snapshot = boost::local_shared_ptr<const std::vector<std::shared_ptr<One>>>;

    void add(ListenerId id, Function function, bool once) {
        auto longer = listeners_ ? *listeners_ : std::vector<std::shared_ptr<One>>();
        longer.push_back(std::make_shared<One>(One{id, std::move(function), once, false}));
        listeners_ = boost::make_local_shared<const std::vector<std::shared_ptr<One>>>(std::move(longer));
    }
    bool remove(ListenerId id) {
        if (!listeners_) return false;
        for (const auto& one : *listeners_) {
            if (one->id != id || one->gone) continue;
            one->gone = true;
            prune();
            return true;
        }
        return false;
    }
    std::size_t clear() {
        if (!listeners_) return 0;
        for (const auto& one : *listeners_)
            one->gone = true;
        return std::exchange(listeners_, nullptr)->size();
    }
    /// Forgets those that are gone.
    void prune() {
        if (!listeners_) return;
        auto left = *listeners_;
        std::erase_if(left, [](const auto& one) { return one->gone; });
        listeners_ = left.empty()
                         ? nullptr
                         : boost::make_local_shared<const std::vector<std::shared_ptr<One>>>(std::move(left));
    }
    [[nodiscard]] bool empty() const { return listeners_ == nullptr; }
    /// Null when there is none.
    [[nodiscard]] const Snapshot& snapshot() const { return listeners_; }

    /// Calls `visit(function)` for each listener of a snapshot that is still there.
    template <typename Visit>
    static void each(const Snapshot& listeners, Visit&& visit) {
        if (!listeners) return;
        for (const auto& one : *listeners) {
            if (!one->gone) visit(one->call);
        }
    }

  private:
    Snapshot listeners_;  ///< never changed in place
};

}  // namespace holdfast::socketio
