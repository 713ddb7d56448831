#include "holdfast/seats/house.hpp"

#include <algorithm>

#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

House::House(HouseSettings settings, const Game& game, Random& random)
    : state_(std::make_unique<State>(std::move(settings), game, random)) {}

House::~House() = default;

Decision House::preserve_sessions_at_start(Snapshot snapshot, Moment now, std::size_t teams_at_once) {
    state_->take_in(std::move(snapshot));
    return state_->preserve_sessions(now, teams_at_once);
}

std::optional<Decision> House::preserve_further_sessions(Moment now, std::size_t teams_at_once) {
    if (!state_->has_sessions_to_preserve()) return std::nullopt;
    return state_->preserve_sessions(now, teams_at_once);
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

Claims House::claims() const {
    return state_->claims;
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

void House::use_token_secrets(TokenSecrets secrets) {
    state_->tokens = Tokens(std::move(secrets));
    state_->derive_reservation_codes();
}

House::State::State(HouseSettings settings_given, const Game& game_given, Random& random_given)
    : settings(std::move(settings_given)),
      game_rules(game_given),
      random(random_given),
      tokens({settings.token_secret, settings.token_secret_before, settings.token_secret_before_until}) {}

Decision House::State::execute(const Command& command, Moment moment, StoreState store_state) {
    begin(command, moment, store_state);
    return finish(decide(command));
}

void House::State::take_in(Snapshot snapshot) {
    game = snapshot.game;
    uptime = game.uptime;
    teams.reserve(snapshot.teams.size());
    teams_by_name_key.reserve(snapshot.teams.size());
    for (auto& record : snapshot.teams) {
        const auto id = record.id;
        const bool was_in_use =
            std::any_of(record.seats.begin(), record.seats.end(),
                        [](const SeatRecord& seat) { return seat.state == SeatState::connected; });
        Team team;
        team.live.resize(record.seats.size());
        team.record = std::move(record);
        teams_by_name_key.emplace(team.record.name_key, id);
        teams.emplace(id, std::move(team));
        if (was_in_use) to_be_preserved.push_back(id);
    }
    index_everything();
    take_in_bans(snapshot.bans);
    take_in_reservations(snapshot.reservations);
    operations_by_key.reserve(snapshot.operations.size());
    std::stable_sort(
        snapshot.operations.begin(), snapshot.operations.end(),
        [](const OperationRecord& left, const OperationRecord& right) { return left.at < right.at; });
    for (auto& operation : snapshot.operations) {
        operations.push_back({std::move(operation), uptime});
        operations_by_key.insert(std::prev(operations.end()));
    }
    // From the back on they are taken: in the order of their ids, which is that of their rows.
    std::reverse(to_be_preserved.begin(), to_be_preserved.end());
}

Decision House::State::preserve_sessions(Moment moment, std::size_t most_teams) {
    begin(Command{}, moment, StoreState::writable);
    decision.kind = CommandKind::synchronise;
    tell_team_changes = false;
    for (std::size_t count = 0; count < most_teams && !to_be_preserved.empty(); ++count) {
        auto& team = teams.at(to_be_preserved.back());
        to_be_preserved.pop_back();
        // Not by edit(): what the tables say of the seats stays true, a deadline comes to it.
        undo.teams.emplace_back(team.record.id, team);
        team.touched_by = sequence;
        for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
            if (team.seat(slot).state == SeatState::connected) {
                turn_away(team, slot, AwayCause::server_restart);
            }
        }
    }
    if (to_be_preserved.empty()) to_be_preserved.shrink_to_fit();
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
        CommandKind operator()(const OfferMove&) { return CommandKind::offer_move; }
        CommandKind operator()(const MoveHere&) { return CommandKind::move_here; }
        CommandKind operator()(const AskForSeat&) { return CommandKind::ask_for_seat; }
        CommandKind operator()(const StopAsking&) { return CommandKind::stop_asking; }
        CommandKind operator()(const ApproveRequest&) { return CommandKind::approve_request; }
        CommandKind operator()(const RefuseRequest&) { return CommandKind::refuse_request; }
        CommandKind operator()(const BanDevice&) { return CommandKind::ban_device; }
        CommandKind operator()(const LiftBan&) { return CommandKind::lift_ban; }
        CommandKind operator()(const ReserveSeat&) { return CommandKind::reserve_seat; }
        CommandKind operator()(const WithdrawReservation&) { return CommandKind::withdraw_reservation; }
        CommandKind operator()(const MovePlayer&) { return CommandKind::move_player; }
        CommandKind operator()(const ExtendHold&) { return CommandKind::extend_hold; }
        CommandKind operator()(const SetGrace&) { return CommandKind::set_grace; }
    };
    return std::visit(Kinds{}, body);
}

}  // namespace holdfast::seats
