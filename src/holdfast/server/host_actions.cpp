#include "holdfast/server/host_actions.hpp"

namespace holdfast::server {

std::optional<HostAction> host_action_of(seats::CommandKind kind, bool paused) {
    using Kind = seats::CommandKind;
    // No default: the compiler asks about a kind that is new.
    switch (kind) {
        case Kind::start_game:
            return HostAction::start;
        case Kind::pause_game:
            return paused ? HostAction::pause : HostAction::go_on;
        case Kind::restart_game:
            return HostAction::restart;
        case Kind::toggle_game_mode:
            return HostAction::mode;
        case Kind::release_seat:
            return HostAction::release;
        case Kind::move_player:
            return HostAction::move;
        case Kind::extend_hold:
            return HostAction::extend;
        case Kind::set_grace:
            return HostAction::grace;
        case Kind::reserve_seat:
            return HostAction::reserve;
        case Kind::withdraw_reservation:
            return HostAction::withdraw;
        case Kind::ban_device:
            return HostAction::ban;
        case Kind::lift_ban:
            return HostAction::lift;
        case Kind::approve_request:
            return HostAction::approve;
        case Kind::refuse_request:
            return HostAction::refuse;
        case Kind::create_team:
        case Kind::join_team:
        case Kind::reactivate_team:
        case Kind::leave_team:
        case Kind::reconnect_with_token:
        case Kind::submit_answer:
        case Kind::list_reconnectable:
        case Kind::confirm_token:
        case Kind::connection_lost:
        case Kind::heartbeat:
        case Kind::introduce:
        case Kind::tick:
        case Kind::synchronise:
        case Kind::offer_move:
        case Kind::move_here:
        case Kind::ask_for_seat:
        case Kind::stop_asking:
            break;
    }
    return std::nullopt;
}

}  // namespace holdfast::server
