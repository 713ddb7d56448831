// Which rooms one session was in, and between which positions of the log. Pure; one thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

class RoomHistory {
  public:
    RoomHistory() = default;
    explicit RoomHistory(std::vector<RoomSpan> spans) : spans_(std::move(spans)) {}

    /// False when it is in that room already.
    bool join(std::string_view room, LogPosition position);
    /// False when it is not.
    bool leave(std::string_view room, LogPosition position);
    /// Whether an event at `position` found it in the room.
    [[nodiscard]] bool was_in(std::string_view room, LogPosition position) const;
    /// With more than `most` spans: forgets the room that was left first, and returns that span.
    std::optional<RoomSpan> forget_one(std::size_t most);
    /// Forgets all rooms that were left.
    void forget_left();
    /// Forgets exactly this span.
    void forget(const RoomSpan& span);

    /// The rooms it is in now.
    [[nodiscard]] std::vector<std::string> current() const;
    [[nodiscard]] const std::vector<RoomSpan>& spans() const { return spans_; }

  private:
    [[nodiscard]] RoomSpan* open_span(std::string_view room);

    std::vector<RoomSpan> spans_;
};

}  // namespace holdfast::socketio
