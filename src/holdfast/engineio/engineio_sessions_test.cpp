// Sessions over both transports: opening, sending, heartbeat, closing, limits, and callbacks that call back.
#include <gtest/gtest.h>

#include "holdfast/engineio/engineio_test_support.hpp"

namespace holdfast::engineio {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::Closed;
using testing::joined;
using testing::message;
using testing::refusal_of;
using testing::Strings;
using testing::World;

TEST(Opening, APollingSessionGetsItsOpenPacket) {
    World world;
    const Answer answer = world.get("EIO=4&transport=polling&t=abc");
    EXPECT_EQ(answer->status(), 200U);
    const std::string sid = World::sid_of(answer->body());
    EXPECT_EQ(answer->body(), "0{\"sid\":\"" + sid +
                                  "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
                                  "\"pingTimeout\":20000,\"maxPayload\":1000000}");
    EXPECT_EQ(answer->header("Content-Type"), "text/plain; charset=UTF-8");
    EXPECT_EQ(answer->header("Cache-Control"), "no-store");
    EXPECT_EQ(answer->header("Set-Cookie"), "<none>");
    EXPECT_EQ(sid.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
    EXPECT_EQ(world.engine.transport(1), TransportKind::polling);
}

TEST(Opening, AWebSocketSessionGetsItsOpenPacket) {
    World world;
    const auto socket = world.open_websocket();
    ASSERT_EQ(socket->received.size(), 1U);
    EXPECT_NE(socket->received[0].find("\"upgrades\":[],\"pingInterval\":25000"), std::string::npos);
    EXPECT_EQ(world.listener.opened, std::vector<SessionId>{1});
    EXPECT_EQ(world.engine.transport(1), TransportKind::websocket);
}

TEST(Opening, EverySessionHasItsOwnSidAndId) {
    World world;
    EXPECT_NE(world.open_polling(), world.open_polling());
    world.engine.close(1);
    world.pass(31s);
    (void)world.open_polling();
    EXPECT_EQ(world.listener.opened, (std::vector<SessionId>{1, 2, 3}));
}

TEST(Opening, TheListenerLearnsWhoItIs) {
    World world({}, [](const HttpRequest& request) {
        HandshakeVerdict verdict;
        verdict.attachment = "device " + std::string(request.cookie("d"));
        verdict.response_headers.emplace_back("Set-Cookie", "d=2");
        return verdict;
    });
    const Answer answer = world.request({.query = "EIO=4&transport=polling&room=1",
                                         .headers = {{"Cookie", "d=1"}, {"User-Agent", "Phone"}},
                                         .secure = true});
    EXPECT_EQ(answer->header("Set-Cookie"), "d=2");
    const Handshake& handshake = *world.listener.handshakes.at(0);
    EXPECT_EQ(handshake.attachment, "device 1");
    EXPECT_EQ(handshake.query, "EIO=4&transport=polling&room=1");
    EXPECT_EQ(handshake.remote_address, "192.0.2.7");
    EXPECT_EQ(handshake.header("User-Agent"), "Phone");
    EXPECT_TRUE(handshake.secure);
    EXPECT_EQ(handshake.issued, world.clock.unix_now());
    const UpgradeAnswer upgrade = world.upgrade({.query = "EIO=4&transport=websocket"});
    EXPECT_EQ(std::get<UpgradeAccepted>(upgrade).response_headers, (HttpHeaders{{"Set-Cookie", "d=2"}}));
}

TEST(Opening, TheCookieGoesOutWithTheFirstAnswerOnly) {
    World world({.cookie = CookieSettings{}});
    const Answer answer = world.get("EIO=4&transport=polling");
    const std::string sid = World::sid_of(answer->body());
    EXPECT_EQ(answer->header("Set-Cookie"), "io=" + sid + "; Path=/; HttpOnly; SameSite=Lax");
    EXPECT_EQ(world.post(sid, "4x")->header("Set-Cookie"), "<none>");
    const Answer parked = world.poll(sid);
    (void)world.engine.send(1, message("x"));
    EXPECT_EQ(parked->header("Set-Cookie"), "<none>");
}

TEST(Opening, AWebSocketThatNeverOpensIsForgotten) {
    World world;
    const UpgradeAnswer answer = world.upgrade({.query = "EIO=4&transport=websocket"});
    const WebSocketId id = std::get<UpgradeAccepted>(answer).websocket;
    world.pass(9'999ms);
    EXPECT_EQ(world.engine.table_entries(), 1U);
    world.pass(1ms);
    EXPECT_EQ(world.engine.table_entries(), 0U);
    testing::FakeWebSocket late;
    world.engine.on_websocket_open(id, late, world.clock.now());
    EXPECT_TRUE(late.close_code);
    EXPECT_TRUE(world.listener.opened.empty());
}

TEST(Opening, OnlyTheEnginesPathIsTheEngines) {
    World world;
    EXPECT_TRUE(world.engine.owns_path("/socket.io/"));
    EXPECT_TRUE(world.engine.owns_path("/socket.io/more"));
    EXPECT_FALSE(world.engine.owns_path("/socket.io"));
    EXPECT_FALSE(world.engine.owns_path("/socket.iox/"));
    EXPECT_FALSE(world.engine.owns_path("/"));
}

TEST(Polling, WhatWasSentBeforeThePollComesInOneAnswer) {
    World world;
    const std::string sid = world.open_polling();
    EXPECT_EQ(world.engine.send(1, message("a")), SendVerdict::queued);
    EXPECT_EQ(world.engine.send(1, message("b", {"\x01\x02\x03\x04"})), SendVerdict::queued);
    EXPECT_GT(world.engine.queued_bytes(1), 0U);
    const Answer answer = world.poll(sid);
    EXPECT_EQ(answer->body(), joined({"4a", "4b", "bAQIDBA=="}));
    EXPECT_EQ(world.engine.queued_bytes(1), 0U);
    EXPECT_EQ(world.listener.drained, std::vector<SessionId>{1});
}

TEST(Polling, AParkedPollIsAnsweredAtOnceAndOnlyOnce) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    EXPECT_FALSE(parked->answered());
    EXPECT_EQ(world.engine.send(1, message("a")), SendVerdict::sent);
    EXPECT_EQ(parked->body(), "4a");
    EXPECT_EQ(world.engine.send(1, message("b")), SendVerdict::queued);
    EXPECT_EQ(parked->answers, 1);
    EXPECT_EQ(world.poll(sid)->body(), "4b");
}

TEST(Polling, AllThatOnePostCausesComesInOneAnswer) {
    World world;
    const std::string sid = world.open_polling();
    world.listener.when_message = [&world](SessionId session, std::string_view data, bool) {
        (void)world.engine.send(session, message(data));
    };
    const Answer parked = world.poll(sid);
    world.post(sid, joined({"4a", "4b", "4c"}));
    EXPECT_EQ(parked->body(), joined({"4a", "4b", "4c"}));
}

TEST(Polling, AnAnswerIsNotLongerThanThePayloadLimit) {
    World world({.max_payload_bytes = 10});  // exactly the first two with their separator
    const std::string sid = world.open_polling();
    for (const char* text : {"123", "4567", "8", "longer than the limit", "9"}) {
        (void)world.engine.send(1, message(text));
    }
    EXPECT_EQ(world.poll(sid)->body(), joined({"4123", "44567"}));
    EXPECT_EQ(world.poll(sid)->body(), "48");
    EXPECT_TRUE(world.listener.drained.empty());
    EXPECT_EQ(world.poll(sid)->body(), "4longer than the limit");
    EXPECT_EQ(world.poll(sid)->body(), "49");
    EXPECT_EQ(world.listener.drained.size(), 1U);
    EXPECT_FALSE(world.poll(sid)->answered());
}

TEST(Polling, TheSeparatorCountsTowardsTheLimit) {
    World world({.max_payload_bytes = 9});
    const std::string sid = world.open_polling();
    (void)world.engine.send(1, message("123"));
    (void)world.engine.send(1, message("4567"));
    EXPECT_EQ(world.poll(sid)->body(), "4123");
    EXPECT_EQ(world.poll(sid)->body(), "44567");
}

TEST(Polling, AMessageAndItsAttachmentsStayTogether) {
    World world({.max_payload_bytes = 12});
    const std::string sid = world.open_polling();
    (void)world.engine.send(1, message("a"));
    (void)world.engine.send(1, message("b", {"xxx", "yyy"}));
    EXPECT_EQ(world.poll(sid)->body(), "4a");
    EXPECT_EQ(world.poll(sid)->body(), joined({"4b", "beHh4", "beXl5"}));
}

TEST(WebSocket, MessagesGoBothWays) {
    World world;
    const auto socket = world.open_websocket();
    world.frame(*socket, "4hello");
    world.frame(*socket, "\x01\x02", true);
    world.frame(*socket, "", true);
    world.frame(*socket, "bAQI=");
    world.frame(*socket, "6");
    world.frame(*socket, "4");
    EXPECT_EQ(world.listener.messages,
              (Strings{"hello", "<binary>\x01\x02", "<binary>", "<binary>\x01\x02", ""}));
    EXPECT_EQ(world.engine.send(1, message("a", {"b"})), SendVerdict::sent);
    EXPECT_EQ(socket->received.size(), 3U);
    EXPECT_EQ(socket->received[1], "4a");
    EXPECT_EQ(socket->received[2], "<binary>b");
}

TEST(WebSocket, BinaryIsTextForThoseWhoAskForIt) {
    World world;
    const auto socket = world.websocket("EIO=4&transport=websocket&b64=1");
    (void)world.engine.send(1, message("a", {"\x01\x02"}));
    EXPECT_EQ(socket->received[1], "4a");
    EXPECT_EQ(socket->received[2], "bAQI=");
}

TEST(WebSocket, WhatIsNoPacketClosesTheSession) {
    for (const char* text : {"abc", "", "7", "b!"}) {
        World world;
        const auto socket = world.open_websocket();
        world.frame(*socket, text);
        EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::parse_error}})) << text;
        EXPECT_TRUE(socket->close_code);
    }
}

TEST(WebSocket, TheClientsCloseAndItsGoingAwayEndTheSession) {
    World world;
    const auto first = world.open_websocket();
    const auto second = world.open_websocket();
    const auto third = world.open_websocket();
    world.frame(*first, "1");
    EXPECT_EQ(first->close_code, 1000);
    world.engine.on_websocket_closed(second->id, false, world.clock.now());
    world.engine.on_websocket_closed(third->id, true, world.clock.now());
    EXPECT_FALSE(second->close_code);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_close},
                                             {2, CloseReason::transport_close},
                                             {3, CloseReason::transport_error}}));
    world.frame(*first, "4late");
    EXPECT_TRUE(world.listener.messages.empty());
    EXPECT_EQ(world.engine.session_count(), 0U);
}

TEST(Heartbeat, PingsAndThenWaitsForThePong) {
    World world;
    const auto socket = world.open_websocket();
    world.pass(24'999ms);
    EXPECT_EQ(socket->received.size(), 1U);
    world.pass(1ms);
    EXPECT_EQ(socket->received.at(1), "2");
    const Instant sent = world.clock.now();
    world.pass(19'999ms);
    world.frame(*socket, "3");
    EXPECT_EQ(world.listener.heartbeats, (std::vector<std::pair<SessionId, Instant>>{{1, sent}}));
    world.pass(24'999ms);
    EXPECT_EQ(socket->received.size(), 2U);  // the pong alone has armed the next ping
    world.pass(1ms);
    EXPECT_EQ(socket->received.size(), 3U);
    EXPECT_TRUE(world.listener.closed.empty());
}

TEST(Heartbeat, NoPongInTimeEndsTheSession) {
    World world;
    const auto socket = world.open_websocket();
    const std::string sid = world.open_polling();
    world.pass(25s);
    world.pass(19'999ms);
    EXPECT_TRUE(world.listener.closed.empty());
    world.pass(1ms);
    EXPECT_EQ(world.listener.closed,
              (Closed{{1, CloseReason::ping_timeout}, {2, CloseReason::ping_timeout}}));
    EXPECT_TRUE(socket->close_code);
    EXPECT_EQ(world.poll(sid)->status(), 400U);
}

TEST(Heartbeat, TheTimeIsTheSameHoweverLateTheTicksAre) {
    World world;
    const std::string sid = world.open_polling();
    world.pass(24'960ms);
    world.pass(80ms);  // the ping was due 40 ms ago
    for (int tick = 0; tick < 39; ++tick)
        world.pass(500ms);
    world.clock.advance(459ms);
    const auto poll = world.poll(sid);
    EXPECT_EQ(poll->status(), 200U);
    world.clock.advance(1ms);
    EXPECT_EQ(world.poll(sid)->status(), 400U);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::ping_timeout}}));
}

TEST(Heartbeat, APongThatCameWhileTheServerStoodStillIsReadFirst) {
    World world;
    const auto alive = world.open_websocket();
    const auto dead = world.open_websocket();
    world.pass(25s);
    world.pass(60s);  // nothing ran for a minute
    EXPECT_TRUE(world.listener.closed.empty());
    world.frame(*alive, "3");
    world.pass(100ms);
    EXPECT_EQ(world.listener.closed, (Closed{{2, CloseReason::ping_timeout}}));
}

TEST(Heartbeat, WorksOverPolling) {
    World world;
    const std::string sid = world.open_polling();
    for (int round = 0; round < 3; ++round) {
        const Answer parked = world.poll(sid);
        world.pass(25s);
        EXPECT_EQ(parked->body(), "2");
        EXPECT_EQ(world.post(sid, "3")->body(), "ok");
    }
    EXPECT_EQ(world.listener.heartbeats.size(), 3U);
}

TEST(Heartbeat, APollThatIsAnsweredWithAPingGetsItAfterWhatWasQueuedBefore) {
    World world;
    const std::string sid = world.open_polling();
    (void)world.engine.send(1, message("a"));
    world.pass(25s);
    (void)world.engine.send(1, message("b"));
    EXPECT_EQ(world.poll(sid)->body(), joined({"4a", "2", "4b"}));
}

TEST(Heartbeat, StrayPongsChangeNothing) {
    World world;
    const auto socket = world.open_websocket();
    const std::string sid = world.open_polling();
    world.pass(20s);
    for (int count = 0; count < 10'000; ++count)
        world.frame(*socket, "3");
    world.pass(5s);
    EXPECT_EQ(socket->received.size(), 2U);
    world.post(sid, "3");  // the ping has not left yet, so this pong is not its answer
    EXPECT_TRUE(world.listener.heartbeats.empty());
    world.pass(19s);
    world.pass(1s);
    EXPECT_EQ(world.engine.session_count(), 0U);
}

TEST(Heartbeat, APongWithDataIsAPong) {
    World world;
    const auto socket = world.open_websocket();
    world.pass(25s);
    world.frame(*socket, "3probe");
    EXPECT_EQ(world.listener.heartbeats.size(), 1U);
}

TEST(Heartbeat, AClientThatPingsIsClosed) {
    World world;
    const auto socket = world.open_websocket();
    world.frame(*socket, "2");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_error}}));
}

TEST(Closing, OnWebSocketClosesAtOnce) {
    World world;
    const auto socket = world.open_websocket();
    (void)world.engine.send(1, message("last"));
    world.engine.close(1);
    EXPECT_EQ(socket->received.back(), "4last");
    EXPECT_EQ(socket->close_code, 1000);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::forced_close}}));
    world.engine.close(1);
    EXPECT_EQ(world.listener.closed.size(), 1U);
    EXPECT_EQ(world.engine.send(1, message("x")), SendVerdict::dropped);
}

TEST(Closing, AParkedPollIsAnsweredWithClose) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    world.engine.close(1, CloseReason::parse_error);
    EXPECT_EQ(parked->body(), "1");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::parse_error}}));
}

TEST(Closing, WaitsForAPollAndDeliversWhatIsQueued) {
    World world;
    const std::string sid = world.open_polling();
    (void)world.engine.send(1, message("last"));
    world.engine.close(1);
    EXPECT_TRUE(world.listener.closed.empty());
    EXPECT_EQ(world.engine.send(1, message("too late")), SendVerdict::dropped);
    EXPECT_EQ(world.post(sid, "4ignored")->body(), "ok");
    EXPECT_TRUE(world.listener.messages.empty());
    world.pass(29'999ms);  // neither a ping nor its time-out comes in between
    // Never in one payload: the clients would act on the close first, and lose the message.
    EXPECT_EQ(world.poll(sid)->body(), "4last");
    EXPECT_TRUE(world.listener.closed.empty());
    EXPECT_EQ(world.poll(sid)->body(), "1");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::forced_close}}));
    EXPECT_EQ(world.poll(sid)->status(), 400U);
}

TEST(Closing, GivesUpAfterThirtySeconds) {
    World world;
    (void)world.open_polling();
    world.engine.close(1);
    world.pass(29'999ms);
    EXPECT_TRUE(world.listener.closed.empty());
    world.pass(1ms);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::forced_close}}));
}

TEST(Closing, APollingClientsCloseAnswersItsPollWithANoop) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    EXPECT_EQ(world.post(sid, joined({"4bye", "1", "not even read"}))->body(), "ok");
    EXPECT_EQ(parked->body(), "6");
    EXPECT_EQ(world.listener.messages, Strings{"bye"});
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_close}}));
    EXPECT_EQ(world.poll(sid)->status(), 400U);
}

TEST(Closing, InsideAMessageStopsTheRestOfThePost) {
    World world;
    const std::string sid = world.open_polling();
    world.listener.when_message = [&world](SessionId session, std::string_view, bool) {
        (void)world.engine.send(session, message("bye"));
        world.engine.close(session);
        (void)world.engine.send(session, message("dropped"));
    };
    const Answer parked = world.poll(sid);
    EXPECT_EQ(world.post(sid, joined({"4a", "4b"}))->body(), "ok");
    EXPECT_EQ(world.listener.messages, Strings{"a"});
    EXPECT_EQ(parked->body(), "4bye");
    EXPECT_EQ(world.poll(sid)->body(), "1");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::forced_close}}));
}

TEST(Closing, InsideEveryCallbackIsSafe) {
    World world;
    const auto close = [&world](SessionId session) { world.engine.close(session); };
    world.listener.when_open = close;
    const auto socket = world.open_websocket();
    EXPECT_EQ(socket->close_code, 1000);
    world.listener.when_open = nullptr;
    world.listener.when_close = close;
    const auto second = world.open_websocket();
    world.listener.when_message = [&](SessionId session, std::string_view, bool) { close(session); };
    world.frame(*second, "4x");
    world.listener.when_drain = close;
    const std::string sid = world.open_polling();
    (void)world.poll(sid);
    (void)world.engine.send(3, message("x"));
    EXPECT_EQ(world.poll(sid)->body(), "1");
    EXPECT_EQ(world.listener.closed.size(), 3U);
    EXPECT_EQ(world.engine.session_count(), 0U);
}

TEST(Closing, OneSessionsEndMayEndOthers) {
    World world;
    std::vector<std::unique_ptr<testing::FakeWebSocket>> sockets;
    for (int count = 0; count < 10; ++count)
        sockets.push_back(world.open_websocket());
    world.listener.when_close = [&world](SessionId session) {
        world.engine.close(session + 1);
        (void)world.engine.send(session + 2, message("x"));
    };
    world.frame(*sockets[0], "1");
    EXPECT_EQ(world.listener.closed.size(), 10U);
    EXPECT_EQ(world.engine.session_count(), 0U);
}

TEST(Limits, AFullSendQueueEndsTheSessionAtTheNextTick) {
    World world({.send_queue_bytes = 1000});
    const auto socket = world.open_websocket();
    socket->reads = false;
    const MessagePointer big = message(std::string(600, 'x'));
    EXPECT_EQ(world.engine.send(1, big), SendVerdict::sent);
    EXPECT_EQ(world.engine.send(1, message("y")), SendVerdict::queued);
    EXPECT_EQ(world.engine.send(1, big), SendVerdict::dropped);
    EXPECT_EQ(world.engine.send(1, message("z")), SendVerdict::dropped);  // no gap and then more
    EXPECT_TRUE(world.listener.closed.empty());
    world.pass(1ms);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::queue_overflow}}));
    EXPECT_EQ(world.engine.counters().messages_dropped, 2U);
}

TEST(Limits, TheQueueOfAPollingClientIsLimitedToo) {
    World world({.send_queue_bytes = 1000});
    (void)world.open_polling();
    for (int count = 0; count < 20; ++count) {
        (void)world.engine.send(1, message(std::string(100, 'x')));
        EXPECT_LE(world.engine.queued_bytes(1), 1000U);
    }
    world.pass(1ms);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::queue_overflow}}));
}

TEST(Limits, TextsForOneReceiverAreTreatedLikeMessages) {
    World world({.send_queue_bytes = 1000});
    const auto socket = world.open_websocket();
    socket->received.clear();
    EXPECT_EQ(world.engine.send_text(1, "a"), SendVerdict::sent);
    EXPECT_EQ(socket->received, std::vector<std::string>{"4a"});
    socket->reads = false;
    EXPECT_EQ(world.engine.send_text(1, std::string(600, 'x')), SendVerdict::sent);
    EXPECT_EQ(world.engine.send_text(1, "volatile", true), SendVerdict::dropped);
    EXPECT_EQ(world.engine.send_text(1, "y"), SendVerdict::queued);
    EXPECT_EQ(world.engine.send_text(1, std::string(600, 'x')), SendVerdict::dropped);
    EXPECT_EQ(world.engine.send_text(1, "z"), SendVerdict::dropped);
    EXPECT_EQ(world.engine.counters().messages_out, 3U);
    world.pass(1ms);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::queue_overflow}}));
    EXPECT_EQ(world.engine.send_text(1, "gone"), SendVerdict::dropped);

    const std::string sid = world.open_polling();
    EXPECT_EQ(world.engine.send_text(2, "polled"), SendVerdict::queued);
    EXPECT_EQ(world.poll(sid)->body(), "4polled");
}

TEST(Volatile, IsDroppedWholeWhenTheTransportIsBusy) {
    World world;
    const std::string sid = world.open_polling();
    EXPECT_EQ(world.engine.send(1, message("a", {"b"}), true), SendVerdict::dropped);
    const Answer parked = world.poll(sid);
    EXPECT_FALSE(parked->answered());
    EXPECT_EQ(world.engine.send(1, message("c", {"d"}), true), SendVerdict::sent);
    EXPECT_EQ(parked->body(), joined({"4c", "bZA=="}));
    const auto socket = world.open_websocket();
    EXPECT_EQ(world.engine.send(2, message("a"), true), SendVerdict::sent);
    socket->reads = false;
    (void)world.engine.send(2, message("b"));
    EXPECT_EQ(world.engine.send(2, message("c"), true), SendVerdict::dropped);
}

TEST(ShutDown, EndsEverySessionAndRefusesNewOnes) {
    World world;
    const std::string idle = world.open_polling();
    const std::string waiting = world.open_polling();
    const auto socket = world.open_websocket();
    const auto probing = world.probe(idle);
    const UpgradeAnswer accepted = world.upgrade({.query = "EIO=4&transport=websocket"});
    const Answer parked = world.poll(waiting);
    world.engine.shut_down(world.clock.now());
    EXPECT_EQ(parked->body(), "1");
    EXPECT_EQ(socket->close_code, 1001);
    EXPECT_EQ(probing->close_code, 1001);
    EXPECT_EQ(world.listener.closed.size(), 3U);
    for (const auto& [session, reason] : world.listener.closed) {
        EXPECT_EQ(reason, CloseReason::server_shutdown);
    }
    EXPECT_EQ(world.engine.session_count(), 0U);
    EXPECT_EQ(world.get("EIO=4&transport=polling")->status(), 503U);
    EXPECT_EQ(refusal_of(world.upgrade({.query = "EIO=4&transport=websocket"})).status, 503U);
    testing::FakeWebSocket late;
    world.engine.on_websocket_open(std::get<UpgradeAccepted>(accepted).websocket, late, world.clock.now());
    EXPECT_EQ(late.close_code, 1001);
    EXPECT_EQ(world.listener.opened.size(), 3U);
}

TEST(ShutDown, LastWordsToAParkedPollComeWithoutTheClose) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    world.listener.when_message = [&world](SessionId session, std::string_view, bool) {
        (void)world.engine.send(session, message("goodbye"));
        world.engine.shut_down(world.clock.now());
    };
    EXPECT_EQ(world.post(sid, "4stop")->body(), "ok");
    EXPECT_EQ(parked->body(), "4goodbye");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::server_shutdown}}));
    EXPECT_EQ(world.poll(sid)->status(), 503U);
}

TEST(Counters, CountWhatHappened) {
    World world;
    const auto socket = world.open_websocket();
    world.frame(*socket, "4a");
    (void)world.engine.send(1, message("b"));
    world.frame(*socket, "1");
    (void)world.engine.send(1, message("c"));
    const EngineCounters& counters = world.engine.counters();
    EXPECT_EQ(counters.sessions_opened, 1U);
    EXPECT_EQ(counters.sessions_closed, 1U);
    EXPECT_EQ(counters.messages_in, 1U);
    EXPECT_EQ(counters.messages_out, 1U);
    EXPECT_EQ(counters.messages_dropped, 1U);
}

}  // namespace
}  // namespace holdfast::engineio
