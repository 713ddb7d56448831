// Rounds, answers and what the host does with the game.
#include <algorithm>

#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

std::optional<RoundView> House::State::round_view(const Team& team, Slot slot) const {
    if (!has_running_round(team)) return std::nullopt;
    const auto& round = team.record.round;
    const auto index = static_cast<std::size_t>(slot - 1);
    if (index >= round->items.size() || index >= round->answers.size()) return std::nullopt;
    return RoundView{round->id, round->number, round->items[index], round->answers[index]};
}

void House::State::deal_if_whole(Team& team) {
    if (!game.started || game.paused || store == StoreState::down) return;
    if (!team.record.active || has_running_round(team) || !team.everybody_connected()) return;
    auto& record = edit(team.record.id).record;
    auto items = game_rules.deal(game.mode, record.seats.size(), record.progress, random);
    if (items.size() != record.seats.size()) return;  // a game that cannot deal to this many
    RoundRecord round;
    round.id = ++game.last_round;
    round.number = ++record.rounds_dealt;
    round.mode = game.mode;
    round.items = std::move(items);
    round.answers.resize(record.seats.size());
    round.dealt_at = now.wall;
    emit_last(record.id, RoundDealt{nullptr, round.id, round.number, round.items});
    record.round = std::move(round);
}

void House::State::deal_to_whole_teams() {
    for (auto& [id, team] : teams)
        deal_if_whole(team);
}

Outcome House::State::handle(const Command& command, const SubmitAnswer& body) {
    const auto key = seat_of(command.connection);
    if (!key) return no_seat_refusal(command.connection);
    if (!game.started) return Refusal::game_not_started;
    if (game.paused) return Refusal::game_paused;
    const auto shown = round_view(teams.at(key->team), key->slot);
    if (!shown || shown->id != body.round) return Refusal::wrong_round;
    if (shown->own_answer) return Refusal::already_answered;
    if (shown->item != body.item) return Refusal::wrong_item;

    auto& team = edit(key->team);
    auto& round = *team.record.round;
    round.answers[static_cast<std::size_t>(key->slot - 1)] = body.answer;
    const AnswerRecord answer{round.id, key->team, key->slot, body.item, body.answer, now.wall};
    ++game.answers;
    decision.changes.push_back(PutAnswer{answer});
    emit(key->team, AnswerTaken{command.connection, nullptr, answer, round.number, false});
    remember_as(key->team, key->slot, body.answer, round.id);
    const bool complete = std::all_of(round.answers.begin(), round.answers.end(),
                                      [](const std::optional<bool>& given) { return given.has_value(); });
    if (complete) finish_round(team);
    return std::nullopt;
}

void House::State::finish_round(Team& team) {
    auto& record = team.record;
    emit(record.id, RoundComplete{nullptr, record.round->number});
    record.progress = game_rules.record(record.progress, *record.round);
    decision.changes.push_back(PutFinishedRound{record.id, std::move(*record.round)});
    record.round.reset();
    deal_if_whole(team);
}

Outcome House::State::handle(const Command& /*command*/, const StartGame& /*body*/) {
    remember_as(0, 0);
    if (game.started) return std::nullopt;
    game.started = true;
    game.paused = false;
    emit(0, GameChanged{GameEvent::started, game_view()});
    deal_to_whole_teams();
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const PauseGame& /*body*/) {
    if (!game.started) return Refusal::game_not_started;
    game.paused = !game.paused;
    emit(0, GameChanged{game.paused ? GameEvent::paused : GameEvent::resumed, game_view()});
    // Teams that became whole in the meantime have been waiting for their first round.
    deal_to_whole_teams();
    remember_as(0, 0);
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const RestartGame& /*body*/) {
    game.started = false;
    game.paused = false;
    game.answers = 0;
    // There may be a hundred thousand teams: each is cleared when somebody next changes it.
    ++restarts;
    everything_cleared = true;
    emit(0, GameChanged{GameEvent::reset, game_view()});
    remember_as(0, 0);
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const ToggleGameMode& /*body*/) {
    game.mode = game.mode == GameMode::classic ? GameMode::modern : GameMode::classic;
    emit(0, GameChanged{GameEvent::mode_changed, game_view()});
    remember_as(0, 0);
    return std::nullopt;
}

}  // namespace holdfast::seats
