// How connections end, and what handlers may do meanwhile.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;
using engineio::SendVerdict;

class DisconnectTest : public HubTest {
  protected:
    DisconnectTest() {
        note = [this](Socket& socket, DisconnectReason reason) {
            EXPECT_FALSE(socket.connected());
            EXPECT_EQ(socket.emit("too late"), SendVerdict::dropped);
            reasons.emplace_back(to_string(reason));
        };
        noting = main().on_disconnect(note);
    }
    DisconnectHandler note;
    ListenerId noting;
    Texts reasons;
};

TEST_F(DisconnectTest, ByTheClientKeepsTheTransport) {
    const auto session = join();
    const auto socket = only();
    says(session, "1");
    EXPECT_EQ(reasons, Texts{"client namespace disconnect"});
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_TRUE(heard(session).empty());
    EXPECT_EQ(main().find(socket->id()), nullptr);
    EXPECT_TRUE(socket->rooms().empty());
}

TEST_F(DisconnectTest, ASocketThatIsGoneIsInNoRoom) {
    const auto& rooms = static_cast<NamespaceState&>(main()).rooms();
    const auto kicked = join(), lost = join();
    main().join_sockets({}, "team");
    const auto kept = main().sockets({});
    EXPECT_EQ(rooms.room_count(), 1U);
    kept.front()->disconnect(false);
    hub->on_close(lost, CloseReason::transport_close);
    EXPECT_EQ(rooms.room_count(), 0U);
    EXPECT_FALSE(closed(kicked).has_value());
}

TEST_F(DisconnectTest, ByTheServerTellsTheClientAndKeepsTheTransport) {
    hub->of("/admin");
    const auto session = join();
    says(session, "0/admin,");
    (void)heard(session);
    only()->disconnect(false);
    EXPECT_EQ(reasons, Texts{"server namespace disconnect"});
    EXPECT_EQ(heard(session), Texts{"1"});
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_TRUE(only("/admin")->connected());
}

TEST_F(DisconnectTest, ByTheServerWithTheTransportLeavesEveryNamespace) {
    hub->of("/admin").on_disconnect(note);
    const auto session = join();
    says(session, "0/admin,");
    (void)heard(session);
    only()->disconnect(true);
    EXPECT_EQ(reasons, (Texts{"server namespace disconnect", "server namespace disconnect"}));
    EXPECT_EQ(heard(session), (Texts{"1", "1/admin,"}));
    EXPECT_EQ(closed(session), CloseReason::forced_close);
}

TEST_F(DisconnectTest, WhatTheClientSentBeforeItKnewIsIgnored) {
    const auto session = join();
    main().on_any([](Socket& /*socket*/, Event& /*event*/) { FAIL() << "the socket is gone"; });
    only()->disconnect(false);
    says(session, R"(2["on the way"])");
    says(session, "31[]");
    EXPECT_FALSE(closed(session).has_value());
    says(session, "1");
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_EQ(reasons.size(), 1U);
    (void)heard(session);
    says(session, "0");
    EXPECT_TRUE(only()->connected());
    EXPECT_EQ(heard(session).size(), 1U);
}

TEST_F(DisconnectTest, EveryEndOfASessionHasItsReason) {
    const std::vector<std::pair<CloseReason, std::string>> cases = {
        {CloseReason::transport_close, "transport close"},
        {CloseReason::transport_error, "transport error"},
        {CloseReason::ping_timeout, "ping timeout"},
        {CloseReason::parse_error, "parse error"},
        {CloseReason::forced_close, "forced server close"},
        {CloseReason::server_shutdown, "server shutting down"},
        {CloseReason::queue_overflow, "queue overflow"},
    };
    for (const auto& [reason, text] : cases) {
        hub->on_close(join(), reason);
        EXPECT_EQ(reasons.back(), text);
    }
    EXPECT_EQ(hub->counters().disconnects, cases.size());
    EXPECT_EQ(main().socket_count(), 0U);
}

TEST_F(DisconnectTest, APacketThatBreaksTheProtocolClosesWithParseError) {
    for (const auto* text : {"", "abc", "2[]", "0[]", "0null", R"(2["connect"])", R"(50-["x"])", "9"}) {
        const auto session = join();
        says(session, text);
        EXPECT_EQ(closed(session), CloseReason::parse_error) << text;
        EXPECT_EQ(reasons.back(), "parse error") << text;
    }
    EXPECT_EQ(hub->counters().parse_errors, 8U);
    const auto unannounced = join();
    says_binary(unannounced, "x");
    EXPECT_EQ(closed(unannounced), CloseReason::parse_error);
    const auto between = join();
    says(between, R"(51-["x",{"_placeholder":true,"num":0}])");
    says(between, R"(2["y"])");
    EXPECT_EQ(closed(between), CloseReason::parse_error);
}

TEST_F(DisconnectTest, NothingIsHandledAfterTheEnd) {
    main().on_any([](Socket& /*socket*/, Event& /*event*/) { FAIL() << "the session is over"; });
    const auto session = join();
    says(session, "broken");
    says(session, R"(2["x"])");
    says(session, "0");
    hub->on_close(session, CloseReason::transport_close);
    EXPECT_EQ(reasons.size(), 1U);
    EXPECT_EQ(main().socket_count(), 0U);
}

TEST_F(DisconnectTest, ShutDownSendsNoNamespaceDisconnectAndTakesNobodyNew) {
    const auto session = join(), fresh = open();
    hub->shut_down();
    says(fresh, "0");
    hub->on_close(session, CloseReason::server_shutdown);
    EXPECT_TRUE(heard(session).empty());
    EXPECT_TRUE(heard(fresh).empty());
    EXPECT_EQ(reasons, Texts{"server shutting down"});
}

TEST_F(DisconnectTest, TheHandlerStillSeesTheRooms) {
    const auto session = join(), other = join();
    Texts rooms;
    main().on_disconnect([&](Socket& socket, DisconnectReason /*reason*/) {
        rooms = socket.rooms();
        socket.nsp().broadcast({rooms, {}}, "left", {});
        EXPECT_FALSE(socket.join("another"));
    });
    main().join_sockets({}, "team");
    hub->on_close(session, CloseReason::transport_close);
    EXPECT_EQ(rooms.front(), "team");
    EXPECT_EQ(heard(other), Texts{R"(2["left"])"});
    EXPECT_EQ(main().sockets({{"team"}, {}}).size(), 1U);
}

TEST_F(DisconnectTest, AnOverflowDuringABroadcastIsToldAfterIt) {
    std::vector<engineio::SessionId> sessions;
    for (int i = 0; i < 10; ++i)
        sessions.push_back(join());
    for (const int i : {0, 4, 9})
        output.sessions[sessions[static_cast<std::size_t>(i)]].overflows = true;
    bool broadcasting = true;
    main().off(noting);
    main().on_disconnect([&](Socket& socket, DisconnectReason reason) {
        EXPECT_FALSE(broadcasting);
        EXPECT_EQ(reason, DisconnectReason::queue_overflow);
        reasons.emplace_back(socket.id());
        socket.nsp().broadcast({}, "gone", {});
    });
    EXPECT_EQ(main().broadcast({}, "x", {}), 7U);
    EXPECT_EQ(main().broadcast({}, "y", {}), 7U);
    EXPECT_TRUE(reasons.empty());
    broadcasting = false;
    pass(100ms);
    EXPECT_EQ(reasons.size(), 3U);
    EXPECT_EQ(main().socket_count(), 7U);
    EXPECT_EQ(heard(sessions[1]).size(), 5U);
}

TEST_F(DisconnectTest, AnOverflowInAHandlerIsToldWhenTheHandlerIsDone) {
    const auto one = join();
    const auto two = join();
    output.sessions[two].overflows = true;
    main().on("go", [&](Socket& socket, Event& /*event*/) {
        socket.nsp().broadcast({}, "x", {});
        EXPECT_TRUE(reasons.empty());
    });
    says(one, R"(2["go"])");
    EXPECT_EQ(reasons, Texts{"queue overflow"});
    EXPECT_EQ(main().socket_count(), 1U);
}

TEST_F(DisconnectTest, AHandlerMayDisconnectItsOwnSocket) {
    main().on("kick me", [](Socket& socket, Event& event) {
        socket.disconnect(true);
        socket.emit("too late");
        event.ack(json::array{});
    });
    main().on_any([](Socket& /*socket*/, Event& /*event*/) {});
    const auto session = join();
    says(session, R"(21["kick me"])");
    EXPECT_EQ(heard(session), Texts{"1"});
    EXPECT_EQ(reasons.size(), 1U);
}

TEST_F(DisconnectTest, AConnectionHandlerMayDisconnectAtOnce) {
    main().on_connection([](const SocketPointer& socket) { socket->disconnect(true); });
    const auto session = open();
    says(session, "0");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
    EXPECT_EQ(reasons.size(), 1U);
}

TEST_F(DisconnectTest, AHandlerMayRemoveItselfAndEndAllOthers) {
    main().on("end", [this](Socket& socket, Event& /*event*/) {
        main().off("end");
        for (const auto& other : main().sockets({{}, {std::string(socket.id())}}))
            other->disconnect(true);
        socket.join("survivors");
    });
    const auto one = join();
    join();
    join();
    says(one, R"(2["end"])");
    EXPECT_EQ(main().socket_count(), 1U);
    EXPECT_EQ(main().broadcast({{"survivors"}, {}}, "x", {}), 1U);
}

TEST_F(DisconnectTest, ADisconnectHandlerMayDisconnectTheOthersOfTheSameConnection) {
    hub->of("/admin").on_disconnect(note);
    const auto session = join();
    says(session, "0/admin,");
    const auto admin = only("/admin");
    main().off(noting);
    main().on_disconnect([&](Socket& /*socket*/, DisconnectReason /*reason*/) { admin->disconnect(true); });
    hub->on_close(session, CloseReason::transport_close);
    EXPECT_EQ(reasons, Texts{"transport close"});
}

TEST_F(DisconnectTest, ASocketThatIsKeptPastTheServerIsHarmless) {
    const auto session = join();
    const auto socket = only();
    socket->join("room");
    socket->emit_with_ack("x", {}, 1s, [](const Result<Payload, AckError>& /*answer*/) {});
    (void)session;
    hub.reset();
    EXPECT_FALSE(socket->connected());
    EXPECT_EQ(socket->emit("x"), SendVerdict::dropped);
    EXPECT_FALSE(socket->join("y"));
    EXPECT_TRUE(socket->rooms().empty());
    EXPECT_EQ(socket->transport(), std::nullopt);
    socket->leave("room");
    socket->disconnect(true);
}

TEST_F(DisconnectTest, MiddlewareMayEndTheConnection) {
    main().use([](Socket& socket, const Next& next) {
        socket.disconnect(true);
        next({});
    });
    const auto session = open();
    says(session, "0");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
    EXPECT_TRUE(heard(session).empty());
    EXPECT_TRUE(reasons.empty());
}

/// Any bytes from any client: the hub lives, and a client that keeps to the rules notices nothing.
RC_GTEST_FIXTURE_PROP(DisconnectTest, NoBytesOfOneClientHarmAnother, ()) {
    const auto honest = join();
    (void)heard(honest);
    main().on("ask", [](Socket& /*socket*/, Event& event) { event.ack(std::move(event.arguments)); });
    const std::vector<std::string> starts = {"",
                                             "0",
                                             "0/admin,",
                                             "1",
                                             R"(2["ask",1])",
                                             "21",
                                             R"(51-["a",{"_placeholder":true,"num":0}])",
                                             "30[]",
                                             R"(20["ask"])",
                                             "4{}",
                                             "0{\"a\":1}"};
    auto session = open();
    for (int step = *rc::gen::inRange(0, 40); step > 0; --step) {
        if (closed(session)) session = open();
        auto text = *rc::gen::elementOf(starts);
        if (*rc::gen::inRange(0, 4) == 0) text += *rc::gen::arbitrary<std::string>();
        if (*rc::gen::inRange(0, 6) == 0) {
            says_binary(session, text);
        } else {
            says(session, text);
        }
        if (*rc::gen::inRange(0, 10) == 0) pass(10s);
    }
    RC_ASSERT(!closed(honest).has_value());
    says(honest, R"(25["ask","still here"])");
    RC_ASSERT(heard(honest) == Texts{R"(35["still here"])"});
}

}  // namespace
}  // namespace holdfast::socketio
