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
#include "holdfast/socketio/recovery/outbox.hpp"
#include "holdfast/socketio/recovery/session_keeper.hpp"

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
    /// The log reports, on the server's thread.
    struct Reports {
        std::function<void(LogPosition)> kept;
        std::function<void(RecoveryLogError)> failed;
    };

    ConnectionRecovery(RecoverySettings settings, Random& random, SessionOutput& below, Log* log);

    /// Reads the log, now or again after a failure; false when that did not work (the Log says why).
    bool load();
    void report_to(Reports reports);
    /// False between a failure of the log and the next load() that worked.
    [[nodiscard]] bool up() const { return up_; }
    /// The log failed: nothing is written or sent until load() has worked.
    void go_down(std::string_view why);
    /// Time to try load() again.
    [[nodiscard]] bool retry_due(Instant now) const { return !up_ && now >= retry_at_; }
    void on_tick(Instant now);

    [[nodiscard]] Outbox& outbox() { return outbox_; }
    [[nodiscard]] Milliseconds window() const { return settings_.limits.window; }
    [[nodiscard]] bool skip_middlewares() const { return settings_.skip_middlewares; }

    /// Takes the secret out of what the application will see as `auth`, and remembers it for this socket.
    void take_claim(SocketState& socket);
    /// The session that the socket has a claim to; null when there is none.
    [[nodiscard]] RecoverySession* claimed(const SocketState& socket, std::string_view nsp);
    [[nodiscard]] bool has_claim(const SocketState& socket) const { return claims_.contains(&socket); }
    void drop_claim(const SocketState& socket) { claims_.erase(&socket); }
    /// Lets the socket in: as the one it has a claim to, if nobody holds that session, or as a new one under
    /// the given id.
    [[nodiscard]] Welcome welcome(SocketState& socket, std::string_view nsp, std::string_view new_sid);

    // While down, all these do nothing.

    void joined(RecoverySession& session, std::string_view room);
    void left(RecoverySession& session, std::string_view room);
    /// False when the session was given up, because its data is too large.
    [[nodiscard]] bool set_data(RecoverySession& session, std::string data);
    /// The socket's connection is gone; `for_good`: so is the session.
    void gone(RecoverySession& session, bool for_good);
    [[nodiscard]] engineio::MessagePointer event(std::string_view nsp, const EventTarget& target,
                                                 const engineio::MessagePointer& packet, bool is_volatile);
    [[nodiscard]] const SessionKeeper& keeper() const { return keeper_; }

  private:
    /// Outlived by nothing: the log's thread may still report while the server goes.
    struct Alive {};

    void depend() { outbox_.depend_on(keeper_.position()); }

    RecoverySettings settings_;
    Random& random_;
    Log* log_;
    Outbox outbox_;
    SessionKeeper keeper_;
    std::unordered_map<const SocketState*, Claim> claims_;
    bool up_ = false;
    Instant now_{};
    Instant retry_at_{};
    std::shared_ptr<Alive> alive_ = std::make_shared<Alive>();
};

}  // namespace holdfast::socketio
