#include "holdfast/net/event_loop.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace holdfast::net {
namespace {

struct SocketPair {
    SocketPair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
    ~SocketPair() {
        ::close(ends[0]);
        hang_up();
    }
    void hang_up() {
        if (ends[1] >= 0) ::close(std::exchange(ends[1], -1));
    }
    void write() const { EXPECT_EQ(::send(ends[1], "x", 1, 0), 1); }
    void read() const {
        char byte = 0;
        EXPECT_EQ(::recv(ends[0], &byte, 1, 0), 1);
    }
    [[nodiscard]] int watched() const { return ends[0]; }

    std::array<int, 2> ends{-1, -1};
};

struct Calling final : Watcher {
    std::function<void(Readiness)> call;
    void on_ready(Readiness ready) override { call(ready); }
};

struct EventLoopTest : testing::Test {
    EventLoop loop;
    int turns_ended = 0;

    void run(
        const std::function<void()>& tick = [] {}, Milliseconds interval = Milliseconds(10'000)) {
        loop.run(interval, {[] {}, [this] { ++turns_ended; }, tick});
    }
};

TEST_F(EventLoopTest, interest_stays_until_it_is_changed) {
    const SocketPair pair;
    Calling watcher;
    int calls = 0;
    watcher.call = [&](Readiness ready) {
        EXPECT_TRUE(ready.read);
        pair.read();
        if (++calls == 3) return loop.stop();
        pair.write();
    };
    ASSERT_TRUE(loop.add(pair.watched(), watcher, {.read = true}));
    pair.write();
    run();
    EXPECT_EQ(calls, 3);
    EXPECT_EQ(turns_ended, 3);
}

TEST_F(EventLoopTest, news_are_told_once_and_again_when_more_comes) {
    const SocketPair pair;
    Calling watcher;
    int calls = 0;
    int turns = 0;
    watcher.call = [&](Readiness ready) {
        EXPECT_TRUE(ready.read);
        ++calls;
    };
    ASSERT_TRUE(loop.add(pair.watched(), watcher, {.read = true, .only_news = true}));
    pair.write();
    const std::function<void()> turn = [&] {
        ++turns;
        if (turns == 3) {
            EXPECT_EQ(calls, 1);
            pair.write();
        }
        if (turns == 6) return loop.stop();
        loop.defer(turn);
    };
    loop.defer(turn);
    run();
    EXPECT_EQ(calls, 2);
}

TEST_F(EventLoopTest, an_end_behind_unread_bytes_is_told_with_them) {
    SocketPair pair;
    Calling watcher;
    watcher.call = [&](Readiness ready) {
        EXPECT_TRUE(ready.read);
        EXPECT_TRUE(ready.ended);
        loop.stop();
    };
    pair.write();
    pair.hang_up();
    ASSERT_TRUE(loop.add(pair.watched(), watcher, {.read = true, .only_news = true}));
    run();
}

TEST_F(EventLoopTest, what_nobody_is_interested_in_is_not_told) {
    const SocketPair quiet;
    const SocketPair other;
    Calling watcher;
    watcher.call = [&](Readiness /*ready*/) { FAIL(); };
    ASSERT_TRUE(loop.add(quiet.watched(), watcher, {.read = true}));
    loop.change(quiet.watched(), watcher, {});
    quiet.write();
    Calling last;
    last.call = [&](Readiness /*ready*/) { loop.stop(); };
    ASSERT_TRUE(loop.add(other.watched(), last, {.read = true}));
    other.write();
    run();
}

TEST_F(EventLoopTest, room_to_write_is_told_where_asked_for) {
    const SocketPair pair;
    Calling watcher;
    watcher.call = [&](Readiness ready) {
        EXPECT_TRUE(ready.write);
        EXPECT_FALSE(ready.read);
        loop.stop();
    };
    ASSERT_TRUE(loop.add(pair.watched(), watcher, {.read = true, .write = true}));
    run();
}

TEST_F(EventLoopTest, a_broken_socket_is_told_whatever_the_interest) {
    SocketPair pair;
    Calling watcher;
    watcher.call = [&](Readiness ready) {
        EXPECT_TRUE(ready.broken);
        loop.stop();
    };
    ASSERT_TRUE(loop.add(pair.watched(), watcher, {}));
    pair.hang_up();
    run();
}

TEST_F(EventLoopTest, posts_of_other_threads_run_in_their_order) {
    std::vector<int> order;
    std::thread other([&] {
        for (int i = 0; i < 1000; ++i) {
            loop.post([&, i] {
                order.push_back(i);
                if (i == 999) loop.stop();
            });
        }
    });
    run();
    other.join();
    ASSERT_EQ(order.size(), 1000U);
    for (int i = 0; i < 1000; ++i)
        EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST_F(EventLoopTest, what_is_deferred_inside_something_deferred_waits_for_the_next_turn) {
    int turn_of_inner = -1;
    loop.defer([&] {
        loop.defer([&] {
            turn_of_inner = turns_ended;
            loop.stop();
        });
    });
    run();
    EXPECT_EQ(turn_of_inner, 1);
}

TEST_F(EventLoopTest, ticks_come_while_nothing_else_happens) {
    int ticks = 0;
    run(
        [&] {
            if (++ticks == 3) loop.stop();
        },
        Milliseconds(1));
    EXPECT_EQ(ticks, 3);
}

TEST_F(EventLoopTest, what_is_posted_after_the_end_is_dropped_and_freed) {
    loop.defer([&] { loop.stop(); });
    run();
    const auto held = std::make_shared<int>(1);
    loop.post([held] { FAIL(); });
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace holdfast::net
