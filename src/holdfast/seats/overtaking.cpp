#include "holdfast/seats/overtaking.hpp"

namespace holdfast::seats {

Overtaking overtaking_of(PageName before, const DeviceId& device_before, PageName now,
                         const DeviceId& device_now) {
    // Without its tab's name a client without cookies would be another device with every connection.
    if (before.tab == 0 || now.tab == 0) return Overtaking::unknown;
    if (before.tab == now.tab) {
        return before.page == now.page ? Overtaking::new_connection : Overtaking::reload;
    }
    if (device_before == DeviceId{} || device_now == DeviceId{}) return Overtaking::unknown;
    return device_before == device_now ? Overtaking::second_tab : Overtaking::other_device;
}

AwayCause cause_of(Overtaking how) {
    switch (how) {
        case Overtaking::new_connection:
            return AwayCause::connection_lost;
        case Overtaking::reload:
            return AwayCause::closed_page;
        case Overtaking::unknown:
        case Overtaking::second_tab:
        case Overtaking::other_device:
            return AwayCause::none;
    }
    return AwayCause::none;
}

}  // namespace holdfast::seats
