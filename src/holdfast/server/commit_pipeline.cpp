#include "holdfast/server/commit_pipeline.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::server {

using seats::Command;
using seats::Decision;
using seats::Moment;
using seats::StoreError;
using seats::StoreState;

CommitPipeline::CommitPipeline(seats::House& house, DecisionSink& sink, PipelineSettings settings)
    : house_(house), sink_(sink), settings_(settings) {
    settings_.commands_per_batch = std::max(settings_.commands_per_batch, places_kept_in_batch + 1);
}

bool CommitPipeline::is_idle() const {
    return waiting_.empty() && filling_.empty() && in_flight_.empty();
}

std::size_t CommitPipeline::places() const {
    if (store_state_ == StoreState::down) return settings_.commands_per_batch;
    const std::size_t places = settings_.commands_per_batch - places_kept_in_batch;
    if (!waiting_.empty() || filling_.size() >= places) return 0;
    return places - filling_.size();
}

std::size_t CommitPipeline::places_with_strangers() const {
    if (store_state_ == StoreState::down) return settings_.commands_per_batch;
    const std::size_t kept = (settings_.commands_per_batch - places_kept_in_batch) / 4;
    return places() > kept ? places() - kept : 0;
}

bool CommitPipeline::submit(Command command, Moment now) {
    if (store_state_ == StoreState::down) {
        decide_without_store(command, now);
        return true;
    }
    if (waiting_.empty() && filling_.size() < settings_.commands_per_batch - places_kept_in_batch) {
        decide(std::move(command), now);
        return true;
    }
    if (waiting_.size() >= settings_.commands_waiting) {
        ++counters_.refused_overloaded;
        return false;
    }
    waiting_.push_back(std::move(command));
    return true;
}

bool CommitPipeline::submit_own(Command command, Moment now) {
    if (store_state_ == StoreState::down) {
        decide_without_store(command, now);
        return true;
    }
    if (filling_.size() >= settings_.commands_per_batch) return false;
    decide(std::move(command), now);
    return true;
}

void CommitPipeline::decide(Command command, Moment now) {
    auto decision = house_.execute(command, now, StoreState::writable);
    if (decision.changes.empty() && filling_.empty() && in_flight_.empty()) {
        house_.committed(decision.sequence);
        sink_.deliver(decision);
        return;
    }
    // Also without changes it waits for those before it: it was decided on what they did.
    filling_.push_back({std::move(command), std::move(decision)});
}

void CommitPipeline::decide_without_store(const Command& command, Moment now) {
    auto decision = house_.execute(command, now, StoreState::down);
    ++counters_.decided_without_store;
    if (!decision.changes.empty()) {
        // They would never be written, so it must not have happened.
        house_.roll_back_from(decision.sequence);
        decision.refusal = seats::Refusal::store_unavailable;
        decision.changes.clear();
        decision.effects.clear();
    }
    house_.committed(decision.sequence);
    sink_.deliver(decision);
}

void CommitPipeline::decide_waiting(Moment now) {
    while (!waiting_.empty() && filling_.size() < settings_.commands_per_batch - places_kept_in_batch) {
        auto command = std::move(waiting_.front());
        waiting_.pop_front();
        decide(std::move(command), now);
    }
}

void CommitPipeline::deliver_what_needs_no_commit() {
    while (!filling_.empty() && filling_.front().decision.changes.empty()) {
        const auto decided = std::move(filling_.front());
        filling_.pop_front();
        house_.committed(decided.decision.sequence);
        sink_.deliver(decided.decision);
    }
}

std::optional<CommitPipeline::Batch> CommitPipeline::take_batch(Moment now) {
    if (store_state_ == StoreState::down || !in_flight_.empty() || filling_.empty()) return std::nullopt;
    in_flight_ = std::move(filling_);
    filling_.clear();
    Batch batch;
    batch.decisions = in_flight_.size();
    for (const auto& decided : in_flight_) {
        if (!decided.decision.changes.empty()) batch.changes.push_back(&decided.decision.changes);
    }
    decide_waiting(now);
    return batch;
}

void CommitPipeline::commit_finished(const Result<void, StoreError>& outcome, Moment now) {
    if (in_flight_.empty()) return;
    if (!outcome) {
        ++counters_.commits_failed;
        schedule_probe(outcome.error(), now);
        roll_back(now);
        return;
    }
    const auto written = std::exchange(in_flight_, {});
    ++counters_.commits_done;
    counters_.decisions_committed += written.size();
    counters_.largest_batch = std::max<std::uint64_t>(counters_.largest_batch, written.size());
    probe_delay_ = store_probe_first_delay;
    house_.committed(written.back().decision.sequence);
    for (const auto& decided : written)
        sink_.deliver(decided.decision);
    deliver_what_needs_no_commit();
    decide_waiting(now);
}

void CommitPipeline::roll_back(Moment now) {
    house_.roll_back_from(in_flight_.front().decision.sequence);
    const auto lost = std::exchange(in_flight_, {});
    const auto lost_with_it = std::exchange(filling_, {});
    const auto undecided = std::exchange(waiting_, {});
    ++counters_.rollbacks;
    counters_.commands_rolled_back += lost.size() + lost_with_it.size();
    for (const auto& decided : lost)
        decide_without_store(decided.command, now);
    for (const auto& decided : lost_with_it)
        decide_without_store(decided.command, now);
    for (const auto& command : undecided)
        decide_without_store(command, now);
}

void CommitPipeline::schedule_probe(StoreError error, Moment now) {
    store_state_ = StoreState::down;
    store_error_ = error;
    if (error == StoreError::corrupt || error == StoreError::incompatible) {
        probe_due_.reset();
        return;
    }
    probe_due_ = now.monotonic + probe_delay_;
    probe_delay_ = std::min(probe_delay_ * 2, store_probe_longest_delay);
}

std::optional<Instant> CommitPipeline::probe_due() const {
    return probe_due_;
}

bool CommitPipeline::take_probe(Moment now) {
    if (!probe_due_ || now.monotonic < *probe_due_) return false;
    probe_due_.reset();
    ++counters_.probes;
    return true;
}

void CommitPipeline::probe_finished(const Result<void, StoreError>& outcome,
                                    std::vector<seats::ConnectionId> live, Moment now) {
    if (store_state_ != StoreState::down) return;
    if (!outcome) {
        ++counters_.probes_failed;
        schedule_probe(outcome.error(), now);
        return;
    }
    store_state_ = StoreState::writable;
    store_error_.reset();
    probe_due_.reset();
    // First of all: until then some seats are held by connections that no record knows.
    Command compare;
    compare.body = seats::SynchroniseWithStore{std::move(live)};
    decide(std::move(compare), now);
}

}  // namespace holdfast::server
