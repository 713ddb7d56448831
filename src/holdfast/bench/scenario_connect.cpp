// connect and idle: what a connection costs to make, and to keep.
#include "holdfast/bench/process.hpp"
#include "holdfast/bench/scenarios.hpp"

namespace holdfast::bench {

namespace {

/// Times how long each client takes from open() to ready.
class Arrivals final : public ClientEvents {
  public:
    explicit Arrivals(Run& run) : run_(run), opened_ns_(run.options.connections) {}
    void on_ready(Client& client) override {
        ++ready_;
        run_.report.latency_ns.record(run_.clients.now_ns() - opened_ns_[client.index()]);
    }
    void on_message(Client& /*client*/, std::string_view /*text*/) override { ++messages_; }
    void on_opening(std::size_t index) { opened_ns_[index] = clock_ns(); }
    [[nodiscard]] std::uint64_t ready() const { return ready_; }
    [[nodiscard]] std::uint64_t messages() const { return messages_; }

  private:
    Run& run_;
    std::vector<std::uint64_t> opened_ns_;
    std::uint64_t ready_ = 0;
    std::uint64_t messages_ = 0;
};

/// Waits until the server has had nothing to do for half a second, or ten seconds are over.
void wait_for_quiet(Run& run) {
    run.progress.show("Waiting for quiet", "");
    constexpr double step_seconds = 0.1;
    constexpr std::uint64_t quiet_cpu_ns = 2'000'000;
    int quiet = 0;
    auto cpu = cpu_nanoseconds(run.options.server_processes);
    for (int i = 0; i < 100 && quiet < 5; ++i) {
        run.wait(step_seconds, [] { return false; });
        const auto now = cpu_nanoseconds(run.options.server_processes);
        quiet = now && cpu && *now - *cpu < quiet_cpu_ns ? quiet + 1 : 0;
        cpu = now;
    }
}

}  // namespace

void run_connect(Run& run) {
    Arrivals arrivals(run);
    run.report.operation_name = "connects";
    run.clients.set_events(arrivals);
    run.on_opening = [&](std::size_t index) { arrivals.on_opening(index); };
    Meter connecting(run.options.server_processes);
    Meter leaving(run.options.server_processes);
    const std::uint64_t bytes_before = run.clients.bytes_received();
    bool ok = true;
    do {
        connecting.start();
        ok = run.connect_all(run.options.in_flight);
        connecting.pause();
        leaving.start();
        run.disconnect_all();
        // The server notices the last ones a little later.
        wait_for_quiet(run);
        leaving.pause();
    } while (ok && connecting.seconds() < run.options.seconds);
    run.report.operations = arrivals.ready();
    run.report.bytes_received = run.clients.bytes_received() - bytes_before;
    run.take(connecting);
    const auto count = static_cast<double>(arrivals.ready());
    if (leaving.server_cpu_seconds() && count > 0)
        run.report.extras.push_back({"cpu_us_per_disconnect", *leaving.server_cpu_seconds() * 1e6 / count});
}

void run_idle(Run& run) {
    Arrivals arrivals(run);
    run.report.operation_name = "connections held";
    run.clients.set_events(arrivals);
    run.on_opening = [&](std::size_t index) { arrivals.on_opening(index); };
    wait_for_quiet(run);
    const auto before = memory_of(run.options.server_processes);
    run.connect_all(run.options.in_flight);
    wait_for_quiet(run);
    const auto after = memory_of(run.options.server_processes);
    // From here on it costs what an idle connection costs: pings and nothing else.
    run.measure(
        "Holding", [] {}, [&] { run.report.operations = run.clients.ready_count(); });
    if (run.options.server_processes.empty()) {
        run.report.errors.add("server_pid_missing", "without --server-pid nobody's memory can be read");
    } else if (before && after && run.report.operations > 0) {
        const auto count = static_cast<double>(run.report.operations);
        const auto per_connection = [&](std::uint64_t more, std::uint64_t less) {
            return (static_cast<double>(more) - static_cast<double>(less)) / count;
        };
        run.report.resident_bytes_per_connection =
            per_connection(after->resident_bytes, before->resident_bytes);
        run.report.extras.push_back({"proportional_bytes_per_connection",
                                     per_connection(after->proportional_bytes, before->proportional_bytes)});
        run.report.extras.push_back({"resident_bytes_before", before->resident_bytes});
        run.report.extras.push_back({"resident_bytes_after", after->resident_bytes});
    }
    run.disconnect_all();
}

}  // namespace holdfast::bench
