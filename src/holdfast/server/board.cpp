#include "holdfast/server/board.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "holdfast/server/wire_format.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::server {

namespace {

namespace json = boost::json;

/// A list is sent again now and then without a change: seats count down, and a host may have missed one.
constexpr Milliseconds refresh_pause{10'000};

/// An event of the main namespace whose one object is text already.
engineio::MessagePointer packet_of_text(std::string_view event, std::string_view object) {
    std::string text;
    text.reserve(object.size() + event.size() + 8);
    text.append("2[\"").append(event).append("\",").append(object).append("]");
    return std::make_shared<const engineio::OutgoingMessage>(text);
}

/// As boost::json::serialize, but with numbers as short as ten digits allow: a list of teams is mostly
/// numbers.
void append_compact(std::string& text, const json::value& value) {
    if (const auto* object = value.if_object()) {
        char separator = '{';
        for (const auto& [name, member] : *object) {
            text += separator;
            separator = ',';
            text += json::serialize(json::string_view(name));
            text += ':';
            append_compact(text, member);
        }
        text += object->empty() ? "{}" : "}";
    } else if (const auto* array = value.if_array()) {
        char separator = '[';
        for (const auto& element : *array) {
            text += separator;
            separator = ',';
            append_compact(text, element);
        }
        text += array->empty() ? "[]" : "]";
    } else if (const auto* real = value.if_double(); real != nullptr && std::isfinite(*real)) {
        std::array<char, 32> digits{};
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *real,
                                                std::chars_format::general, 10);
        if (error == std::errc{}) text.append(digits.data(), end);
    } else {
        text += json::serialize(value);
    }
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
    if (entry.view == team) return;
    const bool was_listed = entry.view && (!entry.view->active || entry.view->has_vacant_seat());
    const bool is_listed = !team->active || team->has_vacant_seat();
    const bool was_active = entry.view && entry.view->active;
    if (was_listed != is_listed || was_active != team->active) {
        lobby_changed_ = true;
        lobby_packet_.reset();
    }
    if (entry.view) count(*entry.view, -1);
    count(*team, +1);
    entry = Entry{team, now, {}};
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
    teams_text_is_old_ = true;
    metrics_.set_seats(seats_);
    metrics_.set_teams(active_.size(), dissolved_.size());
}

bool Board::shows_seats_of(const seats::TeamView& team) const {
    const auto found = entries_.find(team.id);
    if (found == entries_.end()) return false;
    const auto same = [](const seats::SeatView& left, const seats::SeatView& right) {
        return left.state == right.state && left.epoch == right.epoch && left.connection == right.connection;
    };
    const seats::TeamView& shown = *found->second.view;
    return shown.active == team.active &&
           std::equal(shown.seats.begin(), shown.seats.end(), team.seats.begin(), team.seats.end(), same);
}

void Board::put(const seats::GameView& game) {
    if (game.mode != game_.mode) {
        for (auto& [id, entry] : entries_)
            entry.shown.clear();
        teams_text_is_old_ = true;
    }
    if (game.started != game_.started) {
        lobby_changed_ = true;
        lobby_packet_.reset();
    }
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

engineio::MessagePointer Board::lobby_packet() {
    if (!lobby_packet_) {
        lobby_packet_ = socketio::encode_event(
            "/", "teams_updated",
            json::array{json::object{{"teams", available_teams()}, {"game_started", game_.started}}});
    }
    return lobby_packet_;
}

void Board::append_row(std::string& text, Entry& entry, Instant now) const {
    if (entry.shown.empty()) {
        append_compact(entry.shown, wire::dashboard_team(*entry.view, game_.mode));
        entry.shown.pop_back();
    }
    text += entry.shown;
    // Held seats count down between two changes of the team.
    const auto age = std::chrono::duration_cast<Milliseconds>(now - entry.seen);
    text += ",\"seats\":";
    text += json::serialize(wire::seats_of(*entry.view, age));
    text += '}';
}

const std::string& Board::teams_text(Instant now) {
    if (!teams_text_is_old_ && now - teams_text_made_ < Milliseconds{1'000}) return teams_text_;
    teams_text_ = "[";
    std::size_t rows = 0;
    std::string row;
    const auto add = [&](const std::set<seats::TeamId>& ids) {
        for (auto id = ids.rbegin(); id != ids.rend() && rows < limits::dashboard_teams; ++id) {
            row.clear();
            append_row(row, entries_.at(*id), now);
            if (teams_text_.size() + row.size() > limits::dashboard_bytes) return;
            if (rows++ > 0) teams_text_ += ',';
            teams_text_ += row;
        }
    };
    add(active_);
    add(dissolved_);
    teams_text_ += ']';
    teams_text_made_ = now;
    teams_text_is_old_ = false;
    return teams_text_;
}

std::string Board::figures_text() const {
    return ",\"connected_players_count\":" + std::to_string(figures_.connected_players) +
           ",\"active_teams_count\":" + std::to_string(figures_.active_teams) +
           ",\"ready_players_count\":" + std::to_string(figures_.ready_players);
}

std::string Board::dashboard(bool streaming, Instant now) {
    std::string text = "{\"teams\":";
    text += teams_text(now);
    text += ",\"total_answers_count\":" + std::to_string(game_.answers);
    text += figures_text();
    text += ",\"game_state\":" + json::serialize(wire::game_state(game_, streaming));
    if (!players_url_.empty()) text += ",\"players_url\":" + json::serialize(json::value(players_url_));
    text += '}';
    return text;
}

Picture Board::dashboard_picture(bool streaming, Instant now) {
    return {packet_of_text("dashboard_update", dashboard(streaming, now)), true};
}

std::string Board::changes(bool streaming, Instant now) {
    std::string text = "{\"teams\":";
    text += streaming ? teams_text(now) : std::string("[]");
    text += figures_text();
    text += '}';
    return text;
}

Picture Board::changes_picture(bool streaming, Instant now) {
    return {packet_of_text("team_status_changed_for_dashboard", changes(streaming, now)), false};
}

void Board::announce_game(Instant now) {
    if (hosts_ == 0) return;
    outbox_.put(HostPictures{dashboard_picture(true, now), dashboard_picture(false, now)});
}

/// A list of hundreds of teams is long: it goes out less often, so that hosts cost the same.
Milliseconds Board::dashboard_pause() const {
    return active_.size() > 100 ? 2 * limits::dashboard_interval : limits::dashboard_interval;
}

void Board::on_interval(Instant now) {
    if (lobby_changed_ && now - lobby_sent_ >= limits::lobby_interval) {
        outbox_.put(Broadcast{Room::lobby, lobby_packet()});
        lobby_changed_ = false;
        lobby_sent_ = now;
    }
    const bool teams_due =
        teams_changed_ ? now - teams_sent_ >= dashboard_pause() : now - teams_sent_ >= refresh_pause;
    if (hosts_ > 0 && teams_due) {
        outbox_.put(HostPictures{changes_picture(true, now), changes_picture(false, now)});
        teams_changed_ = false;
        teams_sent_ = now;
    }
}

}  // namespace holdfast::server
