// latency: an open loop. Requests go out by the clock, whatever becomes of those before; each is timed from
// when it was meant to go out.
#include "holdfast/bench/echo.hpp"
#include "holdfast/bench/scenarios.hpp"
#include "holdfast/bench/schedule.hpp"

namespace holdfast::bench {

namespace {

class Latencies final : public ClientEvents {
  public:
    explicit Latencies(Run& run)
        : run_(run),
          echo_(run.options.protocol, run.options.name_space, run.options.payload_bytes),
          schedule_(0, 1) {}

    void start() { schedule_ = Schedule(clock_ns(), run_.options.rate_per_second); }

    /// Sends what is due; gives when the next will be.
    std::uint64_t keep_up() {
        const std::uint64_t now = clock_ns();
        const std::uint64_t due = schedule_.due(now);
        for (; sent_ < due; ++sent_) {
            Client& client = run_.clients.at(static_cast<std::size_t>(sent_ % run_.clients.size()));
            answered_.push_back(false);
            if (!client.ready()) {
                run_.report.errors.add("request_not_sent", "its client had lost its connection");
                answered_.back() = true;
                continue;
            }
            lateness_ns_.record(now - schedule_.intended_ns(sent_));
            client.send(echo_.request(sent_));
            ++outstanding_;
        }
        return schedule_.intended_ns(sent_);
    }
    void begin() {
        first_ = sent_;
        lateness_ns_.clear();
        run_.report.latency_ns.clear();
    }
    /// Those that went out in the measured time are waited for: leaving out the slowest would flatter the
    /// server.
    void stop() {
        const std::uint64_t due_at_end = outstanding_;
        run_.wait(run_.options.patience_seconds,
                  [&] { return outstanding_ == 0 || run_.clients.ready_count() == 0; });
        run_.report.errors.add("answer_missing", "a request was never answered", outstanding_);
        run_.report.operations = run_.report.latency_ns.count();
        run_.report.extras.push_back({"rate", run_.options.rate_per_second});
        run_.report.extras.push_back({"unanswered_at_the_end", due_at_end});
        run_.report.extras.push_back(
            {"load_late_us_p99", static_cast<double>(lateness_ns_.percentile(99)) / 1000});
    }

    void on_message(Client& client, std::string_view text) override {
        const Echo::Answer answer = echo_.read(text);
        if (answer.outcome == Echo::Outcome::unrelated) return;
        const bool expected = answer.number < sent_ && !answered_[static_cast<std::size_t>(answer.number)] &&
                              answer.number % run_.clients.size() == client.index();
        if (answer.outcome == Echo::Outcome::wrong)
            run_.report.errors.add("wrong_answer", text.substr(0, 200));
        if (!expected) {
            if (answer.outcome == Echo::Outcome::answer)
                run_.report.errors.add("unexpected_answer", text.substr(0, 200));
            return;
        }
        answered_[static_cast<std::size_t>(answer.number)] = true;
        --outstanding_;
        if (answer.outcome != Echo::Outcome::answer || answer.number < first_) return;
        const std::uint64_t intended = schedule_.intended_ns(answer.number);
        run_.report.latency_ns.record(std::max(run_.clients.now_ns(), intended) - intended);
    }

  private:
    Run& run_;
    Echo echo_;
    Schedule schedule_;
    Histogram lateness_ns_;
    std::vector<bool> answered_;
    std::uint64_t sent_ = 0;
    std::uint64_t first_ = 0;
    std::uint64_t outstanding_ = 0;
};

}  // namespace

void run_latency(Run& run) {
    Latencies latencies(run);
    run.report.operation_name = "acked events";
    run.clients.set_events(latencies);
    run.connect_all(100);
    latencies.start();
    run.measure(
        "Measuring", [&] { latencies.begin(); }, [] {}, [&] { return latencies.keep_up(); });
    latencies.stop();
    run.disconnect_all();
}

}  // namespace holdfast::bench
