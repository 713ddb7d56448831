// Going through all journals, from wherever they are read. Any thread.
#pragma once

#include <cstdint>
#include <functional>

#include "holdfast/journal/figures.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::server {

/// As seats::Store::read_journals().
using ReadPiece =
    std::function<Result<seats::JournalPiece, seats::StoreError>(std::uint64_t after, std::size_t most)>;

/// Hands the newest entries, about `most` of them, to `take`, a piece at a time and in the order of their
/// writing. True: there are older ones.
[[nodiscard]] Result<bool, seats::StoreError> for_each_piece(
    const ReadPiece& read, std::size_t most, const std::function<void(const seats::JournalPiece&)>& take);

[[nodiscard]] Result<journal::Figures, seats::StoreError> gather_figures(
    const ReadPiece& read, const journal::FiguresSettings& settings);

}  // namespace holdfast::server
