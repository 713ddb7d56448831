#include "holdfast/server/dashboard_format.hpp"

#include <boost/json/array.hpp>

#include "holdfast/games/paired_statistics.hpp"
#include "holdfast/server/wire_format.hpp"

namespace holdfast::server::wire {

namespace {

json::value optional_number(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::array matrix_of(const games::PairedMatrix& matrix) {
    json::array rows;
    for (const auto& row : matrix) {
        json::array fields;
        for (const auto& field : row)
            fields.push_back(json::array{field.sum, field.rounds});
        rows.push_back(std::move(fields));
    }
    return rows;
}

void add(json::object& object, const std::string& name, const games::Statistic& statistic) {
    object[name] = statistic.value;
    object[name + "_uncertainty"] = optional_number(statistic.uncertainty);
}

json::object statistics_of(const games::PairedStatistics& statistics) {
    json::object object;
    add(object, "trace_average_statistic", statistics.trace_average);
    add(object, "chsh_value_statistic", statistics.chsh_value);
    add(object, "cross_term_combination_statistic", statistics.cross_term_combination);
    add(object, "same_item_balance", statistics.same_item_balance);
    return object;
}

std::string_view status_of_team(const seats::TeamView& team) {
    if (!team.active) return "inactive";
    return team.everybody_connected() ? "active" : "waiting_pair";
}

/// The label of a seat's holder; null for a vacant seat, or for one the team does not have.
json::value label_or_null(const seats::TeamView& team, std::size_t slot) {
    if (slot > team.seats.size() || team.seats[slot - 1].state == seats::SeatState::vacant) return nullptr;
    return json::value(label_of(team.id, static_cast<seats::Slot>(slot)));
}

}  // namespace

json::object dashboard_team(const seats::TeamView& team, seats::GameMode mode) {
    const auto report = games::report_paired(team.progress, mode, team.seats.size());
    const bool modern = mode == seats::GameMode::modern;
    json::object classic_stats = statistics_of(report.classic_statistics);
    json::object new_stats = statistics_of(report.new_statistics);
    json::array classic_matrix = matrix_of(report.classic_matrix);
    json::array new_matrix = matrix_of(report.new_matrix);
    const auto hash = [&report](std::size_t seat) {
        return seat < report.history_hashes.size() ? report.history_hashes[seat] : std::string("00000000");
    };
    return {{"team_name", team.name},
            {"team_id", team.id},
            {"is_active", team.active},
            {"status", status_of_team(team)},
            {"current_round_number", team.rounds_dealt},
            {"created_at", team.created_at.seconds()},
            {"game_mode", to_string(mode)},
            {"player1_sid", label_or_null(team, 1)},
            {"player2_sid", label_or_null(team, 2)},
            {"history_hash1", hash(0)},
            {"history_hash2", hash(1)},
            {"min_stats_sig", report.min_stats_sig},
            {"correlation_labels", json::array{"A", "B", "X", "Y"}},
            {"correlation_matrix", modern ? new_matrix : classic_matrix},
            {"correlation_stats", modern ? new_stats : classic_stats},
            {"classic_matrix", std::move(classic_matrix)},
            {"classic_stats", std::move(classic_stats)},
            {"new_matrix", std::move(new_matrix)},
            {"new_stats", std::move(new_stats)}};
}

Fields game_state(const seats::GameView& game, bool streaming) {
    return {{"started", game.started},
            {"paused", game.paused},
            {"streaming_enabled", streaming},
            {"mode", to_string(game.mode)},
            {"grace_seconds", game.grace_seconds},
            {"configured_grace_seconds", game.configured_grace_seconds}};
}

Fields new_answer(const seats::AnswerTaken& taken) {
    return {{"timestamp", taken.answer.at.seconds()},
            {"team_name", taken.team->name},
            {"team_id", taken.answer.team},
            {"player_session_id", label_of(taken.answer.team, taken.answer.slot)},
            {"question_round_id", taken.answer.round},
            {"assigned_item", std::string(1, taken.answer.item)},
            {"response_value", taken.answer.answer}};
}

}  // namespace holdfast::server::wire
