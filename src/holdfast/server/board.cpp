#include "holdfast/server/board.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>

#include "holdfast/base/limits.hpp"
#include "holdfast/server/wire_format.hpp"

namespace holdfast::server {

namespace {

namespace json = boost::json;

/// A list is sent again now and then without a change: seats count down, and a host may have missed one.
constexpr Milliseconds refresh_pause{10'000};

/// About what one row of the lobby's list takes.
constexpr std::size_t lobby_row_bytes = 64;

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
        lobby_has_changed();
    }
    if (holders_ != nullptr) holders_->changed(entry.view.get(), *team);
    if (entry.view) count(*entry.view, -1);
    count(*team, +1);
    entry = Entry{team, now, {}, edition_};
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
    return shown.active == team.active && shown.names == team.names &&
           std::equal(shown.seats.begin(), shown.seats.end(), team.seats.begin(), team.seats.end(), same);
}

void Board::put(const seats::GameView& game) {
    if (game.mode != game_.mode) {
        ++edition_;
        teams_text_is_old_ = true;
    }
    if (game.started != game_.started) {
        lobby_has_changed();
        lobby_packet_.reset();
    }
    game_ = game;
}

void Board::clear_rounds() {
    edition_without_rounds_ = ++edition_;
    teams_changed_ = true;
    teams_text_is_old_ = true;
}

void Board::bring_up_to_date(Entry& entry) const {
    if (entry.edition == edition_) return;
    if (entry.edition < edition_without_rounds_) {
        auto cleared = std::make_shared<seats::TeamView>(*entry.view);
        cleared->rounds_dealt = 0;
        cleared->progress.clear();
        entry.view = std::move(cleared);
    }
    entry.shown.clear();
    entry.edition = edition_;
}

void Board::lobby_has_changed() {
    lobby_changed_ = true;
    lobby_text_is_old_ = true;
}

/// Connections without a seat, about.
std::size_t Board::lobby_readers() const {
    const std::size_t connections = metrics_.connections();
    const auto seated = static_cast<std::size_t>(figures_.connected_players);
    return connections > seated ? connections - seated : 0;
}

/// The more people read the list the shorter it is, down to what a screen shows: what it costs to send grows
/// with their number and not with that of the teams they have made as well.
std::size_t Board::lobby_rows() const {
    const std::size_t affordable = lobby_broadcast_bytes / lobby_row_bytes / (lobby_readers() + 1);
    return std::clamp(affordable, lobby_teams_least, limits::lobby_teams);
}

const std::string& Board::available_teams(Instant now) {
    const bool is_short = lobby_text_rows_ <= lobby_teams_least;
    if (!lobby_text_is_old_ ||
        (!is_short && lobby_changed_ && now - lobby_text_made_ < limits::lobby_interval)) {
        return lobby_text_;
    }
    lobby_text_ = "[";
    lobby_text_rows_ = 0;
    const std::size_t most = lobby_rows();
    const auto add = [&](const std::set<seats::TeamId>& ids) {
        for (auto id = ids.rbegin(); id != ids.rend() && lobby_text_rows_ < most; ++id) {
            const seats::TeamView& team = *entries_.at(*id).view;
            if (lobby_text_rows_++ > 0) lobby_text_ += ',';
            lobby_text_ += "{\"team_name\":";
            lobby_text_ += json::serialize(json::string_view(team.name));
            lobby_text_ += ",\"team_id\":";
            lobby_text_ += std::to_string(team.id);
            lobby_text_ += team.active ? ",\"is_active\":true}" : ",\"is_active\":false}";
        }
    };
    add(open_);
    add(dissolved_);
    lobby_text_ += ']';
    lobby_text_made_ = now;
    lobby_text_is_old_ = false;
    lobby_packet_.reset();
    return lobby_text_;
}

engineio::MessagePointer Board::lobby_packet(Instant now) {
    const std::string& teams = available_teams(now);
    if (!lobby_packet_) {
        lobby_packet_ = wire::packet_of_text("teams_updated", "{\"teams\":" + teams + ",\"game_started\":" +
                                                                  (game_.started ? "true" : "false") + "}");
    }
    return lobby_packet_;
}

void Board::append_row(std::string& text, Entry& entry, Instant now) const {
    bring_up_to_date(entry);
    if (entry.shown.empty()) {
        append_compact(entry.shown, wire::dashboard_team(*entry.view, game_.mode));
        entry.shown.pop_back();
    }
    text += entry.shown;
    // Held seats count down between two changes of the team.
    const auto age = std::chrono::duration_cast<Milliseconds>(now - entry.seen);
    text += ",\"seats\":";
    text += wire::seats_of(*entry.view, age);
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
    text += ",\"game_state\":" + wire::game_state(game_, streaming).text();
    if (!players_url_.empty()) text += ",\"players_url\":" + json::serialize(json::value(players_url_));
    text += '}';
    return text;
}

Picture Board::dashboard_picture(bool streaming, Instant now) {
    return {wire::packet_of_text("dashboard_update", dashboard(streaming, now)), Picture::Kind::whole};
}

std::string Board::changes(bool streaming, Instant now) {
    std::string text = "{\"teams\":";
    text += streaming ? teams_text(now) : std::string("[]");
    text += figures_text();
    text += '}';
    return text;
}

Picture Board::changes_picture(bool streaming, Instant now) {
    return {wire::packet_of_text("team_status_changed_for_dashboard", changes(streaming, now)),
            Picture::Kind::changes};
}

void Board::announce_game(Instant now) {
    if (hosts_ == 0) return;
    outbox_.put(HostPictures{dashboard_picture(true, now), dashboard_picture(false, now)});
}

/// A list of hundreds of teams is long: it goes out less often, so that hosts cost the same.
Milliseconds Board::dashboard_pause() const {
    return active_.size() > 100 ? 2 * limits::dashboard_interval : limits::dashboard_interval;
}

/// A crowd in the lobby gets the list less often, so that sending it leaves time for those who join.
Milliseconds Board::lobby_pause() const {
    const auto bytes = static_cast<std::int64_t>((lobby_text_.size() + 1) * lobby_readers());
    const Milliseconds affordable{bytes * 1'000 / lobby_bytes_per_second};
    return std::clamp<Milliseconds>(affordable, limits::lobby_interval, lobby_longest_interval);
}

void Board::on_interval(Instant now) {
    if (lobby_changed_ && now - lobby_sent_ >= lobby_pause()) {
        // What is sent now is the last word for as long as nothing changes.
        lobby_changed_ = false;
        outbox_.put(Broadcast{Room::lobby, lobby_packet(now)});
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
