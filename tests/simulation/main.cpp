// holdfast_simulation: runs simulations by seed. A failure prints what is needed to see it again.
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "world.hpp"

namespace {

using namespace holdfast::simulation;

constexpr const char* help =
    "holdfast_simulation --seeds A..B | --seed S  [--steps N] [--trace]\n"
    "  Plays game nights with everything that can go wrong, and checks after every step what always holds.\n"
    "  --seeds A..B   these seeds, one after the other\n"
    "  --seed S       only this one\n"
    "  --steps N      steps with faults (4000); then all has to come right by itself\n"
    "  --twice        runs each seed again and compares the traces\n"
    "  --trace        prints every line of what happens\n";

struct Options {
    std::uint64_t first = 1;
    std::uint64_t last = 20;
    std::uint64_t steps = 4'000;
    bool trace = false;
    bool twice = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc() && read.ptr == text.data() + text.size();
}

bool read_options(int count, char** arguments, Options& options) {
    for (int index = 1; index < count; ++index) {
        const std::string_view name = arguments[index];
        if (name == "--trace") {
            options.trace = true;
            continue;
        }
        if (name == "--twice") {
            options.twice = true;
            continue;
        }
        if (index + 1 >= count) return false;
        const std::string_view value = arguments[++index];
        if (name == "--steps") {
            if (!read_number(value, options.steps)) return false;
        } else if (name == "--seed") {
            if (!read_number(value, options.first)) return false;
            options.last = options.first;
        } else if (name == "--seeds") {
            const auto dots = value.find("..");
            if (dots == std::string_view::npos || !read_number(value.substr(0, dots), options.first) ||
                !read_number(value.substr(dots + 2), options.last)) {
                return false;
            }
        } else {
            return false;
        }
    }
    return options.first <= options.last;
}

/// The seed under way: all that a handler of signals may look at.
volatile std::sig_atomic_t under_way = 0;

/// The end of this process is the end of the simulated one: it says of which seed, in as little as is allowed
/// to a handler of signals.
[[noreturn]] void tell_where() {
    char text[] = "FAILED: seed 0000000000: the process lives\n  but: it crashed\n";
    auto rest = static_cast<std::uint64_t>(under_way);
    for (char* digit = text + 22; rest != 0 && digit > text + 12; rest /= 10)
        *digit-- = static_cast<char>('0' + rest % 10);
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_FAILURE);
}

void tell_failure(const Options& options, std::uint64_t seed, const Outcome& outcome) {
    const auto& text = text_of(outcome.verdict->which);
    std::cout << "FAILED: seed " << seed << ", step " << outcome.steps << ": " << text.name << "\n  "
              << text.statement << "\n  but: " << outcome.verdict->what << "\n  the last lines:\n";
    for (const auto& line : outcome.last_lines)
        std::cout << "    " << line << "\n";
    std::cout << "  again: holdfast_simulation --seed " << seed << " --steps " << options.steps << " --trace"
              << std::endl;
}

}  // namespace

int main(int count, char** arguments) {
    Options options;
    if (!read_options(count, arguments, options)) {
        std::cerr << help;
        return 2;
    }
    using Clock = std::chrono::steady_clock;
    const auto began = Clock::now();
    auto told = began;
    Outcome sum;
    std::set_terminate(tell_where);
    for (const int signal : {SIGABRT, SIGSEGV, SIGFPE, SIGBUS, SIGILL})
        std::signal(signal, [](int /*number*/) { tell_where(); });
    std::uint64_t failed = 0;
    for (std::uint64_t seed = options.first; seed <= options.last; ++seed) {
        under_way = static_cast<std::sig_atomic_t>(seed);
        World world(draw_plan(seed), options.trace ? &std::cout : nullptr);
        const auto outcome = world.run(options.steps);
        sum.steps += outcome.steps;
        sum.cuts += outcome.cuts;
        sum.crashes += outcome.crashes;
        sum.power_cuts += outcome.power_cuts;
        sum.deaths_in_commit += outcome.deaths_in_commit;
        sum.freezes += outcome.freezes;
        sum.disk_faults += outcome.disk_faults;
        sum.failed_actions += outcome.failed_actions;
        sum.answers += outcome.answers;
        for (const auto& [pair, times] : outcome.happened)
            sum.happened[pair] += times;
        sum.simulated += outcome.simulated;
        if (outcome.verdict) {
            ++failed;
            tell_failure(options, seed, outcome);
            if (failed >= 5) break;
        }
        if (options.twice &&
            World(draw_plan(seed), nullptr).run(options.steps).trace_hash != outcome.trace_hash) {
            ++failed;
            std::cout << "FAILED: seed " << seed << ": two runs have different traces" << std::endl;
        }
        if (Clock::now() - told > std::chrono::seconds(10)) {
            told = Clock::now();
            std::cout << "simulation: seed " << seed << " of " << options.first << ".." << options.last
                      << ", " << failed << " failed" << std::endl;
        }
        if (options.first == options.last)
            std::cout << "trace hash " << std::hex << outcome.trace_hash << std::dec << "\n";
    }
    const auto seconds = std::chrono::duration<double>(Clock::now() - began).count();
    std::cout << "simulation: seeds " << options.first << ".." << options.last << ", " << failed
              << " failed; " << sum.steps << " steps, " << sum.simulated.count() / 60'000
              << " simulated minutes, " << sum.answers << " answers, " << sum.cuts << " lost connections, "
              << sum.crashes << " crashes (" << sum.power_cuts << " power cuts, " << sum.deaths_in_commit
              << " in a commit), " << sum.freezes << " freezes, " << sum.disk_faults << " disk faults ("
              << sum.failed_actions << " failed actions); " << seconds << " s" << std::endl;
    std::cout << "what happened to seats, as the journals have it:\n";
    for (const auto& [pair, times] : sum.happened)
        std::cout << "  " << times << " " << pair.first << ", " << pair.second << "\n";
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
