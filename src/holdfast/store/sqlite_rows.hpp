// How the values of a record that are not plain numbers and texts look in a row. Inside of the layer only.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/seats/records.hpp"

namespace holdfast::store::sqlite {

/// One character a seat: '1' yes, '0' no, '-' not answered yet.
[[nodiscard]] std::string answers_to_text(const std::vector<std::optional<bool>>& answers);
/// Nothing when the text holds another character.
[[nodiscard]] std::optional<std::vector<std::optional<bool>>> answers_from_text(std::string_view text);

/// A team's seats as JSON, slot 1 first, each an array: state, away_cause, freed_because, epoch, rotation,
/// token_live, previous_token_good, seat_deadline, token_deadline, since, device (hexadecimal; "" if
/// unknown), and for each token of before a move by the host three more: team, slot, rotation.
[[nodiscard]] std::string seats_to_text(const seats::TeamRecord& team);
/// Reads what seats_to_text() wrote into the team, to the letter; false when the text or a value in it is
/// anything else.
[[nodiscard]] bool seats_from_text(std::string_view text, seats::TeamRecord& team);

/// Nothing when the blob has another size.
[[nodiscard]] std::optional<Digest> digest_from_blob(std::string_view bytes);

// Switches without a default: the compiler asks for the new enumerator as soon as there is one.
[[nodiscard]] bool is_known(seats::SeatState state);
[[nodiscard]] bool is_known(seats::AwayCause cause);
[[nodiscard]] bool is_known(seats::SeatFreed freed);
[[nodiscard]] bool is_known(seats::GameMode mode);

/// The enumerator of a stored number, or nothing when there is none.
template <typename Enumeration>
[[nodiscard]] std::optional<Enumeration> enumerator_from(std::int64_t number) {
    if (number < 0 || number > std::numeric_limits<std::uint8_t>::max()) return std::nullopt;
    const auto enumerator = static_cast<Enumeration>(number);
    if (!is_known(enumerator)) return std::nullopt;
    return enumerator;
}

}  // namespace holdfast::store::sqlite
