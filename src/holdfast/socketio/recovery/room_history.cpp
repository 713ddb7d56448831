#include "holdfast/socketio/recovery/room_history.hpp"

#include <algorithm>

namespace holdfast::socketio {

RoomSpan* RoomHistory::open_span(std::string_view room) {
    const auto found = std::find_if(spans_.begin(), spans_.end(), [&](const RoomSpan& span) {
        return span.left == 0 && span.room == room;
    });
    return found == spans_.end() ? nullptr : &*found;
}

bool RoomHistory::join(std::string_view room, LogPosition position) {
    if (open_span(room) != nullptr) return false;
    // Left where it was joined, with no event in between.
    std::erase_if(spans_, [&](const RoomSpan& span) { return span.joined == position && span.room == room; });
    spans_.push_back({std::string(room), position, 0});
    return true;
}

bool RoomHistory::leave(std::string_view room, LogPosition position) {
    auto* const span = open_span(room);
    if (span == nullptr) return false;
    span->left = position;
    return true;
}

bool RoomHistory::was_in(std::string_view room, LogPosition position) const {
    return std::any_of(spans_.begin(), spans_.end(), [&](const RoomSpan& span) {
        return span.joined < position && (span.left == 0 || position < span.left) && span.room == room;
    });
}

std::optional<RoomSpan> RoomHistory::forget_one(std::size_t most) {
    if (spans_.size() <= most) return std::nullopt;
    auto oldest = spans_.end();
    for (auto span = spans_.begin(); span != spans_.end(); ++span) {
        if (span->left != 0 && (oldest == spans_.end() || span->left < oldest->left)) oldest = span;
    }
    if (oldest == spans_.end()) return std::nullopt;
    auto forgotten = std::move(*oldest);
    spans_.erase(oldest);
    return forgotten;
}

void RoomHistory::forget_left() {
    std::erase_if(spans_, [](const RoomSpan& span) { return span.left != 0; });
}

void RoomHistory::forget(const RoomSpan& span) {
    std::erase(spans_, span);
}

std::vector<std::string> RoomHistory::current() const {
    std::vector<std::string> rooms;
    for (const auto& span : spans_) {
        if (span.left == 0) rooms.push_back(span.room);
    }
    return rooms;
}

}  // namespace holdfast::socketio
