#include "holdfast/seats/commands.hpp"

#include <algorithm>

namespace holdfast::seats {

bool TeamView::has_vacant_seat() const {
    return std::any_of(seats.begin(), seats.end(),
                       [](const SeatView& seat) { return seat.state == SeatState::vacant; });
}

bool TeamView::everybody_connected() const {
    return connected_count() == seats.size();
}

std::size_t TeamView::connected_count() const {
    return static_cast<std::size_t>(std::count_if(
        seats.begin(), seats.end(), [](const SeatView& seat) { return seat.state == SeatState::connected; }));
}

}  // namespace holdfast::seats
