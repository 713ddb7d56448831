// From polling to WebSocket: the probe, the noops, the switch, and everything that can go wrong on the way.
#include <gtest/gtest.h>

#include "holdfast/engineio/engineio_test_support.hpp"

namespace holdfast::engineio {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::Closed;
using testing::FakeWebSocket;
using testing::joined;
using testing::message;
using testing::Strings;
using testing::World;

/// A world with one polling session and a WebSocket that has been probed.
struct Upgrading : ::testing::Test {
    Upgrading() { world.frame(*socket, "2probe"); }

    World world;
    std::string sid = world.open_polling();
    std::unique_ptr<FakeWebSocket> socket = world.probe(sid);
};

TEST_F(Upgrading, TheProbeIsAnswered) {
    EXPECT_EQ(socket->received, Strings{"3probe"});
    EXPECT_EQ(world.engine.transport(1), TransportKind::polling);
    EXPECT_EQ(world.engine.counters().upgrades, 0U);
}

TEST_F(Upgrading, APendingPollGetsANoopWithinTheIntervalEachTime) {
    for (int round = 0; round < 3; ++round) {
        const Answer parked = world.poll(sid);
        world.pass(99ms);
        EXPECT_FALSE(parked->answered());
        world.pass(1ms);
        EXPECT_EQ(parked->body(), "6");
    }
}

TEST_F(Upgrading, APollThatCameBeforeTheProbeGetsItsNoopToo) {
    World other;
    const std::string other_sid = other.open_polling();
    const Answer parked = other.poll(other_sid);
    const auto probe = other.probe(other_sid);
    other.pass(100ms);
    EXPECT_FALSE(parked->answered());  // not probed yet
    other.frame(*probe, "2probe");
    other.pass(100ms);
    EXPECT_EQ(parked->body(), "6");
}

TEST_F(Upgrading, MessagesStillTravelByPollingBeforeTheSwitch) {
    const Answer parked = world.poll(sid);
    (void)world.engine.send(1, message("a"));
    EXPECT_EQ(parked->body(), "4a");
    world.post(sid, joined({"4b", "6"}));
    EXPECT_EQ(world.listener.messages, Strings{"b"});
    EXPECT_EQ(socket->received, Strings{"3probe"});
}

TEST_F(Upgrading, TheSwitchMovesWhatIsQueuedInOrder) {
    (void)world.engine.send(1, message("a", {"x"}));
    (void)world.engine.send(1, message("b"));
    world.frame(*socket, "5");
    (void)world.engine.send(1, message("c"));
    EXPECT_EQ(socket->received, (Strings{"3probe", "4a", "<binary>x", "4b", "4c"}));
    EXPECT_EQ(world.engine.transport(1), TransportKind::websocket);
    EXPECT_EQ(world.engine.counters().upgrades, 1U);
    EXPECT_TRUE(world.listener.closed.empty());
}

TEST_F(Upgrading, NoNoopComesOnTheWebSocketAfterTheSwitch) {
    const Answer parked = world.poll(sid);
    world.frame(*socket, "5");
    EXPECT_EQ(parked->body(), "6");
    world.pass(100ms);
    world.pass(1s);
    EXPECT_EQ(socket->received, Strings{"3probe"});
}

TEST_F(Upgrading, TheUpgradeTimeOutDoesNotHitAFinishedUpgrade) {
    world.frame(*socket, "5");
    world.pass(11s);
    EXPECT_FALSE(socket->close_code);
    EXPECT_EQ(world.engine.session_count(), 1U);
}

TEST_F(Upgrading, AnUpgradeThatIsNeverFinishedIsGivenUp) {
    world.pass(9'999ms);
    EXPECT_FALSE(socket->close_code);
    world.pass(1ms);
    EXPECT_EQ(socket->close_code, 1000);
    EXPECT_EQ(world.engine.transport(1), TransportKind::polling);
    const Answer parked = world.poll(sid);
    world.pass(1s);
    EXPECT_FALSE(parked->answered());  // no more noops
    world.frame(*socket, "5");         // too late
    EXPECT_EQ(world.engine.transport(1), TransportKind::polling);
    (void)world.engine.send(1, message("a"));
    EXPECT_EQ(parked->body(), "4a");
}

TEST_F(Upgrading, ASecondTryMaySucceed) {
    world.engine.on_websocket_closed(socket->id, false, world.clock.now());
    EXPECT_TRUE(world.listener.closed.empty());
    const auto second = world.probe(sid);
    EXPECT_FALSE(second->close_code);
    world.frame(*second, "2probe");
    world.frame(*second, "5");
    EXPECT_EQ(world.engine.transport(1), TransportKind::websocket);
    EXPECT_EQ(socket->received, Strings{"3probe"});
}

TEST_F(Upgrading, AnyOtherFrameClosesTheWebSocketAndKeepsTheSession) {
    for (const char* frame : {"4hello", "2", "3probe", "6", "1", "", "x"}) {
        World other;
        const std::string other_sid = other.open_polling();
        const auto before = other.probe(other_sid);
        other.frame(*before, frame);
        EXPECT_EQ(before->close_code, 1000) << frame;
        const auto after = other.probe(other_sid);
        other.frame(*after, "2probe");
        other.frame(*after, frame);
        EXPECT_EQ(after->close_code, 1000) << frame;
        EXPECT_TRUE(other.listener.closed.empty());
        EXPECT_TRUE(other.listener.messages.empty());
        EXPECT_EQ(other.engine.transport(1), TransportKind::polling);
    }
    World other;
    const auto binary = other.probe(other.open_polling());
    other.frame(*binary, "2probe", true);
    EXPECT_TRUE(binary->close_code);
    const auto unprobed = other.probe(other.open_polling());
    other.frame(*unprobed, "5");
    EXPECT_TRUE(unprobed->close_code);
    EXPECT_EQ(other.engine.counters().upgrades, 0U);
}

TEST_F(Upgrading, TheEndOfTheSessionClosesTheProbe) {
    world.post(sid, "1");
    EXPECT_TRUE(socket->close_code);
    EXPECT_EQ(world.listener.closed.size(), 1U);
    world.frame(*socket, "5");
    world.engine.on_websocket_closed(socket->id, true, world.clock.now());
    EXPECT_EQ(world.listener.closed.size(), 1U);
    EXPECT_EQ(world.engine.session_count(), 0U);
}

TEST_F(Upgrading, APostWhoseBodyIsOnItsWayIsRefusedAfterTheSwitch) {
    const testing::Request request{
        .method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body = "4late"};
    const auto responder = std::make_shared<testing::FakeResponder>();
    request.with([&](const HttpRequest& http) {
        return world.engine.on_request_started(http, responder.get(), world.clock.now());
    });
    world.frame(*socket, "5");
    request.with([&](const HttpRequest& http) {
        world.engine.on_request(http, responder, world.clock.now(), world.clock.unix_now());
        return 0;
    });
    EXPECT_EQ(responder->status(), 400U);
    EXPECT_TRUE(world.listener.messages.empty());
    EXPECT_TRUE(world.listener.closed.empty());
}

TEST_F(Upgrading, AClosingSessionMayFinishOverTheWebSocket) {
    (void)world.engine.send(1, message("last"));
    world.engine.close(1);
    EXPECT_TRUE(world.listener.closed.empty());
    world.frame(*socket, "5");
    EXPECT_EQ(socket->received, (Strings{"3probe", "4last"}));
    EXPECT_EQ(socket->close_code, 1000);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::forced_close}}));
}

TEST_F(Upgrading, TheHeartbeatGoesOnAcrossTheSwitch) {
    world.frame(*socket, "5");
    world.pass(25s);
    EXPECT_EQ(socket->received.back(), "2");
    world.frame(*socket, "3");
    EXPECT_EQ(world.listener.heartbeats.size(), 1U);
    world.pass(25s);
    EXPECT_EQ(socket->received, (Strings{"3probe", "2", "2"}));
    world.pass(19s);
    world.pass(1s);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::ping_timeout}}));
}

TEST(UpgradeHeartbeat, APongForAPingOfTheOldTransportIsNoProof) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    world.pass(25s);
    EXPECT_EQ(parked->body(), "2");
    const auto socket = world.probe(sid);
    world.frame(*socket, "2probe");
    world.frame(*socket, "5");
    world.frame(*socket, "3");
    EXPECT_TRUE(world.listener.heartbeats.empty());
    world.pass(20s);
    EXPECT_TRUE(world.listener.closed.empty());  // but the session lives on it
    world.pass(5s);
    EXPECT_EQ(socket->received.back(), "2");
}

TEST(UpgradeHeartbeat, AQueuedPingMovesToTheWebSocketAndCounts) {
    World world;
    const std::string sid = world.open_polling();
    const auto socket = world.probe(sid);
    world.pass(9s);
    world.frame(*socket, "2probe");
    world.engine.on_websocket_closed(socket->id, false, world.clock.now());
    world.pass(16s);  // the ping is queued, as no poll is there
    const auto second = world.probe(sid);
    world.frame(*second, "2probe");
    world.frame(*second, "5");
    EXPECT_EQ(second->received, (Strings{"3probe", "2"}));
    world.frame(*second, "3");
    EXPECT_EQ(world.listener.heartbeats.size(), 1U);
}

TEST(UpgradeSettings, UpgradesMayBeTurnedOff) {
    World world({.allow_upgrades = false});
    const Answer answer = world.get("EIO=4&transport=polling");
    EXPECT_NE(answer->body().find("\"upgrades\":[]"), std::string::npos);
    const auto socket = world.probe(World::sid_of(answer->body()));
    EXPECT_EQ(socket->close_code, 1000);
    EXPECT_EQ(world.engine.session_count(), 1U);
}

TEST(UpgradeSettings, TheUpgradedWebSocketMayAskForBinaryAsText) {
    World world;
    const std::string sid = world.open_polling();
    const auto socket = world.websocket("EIO=4&transport=websocket&b64=1&sid=" + sid);
    world.frame(*socket, "2probe");
    (void)world.engine.send(1, message("a", {"\x01\x02"}));
    world.frame(*socket, "5");
    EXPECT_EQ(socket->received, (Strings{"3probe", "4a", "bAQI="}));
}

TEST(UpgradeRace, OfTwoWebSocketsTheFirstToOpenWins) {
    World world;
    const std::string sid = world.open_polling();
    const testing::Request request{.query = "EIO=4&transport=websocket&sid=" + sid};
    FakeWebSocket first;
    FakeWebSocket second;
    first.id = std::get<UpgradeAccepted>(world.upgrade(request)).websocket;
    second.id = std::get<UpgradeAccepted>(world.upgrade(request)).websocket;
    world.engine.on_websocket_open(second.id, second, world.clock.now());
    world.engine.on_websocket_open(first.id, first, world.clock.now());
    EXPECT_EQ(first.close_code, 1000);
    world.frame(second, "2probe");
    world.frame(second, "5");
    EXPECT_EQ(world.engine.transport(1), TransportKind::websocket);
    EXPECT_FALSE(second.close_code);
}

TEST(UpgradeRace, NothingIsLeftBehind) {
    World world;
    const std::string sid = world.open_polling();
    const auto socket = world.probe(sid);
    const Answer parked = world.poll(sid);
    testing::FakeResponder post;
    testing::Request{.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid}.with(
        [&](const HttpRequest& http) {
            return world.engine.on_request_started(http, &post, world.clock.now());
        });
    EXPECT_EQ(world.engine.table_entries(), 5U);
    world.frame(*socket, "2probe");
    world.frame(*socket, "5");
    EXPECT_EQ(world.engine.table_entries(), 3U);
    world.frame(*socket, "1");
    EXPECT_EQ(world.engine.table_entries(), 0U);
}

TEST(UpgradeRace, TheEndOfASessionForgetsItsOpenRequests) {
    World world;
    const std::string sid = world.open_polling();
    const auto socket = world.probe(sid);
    const Answer parked = world.poll(sid);
    world.post(sid, "1");
    EXPECT_EQ(world.engine.table_entries(), 0U);
}

TEST(UpgradeRace, TheSessionMayEndBetweenTheRequestAndTheOpening) {
    World world;
    const std::string sid = world.open_polling();
    const UpgradeAnswer answer = world.upgrade({.query = "EIO=4&transport=websocket&sid=" + sid});
    world.post(sid, "1");
    FakeWebSocket late;
    world.engine.on_websocket_open(std::get<UpgradeAccepted>(answer).websocket, late, world.clock.now());
    EXPECT_EQ(late.close_code, 1000);
    EXPECT_EQ(world.engine.session_count(), 0U);
}

}  // namespace
}  // namespace holdfast::engineio
