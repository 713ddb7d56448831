// The figures of a session written down: a page of text, JSON, or CSV. Pure.
#pragma once

#include <functional>
#include <string>

#include "holdfast/journal/export.hpp"
#include "holdfast/journal/figures.hpp"

namespace holdfast::journal {

/// The name of a team; empty if there is none.
using NameOfTeam = std::function<std::string(seats::TeamId)>;

/// CSV has the columns section, item, figure, value: one figure a line. JSON has the fields of Figures, times
/// as text (ISO 8601, UTC), durations in seconds, and "words": what each code in it means.
[[nodiscard]] std::string write_report(const Figures& figures, Format format, const NameOfTeam& name_of,
                                       const ShowTime& show_time);

}  // namespace holdfast::journal
