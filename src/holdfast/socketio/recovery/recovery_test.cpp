#include <set>
#include "holdfast/socketio/recovery/recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

class KeptAtOnce : public RecoveryTest {
  protected:
    KeptAtOnce() { disk->at_once = true; }
};

TEST_F(KeptAtOnce, AClientThatComesBackGetsWhatItMissedBeforeTheReplyAndIsTheSameSocket) {
    StockClient client;
    connect(client);
    const auto sid = client.sid;
    say({}, "one");
    read(client);
    cut(client);
    say({}, "two");
    say({}, "three");
    client.session = ++last_session;
    hub->on_open(client.session, std::make_shared<engineio::Handshake>());
    hub->on_message(client.session, client.greeting(), false);
    const auto& sent = output->sessions[client.session].sent;
    ASSERT_EQ(sent.size(), 3U);
    EXPECT_EQ(sent[2].front(), '0');
    read(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(client.sid, sid);
    EXPECT_EQ(client.heard(), Texts({"one", "two", "three"}));
    ASSERT_NE(socket_of(client), nullptr);
    EXPECT_EQ(socket_of(client)->recovery(), Recovery::complete);
    EXPECT_EQ(hub->counters().recoveries_complete, 1U);
}

TEST_F(KeptAtOnce, AClientThatHasReceivedNothingYetComesBackTheSame) {
    StockClient client;
    connect(client);
    cut(client);
    say({}, "one");
    ASSERT_FALSE(client.offset);
    connect(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"one"}));
}

TEST_F(KeptAtOnce, RoomsComeBackAndCountFromWhenTheyWereJoined) {
    StockClient client;
    connect(client);
    socket_of(client)->join("early");
    say({{"late"}, {}}, "not yet in late");
    socket_of(client)->join("late");
    socket_of(client)->join("left");
    say({{"left"}, {}}, "in left");
    socket_of(client)->leave("left");
    say({{"left"}, {}}, "out of left");
    // Everything so far was on its way when the connection broke.
    output->sessions[client.session].sent.clear();
    cut(client);
    say({{"early", "late"}, {}}, "both");
    say({{"left"}, {}}, "still out");
    connect(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"in left", "both"}));
    say({{"early"}, {}}, "live");
    read(client);
    EXPECT_EQ(client.heard(), Texts({"live"}));
    auto rooms = socket_of(client)->rooms();
    std::sort(rooms.begin(), rooms.end());
    auto expected = Texts({"early", "late", client.sid});
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(rooms, expected);
}

TEST_F(KeptAtOnce, DataComesBackAsItWasSetLast) {
    StockClient client;
    connect(client);
    socket_of(client)->set_data({{"name", "Ada"}, {"score", 1}});
    socket_of(client)->set_data({{"name", "Ada"}, {"score", 2.5}});
    cut(client);
    disk->crash();
    start();
    connect(client);
    EXPECT_EQ(socket_of(client)->data(), json::value({{"name", "Ada"}, {"score", 2.5}}));
    socket_of(client)->set_data(nullptr);
    cut(client);
    connect(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_TRUE(socket_of(client)->data().is_null());
}

TEST_F(KeptAtOnce, DataOverTheLimitGivesTheSessionUpAndNothingElse) {
    limits.data_bytes = 100;
    start();
    StockClient client;
    connect(client);
    socket_of(client)->set_data(json::string(200, 'x'));
    EXPECT_EQ(socket_of(client)->data(), json::value(json::string(200, 'x')));
    EXPECT_EQ(log.lines.back(), "recovery_data_too_large");
    say({}, "still there");
    read(client);
    EXPECT_EQ(client.heard(), Texts({"still there"}));
    cut(client);
    connect(client);
    EXPECT_EQ(client.recovery, "none");
}

TEST_F(KeptAtOnce, ExceptIsJudgedAsOfWhenItWasSent) {
    StockClient client;
    connect(client);
    cut(client);
    say({{}, {client.sid}}, "not for it");
    say({{}, {"other"}}, "for it");
    connect(client);
    socket_of(client)->join("other");
    output->sessions[client.session].sent.clear();
    cut(client);
    say({{}, {"other"}}, "not now");
    say({{client.sid}, {}}, "direct");
    connect(client);
    EXPECT_EQ(client.heard(), Texts({"for it", "direct"}));
}

TEST_F(KeptAtOnce, EventsToOneSocketComeBackAndThoseThatWantAnAckOrAreVolatileDoNot) {
    StockClient client;
    connect(client);
    const auto socket = socket_of(client);
    socket->emit("direct", json::array{"a"});
    socket->emit_volatile("volatile", json::array{"b"});
    socket->emit_with_ack("asks", json::array{"c"}, 1s, [](const auto&) {});
    socket->emit("bare");
    output->sessions[client.session].sent.clear();
    cut(client);
    connect(client);
    ASSERT_EQ(client.events.size(), 2U);
    EXPECT_EQ(client.events[0][0], json::value("direct"));
    EXPECT_EQ(client.events[1][0], json::value("bare"));
}

TEST_F(KeptAtOnce, AVolatileEventThatEndsWithAStringDoesNotSpoilThePosition) {
    StockClient client;
    connect(client);
    say({}, "one");
    socket_of(client)->emit_volatile("where", json::array{"here"});
    socket_of(client)->emit_volatile("bare", json::array{});
    socket_of(client)->emit_volatile("number", json::array{7});
    main().broadcast({}, "all", json::array{"volatile"}, true);
    read(client);
    ASSERT_EQ(client.events.size(), 5U);
    EXPECT_EQ(client.events[3], json::array({"number", 7})) << "needs no position";
    cut(client);
    say({}, "two");
    (void)client.heard();
    connect(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"two"}));
}

TEST_F(KeptAtOnce, AnEventThatWasEncodedBeforeIsRecoverableToo) {
    StockClient client;
    connect(client);
    const auto packet = encode_event(
        "/", "photo", json::array{json::object{{"_placeholder", true}, {"num", 0}}}, {std::string("bytes")});
    socket_of(client)->send(packet);
    main().broadcast({}, packet, false);
    output->sessions[client.session].sent.clear();
    cut(client);
    client.session = ++last_session;
    hub->on_open(client.session, std::make_shared<engineio::Handshake>());
    hub->on_message(client.session, client.greeting(), false);
    const auto& sent = output->sessions[client.session].sent;
    ASSERT_EQ(sent.size(), 5U);
    EXPECT_EQ(sent[1], "<bytes>");
    EXPECT_EQ(sent[3], "<bytes>");
    EXPECT_TRUE(sent[0].starts_with("51-[\"photo\",{\"_placeholder\":true,\"num\":0},\"manual."));
}

TEST_F(KeptAtOnce, ABroadcastIsEncodedOnceForAll) {
    StockClient first;
    StockClient second;
    connect(first);
    connect(second);
    say({}, "one");
    EXPECT_EQ(output->sessions[first.session].messages.back(),
              output->sessions[second.session].messages.back());
}

TEST_F(KeptAtOnce, LeavingByEitherSideAndAParseErrorEndTheSessionForGood) {
    for (const std::string_view end : {"1", "server", "nonsense"}) {
        StockClient client;
        connect(client);
        const auto pid = client.pid;
        if (end == "server") {
            socket_of(client)->disconnect(false);
        } else {
            hub->on_message(client.session, end, false);
        }
        cut(client);
        connect(client);
        EXPECT_FALSE(client.recovered) << end;
        EXPECT_NE(client.pid, pid);
        EXPECT_EQ(client.recovery, "none");
        EXPECT_EQ(socket_of(client)->recovery(), Recovery::none);
    }
}

TEST_F(KeptAtOnce, TheWindowEndsASessionAndNotBefore) {
    StockClient in_time;
    StockClient late;
    connect(in_time);
    connect(late);
    pass(100ms);
    cut(in_time);
    cut(late);
    pass(100ms);
    pass(limits::recovery_window - 1ms);
    connect(in_time);
    EXPECT_TRUE(in_time.recovered);
    pass(1ms);
    connect(late);
    EXPECT_FALSE(late.recovered);
    pass(limits::recovery_window * 2);
    EXPECT_NE(socket_of(in_time), nullptr) << "who is connected has no deadline";
    cut(in_time);
    connect(in_time);
    EXPECT_TRUE(in_time.recovered);
}

TEST_F(KeptAtOnce, AnOffsetThatCannotBeIsAGapAndCostsTheEventsOnly) {
    for (const std::string_view offset : {"nonsense", "", "manual.", "manual.99999999", "manual.01",
                                          "manual.-1", "manual.1x", "manual 1", "man\"al.1"}) {
        StockClient client;
        connect(client);
        socket_of(client)->join("room");
        const auto sid = client.sid;
        const auto pid = client.pid;
        cut(client);
        say({}, "missed");
        client.offset = std::string(offset);
        connect(client);
        EXPECT_FALSE(client.recovered) << offset;
        EXPECT_EQ(client.recovery, "gap") << offset;
        EXPECT_NE(client.pid, pid);
        EXPECT_EQ(client.sid, sid);
        EXPECT_TRUE(client.heard().empty());
        ASSERT_NE(socket_of(client), nullptr);
        EXPECT_EQ(socket_of(client)->recovery(), Recovery::gap);
        EXPECT_EQ(socket_of(client)->rooms().size(), 2U);
        // From here on it is whole again, under the new secret only.
        client.offset.reset();
        cut(client);
        say({{"room"}, {}}, "next");
        connect(client);
        EXPECT_EQ(client.recovery, "complete");
        EXPECT_EQ(client.heard(), Texts({"next"}));
        hub->on_message(client.session, "1", false);
    }
}

TEST_F(KeptAtOnce, AClientThatNeverGotTheReplyWithItsNewSecretKeepsItsPlace) {
    StockClient client;
    connect(client);
    const auto sid = client.sid;
    for (int round = 0; round < 3; ++round) {
        cut(client);
        auto unheard = client;
        unheard.offset = "nonsense";
        connect(unheard);  // a gap, but the client does not hear of it
        ASSERT_EQ(unheard.recovery, "gap");
        say({}, "lost with the connection");
        cut(unheard);
        ASSERT_NE(client.pid, unheard.pid);
        connect(client);
        EXPECT_EQ(client.sid, sid);
        EXPECT_EQ(client.recovery, "gap");
        EXPECT_TRUE(client.heard().empty());
        EXPECT_EQ(main().socket_count(), 1U);
    }
    disk->crash();
    start();
    connect(client);
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(hub->recovery()->keeper().session_count(), 1U);
}

TEST_F(KeptAtOnce, AnOffsetThatIsNoStringIsAGap) {
    StockClient client;
    connect(client);
    cut(client);
    client.session = ++last_session;
    hub->on_open(client.session, std::make_shared<engineio::Handshake>());
    hub->on_message(client.session, "0{\"pid\":\"" + client.pid + "\",\"offset\":5}", false);
    read(client);
    EXPECT_EQ(client.recovery, "gap");
}

TEST_F(KeptAtOnce, AnOffsetFromBeforeThisSessionMeansThatNothingOfItHasArrived) {
    StockClient client;
    connect(client);
    say({}, "of the first session");
    read(client);
    (void)client.heard();
    hub->on_message(client.session, "1", false);
    connect(client);
    ASSERT_TRUE(client.offset) << "a stock client keeps it";
    cut(client);
    say({}, "missed");
    connect(client);
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"missed"}));
    client.offset = "otherl.77";
    cut(client);
    connect(client);
    EXPECT_TRUE(client.recovered) << "nor can an offset of another log be one of this session";
}

TEST_F(KeptAtOnce, APidIsGoodInItsNamespaceOnly) {
    hub->of("/other");
    StockClient client;
    connect(client);
    cut(client);
    const auto session = ++last_session;
    hub->on_open(session, std::make_shared<engineio::Handshake>());
    hub->on_message(session, "0/other,{\"pid\":\"" + client.pid + "\"}", false);
    const auto reply = output->sessions[session].sent.back();
    EXPECT_EQ(reply.find(client.sid), std::string::npos);
    EXPECT_NE(reply.find("\"recovery\":\"none\""), std::string::npos);
}

TEST_F(KeptAtOnce, TheSecretIsNotShownToTheApplicationNorWritten) {
    StockClient client;
    connect(client);
    cut(client);
    connect(client);
    EXPECT_EQ(socket_of(client)->auth(), json::value(json::object()));
    for (const auto& line : log.lines)
        EXPECT_EQ(line.find(client.pid), std::string::npos);
    ASSERT_EQ(disk->image.sessions.size(), 1U);
    EXPECT_EQ(disk->image.sessions[0].pid_digest, sha256(client.pid));
    EXPECT_GE(client.pid.size(), 22U) << "128 bits and more";
}

class Fencing : public KeptAtOnce {
  protected:
    void set_up(Namespace& nsp) override {
        nsp.on_connection([this](const SocketPointer& socket) {
            history.push_back("in " + std::string(socket->id()));
            EXPECT_TRUE(holders.insert(std::string(socket->id())).second) << "two sockets with one id";
        });
        nsp.on_disconnect([this](Socket& socket, DisconnectReason) {
            history.push_back("out " + std::string(socket.id()));
            holders.erase(std::string(socket.id()));
        });
    }
    Texts history;
    std::set<std::string> holders;
};

TEST_F(Fencing, TheOldConnectionIsClosedBeforeItsClientIsTakenBack) {
    start();
    StockClient client;
    connect(client);
    const auto old_session = client.session;
    const auto sid = client.sid;
    say({}, "lost on the way");
    connect(client);
    EXPECT_EQ(output->sessions[old_session].closed, engineio::CloseReason::forced_close);
    EXPECT_EQ(history, Texts({"in " + sid, "out " + sid, "in " + sid}));
    EXPECT_TRUE(client.recovered);
    EXPECT_EQ(client.heard(), Texts({"lost on the way"}));
    EXPECT_EQ(main().socket_count(), 1U);
    // What the old connection still says changes nothing.
    hub->on_message(old_session, "1", false);
    hub->on_close(old_session, engineio::CloseReason::transport_close);
    EXPECT_NE(socket_of(client), nullptr);
    cut(client);
    connect(client);
    EXPECT_TRUE(client.recovered);
}

TEST_F(Fencing, APidPresentedTwiceHasOneHolder) {
    start();
    StockClient client;
    connect(client);
    cut(client);
    auto twin = client;
    connect(client);
    connect(twin);
    EXPECT_EQ(client.sid, twin.sid);
    EXPECT_EQ(main().socket_count(), 1U);
    EXPECT_EQ(output->sessions[client.session].closed, engineio::CloseReason::forced_close);
    EXPECT_EQ(holders.size(), 1U);
}

TEST_F(Fencing, AHandlerThatEndsTheOldSessionForGoodIsRespected) {
    start();
    StockClient client;
    connect(client);
    main().on_disconnect([this](Socket& socket, DisconnectReason) {
        holders.erase(std::string(socket.id()));
        hub->on_close(last_session, engineio::CloseReason::transport_close);  // the newcomer goes, too
    });
    connect(client);
    EXPECT_FALSE(client.connected);
    EXPECT_EQ(main().socket_count(), 0U);
    main().on_disconnect({});
    connect(client);
    EXPECT_TRUE(client.recovered) << "and may come again";
}

class WithMiddleware : public KeptAtOnce {
  protected:
    void set_up(Namespace& nsp) override {
        nsp.use([this](Socket& socket, const Next& next) {
            ids.emplace_back(socket.id());
            socket.join("from middleware");
            pending = next;
        });
    }
    Texts ids;
    Next pending;
};

TEST_F(WithMiddleware, ItRunsForNewClientsOnlyUnlessItIsToRunForAll) {
    for (const bool skip : {true, false}) {
        skip_middlewares = skip;
        start();
        ids.clear();
        StockClient client;
        connect(client);
        pending({});
        read(client);
        ASSERT_TRUE(client.connected);
        const auto sid = client.sid;
        cut(client);
        say({{"from middleware"}, {}}, "missed");
        connect(client);
        if (!skip) {
            ASSERT_EQ(ids.size(), 2U);
            EXPECT_NE(ids[1], sid) << "it is nobody yet";
            EXPECT_TRUE(client.heard().empty());
            pending({});
            read(client);
        }
        EXPECT_EQ(ids.size(), skip ? 1U : 2U);
        EXPECT_TRUE(client.recovered);
        EXPECT_EQ(client.sid, sid);
        EXPECT_EQ(client.heard(), Texts({"missed"}));
    }
}

TEST_F(WithMiddleware, ARefusalLeavesTheSessionForTheNextTry) {
    skip_middlewares = false;
    start();
    StockClient client;
    connect(client);
    pending({});
    read(client);
    cut(client);
    auto again = client;
    again.session = ++last_session;
    hub->on_open(again.session, std::make_shared<engineio::Handshake>());
    hub->on_message(again.session, again.greeting(), false);
    pending(ConnectError{"not now", nullptr});
    connect(client);
    pending({});
    read(client);
    EXPECT_TRUE(client.recovered);
}

TEST(RecoveryRefusals, ItIsTurnedOnOnceAndBeforeAnybodyComes) {
    SeededRandom random{3};
    FakeSessions output;
    Hub hub(Settings{}, random, output);
    const auto in_memory = [] {
        RecoverySettings settings;
        settings.log = std::make_unique<MemoryRecoveryLog>("memory");
        return settings;
    };
    EXPECT_TRUE(hub.enable_recovery(in_memory()));
    EXPECT_EQ(hub.enable_recovery(in_memory()).error(), RecoveryRefusal::too_late);
    Hub late(Settings{}, random, output);
    late.on_open(1, std::make_shared<engineio::Handshake>());
    EXPECT_EQ(late.enable_recovery(in_memory()).error(), RecoveryRefusal::too_late);
    Settings with_adapter;
    with_adapter.adapter = [](std::string_view, LocalSockets&) { return std::unique_ptr<Adapter>(); };
    Hub clustered(with_adapter, random, output);
    EXPECT_EQ(clustered.enable_recovery(in_memory()).error(), RecoveryRefusal::with_adapter);
    auto disk = std::make_shared<ManualDisk>();
    disk->broken = true;
    RecoverySettings broken;
    broken.log = std::make_unique<ManualLog>(disk);
    Hub without_log(Settings{}, random, output);
    EXPECT_EQ(without_log.enable_recovery(std::move(broken)).error(), RecoveryRefusal::log_unavailable);
}

TEST(RecoveryOff, NothingIsAddedToEventsAndReplies) {
    SeededRandom random{3};
    FakeSessions output;
    Hub hub(Settings{}, random, output);
    output.listener = &hub;
    hub.on_open(1, std::make_shared<engineio::Handshake>());
    hub.on_message(1, "0{\"pid\":\"x\"}", false);
    EXPECT_EQ(output.sessions[1].sent.back().find("pid"), std::string::npos);
    hub.of("/").broadcast({}, "say", json::array{"x"}, false);
    EXPECT_EQ(output.sessions[1].sent.back(), "2[\"say\",\"x\"]");
}

}  // namespace
}  // namespace holdfast::socketio
