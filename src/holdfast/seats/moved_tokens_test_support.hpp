// For tests: what a token opens and where a seat is, going by the records alone.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "holdfast/base/random.hpp"
#include "holdfast/seats/records.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {

using SeatKeyPair = std::pair<TeamId, Slot>;

/// The seat must exist.
inline const SeatRecord& seat_in(const Snapshot& snapshot, SeatKeyPair key) {
    const auto found = std::find_if(snapshot.teams.begin(), snapshot.teams.end(),
                                    [&](const TeamRecord& team) { return team.id == key.first; });
    return found->seats[static_cast<std::size_t>(key.second - 1)];
}

/// One of the seats in that state, in teams that are not dissolved; {1, 1} when there is none.
inline SeatKeyPair any_seat(const Snapshot& snapshot, SeatState state, Random& draw) {
    std::vector<SeatKeyPair> found;
    for (const auto& team : snapshot.teams) {
        for (std::size_t index = 0; team.active && index < team.seats.size(); ++index) {
            if (team.seats[index].state == state) found.emplace_back(team.id, static_cast<Slot>(index + 1));
        }
    }
    return found.empty() ? SeatKeyPair{1, 1} : found[draw.below(found.size())];
}

/// How many tokens of other seats lead to this one.
inline std::size_t moved_tokens_of(const Snapshot& snapshot, SeatKeyPair key) {
    std::size_t count = 0;
    for (const auto& team : snapshot.teams) {
        for (const auto& token : team.moved_tokens)
            count += team.id == key.first && token.slot == key.second ? 1U : 0U;
    }
    return count;
}

/// The seat that the token opens; nothing when it opens none.
inline std::optional<SeatKeyPair> opened_by(const TokenClaim& claim, const Snapshot& snapshot) {
    for (const auto& team : snapshot.teams) {
        for (const auto& token : team.moved_tokens) {
            if (token.made_for != claim.team || token.made_for_slot != claim.slot ||
                token.rotation != claim.rotation) {
                continue;
            }
            const SeatKeyPair key{team.id, token.slot};
            const auto& seat = seat_in(snapshot, key);
            if (seat.state == SeatState::vacant || !seat.token_live) return std::nullopt;
            return key;
        }
    }
    const SeatKeyPair key{claim.team, claim.slot};
    const auto& seat = seat_in(snapshot, key);
    const bool is_good =
        claim.rotation == seat.rotation || (claim.rotation + 1 == seat.rotation && seat.previous_token_good);
    if (seat.state == SeatState::vacant || !seat.token_live || !is_good) return std::nullopt;
    return key;
}

}  // namespace holdfast::seats
