// What one seed is about: how many play, how long seats are held, and how harsh network, disk and people are.
#pragma once

#include <cstdint>
#include <string>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"

namespace holdfast::simulation {

/// Chances in a thousand, and settings. Drawn from the seed, so that calm and harsh ones both come.
struct Plan {
    std::uint64_t seed = 0;
    std::string mood;  ///< for people who read the trace

    std::size_t teams = 2;
    std::size_t strangers = 1;
    Milliseconds grace{60'000};
    Milliseconds token_life{60'000};
    Milliseconds ping_interval{5'000};
    Milliseconds ping_timeout{4'000};
    std::size_t commands_per_batch = 4'096;

    // of the network
    Milliseconds longest_delay{40};
    Milliseconds between_cuts{8'000};  ///< on average, for the whole network; 0: never
    unsigned polling = 0;              ///< of connections, those over HTTP alone
    unsigned swallowed_close = 0;      ///< of closes, those the other side never hears of
    unsigned repeated_post = 0;        ///< of POSTs, those a proxy sends twice

    // of the disk
    Milliseconds slowest_commit{20};
    Milliseconds between_disk_faults{0};

    // of the process
    Milliseconds between_crashes{0};
    unsigned power_cut = 500;  ///< of crashes
    unsigned in_commit = 500;  ///< of crashes
    Milliseconds between_freezes{0};
    unsigned clock_jump = 0;  ///< of freezes, and of restarts, those with a jump of the wall clock

    // of people
    Milliseconds between_deeds{2'500};  ///< of one player
    unsigned naughty = 200;             ///< of deeds, those that are no answer
    Milliseconds between_host_deeds{8'000};
    unsigned no_ack = 100;  ///< of commands, those of old clients, which ask for no ack
};

[[nodiscard]] Plan draw_plan(std::uint64_t seed);

/// A number of milliseconds from 0 to twice as many, evenly.
[[nodiscard]] Milliseconds around(Milliseconds average, Random& random);
[[nodiscard]] bool chance(unsigned of_thousand, Random& random);

}  // namespace holdfast::simulation
