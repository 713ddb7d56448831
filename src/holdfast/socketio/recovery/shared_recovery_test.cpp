// Recovery of several servers that share one log: a client comes back on any of them.
#include "holdfast/socketio/recovery/shared_recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class SharedRecoveryTest : public testing::Test {
  protected:
    SharedRecoveryTest() { world.disk->at_once = true; }

    std::vector<std::string> happened;
    SharedWorld world{3, [this](Namespace& nsp, std::size_t index) {
                          nsp.on_connection([this, index](const SocketPointer& socket) {
                              happened.push_back("connect " + std::to_string(index) + " " +
                                                 std::string(to_string(socket->recovery())));
                          });
                          nsp.on_disconnect([this, index](Socket&, DisconnectReason reason) {
                              happened.push_back("disconnect " + std::to_string(index) + " " +
                                                 std::string(to_string(reason)));
                          });
                      }};
    StockClient client;
};

TEST_F(SharedRecoveryTest, AClientComesBackOnAnotherThreadAsTheSameSocketWithWhatItMissed) {
    world.connect(client, 0);
    world.read(client, 0);
    const auto sid = client.sid;
    world.main(0).find(sid)->join("mine");
    world.main(0).find(sid)->set_data("Ada");
    world.say(2, {{"mine"}, {}}, "before");
    world.run_all();
    world.read(client, 0);
    world.cut(client, 0);
    world.say(0, {{"mine"}, {}}, "from its own");
    world.say(1, {{"mine"}, {}}, "from where it goes");
    world.say(2, {{"other"}, {}}, "not for it");
    world.say(2, {}, "from a third");
    world.connect(client, 1);
    world.read(client, 1);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.sid, sid);
    EXPECT_EQ(client.heard(), Texts({"before", "from its own", "from where it goes", "from a third"}));
    const auto socket = world.main(1).find(sid);
    ASSERT_NE(socket, nullptr);
    EXPECT_EQ(socket->data(), json::value("Ada"));
    world.say(0, {{"mine"}, {}}, "after");
    world.run_all();
    world.read(client, 1);
    EXPECT_EQ(client.heard(), Texts{"after"});
}

TEST_F(SharedRecoveryTest, WhatSeveralThreadsEmitArrivesInOneOrderEverywhere) {
    StockClient other;
    world.connect(client, 0);
    world.connect(other, 1);
    world.say(0, {}, "one");
    world.say(1, {}, "two");  // the first one has not arrived there yet
    world.main(0).emit("say", "three");
    world.run_all();
    world.read(client, 0);
    world.read(other, 1);
    EXPECT_EQ(client.heard(), Texts({"one", "two", "three"}));
    EXPECT_EQ(other.heard(), Texts({"one", "two", "three"}));
    EXPECT_EQ(client.offset, other.offset);
}

TEST_F(SharedRecoveryTest, WhatIsSentToOneSocketKeepsItsPlaceToo) {
    world.connect(client, 0);
    world.read(client, 0);
    world.say(1, {}, "one");
    world.main(0).find(client.sid)->emit("say", "two");
    world.say(1, {}, "three");
    world.run_all();
    world.read(client, 0);
    EXPECT_EQ(client.heard(), Texts({"one", "two", "three"}));
}

TEST_F(SharedRecoveryTest, ARoomIsJoinedBehindWhatWasEmittedBeforeAndLeftBehindItToo) {
    world.connect(client, 0);
    world.read(client, 0);
    const auto socket = world.main(0).find(client.sid);
    world.say(1, {{"r"}, {}}, "too early");
    socket->join("r");
    world.say(1, {{"r"}, {}}, "in");
    socket->leave("r");
    world.say(1, {{"r"}, {}}, "too late");
    world.run_all();
    world.read(client, 0);
    EXPECT_EQ(client.heard(), Texts{"in"});
}

TEST_F(SharedRecoveryTest, WhoeverMovesSocketsOfOthersReachesThemInTheirNewRoom) {
    world.connect(client, 0);
    world.read(client, 0);
    world.main(1).join_sockets({{client.sid}, {}}, "game");
    world.say(1, {{"game"}, {}}, "start");
    const auto offset = client.offset;
    world.run_all();
    // It breaks before the client reads; what it was sent counts as sent to somebody in the room.
    world.cut(client, 0);
    world.main(1).leave_sockets({{"game"}, {}}, "game");
    world.say(1, {{"game"}, {}}, "still in: it was away");
    client.offset = offset;
    world.connect(client, 2);
    world.read(client, 2);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"start", "still in: it was away"}));
    world.main(1).leave_sockets({{"game"}, {}}, "game");
    world.say(1, {{"game"}, {}}, "out");
    world.run_all();
    world.read(client, 2);
    EXPECT_TRUE(client.heard().empty());
}

TEST_F(SharedRecoveryTest, RoomsThatAreChangedFromAfarManyTimesWithNothingInBetweenAreKept) {
    world.connect(client, 0);
    world.read(client, 0);
    for (int i = 0; i < 3; ++i) {
        world.main(1).join_sockets({}, "r");
        world.main(1).leave_sockets({}, "r");
    }
    world.main(1).join_sockets({}, "r");
    world.run_all();
    world.kill();
    world.say(0, {{"r"}, {}}, "in");
    world.connect(client, 1);
    world.read(client, 1);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(client.heard(), Texts{"in"});
}

TEST_F(SharedRecoveryTest, TheOldConnectionEndsOnItsOwnThreadBeforeTheNewSocketIsThere) {
    world.connect(client, 0);
    world.read(client, 0);
    const auto old = client.session;
    world.say(0, {}, "into the dead line");
    world.connect(client, 1);
    world.read(client, 1);
    EXPECT_FALSE(client.connected);
    EXPECT_EQ(world.sockets(), 1U);
    world.nodes[0]->run();
    EXPECT_EQ(world.sockets(), 0U);
    world.nodes[1]->run();
    world.read(client, 1);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts{"into the dead line"});
    EXPECT_EQ(world.nodes[0]->output.sessions[old].closed, engineio::CloseReason::forced_close);
    EXPECT_EQ(happened, (std::vector<std::string>{"connect 0 none", "disconnect 0 transport close",
                                                  "connect 1 complete"}));
}

TEST_F(SharedRecoveryTest, APidThatIsShownOnAllThreadsAtOnceHasOneHolderTheLast) {
    world.connect(client, 0);
    world.read(client, 0);
    StockClient second = client;
    StockClient third = client;
    world.connect(second, 1);
    world.connect(third, 2);
    world.run_all();
    EXPECT_EQ(world.sockets(), 1U);
    world.read(second, 1);
    world.read(third, 2);
    const auto holder = world.main(1).socket_count() == 1 ? 1U : 2U;
    EXPECT_EQ(std::string(world.main(holder).sockets({}).front()->id()), client.sid);
    world.say(0, {}, "to the one");
    world.run_all();
    world.read(second, 1);
    world.read(third, 2);
    EXPECT_EQ(second.heard().size() + third.heard().size(), 1U);
}

TEST_F(SharedRecoveryTest, WhoWaitsForAThreadThatDoesNotAnswerIsClosedInTheEnd) {
    world.connect(client, 0);
    world.read(client, 0);
    world.connect(client, 1);
    world.nodes[1]->hub->on_tick(world.now += 1s);
    world.nodes[1]->hub->on_tick(world.now += limits::namespace_connect_time);
    EXPECT_EQ(world.nodes[1]->output.sessions[client.session].closed, engineio::CloseReason::forced_close);
    world.run_all();
    EXPECT_EQ(world.sockets(), 0U);
    world.connect(client, 2);
    world.read(client, 2);
    EXPECT_TRUE(client.recovered);
}

TEST_F(SharedRecoveryTest, WhoGoesWhileItsOldConnectionIsEndedLeavesNothing) {
    world.connect(client, 0);
    world.read(client, 0);
    world.connect(client, 1);
    world.cut(client, 1);
    world.run_all();
    EXPECT_EQ(world.sockets(), 0U);
    world.connect(client, 1);
    world.read(client, 1);
    EXPECT_TRUE(client.recovered);
}

TEST_F(SharedRecoveryTest, AServerThatGoesLetsItsClientsComeBackElsewhere) {
    world.connect(client, 0);
    world.read(client, 0);
    world.nodes[0].reset();
    world.say(1, {}, "missed");
    world.connect(client, 2);
    world.read(client, 2);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts{"missed"});
}

TEST_F(SharedRecoveryTest, NothingIsSentAnywhereBeforeItIsKept) {
    StockClient other;
    world.connect(client, 0);
    world.connect(other, 1);
    world.read(client, 0);
    world.read(other, 1);
    world.disk->at_once = false;
    world.say(0, {}, "one");
    // What another thread sends now may tell of it, and waits as well.
    world.main(1).find(other.sid)->emit_with_ack("question", json::array{}, 1s, [](const auto&) {});
    world.run_all();
    world.read(client, 0);
    world.read(other, 1);
    EXPECT_TRUE(client.heard().empty());
    EXPECT_TRUE(other.heard().empty());
    world.disk->keep_all();
    world.run_all();
    world.read(client, 0);
    world.read(other, 1);
    EXPECT_EQ(client.heard(), Texts{"one"});
    EXPECT_EQ(other.heard(), Texts({"question", "one"}));
}

TEST_F(SharedRecoveryTest, ADiskThatFailsTakesEverythingBackOnAllThreads) {
    StockClient other;
    world.connect(client, 0);
    world.connect(other, 1);
    world.read(client, 0);
    world.read(other, 1);
    world.disk->at_once = false;
    world.say(0, {}, "never");
    world.disk->fail();
    world.nodes[0]->run();
    EXPECT_EQ(world.main(0).socket_count(), 0U);
    world.pass(5s);  // nobody reads the log anew while there is still somebody somewhere
    world.say(1, {}, "nor this");
    world.nodes[1]->run();
    world.nodes[2]->run();
    EXPECT_EQ(world.sockets(), 0U);
    world.disk->at_once = true;
    world.pass(5s);
    world.pass(5s);
    client.connected = other.connected = false;
    world.connect(client, 2);
    world.connect(other, 2);
    world.say(1, {}, "again");
    world.run_all();
    world.read(client, 2);
    world.read(other, 2);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(client.heard(), Texts{"again"});
    EXPECT_EQ(other.heard(), Texts{"again"});
    world.disk->fail();
    world.run_all();
    EXPECT_EQ(world.sockets(), 0U);
}

TEST_F(SharedRecoveryTest, AVolatileEventOfAnotherThreadMovesNobodysPlace) {
    world.connect(client, 0);
    world.read(client, 0);
    world.say(1, {}, "one");
    world.main(1).broadcast({}, "tick", json::array{"tock"}, true);
    // The volatile one arrives first: the other is written down and not on its way yet.
    world.nodes[0]->posted.pop_front();
    world.nodes[0]->run_one();
    world.read(client, 0);
    world.cut(client, 0);
    world.connect(client, 2);
    world.read(client, 2);
    EXPECT_TRUE(client.recovered);
    const auto heard = client.heard();
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "one"), 1);
}

TEST_F(SharedRecoveryTest, WhoWatchesSeesWhatOtherThreadsSendButNotInTheMiddleOfAnEmit) {
    world.connect(client, 0);
    world.read(client, 0);
    Texts seen;
    bool emitting = false;
    world.main(0).on_any_outgoing([&](Socket& /*socket*/, const Event& event) {
        if (event.arguments[0] == json::value("from afar")) {
            EXPECT_FALSE(emitting);
        }
        seen.emplace_back(event.arguments[0].get_string());
        EXPECT_EQ(event.arguments.size(), 1U);
    });
    world.say(1, {}, "from afar");
    emitting = true;
    world.say(0, {}, "from here");
    emitting = false;
    world.run_all();
    EXPECT_EQ(seen, Texts({"from here", "from afar"}));
}

TEST_F(SharedRecoveryTest, WhatIsForThisServerAloneIsNotSentAgain) {
    world.connect(client, 0);
    world.read(client, 0);
    world.say(0, {}, "one");
    world.say(0, {{}, {}, true}, "local");
    world.say(1, {{}, {}, true}, "local to another");
    world.run_all();
    world.read(client, 0);
    EXPECT_EQ(client.heard(), Texts({"one", "local"}));
    world.cut(client, 0);
    world.connect(client, 0);
    world.read(client, 0);
    EXPECT_TRUE(client.recovered);
    EXPECT_TRUE(client.heard().empty());
}

TEST(SharedRecoveryRefusals, ServersThatShareALogNeedAWayToEachOther) {
    SharedWorld world(1);
    Settings settings;
    settings.adapter = [&](std::string_view nsp, LocalSockets& sockets) {
        return std::make_unique<SharedNodesAdapter>(world.nodes, 0, nsp, sockets);
    };
    SeededRandom random{1};
    FakeSessions output;
    Hub hub(settings, random, output);
    RecoverySettings recovery;
    recovery.log = std::make_unique<MemoryRecoveryLog>("abcdef");
    EXPECT_EQ(hub.enable_recovery(std::move(recovery)).error(), RecoveryRefusal::with_adapter);
    RecoverySettings shared;
    shared.shared = world.shared;
    EXPECT_EQ(hub.enable_recovery(std::move(shared)).error(), RecoveryRefusal::without_post);
}

}  // namespace
}  // namespace holdfast::socketio
