#include "holdfast/bench/run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "holdfast/bench/process.hpp"

namespace holdfast::bench {

namespace {

constexpr std::uint64_t progress_interval_ns = 250'000'000;
constexpr std::uint64_t look_interval_ns = 50'000'000;

std::uint64_t own_cpu_ns() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

std::uint64_t in_ns(double seconds) {
    return static_cast<std::uint64_t>(seconds * 1e9);
}

}  // namespace

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
}

bool Progress::due(std::uint64_t now_ns) const {
    return terminal_ && now_ns - last_ns_ >= progress_interval_ns;
}

void Progress::show(const std::string& step, const std::string& detail) {
    const std::uint64_t now = clock_ns();
    const bool is_new = step != step_;
    if (!is_new && !due(now)) return;
    step_ = step;
    last_ns_ = now;
    shown_ = true;
    if (terminal_) {
        std::fprintf(stderr, "\r\033[K%s %s", step.c_str(), detail.c_str());
        std::fflush(stderr);
    } else {
        std::fprintf(stderr, "%s %s\n", step.c_str(), detail.c_str());
    }
}

void Meter::start() {
    server_start_ = cpu_nanoseconds(server_);
    if (!server_start_) known_ = false;
    load_start_ = own_cpu_ns();
    wall_start_ = clock_ns();
}

void Meter::pause() {
    const auto server_now = cpu_nanoseconds(server_);
    if (server_now && server_start_) {
        server_ns_ += *server_now - *server_start_;
    } else {
        known_ = false;
    }
    load_ns_ += own_cpu_ns() - load_start_;
    wall_ns_ += clock_ns() - wall_start_;
}

std::optional<double> Meter::server_cpu_seconds() const {
    if (server_.empty() || !known_) return std::nullopt;
    return static_cast<double>(server_ns_) / 1e9;
}

Run::Run(const Options& run_options, Report& run_report, Clients& run_clients)
    : options(run_options), report(run_report), clients(run_clients) {
    report.scenario = options.scenario;
    report.protocol = options.protocol;
    report.connections = options.connections;
    report.in_flight = options.in_flight;
    clients.grow(options.connections);
}

bool Run::connect(std::size_t first, std::size_t count, std::size_t at_a_time) {
    std::size_t opened = 0;
    std::size_t ready = 0;
    std::size_t lost = 0;
    std::uint64_t moved_ns = clock_ns();
    std::vector<std::size_t> under_way;
    progress.show("Connecting", std::to_string(count) + (count == 1 ? " client" : " clients"));
    while (ready + lost < count) {
        while (opened < count && under_way.size() < at_a_time) {
            under_way.push_back(first + opened);
            if (on_opening) on_opening(first + opened);
            clients.at(first + opened).open();
            ++opened;
        }
        clients.turn(clock_ns() + look_interval_ns);
        const std::size_t before = under_way.size();
        std::erase_if(under_way, [&](std::size_t index) {
            const Client& client = clients.at(index);
            if (client.ready()) ++ready;
            if (client.state() == Client::State::closed) ++lost;
            return client.ready() || client.state() == Client::State::closed;
        });
        const std::uint64_t now = clock_ns();
        if (under_way.size() != before) moved_ns = now;
        if (now - moved_ns > in_ns(options.patience_seconds)) {
            report.errors.add("connect_timed_out", "the server does not answer", under_way.size());
            return false;
        }
        if (progress.due(now))
            progress.show("Connecting", std::to_string(ready) + " of " + std::to_string(count));
    }
    return lost == 0;
}

void Run::disconnect_all() {
    clients.expect_losses(true);
    for (std::size_t i = 0; i < clients.size(); ++i)
        clients.at(i).leave();
    std::size_t left = clients.open_count();
    // A server may take its time, but not for ever: what counts has been measured by now.
    while (left > 0 && wait(2, [&] { return clients.open_count() < left; }))
        left = clients.open_count();
    for (std::size_t i = 0; i < clients.size(); ++i)
        clients.at(i).drop();
    clients.expect_losses(false);
}

bool Run::wait(double limit_seconds, const std::function<bool()>& done,
               const std::function<std::uint64_t()>& before_turn) {
    const std::uint64_t end = clock_ns() + in_ns(limit_seconds);
    while (!done()) {
        const std::uint64_t now = clock_ns();
        if (now >= end) return false;
        std::uint64_t until = std::min(end, now + look_interval_ns);
        if (before_turn) until = std::min(until, before_turn());
        clients.turn(until);
    }
    return true;
}

void Run::measure(const std::string& step, const std::function<void()>& begin,
                  const std::function<void()>& end, const std::function<std::uint64_t()>& before_turn) {
    const auto nobody_left = [&] { return clients.ready_count() == 0; };
    if (options.warmup_seconds > 0) progress.show("Warming up", "");
    wait(options.warmup_seconds, nobody_left, before_turn);
    Meter meter(options.server_processes);
    begin();
    const std::uint64_t bytes_before = clients.bytes_received();
    meter.start();
    const std::uint64_t start = clock_ns();
    progress.show(step, "");
    wait(
        options.seconds,
        [&] {
            const std::uint64_t now = clients.now_ns();
            if (progress.due(now)) {
                progress.show(step, std::to_string((now - start) / 1'000'000'000) + " of " +
                                        std::to_string(std::lround(options.seconds)) + " s");
            }
            return nobody_left();
        },
        before_turn);
    meter.pause();
    end();
    report.bytes_received = clients.bytes_received() - bytes_before;
    take(meter);
}

void Run::take(const Meter& meter) {
    report.seconds = meter.seconds();
    report.load_cpu_seconds = meter.load_cpu_seconds();
    report.server_cpu_seconds = meter.server_cpu_seconds();
    if (!options.server_processes.empty() && !report.server_cpu_seconds)
        report.errors.add("server_process_gone", "no process has the number given as --server-pid");
}

}  // namespace holdfast::bench
