// What is held back until it is on the disk, and what happens when the disk fails or the process ends.
#include "holdfast/socketio/recovery/recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

class OnDisk : public RecoveryTest {
  protected:
    /// A client whose session is on the disk.
    void connect_and_keep(StockClient& client) {
        connect(client);
        disk->keep_all();
        read(client);
        ASSERT_TRUE(client.connected);
    }
    /// kill -9, and a new process over what is on the disk.
    void restart() {
        disk->crash();
        start();
    }
    const Texts& on_the_wire(const StockClient& client) { return output->sessions[client.session].sent; }
};

TEST_F(OnDisk, TheReplyToConnectWaitsForTheSession) {
    StockClient client;
    connect(client);
    EXPECT_TRUE(on_the_wire(client).empty());
    EXPECT_FALSE(client.connected);
    disk->keep_all();
    read(client);
    EXPECT_TRUE(client.connected);
}

TEST_F(OnDisk, AnEventWaitsForItsRecordAndTheRestWaitsBehindIt) {
    StockClient first;
    StockClient second;
    connect_and_keep(first);
    connect_and_keep(second);
    main().on("say", [this](Socket& socket, Event& event) {
        say({}, event.arguments[0].get_string());
        socket.emit_volatile("volatile", json::array{1});
        event.ack(json::array{"done"});
    });
    hub->on_message(first.session, "27[\"say\",\"one\"]", false);
    hub->on_message(second.session, "28[\"say\",\"two\"]", false);
    EXPECT_TRUE(on_the_wire(first).empty()) << "nothing is on the disk";
    EXPECT_TRUE(on_the_wire(second).empty());
    disk->keep(1);
    ASSERT_EQ(on_the_wire(first).size(), 3U);
    EXPECT_TRUE(on_the_wire(first)[0].starts_with("2[\"say\",\"one\""));
    EXPECT_TRUE(on_the_wire(first)[1].starts_with("2[\"volatile\""));
    EXPECT_EQ(on_the_wire(first)[2], "37[\"done\"]");
    ASSERT_EQ(on_the_wire(second).size(), 1U) << "its own event is not on the disk yet";
    disk->keep(1);
    EXPECT_EQ(on_the_wire(first).size(), 4U);
    ASSERT_EQ(on_the_wire(second).size(), 4U);
    EXPECT_EQ(on_the_wire(second)[3], "38[\"done\"]");
}

TEST_F(OnDisk, NothingWaitsWhenEverythingIsOnTheDisk) {
    StockClient client;
    connect_and_keep(client);
    socket_of(client)->emit_with_ack("ask", {}, 1s, [](const auto&) {});
    EXPECT_EQ(on_the_wire(client).size(), 1U);
}

TEST_F(OnDisk, ACloseWaitsBehindWhatWasSaidBefore) {
    StockClient client;
    connect_and_keep(client);
    socket_of(client)->emit("last words");
    socket_of(client)->disconnect(true);
    EXPECT_FALSE(output->sessions[client.session].closed);
    disk->keep_all();
    ASSERT_EQ(on_the_wire(client).size(), 2U);
    EXPECT_EQ(on_the_wire(client)[1], "1");
    EXPECT_EQ(output->sessions[client.session].closed, engineio::CloseReason::forced_close);
}

TEST_F(OnDisk, AKilledProcessComesBackWithSessionsRoomsAndEvents) {
    StockClient client;
    connect_and_keep(client);
    socket_of(client)->join("room");
    say({{"room"}, {}}, "one");
    disk->keep_all();
    say({{"room"}, {}}, "never on the disk");
    read(client);
    const auto sid = client.sid;
    restart();
    disk->keep_all();
    say({{"room"}, {}}, "after the restart");
    disk->keep_all();
    connect(client);
    disk->keep_all();
    read(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.sid, sid);
    EXPECT_EQ(client.heard(), Texts({"one", "after the restart"}));
    say({{"room"}, {}}, "live");
    disk->keep_all();
    read(client);
    EXPECT_EQ(client.heard(), Texts({"live"}));
}

TEST_F(OnDisk, AfterARestartEverybodyHasTheWholeWindow) {
    StockClient in_time;
    StockClient late;
    connect_and_keep(in_time);
    connect_and_keep(late);
    cut(late);
    pass(limits::recovery_window - 1s);
    restart();
    pass(limits::recovery_window - 1s);
    connect(in_time);
    disk->keep_all();
    read(in_time);
    EXPECT_TRUE(in_time.recovered);
    pass(2s);
    connect(late);
    disk->keep_all();
    read(late);
    EXPECT_EQ(late.recovery, "none");
    EXPECT_EQ(disk->image.sessions.size(), 2U);
}

TEST_F(OnDisk, AFailureTakesBackWhatIsNotOnTheDiskAndNobodyHasHeardOfIt) {
    StockClient client;
    connect_and_keep(client);
    socket_of(client)->join("kept");
    say({}, "kept");
    disk->keep_all();
    read(client);
    (void)client.heard();
    socket_of(client)->join("lost");
    say({}, "lost");
    StockClient newcomer;
    connect(newcomer);
    disk->fail();
    read(client);
    read(newcomer);
    EXPECT_TRUE(client.heard().empty());
    EXPECT_FALSE(newcomer.connected) << "its session is not on the disk";
    EXPECT_EQ(output->sessions[client.session].closed, engineio::CloseReason::forced_close);
    EXPECT_EQ(output->sessions[newcomer.session].closed, engineio::CloseReason::forced_close);
    EXPECT_EQ(main().socket_count(), 0U);
    EXPECT_EQ(log.lines.back(), "recovery_log_failed the disk is full");

    // While it is down nobody is let in, and whoever tries is closed, so that it tries again.
    disk->broken = true;
    pass(2s);
    connect(client);
    EXPECT_EQ(output->sessions[client.session].closed, engineio::CloseReason::forced_close);
    EXPECT_TRUE(on_the_wire(client).empty());
    say({}, "to nobody");

    disk->broken = false;
    pass(2s);
    connect(client);
    disk->keep_all();
    read(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_TRUE(client.heard().empty()) << "memory agrees with the disk";
    EXPECT_EQ(socket_of(client)->rooms().size(), 2U);
    say({{"lost"}, {}}, "to a room it never joined");
    say({{"kept"}, {}}, "well again");
    disk->keep_all();
    read(client);
    EXPECT_EQ(client.heard(), Texts({"well again"}));
}

TEST_F(OnDisk, MoreThanMayBeHeldIsAFailure) {
    limits.held_bytes = 10'000;
    start();
    StockClient client;
    connect_and_keep(client);
    for (int round = 0; round < 10; ++round)
        say({}, std::string(2'000, 'x'));
    pass(1ms);
    EXPECT_EQ(output->sessions[client.session].closed, engineio::CloseReason::forced_close);
    EXPECT_TRUE(on_the_wire(client).empty());
    pass(2s);
    connect(client);
    disk->keep_all();
    read(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_TRUE(client.heard().empty());
}

TEST_F(OnDisk, AHeartbeatProvesNoMoreThanWasHandedOver) {
    StockClient client;
    connect_and_keep(client);
    std::vector<Instant> proven;
    main().on_heartbeat([&](Socket&, Instant when) { proven.push_back(when); });
    pass(1s);
    const auto before = now;
    say({}, "held");
    pass(1s);
    const auto ping_sent = now + 10ms;
    pass(1s);
    disk->keep_all();
    hub->on_heartbeat(client.session, ping_sent);
    ASSERT_EQ(proven.size(), 1U);
    EXPECT_LE(proven[0], before) << "the event left after the ping, however early it was emitted";
    pass(1s);
    hub->on_heartbeat(client.session, now + 10ms);
    ASSERT_EQ(proven.size(), 2U);
    EXPECT_GE(proven[1], now - 1s);
}

TEST_F(OnDisk, ADisconnectHandlerNeverRunsInsideEmitAlsoWhenARecordIsKept) {
    StockClient client;
    connect_and_keep(client);
    bool in_emit = false;
    bool ran = false;
    main().on_disconnect([&](Socket&, DisconnectReason) {
        ran = true;
        EXPECT_FALSE(in_emit);
    });
    say({}, "one");
    output->sessions[client.session].overflows = true;
    disk->keep_all();
    EXPECT_TRUE(ran);
    disk->at_once = true;
    connect(client);
    output->sessions[client.session].overflows = true;
    in_emit = true;
    say({}, "two");
    in_emit = false;
    pass(1ms);
    EXPECT_EQ(main().socket_count(), 0U);
}

class Limited : public RecoveryTest {
  protected:
    Limited() { disk->at_once = true; }
};

TEST_F(Limited, AQuietClientIsWholeThoughTheLogWasTrimmedOverAndOver) {
    limits.events = 10;
    start();
    StockClient quiet;
    StockClient talker;
    connect(quiet);
    connect(talker);
    socket_of(quiet)->join("quiet");
    say({{"quiet"}, {}}, "early");
    read(quiet);
    socket_of(talker)->join("loud");
    for (int round = 0; round < 50; ++round) {
        say({{"loud"}, {}}, "noise");
        say({{talker.sid}, {}}, "private");
        say({{}, {quiet.sid}}, "to all others");
    }
    cut(quiet);
    say({{"quiet"}, {}}, "late");
    connect(quiet);
    EXPECT_EQ(quiet.recovery, "complete");
    EXPECT_EQ(quiet.heard(), Texts({"early", "late"}));
    disk->crash();
    start();
    connect(quiet);
    EXPECT_EQ(quiet.recovery, "complete") << "also from the disk";
    EXPECT_TRUE(quiet.heard().empty());
}

TEST_F(Limited, WhoMissedATrimmedEventLearnsOfTheGapAndKeepsItsPlace) {
    limits.events = 10;
    start();
    StockClient client;
    connect(client);
    socket_of(client)->join("room");
    const auto sid = client.sid;
    cut(client);
    for (int round = 0; round < 30; ++round)
        say({{"room"}, {}}, std::to_string(round));
    connect(client);
    EXPECT_FALSE(client.recovered);
    EXPECT_EQ(client.recovery, "gap");
    EXPECT_EQ(client.sid, sid);
    EXPECT_TRUE(client.heard().empty());
    say({{"room"}, {}}, "live");
    read(client);
    EXPECT_EQ(client.heard(), Texts({"live"}));
    cut(client);
    say({{"room"}, {}}, "missed");
    connect(client);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(client.heard(), Texts({"missed"}));
}

TEST_F(Limited, ARoomThatWasLeftBeforeTheTrimmedEventIsNoGap) {
    limits.events = 10;
    start();
    StockClient client;
    connect(client);
    socket_of(client)->join("room");
    socket_of(client)->leave("room");
    say({}, "after leaving");
    read(client);
    for (int round = 0; round < 30; ++round)
        say({{"room"}, {}}, "for others");
    cut(client);
    connect(client);
    EXPECT_EQ(client.recovery, "complete");
}

TEST_F(Limited, ARoomThatWasJoinedAfterTheTrimmedEventIsNoGap) {
    limits.events = 10;
    start();
    StockClient client;
    connect(client);
    for (int round = 0; round < 30; ++round)
        say({{"room"}, {}}, "for others");
    socket_of(client)->join("room");
    cut(client);
    connect(client);
    EXPECT_EQ(client.recovery, "complete");
}

TEST_F(Limited, BytesOfTheLogAreLimitedToo) {
    limits.event_bytes = 20'000;
    start();
    StockClient client;
    connect(client);
    cut(client);
    for (int round = 0; round < 100; ++round)
        say({}, std::string(1'000, 'x'));
    EXPECT_LE(hub->recovery()->keeper().events().bytes(), 20'000U);
    EXPECT_EQ(disk->image.events.size(), hub->recovery()->keeper().events().size());
    connect(client);
    EXPECT_EQ(client.recovery, "gap");
}

TEST_F(Limited, MoreThanMayBeSentAgainIsAGap) {
    limits.replay_bytes = 5'000;
    start();
    StockClient client;
    connect(client);
    cut(client);
    for (int round = 0; round < 10; ++round)
        say({}, std::string(1'000, 'x'));
    connect(client);
    EXPECT_EQ(client.recovery, "gap");
}

TEST_F(Limited, TooManyNotesAreForgottenAtOnce) {
    limits.events = 10;
    limits.trim_notes = 20;
    start();
    StockClient client;
    connect(client);
    for (int round = 0; round < 100; ++round)
        say({{"room " + std::to_string(round)}, {}}, "noise");
    cut(client);
    connect(client);
    EXPECT_EQ(client.recovery, "gap") << "it has received nothing, and nobody knows any more what there was";
    say({}, "one");
    read(client);
    cut(client);
    connect(client);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_LE(disk->image.notes.size(), 20U);
}

TEST_F(Limited, TheRoomLeftFirstIsForgottenAtTheLimit) {
    limits.room_spans = 4;
    start();
    StockClient quiet;
    connect(quiet);
    const auto socket = socket_of(quiet);
    for (int round = 0; round < 10; ++round) {
        socket->join("room " + std::to_string(round));
        socket->leave("room " + std::to_string(round));
    }
    ASSERT_EQ(disk->image.sessions.size(), 1U);
    EXPECT_LE(disk->image.sessions[0].rooms.size(), 4U);
    cut(quiet);
    connect(quiet);
    EXPECT_EQ(quiet.recovery, "gap");
    for (int round = 0; round < 10; ++round) {
        socket_of(quiet)->join("room " + std::to_string(round));
        socket_of(quiet)->leave("room " + std::to_string(round));
        say({}, "heard");
    }
    read(quiet);
    cut(quiet);
    connect(quiet);
    EXPECT_EQ(quiet.recovery, "complete") << "it has received something since";
}

TEST_F(Limited, TheLongestAwaySessionMakesRoomForANewOne) {
    limits.sessions = 2;
    start();
    StockClient first;
    StockClient second;
    StockClient third;
    connect(first);
    connect(second);
    connect(third);
    EXPECT_FALSE(second.pid.empty());
    EXPECT_TRUE(third.connected);
    EXPECT_TRUE(third.pid.empty()) << "it is served, but it cannot come back";
    say({}, "for all");
    read(third);
    EXPECT_EQ(third.heard(), Texts({"for all"}));
    cut(first);
    StockClient fourth;
    connect(fourth);
    EXPECT_FALSE(fourth.pid.empty());
    connect(first);
    EXPECT_EQ(first.recovery, "none");
}

}  // namespace
}  // namespace holdfast::socketio
