// The state of connection state recovery: sessions, their rooms and data, the events they may have missed. It
// writes every change to the log as it happens and starts from what a log gives back. Knows nothing of
// connections and holds nothing back; that is ConnectionRecovery's part. Pure: time is passed in; one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/recovery/event_log.hpp"
#include "holdfast/socketio/recovery/room_history.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

/// A socket that can come back. Stays at its address until it ends.
struct RecoverySession {
    SessionNumber number = 0;
    Digest pid_digest{};
    Digest previous_digest{};  ///< as in RecordedSession
    std::string sid;
    std::string nsp;
    LogPosition begun = 0;
    LogPosition floor = 0;
    RoomHistory rooms;
    std::string data;
    void* holder = nullptr;      ///< whose it is now; null while the client is away
    const void* home = nullptr;  ///< which server the holder belongs to
    std::uint64_t away_id = 0;   ///< names the absence while it lasts
};

/// The receivers of an event, as in socketio::Audience.
struct EventTarget {
    const std::vector<std::string>& rooms;
    const std::vector<std::string>& except;
};

class SessionKeeper {
  public:
    /// The log must outlive this.
    SessionKeeper(RecoveryLog& log, const RecoveryLimits& limits);

    /// Begins with what a log has. Everybody counts as away from now on.
    void load(RecoveryImage image);
    /// The last record given to the log.
    [[nodiscard]] LogPosition position() const { return position_; }
    [[nodiscard]] std::size_t session_count() const { return sessions_.size(); }
    [[nodiscard]] const EventLog& events() const { return events_; }

    /// Null when there are as many as may be and nobody is away.
    [[nodiscard]] RecoverySession* begin(std::string_view nsp, std::string_view sid,
                                         const Digest& pid_digest);
    /// The session of that secret in that namespace; null when there is none (any more). The secret may be
    /// the previous one: then the client does not know what it was sent since, which is a gap.
    [[nodiscard]] RecoverySession* find(std::string_view nsp, const Digest& pid_digest);
    /// The client is here again. Whoever held the session before must have let it go.
    void take(RecoverySession& session, void* holder, const void* home);
    /// The session of that number; null when there is none.
    [[nodiscard]] RecoverySession* find(SessionNumber number);
    /// A server has gone, and nobody it held is here any more.
    void let_go_all_of(const void* home);
    /// The client has gone; the window begins with the next sweep.
    void let_go(RecoverySession& session);
    /// The session is over; the reference is no good any more.
    void end(RecoverySession& session);

    /// What the client has missed, by position, given the offset it came with (none: it has received
    /// nothing). Nothing when that cannot be told exactly. The packets are ready to be sent.
    [[nodiscard]] std::optional<std::vector<engineio::MessagePointer>> missed(
        const RecoverySession& session, std::optional<std::string_view> offset) const;
    /// After a gap: goes on under a new secret, from here on. `presented`: the secret the client came with.
    void renew(RecoverySession& session, const Digest& pid_digest, const Digest& presented);

    /// `since`: what came up to that position, and nothing behind it, was before; 0: from now on.
    void join(RecoverySession& session, std::string_view room, LogPosition since = 0);
    void leave(RecoverySession& session, std::string_view room, LogPosition since = 0);
    /// False when the data is over the limit; nothing has changed then.
    [[nodiscard]] bool set_data(RecoverySession& session, std::string data);

    /// Writes an event into the log, if it is one that can be missed, and returns the packet to send: with
    /// its position, or the same when it is none.
    [[nodiscard]] engineio::MessagePointer record(std::string_view nsp, const EventTarget& target,
                                                  const engineio::MessagePointer& packet);
    /// The packet to send for an event that need not arrive: when a client would take its last element for a
    /// position, the present one is put behind it.
    [[nodiscard]] engineio::MessagePointer mark(const engineio::MessagePointer& packet) const;

    /// Ends what has been away for the window. Counts time from the first sweep after let_go.
    void sweep(Instant now);

  private:
    struct Away {
        RecoverySession* session = nullptr;
        std::optional<Instant> deadline;
    };
    struct HashOfDigest {
        std::size_t operator()(const Digest& digest) const;
    };

    void write(decltype(RecoveryRecord::what) what);

    RecoveryLog& log_;
    RecoveryLimits limits_;
    std::string log_id_;
    LogPosition position_ = 0;
    SessionNumber last_number_ = 0;
    std::unordered_map<SessionNumber, std::unique_ptr<RecoverySession>> sessions_;
    /// By the digest of the secret: how long a look-up takes tells nothing of any secret.
    std::unordered_map<Digest, RecoverySession*, HashOfDigest> by_pid_;
    std::map<std::uint64_t, Away> away_;  ///< those who left first come first
    std::uint64_t last_away_ = 0;
    EventLog events_;
};

}  // namespace holdfast::socketio
