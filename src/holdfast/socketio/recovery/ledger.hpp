// What the servers that share one log of recovery have in common: the sessions, the events, the log, and one
// order for all that happens to them. Each server is a member with a thread of its own. Internal to this
// layer; any thread.
//
// The order is what makes recovery exact. An event has one position, which its receivers send back, and they
// must get events by growing positions, whichever thread emitted them; and a room is joined between two
// positions. So:
//   - What changes the order (an event, a room, a session that begins or is taken over) runs under one lock,
//   and
//     gets its position there.
//   - What concerns the sockets of other servers goes into their inboxes under that same lock, so every inbox
//     is in the order of positions.
//   - A member first empties its inbox before it takes a position of its own (in_order), so it has done
//     everything that comes before. That runs no code of the application.
// Besides the inboxes, `post` remains the one door between threads: it wakes a member that has something in
// its inbox, and carries what a log reports.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/base/log.hpp"
#include "holdfast/socketio/audience.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/recovery/session_keeper.hpp"

namespace holdfast::socketio {

/// How far the log is. Read by every outbox when it sends.
struct LogProgress {
    std::atomic<LogPosition> written = 0;
    std::atomic<LogPosition> kept = 0;
};

/// What one server has done that concerns the sockets of the others.
struct RecoveryDelivery {
    enum class Kind : std::uint8_t { event, join, leave };
    Kind kind = Kind::event;
    /// join, leave: counts from behind this position on.
    LogPosition position = 0;
    std::string nsp;
    Audience audience;
    engineio::MessagePointer packet;
    engineio::MessagePointer shown;  ///< the packet without its position, for those who watch
    std::string room;
};

/// One server's place in a ledger.
struct RecoveryMember : std::enable_shared_from_this<RecoveryMember> {
    /// What the ledger wants of a server; on its thread, never under the ledger's lock.
    struct Calls {
        std::function<void()> kept;
        std::function<void(std::string_view why)> failed;
        /// Hands to the sockets what others have done; runs no code of the application.
        std::function<void(std::vector<RecoveryDelivery> deliveries)> deliver;
        /// Something is in the inbox.
        std::function<void()> wake;
        /// Ends the connection of the socket that holds this session, if it is one of this server's.
        std::function<void(SessionNumber session)> let_go;
    };

    Calls calls;
    /// To this member's thread; empty for one that stands alone with a log without threads.
    std::function<void(std::function<void()>)> post;

    // On the member's thread:
    bool gone = false;
    bool inside = false;       ///< it has the lock
    bool catching_up = false;  ///< it is emptying its inbox
    // Without `post`: what the log reported from inside append().
    bool kept_inside = false;
    std::string failure_inside;

    /// Its outbox has something that waits for the disk. Set before it looks once more how far the log is.
    std::atomic<bool> holding = false;

    // Under the lock:
    std::vector<RecoveryDelivery> inbox;
    bool woken = false;
    bool has_nobody = true;  ///< and will have nobody before it has asked for load()
};
using RecoveryMemberPointer = std::shared_ptr<RecoveryMember>;

/// Between its constructor and its end nobody else passes. Without an Exclusion there is nobody else.
class Turn {
  public:
    explicit Turn(Exclusion* exclusion) : exclusion_(exclusion) { take(); }
    ~Turn() { give(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    void take() {
        if (exclusion_ != nullptr) exclusion_->lock();
    }
    void give() {
        if (exclusion_ != nullptr) exclusion_->unlock();
    }

  private:
    Exclusion* exclusion_;
};

class RecoveryLedger {
  public:
    /// The exclusions are null for a server that stands alone.
    RecoveryLedger(std::unique_ptr<RecoveryLog> log, const RecoveryLimits& limits,
                   std::unique_ptr<Exclusion> order, std::unique_ptr<Exclusion> members);
    ~RecoveryLedger();
    RecoveryLedger(const RecoveryLedger&) = delete;
    RecoveryLedger& operator=(const RecoveryLedger&) = delete;

    [[nodiscard]] const RecoveryLimits& limits() const { return limits_; }
    [[nodiscard]] LogProgress& progress() { return progress_; }

    void add(const RecoveryMemberPointer& member);
    /// Its sessions are away from now on.
    void remove(const RecoveryMemberPointer& member);

    /// Reads the log, unless that is done. After a failure only when all members have let everybody go; false
    /// as long as that, or the disk, does not allow it. Blocks on the disk. A member that asks takes part
    /// from now on.
    [[nodiscard]] bool load(Log* log, RecoveryMember* member = nullptr);
    /// The member has let everybody go after a failure, and will ask for load().
    void has_nobody(RecoveryMember& member);
    /// Counts the times the log was read; 0 before the first. What failed under one number fails once.
    [[nodiscard]] std::uint64_t generation() const { return generation_.load(); }
    /// Tells all members that what was read last is good no more. Any thread, also inside of in_order.
    void fail(std::string_view why);

    /// Runs `work(SessionKeeper&)` with the lock and an empty inbox: everything that comes before has been
    /// done. Inside of one, another runs at once. `work` runs no code of the application. While the log is
    /// down nothing runs, and the result is false.
    template <typename Work>
    bool in_order(RecoveryMember& member, Work&& work) {
        if (member.inside) {
            if (up_) work(keeper_);
            return up_;
        }
        bool ran = false;
        {
            Turn turn(order_.get());
            catch_up(member, turn);
            ran = up_;
            if (ran) {
                member.inside = true;
                work(keeper_);
                member.inside = false;
                progress_.written = keeper_.position();
            }
        }
        tell_what_came_inside(member);
        return ran;
    }
    /// Tells one member that the log went on: later, or at once where there are no threads. Any thread.
    static void tell_kept(const RecoveryMemberPointer& member);
    /// Only inside of in_order: puts it into the inboxes of all others.
    void to_others(const RecoveryMember& from, const RecoveryDelivery& delivery);
    /// Only inside of in_order.
    [[nodiscard]] RecoveryMemberPointer find(const void* member) const;
    /// Empties the member's inbox.
    void catch_up(RecoveryMember& member);
    /// For tests, where nothing else runs.
    [[nodiscard]] const SessionKeeper& keeper() const { return keeper_; }
    /// The member has been woken.
    void awake(RecoveryMember& member);

  private:
    [[nodiscard]] bool read(Log* log);
    void catch_up(RecoveryMember& member, Turn& turn);
    void on_kept(LogPosition position);
    void tell_what_came_inside(RecoveryMember& member);
    [[nodiscard]] std::vector<RecoveryMemberPointer> members();

    const RecoveryLimits limits_;
    LogProgress progress_;
    std::atomic<std::uint64_t> generation_ = 0;

    const std::unique_ptr<Exclusion> order_;
    bool up_ = false;
    std::unique_ptr<RecoveryLog> log_;
    SessionKeeper keeper_;

    /// Changed under both locks; the second one is for what comes from the log's thread, or out of the log.
    const std::unique_ptr<Exclusion> members_turns_;
    std::vector<RecoveryMemberPointer> members_;
};

}  // namespace holdfast::socketio
