#include "holdfast/seats/house.hpp"

#include <algorithm>

#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

House::House(HouseSettings settings, const Game& game, Random& random)
    : state_(std::make_unique<State>(std::move(settings), game, random)) {}

House::~House() = default;

Decision House::preserve_sessions_at_start(Snapshot snapshot, Moment now) {
    return state_->preserve_sessions_at_start(std::move(snapshot), now);
}

Decision House::execute(const Command& command, Moment now, StoreState store) {
    return state_->execute(command, now, store);
}

void House::committed(std::uint64_t sequence) {
    state_->committed(sequence);
}

void House::roll_back_from(std::uint64_t sequence) {
    state_->roll_back_from(sequence);
}

Snapshot House::snapshot() const {
    return state_->snapshot();
}

TeamViewPointer House::view(TeamId team, Moment now) const {
    // The view says how long a seat is still held, from now on.
    state_->now = now;
    const auto* found = state_->find_team(team);
    return found == nullptr ? nullptr : state_->view_of(*found);
}

GameView House::game() const {
    return state_->game_view();
}

std::size_t House::team_count() const {
    return state_->teams.size();
}

std::vector<TeamId> House::team_ids() const {
    std::vector<TeamId> ids;
    ids.reserve(state_->teams.size());
    for (const auto& [id, team] : state_->teams)
        ids.push_back(id);
    return ids;
}

std::pair<TeamId, Slot> House::seat_of(ConnectionId connection) const {
    const auto key = state_->seat_of(connection);
    return key ? std::pair{key->team, key->slot} : std::pair<TeamId, Slot>{0, 0};
}

House::State::State(HouseSettings settings_given, const Game& game_given, Random& random_given)
    : settings(std::move(settings_given)),
      game_rules(game_given),
      random(random_given),
      tokens(settings.token_secret) {}

Decision House::State::execute(const Command& command, Moment moment, StoreState store_state) {
    begin(command, moment, store_state);
    return finish(decide(command));
}

Decision House::State::preserve_sessions_at_start(Snapshot snapshot, Moment moment) {
    game = snapshot.game;
    uptime = game.uptime;
    teams.reserve(snapshot.teams.size());
    teams_by_name_key.reserve(snapshot.teams.size());
    for (auto& record : snapshot.teams) {
        const auto id = record.id;
        Team team;
        team.live.resize(record.seats.size());
        team.record = std::move(record);
        teams_by_name_key.emplace(team.record.name_key, id);
        teams.emplace(id, std::move(team));
    }
    std::stable_sort(
        snapshot.operations.begin(), snapshot.operations.end(),
        [](const OperationRecord& left, const OperationRecord& right) { return left.at < right.at; });
    for (auto& operation : snapshot.operations) {
        OperationKey key{operation.device, operation.op};
        operations.push_back({std::move(operation), uptime});
        operations_by_key.emplace(std::move(key), std::prev(operations.end()));
    }

    begin(Command{}, moment, StoreState::writable);
    decision.kind = CommandKind::synchronise;
    tell_team_changes = false;
    for (auto& [id, team] : teams) {
        const auto& seats = team.record.seats;
        const bool was_in_use = std::any_of(seats.begin(), seats.end(), [](const SeatRecord& seat) {
            return seat.state == SeatState::connected;
        });
        if (!was_in_use) index(team);  // the others are entered by finish()
        for (Slot slot = 1; was_in_use && slot <= team.seat_count(); ++slot) {
            if (team.seat(slot).state == SeatState::connected) {
                turn_away(edit(id), slot, AwayCause::server_restart);
            }
        }
    }
    return finish(std::nullopt);
}

CommandKind kind_of(const CommandBody& body) {
    struct Kinds {
        CommandKind operator()(const CreateTeam&) { return CommandKind::create_team; }
        CommandKind operator()(const JoinTeam&) { return CommandKind::join_team; }
        CommandKind operator()(const ReactivateTeam&) { return CommandKind::reactivate_team; }
        CommandKind operator()(const LeaveTeam&) { return CommandKind::leave_team; }
        CommandKind operator()(const ReconnectWithToken&) { return CommandKind::reconnect_with_token; }
        CommandKind operator()(const SubmitAnswer&) { return CommandKind::submit_answer; }
        CommandKind operator()(const StartGame&) { return CommandKind::start_game; }
        CommandKind operator()(const PauseGame&) { return CommandKind::pause_game; }
        CommandKind operator()(const RestartGame&) { return CommandKind::restart_game; }
        CommandKind operator()(const ToggleGameMode&) { return CommandKind::toggle_game_mode; }
        CommandKind operator()(const ReleaseSeat&) { return CommandKind::release_seat; }
        CommandKind operator()(const ListReconnectable&) { return CommandKind::list_reconnectable; }
        CommandKind operator()(const ConfirmToken&) { return CommandKind::confirm_token; }
        CommandKind operator()(const HeartbeatAnswered&) { return CommandKind::heartbeat; }
        CommandKind operator()(const ConnectionLost&) { return CommandKind::connection_lost; }
        CommandKind operator()(const Introduce&) { return CommandKind::introduce; }
        CommandKind operator()(const Tick&) { return CommandKind::tick; }
        CommandKind operator()(const SynchroniseWithStore&) { return CommandKind::synchronise; }
    };
    return std::visit(Kinds{}, body);
}

std::string_view to_string(ResumeWay way) {
    switch (way) {
        case ResumeWay::none:
            return "none";
        case ResumeWay::token:
            return "token";
        case ResumeWay::previous_token:
            return "previous_token";
        case ResumeWay::device:
            return "device";
    }
    return "none";
}

}  // namespace holdfast::seats
