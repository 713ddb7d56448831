// Resume tokens: what lets a player back into a seat. A token is derived, not stored: the HMAC-SHA-256 (RFC
// 2104) of team, slot and rotation under the server's secret. The seat's record holds only the rotation (the
// number of the newest token) and which numbers are good, so neither a stolen disk nor a log lets anybody in.
//
//   text = base64url( 1 | team, 8 bytes | slot, 1 byte | rotation, 8 bytes | HMAC, 32 bytes ), big-endian
//
// The life of a seat's tokens (the long form is docs/seats.md):
//   create_token   somebody new sits down: number n+1 is good, everything before is cleared.
//   rotate_token   somebody comes back: if the newest number n is known to have arrived, n+1 is made and n
//                  stays good beside it, because the reply may get lost. If it is not known, n is handed out
//                  again. Either way the token before leads to the same successor, however often it is used.
//   carry_moved_tokens  the host moves the player: what was good for the old seat leads to the new one, as
//   the
//                  token before the newest does, until the client is known to have the newest one.
//   confirm_token  the client is known to have the newest one: the one before is cleared.
//   clear_token    the seat is given up: no token is good.
//   sweep_expired_tokens  the seat has been away for longer than a token lives: no token is good.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/hmac_key.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/records.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

/// What a genuine token says.
struct TokenClaim {
    TeamId team = 0;
    Slot slot = 0;
    std::uint64_t rotation = 0;
};

/// What tokens are derived from. After a change of the secret the one before is still read for a while, so
/// that nobody loses a seat over it; new tokens come from the current one alone.
struct TokenSecrets {
    std::string current;  ///< at least 32 bytes
    std::string before;   ///< empty: none
    UnixTime before_until{};
};

/// Which of the two tokens that can be good it is.
enum class TokenStanding : std::uint8_t { newest, previous };

/// Whether tokens of other seats lead to this one since the host moved its player here.
[[nodiscard]] bool has_moved_tokens(const TeamRecord& team, Slot slot);
/// None does any more: the player has a token of this seat, or somebody else has the seat. Whether one did.
bool forget_moved_tokens(TeamRecord& team, Slot slot);
/// The host moves the player: what was good for the old seat, and what led there, leads to the new one.
/// Before either seat's tokens are changed. At the limit those in the middle are forgotten.
void carry_moved_tokens(TeamRecord& from, Slot slot, TeamRecord& to, Slot to_slot);

class Tokens {
  public:
    /// `secret` of at least 32 bytes.
    explicit Tokens(std::string secret) : key_(std::move(secret)) {}
    explicit Tokens(TokenSecrets secrets);

    /// Drops the secret before when its time is over. Whether there was one to drop.
    bool forget_secret_before(UnixTime now);

    /// Makes a new token for the seat and clears the old ones. `slot` must be one of the team's.
    std::string create_token(TeamRecord& team, Slot slot) const;
    /// The token for somebody who has just resumed; see above. After an expiry it is as create_token.
    std::string rotate_token(TeamRecord& team, Slot slot) const;

    /// The seat's newest token, looked up by team and slot; nothing when none is good at `now`.
    [[nodiscard]] std::optional<std::string> find_token(const TeamRecord& team, Slot slot, Uptime now) const;

    /// What the text claims, if it is one of ours; otherwise token_unknown. Takes the same time for every
    /// forgery of the right length.
    [[nodiscard]] Result<TokenClaim, Refusal> read_token(std::string_view text) const;
    /// Whether a genuine claim still opens its seat. token_unknown: there is no such team or slot (`team` is
    /// null). token_expired: away for longer than a token lives. token_retired: replaced, or the seat was
    /// given up. seat_released, seat_expired: the host or the deadline freed the seat, and nobody has taken
    /// it since.
    [[nodiscard]] static Result<TokenStanding, Refusal> validate_token(const TeamRecord* team,
                                                                       const TokenClaim& claim, Uptime now);

    /// The one-time codes of a reservation: by the current secret, and by the one before (empty: none).
    struct ReservationCodes {
        std::string current;
        std::string before;
    };
    [[nodiscard]] ReservationCodes reservation_codes(TeamId team, Slot slot, std::uint64_t nonce) const;
    /// Whether a token that leads here because the host moved its player still does; reasons as above.
    [[nodiscard]] static Result<TokenStanding, Refusal> validate_moved_token(const SeatRecord& seat,
                                                                             Uptime now);

  private:
    [[nodiscard]] std::string derive(TeamId team, Slot slot, std::uint64_t rotation) const;

    [[nodiscard]] static Digest authenticate(const HmacKey& key, std::string_view claim);

    HmacKey key_;
    std::optional<HmacKey> key_before_;
    UnixTime before_until_{};
};

/// The client has the token of that rotation: the one before is cleared if that is the newest. Whether
/// anything changed.
bool confirm_token(SeatRecord& seat, std::uint64_t rotation);
/// No token of the seat is good any more. Whether one was.
bool clear_token(SeatRecord& seat);
/// Whether the seat's token has outlived its life; tokens of connected seats do not age.
[[nodiscard]] bool token_has_expired(const SeatRecord& seat, Uptime now);
/// Clears the tokens that have expired by `now`; the slots they belonged to.
std::vector<Slot> sweep_expired_tokens(TeamRecord& team, Uptime now);

}  // namespace holdfast::seats
