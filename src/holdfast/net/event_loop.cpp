#include "holdfast/net/event_loop.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

namespace holdfast::net {
namespace {

// All that is ready within a turn is read before anything is written, so that answers share a send.
constexpr std::size_t events_per_turn = 512;

epoll_event event_for(Watcher* watcher, Interest interest) {
    epoll_event event{};
    if (interest.read) event.events |= EPOLLIN | EPOLLRDHUP;
    if (interest.write) event.events |= EPOLLOUT;
    if (interest.only_news) event.events |= EPOLLET;
    event.data.ptr = watcher;
    return event;
}

}  // namespace

EventLoop::EventLoop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_up_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    epoll_event event = event_for(nullptr, {.read = true});  // no watcher: the loop itself
    if (epoll_ < 0 || wake_up_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_up_, &event) != 0) {
        const int error = errno;
        if (epoll_ >= 0) ::close(epoll_);
        if (wake_up_ >= 0) ::close(wake_up_);
        throw std::system_error(error, std::generic_category(), "epoll");
    }
}

EventLoop::~EventLoop() {
    ::close(wake_up_);
    ::close(epoll_);
}

bool EventLoop::add(int socket, Watcher& watcher, Interest interest) const {
    epoll_event event = event_for(&watcher, interest);
    return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0;
}

void EventLoop::change(int socket, Watcher& watcher, Interest interest) const {
    epoll_event event = event_for(&watcher, interest);
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, socket, &event);
}

void EventLoop::remove(int socket) const {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
}

void EventLoop::post(std::function<void()> function) {
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        first = posted_.empty();
        posted_.push_back(std::move(function));
    }
    // Whoever finds the list empty wakes the loop; it takes the whole list.
    if (first) ::eventfd_write(wake_up_, 1);
}

void EventLoop::run_posted() {
    eventfd_t count = 0;
    ::eventfd_read(wake_up_, &count);
    std::vector<std::function<void()>> functions;
    {
        const std::lock_guard lock(mutex_);
        functions.swap(posted_);
    }
    for (const auto& function : functions)
        function();
}

void EventLoop::run(Milliseconds tick_interval, const Hooks& hooks) {
    using Time = std::chrono::steady_clock;
    std::array<epoll_event, events_per_turn> events{};
    auto next_tick = Time::now() + tick_interval;
    while (!stopped_) {
        int wait_milliseconds = 0;
        if (deferred_.empty()) {
            const auto left = std::chrono::ceil<Milliseconds>(next_tick - Time::now()).count();
            wait_milliseconds = static_cast<int>(std::clamp<std::int64_t>(left, 0, tick_interval.count()));
        }
        const int ready = ::epoll_wait(epoll_, events.data(), events_per_turn, wait_milliseconds);
        hooks.begin_turn();
        bool posted = false;
        for (int i = 0; i < ready; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            if (event.data.ptr == nullptr) {
                posted = true;
                continue;
            }
            static_cast<Watcher*>(event.data.ptr)
                ->on_ready({.read = (event.events & EPOLLIN) != 0,
                            .write = (event.events & EPOLLOUT) != 0,
                            .broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0,
                            .ended = (event.events & EPOLLRDHUP) != 0});
        }
        if (posted) run_posted();
        for (const auto& function : std::exchange(deferred_, {}))
            function();
        if (const auto now = Time::now(); now >= next_tick && !stopped_) {
            hooks.tick();
            next_tick = now + tick_interval;
        }
        hooks.end_turn();
    }
    deferred_.clear();
    std::vector<std::function<void()>> dropped;  // destroyed without the lock: what they hold may post
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(posted_);
}

}  // namespace holdfast::net
