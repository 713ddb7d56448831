// Joining and leaving namespaces.
#include <boost/json/parse.hpp>

#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;

class ConnectTest : public HubTest {};

TEST_F(ConnectTest, IsAnsweredWithASocketIdOfItsOwn) {
    const auto session = open();
    says(session, "0");
    const auto answer = heard(session);
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_EQ(answer[0], R"(0{"sid":")" + std::string(only()->id()) + "\"}");
    EXPECT_EQ(only()->id().size(), 20U);
    const auto other = join();
    EXPECT_NE(main().sockets({})[0]->id(), main().sockets({})[1]->id());
    EXPECT_FALSE(closed(other).has_value());
}

TEST_F(ConnectTest, MissingAuthCountsAsAnEmptyObject) {
    join();
    EXPECT_EQ(only()->auth(), json::value(json::object()));
}

TEST_F(ConnectTest, AuthReachesTheHandler) {
    json::value auth;
    main().on_connection([&](const SocketPointer& socket) { auth = socket->auth(); });
    says(open(), R"(0{"token":"x"})");
    EXPECT_EQ(auth, json::parse(R"({"token":"x"})"));
}

TEST_F(ConnectTest, UnknownNamespaceIsRefusedAndTheTransportStays) {
    const auto session = open();
    says(session, "0/nowhere,");
    EXPECT_EQ(heard(session), Texts{R"(4/nowhere,{"message":"Invalid namespace"})"});
    EXPECT_FALSE(closed(session).has_value());
    says(session, "0");
    EXPECT_EQ(main().socket_count(), 1U);
}

TEST_F(ConnectTest, SecondConnectToTheSameNamespaceCloses) {
    const auto session = join();
    says(session, "0");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
    EXPECT_EQ(main().socket_count(), 0U);
}

TEST_F(ConnectTest, EventOnANamespaceThatWasNotJoinedCloses) {
    hub->of("/admin");
    const auto session = join();
    says(session, R"(2/admin,["x"])");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
    const auto fresh = open();
    says(fresh, R"(2["x"])");
    EXPECT_EQ(closed(fresh), CloseReason::forced_close);
}

TEST_F(ConnectTest, DisconnectFromANamespaceThatWasNotJoinedCloses) {
    const auto session = open();
    says(session, "1");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
}

TEST_F(ConnectTest, ConnectErrorFromAClientCloses) {
    const auto session = join();
    says(session, R"(4{"message":"x"})");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
}

TEST_F(ConnectTest, DisconnectAndConnectInOneBurstAreHandledInOrder) {
    const auto session = join();
    const auto first = only();
    says(session, "1");
    says(session, "0");
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_FALSE(first->connected());
    EXPECT_NE(only()->id(), first->id());
    EXPECT_EQ(heard(session).size(), 1U);
}

TEST_F(ConnectTest, AClientThatJoinsNothingIsClosedAfter45Seconds) {
    const auto silent = open();
    const auto refused = open();
    says(refused, "0/nowhere,");
    const auto joined = join();
    pass(0ms);
    pass(44999ms);
    EXPECT_FALSE(closed(silent).has_value());
    pass(1ms);
    EXPECT_EQ(closed(silent), CloseReason::forced_close);
    EXPECT_EQ(closed(refused), CloseReason::forced_close);
    EXPECT_FALSE(closed(joined).has_value());
    EXPECT_EQ(hub->counters().connect_timeouts, 2U);
}

TEST_F(ConnectTest, MiddlewaresRunInOrderAndBeforeTheAnswer) {
    std::string order;
    const auto session = open();
    main().use([&](Socket& socket, const Next& next) {
        EXPECT_FALSE(socket.connected());
        order += "1";
        next({});
    });
    main().use([&](Socket& /*socket*/, const Next& next) {
        EXPECT_TRUE(output.sessions[session].sent.empty());
        order += "2";
        next({});
    });
    main().on_connection([&](const SocketPointer& socket) {
        EXPECT_TRUE(socket->connected());
        order += "3";
    });
    says(session, "0");
    EXPECT_EQ(order, "123");
    EXPECT_EQ(main().socket_count(), 1U);
}

TEST_F(ConnectTest, RefusedConnectIsAnObjectAndLeavesNothingBehind) {
    main().use([](Socket& socket, const Next& next) {
        socket.join("lobby");
        next(ConnectError{"not you", json::object{{"code", 7}}});
    });
    main().use([](Socket& /*socket*/, const Next& /*next*/) { FAIL() << "the one before has refused"; });
    const auto session = open();
    says(session, "0");
    EXPECT_EQ(heard(session), Texts{R"(4{"message":"not you","data":{"code":7}})"});
    EXPECT_EQ(main().broadcast({{"lobby"}, {}}, "x", {}), 0U);
    EXPECT_EQ(main().socket_count(), 0U);
    EXPECT_FALSE(closed(session).has_value());
    says(session, R"(2["x"])");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
}

TEST_F(ConnectTest, AMiddlewareMayAnswerLaterAndOnlyOnce) {
    Next answer;
    main().use([&](Socket& /*socket*/, Next next) { answer = std::move(next); });
    const auto session = open();
    says(session, "0");
    EXPECT_TRUE(heard(session).empty());
    answer({});
    EXPECT_EQ(heard(session).size(), 1U);
    answer(ConnectError{"too late", nullptr});
    answer({});
    EXPECT_TRUE(heard(session).empty());
    EXPECT_TRUE(only()->connected());
}

TEST_F(ConnectTest, AnsweringTwiceDoesNotSkipTheNextMiddleware) {
    Next second;
    main().use([](Socket& /*socket*/, const Next& next) {
        next({});
        next({});
    });
    main().use([&](Socket& /*socket*/, Next next) { second = std::move(next); });
    const auto session = open();
    says(session, "0");
    EXPECT_TRUE(heard(session).empty());
    EXPECT_EQ(main().socket_count(), 0U);
    second(ConnectError{"no", nullptr});
    second({});
    EXPECT_EQ(heard(session), Texts{R"(4{"message":"no"})"});
    EXPECT_EQ(main().socket_count(), 0U);
}

TEST_F(ConnectTest, RoomsJoinedInAMiddlewareAreReachedOnlyAfterTheAnswer) {
    Next answer;
    main().use([&](Socket& socket, Next next) {
        socket.join("lobby");
        EXPECT_EQ(socket.emit("early"), engineio::SendVerdict::dropped);
        answer = std::move(next);
    });
    const auto session = open();
    says(session, "0");
    EXPECT_EQ(main().broadcast({{"lobby"}, {}}, "x", {}), 0U);
    answer({});
    (void)heard(session);
    EXPECT_EQ(main().broadcast({{"lobby"}, {}}, "x", {}), 1U);
    EXPECT_EQ(heard(session), Texts{R"(2["x"])"});
}

TEST_F(ConnectTest, AnAnswerAfterTheClientWentChangesNothing) {
    Next answer;
    main().use([&](Socket& /*socket*/, Next next) { answer = std::move(next); });
    const auto gone = open();
    says(gone, "0");
    hub->on_close(gone, CloseReason::transport_close);
    answer({});
    EXPECT_EQ(main().socket_count(), 0U);

    const auto cancelled = open();
    says(cancelled, "0");
    says(cancelled, "1");
    answer(ConnectError{"too late", nullptr});
    EXPECT_EQ(main().socket_count(), 0U);
    EXPECT_TRUE(heard(cancelled).empty());

    const auto outlives = open();
    says(outlives, "0");
    hub.reset();
    answer({});
}

TEST_F(ConnectTest, SecondConnectWhileTheFirstIsPendingCloses) {
    main().use([](Socket& /*socket*/, const Next& /*next*/) {});
    const auto session = open();
    says(session, "0");
    says(session, "0");
    EXPECT_EQ(closed(session), CloseReason::forced_close);
}

TEST_F(ConnectTest, DynamicNamespacesAreMadeOnDemandAndSetUpOnce) {
    int created = 0;
    hub->of([](std::string_view name, const json::value& /*auth*/) { return name.starts_with("/game-"); },
            [&](Namespace& nsp) {
                ++created;
                nsp.on("hello", [](Socket& socket, Event& /*event*/) { socket.emit("welcome"); });
            });
    const auto one = join("/game-1");
    const auto two = join("/game-1");
    EXPECT_EQ(created, 1);
    says(one, R"(2/game-1,["hello"])");
    EXPECT_EQ(heard(one), Texts{R"(2/game-1,["welcome"])"});
    EXPECT_TRUE(heard(two).empty());
    const auto other = open();
    says(other, "0/other,");
    EXPECT_EQ(heard(other), Texts{R"(4/other,{"message":"Invalid namespace"})"});
}

TEST_F(ConnectTest, OneConnectionJoinsManyNamespacesUpToTheLimit) {
    hub->of([](std::string_view /*name*/, const json::value& /*auth*/) { return true; },
            [](Namespace& /*nsp*/) {});
    const auto session = join();
    for (std::size_t i = 1; i < limits::namespaces_per_connection; ++i) {
        says(session, "0/n" + std::to_string(i) + ",");
    }
    EXPECT_EQ(heard(session).size(), limits::namespaces_per_connection - 1);
    says(session, "0/more,");
    EXPECT_EQ(heard(session), Texts{R"(4/more,{"message":"Too many namespaces"})"});
    EXPECT_FALSE(closed(session).has_value());
}

TEST_F(ConnectTest, NamesOfNamespacesGetTheirSlash) {
    EXPECT_EQ(&hub->of("admin"), &hub->of("/admin"));
    EXPECT_EQ(&hub->of(""), &hub->of("/"));
}

}  // namespace
}  // namespace holdfast::socketio
