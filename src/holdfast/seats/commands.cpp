#include "holdfast/seats/commands.hpp"

#include <algorithm>

namespace holdfast::seats {

bool TeamView::has_vacant_seat() const {
    for (std::size_t index = 0; index < seats.size(); ++index) {
        if (seats[index].state != SeatState::vacant) continue;
        const auto* kept = names.empty() ? nullptr : name_of(static_cast<Slot>(index + 1));
        if (kept == nullptr || !kept->waits) return true;
    }
    return false;
}

const SeatName* TeamView::name_of(Slot slot) const {
    const auto found =
        std::find_if(names.begin(), names.end(), [slot](const SeatName& one) { return one.slot == slot; });
    return found == names.end() ? nullptr : &*found;
}

bool TeamView::everybody_connected() const {
    return connected_count() == seats.size();
}

std::size_t TeamView::connected_count() const {
    return static_cast<std::size_t>(std::count_if(
        seats.begin(), seats.end(), [](const SeatView& seat) { return seat.state == SeatState::connected; }));
}

}  // namespace holdfast::seats
