#include "holdfast/seats/seat_requests.hpp"

#include <algorithm>
#include <utility>

namespace holdfast::seats {
namespace {

bool is_by(const SeatRequest& request, const DeviceId& device, ConnectionId connection) {
    if (device == DeviceId{}) return request.device == DeviceId{} && request.connection == connection;
    return request.device == device;
}

}  // namespace

const SeatRequest* SeatRequests::find(std::uint64_t id) const {
    const auto found =
        std::find_if(open_.begin(), open_.end(), [id](const SeatRequest& one) { return one.id == id; });
    return found == open_.end() ? nullptr : &*found;
}

const SeatRequest* SeatRequests::made_by(const DeviceId& device, ConnectionId connection) const {
    const auto found = std::find_if(open_.begin(), open_.end(),
                                    [&](const SeatRequest& one) { return is_by(one, device, connection); });
    return found == open_.end() ? nullptr : &*found;
}

std::size_t SeatRequests::count_from(std::string_view address) const {
    return static_cast<std::size_t>(std::count_if(
        open_.begin(), open_.end(), [address](const SeatRequest& one) { return one.address == address; }));
}

bool SeatRequests::has_room_for(const DeviceId& device, ConnectionId connection, std::string_view address,
                                Uptime now) const {
    std::size_t all = 0;
    std::size_t by_device = 0;
    std::size_t from_address = 0;
    for (const Made& one : made_) {
        if (one.at + limits::seat_requests_window <= now) continue;
        ++all;
        if (device != DeviceId{} && one.device == device) ++by_device;
        if (one.address == address) ++from_address;
    }
    if (all >= limits::seat_requests_made || by_device >= limits::seat_requests_made_per_device ||
        from_address >= limits::seat_requests_made_per_address) {
        return false;
    }
    const auto* replaced = made_by(device, connection);
    const std::size_t goes = replaced == nullptr ? 0 : 1;
    const std::size_t goes_from_here = replaced != nullptr && replaced->address == address ? 1 : 0;
    return open_.size() - goes < limits::seat_requests &&
           count_from(address) - goes_from_here < limits::seat_requests_per_address;
}

void SeatRequests::add(SeatRequest request, Uptime now) {
    if (const auto* before = made_by(request.device, request.connection)) remove(before->id);
    while (!made_.empty() && made_.front().at + limits::seat_requests_window <= now)
        made_.pop_front();
    made_.push_back({now, request.device, request.address});
    open_.push_back(std::move(request));
}

void SeatRequests::replace(const SeatRequest& request) {
    for (SeatRequest& one : open_) {
        if (one.id == request.id) one = request;
    }
}

void SeatRequests::remove(std::uint64_t id) {
    std::erase_if(open_, [id](const SeatRequest& one) { return one.id == id; });
}

}  // namespace holdfast::seats
