// For tests: every refusal there is.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

[[nodiscard]] inline std::vector<Refusal> all_refusals() {
    std::vector<Refusal> refusals;
    for (int number = 0; number <= static_cast<int>(Refusal::shutting_down); ++number)
        refusals.push_back(static_cast<Refusal>(number));
    return refusals;
}

/// The one with that code, or nothing.
[[nodiscard]] inline std::optional<Refusal> refusal_with(std::string_view code) {
    for (const auto refusal : all_refusals()) {
        if (code_of(refusal) == code) return refusal;
    }
    return std::nullopt;
}

}  // namespace holdfast::seats
