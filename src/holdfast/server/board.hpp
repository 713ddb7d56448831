// The board: every team as of the last commit, for the lobby's list, the dashboard and the figures. Owned by
// the seats thread. A team's row is made into text once per change, and a list once per refresh, however many
// hosts look at it.
#pragma once

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
#include "holdfast/server/seat_holders.hpp"

namespace holdfast::server {

/// A crowd in the lobby gets a shorter list (down to this many teams, the newest), less often (up to this
/// pause): one broadcast to all of them is about this large, and so much goes out a second.
inline constexpr std::size_t lobby_teams_least = 50;
inline constexpr std::size_t lobby_broadcast_bytes = 4 * 1024 * 1024;
inline constexpr std::int64_t lobby_bytes_per_second = 8 * 1024 * 1024;
inline constexpr Milliseconds lobby_longest_interval{2'000};

class Board {
  public:
    /// `players_url` may be empty. References must outlive the board.
    Board(Outbox& outbox, Metrics& metrics, std::string players_url);

    void put(const seats::TeamViewPointer& team, Instant now);
    void put(const seats::GameView& game);
    /// The game has been restarted: no team has rounds any more.
    void clear_rounds();
    void count_answer() { ++game_.answers; }

    /// Sends what has changed, at most a few times a second. Call it every 100 ms or so.
    void on_interval(Instant now);

    [[nodiscard]] const seats::GameView& game() const { return game_; }
    /// Whether the board knows the team with these seats, held by the same people in the same state.
    [[nodiscard]] bool shows_seats_of(const seats::TeamView& team) const;
    /// The team as of the last commit; null when the board does not know it.
    [[nodiscard]] seats::TeamViewPointer view(seats::TeamId team) const {
        const auto found = entries_.find(team);
        return found == entries_.end() ? nullptr : found->second.view;
    }
    /// The list of the lobby as JSON text: teams with a vacant seat, and dissolved ones; the newest first, a
    /// bounded number, fewer when many read it. A long list may be as old as the lobby's next broadcast,
    /// which reaches whoever was shown it.
    [[nodiscard]] const std::string& available_teams(Instant now);
    /// teams_updated with that list.
    [[nodiscard]] engineio::MessagePointer lobby_packet(Instant now);

    /// What dashboard_update carries, as JSON text and as a packet. The teams are in it in any case.
    [[nodiscard]] std::string dashboard(bool streaming, Instant now);
    [[nodiscard]] Picture dashboard_picture(bool streaming, Instant now);
    /// What team_status_changed_for_dashboard carries, likewise; no teams unless `streaming`.
    [[nodiscard]] std::string changes(bool streaming, Instant now);
    [[nodiscard]] Picture changes_picture(bool streaming, Instant now);
    /// Sends dashboard_update to all hosts: the game itself has changed.
    void announce_game(Instant now);
    /// Is told which devices hold seats, for as long as the board lives.
    void tell(SeatHolders& holders) { holders_ = &holders; }
    void host_joined() { ++hosts_; }
    void host_left() {
        if (hosts_ > 0) --hosts_;
    }

  private:
    struct Entry {
        seats::TeamViewPointer view;
        Instant seen;       ///< when the view was made
        std::string shown;  ///< as hosts see it, without the seats and the last brace; "": to be made
        std::uint64_t edition = 0;
    };
    void count(const seats::TeamView& team, std::int64_t sign);
    [[nodiscard]] std::string figures_text() const;
    void bring_up_to_date(Entry& entry) const;
    [[nodiscard]] const std::string& teams_text(Instant now);
    void append_row(std::string& text, Entry& entry, Instant now) const;
    [[nodiscard]] Milliseconds dashboard_pause() const;
    [[nodiscard]] Milliseconds lobby_pause() const;
    [[nodiscard]] std::size_t lobby_readers() const;
    [[nodiscard]] std::size_t lobby_rows() const;
    void lobby_has_changed();

    Outbox& outbox_;
    Metrics& metrics_;
    SeatHolders* holders_ = nullptr;
    std::string players_url_;
    seats::GameView game_;
    std::unordered_map<seats::TeamId, Entry> entries_;
    /// Grows when every row has to be made anew; those that are looked at are, one by one.
    std::uint64_t edition_ = 0;
    std::uint64_t edition_without_rounds_ = 0;  ///< entries of earlier ones have rounds that are gone
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
    std::string lobby_text_;
    std::size_t lobby_text_rows_ = 0;
    Instant lobby_text_made_;
    bool lobby_text_is_old_ = true;
    engineio::MessagePointer lobby_packet_;  ///< null: to be made
    std::string teams_text_;
    Instant teams_text_made_;
    bool teams_text_is_old_ = true;
};

}  // namespace holdfast::server
