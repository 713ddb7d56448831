// The loop of one net thread over epoll: who is told when a socket is ready, and what other threads ask for.
//
// Interest in a socket stays until it is changed, so waiting for the next bytes costs no system call. Asio's
// waits for readiness cost one each (an epoll_ctl), and a queue and a lock on the way; see
// docs/decisions/0011-the-event-loop.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "holdfast/base/clock.hpp"

namespace holdfast::net {

/// What a socket is watched for; all may be set.
struct Interest {
    bool read = false;
    bool write = false;
    /// Readiness is told when something arrives, not again at each turn until all has been read.
    bool only_news = false;
    friend bool operator==(const Interest&, const Interest&) = default;
};

/// What became of a socket. `broken` is told whatever the interest: an error, or both directions closed.
struct Readiness {
    bool read = false;
    bool write = false;
    bool broken = false;
    bool ended = false;  ///< behind what there is to read is the end
};

/// Owner of a socket in the loop.
class Watcher {
  public:
    virtual void on_ready(Readiness ready) = 0;

  protected:
    ~Watcher() = default;
};

/// One thread, except post().
class EventLoop {
  public:
    /// Throws std::system_error when the system has no descriptors left for it.
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Watches a socket. False when the system refuses. The watcher must stay alive until the end of the turn
    /// in which the socket is removed or closed.
    [[nodiscard]] bool add(int socket, Watcher& watcher, Interest interest) const;
    void change(int socket, Watcher& watcher, Interest interest) const;
    /// Not needed for a socket that is closed.
    void remove(int socket) const;

    /// Runs the function in one of the next turns. Any thread. Dropped once the loop has ended.
    void post(std::function<void()> function);
    /// The same from the loop's own thread, without a lock.
    void defer(std::function<void()> function) { deferred_.push_back(std::move(function)); }

    /// What happens beside the sockets.
    struct Hooks {
        std::function<void()> begin_turn;
        std::function<void()> end_turn;
        std::function<void()> tick;
    };
    /// Turn by turn, until stop(): waits, tells watchers, runs what was posted, ends the turn. A tick comes
    /// once in `tick_interval`, inside a turn.
    void run(Milliseconds tick_interval, const Hooks& hooks);
    /// Lets run() return after this turn.
    void stop() { stopped_ = true; }

  private:
    void run_posted();

    int epoll_ = -1;
    int wake_up_ = -1;
    bool stopped_ = false;
    std::vector<std::function<void()>> deferred_;
    std::mutex mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by mutex_
    bool closed_ = false;                        // guarded by mutex_
};

}  // namespace holdfast::net
