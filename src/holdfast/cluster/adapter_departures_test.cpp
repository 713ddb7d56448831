// Servers that leave a cluster, stand still or never answer: nobody else is held up.
#include "holdfast/cluster/adapter_contract_test_support.hpp"

namespace holdfast::cluster {
namespace {

class AdapterContractOfMany : public AdapterContract {};

TEST_P(AdapterContractOfMany, AServerThatLeavesIsForgotten) {
    sites_[0].join();
    main().broadcast({}, "on the way", {});
    int answers = 0;
    main().fetch_sockets({}, [&](const auto& answer) {
        ++answers;
        EXPECT_EQ(answer, tl::make_unexpected(FetchError::incomplete));
    });
    last().hub.reset();
    last().posted.clear();
    settle();
    EXPECT_EQ(answers, 1);
    last().posted.clear();
    main().broadcast({}, "x", {});
    main().fetch_sockets({}, [&](const auto& answer) {
        ++answers;
        EXPECT_EQ(answer->size(), 1U);
    });
    EXPECT_TRUE(last().posted.empty());
    settle();
    EXPECT_EQ(answers, 2);
}

TEST_P(AdapterContractOfMany, AServerThatEndsIsNotAnsweredAnyMore) {
    main().fetch_sockets({}, [&](const auto& /*answer*/) { FAIL() << "the one that asked is gone"; });
    while (!last().posted.empty()) {
        last().posted.front()();
        last().posted.pop_front();
    }
    sites_[0].hub.reset();
    settle();
}

TEST_P(AdapterContractOfMany, AServerThatLeavesDoesNotHoldAQuestionUp) {
    for (auto& site : sites_)
        site.join();
    main().ask_sockets({}, "vote", {}, std::chrono::seconds(1), keep());
    last().hub.reset();
    last().posted.clear();
    settle();
    EXPECT_EQ(answered_, 0);
    pass(std::chrono::milliseconds(0));
    pass(std::chrono::seconds(1));
    EXPECT_EQ(answered_, 1);
    EXPECT_FALSE(answers_.complete);
    EXPECT_EQ(answers_.missing, sites_.size() - 1);
}

TEST_P(AdapterContractOfMany, AServerThatStandsStillDoesNotHoldAQuestionUpForLong) {
    for (auto& site : sites_)
        site.join();
    main().ask_sockets({}, "vote", {}, std::chrono::seconds(1), keep());
    main().server_side_emit_with_ack("who?", {}, std::chrono::seconds(1), keep());
    for (int second = 0; second < 3; ++second) {
        now_ += std::chrono::seconds(second);
        sites_[0].hub->on_tick(now_);
    }
    EXPECT_EQ(answered_, 2);
    EXPECT_FALSE(answers_.complete);
    settle();
    pass(std::chrono::seconds(10));
    EXPECT_EQ(answered_, 2);
}

TEST_P(AdapterContractOfMany, WhoNeverAnswersAServerIsCountedWhenTheTimeIsOver) {
    std::vector<std::function<void(socketio::Payload)>> kept;
    sites_[1].hub->of("/").on_server_event(
        "who?", [&](socketio::ServerEvent& event) { kept.push_back(event.answer); });
    main().server_side_emit_with_ack("who?", {}, std::chrono::seconds(1), keep());
    settle();
    EXPECT_EQ(answered_, 0);
    pass(std::chrono::milliseconds(0));
    pass(std::chrono::seconds(1));
    EXPECT_EQ(answered_, 1);
    EXPECT_EQ(answers_.missing, sites_.size() - 1);
    EXPECT_TRUE(answers_.complete);
    kept.front()({});
    sites_[1].hub.reset();
    kept.front()({});
    settle();
    EXPECT_EQ(answered_, 1);
}

TEST_P(AdapterContractOfMany, WhatAQuestionHoldsGoesWithTheServerThatAsked) {
    const auto held = std::make_shared<int>(1);
    main().ask_sockets({}, "vote", {}, std::chrono::seconds(1),
                       [held](const BroadcastAnswers& /*answers*/) {});
    main().fetch_sockets({}, [held](const auto& /*answer*/) {});
    EXPECT_GT(held.use_count(), 1);
    sites_[0].hub.reset();
    EXPECT_EQ(held.use_count(), 1);  // although the others have not even read the question
    settle();
}

INSTANTIATE_TEST_SUITE_P(All, AdapterContractOfMany, testing::Values(local_three), name_of);

}  // namespace
}  // namespace holdfast::cluster
