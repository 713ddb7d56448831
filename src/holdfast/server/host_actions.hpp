// What hosts do, as the figures call it: a closed list.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "holdfast/seats/commands.hpp"

namespace holdfast::server {

enum class HostAction : std::uint8_t {
    start,
    pause,
    go_on,
    restart,
    mode,
    release,
    move,
    extend,
    grace,
    reserve,
    withdraw,
    ban,
    lift,
    approve,
    refuse,
};

/// The label `what` of host_actions_total, by the number of the action.
inline constexpr auto host_action_names = std::to_array<std::string_view>(
    {"start", "pause", "go_on", "restart", "mode", "release", "move", "extend", "grace", "reserve",
     "withdraw", "ban", "lift", "approve", "refuse"});

/// Nothing for what players and the server itself do. `paused`: whether the game is, after the command.
[[nodiscard]] std::optional<HostAction> host_action_of(seats::CommandKind kind, bool paused);

}  // namespace holdfast::server
