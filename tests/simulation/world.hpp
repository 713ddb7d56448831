// One simulation from its seed to its end: everything is put together, faults come as the plan says, and
// after every step it is asked whether all holds.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <ostream>
#include <vector>

#include "people.hpp"

namespace holdfast::simulation {

struct Outcome {
    std::uint64_t steps = 0;
    std::uint64_t trace_hash = 0;
    std::optional<Judge::Verdict> verdict;
    std::deque<std::string> last_lines;
    // what was lived through
    std::uint64_t cuts = 0;
    std::uint64_t crashes = 0;
    std::uint64_t power_cuts = 0;
    std::uint64_t deaths_in_commit = 0;
    std::uint64_t freezes = 0;
    std::uint64_t disk_faults = 0;
    std::uint64_t failed_actions = 0;
    std::uint64_t answers = 0;
    Witness::Happened happened;
    Milliseconds simulated{};
};

class World {
  public:
    /// `copy` gets the whole trace; null: nobody does.
    World(Plan plan, std::ostream* copy);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /// So many steps with faults, and then as many as it takes until all have converged and gone home.
    [[nodiscard]] Outcome run(std::uint64_t steps);

  private:
    [[nodiscard]] bool step();
    void run_for(Milliseconds span);
    void make_people();
    void plan_faults();
    void repeat(Milliseconds average, std::function<void()> what);
    void start_process();
    void crash();
    void end_process(bool power_cut);
    void fail_disk();
    void converge();
    [[nodiscard]] std::string what_is_missing() const;
    void everybody_leaves();

    Plan plan_;
    Timeline timeline_;
    Trace trace_;
    SeededRandom random_;
    Judge judge_;
    Witness witness_;
    Disk disk_;
    Network network_;
    Company company_;
    std::unique_ptr<Process> process_;
    std::vector<std::unique_ptr<Player>> players_;
    std::vector<std::unique_ptr<Stranger>> strangers_;
    std::unique_ptr<Host> host_;
    bool faults_ = true;
    Life misbehaviour_;
    Outcome outcome_;
};

}  // namespace holdfast::simulation
