// The figures of /metrics. Names and meanings are in docs/metrics.md. Every method may be called from any
// thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/store.hpp"
#include "holdfast/server/host_actions.hpp"

namespace holdfast::server {

struct SeatCounts {
    std::int64_t vacant = 0;
    std::int64_t connected = 0;
    std::int64_t away = 0;
};

class Metrics {
  public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    void connection_opened();
    void connection_closed(std::string_view reason);
    /// Open ones, as of now.
    [[nodiscard]] std::size_t connections() const;
    void event_refused(seats::Refusal code);
    void events_dropped(std::uint64_t count);
    /// Somebody was asked to come back later; `what`: the limit that was reached (docs/metrics.md).
    void turned_away(std::string_view what);

    void token(seats::TokenEvent event, std::optional<seats::Refusal> reason);
    void resumed(seats::AwayCause cause);
    void resume_refused(seats::Refusal reason);
    /// Taken seats that the last start found and kept.
    void set_sessions_preserved(std::size_t count);
    void seat_expired();
    /// A seat changed; `what` and `reason` as in JournalRecord.
    void seat_changed(std::string_view what, std::string_view reason);
    /// A player was back before anybody was told of the loss.
    void drop_kept_quiet();
    /// A host has done something, and it is on disk.
    void host_acted(HostAction action);
    void answer_taken();
    void round_completed();
    void round_dealt();
    void synchronised();

    void committed(double seconds, std::size_t decisions);
    void commit_failed(seats::StoreError error, std::size_t decisions);
    void rolled_back();
    void store_ready(bool ready);

    void set_seats(const SeatCounts& counts);
    void set_teams(std::size_t active, std::size_t dissolved);
    void set_commands_waiting(std::size_t count);

    /// A figure that is counted elsewhere and read when it is asked for; `name` without the prefix holdfast_.
    using Labels = std::map<std::string, std::string>;
    void set_gauge(const std::string& name, const std::string& help, double value, const Labels& labels = {});

    /// The Prometheus text format, version 0.0.4.
    [[nodiscard]] std::string text() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// "reload", "network", "restart" or "takeover": why a player had to resume, as the figures call it.
[[nodiscard]] std::string_view cause_of(seats::AwayCause cause);

}  // namespace holdfast::server
