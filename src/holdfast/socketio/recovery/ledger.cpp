#include "holdfast/socketio/recovery/ledger.hpp"

#include <algorithm>

namespace holdfast::socketio {

RecoveryLedger::RecoveryLedger(std::unique_ptr<RecoveryLog> log, const RecoveryLimits& limits,
                               std::unique_ptr<Exclusion> order, std::unique_ptr<Exclusion> members)
    : limits_(limits),
      order_(std::move(order)),
      log_(std::move(log)),
      keeper_(*log_, limits_),
      members_turns_(std::move(members)) {
    log_->report_to([this](LogPosition position) { on_kept(position); },
                    [this](const RecoveryLogError& error) { fail(error.message); });
}

// The log goes first: its thread may still report.
RecoveryLedger::~RecoveryLedger() {
    log_.reset();
}

std::vector<RecoveryMemberPointer> RecoveryLedger::members() {
    const Turn turn(members_turns_.get());
    return members_;
}

void RecoveryLedger::add(const RecoveryMemberPointer& member) {
    const Turn turn(order_.get());
    const Turn members_turn(members_turns_.get());
    members_.push_back(member);
}

void RecoveryLedger::remove(const RecoveryMemberPointer& member) {
    const Turn turn(order_.get());
    member->gone = true;
    if (!order_) return;  // alone, and the log's thread may still read the list until the log goes
    const Turn members_turn(members_turns_.get());
    std::erase(members_, member);
    member->inbox.clear();
    if (up_) keeper_.let_go_all_of(member.get());
}

bool RecoveryLedger::load(Log* log, RecoveryMember* member) {
    const Turn turn(order_.get());
    if (!up_ && !read(log)) return false;
    if (member != nullptr) member->has_nobody = false;
    return true;
}

bool RecoveryLedger::read(Log* log) {
    if (!std::all_of(members_.begin(), members_.end(), [](const auto& one) { return one->has_nobody; })) {
        return false;
    }
    auto image = log_->load();
    if (!image) {
        if (log != nullptr) {
            log->write(LogLevel::error, "recovery_log_unavailable", {{"why", image.error().message}});
        }
        return false;
    }
    if (log != nullptr) {
        log->write(LogLevel::info, "recovery_log_loaded",
                   {{"sessions", static_cast<std::int64_t>(image->sessions.size())},
                    {"events", static_cast<std::int64_t>(image->events.size())}});
    }
    keeper_.load(std::move(*image));
    progress_.written = keeper_.position();
    progress_.kept = keeper_.position();
    up_ = true;
    ++generation_;
    return true;
}

void RecoveryLedger::has_nobody(RecoveryMember& member) {
    const Turn turn(order_.get());
    up_ = false;
    member.has_nobody = true;
    for (const auto& each : members_)
        each->inbox.clear();
}

void RecoveryLedger::fail(std::string_view why) {
    const auto shared = std::make_shared<const std::string>(why);
    for (const auto& member : members()) {
        if (member->post) {
            member->post([member, shared, generation = generation_.load(), this_generation = &generation_] {
                if (!member->gone && *this_generation == generation) member->calls.failed(*shared);
            });
        } else if (member->inside) {
            member->failure_inside = why;
        } else {
            member->calls.failed(why);
        }
    }
}

void RecoveryLedger::on_kept(LogPosition position) {
    progress_.kept = position;
    for (const auto& member : members()) {
        if (member->holding) tell_kept(member);
    }
}

void RecoveryLedger::tell_kept(const RecoveryMemberPointer& member) {
    if (member->post) {
        member->post([member] {
            if (!member->gone) member->calls.kept();
        });
    } else if (member->inside) {
        member->kept_inside = true;
    } else {
        member->calls.kept();
    }
}

void RecoveryLedger::tell_what_came_inside(RecoveryMember& member) {
    if (member.post) return;
    if (std::exchange(member.kept_inside, false)) member.calls.kept();
    if (const auto why = std::exchange(member.failure_inside, {}); !why.empty()) member.calls.failed(why);
}

RecoveryMemberPointer RecoveryLedger::find(const void* member) const {
    const auto found =
        std::find_if(members_.begin(), members_.end(), [&](const auto& one) { return one.get() == member; });
    return found == members_.end() ? nullptr : *found;
}

void RecoveryLedger::to_others(const RecoveryMember& from, const RecoveryDelivery& delivery) {
    for (const auto& member : members_) {
        if (member.get() == &from) continue;
        member->inbox.push_back(delivery);
        if (std::exchange(member->woken, true)) continue;
        member->post([member] {
            if (!member->gone) member->calls.wake();
        });
    }
}

void RecoveryLedger::catch_up(RecoveryMember& member, Turn& turn) {
    if (member.catching_up) return;
    while (!member.inbox.empty()) {
        auto taken = std::exchange(member.inbox, {});
        turn.give();
        member.catching_up = true;
        member.calls.deliver(std::move(taken));
        member.catching_up = false;
        turn.take();
    }
}

void RecoveryLedger::catch_up(RecoveryMember& member) {
    if (member.inside) return;
    Turn turn(order_.get());
    catch_up(member, turn);
}

void RecoveryLedger::awake(RecoveryMember& member) {
    Turn turn(order_.get());
    member.woken = false;
    catch_up(member, turn);
}

}  // namespace holdfast::socketio
