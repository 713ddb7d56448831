// The program: reads the command line, runs one scenario, prints what it found.
#include <sys/prctl.h>
#include <sys/socket.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <iostream>

#include "holdfast/base/random.hpp"
#include "holdfast/bench/scenarios.hpp"

namespace {

using namespace holdfast::bench;

void run_scenario(Run& run, Child& server) {
    switch (run.options.scenario) {
        case Scenario::ack:
            return run_ack(run);
        case Scenario::latency:
            return run_latency(run);
        case Scenario::broadcast:
            return run_broadcast(run);
        case Scenario::connect:
            return run_connect(run);
        case Scenario::idle:
            return run_idle(run);
        case Scenario::seats:
            return run_seats(run);
        case Scenario::storm:
            return run_storm(run, server);
        case Scenario::lobby:
            return run_lobby(run);
    }
}

/// Starts the server that --serve names and waits until it listens; says why if it does not.
bool serve(Options& options, Child& server, const std::string& setting) {
    if (Clients::someone_listens(options)) {
        std::cerr << "Something listens at " << options.host << ":" << options.port
                  << " already; give the new server another port." << std::endl;
        return false;
    }
    const std::uint64_t limit_ns = clock_ns() + static_cast<std::uint64_t>(options.patience_seconds * 1e9);
    bool running = server.start(options.serve_command, setting);
    while (running && clock_ns() < limit_ns && !Clients::someone_listens(options)) {
        const timespec moment{0, 10'000'000};
        nanosleep(&moment, nullptr);
        running = server.alive();
    }
    if (!running || clock_ns() >= limit_ns) {
        std::cerr << "The server did not start, or does not listen at " << options.host << ":" << options.port
                  << ". Run its command by hand to see what it says:\n  " << options.serve_command
                  << std::endl;
        return false;
    }
    options.server_processes = {server.process()};
    return true;
}

}  // namespace

int main(int count, char** values) {
    auto options = read_options({values + 1, values + count});
    if (!options) {
        (options.error().exit_code == 0 ? std::cout : std::cerr) << options.error().message << std::endl;
        return options.error().exit_code;
    }
    std::signal(SIGPIPE, SIG_IGN);
    // Sleep as exactly as the machine can: the default is up to 50 us late, which would count as the
    // server's.
    prctl(PR_SET_TIMERSLACK, 1000UL);

    Child server;
    std::string setting;
    if (!options->serve_command.empty()) {
        // A server of our own gets a key of our own, so that the game can be started.
        if (options->host_key.empty()) options->host_key = holdfast::SecureRandom().base64url(18);
        setting = "HOLDFAST_HOST_KEY=" + options->host_key;
        if (!serve(*options, server, setting)) return 2;
    } else if (!options->restart_command.empty() && !options->host_key.empty()) {
        setting = "HOLDFAST_HOST_KEY=" + options->host_key;
    }

    Report report;
    auto clients = Clients::make(*options, report.errors);
    if (!clients) {
        std::cerr << clients.error() << std::endl;
        return 2;
    }
    {
        Run run(*options, report, **clients);
        run.server_setting = setting;
        run_scenario(run, server);
    }
    std::cout << (options->json ? boost::json::serialize(to_json(report)) + "\n" : to_table(report))
              << std::flush;
    for (const auto& [name, entry] : report.errors.entries()) {
        if (!options->json) break;
        std::cerr << "error: " << name << " (" << entry.count << "): " << entry.first_detail << "\n";
    }
    return report.good() ? 0 : 1;
}
