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
#include "holdfast/base/log.hpp"
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

class RecoveryLedger;

/// Lets one thread at a time pass. This layer has no threads of its own, so that who has some brings it
/// along: cluster::share_recovery.
class Exclusion {
  public:
    virtual ~Exclusion() = default;
    virtual void lock() = 0;
    virtual void unlock() = 0;
};

/// One log for several servers, usually those of one process, one a thread, joined by cluster::LocalCluster:
/// a client may come back on any of them. Each gets it in its RecoverySettings and keeps it alive. Any
/// thread.
class SharedRecovery {
  public:
    /// `order` keeps what changes the log in order, `members` the list of servers. Two different ones.
    SharedRecovery(std::unique_ptr<RecoveryLog> log, const RecoveryLimits& limits,
                   std::unique_ptr<Exclusion> order, std::unique_ptr<Exclusion> members);
    ~SharedRecovery();
    SharedRecovery(const SharedRecovery&) = delete;
    SharedRecovery& operator=(const SharedRecovery&) = delete;

    /// Reads the log now, on the caller's thread, instead of on that of the first server. False: it cannot be
    /// read, and `log` (null: nobody) was told why.
    [[nodiscard]] bool load(Log* log = nullptr);

    // For this layer.
    [[nodiscard]] const std::shared_ptr<RecoveryLedger>& ledger() const { return ledger_; }

  private:
    std::shared_ptr<RecoveryLedger> ledger_;
};

struct RecoverySettings {
    /// Where sessions and events are kept: MemoryRecoveryLog, or recovery::DurableLog, which survives the
    /// process. Belongs to the server from then on.
    std::unique_ptr<RecoveryLog> log;
    /// Instead of `log` and `limits`, for a server that is one of several. These are joined with each other
    /// by an adapter, and with no others.
    std::shared_ptr<SharedRecovery> shared = {};
    /// Runs a function on the server's thread: later, in the order of the calls; from any thread. Needed by
    /// a log that has a thread of its own, and by servers that share one; empty for MemoryRecoveryLog alone.
    std::function<void(std::function<void()>)> post;
    RecoveryLimits limits;
    /// A client that comes back was let in before: its middlewares do not run again. If they are to run, they
    /// see a socket with an id of its own; it becomes the old one when they have let it in.
    bool skip_middlewares = true;
};

/// Why recovery was not turned on.
enum class RecoveryRefusal : std::uint8_t {
    with_adapter,     ///< the server is part of a cluster and its log is not RecoverySettings::shared
    without_post,     ///< servers that share a log need RecoverySettings::post
    too_late,         ///< clients are connected, or it is on already
    log_unavailable,  ///< the log cannot be read; its message went to the server's Log
};
[[nodiscard]] std::string_view to_string(RecoveryRefusal refusal);

}  // namespace holdfast::socketio
