// The threads around the commit pipeline: one decides, one blocks on the disk.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/server/admission.hpp"
#include "holdfast/server/commit_pipeline.hpp"

namespace holdfast::server {

/// Is told what the pipeline does, for the figures. Called on the seats thread, and by start() on its
/// caller's.
class PipelineObserver {
  public:
    virtual ~PipelineObserver() = default;
    /// `latency`: from handing the batch over until the store was done. No `error`: it is on the disk.
    virtual void on_commit(std::chrono::nanoseconds /*latency*/, std::size_t /*decisions*/,
                           std::optional<seats::StoreError> /*error*/) {}
    /// So many commands were taken back and decided without the store.
    virtual void on_rollback(std::size_t /*commands*/) {}
    virtual void on_probe(std::optional<seats::StoreError> /*error*/) {}
    /// `error`: what the store is down for.
    virtual void on_store_state(seats::StoreState /*state*/, std::optional<seats::StoreError> /*error*/) {}
};

struct SeatsThreadSettings {
    PipelineSettings pipeline;
    /// Of pipeline.commands_waiting, places that strangers cannot take.
    std::size_t places_for_holders = limits::commands_waiting_for_holders;
    Milliseconds tick_interval{1'000};
    /// Between two comparisons of the records with the live connections; also from the start to the first.
    Milliseconds synchronise_interval{10'000};
    Milliseconds periodic_interval{100};
    /// Reads that wait for the store thread. At the limit: refused.
    std::size_t reads_waiting = 256;
    /// No threads: whoever owns this object calls turn() and work_on_store() in the order of its choice, on
    /// one thread. For simulations.
    bool by_hand = false;
};

/// What the seats thread asks of others. All are called on the seats thread.
struct SeatsThreadHooks {
    /// Every live connection of the process, in any order. Required. A connection has to be in it from before
    /// its first command is posted until its ConnectionLost is: a seat whose connection is missing turns
    /// away.
    std::function<std::vector<seats::ConnectionId>()> live_connections;
    /// For broadcasts that are collected: called every periodic_interval, and once before the thread ends.
    std::function<void(seats::Moment)> periodic;
    /// After each turn, when everything that could be delivered has been: to send it on in one go.
    std::function<void()> after_turn;
};

struct PipelineStatus {
    seats::StoreState store = seats::StoreState::writable;
    std::optional<seats::StoreError> store_error;
    std::size_t commands_waiting = 0;  ///< posted and not decided
    std::size_t strangers_waiting = 0;
    std::uint64_t strangers_refused = 0;  ///< because too many waited, since the start
    std::uint64_t holders_refused = 0;
    double fill = 0;  ///< of what strangers may take of the queue, 0 to 1
    bool shedding = false;
    PipelineCounters counters;
};

class SeatsThread {
  public:
    /// Everything passed by reference must outlive this object. From start() to stop() the house belongs to
    /// the seats thread and the store to the store thread.
    SeatsThread(seats::House& house, seats::Store& store, DecisionSink& sink, PipelineObserver& observer,
                const Clock& clock, Log& log, SeatsThreadHooks hooks, SeatsThreadSettings settings = {});
    ~SeatsThread();
    SeatsThread(const SeatsThread&) = delete;
    SeatsThread& operator=(const SeatsThread&) = delete;

    /// Loads what the store has, turns the sessions of the last run away (with their full grace), commits
    /// that, delivers it on the calling thread, and starts the threads. Call once, on a fresh house. On an
    /// error no thread runs, and neither this object nor the house can be used any further.
    [[nodiscard]] Result<void, seats::StoreError> start();

    /// Queues a command; any thread. False: too many wait (answer `overloaded`), or stop() was called
    /// (is_stopping(): answer `shutting_down`). A lost connection that finds no place is noticed by the next
    /// comparison. Who waits for how long and who is refused: see AdmissionQueue.
    [[nodiscard]] bool post(seats::Command command, const Sender& sender = {});
    /// Runs a function on the seats thread, after the commands posted before it that find a place in a batch;
    /// any thread. It must not throw and must not call stop(). False: it will not run.
    [[nodiscard]] bool run(std::function<void()> function);
    /// Runs a function that reads from the store (the journal) on the store thread, between two commits; any
    /// thread. It must not throw, write, or call stop(). False: it will not run.
    [[nodiscard]] bool read_store(std::function<void(seats::Store&)> function);

    /// Takes no more commands; decides, commits and delivers what waits, and ends the threads. Lasts as long
    /// as the commits of what waits: one for each commands_per_batch, and not one after the first that
    /// fails. Any thread but the two; may be called again.
    void stop();
    [[nodiscard]] bool is_stopping() const;

    // By hand only. stop() ends nothing then: whoever calls these goes on until turn() says that it is over.
    /// One turn of the seats thread, with whatever there is to do now. False: it was the last one.
    bool turn();
    /// The next piece of work of the store thread. False: there was none.
    bool work_on_store();
    /// Whether there is something to do for either.
    [[nodiscard]] bool has_turn() const;
    [[nodiscard]] bool has_store_work() const;
    /// Nothing is undecided, unwritten or untold.
    [[nodiscard]] bool is_idle() const { return !handed_over_ && pipeline_.is_idle(); }
    /// As of now, where status() tells it as of the end of the last turn.
    [[nodiscard]] seats::StoreState store_state() const { return pipeline_.store_state(); }

    /// As of a moment ago; any thread.
    [[nodiscard]] PipelineStatus status() const;

  private:
    struct StoreWork {
        bool is_probe = false;
        CommitPipeline::Batch batch;
    };
    struct StoreDone {
        Result<void, seats::StoreError> outcome;
        Instant at;
    };
    /// What the store thread was given, as the seats thread remembers it.
    struct HandedOver {
        bool is_probe = false;
        std::size_t decisions = 0;
        Instant at;
    };
    /// What there is to do for the seats thread.
    struct Turn {
        std::vector<std::function<void()>> functions;
        std::optional<StoreDone> store_done;
        bool stopping = false;
    };

    void seats_loop();
    void store_loop();
    void wait_for_turn();
    [[nodiscard]] Turn take_turn();
    [[nodiscard]] std::vector<seats::Command> take_commands();
    /// With the lock held, which it gives back while it works. False: nothing to do.
    [[nodiscard]] bool work_on_store(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool turn_waits() const;
    void publish_status();
    [[nodiscard]] Instant next_timer() const;
    void settle(const StoreDone& done);
    void tell_store_state(seats::StoreState before);
    void do_what_is_due();
    void hand_over();
    void give_to_store(StoreWork work, HandedOver handed_over);
    [[nodiscard]] std::vector<seats::ConnectionId> sorted_live_connections() const;
    [[nodiscard]] seats::Moment now() const { return {clock_.now(), clock_.unix_now()}; }

    seats::House& house_;
    seats::Store& store_;
    DecisionSink& sink_;
    PipelineObserver& observer_;
    const Clock& clock_;
    Log& log_;
    SeatsThreadHooks hooks_;
    SeatsThreadSettings settings_;

    // ---- the seats thread's own
    CommitPipeline pipeline_;
    std::optional<HandedOver> handed_over_;
    Instant tick_due_;
    Instant synchronise_due_;
    Instant periodic_due_;
    bool knows_of_stop_ = false;
    bool conflict_was_logged_ = false;

    // ---- shared, under the mutex
    mutable std::mutex mutex_;
    std::condition_variable seats_wakes_;
    std::condition_variable store_wakes_;
    AdmissionQueue queue_;
    LoadSignal load_;
    bool takes_holders_ = true;  ///< whether there was a place in a batch at the end of the last turn
    bool takes_strangers_ = true;
    std::vector<std::function<void()>> functions_;
    std::vector<std::function<void(seats::Store&)>> reads_;
    std::optional<StoreWork> store_work_;
    std::optional<StoreDone> store_done_;
    PipelineStatus status_;
    bool running_ = false;
    bool stopping_ = false;
    bool store_thread_ends_ = false;

    std::once_flag stopped_;
    std::jthread store_thread_;
    std::jthread seats_thread_;
};

}  // namespace holdfast::server
