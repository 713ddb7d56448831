#include "plan.hpp"

namespace holdfast::simulation {

Milliseconds around(Milliseconds average, Random& random) {
    return Milliseconds(random.below(static_cast<std::uint64_t>(average.count()) * 2 + 1));
}

bool chance(unsigned of_thousand, Random& random) {
    return random.below(1'000) < of_thousand;
}

Plan draw_plan(std::uint64_t seed) {
    SeededRandom random(seed * 2'654'435'761U + 1);
    Plan plan;
    plan.seed = seed;
    plan.teams = 1 + random.below(4);
    plan.strangers = random.below(3);
    constexpr Milliseconds graces[] = {Milliseconds{20'000}, Milliseconds{60'000}, Milliseconds{180'000}};
    plan.grace = graces[random.below(3)];
    plan.token_life = chance(300, random) ? plan.grace / 2 : plan.grace;
    if (chance(300, random)) {
        plan.ping_interval = Milliseconds{25'000};
        plan.ping_timeout = Milliseconds{20'000};
    }
    if (chance(100, random)) plan.commands_per_batch = 17;
    constexpr Milliseconds delays[] = {Milliseconds{5}, Milliseconds{80}, Milliseconds{600}};
    plan.longest_delay = delays[random.below(3)];
    plan.naughty = static_cast<unsigned>(50 + random.below(350));
    plan.polling = chance(500, random) ? 300 : 0;

    const auto severity = random.below(5);
    if (severity == 0) {
        plan.mood = "calm";
        plan.between_cuts = Milliseconds{20'000};
        return plan;
    }
    const bool harsh = severity >= 3;
    plan.mood = harsh ? "harsh" : "rough";
    plan.between_cuts = Milliseconds{harsh ? 2'000 : 6'000};
    plan.swallowed_close = static_cast<unsigned>(random.below(harsh ? 500 : 200));
    plan.repeated_post = static_cast<unsigned>(random.below(200));
    if (chance(600, random)) plan.between_disk_faults = Milliseconds{harsh ? 7'000 : 25'000};
    if (chance(600, random)) plan.between_crashes = Milliseconds{harsh ? 12'000 : 40'000};
    if (chance(300, random)) plan.between_freezes = Milliseconds{harsh ? 20'000 : 60'000};
    plan.power_cut = static_cast<unsigned>(random.below(1'001));
    plan.clock_jump = chance(300, random) ? 500 : 0;
    constexpr Milliseconds commits[] = {Milliseconds{2}, Milliseconds{30}, Milliseconds{400}};
    plan.slowest_commit = commits[random.below(3)];
    plan.between_deeds = Milliseconds{harsh ? 1'200 : 2'500};
    plan.between_host_deeds = Milliseconds{3'000 + random.below(10'000)};
    return plan;
}

}  // namespace holdfast::simulation
