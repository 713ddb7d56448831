#include "holdfast/seats/move_codes.hpp"

#include <cctype>
#include <utility>

#include "holdfast/base/limits.hpp"

namespace holdfast::seats {
namespace {

// Without 0, 1, I and O, which look alike on a phone. Ten of them are 50 bits.
constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
constexpr std::size_t code_characters = 10;

}  // namespace

std::string MoveCodes::code_of(std::span<const std::uint8_t> bytes) {
    static_assert(256 % alphabet.size() == 0, "every letter comes up equally often");
    std::string code;
    for (const auto byte : bytes.first(code_characters))
        code.push_back(alphabet[byte % alphabet.size()]);
    return code;
}

std::string MoveCodes::normalise(std::string_view typed) {
    std::string code;
    for (const char character : typed) {
        if (character == ' ' || character == '-') continue;
        const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
        if (alphabet.find(upper) == std::string_view::npos || code.size() == code_characters) return {};
        code.push_back(upper);
    }
    return code.size() == code_characters ? code : std::string();
}

std::string MoveCodes::make(const Offer& offer, Random& random) {
    const auto earlier = codes_by_seat_.find({offer.team, offer.slot});
    if (earlier != codes_by_seat_.end()) forget(std::string(earlier->second));
    while (offers_.size() >= limits::move_codes && !order_.empty()) {
        forget(order_.front().second);
        order_.pop_front();
    }
    std::string code;
    do {
        code.clear();
        while (code.size() < code_characters)
            code.push_back(alphabet[static_cast<std::size_t>(random.below(alphabet.size()))]);
    } while (offers_.contains(code));
    offers_.emplace(code, offer);
    codes_by_seat_[{offer.team, offer.slot}] = code;
    order_.emplace_back(offer.until, code);
    return code;
}

const MoveCodes::Offer* MoveCodes::find(std::string_view typed, Uptime now) const {
    const auto found = offers_.find(normalise(typed));
    return found == offers_.end() || found->second.until <= now ? nullptr : &found->second;
}

std::optional<MoveCodes::Used> MoveCodes::use(std::string_view typed) {
    const auto found = offers_.find(normalise(typed));
    if (found == offers_.end()) return std::nullopt;
    Used used(found->first, found->second);
    forget(used.first);
    return used;
}

std::optional<MoveCodes::Used> MoveCodes::withdraw(TeamId team, Slot slot) {
    const auto found = codes_by_seat_.find({team, slot});
    if (found == codes_by_seat_.end()) return std::nullopt;
    return use(std::string(found->second));
}

void MoveCodes::put_back(Used used) {
    // A newer code of the seat stays the one that is good.
    const auto& [code, offer] = used;
    if (!codes_by_seat_.emplace(std::pair(offer.team, offer.slot), code).second) return;
    offers_.emplace(code, offer);
    order_.emplace_front(offer.until, code);
}

void MoveCodes::forget_expired(Uptime now) {
    while (!order_.empty() && order_.front().first <= now) {
        forget(order_.front().second);
        order_.pop_front();
    }
}

void MoveCodes::forget(const std::string& code) {
    const auto found = offers_.find(code);
    if (found == offers_.end()) return;
    codes_by_seat_.erase({found->second.team, found->second.slot});
    offers_.erase(found);
}

}  // namespace holdfast::seats
