// Namespaces that are made on demand: when they go, when they stay, and what comes back with them.
#include <gtest/gtest.h>

#include <memory>

#include "holdfast/socketio/fake_sessions.hpp"
#include "holdfast/socketio/recovery/recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;

bool everything(std::string_view /*name*/, const json::value& /*auth*/) {
    return true;
}

class NamespaceLifetimeTest : public HubTest {
  protected:
    NamespaceLifetimeTest() {
        pass(100ms);
        hub->of(everything, [this](Namespace& nsp) {
            ++created;
            nsp.on("hello", [](Socket& socket, Event& /*event*/) { socket.emit("welcome", json::array{}); });
        });
    }
    void leave(engineio::SessionId session) {
        output.sessions[session].closed = CloseReason::transport_close;
        hub->on_close(session, CloseReason::transport_close);
        output.sessions.erase(session);
    }
    /// Long enough for whatever is empty to go.
    void wait() {
        pass(100ms);
        pass(limits::empty_namespace_time);
    }
    [[nodiscard]] bool there(std::string_view nsp) { return hub->find(nsp) != nullptr; }

    int created = 0;
};

TEST_F(NamespaceLifetimeTest, AnEmptyOneGoesAndIsSetUpAgainForTheNext) {
    pass(100ms);
    const auto session = join("/game");
    wait();
    EXPECT_TRUE(there("/game"));
    leave(session);
    pass(limits::empty_namespace_time - 1ms);
    EXPECT_TRUE(there("/game"));
    pass(1ms);
    EXPECT_FALSE(there("/game"));
    const auto next = join("/game");
    EXPECT_EQ(created, 2);
    says(next, R"(2/game,["hello"])");
    EXPECT_EQ(heard(next), Texts{R"(2/game,["welcome"])"});
}

TEST_F(NamespaceLifetimeTest, WhoComesBackInTimeFindsItAsItWas) {
    leave(join("/game"));
    pass(limits::empty_namespace_time / 2);
    const auto session = join("/game");
    wait();
    EXPECT_TRUE(there("/game"));
    EXPECT_EQ(created, 1);
    says(session, "1/game,");
    wait();
    EXPECT_FALSE(there("/game"));
}

TEST_F(NamespaceLifetimeTest, ThoseOfTheApplicationStay) {
    auto& fixed = hub->of("/fixed");
    leave(join("/fixed"));
    leave(join("/named"));
    auto& named = hub->of("/named");
    const auto inside = join("/named-while-somebody-is-in");
    (void)hub->of("/named-while-somebody-is-in");
    leave(inside);
    wait();
    wait();
    EXPECT_EQ(hub->find("/fixed").get(), &fixed);
    EXPECT_EQ(hub->find("named").get(), &named);
    EXPECT_TRUE(there("/named-while-somebody-is-in"));
}

TEST_F(NamespaceLifetimeTest, LookingForOneMakesNone) {
    EXPECT_EQ(hub->find("/game"), nullptr);
    EXPECT_EQ(created, 0);
}

TEST_F(NamespaceLifetimeTest, WhatSomebodyHoldsStays) {
    leave(join("/game"));
    auto handle = hub->find("/game");
    wait();
    wait();
    EXPECT_EQ(hub->find("/game"), handle);
    handle.reset();
    wait();
    EXPECT_FALSE(there("/game"));
}

TEST_F(NamespaceLifetimeTest, ASocketThatIsKeptKeepsItsNamespace) {
    const auto session = join("/game");
    auto socket = hub->find("/game")->sockets({}).front();
    leave(session);
    wait();
    EXPECT_EQ(socket->nsp().name(), "/game");
    EXPECT_EQ(socket->to("room").emit("late"), 0U);
    socket.reset();
    wait();
    wait();
    EXPECT_FALSE(there("/game"));
}

TEST_F(NamespaceLifetimeTest, AJoinThatIsNotDecidedKeepsIt) {
    Next later;
    hub->on_new_namespace(
        [&](Namespace& nsp) { nsp.use([&](Socket& /*socket*/, Next next) { later = std::move(next); }); });
    const auto session = open();
    says(session, "0/game,");
    wait();
    ASSERT_TRUE(later);
    std::exchange(later, nullptr)(std::nullopt);
    EXPECT_EQ(heard(session).size(), 1U);
    EXPECT_TRUE(there("/game"));
}

TEST_F(NamespaceLifetimeTest, WhoIsRefusedLeavesNothing) {
    hub->on_new_namespace([](Namespace& nsp) {
        nsp.use([](Socket& /*socket*/, const Next& next) { next(ConnectError{"no", nullptr}); });
    });
    const auto session = open();
    says(session, "0/game,");
    wait();
    EXPECT_FALSE(there("/game"));
    EXPECT_FALSE(closed(session).has_value());
}

TEST_F(NamespaceLifetimeTest, WhoWasPutOutMayStillHaveSomethingOnTheWay) {
    const auto session = join("/game");
    hub->find("/game")->disconnect_sockets({}, false);
    wait();
    says(session, R"(2/game,["hello"])");
    EXPECT_FALSE(closed(session).has_value());
    leave(session);
    wait();
    EXPECT_FALSE(there("/game"));
}

TEST_F(NamespaceLifetimeTest, WhatItsHandlersOwnGoesWithIt) {
    auto owned = std::make_shared<int>(1);
    hub->on_new_namespace([&owned](Namespace& nsp) {
        nsp.on_connection([owned](const SocketPointer& /*socket*/) {});
        nsp.on("x", [&nsp, owned](Socket& /*socket*/, Event& /*event*/) { nsp.emit("y"); });
    });
    leave(join("/game"));
    EXPECT_GT(owned.use_count(), 1);
    wait();
    EXPECT_EQ(owned.use_count(), 1);
}

TEST_F(NamespaceLifetimeTest, AHandleThatOutlivesTheServerDoesNothing) {
    join("/game");
    auto handle = hub->find("/game");
    const auto socket = handle->sockets({}).front();
    hub.reset();
    EXPECT_EQ(handle->name(), "/game");
    EXPECT_EQ(handle->emit("x"), 0U);
    EXPECT_EQ(handle->socket_count(), 0U);
    bool answered = false;
    handle->ask_sockets({}, "x", {}, 1s, [&](const BroadcastAnswers& /*answers*/) { answered = true; });
    EXPECT_TRUE(answered);
    EXPECT_EQ(&socket->nsp(), handle.get());
}

TEST_F(NamespaceLifetimeTest, TwentyThousandOneAfterTheOtherKeepNobodyOut) {
    const auto neighbour = join("/neighbour");
    const auto attacker = open();
    for (std::size_t i = 0; i < 2 * limits::dynamic_namespaces; ++i) {
        const auto name = "/n" + std::to_string(i) + ",";
        says(attacker, "0" + name);
        says(attacker, "1" + name);
        ASSERT_EQ(heard(attacker).size(), 1U);
    }
    const auto late = open();
    says(late, "0/late,");
    const auto answer = heard(late);
    ASSERT_EQ(answer.size(), 1U);
    EXPECT_TRUE(answer[0].starts_with(R"(0/late,{"sid":)")) << answer[0];
    says(neighbour, R"(2/neighbour,["hello"])");
    EXPECT_EQ(heard(neighbour), Texts{R"(2/neighbour,["welcome"])"});
    // Those that were empty for longest went first.
    EXPECT_FALSE(there("/n0"));
    EXPECT_TRUE(there("/n" + std::to_string(2 * limits::dynamic_namespaces - 1)));
    wait();
    EXPECT_FALSE(there("/n" + std::to_string(2 * limits::dynamic_namespaces - 1)));
    EXPECT_TRUE(there("/neighbour"));
}

TEST_F(NamespaceLifetimeTest, WhereSomebodyIsInEachTheLimitHolds) {
    std::vector<engineio::SessionId> inside;
    for (std::size_t i = 0; i < limits::dynamic_namespaces; ++i) {
        inside.push_back(open());
        says(inside.back(), "0/n" + std::to_string(i) + ",");
    }
    const auto session = open();
    says(session, "0/one-more,");
    EXPECT_EQ(heard(session), Texts{R"(4/one-more,{"message":"Invalid namespace"})"});
    leave(inside.front());
    says(session, "0/one-more,");
    EXPECT_TRUE(heard(session).at(0).starts_with("0/one-more,"));
    EXPECT_FALSE(there("/n0"));
}

class NamespacesThatStayTest : public HubTest {
  protected:
    static Settings stay() {
        Settings settings;
        settings.empty_namespace_time = std::nullopt;
        return settings;
    }
    NamespacesThatStayTest() : HubTest(stay()) {}
};

TEST_F(NamespacesThatStayTest, WhoTurnsTheCleaningOffHasThemForEver) {
    hub->of(everything, [](Namespace& /*nsp*/) {});
    for (std::size_t i = 0; i < limits::dynamic_namespaces; ++i) {
        const auto session = open();
        says(session, "0/n" + std::to_string(i) + ",");
        hub->on_close(session, CloseReason::transport_close);
    }
    pass(24h);
    EXPECT_NE(hub->find("/n0"), nullptr);
    const auto session = open();
    says(session, "0/one-more,");
    EXPECT_EQ(heard(session), Texts{R"(4/one-more,{"message":"Invalid namespace"})"});
}

class NamespaceRecoveryTest : public RecoveryTest {
  protected:
    NamespaceRecoveryTest() { disk->at_once = true; }
    void connect_to(StockClient& whom, std::string_view nsp) {
        whom.session = ++last_session;
        whom.connected = false;
        hub->on_open(whom.session, std::make_shared<engineio::Handshake>());
        hub->on_message(whom.session, "0" + std::string(nsp) + "," + whom.greeting().substr(1), false);
        for (auto text : std::exchange(output->sessions[whom.session].sent, {})) {
            const auto at = text.find(nsp);
            if (at != std::string::npos) text.erase(at, nsp.size() + 1);
            whom.hear(text);
        }
    }
    StockClient client;
};

TEST_F(NamespaceRecoveryTest, OneWhoseClientsMayComeBackStaysForTheirWindow) {
    hub->of(everything, [](Namespace& /*nsp*/) {});
    connect_to(client, "/game");
    cut(client);
    pass(limits::recovery_window - 1s);
    const auto game = hub->find("/game");
    ASSERT_NE(game, nullptr);
    game->emit("say", "missed");
    connect_to(client, "/game");
    EXPECT_EQ(client.recovery, "complete");
    EXPECT_EQ(client.heard(), std::vector<std::string>{"missed"});
    cut(client);
}

TEST_F(NamespaceRecoveryTest, OneThatHadToMakeRoomIsMadeAnewForAClientThatComesBack) {
    int created = 0;
    hub->of(everything, [&](Namespace& /*nsp*/) { ++created; });
    pass(100ms);
    connect_to(client, "/game");
    cut(client);
    const auto attacker = ++last_session;
    hub->on_open(attacker, std::make_shared<engineio::Handshake>());
    for (std::size_t i = 0; i < limits::dynamic_namespaces; ++i) {
        hub->on_message(attacker, "0/n" + std::to_string(i) + ",", false);
        hub->on_message(attacker, "1/n" + std::to_string(i) + ",", false);
    }
    ASSERT_EQ(hub->find("/game"), nullptr);
    const int before = created;
    connect_to(client, "/game");
    EXPECT_EQ(created, before + 1);
    EXPECT_EQ(client.recovery, "complete");
    pass(100ms);
    pass(limits::recovery_window + 2s);
    EXPECT_NE(hub->find("/game"), nullptr);
    cut(client);
    pass(100ms);
    pass(limits::recovery_window + 2s);
    pass(100ms);
    EXPECT_EQ(hub->find("/game"), nullptr);
}

}  // namespace
}  // namespace holdfast::socketio
