// storm: the server dies with everybody seated, and comes back. All come back at once, each with its token.
#include <algorithm>

#include "holdfast/bench/child.hpp"
#include "holdfast/bench/players.hpp"
#include "holdfast/bench/process.hpp"
#include "holdfast/bench/scenarios.hpp"

namespace holdfast::bench {

namespace {

/// So often that it adds little to the figures, so seldom that it takes nothing from a server that starts.
constexpr std::uint64_t retry_interval_ns = 2'000'000;

class Storm final : public Players {
  public:
    using Players::Players;

    /// First players answer their round, so that there is something to lose.
    void answer() {
        for (std::size_t i = 0; i < run_.options.connections; i += 2) {
            if (at(i).question()) ask(i, Operation::answer, clock_ns());
        }
        run_.wait(run_.options.patience_seconds, [&] { return outstanding() == 0; });
        run_.report.errors.add("answer_missing", "before the storm", outstanding());
    }
    /// What each must have again after the storm.
    void remember() {
        for (std::size_t i = 0; i < run_.options.connections; ++i)
            before_.push_back(at(i).question());
    }
    void drop_all() {
        for (std::size_t i = 0; i < run_.options.connections; ++i) {
            run_.clients.at(i).drop();
            forget_connection(i);
        }
    }
    /// Opens clients, and again when the server does not listen yet, until each has its answer.
    void come_back(std::uint64_t started_ns) {
        started_ns_ = started_ns;
        coming_back_ = true;
        resumed_.assign(run_.options.connections, false);
        std::size_t next = 0;
        std::uint64_t moved_ns = clock_ns();
        std::uint64_t seen = 0;
        while (resumed_count_ < run_.options.connections) {
            // As long as the server does not listen, one client at a time looks whether it does.
            const std::size_t at_a_time = first_ns_ == 0 ? 1 : run_.options.in_flight;
            if (clock_ns() >= retry_ns_) {
                while (!again_.empty() && under_way_ < at_a_time)
                    open_again();
            }
            while (again_.empty() && next < run_.options.connections && under_way_ < at_a_time)
                open(next++);
            run_.clients.turn(clock_ns() + 1'000'000);
            const std::uint64_t now = clock_ns();
            if (resumed_count_ != seen) moved_ns = now;
            seen = resumed_count_;
            if (static_cast<double>(now - moved_ns) / 1e9 > run_.options.patience_seconds) break;
            run_.progress.show("Coming back", std::to_string(resumed_count_) + " of " +
                                                  std::to_string(run_.options.connections));
        }
        coming_back_ = false;
    }
    [[nodiscard]] std::uint64_t first_ns() const { return first_ns_; }
    [[nodiscard]] std::uint64_t last_ns() const { return last_ns_; }
    [[nodiscard]] std::uint64_t resumed_count() const { return resumed_count_; }
    [[nodiscard]] std::uint64_t attempts_failed() const { return attempts_failed_; }

    /// Who has everything back; the others are errors.
    std::uint64_t count_kept() {
        std::uint64_t kept = 0;
        for (std::size_t i = 0; i < run_.options.connections; ++i) {
            if (!resumed_[i]) {
                run_.report.errors.add("seat_lost",
                                       "player " + std::to_string(i) + " did not get the seat back");
            } else if (before_[i] != at(i).question()) {
                const bool same_round = before_[i] && at(i).question() &&
                                        before_[i]->round_id == at(i).question()->round_id &&
                                        before_[i]->item == at(i).question()->item;
                run_.report.errors.add(same_round ? "answer_lost" : "round_lost",
                                       "player " + std::to_string(i));
            } else {
                ++kept;
            }
        }
        return kept;
    }

    void on_ready(Client& /*client*/) override {
        if (coming_back_ && first_ns_ == 0) first_ns_ = run_.clients.now_ns();
    }
    void on_lost(Client& client) override {
        Players::on_lost(client);
        if (!coming_back_) return;
        ++attempts_failed_;
        --under_way_;
        retry_ns_ = clock_ns() + retry_interval_ns;
        again_.push_back(client.index());
    }

  private:
    void open(std::size_t player) {
        ++under_way_;
        run_.clients.at(player).open();
    }
    void open_again() {
        const std::size_t player = again_.back();
        again_.pop_back();
        open(player);
    }
    void on_greeted(std::size_t player) override {
        if (!coming_back_) return Players::on_greeted(player);
        ask(player, Operation::resume, started_ns_);
    }
    void on_done(std::size_t player, Operation operation, std::uint64_t since_ns) override {
        if (operation != Operation::resume || resumed_[player]) return;
        resumed_[player] = true;
        ++resumed_count_;
        --under_way_;
        last_ns_ = run_.clients.now_ns();
        run_.report.latency_ns.record(last_ns_ - since_ns);
    }

    std::vector<std::optional<Question>> before_;
    std::vector<bool> resumed_;
    std::vector<std::size_t> again_;
    std::size_t under_way_ = 0;
    std::uint64_t resumed_count_ = 0;
    std::uint64_t attempts_failed_ = 0;
    std::uint64_t retry_ns_ = 0;
    std::uint64_t started_ns_ = 0;
    std::uint64_t first_ns_ = 0;
    std::uint64_t last_ns_ = 0;
    bool coming_back_ = false;
};

double seconds_between(std::uint64_t from_ns, std::uint64_t to_ns) {
    return to_ns > from_ns ? static_cast<double>(to_ns - from_ns) / 1e9 : 0;
}

void strike(Run& run, Storm& storm, Child& server) {
    storm.remember();
    run.progress.show("All are seated:", std::to_string(run.options.connections) + "; the server is killed");
    run.clients.expect_losses(true);
    if (server.process() != 0) {
        server.kill();
    } else if (!kill_other(run.options.server_processes.front())) {
        run.report.errors.add("server_not_killed", "the process given as --server-pid cannot be killed");
        return;
    }
    storm.drop_all();
    const bool own = !run.options.serve_command.empty();
    const std::uint64_t started = clock_ns();
    const std::uint64_t bytes_before = run.clients.bytes_received();
    Meter meter({});
    meter.start();
    if (!server.start(own ? run.options.serve_command : run.options.restart_command, run.server_setting)) {
        run.report.errors.add("server_not_started", "the command cannot be run");
        return;
    }
    storm.come_back(started);
    meter.pause();
    const auto cpu = cpu_nanoseconds(server.process());
    const auto memory = memory_of(server.process());
    // What follows the answer, such as the round, has a moment to arrive.
    run.wait(0.5, [] { return false; });
    run.clients.expect_losses(false);

    Report& report = run.report;
    report.operations = storm.resumed_count();
    report.seconds = seconds_between(started, storm.last_ns());
    report.load_cpu_seconds = meter.load_cpu_seconds();
    report.bytes_received = run.clients.bytes_received() - bytes_before;
    if (cpu) report.server_cpu_seconds = static_cast<double>(*cpu) / 1e9;
    const std::uint64_t kept = storm.count_kept();
    report.extras.push_back({"kept", kept});
    report.extras.push_back({"lost", run.options.connections - kept});
    report.extras.push_back({"seconds_to_first_connection", seconds_between(started, storm.first_ns())});
    report.extras.push_back({"seconds_to_last_resume", report.seconds});
    report.extras.push_back({"attempts_failed", storm.attempts_failed()});
    if (memory) report.extras.push_back({"resident_bytes_after", memory->resident_bytes});
    if (!server.alive()) report.errors.add("server_process_gone", "the server ended by itself");
}

}  // namespace

void run_storm(Run& run, Child& server) {
    Storm storm(run);
    run.report.operation_name = "resumes";
    run.clients.set_events(storm);
    if (storm.seat_all(100)) {
        if (storm.start_game()) {
            // The first round reaches everybody before they answer.
            run.wait(run.options.patience_seconds, [&] {
                for (std::size_t i = 0; i + 1 < run.options.connections; ++i)
                    if (!storm.at(i).question()) return false;
                return true;
            });
            storm.answer();
        }
        strike(run, storm, server);
    }
    run.disconnect_all();
}

}  // namespace holdfast::bench
