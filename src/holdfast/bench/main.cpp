// The program: reads the command line, runs one scenario, prints what it found.
#include <sys/prctl.h>

#include <boost/json/serialize.hpp>
#include <csignal>
#include <iostream>

#include "holdfast/bench/scenarios.hpp"

namespace {

using namespace holdfast::bench;

void run_scenario(Run& run) {
    switch (run.options.scenario) {
        case Scenario::ack:
            run_ack(run);
            return;
        case Scenario::latency:
            run_latency(run);
            return;
        case Scenario::broadcast:
            run_broadcast(run);
            return;
        case Scenario::connect:
            run_connect(run);
            return;
        case Scenario::idle:
            run_idle(run);
            return;
        default:
            run.report.errors.add("not_built", "this scenario is not a part of this program yet");
            return;
    }
}

}  // namespace

int main(int count, char** values) {
    const auto options = read_options({values + 1, values + count});
    if (!options) {
        (options.error().exit_code == 0 ? std::cout : std::cerr) << options.error().message << std::endl;
        return options.error().exit_code;
    }
    std::signal(SIGPIPE, SIG_IGN);
    // Sleep as exactly as the machine can: the default is up to 50 us late, which would count as the
    // server's.
    prctl(PR_SET_TIMERSLACK, 1000UL);

    Report report;
    auto clients = Clients::make(*options, report.errors);
    if (!clients) {
        std::cerr << clients.error() << std::endl;
        return 2;
    }
    {
        Run run(*options, report, **clients);
        run_scenario(run);
    }
    std::cout << (options->json ? boost::json::serialize(to_json(report)) + "\n" : to_table(report))
              << std::flush;
    for (const auto& [name, entry] : report.errors.entries()) {
        if (!options->json) break;
        std::cerr << "error: " << name << " (" << entry.count << "): " << entry.first_detail << "\n";
    }
    return report.good() ? 0 : 1;
}
