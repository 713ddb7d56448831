// broadcast: a closed loop over everybody. A burst goes out as soon as few enough deliveries are still due.
#include "holdfast/bench/scenarios.hpp"
#include "holdfast/bench/shout.hpp"

namespace holdfast::bench {

namespace {

class Broadcasts final : public ClientEvents {
  public:
    explicit Broadcasts(Run& run)
        : run_(run),
          shout_(run.options.protocol, run.options.name_space, run.options.payload_bytes),
          hearing_(run.options.connections, run.options.talkers, run.options.burst),
          burst_(run.options.burst),
          sent_ns_(run.options.in_flight * run.options.burst * run.options.connections) {}

    void start() {
        running_ = true;
        for (std::size_t i = 0; i < run_.options.in_flight; ++i)
            talk();
    }
    void begin() {
        run_.report.latency_ns.clear();
        delivered_before_ = delivered_;
        sent_before_ = sent_;
    }
    void end() {
        run_.report.operations = delivered_ - delivered_before_;
        run_.report.extras.push_back({"burst", burst_});
        run_.report.extras.push_back({"talkers", run_.options.talkers});
        run_.report.extras.push_back({"events_sent", sent_ - sent_before_});
    }
    void stop() {
        running_ = false;
        run_.wait(run_.options.patience_seconds, [&] { return due_ == 0; });
        run_.report.errors.add("delivery_missing", "a listener did not hear everything", due_);
    }

    void on_message(Client& client, std::string_view text) override {
        if (!shout_.concerns(text)) return;
        const auto number = shout_.read(text);
        if (!number || *number >= sent_) {
            run_.report.errors.add("wrong_delivery", text.substr(0, 200));
            return;
        }
        if (!hearing_.hear(client.index(), *number)) {
            run_.report.errors.add("wrong_order", "message " + std::to_string(*number) + " came to client " +
                                                      std::to_string(client.index()) + " out of turn");
            return;
        }
        ++delivered_;
        --due_;
        run_.report.latency_ns.record(run_.clients.now_ns() - sent_ns_[*number % sent_ns_.size()]);
        if (running_ && due_ <= (run_.options.in_flight - 1) * burst_ * run_.clients.ready_count()) talk();
    }
    void on_lost(Client& client) override {
        const std::uint64_t heard = hearing_.heard(client.index());
        due_ -= std::min(due_, sent_ - std::min(sent_, heard));
    }

  private:
    void talk() {
        Client& talker = run_.clients.at((sent_ / burst_) % run_.options.talkers);
        if (!talker.ready()) return;  // its loss has been counted, and the run ends with what there is
        const std::uint64_t now = clock_ns();
        for (std::size_t i = 0; i < burst_; ++i) {
            talker.send(shout_.message(sent_));
            sent_ns_[sent_ % sent_ns_.size()] = now;
            ++sent_;
            due_ += run_.clients.ready_count();
        }
    }

    Run& run_;
    Shout shout_;
    Hearing hearing_;
    std::size_t burst_;
    std::vector<std::uint64_t> sent_ns_;  // a ring: as many as the slowest listener may have before it
    std::uint64_t sent_ = 0;
    std::uint64_t sent_before_ = 0;
    std::uint64_t due_ = 0;
    std::uint64_t delivered_ = 0;
    std::uint64_t delivered_before_ = 0;
    bool running_ = false;
};

}  // namespace

void run_broadcast(Run& run) {
    Broadcasts broadcasts(run);
    run.report.operation_name = "deliveries";
    run.clients.set_events(broadcasts);
    if (!run.connect_all(100)) {
        run.disconnect_all();
        return;  // who hears what could not be told any more
    }
    broadcasts.start();
    run.measure(
        "Measuring", [&] { broadcasts.begin(); }, [&] { broadcasts.end(); });
    broadcasts.stop();
    run.disconnect_all();
}

}  // namespace holdfast::bench
