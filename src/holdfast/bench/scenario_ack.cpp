// ack: a closed loop. Every client keeps a number of requests on their way; an answer sends the next.
#include <utility>

#include "holdfast/bench/echo.hpp"
#include "holdfast/bench/scenarios.hpp"

namespace holdfast::bench {

namespace {

class Acks final : public ClientEvents {
  public:
    explicit Acks(Run& run)
        : run_(run),
          echo_(run.options.protocol, run.options.name_space, run.options.payload_bytes),
          in_flight_(run.options.in_flight),
          slots_(run.options.connections * run.options.in_flight) {}

    void start() {
        running_ = true;
        for (std::size_t i = 0; i < run_.clients.size(); ++i) {
            Client& client = run_.clients.at(i);
            if (!client.ready()) continue;
            for (std::size_t slot = 0; slot < in_flight_; ++slot)
                ask(client, slot, clock_ns());
        }
    }
    void begin() {
        run_.report.latency_ns.clear();
        answered_ = 0;
    }
    void end() { run_.report.operations = answered_; }
    void stop() {
        running_ = false;
        run_.wait(run_.options.patience_seconds, [&] { return outstanding_ == 0; });
        run_.report.errors.add("answer_missing", "a request was never answered", outstanding_);
    }

    void on_message(Client& client, std::string_view text) override {
        const Echo::Answer answer = echo_.read(text);
        if (answer.outcome == Echo::Outcome::unrelated) return;
        const std::size_t position = static_cast<std::size_t>(answer.number % in_flight_);
        Slot& slot = slots_[client.index() * in_flight_ + position];
        if (answer.outcome == Echo::Outcome::wrong) {
            run_.report.errors.add("wrong_answer", text.substr(0, 200));
            // A bare message that is wrong tells no number: its slot stays empty, so that it cannot count
            // twice.
            if (run_.options.protocol == Protocol::websocket) return;
        }
        if (!slot.waits || slot.number != answer.number) {
            run_.report.errors.add("unexpected_answer", text.substr(0, 200));
            return;
        }
        slot.waits = false;
        --outstanding_;
        const std::uint64_t now = run_.clients.now_ns();
        if (answer.outcome == Echo::Outcome::answer) {
            ++answered_;
            run_.report.latency_ns.record(now - slot.sent_ns);
        }
        if (running_) ask(client, position, now);
    }
    void on_lost(Client& client) override {
        for (std::size_t i = 0; i < in_flight_; ++i)
            if (std::exchange(slots_[client.index() * in_flight_ + i].waits, false)) --outstanding_;
    }

  private:
    struct Slot {
        std::uint64_t sent_ns = 0;
        std::uint64_t number = 0;
        bool waits = false;
    };

    void ask(Client& client, std::size_t position, std::uint64_t now) {
        Slot& slot = slots_[client.index() * in_flight_ + position];
        // The number grows, as with a real client, and its remainder is the position of the slot.
        slot.number = slot.number == 0 && slot.sent_ns == 0 ? position : slot.number + in_flight_;
        slot.sent_ns = now;
        slot.waits = true;
        ++outstanding_;
        client.send(echo_.request(slot.number));
    }

    Run& run_;
    Echo echo_;
    std::size_t in_flight_;
    std::vector<Slot> slots_;
    std::uint64_t answered_ = 0;
    std::uint64_t outstanding_ = 0;
    bool running_ = false;
};

}  // namespace

void run_ack(Run& run) {
    Acks acks(run);
    run.report.operation_name = "acked events";
    run.clients.set_events(acks);
    run.connect_all(100);
    acks.start();
    run.measure(
        "Measuring", [&] { acks.begin(); }, [&] { acks.end(); });
    acks.stop();
    run.disconnect_all();
}

}  // namespace holdfast::bench
