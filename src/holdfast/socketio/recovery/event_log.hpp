// The events that clients may have missed, found by the rooms they went to. Bounded; of what was trimmed it
// keeps a note a room, so that it can still say who has missed something of it. Pure; one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/recovery/room_history.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

/// Whose events are looked for.
struct Receiver {
    std::string_view nsp;
    std::string_view sid;
    LogPosition begun = 0;
    const RoomHistory& rooms;
};

class EventLog {
  public:
    explicit EventLog(const RecoveryLimits& limits) : limits_(limits) {}

    /// Everything begins anew with what the image has.
    void load(const RecoveryImage& image);
    void append(RecordedEvent event);
    /// Trims the oldest tenth when a limit is exceeded; what was done is to be recorded.
    [[nodiscard]] std::optional<records::Trimmed> trim();
    /// The room of a socket that will not come back needs no note.
    void forget_room(std::string_view nsp, std::string_view room);

    /// What the receiver was sent after `from`, by position; nothing when some of it was trimmed, or may have
    /// been.
    [[nodiscard]] std::optional<std::vector<const RecordedEvent*>> missed(const Receiver& receiver,
                                                                          LogPosition from) const;
    [[nodiscard]] std::size_t size() const { return events_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Place {
        std::vector<std::uint64_t> ordinals;  ///< of events to this room, the trimmed ones before `head`
        std::size_t head = 0;
        std::optional<TrimNote> note;
    };

    [[nodiscard]] const RecordedEvent& event(std::uint64_t ordinal) const {
        return events_[static_cast<std::size_t>(ordinal - first_ordinal_)];
    }
    void take_out_oldest(std::unordered_map<std::string, bool>& changed);
    [[nodiscard]] bool lost(const Place& place, std::string_view sid, const RoomSpan& span,
                            LogPosition from) const;

    RecoveryLimits limits_;
    std::deque<RecordedEvent> events_;
    std::uint64_t first_ordinal_ = 0;
    std::size_t bytes_ = 0;
    std::unordered_map<std::string, Place> places_;
    std::size_t notes_ = 0;
    LogPosition trimmed_up_to_ = 0;
    LogPosition floor_ = 0;
};

/// Adds to a note that an event at `position` was trimmed.
void add_to_note(TrimNote& note, LogPosition position, const std::vector<std::string>& except);

}  // namespace holdfast::socketio
