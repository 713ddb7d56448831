#include "holdfast/seats/tokens.hpp"

#include <algorithm>
#include <array>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/move_codes.hpp"

namespace holdfast::seats {
namespace {

constexpr char token_version = 1;
constexpr std::size_t claim_bytes = 1 + 8 + 1 + 8;
constexpr std::size_t token_bytes = claim_bytes + 32;
constexpr std::size_t token_characters = (token_bytes * 4 + 2) / 3;

void append_number(std::string& bytes, std::uint64_t number) {
    std::array<char, 8> big_endian;
    for (std::size_t index = 0; index < big_endian.size(); ++index)
        big_endian[index] = static_cast<char>((number >> (56 - 8 * index)) & 0xFFU);
    bytes.append(big_endian.data(), big_endian.size());
}

std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
    std::uint64_t number = 0;
    for (std::size_t index = 0; index < 8; ++index) {
        number = (number << 8U) | static_cast<std::uint8_t>(bytes[offset + index]);
    }
    return number;
}

SeatRecord& seat_at(TeamRecord& team, Slot slot) {
    return team.seats[static_cast<std::size_t>(slot - 1)];
}

/// What somebody hears who comes back to a seat that is vacant now.
Refusal refusal_of_vacant(const SeatRecord& seat) {
    switch (seat.freed_because) {
        case SeatFreed::released:
            return Refusal::seat_released;
        case SeatFreed::expired:
            return Refusal::seat_expired;
        case SeatFreed::none:
        case SeatFreed::left:
        case SeatFreed::moved:
            break;
    }
    return Refusal::token_retired;
}

}  // namespace

Tokens::Tokens(TokenSecrets secrets) : key_(std::move(secrets.current)), before_until_(secrets.before_until) {
    if (!secrets.before.empty()) key_before_.emplace(std::move(secrets.before));
}

bool Tokens::forget_secret_before(UnixTime now) {
    if (!key_before_ || now < before_until_) return false;
    key_before_.reset();
    return true;
}

Digest Tokens::authenticate(const HmacKey& key, std::string_view claim) {
    // The words keep these codes apart from anything else the secret may ever sign.
    constexpr std::string_view purpose = "holdfast resume token\n";
    std::string message;
    message.reserve(purpose.size() + claim.size());
    return key.sign(message.append(purpose).append(claim));
}

Tokens::ReservationCodes Tokens::reservation_codes(TeamId team, Slot slot, std::uint64_t nonce) const {
    // Begins like no token, so that neither can be made from the other.
    std::string bytes = "reservation";
    append_number(bytes, team);
    bytes.push_back(static_cast<char>(slot));
    append_number(bytes, nonce);
    ReservationCodes codes;
    codes.current = MoveCodes::code_of(authenticate(key_, bytes));
    if (key_before_) codes.before = MoveCodes::code_of(authenticate(*key_before_, bytes));
    return codes;
}

std::string Tokens::derive(TeamId team, Slot slot, std::uint64_t rotation) const {
    std::string bytes;
    bytes.reserve(token_bytes);
    bytes.push_back(token_version);
    append_number(bytes, team);
    bytes.push_back(static_cast<char>(slot));
    append_number(bytes, rotation);
    bytes.append(bytes_of(authenticate(key_, bytes)));
    return base64url_encode(bytes);
}

std::string Tokens::create_token(TeamRecord& team, Slot slot) const {
    auto& seat = seat_at(team, slot);
    ++seat.rotation;
    seat.token_live = true;
    seat.previous_token_good = false;
    return derive(team.id, slot, seat.rotation);
}

std::string Tokens::rotate_token(TeamRecord& team, Slot slot) const {
    auto& seat = seat_at(team, slot);
    if (!seat.token_live) return create_token(team, slot);
    if (!seat.previous_token_good) {
        ++seat.rotation;
        seat.previous_token_good = true;
    }
    return derive(team.id, slot, seat.rotation);
}

std::optional<std::string> Tokens::find_token(const TeamRecord& team, Slot slot, Uptime now) const {
    if (slot < 1 || slot > team.seats.size()) return std::nullopt;
    const auto& seat = team.seats[static_cast<std::size_t>(slot - 1)];
    if (seat.state == SeatState::vacant || !seat.token_live || token_has_expired(seat, now))
        return std::nullopt;
    return derive(team.id, slot, seat.rotation);
}

Result<TokenClaim, Refusal> Tokens::read_token(std::string_view text) const {
    if (text.size() != token_characters) return failure(Refusal::token_unknown);
    const auto bytes = base64url_decode(text);
    if (!bytes || bytes->size() != token_bytes) return failure(Refusal::token_unknown);
    const auto claim = std::string_view(*bytes).substr(0, claim_bytes);
    const auto made_with = [&](const HmacKey& key) {
        const auto expected = authenticate(key, claim);
        return equal_in_constant_time(bytes_of(expected), std::string_view(*bytes).substr(claim_bytes));
    };
    const bool genuine = made_with(key_) || (key_before_ && made_with(*key_before_));
    if (!genuine || claim[0] != token_version) return failure(Refusal::token_unknown);
    return TokenClaim{number_at(claim, 1), static_cast<Slot>(claim[9]), number_at(claim, 10)};
}

Result<TokenStanding, Refusal> Tokens::validate_token(const TeamRecord* team, const TokenClaim& claim,
                                                      Uptime now) {
    if (team == nullptr || claim.slot < 1 || claim.slot > team->seats.size()) {
        return failure(Refusal::token_unknown);
    }
    const auto& seat = team->seats[static_cast<std::size_t>(claim.slot - 1)];
    // A number that was never handed out: the disk is older than the token.
    if (claim.rotation > seat.rotation) return failure(Refusal::token_unknown);
    const bool newest = claim.rotation == seat.rotation;
    const bool one_before = claim.rotation + 1 == seat.rotation;
    if (seat.state == SeatState::vacant) {
        return failure(newest || one_before ? refusal_of_vacant(seat) : Refusal::token_retired);
    }
    if (!newest && !one_before) return failure(Refusal::token_retired);
    if (!seat.token_live || token_has_expired(seat, now)) {
        // Of the one before nothing is known any more; both are equally useless.
        return failure(Refusal::token_expired);
    }
    if (newest) return TokenStanding::newest;
    if (seat.previous_token_good) return TokenStanding::previous;
    return failure(Refusal::token_retired);
}

Result<TokenStanding, Refusal> Tokens::validate_moved_token(const SeatRecord& seat, Uptime now) {
    if (seat.state == SeatState::vacant) return failure(refusal_of_vacant(seat));
    if (!seat.token_live || token_has_expired(seat, now)) return failure(Refusal::token_expired);
    return TokenStanding::previous;
}

bool has_moved_tokens(const TeamRecord& team, Slot slot) {
    return std::any_of(team.moved_tokens.begin(), team.moved_tokens.end(),
                       [slot](const MovedToken& token) { return token.slot == slot; });
}

bool forget_moved_tokens(TeamRecord& team, Slot slot) {
    return std::erase_if(team.moved_tokens, [slot](const MovedToken& token) { return token.slot == slot; }) >
           0;
}

void carry_moved_tokens(TeamRecord& from, Slot slot, TeamRecord& to, Slot to_slot) {
    std::vector<MovedToken> carried;
    for (const auto& token : from.moved_tokens) {
        if (token.slot == slot) carried.push_back(token);
    }
    const auto& seat = seat_at(from, slot);
    if (seat.token_live) {
        if (seat.previous_token_good) carried.push_back({0, from.id, slot, seat.rotation - 1});
        carried.push_back({0, from.id, slot, seat.rotation});
    }
    if (carried.size() > limits::moved_tokens_per_seat) {
        constexpr std::ptrdiff_t half = limits::moved_tokens_per_seat / 2;
        carried.erase(carried.begin() + half, carried.end() - half);
    }
    forget_moved_tokens(from, slot);
    forget_moved_tokens(to, to_slot);
    for (auto& token : carried) {
        token.slot = to_slot;
        to.moved_tokens.push_back(token);
    }
    std::stable_sort(to.moved_tokens.begin(), to.moved_tokens.end(),
                     [](const MovedToken& left, const MovedToken& right) { return left.slot < right.slot; });
}

bool confirm_token(SeatRecord& seat, std::uint64_t rotation) {
    if (rotation != seat.rotation || !seat.previous_token_good) return false;
    seat.previous_token_good = false;
    return true;
}

bool clear_token(SeatRecord& seat) {
    const bool was_live = seat.token_live;
    seat.token_live = false;
    seat.previous_token_good = false;
    return was_live;
}

bool token_has_expired(const SeatRecord& seat, Uptime now) {
    return seat.state == SeatState::away && seat.token_deadline <= now;
}

std::vector<Slot> sweep_expired_tokens(TeamRecord& team, Uptime now) {
    std::vector<Slot> swept;
    Slot slot = 0;
    for (auto& seat : team.seats) {
        ++slot;
        if (token_has_expired(seat, now) && clear_token(seat)) swept.push_back(slot);
    }
    return swept;
}

}  // namespace holdfast::seats
