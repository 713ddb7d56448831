// What socketio/adapter.hpp promises about questions and about messages between servers, checked for every
// implementation.
#include "holdfast/cluster/adapter_contract_test_support.hpp"

namespace holdfast::cluster {
namespace {

class AdapterQuestions : public AdapterContract {};

TEST_P(AdapterQuestions, AQuestionIsAnsweredByEverySocketOfTheAudienceOnEveryServer) {
    for (auto& site : sites_) {
        site.join()->join("asked");
        site.join()->join("asked");
        site.join();
    }
    const Audience asked{{"asked"}, {}};
    main().ask_sockets(asked, "vote", {{"for what"}, {}}, std::chrono::seconds(1), keep());
    settle();
    for (auto& site : sites_) {
        for (auto& [session, state] : site.output.sessions) {
            if (state.sent.empty()) continue;
            EXPECT_EQ(answered_, 0);
            const auto text = std::exchange(state.sent, {}).front();
            EXPECT_TRUE(text.ends_with(R"(["vote","for what"])")) << text;
            site.hub->on_message(session, "3" + text.substr(1, text.find('[') - 1) + R"(["yes"])", false);
        }
    }
    settle();
    EXPECT_EQ(answered_, 1);
    EXPECT_TRUE(answers_.all_answered());
    ASSERT_EQ(answers_.answers.size(), 2 * sites_.size());
    EXPECT_EQ(answers_.answers.back().arguments, boost::json::array{"yes"});
}

TEST_P(AdapterQuestions, ThoseThatDoNotAnswerAreCountedOnEveryServer) {
    for (auto& site : sites_)
        site.join();
    main().ask_sockets({}, "vote", {}, std::chrono::seconds(1), keep());
    settle();
    last().hub->on_close(1, engineio::CloseReason::transport_close);
    pass(std::chrono::milliseconds(0));
    pass(std::chrono::seconds(1));
    EXPECT_EQ(answered_, 1);
    EXPECT_EQ(answers_.missing, sites_.size());
    EXPECT_TRUE(answers_.complete);
    EXPECT_TRUE(answers_.answers.empty());
}

TEST_P(AdapterQuestions, AMessageBetweenServersReachesTheNamespaceOfAllOthersOnce) {
    Texts seen;
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        for (const auto* nsp : {"/", "/admin"}) {
            sites_[i].hub->of(nsp).on_server_event("hello", [&seen, i, nsp](socketio::ServerEvent& event) {
                seen.push_back(std::to_string(i) + nsp + boost::json::serialize(event.arguments));
                event.answer({});
            });
        }
    }
    main().server_side_emit("hello", 1, "two");
    main().server_side_emit("nobody listens");
    settle();
    Texts expected;
    for (std::size_t i = 1; i < sites_.size(); ++i)
        expected.push_back(std::to_string(i) + R"(/[1,"two"])");
    EXPECT_EQ(seen, expected);
}

TEST_P(AdapterQuestions, AQuestionBetweenServersCollectsOneAnswerOfEachOther) {
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        sites_[i].hub->of("/").on_server_event("who?", [i](socketio::ServerEvent& event) {
            event.answer(socketio::make_payload(i));
            event.answer(socketio::make_payload("twice"));
        });
    }
    main().server_side_emit_with_ack("who?", {}, std::chrono::seconds(1), keep());
    settle();
    EXPECT_EQ(answered_, 1);
    EXPECT_TRUE(answers_.all_answered());
    ASSERT_EQ(answers_.answers.size(), sites_.size() - 1);
    for (std::size_t i = 1; i < sites_.size(); ++i)
        EXPECT_EQ(answers_.answers[i - 1].arguments, boost::json::array{i});
}

TEST_P(AdapterQuestions, TypedHandlersReadAndAnswerWhatServersSay) {
    if (sites_.size() < 2) return;
    std::vector<std::string> told;
    for (std::size_t site = 1; site < sites_.size(); ++site) {
        main(site).on_server_event(
            "add", [](int left, int right, const socketio::Answer<int>& answer) { answer(left + right); });
        main(site).on_server_event("say", [&](std::string text, std::optional<int> often) {
            told.push_back(text + std::to_string(often.value_or(1)));
        });
    }
    main().server_side_emit("say", "hello");
    main().server_side_emit("say", "hi", 2);
    main().server_side_emit("say", 7);  // does not fit: nobody is called, and the log says so
    main().server_side_emit_with_ack("add", socketio::make_payload(2, 3), std::chrono::seconds(1), keep());
    settle();
    EXPECT_EQ(told.size(), 2 * (sites_.size() - 1));
    EXPECT_EQ(std::count(told.begin(), told.end(), "hi2"), static_cast<std::ptrdiff_t>(sites_.size() - 1));
    ASSERT_EQ(answered_, 1);
    ASSERT_EQ(answers_.answers.size(), sites_.size() - 1);
    for (const auto& answer : answers_.answers)
        EXPECT_EQ(boost::json::serialize(answer.arguments), "[5]");
    EXPECT_EQ(last().hub->counters().handler_failures, 1U);
}

INSTANTIATE_TEST_SUITE_P(All, AdapterQuestions, testing::Values(no_adapter, local_one, local_three), name_of);

}  // namespace
}  // namespace holdfast::cluster
