#include "holdfast/server/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <array>
#include <atomic>

#include "holdfast/seats/journal_words.hpp"

namespace holdfast::server {

namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;
using CounterFamily = prometheus::Family<prometheus::Counter>;
using GaugeFamily = prometheus::Family<prometheus::Gauge>;

CounterFamily& counters(prometheus::Registry& registry, const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name("holdfast_" + name).Help(help).Register(registry);
}

GaugeFamily& gauges(prometheus::Registry& registry, const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name("holdfast_" + name).Help(help).Register(registry);
}

std::string text_of(std::string_view view) {
    return std::string(view);
}

}  // namespace

struct Metrics::State {
    prometheus::Registry registry;

    prometheus::Counter& connections_opened =
        counters(registry, "connections_opened_total", "Connections that joined the main namespace").Add({});
    CounterFamily& connections_closed =
        counters(registry, "connections_closed_total", "Connections that ended, by reason");
    prometheus::Gauge& connections = gauges(registry, "connections", "Connections now").Add({});
    CounterFamily& refusals = counters(registry, "refusals_total", "Events that were refused, by code");
    CounterFamily& turned_away =
        counters(registry, "turned_away_total", "Connections and events asked to come back later, by limit");
    prometheus::Counter& drops =
        counters(registry, "messages_dropped_total", "Messages that did not fit a queue").Add({});

    prometheus::Counter& tokens_issued = counters(registry, "tokens_issued_total", "Tokens made").Add({});
    prometheus::Counter& tokens_used =
        counters(registry, "tokens_used_total", "Tokens that led back to a seat").Add({});
    prometheus::Counter& tokens_confirmed =
        counters(registry, "tokens_confirmed_total", "Tokens known to have arrived").Add({});
    prometheus::Counter& tokens_cleared =
        counters(registry, "tokens_cleared_total", "Tokens of seats that were given up").Add({});
    prometheus::Counter& tokens_swept =
        counters(registry, "tokens_swept_total", "Tokens swept because their life was over").Add({});
    CounterFamily& tokens_refused = counters(registry, "tokens_refused_total", "Tokens refused, by reason");
    CounterFamily& resumes =
        counters(registry, "resumes_total",
                 "Tries to come back to a seat, by outcome (resumed, or a code) and by cause");

    CounterFamily& seat_changes = counters(registry, "seat_changes_total",
                                           "Changes of seats: what happened and why, in the journal's words");
    /// Found once and then at hand, by the places of both words in their lists.
    std::array<std::array<std::atomic<prometheus::Counter*>, seats::journal_reasons.size()>,
               seats::journal_whats.size()>
        seat_change{};

    CounterFamily& host_actions_family =
        counters(registry, "host_actions_total", "What hosts have done, by what it was");
    std::array<prometheus::Counter*, host_action_names.size()> host_actions{};

    prometheus::Gauge& preserved =
        gauges(registry, "sessions_preserved", "Seats whose players were kept at the last start").Add({});
    prometheus::Counter& expired =
        counters(registry, "seats_expired_total", "Seats freed because nobody came back in time").Add({});
    prometheus::Counter& quiet = counters(registry, "drops_kept_quiet_total",
                                          "Lost connections whose players were back before anybody was told")
                                     .Add({});
    GaugeFamily& seats_family = gauges(registry, "seats", "Seats of active teams now, by state");
    prometheus::Gauge& seats_vacant = seats_family.Add({{"state", "vacant"}});
    prometheus::Gauge& seats_connected = seats_family.Add({{"state", "connected"}});
    prometheus::Gauge& seats_away = seats_family.Add({{"state", "away"}});
    GaugeFamily& teams_family = gauges(registry, "teams", "Teams now, by state");
    prometheus::Gauge& teams_active = teams_family.Add({{"state", "active"}});
    prometheus::Gauge& teams_dissolved = teams_family.Add({{"state", "dissolved"}});

    prometheus::Counter& answers = counters(registry, "answers_total", "Answers taken").Add({});
    CounterFamily& rounds_family = counters(registry, "rounds_total", "Rounds, by what became of them");
    prometheus::Counter& rounds_dealt = rounds_family.Add({{"what", "dealt"}});
    prometheus::Counter& rounds_complete = rounds_family.Add({{"what", "complete"}});

    CounterFamily& commits = counters(registry, "commits_total", "Transactions, by outcome");
    prometheus::Counter& commits_done = commits.Add({{"outcome", "done"}});
    prometheus::Counter& commits_failed = commits.Add({{"outcome", "failed"}});
    CounterFamily& store_errors = counters(registry, "store_errors_total", "Failed transactions, by error");
    prometheus::Counter& rollbacks =
        counters(registry, "rollbacks_total", "Times that memory went back to what the disk has").Add({});
    prometheus::Counter& synchronisations =
        counters(registry, "synchronisations_total", "Sweeps for stale sessions").Add({});
    prometheus::Gauge& ready = gauges(registry, "store_ready", "1 while the store takes commits").Add({});
    prometheus::Gauge& commands_waiting =
        gauges(registry, "commands_waiting", "Commands that wait to be decided").Add({});
    prometheus::Histogram& commit_seconds =
        prometheus::BuildHistogram()
            .Name("holdfast_commit_seconds")
            .Help("How long a transaction took")
            .Register(registry)
            .Add({}, Buckets{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5});
    prometheus::Histogram& batch_decisions =
        prometheus::BuildHistogram()
            .Name("holdfast_batch_decisions")
            .Help("Decisions in a transaction")
            .Register(registry)
            .Add({}, Buckets{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096});

    State() {
        // Figures that somebody watches for are there from the start, as zero.
        for (const char* cause : {"reload", "network", "restart", "takeover"}) {
            resumes.Add({{"outcome", "resumed"}, {"cause", cause}});
        }
        for (std::size_t action = 0; action < host_actions.size(); ++action) {
            host_actions[action] = &host_actions_family.Add({{"what", text_of(host_action_names[action])}});
        }
        ready.Set(1);
    }
};

std::string_view cause_of(seats::AwayCause cause) {
    switch (cause) {
        case seats::AwayCause::closed_page:
            return "reload";
        case seats::AwayCause::connection_lost:
        case seats::AwayCause::stale_session:
            return "network";
        case seats::AwayCause::server_restart:
            return "restart";
        case seats::AwayCause::none:
            break;
    }
    return "takeover";
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::connection_opened() {
    state_->connections_opened.Increment();
    state_->connections.Increment();
}

void Metrics::connection_closed(std::string_view reason) {
    state_->connections_closed.Add({{"reason", text_of(reason)}}).Increment();
    state_->connections.Decrement();
}

std::size_t Metrics::connections() const {
    return static_cast<std::size_t>(std::max(0.0, state_->connections.Value()));
}

void Metrics::event_refused(seats::Refusal code) {
    state_->refusals.Add({{"code", text_of(code_of(code))}}).Increment();
}

void Metrics::turned_away(std::string_view what) {
    state_->turned_away.Add({{"limit", text_of(what)}}).Increment();
}

void Metrics::events_dropped(std::uint64_t count) {
    state_->drops.Increment(static_cast<double>(count));
}

void Metrics::token(seats::TokenEvent event, std::optional<seats::Refusal> reason) {
    switch (event) {
        case seats::TokenEvent::issued:
            return state_->tokens_issued.Increment();
        case seats::TokenEvent::used:
            return state_->tokens_used.Increment();
        case seats::TokenEvent::confirmed:
            return state_->tokens_confirmed.Increment();
        case seats::TokenEvent::cleared:
            return state_->tokens_cleared.Increment();
        case seats::TokenEvent::swept:
            return state_->tokens_swept.Increment();
        case seats::TokenEvent::refused:
            state_->tokens_refused.Add({{"reason", reason ? text_of(code_of(*reason)) : "unknown"}})
                .Increment();
    }
}

void Metrics::resumed(seats::AwayCause cause) {
    state_->resumes.Add({{"outcome", "resumed"}, {"cause", text_of(cause_of(cause))}}).Increment();
}

void Metrics::resume_refused(seats::Refusal reason) {
    state_->resumes.Add({{"outcome", text_of(code_of(reason))}, {"cause", "unknown"}}).Increment();
}

void Metrics::set_sessions_preserved(std::size_t count) {
    state_->preserved.Set(static_cast<double>(count));
}
void Metrics::seat_expired() {
    state_->expired.Increment();
}
void Metrics::seat_changed(std::string_view what, std::string_view reason) {
    const auto place_of = [](const auto& list, std::string_view code) {
        return static_cast<std::size_t>(
            std::find_if(list.begin(), list.end(), [code](const auto& word) { return word.code == code; }) -
            list.begin());
    };
    const auto what_place = place_of(seats::journal_whats, what);
    const auto reason_place = place_of(seats::journal_reasons, reason);
    if (what_place == seats::journal_whats.size() || reason_place == seats::journal_reasons.size()) return;
    auto& known = state_->seat_change[what_place][reason_place];
    auto* counter = known.load(std::memory_order_acquire);
    if (counter == nullptr) {
        counter = &state_->seat_changes.Add({{"what", text_of(what)}, {"reason", text_of(reason)}});
        known.store(counter, std::memory_order_release);
    }
    counter->Increment();
}
void Metrics::host_acted(HostAction action) {
    state_->host_actions.at(static_cast<std::size_t>(action))->Increment();
}
void Metrics::drop_kept_quiet() {
    state_->quiet.Increment();
}
void Metrics::answer_taken() {
    state_->answers.Increment();
}
void Metrics::round_completed() {
    state_->rounds_complete.Increment();
}
void Metrics::round_dealt() {
    state_->rounds_dealt.Increment();
}
void Metrics::synchronised() {
    state_->synchronisations.Increment();
}

void Metrics::committed(double seconds, std::size_t decisions) {
    state_->commits_done.Increment();
    state_->commit_seconds.Observe(seconds);
    state_->batch_decisions.Observe(static_cast<double>(decisions));
}

void Metrics::commit_failed(seats::StoreError error, std::size_t decisions) {
    state_->commits_failed.Increment();
    state_->store_errors.Add({{"error", text_of(to_string(error))}}).Increment();
    state_->batch_decisions.Observe(static_cast<double>(decisions));
}

void Metrics::rolled_back() {
    state_->rollbacks.Increment();
}
void Metrics::store_ready(bool ready) {
    state_->ready.Set(ready ? 1 : 0);
}

void Metrics::set_seats(const SeatCounts& counts) {
    state_->seats_vacant.Set(static_cast<double>(counts.vacant));
    state_->seats_connected.Set(static_cast<double>(counts.connected));
    state_->seats_away.Set(static_cast<double>(counts.away));
}

void Metrics::set_teams(std::size_t active, std::size_t dissolved) {
    state_->teams_active.Set(static_cast<double>(active));
    state_->teams_dissolved.Set(static_cast<double>(dissolved));
}

void Metrics::set_commands_waiting(std::size_t count) {
    state_->commands_waiting.Set(static_cast<double>(count));
}

void Metrics::set_gauge(const std::string& name, const std::string& help, double value,
                        const Labels& labels) {
    gauges(state_->registry, name, help).Add(labels).Set(value);
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace holdfast::server
