#include "holdfast/server/journal_reading.hpp"

#include "holdfast/base/limits.hpp"

namespace holdfast::server {

Result<bool, seats::StoreError> for_each_piece(const ReadPiece& read, std::size_t most,
                                               const std::function<void(const seats::JournalPiece&)>& take) {
    const auto end = read(0, 0);
    if (!end) return failure(end.error());
    const bool is_cut = end->newest > most;
    std::uint64_t last = is_cut ? end->newest - most : 0;
    // What is written meanwhile is left for the next time, or a busy server would keep this going for ever.
    while (last < end->newest) {
        const auto piece = read(last, limits::journal_entries_per_piece);
        if (!piece) return failure(piece.error());
        if (piece->entries.empty()) break;
        last = piece->last;
        take(*piece);
    }
    return is_cut;
}

Result<journal::Figures, seats::StoreError> gather_figures(const ReadPiece& read,
                                                           const journal::FiguresSettings& settings) {
    journal::FiguresBuilder builder(settings, limits::journal_entries_per_team);
    const auto is_cut =
        for_each_piece(read, limits::journal_entries_reported, [&](const seats::JournalPiece& piece) {
            for (const auto& entry : piece.entries)
                builder.add(entry);
        });
    if (!is_cut) return failure(is_cut.error());
    if (*is_cut) builder.beginning_is_cut();
    return builder.finish();
}

}  // namespace holdfast::server
