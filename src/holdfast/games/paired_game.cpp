#include "holdfast/games/paired_game.hpp"

#include <algorithm>
#include <array>

#include "holdfast/games/paired_progress.hpp"

namespace holdfast::games {
namespace {

/// How much more often than the rarest pair another one may have come up and still be dealt: one.
constexpr std::uint64_t lead_most = 2;

std::string_view items_for(seats::GameMode mode, std::size_t seat) {
    if (mode == seats::GameMode::classic) return paired_items;
    return seat % 2 == 0 ? paired_items.substr(0, 2) : paired_items.substr(2, 2);
}

char draw_from(std::string_view items, Random& random) {
    return items[random.below(items.size())];
}

PairedProgress progress_of(std::string_view bytes, std::size_t seat_count) {
    auto progress = decode_progress(bytes);
    if (!progress || progress->seat_count() != seat_count) return PairedProgress(seat_count);
    return std::move(*progress);
}

std::string deal_pair(seats::GameMode mode, const PairCounts& counts, Random& random) {
    struct Candidate {
        char first = 0;
        char second = 0;
        std::uint64_t rounds = 0;
    };
    std::array<Candidate, item_count * item_count> candidates;
    std::size_t allowed = 0;
    for (const char first : items_for(mode, 0)) {
        for (const char second : items_for(mode, 1)) {
            candidates[allowed++] = {first, second, counts[*item_index(first)][*item_index(second)].rounds};
        }
    }
    const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(allowed);
    const auto rarest = std::min_element(candidates.begin(), end, [](const auto& left, const auto& right) {
                            return left.rounds < right.rounds;
                        })->rounds;
    const auto last = std::remove_if(candidates.begin(), end, [&](const Candidate& candidate) {
        return candidate.rounds >= rarest + lead_most;
    });
    const auto choice = random.below(static_cast<std::uint64_t>(last - candidates.begin()));
    const auto& drawn = candidates[choice];
    return {drawn.first, drawn.second};
}

}  // namespace

std::string PairedGame::deal(seats::GameMode mode, std::size_t seat_count, std::string_view progress,
                             Random& random) const {
    if (seat_count == 2) return deal_pair(mode, progress_of(progress, 2).in(mode).pairs, random);
    std::string items;
    for (std::size_t seat = 0; seat < seat_count; ++seat)
        items.push_back(draw_from(items_for(mode, seat), random));
    return items;
}

std::string PairedGame::record(std::string_view progress, const seats::RoundRecord& finished) const {
    auto counted = progress_of(progress, finished.items.size());
    counted.add(finished);
    return encode(counted);
}

}  // namespace holdfast::games
