// Holds back what the server sends until the records it depends on are kept. One queue for all sessions,
// first in, first out: so the order on a session stays that of emitting, and an ack waits behind the
// broadcast that came before it, whoever received that. Stands between the hub and the Engine; one thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <utility>

#include "holdfast/base/clock.hpp"
#include "holdfast/socketio/recovery/ledger.hpp"
#include "holdfast/socketio/recovery_log.hpp"
#include "holdfast/socketio/session_output.hpp"

namespace holdfast::socketio {

class Outbox final : public SessionOutput {
  public:
    /// `holding` is true whenever something waits; read by other threads. `late` has release() called later:
    /// the log went on while that was being set.
    Outbox(SessionOutput& below, std::size_t most_bytes, const LogProgress& progress,
           std::atomic<bool>& holding, std::function<void()> late)
        : below_(below),
          most_bytes_(most_bytes),
          progress_(progress),
          holding_(holding),
          late_(std::move(late)) {}

    engineio::SendVerdict send(engineio::SessionId session, const engineio::MessagePointer& message,
                               bool is_volatile) override;
    void close(engineio::SessionId session, engineio::CloseReason reason) override;
    void together(const std::function<void()>& function) override { below_.together(function); }
    [[nodiscard]] std::optional<engineio::TransportKind> transport(
        engineio::SessionId session) const override {
        return below_.transport(session);
    }

    /// Something waits no longer and may be released.
    [[nodiscard]] bool due() const {
        return !shut_ && !overflown_ && !held_.empty() && held_.front().needed <= progress_.kept;
    }
    /// Sends what waits no longer.
    void release();
    /// Forgets what is held; closes what was to be closed. From now on nothing is sent, until open().
    void shut();
    /// Sending begins anew.
    void open();
    /// More is held than may be; nothing is sent or released any more.
    [[nodiscard]] bool overflown() const { return overflown_; }
    [[nodiscard]] std::size_t held() const { return held_.size(); }

    /// For heartbeats: everything that was emitted before the returned time had been handed to the Engine
    /// when the ping of `ping_sent` was sent. Nothing if that is not known any more.
    [[nodiscard]] std::optional<Instant> handed_over_before(Instant ping_sent) const;
    void on_tick(Instant now);

  private:
    struct Held {
        LogPosition needed = 0;
        engineio::SessionId session = 0;
        engineio::MessagePointer message;  ///< null: close the session
        bool is_volatile = false;
        engineio::CloseReason reason = engineio::CloseReason::forced_close;
        Instant emitted_after;
    };
    struct Moment {
        Instant at;
        Instant handed_over_before;
    };

    /// What is sent depends on all that was written before, by whichever server.
    [[nodiscard]] bool must_hold() const { return !held_.empty() || progress_.written > progress_.kept; }

    void hold(Held held);

    SessionOutput& below_;
    std::size_t most_bytes_;
    const LogProgress& progress_;
    std::atomic<bool>& holding_;
    std::function<void()> late_;
    std::deque<Held> held_;
    std::size_t held_bytes_ = 0;
    bool shut_ = true;
    bool overflown_ = false;
    Instant now_{};
    std::deque<Moment> moments_;
};

}  // namespace holdfast::socketio
