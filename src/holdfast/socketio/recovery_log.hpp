// The seam between connection state recovery and the disk. What recovery has to remember is a sequence of
// records with growing positions; a log takes them, says in order when they are kept, and gives back what
// they amount to. Implementations: MemoryRecoveryLog (below) and recovery::DurableLog (layer `recovery`).
//
// The contract, which the tests of `recovery` check for both:
//   Order      Records are given in the order of their positions, and `kept` is called with growing
//   positions.
//              It means: this record and all before it are kept.
//   Keeping    load() gives what exactly the kept records amount to, plus at most a run of the records that
//              followed them directly (they were being written when the process ended).
//   Failure    After a failure nothing more is kept. `failed` is called once, after the last `kept`, and
//              append() takes nothing until load() has succeeded. load() then tells what is on the disk;
//              whoever uses the log throws away its own picture and goes on with that one.
//   Threads    load() and append() are called from any thread, one at a time. `kept` and `failed` come from
//   any
//              thread, also from inside append(); never from inside load(). Who is told does not call back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/engineio/message.hpp"

namespace holdfast::socketio {

/// Grows by one with each record; 0 is before all. Also what a client's offset stands for.
using LogPosition = std::uint64_t;
/// Names a session on disk. Never used twice.
using SessionNumber = std::uint64_t;

/// A socket was in `room` for events with `joined < position`, and `position < left` unless that is 0 (it is
/// still in).
struct RoomSpan {
    std::string room;
    LogPosition joined = 0;
    LogPosition left = 0;
    friend bool operator==(const RoomSpan&, const RoomSpan&) = default;
};

/// An event as it was sent, its position written into it. The receivers are those of socketio::Audience.
struct RecordedEvent {
    LogPosition position = 0;
    std::string nsp;
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    engineio::MessagePointer packet;
};

struct RecordedSession {
    SessionNumber number = 0;
    Digest pid_digest{};  ///< SHA-256 of the secret; the secret itself is kept nowhere
    /// The one before the last renewal, all zero if there was none: the reply that brought the new secret may
    /// have been lost.
    Digest previous_digest{};
    std::string sid;
    std::string nsp;
    LogPosition begun = 0;  ///< events up to here do not concern it
    LogPosition floor = 0;  ///< what it missed up to here cannot be told any more
    std::vector<RoomSpan> rooms;
    std::string data;  ///< JSON; empty: null
    friend bool operator==(const RecordedSession&, const RecordedSession&) = default;
};

/// What is still known of events that were trimmed: the last one to a room (or to everybody).
struct TrimNote {
    std::string nsp;
    std::string room;
    bool everybody = false;  ///< then `room` is empty
    LogPosition last = 0;
    std::string except;          ///< the one room that `last` left out; empty if none or several
    LogPosition last_other = 0;  ///< the last one that left out something else
    friend bool operator==(const TrimNote&, const TrimNote&) = default;
};

namespace records {
struct SessionBegun {
    SessionNumber number = 0;
    Digest pid_digest{};
    std::string sid;
    std::string nsp;
};
/// The session goes on under a new secret, as if it had begun now; rooms and data stay.
struct SessionRenewed {
    SessionNumber number = 0;
    Digest pid_digest{};
    Digest previous_digest{};  ///< the secret that the client came with
};
struct SessionEnded {
    SessionNumber number = 0;
};
struct RoomJoined {
    SessionNumber number = 0;
    std::string room;
    /// It counts as joined here, and the record comes later; 0: where the record is. The same below.
    LogPosition since = 0;
};
struct RoomLeft {
    SessionNumber number = 0;
    std::string room;
    LogPosition since = 0;
};
/// The span of a room that was left is forgotten; the session's floor rises to its end.
struct SpanForgotten {
    SessionNumber number = 0;
    RoomSpan span;
};
struct DataSet {
    SessionNumber number = 0;
    std::string data;
};
struct EventEmitted {
    std::string nsp;
    std::vector<std::string> rooms;
    std::vector<std::string> except;
    engineio::MessagePointer packet;
};
/// Events up to `up_to` are forgotten. With `floor`, so are all notes about rooms up to now.
struct Trimmed {
    LogPosition up_to = 0;
    LogPosition floor = 0;
    std::vector<TrimNote> notes;  ///< these replace what was noted of the same rooms
};
}  // namespace records

struct RecoveryRecord {
    LogPosition position = 0;
    std::variant<records::SessionBegun, records::SessionRenewed, records::SessionEnded, records::RoomJoined,
                 records::RoomLeft, records::SpanForgotten, records::DataSet, records::EventEmitted,
                 records::Trimmed>
        what;
};

/// What the records up to `position` amount to.
struct RecoveryImage {
    std::string log_id;  ///< 6 characters of base64url; offsets of another log are told apart by it
    LogPosition position = 0;
    SessionNumber last_session = 0;
    LogPosition trimmed_up_to = 0;
    LogPosition floor = 0;  ///< of trimmed events up to here nothing is known
    std::vector<RecordedSession> sessions;
    std::vector<RecordedEvent> events;  ///< by position
    std::vector<TrimNote> notes;
};

/// `message` is for people and names no secrets.
struct RecoveryLogError {
    std::string message;
};

class RecoveryLog {
  public:
    using Kept = std::function<void(LogPosition position)>;
    using Failed = std::function<void(RecoveryLogError error)>;

    virtual ~RecoveryLog() = default;
    /// Opens the log, or opens it anew after a failure. May block on the disk.
    [[nodiscard]] virtual Result<RecoveryImage, RecoveryLogError> load() = 0;
    /// Who is told; set before the first load(). Must stay callable as long as the log lives.
    virtual void report_to(Kept kept, Failed failed) = 0;
    /// Takes a record to keep. Does not block.
    virtual void append(RecoveryRecord record) = 0;
};

/// Keeps nothing: every record counts as kept at once, and a new process begins empty. load() always gives an
/// empty image with a new name.
class MemoryRecoveryLog final : public RecoveryLog {
  public:
    /// `log_id`: 6 characters of base64url, another one at each start.
    explicit MemoryRecoveryLog(std::string log_id) : log_id_(std::move(log_id)) {}
    [[nodiscard]] Result<RecoveryImage, RecoveryLogError> load() override;
    void report_to(Kept kept, Failed failed) override;
    void append(RecoveryRecord record) override;

  private:
    std::string log_id_;
    Kept kept_;
};

}  // namespace holdfast::socketio
