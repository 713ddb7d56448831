// Events, acks, rooms, broadcasts.
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;
using engineio::SendVerdict;

class EventTest : public HubTest {};

TEST_F(EventTest, ReachesTheHandlerWithItsArguments) {
    Texts seen;
    main().on("say", [&](Socket& /*socket*/, Event& event) {
        seen.push_back(std::string(event.name) + " " + std::string(event.arguments.at(0).as_string()));
        EXPECT_FALSE(event.ack.wanted());
    });
    says(join(), R"(2["say","hello"])");
    EXPECT_EQ(seen, Texts{"say hello"});
}

TEST_F(EventTest, NumbersAsNamesArriveAsText) {
    std::string seen;
    main().on("1", [&](Socket& /*socket*/, Event& event) { seen = event.name; });
    says(join(), R"(2[1,"a"])");
    EXPECT_EQ(seen, "1");
}

TEST_F(EventTest, ReservedNamesHaveNoHandlersAndAreNotEmitted) {
    const auto session = join();
    EXPECT_FALSE(main().on("disconnect", [](Socket& /*socket*/, Event& /*event*/) {}));
    EXPECT_FALSE(only()->on("connect", [](Socket& /*socket*/, Event& /*event*/) {}));
    EXPECT_EQ(only()->emit("disconnecting"), SendVerdict::dropped);
    EXPECT_EQ(main().broadcast({}, "connect_error", {}), 0U);
    EXPECT_TRUE(heard(session).empty());
}

TEST_F(EventTest, WithNothingBehindItIsIgnored) {
    main().on_any([](Socket& /*socket*/, Event& /*event*/) { FAIL() << "there is no event"; });
    const auto session = join();
    says(session, "2");
    EXPECT_FALSE(closed(session).has_value());
}

TEST_F(EventTest, NobodyAcksAnEventThatNobodyHandles) {
    const auto session = join();
    says(session, R"(21["unknown"])");
    EXPECT_TRUE(heard(session).empty());
    EXPECT_EQ(hub->counters().events_unhandled, 1U);
}

TEST_F(EventTest, AckGoesOutOnceWithItsId) {
    main().on("ask", [](Socket& /*socket*/, Event& event) {
        ASSERT_TRUE(event.ack.wanted());
        event.ack(json::array{"yes", 1});
        event.ack(json::array{"twice"});
    });
    hub->of("/admin").on("ask", [](Socket& /*socket*/, Event& event) { event.ack(json::array{}); });
    const auto session = join();
    says(session, R"(20["ask"])");
    EXPECT_EQ(heard(session), Texts{R"(30["yes",1])"});
    const auto admin = join("/admin");
    says(admin, R"(2/admin,12["ask"])");
    EXPECT_EQ(heard(admin), Texts{"3/admin,12[]"});
}

TEST_F(EventTest, AnAckWithJsonTextIsSentAsItIsAndOnce) {
    main().on("ask", [](Socket& /*socket*/, Event& event) {
        const RawAck copy = event.ack;
        copy.with_text(R"({"ok":true,"rows":[1,"\"]})");
        event.ack.with_text("2");
    });
    const auto session = join();
    says(session, R"(23["ask"])");
    EXPECT_EQ(heard(session), Texts{R"(33[{"ok":true,"rows":[1,"\"]}])"});
    RawAck().with_text("1");
}

TEST_F(EventTest, APacketAsTextIsSentAsItIsAndListenersHearOfIt) {
    const auto session = join();
    EXPECT_EQ(only()->send_text(R"(2["news",{"n":1}])"), engineio::SendVerdict::sent);
    EXPECT_EQ(heard(session), Texts{R"(2["news",{"n":1}])"});
    std::vector<std::string> outgoing;
    only()->on_any_outgoing(
        [&](Socket& /*socket*/, const Event& event) { outgoing.emplace_back(event.name); });
    EXPECT_EQ(only()->send_text(R"(2["more"])"), engineio::SendVerdict::sent);
    EXPECT_EQ(heard(session), Texts{R"(2["more"])"});
    EXPECT_EQ(outgoing, std::vector<std::string>{"more"});
    const auto kept = only();
    says(session, "1");
    EXPECT_EQ(kept->send_text(R"(2["late"])"), engineio::SendVerdict::dropped);
}

TEST_F(EventTest, AnAckMayComeLaterAndAfterTheSocketIsGoneDoesNothing) {
    std::vector<RawAck> acks;
    main().on("ask", [&](Socket& /*socket*/, Event& event) { acks.push_back(event.ack); });
    const auto session = join();
    says(session, R"(21["ask"])");
    says(session, R"(22["ask"])");
    acks[0](json::array{});
    EXPECT_EQ(heard(session), Texts{"31[]"});
    const auto kept = only();
    says(session, "1");
    acks[1](json::array{});
    EXPECT_TRUE(heard(session).empty());
    RawAck()(json::array{"into the air"});
}

TEST_F(EventTest, BinaryEventsAndAcksCarryTheirAttachmentsBehindThem) {
    main().on("photo", [](Socket& /*socket*/, Event& event) {
        EXPECT_EQ(event.attachments, std::vector<std::string>{"bytes"});
        event.ack(Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    const auto session = join();
    says(session, R"(51-4["photo",{"_placeholder":true,"num":0}])");
    EXPECT_TRUE(heard(session).empty());
    says_binary(session, "bytes");
    EXPECT_EQ(heard(session), (Texts{R"(61-4[{"_placeholder":true,"num":0}])", "<bytes>"}));
}

TEST_F(EventTest, EmitWithAttachments) {
    const auto session = join();
    Payload payload;
    payload.arguments.push_back(attach(payload.attachments, "one"));
    payload.arguments.push_back(json::object{{"deep", attach(payload.attachments, "two")}});
    only()->emit("photos", std::move(payload));
    EXPECT_EQ(heard(session),
              (Texts{R"(52-["photos",{"_placeholder":true,"num":0},{"deep":{"_placeholder":true,"num":1}}])",
                     "<one>", "<two>"}));
}

TEST_F(EventTest, AttachmentsThatNeverComeEndTheConnection) {
    const auto session = join();
    says(session, R"(52-["x",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
    pass(0ms);
    pass(29s);
    says_binary(session, "the first");
    pass(0ms);
    pass(29s);
    EXPECT_FALSE(closed(session).has_value());
    pass(1s);
    EXPECT_EQ(closed(session), CloseReason::parse_error);
    EXPECT_EQ(hub->counters().attachment_timeouts, 1U);
}

TEST_F(EventTest, AttachmentsThatCameLeaveNoTimer) {
    const auto session = join();
    says(session, R"(51-["x",{"_placeholder":true,"num":0}])");
    says_binary(session, "all");
    pass(0ms);
    pass(1h);
    EXPECT_FALSE(closed(session).has_value());
}

TEST_F(EventTest, EmitWithAckGetsTheAnswerOnce) {
    const auto session = join();
    Texts answers;
    only()->emit_with_ack("ask", json::array{1}, 1s, [&](Result<Payload, AckError> answer) {
        ASSERT_TRUE(answer.has_value());
        answers.emplace_back(answer->arguments.at(0).as_string());
    });
    EXPECT_EQ(heard(session), Texts{R"(20["ask",1])"});
    says(session, R"(30["yes"])");
    says(session, R"(30["again"])");
    says(session, R"(399["unknown"])");
    says(session, R"(3["without id"])");
    EXPECT_EQ(answers, Texts{"yes"});
    EXPECT_FALSE(closed(session).has_value());
    pass(0ms);
    pass(1h);
    EXPECT_EQ(answers.size(), 1U);
}

TEST_F(EventTest, EmitWithAckTimesOut) {
    const auto session = join();
    std::vector<AckError> errors;
    const auto note = [&](const Result<Payload, AckError>& answer) { errors.push_back(answer.error()); };
    only()->emit_with_ack("ask", {}, 1s, note);
    pass(0ms);
    pass(999ms);
    EXPECT_TRUE(errors.empty());
    pass(1ms);
    EXPECT_EQ(errors, std::vector{AckError::timed_out});
    says(session, "30[]");
    EXPECT_EQ(errors.size(), 1U);
}

TEST_F(EventTest, EmitWithAckHearsOfADisconnect) {
    const auto session = join();
    const auto socket = only();
    std::vector<AckError> errors;
    const auto note = [&](const Result<Payload, AckError>& answer) { errors.push_back(answer.error()); };
    socket->emit_with_ack("ask", {}, 1s, note);
    hub->on_close(session, CloseReason::transport_close);
    EXPECT_EQ(errors, std::vector{AckError::disconnected});
    socket->emit_with_ack("ask", {}, 1s, note);
    EXPECT_EQ(errors.size(), 2U);
}

TEST_F(EventTest, PendingAcksAreBoundedTheOldestIsGivenUp) {
    join();
    int given_up = 0;
    for (std::size_t i = 0; i < limits::pending_acks; ++i) {
        only()->emit_with_ack("ask", {}, 1h, [&, i](const Result<Payload, AckError>& answer) {
            if (answer.has_value()) return;
            EXPECT_EQ(i, static_cast<std::size_t>(given_up));
            EXPECT_EQ(answer.error(), AckError::timed_out);
            ++given_up;
        });
    }
    EXPECT_EQ(given_up, 0);
    only()->emit_with_ack("ask", {}, 1h, [](const Result<Payload, AckError>& /*answer*/) {});
    EXPECT_EQ(given_up, 1);
    given_up = 0;
    hub.reset();
}

TEST_F(EventTest, VolatileIsDroppedWholeWhenTheTransportIsBusy) {
    const auto session = join();
    output.sessions[session].busy = true;
    EXPECT_EQ(only()->emit_volatile("position", {1}), SendVerdict::dropped);
    EXPECT_EQ(main().broadcast({}, "position", {1}, true), 0U);
    EXPECT_EQ(only()->emit("kept"), SendVerdict::queued);
    EXPECT_EQ(heard(session), Texts{R"(2["kept"])"});
    output.sessions[session].busy = false;
    EXPECT_EQ(only()->emit_volatile("position", {2}), SendVerdict::sent);
}

TEST_F(EventTest, ABroadcastIsEncodedOnceAndSharedByAll) {
    const auto one = join(), two = join();
    EXPECT_EQ(main().broadcast({}, "news", json::array{"x"}), 2U);
    ASSERT_EQ(output.sessions[one].messages.size(), 1U);
    EXPECT_EQ(output.sessions[one].messages[0], output.sessions[two].messages[0]);
    EXPECT_EQ(heard(one), Texts{R"(2["news","x"])"});
}

TEST_F(EventTest, RoomsBoundABroadcast) {
    const auto one = join();
    const auto first = only();
    const auto two = join(), three = join();
    const auto id_of = [&](engineio::SessionId session) {
        for (const auto& socket : main().sockets({})) {
            if (static_cast<SocketState&>(*socket).session() == session) return socket;
        }
        return SocketPointer();
    };
    first->join("a");
    id_of(two)->join("a");
    id_of(two)->join("b");
    EXPECT_EQ(main().broadcast({{"a", "b"}, {}}, "x", {}), 2U);
    EXPECT_EQ(heard(one).size() + heard(two).size(), 2U);
    EXPECT_TRUE(heard(three).empty());
    EXPECT_EQ(main().broadcast({{"a"}, {std::string(first->id())}}, "x", {}), 1U);
    EXPECT_TRUE(heard(one).empty());
    EXPECT_EQ(main().broadcast({{}, {"b"}}, "x", {}), 2U);
    EXPECT_EQ(main().broadcast({{std::string(first->id())}, {}}, "x", {}), 1U);
    EXPECT_EQ(main().broadcast({{"nobody"}, {}}, "x", {}), 0U);
    first->leave("a");
    EXPECT_EQ(first->rooms(), Texts{std::string(first->id())});
    EXPECT_EQ(main().sockets({{"a"}, {}}).size(), 1U);
}

TEST_F(EventTest, RoomsOfOneSocketAreBounded) {
    join();
    for (std::size_t i = 0; i < limits::rooms_per_socket; ++i) {
        EXPECT_TRUE(only()->join("room " + std::to_string(i)));
    }
    EXPECT_FALSE(only()->join("one more"));
    EXPECT_TRUE(only()->join("room 0"));
}

TEST_F(EventTest, NamespacesDoNotHearEachOther) {
    hub->of("/admin");
    const auto session = join(), admin = join("/admin");
    only("/admin")->join("room");
    EXPECT_EQ(main().broadcast({{"room"}, {}}, "x", {}), 0U);
    EXPECT_EQ(main().broadcast({}, "x", {}), 1U);
    EXPECT_TRUE(heard(admin).empty());
    EXPECT_EQ(hub->of("/admin").broadcast({}, "x", {}), 1U);
    EXPECT_EQ(heard(admin), Texts{R"(2/admin,["x"])"});
    EXPECT_EQ(heard(session).size(), 1U);
}

TEST_F(EventTest, OperationsOnAnAudience) {
    const auto one = join(), two = join();
    main().join_sockets({}, "all");
    EXPECT_EQ(main().broadcast({{"all"}, {}}, "x", {}), 2U);
    std::size_t described = 0;
    main().fetch_sockets({{"all"}, {}}, [&](const auto& answer) {
        described = answer->size();
        EXPECT_EQ(answer->front().rooms.size(), 2U);
    });
    EXPECT_EQ(described, 2U);
    main().leave_sockets({}, "all");
    EXPECT_EQ(main().broadcast({{"all"}, {}}, "x", {}), 0U);
    main().disconnect_sockets({}, false);
    EXPECT_EQ(main().socket_count(), 0U);
    EXPECT_EQ(heard(one).back(), "1");
    EXPECT_EQ(heard(two).back(), "1");
}

TEST_F(EventTest, HeartbeatsReachEverySocketOfTheConnection) {
    int beats = 0;
    const Instant sent = now;
    const auto count = [&](Socket& /*socket*/, Instant ping_sent) { beats += ping_sent == sent ? 1 : 100; };
    main().on_heartbeat(count);
    hub->of("/admin");
    const auto session = join();
    says(session, "0/admin,");
    only("/admin")->on_heartbeat(count);
    hub->on_heartbeat(session, sent);
    EXPECT_EQ(beats, 2);
}

TEST_F(EventTest, AnExceptionOfAHandlerIsLoggedAndTheConnectionGoesOn) {
    main().on("bad", [](Socket& /*socket*/, Event& event) { (void)event.arguments.at(5).as_string(); });
    main().on("worse", [](Socket& /*socket*/, Event& /*event*/) { throw 7; });
    main().on("good", [](Socket& socket, Event& /*event*/) { socket.emit("fine"); });
    const auto session = join();
    says(session, R"(2["bad"])");
    says(session, R"(2["worse"])");
    says(session, R"(2["good"])");
    EXPECT_EQ(heard(session), Texts{R"(2["fine"])"});
    EXPECT_EQ(hub->counters().handler_failures, 2U);
    ASSERT_EQ(log.lines.size(), 2U);
    EXPECT_TRUE(log.lines[0].starts_with("handler_failed bad "));
}

}  // namespace
}  // namespace holdfast::socketio
