// The objects that hosts are sent. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "holdfast/seats/commands.hpp"
#include "holdfast/server/json_fields.hpp"

namespace holdfast::server::wire {

namespace json = boost::json;

/// What the hosts' figures count over all teams.
struct BoardFigures {
    std::uint64_t connected_players = 0;
    std::uint64_t active_teams = 0;
    std::uint64_t ready_players = 0;  ///< connected, in teams whose every seat is connected
};

/// A team with its statistics, as hosts see it. `seats` is left out: it changes with every second (see
/// seats_of).
[[nodiscard]] json::object dashboard_team(const seats::TeamView& team, seats::GameMode mode);
[[nodiscard]] Fields game_state(const seats::GameView& game, bool streaming);
[[nodiscard]] Fields new_answer(const seats::AnswerTaken& taken);

}  // namespace holdfast::server::wire
