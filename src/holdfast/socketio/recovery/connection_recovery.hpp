// Recovery as the hub uses it: who comes back as whom, what is written down of sockets and events, and what
// to do when the log fails. Internal to this layer; one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "holdfast/base/log.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/recovery.hpp"
#include "holdfast/socketio/recovery/ledger.hpp"
#include "holdfast/socketio/recovery/outbox.hpp"

namespace holdfast::socketio {

class SocketState;

class ConnectionRecovery {
  public:
    /// What a CONNECT packet brought along.
    struct Claim {
        Digest pid_digest{};
        std::string pid;
        std::optional<std::string> offset;
    };
    /// How a socket is let in.
    struct Welcome {
        RecoverySession* session = nullptr;  ///< null: it cannot come back
        Recovery outcome = Recovery::none;
        std::string pid;
        std::vector<engineio::MessagePointer> missed;
    };
    /// Why a socket is not let in yet.
    struct Holder {
        SessionNumber number = 0;
        SocketState* here = nullptr;      ///< one of this server's sockets has the session
        RecoveryMemberPointer elsewhere;  ///< one of that server's has
    };
    using LetIn = std::function<void(Welcome&)>;
    /// On the server's thread; see RecoveryMember::Calls.
    using Reports = RecoveryMember::Calls;

    ConnectionRecovery(RecoverySettings settings, Random& random, SessionOutput& below, Log* log);
    ~ConnectionRecovery();
    ConnectionRecovery(const ConnectionRecovery&) = delete;
    ConnectionRecovery& operator=(const ConnectionRecovery&) = delete;

    /// Reads the log, now or again after a failure; false when that did not work (the Log says why).
    bool load();
    void report_to(Reports reports) { member_->calls = std::move(reports); }
    /// False between a failure of the log and the next load() that worked.
    [[nodiscard]] bool up() const { return up_; }
    /// The log failed: nothing is written or sent until load() has worked.
    void go_down(std::string_view why);
    /// Time to try load() again.
    [[nodiscard]] bool retry_due(Instant now) const { return !up_ && now >= retry_at_; }
    void on_tick(Instant now);

    [[nodiscard]] Outbox& outbox() { return outbox_; }
    [[nodiscard]] Milliseconds window() const { return ledger_->limits().window; }
    [[nodiscard]] bool skip_middlewares() const { return settings_.skip_middlewares; }

    /// Takes the secret out of what the application will see as `auth`, and remembers it for this socket.
    void take_claim(SocketState& socket);
    /// The socket has a claim to a session that is there.
    [[nodiscard]] bool claims_session(const SocketState& socket, std::string_view nsp);
    [[nodiscard]] bool has_claim(const SocketState& socket) const { return claims_.contains(&socket); }
    void drop_claim(const SocketState& socket) { claims_.erase(&socket); }
    /// Lets the socket in: as the one it has a claim to, or as a new one under the given id. `let_in` is
    /// called in between, so that nothing is emitted to the socket that is neither missed nor still to come.
    /// Not called when somebody still holds the session, who is returned, or while the log is down.
    [[nodiscard]] std::optional<Holder> welcome(SocketState& socket, std::string_view nsp,
                                                std::string_view new_sid, const LetIn& let_in);
    /// Has another server end the connection of a session's holder; calls `then`, on this server's thread.
    void fence(const Holder& holder, std::function<void()> then);
    /// Ends the connection of the socket that holds the session, if it is one of this server's.
    [[nodiscard]] SocketState* holder_here(SessionNumber number);

    // While down, all these do nothing.

    /// `change` changes the table of rooms, in the order of things; false when it did not. `since` as in
    /// SessionKeeper::join.
    bool join(RecoverySession& session, std::string_view room, LogPosition since,
              const std::function<bool()>& change);
    void leave(RecoverySession& session, std::string_view room, LogPosition since,
               const std::function<void()>& change);
    /// False when the session was given up, because its data is too large.
    [[nodiscard]] bool set_data(RecoverySession& session, std::string data);
    /// The socket's connection is gone; `for_good`: so is the session.
    void gone(RecoverySession& session, bool for_good);
    /// The packet to send to this server's sockets; null when nothing is to be sent.
    [[nodiscard]] engineio::MessagePointer event(std::string_view nsp, const EventTarget& target,
                                                 const engineio::MessagePointer& packet);
    /// The same for an event that need not arrive.
    [[nodiscard]] engineio::MessagePointer mark(const engineio::MessagePointer& packet);
    /// As event(), and hands it to the other servers.
    [[nodiscard]] engineio::MessagePointer broadcast(std::string_view nsp, const Audience& audience,
                                                     const engineio::MessagePointer& packet);
    /// Has the other servers' sockets join a room, or leave it.
    void move_others(RecoveryDelivery::Kind kind, std::string_view nsp, const Audience& audience,
                     std::string_view room);
    /// The member has been woken.
    void awake() { ledger_->awake(*member_); }
    /// After a failure: everybody has been let go.
    void has_nobody() { ledger_->has_nobody(*member_); }
    /// What other servers have done, up to now.
    void catch_up() { ledger_->catch_up(*member_); }
    /// For tests, where nothing else runs.
    [[nodiscard]] const SessionKeeper& keeper() const { return ledger_->keeper(); }
    /// Ends what was read last for all servers.
    void fail(std::string_view why) { ledger_->fail(why); }

  private:
    template <typename Work>
    bool in_order(Work&& work) {
        return up_ && ledger_->in_order(*member_, std::forward<Work>(work));
    }

    RecoverySettings settings_;
    Random& random_;
    Log* log_;
    std::shared_ptr<RecoveryLedger> ledger_;
    /// Outlives this: what was posted finds out that the server has gone.
    RecoveryMemberPointer member_ = std::make_shared<RecoveryMember>();
    Outbox outbox_;
    std::unordered_map<const SocketState*, Claim> claims_;
    bool up_ = false;
    Instant now_{};
    Instant retry_at_{};
};

}  // namespace holdfast::socketio
