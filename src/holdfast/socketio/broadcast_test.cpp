// Broadcasts step by step, and the answers to a question to many.
#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;
using engineio::CloseReason;
using engineio::SessionId;

class BroadcastTest : public HubTest {
  protected:
    BroadcastTest() {
        main().on_connection([this](const SocketPointer& socket) { sockets.push_back(socket); });
        for (int i = 0; i < 3; ++i)
            sessions.push_back(join());
    }
    /// Who heard something since the last time: "ac" for the first and the third client.
    std::string hearers() {
        std::string names;
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            if (!heard(sessions[i]).empty()) names += static_cast<char>('a' + i);
        }
        return names;
    }
    AnswersHandler keep() {
        return [this](BroadcastAnswers answers) {
            ++answered;
            got = std::move(answers);
        };
    }
    void answers(std::size_t client, std::string_view json_text) {
        const auto asked = heard(sessions[client]);
        ASSERT_EQ(asked.size(), 1U);
        const auto& text = asked.front();
        says(sessions[client], "3" + text.substr(1, text.find('[') - 1) + std::string(json_text));
    }

    std::vector<SessionId> sessions;
    std::vector<SocketPointer> sockets;
    BroadcastAnswers got;
    int answered = 0;
};

TEST_F(BroadcastTest, StepsSayWhoIsMeant) {
    sockets[0]->join("red");
    sockets[1]->join("blue");
    EXPECT_EQ(main().to("red").emit("x"), 1U);
    EXPECT_EQ(hearers(), "a");
    main().to("red").to("blue").emit("x");
    EXPECT_EQ(hearers(), "ab");
    main().in("red", std::string("blue")).except("red").emit("x");
    EXPECT_EQ(hearers(), "b");
    main().to(std::vector<std::string>{"red", "nobody"}).emit("x");
    EXPECT_EQ(hearers(), "a");
    main().except(std::vector<std::string>{"red", "blue"}).emit("x");
    EXPECT_EQ(hearers(), "c");
    main().to(sockets[2]->id()).emit("x");
    EXPECT_EQ(hearers(), "c");
    main().local().emit("x");
    EXPECT_EQ(hearers(), "abc");
    EXPECT_EQ(main().emit("x", 1), 3U);
    EXPECT_EQ(hearers(), "abc");
}

TEST_F(BroadcastTest, ASocketsBroadcastLeavesOutTheSocketItself) {
    main().join_sockets({}, "room");
    sockets[0]->broadcast().emit("x");
    EXPECT_EQ(hearers(), "bc");
    sockets[0]->to("room").emit("x");
    EXPECT_EQ(hearers(), "bc");
    sockets[0]->in("room").except(sockets[1]->id()).emit("x");
    EXPECT_EQ(hearers(), "c");
    sockets[0]->except(sockets[1]->id()).emit("x");
    EXPECT_EQ(hearers(), "c");
}

TEST_F(BroadcastTest, AStepLeavesWhatItStartedFromAsItWas) {
    sockets[0]->join("red");
    const auto everybody = main().timeout(1s);
    (void)everybody.to("red").except("red").local().volatile_();
    everybody.emit("x");
    EXPECT_EQ(hearers(), "abc");
    EXPECT_FALSE(everybody.audience().local);
}

TEST_F(BroadcastTest, CarriesValuesOfCppAndAttachments) {
    main().to(sockets[0]->id()).emit("x", 1, "two", Binary{"three"});
    EXPECT_EQ(heard(sessions[0]), (Texts{R"(51-["x",1,"two",{"_placeholder":true,"num":0}])", "<three>"}));
    main().emit("y", json::array{1, 2});
    EXPECT_EQ(heard(sessions[0]), Texts{R"(2["y",1,2])"});
    sockets[0]->emit_volatile("z", 1, Binary{"b"});
    EXPECT_EQ(heard(sessions[0]), (Texts{R"(51-["z",1,{"_placeholder":true,"num":0}])", "<b>"}));
}

TEST_F(BroadcastTest, VolatileSkipsThoseThatAreBusyAndReservedNamesReachNobody) {
    output.sessions[sessions[1]].busy = true;
    EXPECT_EQ(main().volatile_().emit("x"), 2U);
    EXPECT_EQ(hearers(), "ac");
    EXPECT_EQ(main().emit("disconnect"), 0U);
    EXPECT_EQ(hearers(), "");
}

TEST_F(BroadcastTest, OperationsOnTheSocketsOfABroadcast) {
    main().except(sockets[2]->id()).join_sockets("room");
    EXPECT_EQ(main().sockets({{"room"}, {}}).size(), 2U);
    main().to(sockets[0]->id()).leave_sockets("room");
    std::size_t found = 0;
    main().to("room").fetch_sockets([&](const auto& all) { found = all->size(); });
    EXPECT_EQ(found, 1U);
    main().to("room").disconnect_sockets();
    EXPECT_EQ(main().socket_count(), 2U);
    EXPECT_FALSE(sockets[1]->connected());
}

TEST_F(BroadcastTest, AQuestionToManyCollectsEveryAnswer) {
    main().timeout(1s).emit_with_ack("vote", make_payload("a or b", Binary{"x"}), keep());
    const auto& asked = output.sessions[sessions[0]].messages;
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0], output.sessions[sessions[2]].messages[0]);  // encoded once
    for (const auto session : sessions) {
        const auto texts = heard(session);
        ASSERT_EQ(texts.size(), 2U);
        EXPECT_EQ(texts[1], "<x>");
        const auto id = texts[0].substr(3, texts[0].find('[') - 3);
        EXPECT_EQ(answered, 0);
        says(session, "3" + id + "[" + std::to_string(session) + "]");
    }
    EXPECT_EQ(answered, 1);
    EXPECT_TRUE(got.all_answered());
    ASSERT_EQ(got.answers.size(), 3U);
    EXPECT_EQ(got.answers[2].arguments, json::array{sessions[2]});
}

TEST_F(BroadcastTest, OfAQuestionToManyThoseThatLeftOrAreLateAreCounted) {
    main().timeout(1s).emit_with_ack("vote", {}, keep());
    answers(0, R"(["yes"])");
    hub->on_close(sessions[1], CloseReason::transport_close);
    pass(0ms);
    pass(999ms);
    EXPECT_EQ(answered, 0);
    pass(1ms);
    EXPECT_EQ(answered, 1);
    EXPECT_EQ(got.answers.size(), 1U);
    EXPECT_EQ(got.missing, 2U);
    EXPECT_TRUE(got.complete);
    EXPECT_FALSE(got.all_answered());
    answers(2, R"(["late"])");
    EXPECT_EQ(answered, 1);
}

TEST_F(BroadcastTest, AQuestionToNobodyIsAnsweredAtOnce) {
    main().to("nobody").emit_with_ack("vote", {}, keep());
    EXPECT_EQ(answered, 1);
    EXPECT_TRUE(got.all_answered());
    main().local().emit_with_ack("connect", {}, keep());
    EXPECT_EQ(answered, 2);
    EXPECT_EQ(hearers(), "");
}

TEST_F(BroadcastTest, QuestionsToManyAndToOneDoNotMixTheirAnswersUp) {
    std::string order;
    sockets[0]->emit_with_ack("one", {}, 1s,
                              [&](const Result<Payload, AckError>& /*answer*/) { order += "1"; });
    (void)heard(sessions[0]);
    main().to(sockets[0]->id()).emit_with_ack("many", {}, [&](const BroadcastAnswers& /*all*/) {
        order += "2";
    });
    main().to(sockets[0]->id()).emit_with_ack("again", {}, [&](const BroadcastAnswers& /*all*/) {
        order += "3";
    });
    const auto asked = heard(sessions[0]);
    ASSERT_EQ(asked.size(), 2U);
    says(sessions[0], "3" + asked[1].substr(1, asked[1].find('[') - 1) + "[]");
    says(sessions[0], "30[]");
    says(sessions[0], "3" + asked[0].substr(1, asked[0].find('[') - 1) + "[]");
    EXPECT_EQ(order, "312");
}

TEST_F(BroadcastTest, CoroutinesAwaitTheAnswersOfManyAndTheSocketsThereAre) {
    std::string told;
    const auto poll = [&]() -> Task<> {
        const auto votes = co_await main().timeout(1s).ask("vote?", 7);
        told += std::to_string(votes.answers.size()) + " of " +
                std::to_string(votes.answers.size() + votes.missing);
        const auto found = co_await main().to("nobody").fetch_sockets();
        told += ", " + std::to_string(found->size());
    };
    start(poll());
    answers(0, "[1]");
    answers(1, "[2]");
    EXPECT_EQ(told, "");
    pass(0ms);
    pass(1s);
    EXPECT_EQ(told, "2 of 3, 0");
}

TEST_F(BroadcastTest, AServerThatEndsForgetsItsQuestions) {
    struct Witness {
        int& count;
        explicit Witness(int& living) : count(living) { ++count; }
        Witness(const Witness& other) : count(other.count) { ++count; }
        ~Witness() { --count; }
        Witness& operator=(const Witness&) = delete;
    };
    int living = 0;
    const auto wait = [&](Namespace& nsp) -> Task<> {
        const Witness witness(living);
        (void)co_await nsp.local().ask("vote?");
        ADD_FAILURE() << "nobody answered";
    };
    main().local().emit_with_ack("x", {}, [witness = Witness(living)](const BroadcastAnswers& /*all*/) {});
    start(wait(main()));
    EXPECT_EQ(living, 2);
    hub.reset();
    EXPECT_EQ(living, 0);
}

TEST_F(BroadcastTest, AServerThatStandsAloneHasNoOthersToTalkTo) {
    main().on_server_event("x",
                           [](ServerEvent& /*event*/) { FAIL() << "its own messages do not come back"; });
    main().server_side_emit("x", 1, "two");
    main().server_side_emit_with_ack("x", {}, 1s, keep());
    EXPECT_EQ(answered, 1);
    EXPECT_TRUE(got.all_answered());
}

class CompressTest : public HubTest {};

TEST_F(CompressTest, WhatIsNotToBeCompressedSaysSoToTheTransport) {
    const auto session = join();
    const auto socket = only();
    const auto compressed = [&] {
        const auto& messages = output.sessions[session].messages;
        const bool answer = messages.at(0)->may_be_compressed();
        EXPECT_EQ(messages.size(), 1U);
        (void)heard(session);
        return answer;
    };
    main().emit("x");
    EXPECT_TRUE(compressed());
    EXPECT_EQ(main().compress(false).emit("x", 1, "two"), 1U);
    EXPECT_EQ(output.sessions[session].sent, Texts{R"(2["x",1,"two"])"});
    EXPECT_FALSE(compressed());
    EXPECT_EQ(socket->compress(false).emit("x", Binary{"bytes"}), engineio::SendVerdict::sent);
    EXPECT_FALSE(compressed());
    socket->compress(true).emit("x");
    EXPECT_TRUE(compressed());
    EXPECT_EQ(socket->compress(false).emit("connect"), engineio::SendVerdict::dropped);
    socket->disconnect(false);
    EXPECT_EQ(socket->compress(false).emit("x"), engineio::SendVerdict::dropped);
}

}  // namespace
}  // namespace holdfast::socketio
