// How a decision is put together, see house_state.hpp.
#include <array>
#include <unordered_map>

#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {
namespace {

/// At most this much uptime is lost to the deadlines' disadvantage by a crash.
constexpr Milliseconds uptime_written_every{5'000};

/// Whether anybody outside can see the difference.
bool looks_different(const Team& before, const Team& after) {
    const auto& left = before.record;
    const auto& right = after.record;
    if (left.active != right.active || left.rounds_dealt != right.rounds_dealt ||
        left.progress != right.progress || before.live != after.live) {
        return true;
    }
    for (std::size_t index = 0; index < left.seats.size(); ++index) {
        const auto& was = left.seats[index];
        const auto& is = right.seats[index];
        if (was.state != is.state || was.away_cause != is.away_cause || was.epoch != is.epoch ||
            was.since != is.since || was.seat_deadline != is.seat_deadline) {
            return true;
        }
    }
    return false;
}

/// The views that the effects of one decision share: of one or two teams nearly always.
class Views {
  public:
    TeamViewPointer& of(TeamId id) {
        for (std::size_t index = 0; index < first_count_; ++index) {
            if (first_[index].first == id) return first_[index].second;
        }
        if (first_count_ == first_.size()) return others_[id];
        first_[first_count_].first = id;
        return first_[first_count_++].second;
    }

  private:
    std::array<std::pair<TeamId, TeamViewPointer>, 4> first_;
    std::size_t first_count_ = 0;
    std::unordered_map<TeamId, TeamViewPointer> others_;
};

}  // namespace

void House::State::begin(const Command& command, Moment moment, StoreState store_state) {
    advance_uptime(moment, store_state);
    now = moment;
    store = store_state;
    ++sequence;
    undo = Undo{};
    undo.sequence = sequence;
    undo.game = game;
    undo.restarts = restarts;
    decision = Decision{};
    decision.sequence = sequence;
    decision.kind = kind_of(command.body);
    decision.connection = command.connection;
    decision.ticket = command.ticket;
    effects.clear();
    last_effects.clear();
    done.reset();
    deadline_was_set = false;
    everything_cleared = false;
    tell_team_changes = true;
}

Team& House::State::edit(TeamId id) {
    auto& team = teams.at(id);
    if (team.touched_by != sequence) {
        unindex(team);
        undo.teams.emplace_back(id, team);
        team.touched_by = sequence;
        clear_rounds_of(team);
    }
    return team;
}

Team& House::State::add_team(TeamRecord record) {
    const auto id = record.id;
    undo.teams.emplace_back(id, std::nullopt);
    teams_by_name_key.emplace(record.name_key, id);
    Team team;
    team.live.resize(record.seats.size());
    team.record = std::move(record);
    team.touched_by = sequence;
    team.restarts = restarts;
    return teams.emplace(id, std::move(team)).first->second;
}

void House::State::emit(TeamId team, Effect effect) {
    effects.push_back({team, std::move(effect)});
}

void House::State::emit_last(TeamId team, Effect effect) {
    last_effects.push_back({team, std::move(effect)});
}

void House::State::journal(TeamId team, Slot slot, JournalWhat what, JournalReason reason,
                           std::uint64_t epoch) {
    decision.changes.push_back(
        AppendJournal{{team, slot, now.wall, std::string(what.code()), std::string(reason.code()), epoch}});
}

/// Makes true for this team what the restarts since its last change have said of every team.
void House::State::clear_rounds_of(Team& team) const {
    if (!lags_behind(team)) return;
    auto& record = team.record;
    record.version += restarts - team.restarts;
    record.round.reset();
    record.rounds_dealt = 0;
    record.progress.clear();
    team.restarts = restarts;
}

void House::State::put_changed_teams(Changes& changes, std::vector<TeamId>& looks_changed) {
    const bool names_changed = undo.claims && undo.claims->reservations != claims.reservations;
    for (const auto& [id, before] : undo.teams) {
        auto& team = teams.at(id);
        index(team);
        if (!before) {
            team.record.version = 1;
            changes.push_back(PutTeam{team.record, 0});
            looks_changed.push_back(id);
            continue;
        }
        std::optional<Team> cleared;
        if (lags_behind(*before)) clear_rounds_of(cleared.emplace(*before));
        const Team& was = cleared ? *cleared : *before;
        if (team.record != was.record) {
            team.record.version = was.record.version + 1;
            changes.push_back(PutTeam{team.record, was.record.version});
        }
        if (names_changed || looks_different(was, team)) looks_changed.push_back(id);
    }
}

Decision House::State::finish(Outcome refusal) {
    decision.refusal = refusal;
    Changes changes;
    changes.reserve(undo.teams.size() + decision.changes.size() + 2);
    std::vector<TeamId> looks_changed;
    put_changed_teams(changes, looks_changed);
    if (everything_cleared) changes.push_back(ClearRounds{});

    const bool uptime_is_due =
        uptime.milliseconds - game.uptime.milliseconds >= uptime_written_every.count() &&
        store == StoreState::writable &&
        (deadline_was_set || (decision.kind == CommandKind::tick && !deadlines.empty()));
    if (game != undo.game || uptime_is_due) {
        game.uptime = uptime;
        changes.push_back(PutGame{game});
    }
    changes.insert(changes.end(), std::make_move_iterator(decision.changes.begin()),
                   std::make_move_iterator(decision.changes.end()));
    decision.changes = std::move(changes);

    if (tell_team_changes) {
        for (const auto id : looks_changed)
            emit(id, TeamChanged{});
    }
    effects.insert(effects.end(), std::make_move_iterator(last_effects.begin()),
                   std::make_move_iterator(last_effects.end()));
    if (undo.claims) effects.push_back({0, ClaimsChanged{claims}});
    Views views;
    decision.effects.reserve(effects.size());
    for (auto& [team, effect] : effects) {
        std::visit(
            [&, id = team](auto& told) {
                if constexpr (requires { told.team = TeamViewPointer{}; }) {
                    auto& view = views.of(id);
                    if (!view) view = view_of(teams.at(id));
                    told.team = view;
                }
                if constexpr (requires { told.from_team = TeamViewPointer{}; }) {
                    if (told.from == 0) return;
                    auto& view = views.of(told.from);
                    if (!view) view = view_of(teams.at(told.from));
                    told.from_team = view;
                }
            },
            effect);
        decision.effects.push_back(std::move(effect));
    }

    // A decision without changes waits for no commit, so when none before it does either it cannot be lost.
    const bool can_be_lost = !decision.changes.empty() || !undo_log.empty();
    const bool changed_anything =
        !decision.changes.empty() || !undo.teams.empty() || !undo.taken_over.empty() || undo.claims;
    if (can_be_lost && changed_anything) undo_log.push_back(std::move(undo));
    undo = Undo{};
    return std::move(decision);
}

TeamViewPointer House::State::view_of(const Team& team) const {
    auto view = std::make_shared<TeamView>();
    const auto& record = team.record;
    view->id = record.id;
    const bool is_cleared = lags_behind(team);
    view->version = record.version + (restarts - team.restarts);
    view->name = record.name;
    view->active = record.active;
    view->created_at = record.created_at;
    if (!is_cleared) {
        view->rounds_dealt = record.rounds_dealt;
        view->progress = record.progress;
    }
    view->mode = game.mode;
    for (Slot slot = 1; !claims.reservations->empty() && slot <= team.seat_count(); ++slot) {
        if (const auto* kept = claims.reservations->find(record.id, slot))
            view->names.push_back({slot, kept->record.name, !kept->record.used});
    }
    view->seats.reserve(record.seats.size());
    for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
        const auto& seat = team.seat(slot);
        const auto& live = team.live_seat(slot);
        SeatView shown;
        shown.state = team.state(slot);
        shown.since = seat.since;
        shown.epoch = seat.epoch + live.unwritten_epochs;
        shown.connection = live.connection;
        if (shown.state != SeatState::vacant) shown.holder = short_name(seat.device);
        if (shown.state == SeatState::away) {
            const bool written = seat.state == SeatState::away;
            shown.away_cause = written ? seat.away_cause : AwayCause::connection_lost;
            shown.held_for_milliseconds =
                written ? std::max<std::int64_t>(0, seat.seat_deadline.milliseconds - uptime.milliseconds)
                        : grace().count();
        }
        view->seats.push_back(shown);
    }
    return view;
}

GameView House::State::game_view() const {
    const auto seconds = [](Milliseconds span) {
        return std::chrono::duration_cast<std::chrono::seconds>(span).count();
    };
    return {game.started, game.paused, game.mode, game.answers, seconds(grace()), seconds(settings.grace)};
}

}  // namespace holdfast::seats
