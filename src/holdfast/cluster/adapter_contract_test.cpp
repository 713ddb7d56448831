// What socketio/adapter.hpp promises about broadcasts, rooms and operations on many, checked for every
// implementation.
#include "holdfast/cluster/adapter_contract_test_support.hpp"

namespace holdfast::cluster {
namespace {

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

INSTANTIATE_TEST_SUITE_P(All, AdapterContract, testing::Values(no_adapter, local_one, local_three), name_of);

}  // namespace
}  // namespace holdfast::cluster
