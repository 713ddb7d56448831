// Events that are understood without values: just those the packet codec reads in the same way, and with the
// text it would write.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "holdfast/socketio/fake_sessions.hpp"
#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/plain_event.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {
namespace {

/// Whether a text is a plain event; if so, the codec has to agree with every part of it.
bool is_plain(std::string_view text) {
    const auto plain = read_plain_event(text, {});
    if (!plain) return false;
    PacketDecoder decoder;
    const auto answer = decoder.add_text(text, {});
    if (!answer && answer.error() == PacketError::bad_namespace) return false;  // nobody can be in it
    if (!answer || !*answer) {
        ADD_FAILURE() << "not for the codec: " << text;
        return true;
    }
    const Packet& packet = **answer;
    EXPECT_EQ(packet.type, PacketType::event) << text;
    EXPECT_EQ(packet.nsp, plain->nsp);
    EXPECT_EQ(packet.id, plain->id);
    json::array elements = packet.data.as_array();
    EXPECT_EQ(elements.front(), json::value(plain->name));
    elements.erase(elements.begin());
    EXPECT_EQ(elements.size(), plain->argument_count);
    std::string written;
    append_json(written, elements);
    EXPECT_EQ(written, "[" + std::string(plain->arguments) + "]");
    EXPECT_EQ(EventArguments(plain->arguments, plain->argument_count).values(), elements) << text;
    return true;
}

TEST(PlainEvent, HasAnIdANamespaceAndSimpleArgumentsOrNone) {
    EXPECT_TRUE(is_plain(R"(2["say"])"));
    EXPECT_TRUE(is_plain(R"(20["say","hello, world"])"));
    EXPECT_TRUE(is_plain(R"(2/room,9007199254740991["say",1,-20,0,true,false,null,"","],[","größe 😀"])"));
    EXPECT_TRUE(is_plain("2[\"\x7f\",999999999999999999,-999999999999999999]"));
    EXPECT_TRUE(is_plain(R"(2["a name longer than eight bytes","and a text longer than sixteen bytes"])"));
}

TEST(PlainEvent, IsNothingThatTheCodecWouldWriteInAnotherWay) {
    for (const auto* const argument :
         {"1.5", "1e3", "-0", "1000000000000000000", R"("\n")", R"("\u0041")", R"("\ud83d")", R"("\/")", "[]",
          "{}", "[1]", R"({"_placeholder":true,"num":0})", " 1", "1 ", "\"a\tb\"", "\"a\x01\"", "\"\xff\"",
          "\"12345678\xc3\""}) {
        EXPECT_FALSE(is_plain("2[\"say\"," + std::string(argument) + "]")) << argument;
    }
    for (const auto* const text : {R"(2[7])", R"(2["connect"])", R"(2["disconnecting",1])", R"(2 ["say"])",
                                   R"(2["say" ,1])", R"(2["s\"ay"])", R"(51-["say"])"}) {
        EXPECT_FALSE(is_plain(text)) << text;
    }
}

TEST(PlainEvent, IsNothingThatIsNoEvent) {
    for (const auto* const text : {"",
                                   "2",
                                   "2[]",
                                   R"(2["say)",
                                   R"(2["say")",
                                   R"(2["say",)",
                                   R"(2["say",])",
                                   R"(2["say",1)",
                                   R"(2["say"]])",
                                   R"(2["say"] )",
                                   R"(2["say",,1])",
                                   R"(2["say"1])",
                                   R"(2["say",01])",
                                   R"(2["say",-])",
                                   R"(2["say",tru])",
                                   R"(2["say",truee])",
                                   R"(2["say","x)",
                                   R"(2/room["say"])",
                                   R"(29007199254740992["say"])",
                                   R"(299999999999999999999["say"])",
                                   R"(3["say"])",
                                   R"(0["say"])"}) {
        EXPECT_FALSE(is_plain(text)) << text;
    }
}

TEST(PlainEvent, IsHeldToTheLimits) {
    EXPECT_FALSE(read_plain_event(R"(2["say",1])", {.json_depth = 0}));
    EXPECT_TRUE(read_plain_event(R"(2["say",1])", {.json_depth = 1}));
    EXPECT_FALSE(read_plain_event(R"(2["say",1,2,3])", {.json_values = 4}));
}

RC_GTEST_PROP(PlainEventProperty, AChangedEventIsReadLikeTheCodecOrNotAtAll, ()) {
    std::string text = R"(2/room,12["say","größe",-12,0,true,false,null,"more than eight bytes"])";
    for (int i = *rc::gen::inRange(0, 4); i > 0; --i) {
        const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
        switch (*rc::gen::inRange(0, 3)) {
            case 0:
                text[at] = *rc::gen::arbitrary<char>();
                break;
            case 1:
                text.erase(at, 1);
                break;
            default:
                text.insert(at, 1, *rc::gen::elementOf(std::string("0123456789-/,[]{}\"\\xtn ")));
                break;
        }
    }
    RC_TAG(is_plain(text));
    RC_ASSERT(!::testing::Test::HasFailure());
}

class PlainEventTest : public HubTest {};

TEST_F(PlainEventTest, ArgumentsThatAreKeptOrChangedAreValues) {
    json::array kept;
    EventArguments moved;
    main().on("keep", [&](Socket& /*socket*/, Event& event) {
        EventArguments copy = event.arguments;
        moved = std::move(copy);
        event.arguments.push_back("more");
        kept = std::move(event.arguments);
    });
    says(join(), R"(2["keep",1,"a text longer than fifteen bytes"])");
    EXPECT_EQ(kept, (json::array{1, "a text longer than fifteen bytes", "more"}));
    EXPECT_EQ(moved, json::array({1, "a text longer than fifteen bytes"}));
}

TEST_F(PlainEventTest, GoesBackAndOnAsItCame) {
    main().on("echo", [](Socket& socket, Event& event) {
        event.ack(event.arguments);
        socket.emit("again", event.arguments);
        event.ack(event.arguments);
        socket.nsp().broadcast({}, encode_event("/", "all", event.arguments));
    });
    const auto session = join();
    says(session, R"(27["echo","größe",1,null])");
    EXPECT_EQ(heard(session),
              (Texts{R"(37["größe",1,null])", R"(2["again","größe",1,null])", R"(2["all","größe",1,null])"}));
    says(session, R"(28["echo"])");
    EXPECT_EQ(heard(session), (Texts{"38[]", R"(2["again"])", R"(2["all"])"}));
}

TEST_F(PlainEventTest, OtherEventsGoBackAsTheCodecWritesThem) {
    main().on("echo", [](Socket& /*socket*/, Event& event) {
        event.ack(event.arguments, std::move(event.attachments));
    });
    const auto session = join();
    says(session, R"(27["echo", 1.50, {"a":"\u0041"}])");
    EXPECT_EQ(heard(session), (Texts{R"(37[1.5,{"a":"A"}])"}));
    says(session, R"(51-8["echo",{"_placeholder":true,"num":0}])");
    says_binary(session, "bytes");
    EXPECT_EQ(heard(session), (Texts{R"(61-8[{"_placeholder":true,"num":0}])", "<bytes>"}));
}

TEST_F(PlainEventTest, SeveralListenersSeeTheSameArguments) {
    std::string seen;
    for (const auto* const mark : {"a", "b"}) {
        main().on("x", [&seen, mark](Socket& /*socket*/, Event& event) {
            append_json(seen, event.arguments.values());
            event.arguments.emplace_back(mark);
        });
    }
    says(join(), R"(2["x",1])");
    EXPECT_EQ(seen, "[1][1]");
}

TEST_F(PlainEventTest, TypedHandlersReadItDirectly) {
    std::string seen;
    main().on("mixed", [&](std::string text, double number, std::optional<bool> missing, json::value any,
                           const Rest& rest) {
        seen = text + " " + std::to_string(number) + (missing ? " there " : " missing ");
        append_json(seen, any);
        append_json(seen, rest.arguments);
    });
    says(join(), R"(2["mixed","a, \"",2,null,false,"the rest",3])");
    EXPECT_EQ(seen, "a, \" 2.000000 missing false[\"the rest\",3]");
    says(join(), R"(2["mixed","a, b",2,null,false,"the rest",3])");
    EXPECT_EQ(seen, "a, b 2.000000 missing false[\"the rest\",3]");
}

TEST_F(PlainEventTest, ForANamespaceThatTheClientIsNotInBreaksTheProtocol) {
    hub->of("/other");
    const auto session = join();
    says(session, R"(2/other,["say"])");
    EXPECT_TRUE(closed(session));
}

}  // namespace
}  // namespace holdfast::socketio
