// Listeners: several of one name, once, off, for any event, for what goes out; middlewares for events.
#include <boost/json/serialize.hpp>
#include <stdexcept>

#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;

class ListenerTest : public HubTest {
  protected:
    EventHandler note(const char* mark) {
        return [this, mark](Socket& /*socket*/, Event& /*event*/) { order += mark; };
    }
    std::string order;
};

TEST_F(ListenerTest, AnyComesBeforeNamesAndASocketsOwnBeforeThoseOfItsNamespace) {
    const auto session = join();
    main().on("x", note("nx "));
    only()->on("x", note("sx "));
    main().on("x", note("nx2 "));
    main().on_any(note("n* "));
    only()->on_any(note("s* "));
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "s* n* sx nx nx2 ");
    order.clear();
    says(session, R"(2["y"])");
    EXPECT_EQ(order, "s* n* ");
    EXPECT_EQ(hub->counters().events_unhandled, 0U);
}

TEST_F(ListenerTest, EveryListenerGetsTheWholeEvent) {
    const auto session = join();
    std::vector<json::array> seen;
    const auto take = [&](Socket& /*socket*/, Event& event) { seen.push_back(std::move(event.arguments)); };
    main().on("x", take);
    main().on("x", take);
    main().on_any(take);
    says(session, R"(2["x","a",[1]])");
    EXPECT_EQ(seen, std::vector<json::array>(3, json::array{"a", json::array{1}}));
}

TEST_F(ListenerTest, OnceIsCalledOnceEvenWhenItsEventComesBackInIt) {
    const auto session = join();
    main().once("x", [&](Socket& /*socket*/, Event& /*event*/) {
        order += "once ";
        says(session, R"(2["x"])");
    });
    only()->once("x", note("own "));
    says(session, R"(2["x"])");
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "own once ");
    EXPECT_EQ(hub->counters().events_unhandled, 1U);
}

TEST_F(ListenerTest, OffByIdTakesOneAndByNameAll) {
    const auto session = join();
    const auto first = main().on("x", note("1"));
    main().on("x", note("2"));
    main().on("x", note("3"));
    EXPECT_TRUE(main().off(first));
    EXPECT_FALSE(main().off(first));
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "23");
    EXPECT_EQ(main().off("x"), 2U);
    EXPECT_EQ(main().off("x"), 0U);
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "23");
}

TEST_F(ListenerTest, OffReachesListenersOfEveryKind) {
    const auto session = join();
    const auto& socket = only();
    const std::vector<ListenerId> ids = {
        socket->on_any(note("any")),
        socket->on_any_outgoing([&](Socket& /*socket*/, const Event& /*event*/) { order += "out"; }),
        socket->on_heartbeat([&](Socket& /*socket*/, Instant /*sent*/) { order += "beat"; }),
        socket->use_for_events([&](Socket& /*socket*/, Event& /*event*/, const EventNext& /*next*/) {}),
        socket->on_disconnecting([&](Socket& /*socket*/, DisconnectReason /*reason*/) { order += "going"; }),
        socket->on_disconnect([&](Socket& /*socket*/, DisconnectReason /*reason*/) { order += "gone"; }),
        main().on_connection([&](const SocketPointer& /*socket*/) { order += "came"; })};
    for (const auto id : ids)
        EXPECT_TRUE(socket->off(id) || main().off(id));
    says(session, R"(2["x"])");
    socket->emit("y");
    hub->on_heartbeat(session, now);
    hub->on_close(session, CloseReason::transport_close);
    join();
    EXPECT_EQ(order, "");
}

TEST_F(ListenerTest, OneThatIsRemovedWhileItsEventIsHandedOutIsNotCalled) {
    const auto session = join();
    ListenerId second;
    main().on("x", [&](Socket& /*socket*/, Event& /*event*/) {
        order += "1";
        main().off(second);
        main().on("x", note("3"));
    });
    second = main().on("x", note("2"));
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "1");
}

TEST_F(ListenerTest, OneThatRemovesEverythingMayGoOnUsingWhatItCaptured) {
    const auto session = join();
    main().on("x", [&, text = std::string(100, 'a')](Socket& /*socket*/, Event& /*event*/) {
        main().off("x");
        order += text;
    });
    says(session, R"(2["x"])");
    EXPECT_EQ(order, std::string(100, 'a'));
}

TEST_F(ListenerTest, AnExceptionCostsOnlyTheListenerThatThrows) {
    const auto session = join();
    main().on("x", [](Socket& /*socket*/, Event& /*event*/) { throw std::runtime_error("broken"); });
    main().on("x", note("still here"));
    says(session, R"(2["x"])");
    EXPECT_EQ(order, "still here");
    EXPECT_EQ(hub->counters().handler_failures, 1U);
}

TEST_F(ListenerTest, NothingIsAddedToASocketThatIsGoneOrOutOfNothing) {
    const auto session = join();
    const auto socket = only();
    EXPECT_FALSE(socket->on("x", EventHandler()));
    EXPECT_FALSE(socket->on_disconnect({}));
    hub->on_close(session, CloseReason::transport_close);
    EXPECT_FALSE(socket->on("x", note("never")));
    EXPECT_FALSE(socket->on_any(note("never")));
    EXPECT_EQ(socket->off("x"), 0U);
}

TEST_F(ListenerTest, DisconnectingComesWhileTheSocketIsInItsRoomsAndDisconnectAfterwards) {
    const auto session = join();
    only()->join("a");
    const auto& rooms = static_cast<NamespaceState&>(main()).rooms();
    main().on_disconnect([&](Socket& socket, DisconnectReason reason) {
        order += " then " + std::string(to_string(reason));
        EXPECT_EQ(rooms.find(socket.id()), nullptr);
        EXPECT_EQ(socket.rooms().size(), 2U);
    });
    main().on_disconnecting([&](Socket& socket, DisconnectReason reason) {
        order += to_string(reason);
        EXPECT_FALSE(socket.connected());
        EXPECT_NE(rooms.find(socket.id()), nullptr);
        EXPECT_EQ(socket.rooms().front(), "a");
    });
    hub->on_close(session, CloseReason::ping_timeout);
    EXPECT_EQ(order, "ping timeout then ping timeout");
}

TEST_F(ListenerTest, WhatGoesOutIsSeenWithItsNameAndArguments) {
    join();
    const auto watched = only();
    join();
    std::vector<std::string> seen;
    watched->on_any_outgoing([&](Socket& socket, const Event& event) {
        EXPECT_EQ(&socket, watched.get());
        EXPECT_FALSE(event.ack.wanted());
        std::string text(event.name);
        for (const auto& argument : event.arguments)
            text += " " + json::serialize(argument);
        for (const auto& attachment : event.attachments)
            text += " <" + attachment + ">";
        seen.push_back(text);
    });
    watched->emit("one", json::array{1, "a"});
    watched->emit_volatile("two", {});
    watched->emit_with_ack("three", {}, 1s, [](const Result<Payload, AckError>& /*answer*/) {});
    Payload binary;
    binary.arguments.push_back(attach(binary.attachments, "bytes"));
    watched->emit("four", std::move(binary));
    main().broadcast({}, "five", {5});
    main().broadcast({{"nobody"}, {}}, "six", {});
    EXPECT_EQ(seen, (Texts{"one 1 \"a\"", "two", "three", R"(four {"_placeholder":true,"num":0} <bytes>)",
                           "five 5"}));
}

TEST_F(ListenerTest, WhatIsDroppedIsNotSeenGoingOut) {
    const auto session = join();
    main().on_any_outgoing([&](Socket& /*socket*/, const Event& event) { order += event.name; });
    output.sessions[session].busy = true;
    only()->emit_volatile("dropped", {});
    main().broadcast({}, "dropped too", {}, true);
    only()->emit("kept");
    EXPECT_EQ(order, "kept");
    EXPECT_EQ(main().off_any_outgoing(), 1U);
    only()->emit("unseen");
    EXPECT_EQ(order, "kept");
}

TEST_F(ListenerTest, MiddlewaresRunInOrderTheNamespacesFirstAndMayChangeTheEvent) {
    const auto session = join();
    const auto add = [&](EventSource& to, const char* mark) {
        to.use_for_events([&, mark](Socket& /*socket*/, Event& event, const EventNext& next) {
            event.arguments.emplace_back(mark);
            next(std::nullopt);
            next(std::nullopt);  // once counts
        });
    };
    add(*only(), "own");
    add(main(), "shared");
    add(*only(), "last");
    main().on("x", [&](Socket& /*socket*/, Event& event) { order += json::serialize(event.arguments); });
    says(session, R"(2["x",1])");
    EXPECT_EQ(order, R"([1,"shared","own","last"])");
}

TEST_F(ListenerTest, AMiddlewareRefusesWithAnAckOrAnEvent) {
    const auto session = join();
    main().on_any(note("never"));
    main().use_for_events([](Socket& /*socket*/, Event& event, const EventNext& next) {
        next(EventRefusal{"not_now", "No " + std::string(event.name) + " now.", json::value{{"wait", 5}}});
        next(std::nullopt);
    });
    says(session, R"(27["move",1])");
    EXPECT_EQ(heard(session), Texts{R"(37[{"error":"not_now","message":"No move now.","data":{"wait":5}}])"});
    says(session, R"(2["move",1])");
    EXPECT_EQ(
        heard(session),
        Texts{
            R"(2["event_refused",{"event":"move","error":"not_now","message":"No move now.","data":{"wait":5}}])"});
    EXPECT_EQ(order, "");
    EXPECT_EQ(hub->counters().events_refused, 2U);
}

TEST_F(ListenerTest, AMiddlewareMayAnswerLaterAndTheEventLivesUntilThen) {
    const auto session = join();
    std::vector<EventNext> waiting;
    main().use_for_events(
        [&](Socket& /*socket*/, Event& /*event*/, EventNext next) { waiting.push_back(std::move(next)); });
    main().on("a long name that fits no small buffer", [&](Socket& /*socket*/, Event& event) {
        order += std::string(event.name) + json::serialize(event.arguments);
        event.ack(json::array{});
    });
    says(session, R"(21["a long name that fits no small buffer","text"])");
    says(session, R"(22["a long name that fits no small buffer","dropped"])");
    EXPECT_EQ(order, "");
    waiting[0](std::nullopt);
    EXPECT_EQ(order, R"(a long name that fits no small buffer["text"])");
    EXPECT_EQ(heard(session), Texts{"31[]"});
    hub->on_close(session, CloseReason::transport_close);
    waiting[1](std::nullopt);
    waiting[1](EventRefusal{});
    EXPECT_EQ(order, R"(a long name that fits no small buffer["text"])");
    hub.reset();
    waiting[0](std::nullopt);
}

TEST_F(ListenerTest, AMiddlewareThatThrowsDropsTheEvent) {
    const auto session = join();
    main().on_any(note("never"));
    main().use_for_events([](Socket& /*socket*/, Event& /*event*/, const EventNext& /*next*/) {
        throw std::runtime_error("no");
    });
    says(session, R"(21["x"])");
    EXPECT_EQ(order, "");
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_EQ(log.lines, Texts{"handler_failed event_middleware no"});
}

TEST_F(ListenerTest, TypedOnesForAnyEventTakeItsNameFirst) {
    std::vector<std::string> seen;
    const auto session = join();
    main().on_any([&](Socket& /*socket*/, const std::string& name, const Rest& rest) {
        seen.push_back(name + " " + std::to_string(rest.arguments.size()));
    });
    main().on_any([&](std::string name, int x, const RawAck& ack) {
        seen.push_back(name + "=" + std::to_string(x) + (ack.wanted() ? "?" : ""));
    });
    says(session, R"(2["one",1])");
    says(session, R"(27["two","x",null])");
    says(session, R"(28["three",3])");
    EXPECT_EQ(seen, (std::vector<std::string>{"one 1", "one=1", "two 2", "three 1", "three=3?"}));
    EXPECT_TRUE(heard(session).empty()) << "an event that does not fit a bystander is nobody's mistake";
    EXPECT_EQ(hub->counters().events_misfit, 0U);
}

TEST_F(ListenerTest, TypedOnesForWhatGoesOutTakeItsNameFirst) {
    std::vector<std::string> seen;
    join();
    main().on_any_outgoing([&](SocketPointer socket, const std::string& name, int score) {
        EXPECT_EQ(socket, only());
        seen.push_back(name + std::to_string(score));
    });
    only()->emit("score", 3);
    main().emit("score", 4);
    only()->emit("other", "text");
    EXPECT_EQ(seen, (std::vector<std::string>{"score3", "score4"}));
}

}  // namespace
}  // namespace holdfast::socketio
