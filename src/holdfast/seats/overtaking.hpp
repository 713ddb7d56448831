// Whether a connection that takes a live seat is the same page over a newer connection, the same tab after a
// reload, another tab, or another device. For words and figures, and for whether a page that comes back by
// itself stands back; who may have a seat is the token's matter alone.
#pragma once

#include <cstdint>

#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

/// The page that a connection belongs to, as its client names it: two numbers drawn at random by the browser.
/// Nobody checks them. 0: not named, as by clients that know nothing of this.
struct PageName {
    std::uint32_t tab = 0;   ///< stays when the page is loaded anew in the same tab
    std::uint32_t page = 0;  ///< of one loading of the page; stays over its connections
    friend bool operator==(const PageName&, const PageName&) = default;
};

/// What the connection that takes a live seat is to the one that had it.
enum class Overtaking : std::uint8_t {
    unknown,         ///< one of them has not named its tab: a newer tab or device, or a reload
    new_connection,  ///< the same page, whose older connection is not known to be dead yet
    reload,          ///< the same tab, loaded anew before the older connection was known to be closed
    second_tab,      ///< another tab of the same browser
    other_device,
};

[[nodiscard]] Overtaking overtaking_of(PageName before, const DeviceId& device_before, PageName now,
                                       const DeviceId& device_now);

/// Why the seat had to be resumed, as the figures of resumes count it; none: somebody else took it.
[[nodiscard]] AwayCause cause_of(Overtaking how);

}  // namespace holdfast::seats
