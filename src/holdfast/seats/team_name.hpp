// What a team may be called, in one rule:
//
//   White space (Unicode White_Space, line breaks included) at the ends is dropped and every run of it within
//   becomes one space. What is left, in Unicode's composed form (NFC), has 1 to 40 characters (code points),
//   each of which can be seen: no control, format, private-use or default-ignorable character, so no
//   zero-width, bidirectional or byte-order mark. The one exception are U+FE0E and U+FE0F, which choose how
//   the character before them looks. Everything else, markup included, is harmless text and is shown as text.
//
//   Two names are the same when their keys are: NFKC_Casefold, that is without regard to case, width and
//   composition ("Straße" and "STRASSE", "Ａ" and "a").
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

struct TeamName {
    std::string shown;  ///< UTF-8, as everybody sees it
    std::string key;    ///< UTF-8, what makes it unique
};

/// Applies the rule to what a client sent. Any bytes may be passed in; what is not valid UTF-8 or breaks the
/// rule gives Refusal::bad_name. Pure; any thread. Source: Unicode 15, UAX #15 and UAX #44, by ICU.
[[nodiscard]] Result<TeamName, Refusal> normalise_team_name(std::string_view sent);

}  // namespace holdfast::seats
