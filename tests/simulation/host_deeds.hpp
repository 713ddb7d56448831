// Which commands are the host's.
#pragma once

#include "holdfast/seats/commands.hpp"

namespace holdfast::simulation {

/// What the host does with seats and with the time for which they are held.
constexpr bool is_host_deed(seats::CommandKind kind) {
    using seats::CommandKind;
    return kind == CommandKind::release_seat || kind == CommandKind::move_player ||
           kind == CommandKind::extend_hold || kind == CommandKind::set_grace;
}

constexpr bool is_for_hosts(seats::CommandKind kind) {
    using seats::CommandKind;
    return is_host_deed(kind) || kind == CommandKind::approve_request ||
           kind == CommandKind::refuse_request || kind == CommandKind::ban_device ||
           kind == CommandKind::lift_ban || kind == CommandKind::reserve_seat ||
           kind == CommandKind::withdraw_reservation ||
           (kind >= CommandKind::start_game && kind <= CommandKind::toggle_game_mode);
}

}  // namespace holdfast::simulation
