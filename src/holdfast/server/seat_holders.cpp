#include "holdfast/server/seat_holders.hpp"

#include <utility>

namespace holdfast::server {

void SeatHolders::use(seats::TokenSecrets secrets) {
    seats::Tokens tokens(std::move(secrets));
    const std::lock_guard lock(mutex_);
    tokens_.emplace(std::move(tokens));
}

void SeatHolders::changed(const seats::TeamView* before, const seats::TeamView& now) {
    for (std::size_t index = 0; index < now.seats.size(); ++index) {
        const std::uint64_t is = now.seats[index].holder;
        const std::uint64_t was =
            before == nullptr || index >= before->seats.size() ? 0 : before->seats[index].holder;
        if (is == was) continue;
        const std::lock_guard lock(mutex_);
        if (is != 0) ++seats_[is];
        if (was == 0) continue;
        const auto found = seats_.find(was);
        if (found != seats_.end() && --found->second == 0) seats_.erase(found);
    }
}

bool SeatHolders::has(const seats::DeviceId& device) const {
    return has(seats::short_name(device));
}

bool SeatHolders::has(std::uint64_t short_name) const {
    if (short_name == 0) return false;
    const std::lock_guard lock(mutex_);
    return seats_.contains(short_name);
}

bool SeatHolders::made_here(std::string_view token) const {
    const std::lock_guard lock(mutex_);
    return tokens_ && tokens_->read_token(token).has_value();
}

std::size_t SeatHolders::size() const {
    const std::lock_guard lock(mutex_);
    return seats_.size();
}

}  // namespace holdfast::server
