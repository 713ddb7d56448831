// The order in which decisions are made, written and told: nobody hears of anything that is not on the disk.
// Pure and single-threaded: commands, the outcome of commits and the time come in; batches and deliveries go
// out.
//
//   submit() -> the filling batch -> take_batch() -> the batch in flight -> commit_finished() -> deliver()
//
// While one batch is in flight the next one fills, decided on what the one in flight will have written. If
// the commit fails, both are taken back and every command of them is decided again without the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/house.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::server {

/// Takes decisions, in the order in which they were made, as soon as they may be told.
class DecisionSink {
  public:
    virtual ~DecisionSink() = default;
    /// What `decision.changes` says is on the disk. Must not call back into the pipeline.
    virtual void deliver(const seats::Decision& decision) = 0;
};

/// How long after a failed commit the store is asked whether it works again, and how long at most between
/// two questions: each takes twice as long to come as the one before. Only a commit that succeeds starts
/// this anew.
inline constexpr Milliseconds store_probe_first_delay{250};
inline constexpr Milliseconds store_probe_longest_delay{2'000};
/// Places of a batch that are kept for the server's own commands (ticks, comparisons), so that a crowd of
/// players cannot hold them up.
inline constexpr std::size_t places_kept_in_batch = 16;
static_assert(places_kept_in_batch < limits::commands_per_batch);

struct PipelineSettings {
    std::size_t commands_per_batch = limits::commands_per_batch;  ///< more than places_kept_in_batch
    std::size_t commands_waiting = limits::commands_waiting;
};

/// Since the start.
struct PipelineCounters {
    std::uint64_t commits_done = 0;
    std::uint64_t commits_failed = 0;
    std::uint64_t decisions_committed = 0;  ///< in those commits, the ones without changes too
    std::uint64_t largest_batch = 0;        ///< in decisions
    std::uint64_t rollbacks = 0;
    std::uint64_t commands_rolled_back = 0;
    std::uint64_t decided_without_store = 0;
    std::uint64_t refused_overloaded = 0;
    std::uint64_t probes = 0;
    std::uint64_t probes_failed = 0;
};

class CommitPipeline {
  public:
    struct Batch {
        /// What the store shall write, in order; good until commit_finished().
        std::vector<const seats::Changes*> changes;
        std::size_t decisions = 0;  ///< those without changes too
    };

    /// `house` has to be without undecided commits; `house` and `sink` must outlive the pipeline.
    CommitPipeline(seats::House& house, DecisionSink& sink, PipelineSettings settings = {});

    /// Decides the command, or lets it wait for a place in a batch. While the store is down it is decided
    /// without it and delivered at once. False: too many wait (answer it with `overloaded`); nothing
    /// happened.
    [[nodiscard]] bool submit(seats::Command command, seats::Moment now);
    /// The same for the server's own commands, which pass those that wait for a place. False: later.
    [[nodiscard]] bool submit_own(seats::Command command, seats::Moment now);

    /// The next batch for the store, if there is something to write and no batch is in flight.
    [[nodiscard]] std::optional<Batch> take_batch(seats::Moment now);
    /// What became of the batch in flight. A failure, whatever it is, takes back all that is not on the disk,
    /// and the store counts as down until a probe succeeds.
    void commit_finished(const Result<void, seats::StoreError>& outcome, seats::Moment now);

    /// When the store is to be probed next; nothing while it works, while it is being probed, and when the
    /// failure is one that only a person can mend (`corrupt`, `incompatible`).
    [[nodiscard]] std::optional<Instant> probe_due() const;
    /// True: probe now, and say with probe_finished() what came of it.
    [[nodiscard]] bool take_probe(seats::Moment now);
    /// On success the store counts as up, and memory and disk are compared at once: `live` holds every live
    /// connection, sorted, taken after the last submit(). Otherwise `live` is not looked at.
    void probe_finished(const Result<void, seats::StoreError>& outcome, std::vector<seats::ConnectionId> live,
                        seats::Moment now);

    [[nodiscard]] seats::StoreState store_state() const { return store_state_; }
    /// The failure that the store is down for.
    [[nodiscard]] std::optional<seats::StoreError> store_error() const { return store_error_; }
    /// How many more commands submit() would decide at once, and how many while strangers' are among them:
    /// they leave a quarter of a batch to those who hold seats.
    [[nodiscard]] std::size_t places() const;
    [[nodiscard]] std::size_t places_with_strangers() const;
    /// Commands that are not decided yet.
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    /// Nothing waits, fills or is in flight: everybody has been answered.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] const PipelineCounters& counters() const { return counters_; }

  private:
    struct Decided {
        seats::Command command;  ///< to decide it again if the commit fails
        seats::Decision decision;
    };

    void decide(seats::Command command, seats::Moment now);
    void decide_without_store(const seats::Command& command, seats::Moment now);
    void decide_waiting(seats::Moment now);
    void deliver_what_needs_no_commit();
    void roll_back(seats::Moment now);
    void schedule_probe(seats::StoreError error, seats::Moment now);

    seats::House& house_;
    DecisionSink& sink_;
    PipelineSettings settings_;
    std::deque<seats::Command> waiting_;
    std::deque<Decided> filling_;    ///< starts with changes unless a batch is in flight
    std::deque<Decided> in_flight_;  ///< empty: none
    seats::StoreState store_state_ = seats::StoreState::writable;
    std::optional<seats::StoreError> store_error_;
    std::optional<Instant> probe_due_;
    Milliseconds probe_delay_ = store_probe_first_delay;
    PipelineCounters counters_;
};

}  // namespace holdfast::server
