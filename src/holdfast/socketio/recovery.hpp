// Connection state recovery: a client whose connection broke comes back as the same socket, with its rooms
// and data, and is sent exactly what it missed. Off unless Server::enable_recovery turns it on. How it works
// and what it promises: docs/recovery.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

/// What a socket brought with it from an earlier connection.
enum class Recovery : std::uint8_t {
    none,      ///< it is new
    complete,  ///< its id, rooms and data, and it was sent every event it had missed
    gap,       ///< its id, rooms and data, but events it missed are gone: tell it how things stand now
};
[[nodiscard]] std::string_view to_string(Recovery recovery);

/// What happens at each limit is written in base/limits.hpp.
struct RecoveryLimits {
    /// How long a client may be away, counted from when the server notices.
    Milliseconds window = limits::recovery_window;
    std::size_t sessions = limits::recovery_sessions;
    std::size_t events = limits::recovery_events;
    std::size_t event_bytes = limits::recovery_event_bytes;
    std::size_t trim_notes = limits::recovery_trim_notes;
    std::size_t room_spans = limits::recovery_room_spans;
    std::size_t data_bytes = limits::recovery_data_bytes;
    std::size_t replay_bytes = limits::recovery_replay_bytes;
    std::size_t held_bytes = limits::recovery_held_bytes;
};

struct RecoverySettings {
    /// Where sessions and events are kept: MemoryRecoveryLog, or recovery::DurableLog, which survives the
    /// process. Belongs to the server from then on.
    std::unique_ptr<RecoveryLog> log;
    /// Runs a function on the server's thread: later, in the order of the calls; from any thread. Needed by
    /// a log that has a thread of its own; empty for MemoryRecoveryLog.
    std::function<void(std::function<void()>)> post;
    RecoveryLimits limits;
    /// A client that comes back was let in before: its middlewares do not run again. If they are to run, they
    /// see a socket with an id of its own; it becomes the old one when they have let it in.
    bool skip_middlewares = true;
};

/// Why recovery was not turned on.
enum class RecoveryRefusal : std::uint8_t {
    with_adapter,     ///< the server is part of a cluster; a log belongs to one server alone
    too_late,         ///< clients are connected, or it is on already
    log_unavailable,  ///< the log cannot be read; its message went to the server's Log
};
[[nodiscard]] std::string_view to_string(RecoveryRefusal refusal);

}  // namespace holdfast::socketio
