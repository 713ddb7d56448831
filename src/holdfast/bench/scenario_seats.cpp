// seats: every player keeps one operation on its seat on the way; an answer sends the next.
#include <array>

#include "holdfast/base/random.hpp"
#include "holdfast/bench/players.hpp"
#include "holdfast/bench/scenarios.hpp"

namespace holdfast::bench {

namespace {

class SeatOperations final : public Players {
  public:
    using Players::Players;

    void start(bool game_runs) {
        running_ = true;
        game_runs_ = game_runs;
        for (std::size_t i = 0; i < run_.options.connections; ++i)
            next(i, clock_ns());
    }
    void begin() {
        run_.report.latency_ns.clear();
        done_.fill(0);
    }
    void end() {
        for (const Operation operation :
             {Operation::join, Operation::resume, Operation::answer, Operation::leave}) {
            const std::uint64_t count = done_[static_cast<std::size_t>(operation)];
            run_.report.operations += count;
            run_.report.extras.push_back({plural_of(operation), count});
        }
    }
    void stop() {
        running_ = false;
        run_.wait(run_.options.patience_seconds, [&] { return outstanding() == 0; });
        run_.report.errors.add("answer_missing", "a request was never answered", outstanding());
    }

  private:
    void next(std::size_t player, std::uint64_t now) { ask(player, choose(player), now); }
    /// Only second players leave: a team that nobody is in is dissolved, and another matter.
    Operation choose(std::size_t player) {
        if (!seated(player)) return Operation::join;
        const auto& question = at(player).question();
        if (game_runs_ && question && !question->answered && random_.below(8) != 0) return Operation::answer;
        return player % 2 == 1 && random_.below(2) == 0 ? Operation::leave : Operation::resume;
    }
    void on_done(std::size_t player, Operation operation, std::uint64_t since_ns) override {
        if (!running_) return;
        const std::uint64_t now = run_.clients.now_ns();
        ++done_[static_cast<std::size_t>(operation)];
        run_.report.latency_ns.record(now - since_ns);
        next(player, now);
    }

    SeededRandom random_{1};
    std::array<std::uint64_t, 6> done_{};
    bool running_ = false;
    bool game_runs_ = false;
};

}  // namespace

void run_seats(Run& run) {
    SeatOperations seats(run);
    run.report.operation_name = "seat operations";
    run.clients.set_events(seats);
    if (seats.seat_all(100)) {
        seats.start(seats.start_game());
        run.measure(
            "Measuring", [&] { seats.begin(); }, [&] { seats.end(); });
        seats.stop();
    }
    run.disconnect_all();
}

}  // namespace holdfast::bench
