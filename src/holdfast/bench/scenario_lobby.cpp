// lobby: everybody is connected and watches the list of teams, while one after the other takes a seat.
#include <algorithm>
#include <limits>

#include "holdfast/bench/players.hpp"
#include "holdfast/bench/scenarios.hpp"
#include "holdfast/bench/schedule.hpp"

namespace holdfast::bench {

namespace {

class Joins final : public Players {
  public:
    explicit Joins(Run& run) : Players(run), schedule_(0, 1) {}

    void start() {
        const double rate = static_cast<double>(run_.options.connections) / run_.options.join_seconds;
        schedule_ = Schedule(clock_ns(), rate);
    }
    /// Sends the joins that are due; gives when the next will be.
    std::uint64_t keep_up() {
        const std::uint64_t due =
            std::min<std::uint64_t>(schedule_.due(clock_ns()), run_.options.connections);
        for (; due_ < due; ++due_) {
            const auto player = static_cast<std::size_t>(due_);
            // A second player whose team is not there yet waits for it; its time runs.
            if (player % 2 == 0) {
                ask(player, Operation::create, schedule_.intended_ns(due_));
            } else if (seated(player - 1)) {
                ask(player, Operation::join, schedule_.intended_ns(due_));
            }
        }
        const bool all = due_ == run_.options.connections;
        return all ? std::numeric_limits<std::uint64_t>::max() : schedule_.intended_ns(due_);
    }
    [[nodiscard]] bool done() const { return seated_count() == run_.options.connections; }

  private:
    void on_team_there(std::size_t player) override {
        if (player < due_) ask(player, Operation::join, schedule_.intended_ns(player));
    }
    void on_done(std::size_t /*player*/, Operation /*operation*/, std::uint64_t since_ns) override {
        const std::uint64_t now = run_.clients.now_ns();
        run_.report.latency_ns.record(std::max(now, since_ns) - since_ns);
    }

    Schedule schedule_;
    std::uint64_t due_ = 0;
};

}  // namespace

void run_lobby(Run& run) {
    Joins joins(run);
    run.report.operation_name = "joins";
    run.clients.set_events(joins);
    if (run.connect_all(run.options.in_flight)) {
        run.wait(1, [] { return false; });  // what connecting brings with it is over
        run.progress.show("Joining", "");
        Meter meter(run.options.server_processes);
        const std::uint64_t bytes_before = run.clients.bytes_received();
        meter.start();
        joins.start();
        run.wait(
            run.options.join_seconds + run.options.patience_seconds,
            [&] { return joins.done() || run.report.errors.total() > 0; }, [&] { return joins.keep_up(); });
        // The last lists of teams are a part of the price.
        run.wait(1, [] { return false; });
        meter.pause();
        run.report.bytes_received = run.clients.bytes_received() - bytes_before;
        run.report.operations = joins.seated_count();
        run.take(meter);
        run.report.errors.add("not_seated", "a player never got an answer",
                              run.options.connections - joins.seated_count());
        if (run.report.operations > 0) {
            run.report.extras.push_back(
                {"bytes_received_per_operation", static_cast<double>(run.report.bytes_received) /
                                                     static_cast<double>(run.report.operations)});
        }
        run.report.extras.push_back({"join_seconds", run.options.join_seconds});
    }
    run.disconnect_all();
}

}  // namespace holdfast::bench
