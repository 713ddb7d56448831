// Typed handlers, typed emits and answers: what fits reaches the handler, what does not is explained to the
// client.
#include <boost/json/parse.hpp>

#include "holdfast/socketio/fake_sessions.hpp"
#include "holdfast/socketio/typed.hpp"

namespace holdfast::socketio {

struct Point {
    int x = 0;
    std::optional<int> y;
    friend bool operator==(const Point&, const Point&) = default;
};
BOOST_DESCRIBE_STRUCT(Point, (), (x, y))

enum class Suit { hearts, spades };
BOOST_DESCRIBE_ENUM(Suit, hearts, spades)

struct Card {
    Suit suit = Suit::hearts;
    std::vector<Point> marks;
};
BOOST_DESCRIBE_STRUCT(Card, (), (suit, marks))

namespace {

using namespace std::chrono_literals;

class TypedTest : public HubTest {
  protected:
    /// What a client hears as the ack of an event.
    std::string answer(std::string_view event_text) {
        const auto session = join();
        says(session, "21" + std::string(event_text));
        const auto all = heard(session);
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? "nothing" : all.front();
    }
    /// The sentence in the answer to arguments that do not fit.
    std::string complaint(std::string_view event_text) {
        const auto text = answer(event_text);
        if (!text.starts_with("31[")) return text;
        const auto parsed = json::parse(std::string_view(text).substr(2));
        const auto& error = parsed.at(0);
        if (!error.is_object() || error.at("error") != "bad_arguments") return text;
        return std::string(error.at("message").as_string());
    }
};

TEST_F(TypedTest, HandlersGetTheirArgumentsAndAnswer) {
    main().on("move", [](Socket& socket, int x, int y, Ack<bool, std::string> ack) {
        EXPECT_TRUE(socket.connected());
        ack(x < y, "to " + std::to_string(y));
    });
    EXPECT_EQ(answer(R"(["move",-3,4])"), R"(31[true,"to 4"])");
}

TEST_F(TypedTest, SocketAndAckMayBeLeftOut) {
    int sum = 0;
    main().on("add", [&](int value) { sum += value; });
    main().on("reset", [&] { sum = 0; });
    const auto session = join();
    says(session, R"(2["add",3])");
    says(session, R"(2["add",4])");
    EXPECT_EQ(sum, 7);
    says(session, R"(2["reset"])");
    EXPECT_EQ(sum, 0);
    EXPECT_TRUE(heard(session).empty());
}

TEST_F(TypedTest, ASocketsOwnTypedHandlerWorksLikeThatOfItsNamespace) {
    std::string seen;
    const auto session = join();
    only()->on("say", [&](const SocketPointer& socket, const std::string& text) {
        seen = text;
        socket->emit("said", text, 1.5, true, nullptr);
    });
    says(session, R"(2["say","hello"])");
    EXPECT_EQ(seen, "hello");
    EXPECT_EQ(heard(session), Texts{R"(2["said","hello",1.5,true,null])"});
}

TEST_F(TypedTest, AMisfitIsExplainedInTheAck) {
    bool called = false;
    main().on("move", [&](std::uint8_t, const std::string&) { called = true; });
    EXPECT_EQ(complaint(R"(["move",256,"a"])"),
              "move: argument 1 must be a whole number from 0 to 255, but is the number 256");
    EXPECT_EQ(complaint(R"(["move",1.5,"a"])"),
              "move: argument 1 must be a whole number from 0 to 255, but is the number 1.5");
    EXPECT_EQ(complaint(R"(["move",-1,"a"])"),
              "move: argument 1 must be a whole number from 0 to 255, but is the number -1");
    EXPECT_EQ(complaint(R"(["move",1,{}])"), "move: argument 2 must be a string, but is an object");
    EXPECT_EQ(complaint(R"(["move",1])"), "move: argument 2 must be a string, but is missing");
    EXPECT_EQ(complaint(R"(["move",1,"a",2])"), "move: takes 2 arguments, but 3 came");
    EXPECT_FALSE(called);
    EXPECT_EQ(hub->counters().events_misfit, 6U);
}

TEST_F(TypedTest, WithoutAnAckAMisfitIsExplainedByAnEventAndTheConnectionGoesOn) {
    int calls = 0;
    main().on("count", [&](int) { ++calls; });
    const auto session = join();
    says(session, R"(2["count","x"])");
    EXPECT_EQ(
        heard(session),
        Texts{R"(2["bad_arguments",{"event":"count","message":"count: argument 1 must be a whole number)"
              R"( from -2147483648 to 2147483647, but is the string \"x\""}])"});
    says(session, R"(2["count",1])");
    EXPECT_EQ(calls, 1);
    EXPECT_FALSE(closed(session).has_value());
}

TEST_F(TypedTest, NoComplaintCarriesALongTextBack) {
    main().on("count", [](int) {});
    EXPECT_EQ(
        complaint("[\"count\",\"" + std::string(100'000, 'x') + "\"]"),
        "count: argument 1 must be a whole number from -2147483648 to 2147483647, but is a long string");
}

TEST_F(TypedTest, AHandlerOfAnyNameNamesALongEventOnlyInPart) {
    main().on_any(typed_handler([](int) {}));
    const auto text = complaint("[\"" + std::string(100'000, 'e') + "\"]");
    EXPECT_LT(text.size(), 300U);
}

TEST_F(TypedTest, OptionalArgumentsMayBeMissingOrNull) {
    Texts seen;
    main().on("say", [&](const std::string& text, std::optional<std::string> to, Ack<> ack) {
        seen.push_back(text + " to " + to.value_or("all"));
        ack();
    });
    EXPECT_EQ(answer(R"(["say","a"])"), "31[]");
    EXPECT_EQ(answer(R"(["say","b",null])"), "31[]");
    EXPECT_EQ(answer(R"(["say","c","me"])"), "31[]");
    EXPECT_EQ(seen, (Texts{"a to all", "b to all", "c to me"}));
    EXPECT_EQ(complaint(R"(["say","d",1])"), "say: argument 2 must be a string or null, but is the number 1");
}

TEST_F(TypedTest, WholeNumbersOfEverySizeAreExact) {
    main().on("wide", [](std::uint64_t big, std::int64_t small, Ack<std::uint64_t, std::int64_t> ack) {
        ack(big, small);
    });
    EXPECT_EQ(answer(R"(["wide",18446744073709551615,-9223372036854775808])"),
              "31[18446744073709551615,-9223372036854775808]");
    EXPECT_EQ(answer(R"(["wide",3.0,-4.0])"), "31[3,-4]");
    EXPECT_EQ(
        complaint(R"(["wide",1e30,1])"),
        "wide: argument 1 must be a whole number from 0 to 18446744073709551615, but is the number 1e+30");
}

TEST_F(TypedTest, StructsEnumsListsAndMaps) {
    main().on("deal", [](const Card& card, const std::map<std::string, std::pair<int, bool>>& extra,
                         Ack<Card, std::map<std::string, std::pair<int, bool>>> ack) { ack(card, extra); });
    EXPECT_EQ(answer(R"(["deal",{"suit":"spades","marks":[{"x":1},{"x":2,"y":3}],"more":0},{"a":[1,true]}])"),
              R"(31[{"suit":"spades","marks":[{"x":1,"y":null},{"x":2,"y":3}]},{"a":[1,true]}])");
    EXPECT_EQ(
        complaint(R"(["deal",{"suit":"clubs","marks":[]},{}])"),
        R"(deal: argument 1, field "suit" must be one of "hearts", "spades", but is the string "clubs")");
    EXPECT_EQ(complaint(R"(["deal",{"suit":"hearts","marks":[{"x":1},{"y":2}]},{}])"),
              R"(deal: argument 1, field "marks", element 2, field "x" must be there, but is missing)");
    EXPECT_EQ(complaint(R"(["deal",{"suit":"hearts","marks":[]},{"a":[1]}])"),
              R"(deal: argument 2, field "a" must be an array of 2, but is an array of 1)");
}

TEST_F(TypedTest, BinaryComesAndGoes) {
    main().on("drop", [](const std::string& name, const std::vector<Binary>& parts, Ack<Binary> ack) {
        EXPECT_EQ(name, "f");
        std::string all;
        for (const auto& part : parts)
            all += part.bytes;
        ack(Binary{all});
    });
    const auto session = join();
    says(session, R"(52-7["drop","f",[{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]])");
    says_binary(session, "second");
    says_binary(session, std::string("first\0", 6));
    EXPECT_EQ(heard(session),
              (Texts{R"(61-7[{"_placeholder":true,"num":0}])", "<" + std::string("first\0", 6) + "second>"}));
    EXPECT_EQ(complaint(R"(["drop","f",[{"_placeholder":true,"num":0}]])"),
              "drop: argument 2, element 1 must be binary data, but is binary data that did not come");
}

TEST_F(TypedTest, RestTakesWhatIsLeft) {
    main().on("log", [](const std::string& level, Rest rest, const RawAck& ack) {
        rest.arguments.emplace_back(level);
        ack(std::move(rest));
    });
    EXPECT_EQ(answer(R"(["log","warning",1,{"a":null}])"), R"(31[1,{"a":null},"warning"])");
    EXPECT_EQ(answer(R"(["log","info"])"), R"(31["info"])");
}

TEST_F(TypedTest, RawJsonIsHandedOver) {
    main().on("raw", [](json::value any, const json::object& object, const json::array& array, double number,
                        Ack<json::value, json::object, json::array, double> ack) {
        ack(any, object, array, number);
    });
    EXPECT_EQ(answer(R"(["raw",[1,null],{"k":"v"},[],7])"), R"(31[[1,null],{"k":"v"},[],7])");
    EXPECT_EQ(complaint(R"(["raw",1,2,3,4])"), "raw: argument 2 must be an object, but is the number 2");
}

TEST_F(TypedTest, PlainFunctionsAndEventsStillWork) {
    EventHandler raw = [](Socket& /*socket*/, Event& event) {
        event.ack(json::array{event.arguments.size()});
    };
    main().on("raw", raw);
    EXPECT_EQ(answer(R"(["raw",1,2,3])"), "31[3]");
    main().on(
        "free", +[](int value, Ack<int> ack) { ack(value + 1); });
    EXPECT_EQ(answer(R"(["free",1])"), "31[2]");
}

TEST_F(TypedTest, WhatIsThrownCostsNobodyTheConnection) {
    main().on("throw", [](int) { throw std::runtime_error("oh"); });
    const auto session = join();
    says(session, R"(2["throw",1])");
    EXPECT_FALSE(closed(session).has_value());
    EXPECT_EQ(hub->counters().handler_failures, 1U);
}

TEST_F(TypedTest, ArgumentsOfEmitsAreWritten) {
    const auto session = join();
    only()->emit("all", Card{Suit::spades, {{1, 2}}}, std::optional<int>(),
                 std::vector<std::string>{"a", "b"}, std::string_view("v"), Binary{"bytes"},
                 json::object{{"k", 1}}, 2U);
    EXPECT_EQ(heard(session),
              (Texts{R"(51-["all",{"suit":"spades","marks":[{"x":1,"y":2}]},null,["a","b"],"v",)"
                     R"({"_placeholder":true,"num":0},{"k":1},2])",
                     "<bytes>"}));
}

}  // namespace
}  // namespace holdfast::socketio
