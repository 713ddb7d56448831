// Requests for a seat from a new phone: its player has lost the old one, asks from another, and the host
// decides. In memory only: whoever asks does so over a live connection, and asks again when that is a new
// one. Bounded in every direction, see limits.hpp. Pure; one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/overtaking.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

struct SeatRequest {
    /// Drawn at random, so that an answer to a request of before a restart meets no other one.
    std::uint64_t id = 0;
    ConnectionId connection = 0;  ///< 0: lost, perhaps for a moment only
    DeviceId device{};
    PageName page{};
    std::string address;  ///< only to be counted; shown to nobody
    TeamId team = 0;
    Slot slot = 0;
    /// The seat's epoch at that time: when it has another one the seat is not what was asked for any more.
    std::uint64_t epoch = 0;
    std::string name;  ///< who the asker says to be
    UnixTime asked_at;
    Uptime until;         ///< over then, if nobody has decided
    Uptime absent_until;  ///< without a connection: over then
    friend bool operator==(const SeatRequest&, const SeatRequest&) = default;
};

class SeatRequests {
  public:
    /// Those that wait for the host, oldest first.
    [[nodiscard]] const std::vector<SeatRequest>& open() const { return open_; }
    [[nodiscard]] bool empty() const { return open_.empty(); }
    /// Null when there is none.
    [[nodiscard]] const SeatRequest* find(std::uint64_t id) const;
    /// The one of that device, or, of a device that is not known, of that connection; null when there is
    /// none.
    [[nodiscard]] const SeatRequest* made_by(const DeviceId& device, ConnectionId connection) const;
    [[nodiscard]] std::size_t count_from(std::string_view address) const;
    /// Whether one more is within the limits, of which one of the device may take the place of another one.
    [[nodiscard]] bool has_room_for(const DeviceId& device, ConnectionId connection, std::string_view address,
                                    Uptime now) const;

    /// A new one, in place of the device's one before. Counts against its device and its address.
    void add(SeatRequest request, Uptime now);
    /// Another state of one that is there.
    void replace(const SeatRequest& request);
    void remove(std::uint64_t id);

  private:
    struct Made {
        Uptime at;
        DeviceId device{};
        std::string address;
    };
    std::vector<SeatRequest> open_;
    std::deque<Made> made_;  ///< in the last seat_requests_window; oldest first
};

}  // namespace holdfast::seats
