#include "holdfast/seats/reservations.hpp"

namespace holdfast::seats {

const Reservation* Reservations::find(TeamId team, Slot slot) const {
    const auto found = by_seat_.find({team, slot});
    return found == by_seat_.end() ? nullptr : &found->second;
}

bool Reservations::any_waits(TeamId team) const {
    for (auto place = by_seat_.lower_bound({team, 0}); place != by_seat_.end() && place->first.first == team;
         ++place) {
        if (!place->second.record.used) return true;
    }
    return false;
}

const Reservation* Reservations::with_code(std::string_view code) const {
    if (code.empty()) return nullptr;
    for (const auto& [key, one] : by_seat_) {
        if (!one.record.used && (one.code == code || one.code_before == code)) return &one;
    }
    return nullptr;
}

std::vector<Reservation> Reservations::list() const {
    std::vector<Reservation> all;
    all.reserve(by_seat_.size());
    for (const auto& [key, one] : by_seat_)
        all.push_back(one);
    return all;
}

void Reservations::put(ReservationRecord record, const Tokens& tokens) {
    const std::pair key(record.team, record.slot);
    auto codes = tokens.reservation_codes(record.team, record.slot, record.nonce);
    by_seat_.insert_or_assign(
        key, Reservation{std::move(record), std::move(codes.current), std::move(codes.before)});
}

void Reservations::derive_codes(const Tokens& tokens) {
    for (auto& [key, one] : by_seat_) {
        auto codes = tokens.reservation_codes(key.first, key.second, one.record.nonce);
        one.code = std::move(codes.current);
        one.code_before = std::move(codes.before);
    }
}

}  // namespace holdfast::seats
