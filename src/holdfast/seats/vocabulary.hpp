// The words of the domain: teams, seats, devices, connections, and the closed list of refusals.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/crypto.hpp"

namespace holdfast::seats {

using TeamId = std::uint64_t;
using RoundId = std::uint64_t;
/// A seat's place in its team, counted from 1.
using Slot = std::uint8_t;

/// Names a live connection of this process; never reused while it runs. 0 is none.
using ConnectionId = std::uint64_t;

/// Which device somebody uses: the SHA-256 of the secret in its cookie. All zeros: unknown.
using DeviceId = Digest;
/// Eight bytes of a device id. Two devices may share them by malice: who looks something up by them compares
/// the whole id as well.
[[nodiscard]] std::uint64_t short_name(const DeviceId& device);

/// Milliseconds during which the server was up, over all its runs. Deadlines count in this, so that an
/// outage, a stopped process or a jump of the wall clock expires nothing.
struct Uptime {
    std::int64_t milliseconds = 0;
    friend auto operator<=>(const Uptime&, const Uptime&) = default;
    friend Uptime operator+(Uptime left, Milliseconds right) { return {left.milliseconds + right.count()}; }
};

/// The two clocks a decision needs.
struct Moment {
    Instant monotonic;
    UnixTime wall;
};

enum class SeatState : std::uint8_t { vacant, connected, away };
[[nodiscard]] std::string_view to_string(SeatState state);

/// Why a seat is away.
enum class AwayCause : std::uint8_t { none, closed_page, connection_lost, server_restart, stale_session };
[[nodiscard]] std::string_view to_string(AwayCause cause);

/// Why a vacant seat became vacant: decides what somebody hears who comes back with its last token.
enum class SeatFreed : std::uint8_t { none, left, released, expired, moved };
[[nodiscard]] std::string_view to_string(SeatFreed freed);

enum class GameMode : std::uint8_t { classic, modern };
/// "classic" or "new", as the contract with clients calls them.
[[nodiscard]] std::string_view to_string(GameMode mode);

/// Why a command was refused. The closed list of codes that clients see; each has one sentence (see
/// sentence()).
enum class Refusal : std::uint8_t {
    bad_request,    ///< wrong type, missing field, too long
    unknown_event,  ///< no such event
    bad_name,       ///< a name outside of the rule
    name_in_use,
    team_unknown,
    team_dissolved,  ///< exists, but has to be reactivated
    team_active,     ///< nothing to reactivate
    team_full,       ///< every seat is taken or held
    already_seated,
    not_seated,
    token_unknown,      ///< no token of ours
    token_expired,      ///< older than the life of a token
    token_retired,      ///< replaced by a newer one, or its seat was given up or has gone to somebody else
    seat_released,      ///< the host freed the seat
    seat_expired,       ///< nobody came back before the seat's deadline
    move_code_unknown,  ///< no code of ours, used already, or too late
    seat_not_waiting,   ///< no seat that waits for its player: nobody can ask for it
    request_refused,    ///< the host did not give the seat to the one who asked
    request_over,       ///< answered, too old, or the seat waits no more
    asker_absent,       ///< whoever asked has no connection just now
    too_many_requests,
    device_banned,  ///< the host has banned this device: it gets no seat
    ban_unknown,    ///< lifted already
    too_many_bans,
    reservation_unknown,  ///< used or withdrawn already
    too_many_reservations,
    seat_moved,  ///< this connection's seat has gone to another phone
    taken_over,  ///< this connection's seat is now held by a newer one
    not_host,
    seat_vacant,    ///< the host means somebody who is not there
    seat_taken,     ///< the host means a free seat, and it is not
    seat_not_away,  ///< nothing to hold: its player is there
    hold_too_long,  ///< held for as long as can be already
    game_not_started,
    game_paused,
    wrong_round,
    wrong_item,
    already_answered,
    store_unavailable,
    rate_limited,
    overloaded,
    too_many_teams,
    shutting_down,
};
/// The code as clients see it: the enumerator's name.
[[nodiscard]] std::string_view code_of(Refusal refusal);
/// A sentence a player can understand. Holds the word "token" or "reconnection" when, and only when,
/// ends_token(): existing clients then forget their token.
[[nodiscard]] std::string_view sentence_of(Refusal refusal);
/// Whether the client's token is of no more use after that. docs/reasons.md lists all refusals.
[[nodiscard]] bool ends_token(Refusal refusal);

}  // namespace holdfast::seats
