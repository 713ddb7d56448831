// Who claims which seat, as the hosts and the askers are told. Pure.
#pragma once

#include "holdfast/seats/commands.hpp"
#include "holdfast/server/board.hpp"
#include "holdfast/server/json_fields.hpp"

namespace holdfast::server::wire {

/// For the one who asks: seat_asked.
[[nodiscard]] Fields seat_asked(const seats::SeatAsked& asked);
/// For the host who reserved a seat: the ack. The code in two halves, as people read it.
[[nodiscard]] Fields seat_reserved(const seats::SeatReserved& reserved);
/// For hosts: seat_claims. Everything that is claimed now; a claim that is not in it is over.
[[nodiscard]] Fields seat_claims(const seats::Claims& claims, const Board& board, UnixTime now);

}  // namespace holdfast::server::wire
