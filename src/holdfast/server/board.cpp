#include "holdfast/server/board.hpp"

#include <algorithm>

#include "holdfast/server/wire_format.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::server {

namespace {

namespace json = boost::json;

constexpr Milliseconds refresh_pause{10'000};

engineio::MessagePointer packet(std::string_view event, json::object object) {
    return socketio::encode_event("/", event, json::array{std::move(object)});
}

}  // namespace

Board::Board(Outbox& outbox, Metrics& metrics, std::string players_url)
    : outbox_(outbox), metrics_(metrics), players_url_(std::move(players_url)) {}

void Board::count(const seats::TeamView& team, std::int64_t sign) {
    if (!team.active) return;
    const auto change = [sign](std::uint64_t& figure, std::size_t by) {
        figure = static_cast<std::uint64_t>(static_cast<std::int64_t>(figure) +
                                            sign * static_cast<std::int64_t>(by));
    };
    for (const seats::SeatView& seat : team.seats) {
        if (seat.state == seats::SeatState::vacant) seats_.vacant += sign;
        if (seat.state == seats::SeatState::connected) seats_.connected += sign;
        if (seat.state == seats::SeatState::away) seats_.away += sign;
    }
    change(figures_.connected_players, team.connected_count());
    change(figures_.active_teams, 1);
    if (team.everybody_connected()) change(figures_.ready_players, team.connected_count());
}

void Board::put(const seats::TeamViewPointer& team, Instant now) {
    Entry& entry = entries_[team->id];
    const bool was_listed = entry.view && (!entry.view->active || entry.view->has_vacant_seat());
    const bool is_listed = !team->active || team->has_vacant_seat();
    const bool was_active = entry.view && entry.view->active;
    if (was_listed != is_listed || was_active != team->active) lobby_changed_ = true;
    if (entry.view) count(*entry.view, -1);
    count(*team, +1);
    entry = Entry{team, now, std::nullopt};
    const auto place = [&team](std::set<seats::TeamId>& set, bool belongs) {
        if (belongs) {
            set.insert(team->id);
        } else {
            set.erase(team->id);
        }
    };
    place(open_, team->active && team->has_vacant_seat());
    place(active_, team->active);
    place(dissolved_, !team->active);
    teams_changed_ = true;
    metrics_.set_seats(seats_);
    metrics_.set_teams(active_.size(), dissolved_.size());
}

void Board::put(const seats::GameView& game) {
    if (game.mode != game_.mode) {
        for (auto& [id, entry] : entries_)
            entry.shown.reset();
    }
    if (game.started != game_.started) lobby_changed_ = true;
    game_ = game;
}

json::array Board::available_teams() const {
    json::array rows;
    const auto add = [&](const std::set<seats::TeamId>& ids) {
        for (auto id = ids.rbegin(); id != ids.rend() && rows.size() < limits::lobby_teams; ++id) {
            const seats::TeamView& team = *entries_.at(*id).view;
            rows.push_back(
                json::object{{"team_name", team.name}, {"team_id", team.id}, {"is_active", team.active}});
        }
    };
    add(open_);
    add(dissolved_);
    return rows;
}

json::array Board::teams(Instant now) {
    json::array rows;
    const auto add = [&](const std::set<seats::TeamId>& ids) {
        for (auto id = ids.rbegin(); id != ids.rend() && rows.size() < limits::dashboard_teams; ++id) {
            Entry& entry = entries_.at(*id);
            if (!entry.shown) entry.shown = wire::dashboard_team(*entry.view, game_.mode);
            json::object row = *entry.shown;
            // Held seats count down between two changes of the team.
            seats::TeamView aged = *entry.view;
            const auto age = std::chrono::duration_cast<Milliseconds>(now - entry.seen).count();
            for (seats::SeatView& seat : aged.seats) {
                seat.held_for_milliseconds = std::max<std::int64_t>(0, seat.held_for_milliseconds - age);
            }
            row["seats"] = wire::seats_of(aged);
            rows.push_back(std::move(row));
        }
    };
    add(active_);
    add(dissolved_);
    return rows;
}

void Board::add_figures(json::object& object) const {
    object["connected_players_count"] = figures_.connected_players;
    object["active_teams_count"] = figures_.active_teams;
    object["ready_players_count"] = figures_.ready_players;
}

json::object Board::dashboard(bool streaming, Instant now) {
    json::object object{{"teams", teams(now)},
                        {"total_answers_count", game_.answers},
                        {"game_state", wire::game_state(game_, streaming)}};
    add_figures(object);
    if (!players_url_.empty()) object["players_url"] = players_url_;
    return object;
}

json::object Board::team_changes(bool streaming, Instant now) {
    json::object object{{"teams", streaming ? teams(now) : json::array()}};
    add_figures(object);
    return object;
}

void Board::announce_game(Instant now) {
    if (hosts_ == 0) return;
    outbox_.put(Broadcast{rooms::streaming, packet("dashboard_update", dashboard(true, now))});
    json::object quiet = dashboard(false, now);
    quiet["teams"] = json::array();
    outbox_.put(Broadcast{rooms::quiet, packet("dashboard_update", std::move(quiet))});
}

/// A list of hundreds of teams is long: it goes out less often, so that hosts cost the same.
Milliseconds Board::dashboard_pause() const {
    return active_.size() > 100 ? 2 * limits::dashboard_interval : limits::dashboard_interval;
}

void Board::on_interval(Instant now) {
    if (lobby_changed_ && now - lobby_sent_ >= limits::lobby_interval) {
        outbox_.put(Broadcast{rooms::lobby, packet("teams_updated", {{"teams", available_teams()},
                                                                     {"game_started", game_.started}})});
        lobby_changed_ = false;
        lobby_sent_ = now;
    }
    // Sent again now and then without a change, for hosts that missed one.
    const bool teams_due =
        teams_changed_ ? now - teams_sent_ >= dashboard_pause() : now - teams_sent_ >= refresh_pause;
    if (hosts_ > 0 && teams_due) {
        // Volatile: a host on a slow line gets the next one instead of a growing queue.
        outbox_.put(Broadcast{rooms::streaming,
                              packet("team_status_changed_for_dashboard", team_changes(true, now)), true});
        outbox_.put(Broadcast{rooms::quiet,
                              packet("team_status_changed_for_dashboard", team_changes(false, now)), true});
        teams_changed_ = false;
        teams_sent_ = now;
    }
}

}  // namespace holdfast::server
