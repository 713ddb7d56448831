// What is sent to a server under load, and what is made of its answers.
#include <gtest/gtest.h>

#include "holdfast/bench/echo.hpp"
#include "holdfast/bench/packet.hpp"
#include "holdfast/bench/shout.hpp"

namespace {

using namespace holdfast::bench;

TEST(BenchPacket, TakesAnAckApart) {
    const Packet packet = read_packet(R"(43/game,12["x"])");
    EXPECT_EQ(packet.kind, PacketKind::ack);
    EXPECT_EQ(packet.name_space, "/game");
    EXPECT_EQ(packet.id, 12);
    EXPECT_EQ(packet.body, R"(["x"])");
}

TEST(BenchPacket, KnowsTheKindsOfBothProtocols) {
    EXPECT_EQ(read_packet(R"(0{"sid":"a"})").kind, PacketKind::open);
    EXPECT_EQ(read_packet("1").kind, PacketKind::close);
    EXPECT_EQ(read_packet("2").kind, PacketKind::ping);
    EXPECT_EQ(read_packet(R"(40{"sid":"a"})").kind, PacketKind::connect);
    EXPECT_EQ(read_packet("41").kind, PacketKind::disconnect);
    EXPECT_EQ(read_packet(R"(42["a"])").kind, PacketKind::event);
    EXPECT_EQ(read_packet(R"(44/x,{"message":"no"})").kind, PacketKind::connect_error);
    EXPECT_EQ(read_packet(R"(44/x,{"message":"no"})").body, R"({"message":"no"})");
}

TEST(BenchPacket, WhatMakesNoSenseIsOther) {
    for (const char* text : {"", "4", "7", "x", "49"})
        EXPECT_EQ(read_packet(text).kind, PacketKind::other) << text;
    EXPECT_EQ(read_packet("43/game").body, "");
    EXPECT_EQ(read_packet("43").id, std::nullopt);
    EXPECT_EQ(read_packet("4399999999999999999999999[]").id, std::nullopt);
}

TEST(BenchPacket, NamesTheEvent) {
    EXPECT_EQ(event_name(R"(["bcast","x"])"), "bcast");
    EXPECT_EQ(event_name(R"([1,"x"])"), "");
    EXPECT_EQ(event_name(R"(["open)"), "");
}

TEST(BenchPacket, WritesEventsForAnyNamespace) {
    std::string out;
    append_event(out, name_space_prefix("/"), std::nullopt, "hi", "");
    EXPECT_EQ(out, R"(42["hi"])");
    out.clear();
    append_event(out, name_space_prefix("game"), 7, "hi", "{}");
    EXPECT_EQ(out, R"(42/game,7["hi",{}])");
}

TEST(Echo, AsksAndKnowsItsAnswer) {
    Echo echo(Protocol::socketio, "/", 16);
    EXPECT_EQ(echo.request(42), R"(4242["echo","abcdefghijklmnop"])");
    const auto answer = echo.read(R"(4342["abcdefghijklmnop"])");
    EXPECT_EQ(answer.outcome, Echo::Outcome::answer);
    EXPECT_EQ(answer.number, 42);
    EXPECT_EQ(echo.read(R"(4342[ "abcdefghijklmnop" ])").outcome, Echo::Outcome::answer)
        << "spaces are JSON, too";
}

TEST(Echo, AnotherTextIsAWrongAnswer) {
    const Echo echo(Protocol::socketio, "/", 16);
    for (const char* wrong : {R"(4342["abcdefghijklmnoP"])", "4342[]", R"(4342["abcdefghijklmnop",1])",
                              "4342{", R"(43["abcdefghijklmnop"])", "4342"})
        EXPECT_EQ(echo.read(wrong).outcome, Echo::Outcome::wrong) << wrong;
    EXPECT_EQ(echo.read(R"(42["hello"])").outcome, Echo::Outcome::unrelated);
}

TEST(Echo, BareFramesCarryTheirNumber) {
    Echo echo(Protocol::websocket, "/", 16);
    EXPECT_EQ(echo.request(7), "000000000007abcd");
    EXPECT_EQ(echo.read("000000000007abcd").outcome, Echo::Outcome::answer);
    EXPECT_EQ(echo.read("000000000007abcd").number, 7);
    for (const char* wrong :
         {"", "000000000007", "000000000007abcde", "00000000000xabcd", "hello, world, hello"})
        EXPECT_EQ(echo.read(wrong).outcome, Echo::Outcome::wrong) << wrong;
}

TEST(Shout, IsHeardAsItWasSent) {
    for (const Protocol protocol : {Protocol::socketio, Protocol::websocket}) {
        Shout shout(protocol, "/", 32);
        const std::string message(shout.message(123));
        EXPECT_TRUE(shout.concerns(message));
        EXPECT_EQ(shout.read(message), 123);
        EXPECT_EQ(shout.read(message.substr(0, message.size() - 1)), std::nullopt);
        EXPECT_EQ(shout.read(message + "x"), std::nullopt);
    }
}

TEST(Shout, BareOnesAreOfTheWishedLengthAndBeginWithBcast) {
    Shout shout(Protocol::websocket, "/", 32);
    EXPECT_EQ(shout.message(5).size(), 32);
    EXPECT_EQ(shout.message(5).substr(0, 17), "bcast000000000005");
}

TEST(Shout, TheOffsetOfARecoveringServerIsNoHarm) {
    Shout shout(Protocol::socketio, "/", 16);
    EXPECT_EQ(shout.read(R"(42["bcast","000000000009xxxx","offset"])"), 9);
    EXPECT_FALSE(shout.concerns(R"(42["hello","000000000009xxxx"])"));
}

TEST(Hearing, EachMessageOnceAndInOrder) {
    Hearing hearing(2, 1, 1);
    EXPECT_TRUE(hearing.hear(0, 0));
    EXPECT_TRUE(hearing.hear(0, 1));
    EXPECT_FALSE(hearing.hear(0, 1)) << "twice";
    EXPECT_FALSE(hearing.hear(1, 1)) << "the first was lost";
    EXPECT_EQ(hearing.heard(0), 3);
}

TEST(Hearing, TalkersMayOvertakeEachOtherButNotThemselves) {
    Hearing hearing(1, 2, 2);  // talker 0 says 0, 1, 4, 5; talker 1 says 2, 3, 6, 7
    EXPECT_TRUE(hearing.hear(0, 2));
    EXPECT_TRUE(hearing.hear(0, 0));
    EXPECT_TRUE(hearing.hear(0, 3));
    EXPECT_TRUE(hearing.hear(0, 1));
    EXPECT_TRUE(hearing.hear(0, 4));
    EXPECT_FALSE(hearing.hear(0, 7));
}

}  // namespace
