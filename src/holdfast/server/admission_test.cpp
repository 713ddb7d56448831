#include "holdfast/server/admission.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace holdfast::server {
namespace {

using namespace std::chrono_literals;

seats::Command command(seats::ConnectionId connection, std::uint64_t ticket = 0) {
    seats::Command asked;
    asked.connection = connection;
    asked.ticket = ticket;
    asked.body = seats::Introduce{};
    return asked;
}

Sender stranger(std::uint64_t source) {
    return {Standing::stranger, source};
}
Sender holder(std::uint64_t source) {
    return {Standing::holder, source};
}

std::vector<std::uint64_t> tickets(const std::vector<seats::Command>& commands) {
    std::vector<std::uint64_t> found;
    for (const auto& one : commands)
        found.push_back(one.ticket);
    return found;
}

constexpr std::size_t all = 1'000'000;

TEST(AdmissionQueue, SeatHoldersGoFirst) {
    AdmissionQueue queue;
    ASSERT_TRUE(queue.put(command(1, 1), stranger(7)));
    ASSERT_TRUE(queue.put(command(2, 2), holder(8)));
    ASSERT_TRUE(queue.put(command(3, 3), stranger(9)));
    EXPECT_EQ(tickets(queue.take(all, all)), (std::vector<std::uint64_t>{2, 1, 3}));
}

TEST(AdmissionQueue, StrangersCannotTakeThePlacesOfHolders) {
    AdmissionQueue queue({.places = 40, .places_for_holders = 10});
    std::size_t admitted = 0;
    for (std::uint64_t source = 1; source <= 1'000; ++source)
        if (queue.put(command(source), stranger(source))) ++admitted;
    EXPECT_EQ(admitted, 30U);
    EXPECT_EQ(queue.refused(Standing::stranger), 970U);
    for (std::uint64_t source = 1; source <= 10; ++source)
        EXPECT_TRUE(queue.put(command(2'000 + source), holder(source)));
    EXPECT_FALSE(queue.put(command(3'000), holder(99))) << "bounded all the same";
    EXPECT_EQ(queue.size(), 40U);
}

TEST(AdmissionQueue, WhatWasTakenKeepsItsPlaceInItsOwnClassUntilItIsDecided) {
    AdmissionQueue queue({.places = 40, .places_for_holders = 10});
    const auto fill = [&](std::uint64_t from) {
        std::size_t admitted = 0;
        for (std::uint64_t source = from; source < from + 100; ++source) {
            if (queue.put(command(source), stranger(source))) ++admitted;
        }
        return admitted;
    };
    EXPECT_EQ(fill(100), 30U);
    EXPECT_EQ(queue.take(20, 20).size(), 20U);
    EXPECT_EQ(fill(200), 0U) << "they are being decided";
    for (std::uint64_t source = 1; source <= 10; ++source)
        EXPECT_TRUE(queue.put(command(source), holder(source))) << "which is no concern of those with a seat";
    queue.decided();
    EXPECT_EQ(fill(300), 20U);
}

TEST(AdmissionQueue, OneSourceNeverTakesItAll) {
    AdmissionQueue queue({.places = 40, .places_for_holders = 8});
    std::size_t admitted = 0;
    for (int tries = 0; tries < 100; ++tries)
        if (queue.put(command(1), stranger(1))) ++admitted;
    EXPECT_EQ(admitted, 16U) << "as many as it leaves";
    EXPECT_TRUE(queue.put(command(2), stranger(2))) << "somebody new finds a place";
}

TEST(AdmissionQueue, SourcesAreServedInTurns) {
    AdmissionQueue queue;
    for (std::uint64_t ticket = 1; ticket <= 4; ++ticket)
        ASSERT_TRUE(queue.put(command(1, ticket), stranger(1)));
    ASSERT_TRUE(queue.put(command(2, 5), stranger(2)));
    ASSERT_TRUE(queue.put(command(3, 6), stranger(3)));
    EXPECT_EQ(tickets(queue.take(all, all)), (std::vector<std::uint64_t>{1, 5, 6, 2, 3, 4}));
}

TEST(AdmissionQueue, WhatAConnectionAskedAsAStrangerIsDoneBeforeWhatItAsksAsAHolder) {
    AdmissionQueue queue;
    ASSERT_TRUE(queue.put(command(1, 1), stranger(7)));
    ASSERT_TRUE(queue.put(command(2, 2), stranger(7)));
    ASSERT_TRUE(queue.put(command(1, 3), stranger(7)));
    ASSERT_TRUE(queue.put(command(1, 4), holder(70)));
    EXPECT_EQ(queue.waiting(Standing::stranger), 1U);
    EXPECT_EQ(tickets(queue.take(all, all)), (std::vector<std::uint64_t>{1, 3, 4, 2}));
}

TEST(AdmissionQueue, LeavesPlacesInABatchToHolders) {
    AdmissionQueue queue;
    for (std::uint64_t ticket = 1; ticket <= 5; ++ticket)
        ASSERT_TRUE(queue.put(command(ticket, ticket), stranger(ticket)));
    ASSERT_TRUE(queue.put(command(6, 6), holder(6)));
    EXPECT_EQ(tickets(queue.take(4, 2)), (std::vector<std::uint64_t>{6, 1}));
    EXPECT_TRUE(queue.take(4, 0).empty());
    EXPECT_EQ(queue.size(), 4U);
}

struct Ask {
    bool holds = false;
    std::uint64_t source = 0;
    std::uint64_t connection = 0;
    std::size_t take = 0;
};

Ask any_ask() {
    Ask ask;
    ask.holds = *rc::gen::weightedElement<bool>({{1, true}, {4, false}});
    ask.connection = *rc::gen::inRange<std::uint64_t>(1, 40);
    ask.source = 1 + ask.connection % 13;
    ask.take = *rc::gen::weightedElement<std::size_t>({{6, 0}, {1, 1}, {1, 5}});
    return ask;
}

RC_GTEST_PROP(AdmissionQueueProperty, IsBoundedKeepsOrderAndLosesNothing, ()) {
    const AdmissionSettings settings{.places = *rc::gen::inRange<std::size_t>(8, 60),
                                     .places_for_holders = 5};
    const auto asks = *rc::gen::container<std::vector<Ask>>(rc::gen::exec(any_ask));
    AdmissionQueue queue(settings);
    std::uint64_t ticket = 0;
    std::set<std::uint64_t> inside;
    std::map<std::uint64_t, std::uint64_t> last_taken;  // by connection
    std::size_t strangers = 0;
    std::map<std::uint64_t, bool> counts_as_holder;
    const auto take = [&](std::size_t most) {
        const auto all_taken = queue.take(most, most);
        queue.decided();
        for (const auto& taken : all_taken) {
            RC_ASSERT(inside.erase(taken.ticket) == 1U);
            RC_ASSERT(taken.ticket > last_taken[taken.connection]);
            last_taken[taken.connection] = taken.ticket;
        }
    };
    for (const Ask& ask : asks) {
        strangers = queue.waiting(Standing::stranger);
        const std::size_t holders = queue.waiting(Standing::holder);
        const bool done = queue.put(command(ask.connection, ++ticket),
                                    ask.holds ? holder(ask.source) : stranger(ask.source));
        if (done) inside.insert(ticket);
        // Whatever strangers do, holders have places of their own.
        if (ask.holds && holders < settings.places_for_holders)
            RC_ASSERT(done || holders + strangers >= settings.places);
        if (ask.holds && holders + strangers < settings.places) RC_ASSERT(done);
        if (strangers == 0 && !ask.holds && holders + strangers < settings.places) RC_ASSERT(done);
        RC_ASSERT(queue.size() == inside.size());
        RC_ASSERT(queue.size() <= settings.places);
        RC_ASSERT(queue.waiting(Standing::stranger) <= settings.places - settings.places_for_holders);
        if (ask.take != 0) take(ask.take);
    }
    take(all);
    RC_ASSERT(inside.empty());
}

RC_GTEST_PROP(AdmissionQueueProperty, NobodyIsServedTwiceWhileSomebodyWaits, ()) {
    const auto sources =
        *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 9));
    AdmissionQueue queue;
    std::map<std::uint64_t, std::size_t> waiting;
    for (const std::uint64_t source : sources) {
        RC_ASSERT(queue.put(command(source), stranger(source)));
        ++waiting[source];
    }
    while (!waiting.empty()) {
        std::set<std::uint64_t> served;
        const std::size_t round = waiting.size();
        for (const auto& taken : queue.take(round, round))
            served.insert(taken.connection);
        RC_ASSERT(served.size() == round);
        for (const std::uint64_t source : served) {
            if (--waiting[source] == 0) waiting.erase(source);
        }
    }
}

TEST(LoadSignal, BeginsAtOnceAndEndsWhenTheCrowdHasBeenGoneForAWhile) {
    LoadSignal signal;
    Instant now{1'000s};
    signal.update(0.1, 0, now);
    EXPECT_FALSE(signal.shedding());
    signal.update(0.2, 0, now);
    EXPECT_TRUE(signal.shedding());
    now += limits::shedding_time - 1ms;
    signal.update(0, 0, now);
    EXPECT_TRUE(signal.shedding());
    signal.update(0.05, 0, now);
    now += limits::shedding_time - 1ms;
    signal.update(0, 0, now);
    EXPECT_TRUE(signal.shedding()) << "it was not empty yet";
    now += 1ms;
    signal.update(0, 0, now);
    EXPECT_FALSE(signal.shedding());
    signal.update(0, 1, now);
    EXPECT_TRUE(signal.shedding()) << "somebody was refused";
}

TEST(RetryAfter, GrowsWithTheQueueAndDiffersFromOneToTheNext) {
    EXPECT_EQ(retry_after(0), limits::retry_after_least);
    EXPECT_EQ(retry_after(1), limits::retry_after_most);
    EXPECT_LT(retry_after(0.2), retry_after(0.3));
    SeededRandom random{5};
    std::set<std::int64_t> times;
    for (int one = 0; one < 1'000; ++one) {
        const auto time = with_jitter(1s, random);
        ASSERT_GE(time, 500ms);
        ASSERT_LE(time, 1'500ms);
        times.insert(time.count());
    }
    EXPECT_GT(times.size(), 500U);
    EXPECT_LT(*times.begin(), 600);
    EXPECT_GT(*times.rbegin(), 1'400);
}

}  // namespace
}  // namespace holdfast::server
