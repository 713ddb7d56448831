#include "world.hpp"

#include <exception>
#include <set>
#include <utility>

namespace holdfast::simulation {

World::World(Plan plan, std::ostream* copy)
    : plan_(std::move(plan)),
      trace_(timeline_.clock(), copy),
      random_(plan_.seed),
      witness_(plan_, judge_, trace_),
      disk_(trace_, random_),
      network_(plan_, timeline_, trace_, random_),
      company_{network_, judge_, witness_, {}, {}, {}, {}} {}

World::~World() {
    // Whoever still hangs on a connection lets go of it before the process does.
    players_.clear();
    strangers_.clear();
    host_.reset();
    network_.set_process(nullptr);
    process_.reset();
}

Outcome World::run(std::uint64_t steps) {
    trace_.line("world", "seed " + std::to_string(plan_.seed) + ", " + plan_.mood + ", " +
                             std::to_string(plan_.teams) + " teams, grace " +
                             std::to_string(plan_.grace.count()) + " ms");
    start_process();
    make_people();
    plan_faults();
    while (outcome_.steps < steps && step()) {
    }
    if (judge_.content()) converge();
    if (judge_.content()) everybody_leaves();
    for (const auto& player : players_)
        outcome_.answers += player->answers_confirmed();
    outcome_.happened = witness_.happened();
    outcome_.cuts = network_.cuts;
    outcome_.failed_actions = disk_.failed_actions();
    outcome_.trace_hash = trace_.hash();
    outcome_.verdict = judge_.verdict();
    outcome_.last_lines = trace_.last_lines();
    return outcome_;
}

bool World::step() {
    const auto before = timeline_.now();
    try {
        if (!timeline_.step()) return false;
    } catch (const std::exception& error) {
        judge_.violated(Invariant::the_process_lives,
                        std::string("an exception went through: ") + error.what());
    }
    outcome_.simulated += std::chrono::duration_cast<Milliseconds>(timeline_.now() - before);
    ++outcome_.steps;
    if (process_ && network_.process() != nullptr) process_->check();
    return judge_.content();
}

void World::run_for(Milliseconds span) {
    const auto end = timeline_.now() + span;
    while (timeline_.now() < end && step()) {
    }
}

void World::repeat(Milliseconds average, std::function<void()> what) {
    if (average.count() == 0) return;
    timeline_.after(around(average, random_), misbehaviour_,
                    [this, average, what = std::move(what)]() mutable {
                        what();
                        repeat(average, std::move(what));
                    });
}

void World::make_people() {
    for (std::size_t team = 0; team < plan_.teams; ++team) {
        company_.team_names.push_back("Team " + std::to_string(team + 1));
        for (const bool begins : {true, false}) {
            const auto name = std::string("player ") + std::to_string(team + 1) + (begins ? "a" : "b");
            players_.push_back(std::make_unique<Player>(company_, name, company_.team_names.back(), begins));
        }
    }
    for (std::size_t index = 0; index < plan_.strangers; ++index)
        strangers_.push_back(std::make_unique<Stranger>(company_, "stranger " + std::to_string(index + 1)));
    host_ = std::make_unique<Host>(company_);
    for (const auto& player : players_)
        repeat(plan_.between_deeds, [one = player.get()] { one->deed(); });
    for (const auto& stranger : strangers_)
        repeat(plan_.between_deeds, [one = stranger.get()] { one->deed(); });
    repeat(plan_.between_host_deeds, [this] { host_->deed(); });
}

// ---- faults

void World::plan_faults() {
    repeat(plan_.between_cuts, [this] { network_.cut_something(); });
    repeat(plan_.between_disk_faults, [this] { fail_disk(); });
    repeat(plan_.between_crashes, [this] { crash(); });
    repeat(plan_.between_freezes, [this] {
        if (network_.process() == nullptr) return;
        ++outcome_.freezes;
        process_->freeze(Milliseconds(1'000 + random_.below(90'000)));
        if (chance(plan_.clock_jump, random_)) {
            const auto jump = Milliseconds(static_cast<std::int64_t>(random_.below(7'200'000)) - 3'600'000);
            timeline_.clock().jump_unix(jump);
            trace_.line("clock", "jumps by " + std::to_string(jump.count()) + " ms");
        }
    });
}

void World::fail_disk() {
    if (network_.process() == nullptr || disk_.is_faulty()) return;
    ++outcome_.disk_faults;
    disk_.begin_fault();
    timeline_.after(around(Milliseconds{5'000}, random_), [this] { disk_.heal(); });
}

void World::start_process() {
    if (process_ && network_.process() != nullptr) return;
    process_.reset();
    process_ =
        std::make_unique<Process>(Surroundings{plan_, timeline_, trace_, random_, disk_, witness_, judge_});
    if (process_->start()) {
        network_.set_process(process_.get());
        return;
    }
    process_.reset();
    timeline_.after(Milliseconds{1'000}, [this] { start_process(); });
}

void World::crash() {
    if (network_.process() == nullptr) return;
    const bool power_cut = chance(plan_.power_cut, random_);
    if (!chance(plan_.in_commit, random_)) return end_process(power_cut);
    process_->die_in_next_commit([this, power_cut] {
        ++outcome_.deaths_in_commit;
        network_.process_ended(power_cut);
        timeline_.after(Milliseconds{0}, [this, power_cut] { end_process(power_cut); });
    });
}

void World::end_process(bool power_cut) {
    ++outcome_.crashes;
    if (power_cut) ++outcome_.power_cuts;
    trace_.line("process", power_cut ? "loses its power" : "is killed");
    network_.process_ended(power_cut);
    process_->kill(power_cut);
    if (chance(plan_.clock_jump, random_)) timeline_.clock().jump_unix(Milliseconds{-1'800'000});
    // An outage may be longer than a seat is held.
    const auto outage = chance(200, random_) ? plan_.grace * 2 : around(Milliseconds{2'000}, random_);
    timeline_.after(outage, [this] { start_process(); });
}

// ---- the end

std::string World::what_is_missing() const {
    if (network_.process() == nullptr) return "the process does not run";
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    for (const auto& player : players_) {
        if (auto missing = player->missing(); !missing.empty()) return missing;
        const auto& seat = player->picture().seat;
        const auto* team = witness_.truth().team_named(seat->team_name);
        if (!taken.insert({team->id, seat->slot}).second) return "two players believe to have one seat";
    }
    return {};
}

void World::converge() {
    trace_.line("world", "the faults stop");
    misbehaviour_.begin_anew();
    network_.become_calm();
    disk_.heal();
    for (const auto& stranger : strangers_)
        stranger->go_home();
    for (const auto& player : players_) {
        player->settle_down();
        repeat(Milliseconds{700}, [one = player.get()] { one->deed(); });
    }
    repeat(Milliseconds{1'000}, [this] { host_->settle_down(); });
    // Seats of strangers who are gone are held for their grace, an outage may have just begun.
    const auto bound = timeline_.now() + plan_.grace * 4 + Milliseconds{240'000};
    // What was lost before is noticed late: by heartbeats, and by closes that take their time.
    run_for(plan_.ping_interval + plan_.ping_timeout + Milliseconds{45'000});
    std::vector<const Player*> missing;
    for (const auto& player : players_)
        missing.push_back(player.get());
    // Each has to be seen in the right seat with the right picture; while the others play on that is never so
    // of all at once.
    while (!missing.empty()) {
        if (timeline_.now() > bound)
            return judge_.violated(Invariant::all_converge, missing.front()->missing());
        if (!step()) return;
        if (network_.process() == nullptr) continue;
        std::erase_if(missing, [](const Player* player) { return player->missing().empty(); });
    }
    misbehaviour_.begin_anew();
    run_for(Milliseconds{15'000});
    if (!judge_.content()) return;
    if (auto wrong = what_is_missing(); !wrong.empty())
        return judge_.violated(Invariant::all_converge, wrong);
    trace_.line("world", "all sit and play");
}

void World::everybody_leaves() {
    misbehaviour_.end();
    run_for(Milliseconds{5'000});
    for (const auto& player : players_)
        player->go_home();
    host_->go_home();
    run_for(plan_.ping_interval + plan_.ping_timeout * 2 + Milliseconds{40'000});
    if (!judge_.content()) return;
    if (const auto left = process_->table_entries() + process_->connections(); left != 0) {
        judge_.violated(Invariant::limits_hold, std::to_string(left) + " entries are left when all are gone");
    }
    for (const auto end = timeline_.now() + Milliseconds{10'000};
         timeline_.now() < end && !process_->is_idle();) {
        if (!step()) return;
    }
    if (!process_->is_idle() || witness_.unanswered() != 0) {
        judge_.violated(Invariant::every_command_is_answered,
                        std::to_string(witness_.unanswered()) + " commands were never answered");
    }
    end_process(false);
    while (network_.process() == nullptr && step()) {
    }
}

}  // namespace holdfast::simulation
