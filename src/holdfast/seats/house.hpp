// The house: every team and seat, in memory, and the rules. Pure and single-threaded: commands and time in,
// decisions out. It decides ahead of the disk; whoever drives it says afterwards what became of the changes.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/base/random.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/game.hpp"
#include "holdfast/seats/records.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {

struct HouseSettings {
    int seats_per_team = 2;              ///< 1 to 8; teams that exist keep the size they have
    Milliseconds grace{3'600'000};       ///< how long an away seat is held
    Milliseconds token_life{3'600'000};  ///< how long a token is good while its seat is away
    std::size_t most_teams = 100'000;
    std::string token_secret;  ///< at least 32 bytes
    /// The secret before, still read until then (see TokenSecrets); empty: none.
    std::string token_secret_before = {};
    UnixTime token_secret_before_until{};
};

/// Whether decisions may change what is on disk.
enum class StoreState : std::uint8_t { writable, down };

class House {
  public:
    /// `game` and `random` must outlive the house.
    House(HouseSettings settings, const Game& game, Random& random);
    ~House();
    House(const House&) = delete;
    House& operator=(const House&) = delete;

    /// Takes the disk's content and preserves every session: what was connected becomes away with its full
    /// grace. The decision's changes bring the disk in line; its effects count what was preserved (one
    /// SeatChanged each). With many teams a decision a part takes less memory: a crash between two of them
    /// loses nothing, as the next start finds the rest as it was.
    [[nodiscard]] Decision preserve_sessions_at_start(
        Snapshot snapshot, Moment now, std::size_t teams_at_once = std::numeric_limits<std::size_t>::max());
    /// The next part; nothing when all is preserved. Until then nothing else may be decided.
    [[nodiscard]] std::optional<Decision> preserve_further_sessions(Moment now, std::size_t teams_at_once);

    /// Decides one command. With the store down, only what needs no disk is allowed: seated players resume
    /// without a new token, lost connections are noticed, questions are answered; all else is
    /// `store_unavailable`.
    [[nodiscard]] Decision execute(const Command& command, Moment now,
                                   StoreState store = StoreState::writable);

    /// The changes of all decisions up to and with `sequence` are on disk.
    void committed(std::uint64_t sequence);
    /// None of the decisions from `sequence` on is on disk: memory goes back to what it was before it.
    void roll_back_from(std::uint64_t sequence);

    /// What the disk must hold when every decision so far is committed. For checks and tests; expensive.
    [[nodiscard]] Snapshot snapshot() const;
    [[nodiscard]] TeamViewPointer view(TeamId team, Moment now) const;
    /// Who claims which seat, as of the last decision.
    [[nodiscard]] Claims claims() const;
    /// From now on tokens are derived from these; those of `before` are still read until its time is over.
    void use_token_secrets(TokenSecrets secrets);
    /// The game as of the last decision.
    [[nodiscard]] GameView game() const;
    [[nodiscard]] std::size_t team_count() const;
    /// Every team, dissolved ones too, in no order: to fill the lists at start-up.
    [[nodiscard]] std::vector<TeamId> team_ids() const;
    /// The seat a connection holds: {0, 0} for none.
    [[nodiscard]] std::pair<TeamId, Slot> seat_of(ConnectionId connection) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::seats
