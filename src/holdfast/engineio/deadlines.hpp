// Deadlines without a heap: every kind of time-out has one constant length, so a list in order of arrival is
// also in order of deadline. Adding, removing and taking the next one cost the same however many there are,
// and a node lies inside the thing it watches. Internal to this layer; one thread.
#pragma once

#include <cstdint>

#include "holdfast/base/clock.hpp"

namespace holdfast::engineio {

/// A place in a DeadlineList; leaves its list when it is destroyed.
class DeadlineNode {
  public:
    DeadlineNode() = default;
    ~DeadlineNode() { stop(); }
    DeadlineNode(const DeadlineNode&) = delete;
    DeadlineNode& operator=(const DeadlineNode&) = delete;

    [[nodiscard]] bool armed() const { return next_ != nullptr; }
    /// When it is due, or was before it was taken out.
    [[nodiscard]] Instant due() const { return due_; }
    void stop() {
        if (!armed()) return;
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = next_ = nullptr;
    }

  private:
    friend class DeadlineList;
    DeadlineNode* previous_ = nullptr;
    DeadlineNode* next_ = nullptr;
    Instant due_;
    std::uint64_t owner_ = 0;
};

/// All deadlines of one kind.
class DeadlineList {
  public:
    DeadlineList() { head_.previous_ = head_.next_ = &head_; }
    ~DeadlineList() {
        while (head_.next_ != &head_)
            head_.next_->stop();
        head_.previous_ = head_.next_ = nullptr;
    }
    DeadlineList(const DeadlineList&) = delete;
    DeadlineList& operator=(const DeadlineList&) = delete;

    /// Arms the node, also when it was armed before, in whatever list. `due` must not lie before that of a
    /// node added earlier.
    void add(DeadlineNode& node, std::uint64_t owner, Instant due) {
        node.stop();
        node.due_ = due;
        node.owner_ = owner;
        node.previous_ = head_.previous_;
        node.next_ = &head_;
        head_.previous_->next_ = &node;
        head_.previous_ = &node;
    }

    /// Takes the first node out if it is due, and says whose it was; 0 when nothing is due.
    [[nodiscard]] std::uint64_t take_due(Instant now) {
        DeadlineNode* const first = head_.next_;
        if (first == &head_ || first->due_ > now) return 0;
        first->stop();
        return first->owner_;
    }

  private:
    DeadlineNode head_;
};

}  // namespace holdfast::engineio
