// Who claims which seat beside those who sit, and who may not: requests that wait for the host,
// reservations, and bans. A value: what is in it never changes, a decision that
// changes something makes another one. So it is taken back by a pointer, and can be shown as it was.
#pragma once

#include <memory>

#include "holdfast/seats/bans.hpp"
#include "holdfast/seats/reservations.hpp"
#include "holdfast/seats/seat_requests.hpp"

namespace holdfast::seats {

struct Claims {
    std::shared_ptr<const SeatRequests> requests = std::make_shared<const SeatRequests>();
    std::shared_ptr<const Bans> bans = std::make_shared<const Bans>();
    std::shared_ptr<const Reservations> reservations = std::make_shared<const Reservations>();
};

}  // namespace holdfast::seats
