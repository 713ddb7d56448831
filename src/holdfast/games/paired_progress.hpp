// What the paired game remembers of a team's finished rounds, and its compact form in a team's record.
//
//   byte 1 (version), byte seat count, 4 bytes big-endian fingerprint a seat,
//   then for mode classic and for mode new: byte 0 (never played), or byte 1 and as LEB128 numbers
//     for teams of two: rounds and equal answers of each ordered pair of items (slot 1's item first);
//                       then, for each item asked of both at once, how many of the answers were true
//     for each seat and item: answers true, answers false
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/seats/records.hpp"

namespace holdfast::games {

inline constexpr std::string_view paired_items = "ABXY";
inline constexpr std::size_t item_count = 4;
/// Where an item stands in `paired_items`; nothing for another character.
[[nodiscard]] std::optional<std::size_t> item_index(char item);

struct PairCount {
    std::uint64_t rounds = 0;
    std::uint64_t equal = 0;  ///< rounds in which both gave the same answer
    friend bool operator==(const PairCount&, const PairCount&) = default;
};
struct ItemAnswers {
    std::uint64_t answered_true = 0;
    std::uint64_t answered_false = 0;
    friend bool operator==(const ItemAnswers&, const ItemAnswers&) = default;
};
using PairCounts = std::array<std::array<PairCount, item_count>, item_count>;

struct ModeProgress {
    PairCounts pairs{};  ///< [slot 1's item][slot 2's item]; all zero unless the team has two seats
    /// Of the rounds that asked both the same item: how many answers were true. There are two a round.
    std::array<std::uint64_t, item_count> same_item_true{};
    std::vector<std::array<ItemAnswers, item_count>> by_seat;
    friend bool operator==(const ModeProgress&, const ModeProgress&) = default;
};

struct PairedProgress {
    /// One a seat, over its items and answers in order: equal histories, equal fingerprints.
    std::vector<std::uint32_t> fingerprints;
    ModeProgress classic;
    ModeProgress modern;

    explicit PairedProgress(std::size_t seat_count = 2);
    [[nodiscard]] std::size_t seat_count() const { return fingerprints.size(); }
    [[nodiscard]] ModeProgress& in(seats::GameMode mode);
    [[nodiscard]] const ModeProgress& in(seats::GameMode mode) const;
    /// Adds a finished round; answers that are missing and items that do not exist count for nothing.
    void add(const seats::RoundRecord& finished);
    friend bool operator==(const PairedProgress&, const PairedProgress&) = default;
};

[[nodiscard]] std::string encode(const PairedProgress& progress);
/// Nothing when the bytes are not a progress of this version; "" is nothing, too.
[[nodiscard]] std::optional<PairedProgress> decode_progress(std::string_view bytes);

}  // namespace holdfast::games
