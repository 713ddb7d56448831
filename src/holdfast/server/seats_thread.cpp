#include "holdfast/server/seats_thread.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

namespace holdfast::server {

using seats::Command;
using seats::StoreError;
using seats::StoreState;

namespace {

/// At the start: more would take much memory at a time, fewer would be many syncs.
constexpr std::size_t teams_preserved_at_once = 8'192;

std::string_view sentence_of(StoreError error) {
    switch (error) {
        case StoreError::unavailable:
            return "The store cannot be written. Players keep their seats; nothing new is accepted until it "
                   "works again.";
        case StoreError::disk_full:
            return "The disk is full. Players keep their seats; nothing new is accepted until there is room.";
        case StoreError::read_only:
            return "The store is read-only. Players keep their seats; nothing new is accepted until it can "
                   "be "
                   "written.";
        case StoreError::conflict:
            return "The store holds something else than this server wrote: does a second server use it? "
                   "Nothing of the batch was written.";
        case StoreError::corrupt:
            return "The store is damaged and stays closed. Players keep their seats for now; stop the server "
                   "and bring back a backup.";
        case StoreError::incompatible:
            return "The store belongs to another program or a newer version and stays closed.";
    }
    return "The store cannot be written.";
}

std::optional<StoreError> error_of(const Result<void, StoreError>& outcome) {
    if (outcome) return std::nullopt;
    return outcome.error();
}

}  // namespace

SeatsThread::SeatsThread(seats::House& house, seats::Store& store, DecisionSink& sink,
                         PipelineObserver& observer, const Clock& clock, Log& log, SeatsThreadHooks hooks,
                         SeatsThreadSettings settings)
    : house_(house),
      store_(store),
      sink_(sink),
      observer_(observer),
      clock_(clock),
      log_(log),
      hooks_(std::move(hooks)),
      settings_(settings),
      pipeline_(house, sink, settings.pipeline),
      queue_({settings.pipeline.commands_waiting, settings.places_for_holders}) {}

SeatsThread::~SeatsThread() {
    stop();
}

Result<void, StoreError> SeatsThread::start() {
    auto snapshot = store_.load();
    if (!snapshot) return failure(snapshot.error());
    auto decision = std::make_optional(
        house_.preserve_sessions_at_start(std::move(*snapshot), now(), teams_preserved_at_once));
    for (; decision; decision = house_.preserve_further_sessions(now(), teams_preserved_at_once)) {
        if (!decision->changes.empty()) {
            const auto* const changes = &decision->changes;
            const auto began = clock_.now();
            const auto outcome = store_.commit(std::span(&changes, 1));
            observer_.on_commit(clock_.now() - began, 1, error_of(outcome));
            if (!outcome) return failure(outcome.error());
        }
        house_.committed(decision->sequence);
        sink_.deliver(*decision);
    }

    const auto started = clock_.now();
    tick_due_ = started + settings_.tick_interval;
    synchronise_due_ = started + settings_.synchronise_interval;
    periodic_due_ = started + settings_.periodic_interval;
    {
        const std::scoped_lock lock(mutex_);
        running_ = true;
    }
    if (settings_.by_hand) return {};
    store_thread_ = std::jthread([this] { store_loop(); });
    seats_thread_ = std::jthread([this] { seats_loop(); });
    return {};
}

// ---- from any thread

bool SeatsThread::post(Command command, const Sender& sender) {
    bool wake = false;
    {
        const std::scoped_lock lock(mutex_);
        if (!running_ || stopping_) return false;
        const bool waited = turn_waits();
        if (!queue_.put(std::move(command), sender)) return false;
        wake = !waited && turn_waits();
    }
    if (wake) seats_wakes_.notify_one();
    return true;
}

bool SeatsThread::run(std::function<void()> function) {
    {
        const std::scoped_lock lock(mutex_);
        if (!running_ || stopping_ || functions_.size() >= settings_.pipeline.commands_waiting) return false;
        functions_.push_back(std::move(function));
    }
    seats_wakes_.notify_one();
    return true;
}

bool SeatsThread::read_store(std::function<void(seats::Store&)> function) {
    {
        const std::scoped_lock lock(mutex_);
        if (!running_ || stopping_ || reads_.size() >= settings_.reads_waiting) return false;
        reads_.push_back(std::move(function));
    }
    store_wakes_.notify_one();
    return true;
}

void SeatsThread::stop() {
    std::call_once(stopped_, [this] {
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
        }
        seats_wakes_.notify_one();
        if (seats_thread_.joinable()) seats_thread_.join();
        {
            const std::scoped_lock lock(mutex_);
            store_thread_ends_ = true;
        }
        store_wakes_.notify_one();
        if (store_thread_.joinable()) store_thread_.join();
    });
}

bool SeatsThread::is_stopping() const {
    const std::scoped_lock lock(mutex_);
    return stopping_;
}

PipelineStatus SeatsThread::status() const {
    const std::scoped_lock lock(mutex_);
    auto status = status_;
    status.commands_waiting = queue_.size() + queue_.busy();
    status.strangers_waiting = queue_.waiting(Standing::stranger);
    status.strangers_refused = queue_.refused(Standing::stranger);
    status.holders_refused = queue_.refused(Standing::holder);
    status.fill = queue_.fill();
    status.shedding = load_.shedding();
    status.counters.refused_overloaded += status.strangers_refused + status.holders_refused;
    return status;
}

// ---- the store thread

void SeatsThread::store_loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        store_wakes_.wait(lock, [this] { return store_work_ || !reads_.empty() || store_thread_ends_; });
        if (!work_on_store(lock)) return;
    }
}

bool SeatsThread::work_on_store(std::unique_lock<std::mutex>& lock) {
    if (store_work_) {
        const auto work = std::move(*store_work_);
        store_work_.reset();
        lock.unlock();
        auto outcome = work.is_probe ? store_.probe() : store_.commit(work.batch.changes);
        const auto at = clock_.now();
        lock.lock();
        store_done_ = StoreDone{outcome, at};
        seats_wakes_.notify_one();
        return true;
    }
    if (reads_.empty()) return false;
    // One at a time: a commit that came meanwhile goes first.
    const auto read = std::move(reads_.front());
    reads_.erase(reads_.begin());
    lock.unlock();
    read(store_);
    lock.lock();
    return true;
}

bool SeatsThread::work_on_store() {
    std::unique_lock lock(mutex_);
    return work_on_store(lock);
}

bool SeatsThread::has_store_work() const {
    const std::scoped_lock lock(mutex_);
    return store_work_ || !reads_.empty();
}

// ---- the seats thread

void SeatsThread::seats_loop() {
    do {
        wait_for_turn();
    } while (turn());
}

bool SeatsThread::turn() {
    auto todo = take_turn();
    knows_of_stop_ = todo.stopping;
    if (todo.store_done) settle(*todo.store_done);
    for (auto& command : take_commands()) {
        // No more were taken than there is room for.
        (void)pipeline_.submit(std::move(command), now());
    }
    for (const auto& function : todo.functions)
        function();
    do_what_is_due();
    hand_over();
    if (hooks_.after_turn) hooks_.after_turn();
    publish_status();
    const bool over = todo.stopping && is_idle() && status().commands_waiting == 0;
    if (over) {
        if (hooks_.periodic) hooks_.periodic(now());
        if (hooks_.after_turn) hooks_.after_turn();
    }
    return !over;
}

bool SeatsThread::turn_waits() const {
    const bool command_waits = (takes_holders_ && queue_.waiting(Standing::holder) != 0) ||
                               (takes_strangers_ && queue_.waiting(Standing::stranger) != 0);
    return command_waits || !functions_.empty() || store_done_ || (stopping_ && !knows_of_stop_);
}

bool SeatsThread::has_turn() const {
    if (clock_.now() >= next_timer()) return true;
    const std::scoped_lock lock(mutex_);
    return turn_waits();
}

void SeatsThread::wait_for_turn() {
    const auto until_timer = next_timer() - clock_.now();
    std::unique_lock lock(mutex_);
    seats_wakes_.wait_for(lock, until_timer, [this] { return turn_waits(); });
}

SeatsThread::Turn SeatsThread::take_turn() {
    const std::scoped_lock lock(mutex_);
    Turn turn;
    turn.functions.swap(functions_);
    turn.store_done = std::exchange(store_done_, std::nullopt);
    turn.stopping = stopping_;
    return turn;
}

std::vector<Command> SeatsThread::take_commands() {
    const auto most = std::min(pipeline_.places(), limits::commands_per_turn);
    const auto with_strangers = std::min(pipeline_.places_with_strangers(), limits::commands_per_turn);
    const std::scoped_lock lock(mutex_);
    return queue_.take(most, with_strangers);
}

void SeatsThread::publish_status() {
    const std::scoped_lock lock(mutex_);
    queue_.decided();
    takes_holders_ = pipeline_.places() != 0;
    takes_strangers_ = pipeline_.places_with_strangers() != 0;
    load_.update(queue_.fill(), queue_.refused(Standing::stranger), clock_.now());
    status_.store = pipeline_.store_state();
    status_.store_error = pipeline_.store_error();
    status_.counters = pipeline_.counters();
}

Instant SeatsThread::next_timer() const {
    auto next = std::min(tick_due_, synchronise_due_);
    if (hooks_.periodic) next = std::min(next, periodic_due_);
    if (const auto probe = pipeline_.probe_due()) next = std::min(next, *probe);
    return next;
}

void SeatsThread::settle(const StoreDone& done) {
    const auto handed_over = *std::exchange(handed_over_, std::nullopt);
    const auto before = pipeline_.store_state();
    if (handed_over.is_probe) {
        observer_.on_probe(error_of(done.outcome));
        pipeline_.probe_finished(
            done.outcome, done.outcome ? sorted_live_connections() : std::vector<seats::ConnectionId>{},
            now());
    } else {
        observer_.on_commit(done.at - handed_over.at, handed_over.decisions, error_of(done.outcome));
        const auto taken_back = pipeline_.counters().commands_rolled_back;
        pipeline_.commit_finished(done.outcome, now());
        if (!done.outcome) observer_.on_rollback(pipeline_.counters().commands_rolled_back - taken_back);
    }
    tell_store_state(before);
}

void SeatsThread::tell_store_state(StoreState before) {
    const auto state = pipeline_.store_state();
    if (state == before) return;
    const auto error = pipeline_.store_error();
    observer_.on_store_state(state, error);
    if (!error) {
        log_.write(LogLevel::info, "store_up", {{"message", "The store can be written again."}});
        return;
    }
    // Comes back with every commit until a person has looked.
    if (*error == StoreError::conflict && std::exchange(conflict_was_logged_, true)) return;
    log_.write(LogLevel::error, "store_down",
               {{"error", seats::to_string(*error)}, {"message", sentence_of(*error)}});
}

std::vector<seats::ConnectionId> SeatsThread::sorted_live_connections() const {
    auto live = hooks_.live_connections();
    std::sort(live.begin(), live.end());
    return live;
}

void SeatsThread::do_what_is_due() {
    const auto moment = now();
    if (moment.monotonic >= tick_due_) {
        Command tick;
        tick.body = seats::Tick{};
        // No place in the batch: the next second is as good.
        (void)pipeline_.submit_own(std::move(tick), moment);
        tick_due_ = moment.monotonic + settings_.tick_interval;
    }
    if (moment.monotonic >= synchronise_due_) {
        if (pipeline_.store_state() == StoreState::writable) {
            Command compare;
            compare.body = seats::SynchroniseWithStore{sorted_live_connections()};
            (void)pipeline_.submit_own(std::move(compare), moment);
        }
        synchronise_due_ = moment.monotonic + settings_.synchronise_interval;
    }
    if (hooks_.periodic && moment.monotonic >= periodic_due_) {
        hooks_.periodic(moment);
        periodic_due_ = moment.monotonic + settings_.periodic_interval;
    }
}

void SeatsThread::hand_over() {
    if (handed_over_) return;
    const auto moment = now();
    if (auto batch = pipeline_.take_batch(moment)) {
        const auto decisions = batch->decisions;
        give_to_store({false, std::move(*batch)}, {false, decisions, moment.monotonic});
    } else if (!knows_of_stop_ && pipeline_.take_probe(moment)) {
        give_to_store({true, {}}, {true, 0, moment.monotonic});
    }
}

void SeatsThread::give_to_store(StoreWork work, HandedOver handed_over) {
    handed_over_ = handed_over;
    {
        const std::scoped_lock lock(mutex_);
        store_work_ = std::move(work);
    }
    store_wakes_.notify_one();
}

}  // namespace holdfast::server
