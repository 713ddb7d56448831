// What socketio/adapter.hpp promises, checked for every implementation.
#include <gtest/gtest.h>

#include <boost/json/serialize.hpp>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "holdfast/cluster/local_adapter.hpp"
#include "holdfast/socketio/fake_sessions.hpp"

namespace holdfast::cluster {
namespace {

using socketio::Audience;
using socketio::BroadcastAnswers;
using socketio::FetchError;
using socketio::Hub;
using socketio::Texts;

/// One server with its clients, and what was posted to it.
struct Site {
    SeededRandom random{0};
    socketio::FakeSessions output;
    std::unique_ptr<Hub> hub;
    std::deque<std::function<void()>> posted;
    engineio::SessionId last_session = 0;

    /// A client that has joined; its socket.
    socketio::SocketPointer join(std::string_view nsp = "/") {
        socketio::SocketPointer joined;
        const auto listener =
            hub->of(nsp).on_connection([&](const socketio::SocketPointer& socket) { joined = socket; });
        hub->on_open(++last_session, std::make_shared<engineio::Handshake>());
        hub->on_message(last_session, "0" + std::string(nsp == "/" ? "" : nsp), false);
        hub->of(nsp).off(listener);
        output.sessions[last_session].sent.clear();
        return joined;
    }
    /// What this site's clients heard, one after another.
    Texts heard() {
        Texts all;
        for (auto& [session, state] : output.sessions) {
            all.insert(all.end(), state.sent.begin(), state.sent.end());
            state.sent.clear();
        }
        return all;
    }
};

/// Makes the adapters of a cluster. One for each implementation.
class Implementation {
  public:
    virtual ~Implementation() = default;
    [[nodiscard]] virtual socketio::AdapterFactory adapter_for(Site& site) = 0;
};

class NoAdapter final : public Implementation {
  public:
    socketio::AdapterFactory adapter_for(Site& /*site*/) override { return {}; }
};

class Local final : public Implementation {
  public:
    socketio::AdapterFactory adapter_for(Site& site) override {
        return cluster_.add_server(
            [&site](std::function<void()> function) { site.posted.push_back(std::move(function)); });
    }

  private:
    LocalCluster cluster_;
};

struct Setup {
    const char* name;
    std::function<std::unique_ptr<Implementation>()> make;
    std::size_t servers;
};

class AdapterContract : public testing::TestWithParam<Setup> {
  protected:
    AdapterContract() : implementation_(GetParam().make()), sites_(GetParam().servers) {
        for (std::size_t i = 0; i < sites_.size(); ++i) {
            auto& site = sites_[i];
            site.random = SeededRandom(i);
            socketio::Settings settings;
            settings.adapter = implementation_->adapter_for(site);
            site.hub = std::make_unique<Hub>(settings, site.random, site.output);
            site.output.listener = site.hub.get();
        }
    }

    socketio::Namespace& main(std::size_t site = 0) { return sites_[site].hub->of("/"); }
    Site& last() { return sites_.back(); }
    /// Runs everything that was posted, and what that posts.
    void settle() {
        for (bool any = true; any;) {
            any = false;
            for (auto& site : sites_) {
                while (!site.posted.empty()) {
                    const auto function = std::move(site.posted.front());
                    site.posted.pop_front();
                    function();
                    any = true;
                }
            }
        }
    }
    Texts heard_by_all() {
        Texts all;
        for (auto& site : sites_) {
            for (auto& text : site.heard())
                all.push_back(std::move(text));
        }
        return all;
    }

    /// Time passes on every server that is there.
    void pass(Milliseconds time) {
        now_ += time;
        for (auto& site : sites_) {
            if (site.hub) site.hub->on_tick(now_);
        }
        settle();
    }
    socketio::AnswersHandler keep() {
        return [this](BroadcastAnswers answers) {
            ++answered_;
            answers_ = std::move(answers);
        };
    }

    std::unique_ptr<Implementation> implementation_;
    std::deque<Site> sites_;
    Instant now_{std::chrono::hours(1)};
    BroadcastAnswers answers_;
    int answered_ = 0;
};

TEST_P(AdapterContract, ABroadcastReachesEverySocketOfEveryServerOnce) {
    for (auto& site : sites_) {
        site.join();
        site.join();
    }
    EXPECT_EQ(main().broadcast({}, "x", {}), 2U);
    settle();
    EXPECT_EQ(heard_by_all(), Texts(2 * sites_.size(), R"(2["x"])"));
}

TEST_P(AdapterContract, LocalSocketsAreReachedBeforeTheCallReturns) {
    sites_[0].join();
    main().broadcast({}, "x", {});
    EXPECT_EQ(sites_[0].heard().size(), 1U);
}

TEST_P(AdapterContract, RoomsAndExceptionsHoldEverywhere) {
    for (auto& site : sites_) {
        site.join()->join("a");
        const auto both = site.join();
        both->join("a");
        both->join("b");
        site.join();
    }
    main().broadcast({{"a", "b"}, {}}, "x", {});
    settle();
    EXPECT_EQ(heard_by_all().size(), 2 * sites_.size());
    main().broadcast({{"a"}, {"b"}}, "x", {});
    settle();
    EXPECT_EQ(heard_by_all().size(), sites_.size());
}

TEST_P(AdapterContract, ASocketsOwnRoomIsFoundOnAnyServer) {
    const auto target = last().join();
    sites_[0].join();
    main().broadcast({{std::string(target->id())}, {}}, "private", {});
    settle();
    EXPECT_EQ(heard_by_all(), Texts{R"(2["private"])"});
    main().broadcast({{}, {std::string(target->id())}}, "others", {});
    settle();
    EXPECT_EQ(heard_by_all(), Texts{R"(2["others"])"});
}

TEST_P(AdapterContract, OneSendersOperationsArriveInTheirOrder) {
    last().join();
    for (int i = 0; i < 20; ++i)
        main().broadcast({}, std::to_string(i), {});
    main().join_sockets({}, "late");
    main().broadcast({{"late"}, {}}, "end", {});
    settle();
    const auto heard = heard_by_all();
    ASSERT_EQ(heard.size(), 21U);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(heard[static_cast<std::size_t>(i)], "2[\"" + std::to_string(i) + "\"]");
    }
    EXPECT_EQ(heard.back(), R"(2["end"])");
}

TEST_P(AdapterContract, NamespacesDoNotSeeEachOther) {
    for (auto& site : sites_) {
        site.join();
        site.join("/admin");
    }
    sites_[0].hub->of("/admin").broadcast({}, "x", {});
    sites_[0].hub->of("/admin").disconnect_sockets({}, false);
    settle();
    for (auto& site : sites_) {
        EXPECT_EQ(site.hub->of("/").socket_count(), 1U);
        EXPECT_EQ(site.heard(), (Texts{R"(2/admin,["x"])", "1/admin,"}));
    }
}

TEST_P(AdapterContract, AServerWithoutTheNamespaceIsSkipped) {
    auto& admin = sites_[0].hub->of("/only-here");
    sites_[0].join("/only-here");
    admin.broadcast({}, "x", {});
    std::size_t found = 0;
    admin.fetch_sockets({}, [&](const auto& answer) { found = answer->size(); });
    settle();
    EXPECT_EQ(found, 1U);
    EXPECT_EQ(heard_by_all().size(), 1U);
}

TEST_P(AdapterContract, FetchDescribesEverySocketOnce) {
    std::vector<std::string> ids;
    for (auto& site : sites_) {
        const auto socket = site.join();
        socket->join("a");
        socket->set_data({{"id", socket->id()}});
        ids.emplace_back(socket->id());
        site.join();
    }
    int answers = 0;
    std::vector<std::string> found;
    main().fetch_sockets({{"a"}, {}}, [&](const auto& answer) {
        ++answers;
        ASSERT_TRUE(answer.has_value());
        for (const auto& description : *answer) {
            found.push_back(description.id);
            EXPECT_EQ(description.rooms, (Texts{"a", description.id}));
            EXPECT_NE(description.handshake, nullptr);
            EXPECT_EQ(description.data, (boost::json::value{{"id", description.id}}));
        }
    });
    settle();
    EXPECT_EQ(answers, 1);
    std::sort(ids.begin(), ids.end());
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, ids);
}

TEST_P(AdapterContract, JoinLeaveAndDisconnectReachEveryServer) {
    for (auto& site : sites_)
        site.join();
    main().join_sockets({}, "a");
    settle();
    for (auto& site : sites_)
        EXPECT_EQ(site.hub->of("/").sockets({{"a"}, {}}).size(), 1U);
    main().leave_sockets({{"a"}, {}}, "a");
    settle();
    for (auto& site : sites_)
        EXPECT_EQ(site.hub->of("/").sockets({{"a"}, {}}).size(), 0U);
    main().disconnect_sockets({}, true);
    settle();
    for (auto& site : sites_) {
        EXPECT_EQ(site.hub->of("/").socket_count(), 0U);
        EXPECT_EQ(site.output.sessions[1].closed, engineio::CloseReason::forced_close);
    }
}

TEST_P(AdapterContract, AVolatileBroadcastStaysVolatile) {
    last().join();
    last().output.sessions[1].busy = true;
    main().broadcast({}, "x", {}, true);
    settle();
    EXPECT_TRUE(heard_by_all().empty());
}

TEST_P(AdapterContract, ALocalAudienceIsThatOfThisServerAlone) {
    for (auto& site : sites_)
        site.join();
    Audience here;
    here.local = true;
    main().broadcast(here, "x", {});
    main().join_sockets(here, "a");
    settle();
    EXPECT_EQ(heard_by_all(), Texts{R"(2["x"])"});
    std::size_t found = 0;
    main().fetch_sockets(here, [&](const auto& answer) { found = answer->size(); });
    EXPECT_EQ(found, 1U);
    for (auto& site : sites_)
        EXPECT_EQ(site.hub->of("/").sockets({{"a"}, {}}).size(), &site == &sites_[0] ? 1U : 0U);
    main().leave_sockets(here, "a");
    main().disconnect_sockets(here, false);
    int answered = 0;
    main().ask_sockets(here, "anybody?", {}, std::chrono::seconds(1), [&](const BroadcastAnswers& answers) {
        ++answered;
        EXPECT_TRUE(answers.all_answered());
    });
    EXPECT_EQ(answered, 1);
    settle();
    EXPECT_EQ(heard_by_all(), Texts{"1"});
    EXPECT_EQ(last().hub->of("/").socket_count(), sites_.size() == 1 ? 0U : 1U);
}

TEST_P(AdapterContract, AQuestionIsAnsweredByEverySocketOfTheAudienceOnEveryServer) {
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

TEST_P(AdapterContract, ThoseThatDoNotAnswerAreCountedOnEveryServer) {
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

TEST_P(AdapterContract, AMessageBetweenServersReachesTheNamespaceOfAllOthersOnce) {
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

TEST_P(AdapterContract, AQuestionBetweenServersCollectsOneAnswerOfEachOther) {
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

const Setup no_adapter{"NoAdapter", [] { return std::make_unique<NoAdapter>(); }, 1};
const Setup local_one{"LocalClusterOfOne", [] { return std::make_unique<Local>(); }, 1};
const Setup local_three{"LocalClusterOfThree", [] { return std::make_unique<Local>(); }, 3};
std::string name_of(const testing::TestParamInfo<Setup>& setup) {
    return setup.param.name;
}

INSTANTIATE_TEST_SUITE_P(All, AdapterContract, testing::Values(no_adapter, local_one, local_three), name_of);
INSTANTIATE_TEST_SUITE_P(All, AdapterContractOfMany, testing::Values(local_three), name_of);

/// A thread that runs what is posted to it, as a net thread does.
class Loop {
  public:
    Loop() : thread_([this] { run(); }) {}
    ~Loop() {
        post(nullptr);
        thread_.join();
    }
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    void post(std::function<void()> function) {
        {
            const std::lock_guard lock(mutex_);
            queue_.push_back(std::move(function));
        }
        wake_.notify_one();
    }

  private:
    void run() {
        for (;;) {
            std::function<void()> next;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return !queue_.empty(); });
                next = std::move(queue_.front());
                queue_.pop_front();
            }
            if (!next) return;
            next();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::thread thread_;
};

TEST(LocalClusterThreads, ServersOnTheirOwnThreadsHearEachOtherInOrder) {
    constexpr int threads = 3;
    constexpr int broadcasts = 200;
    LocalCluster cluster;
    std::deque<Site> sites(threads);
    std::deque<Loop> loops(threads);
    std::mutex mutex;
    std::condition_variable changed;
    int done = 0;
    const auto everywhere = [&](const std::function<void(std::size_t)>& work) {
        done = 0;
        for (std::size_t i = 0; i < threads; ++i) {
            loops[i].post([&, i] {
                work(i);
                const std::lock_guard lock(mutex);
                ++done;
                changed.notify_one();
            });
        }
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return done == threads; });
    };
    everywhere([&](std::size_t i) {
        socketio::Settings settings;
        settings.adapter =
            cluster.add_server([&loop = loops[i]](std::function<void()> f) { loop.post(std::move(f)); });
        sites[i].random = SeededRandom(i);
        sites[i].hub = std::make_unique<Hub>(settings, sites[i].random, sites[i].output);
        sites[i].output.listener = sites[i].hub.get();
        sites[i].join();
    });
    everywhere([&](std::size_t i) {
        for (int n = 0; n < broadcasts; ++n) {
            sites[i].hub->of("/").broadcast({}, std::to_string(i), boost::json::array{n}, false);
        }
    });
    // What was posted before this runs before it.
    everywhere([&](std::size_t i) {
        const auto heard = sites[i].heard();
        EXPECT_EQ(heard.size(), static_cast<std::size_t>(threads * broadcasts));
        std::vector<int> next(threads);
        for (const auto& text : heard) {
            const auto sender = static_cast<std::size_t>(text[3] - '0');
            EXPECT_EQ(text, "2[\"" + std::to_string(sender) + "\"," + std::to_string(next[sender]++) + "]");
        }
    });
    everywhere([&](std::size_t i) { sites[i].hub.reset(); });
}

}  // namespace
}  // namespace holdfast::cluster
