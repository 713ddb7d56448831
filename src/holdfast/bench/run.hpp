// What all scenarios share: connecting everybody, the measured time, the progress line.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "holdfast/bench/clients.hpp"
#include "holdfast/bench/report.hpp"

namespace holdfast::bench {

/// One line on standard error that is written over again; on anything but a terminal, a line for each new
/// step.
class Progress {
  public:
    Progress();
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// `step` is what is being done, `detail` how far it is; shown at most a few times a second.
    void show(const std::string& step, const std::string& detail);
    /// Whether show() would show something about a step that is shown already.
    [[nodiscard]] bool due(std::uint64_t now_ns) const;

  private:
    bool terminal_;
    bool shown_ = false;
    std::string step_;
    std::uint64_t last_ns_ = 0;
};

/// Processor time between two moments: of the server and of this program.
class Meter {
  public:
    explicit Meter(std::vector<pid_t> server) : server_(std::move(server)) {}
    /// Begins, or goes on after pause().
    void start();
    void pause();
    [[nodiscard]] double seconds() const { return static_cast<double>(wall_ns_) / 1e9; }
    /// Nothing when no process was named, or one of them ended.
    [[nodiscard]] std::optional<double> server_cpu_seconds() const;
    [[nodiscard]] double load_cpu_seconds() const { return static_cast<double>(load_ns_) / 1e9; }

  private:
    std::vector<pid_t> server_;
    std::optional<std::uint64_t> server_start_;
    std::uint64_t wall_start_ = 0;
    std::uint64_t load_start_ = 0;
    std::uint64_t server_ns_ = 0;
    std::uint64_t wall_ns_ = 0;
    std::uint64_t load_ns_ = 0;
    bool known_ = true;
};

/// One run of one scenario. One thread.
class Run {
  public:
    Run(const Options& options, Report& report, Clients& clients);

    const Options& options;
    Report& report;
    Clients& clients;
    Progress progress;
    /// "NAME=value" for the environment of a server that the run starts; may be empty.
    std::string server_setting;
    /// Called right before a client is opened; may be empty.
    std::function<void(std::size_t index)> on_opening;

    /// Opens the clients [first, first + count), at most `at_a_time` under way, and waits until each is ready
    /// or lost; false (and an error) if nothing moved for a while.
    bool connect(std::size_t first, std::size_t count, std::size_t at_a_time);
    bool connect_all(std::size_t at_a_time) { return connect(0, options.connections, at_a_time); }
    /// Says goodbye to all and waits until they are gone.
    void disconnect_all();
    /// Handles what comes until `done`, or until `limit_seconds` are over; whether it was done. `before_turn`
    /// gives the time (clock_ns) at which it wants to be called again at the latest.
    bool wait(double limit_seconds, const std::function<bool()>& done,
              const std::function<std::uint64_t()>& before_turn = nullptr);
    /// Warms up and then measures: calls `begin` and `end` at the two ends of the measured time.
    void measure(const std::string& step, const std::function<void()>& begin,
                 const std::function<void()>& end,
                 const std::function<std::uint64_t()>& before_turn = nullptr);
    /// Writes the meter's figures into the report; says so if a server's process is gone.
    void take(const Meter& meter);
};

}  // namespace holdfast::bench
