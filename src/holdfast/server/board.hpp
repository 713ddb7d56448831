// The board: every team as of the last commit, for the lobby's list, the dashboard and the figures. Owned by
// the seats thread. A team's row is made into text once per change, and a list once per refresh, however many
// hosts look at it.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>

#include "holdfast/base/clock.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/server/dashboard_format.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/outbox.hpp"

namespace holdfast::server {

class Board {
  public:
    /// `players_url` may be empty. References must outlive the board.
    Board(Outbox& outbox, Metrics& metrics, std::string players_url);

    void put(const seats::TeamViewPointer& team, Instant now);
    void put(const seats::GameView& game);
    void count_answer() { ++game_.answers; }

    /// Sends what has changed, at most a few times a second. Call it every 100 ms or so.
    void on_interval(Instant now);

    [[nodiscard]] const seats::GameView& game() const { return game_; }
    /// Whether the board knows the team with these seats, held by the same people in the same state.
    [[nodiscard]] bool shows_seats_of(const seats::TeamView& team) const;
    /// Teams with a vacant seat, and dissolved ones; the newest first, a bounded number.
    [[nodiscard]] boost::json::array available_teams() const;
    /// teams_updated, made once for as long as nothing changes.
    [[nodiscard]] engineio::MessagePointer lobby_packet();

    /// What dashboard_update carries, as JSON text and as a packet. The teams are in it in any case.
    [[nodiscard]] std::string dashboard(bool streaming, Instant now);
    [[nodiscard]] Picture dashboard_picture(bool streaming, Instant now);
    /// What team_status_changed_for_dashboard carries, likewise; no teams unless `streaming`.
    [[nodiscard]] std::string changes(bool streaming, Instant now);
    [[nodiscard]] Picture changes_picture(bool streaming, Instant now);
    /// Sends dashboard_update to all hosts: the game itself has changed.
    void announce_game(Instant now);
    void host_joined() { ++hosts_; }
    void host_left() {
        if (hosts_ > 0) --hosts_;
    }

  private:
    struct Entry {
        seats::TeamViewPointer view;
        Instant seen;       ///< when the view was made
        std::string shown;  ///< as hosts see it, without the seats and the last brace; "": to be made
    };
    void count(const seats::TeamView& team, std::int64_t sign);
    [[nodiscard]] std::string figures_text() const;
    [[nodiscard]] const std::string& teams_text(Instant now);
    void append_row(std::string& text, Entry& entry, Instant now) const;
    [[nodiscard]] Milliseconds dashboard_pause() const;

    Outbox& outbox_;
    Metrics& metrics_;
    std::string players_url_;
    seats::GameView game_;
    std::unordered_map<seats::TeamId, Entry> entries_;
    std::set<seats::TeamId> open_;
    std::set<seats::TeamId> active_;
    std::set<seats::TeamId> dissolved_;
    SeatCounts seats_;
    wire::BoardFigures figures_;
    std::size_t hosts_ = 0;
    bool lobby_changed_ = false;
    bool teams_changed_ = false;
    Instant lobby_sent_;
    Instant teams_sent_;
    engineio::MessagePointer lobby_packet_;  ///< null: to be made
    std::string teams_text_;
    Instant teams_text_made_;
    bool teams_text_is_old_ = true;
};

}  // namespace holdfast::server
