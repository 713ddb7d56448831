#include "holdfast/store/testing/failing_store.hpp"

#include <gtest/gtest.h>

#include "holdfast/store/memory_store.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"

namespace holdfast::store {
namespace {

using namespace seats;
using testing::FailingStore;

class FailingStoreTest : public ::testing::Test {
  protected:
    Result<void, StoreError> commit_team(TeamId id) {
        const std::vector<Changes> batch{{PutTeam{testing::sample_team(id, 1, distinct_), 0}}};
        return store_.commit(testing::pointers_to(batch));
    }
    std::size_t teams() { return inner_.load().value().teams.size(); }

    testing::Distinct distinct_{1};
    MemoryStore inner_;
    FailingStore store_{inner_};
};

TEST_F(FailingStoreTest, WithoutOrdersItIsTheInnerStore) {
    EXPECT_TRUE(commit_team(1));
    EXPECT_EQ(commit_team(1), failure(StoreError::conflict));
    EXPECT_TRUE(commit_team(2)) << "a conflict needs no probe";
    EXPECT_TRUE(store_.probe());
    EXPECT_EQ(store_.load().value(), inner_.load().value());
    EXPECT_EQ(store_.commits(), 2u);
}

TEST_F(FailingStoreTest, TheNthCommitFailsAndAProbeMends) {
    store_.fail_commit_once(2, StoreError::disk_full);
    EXPECT_TRUE(commit_team(1));
    EXPECT_EQ(commit_team(2), failure(StoreError::disk_full));
    EXPECT_EQ(commit_team(3), failure(StoreError::disk_full)) << "not before a probe";
    EXPECT_FALSE(store_.load());
    EXPECT_EQ(teams(), 1u);
    EXPECT_TRUE(store_.probe());
    EXPECT_TRUE(commit_team(2));
    EXPECT_EQ(store_.failed_commits(), 2u);
}

TEST_F(FailingStoreTest, AFailureForEverLastsUntilItHeals) {
    store_.fail_for_ever_from_commit(2);
    EXPECT_TRUE(commit_team(1));
    EXPECT_FALSE(commit_team(2));
    EXPECT_FALSE(store_.probe());
    EXPECT_FALSE(commit_team(2));
    EXPECT_FALSE(store_.read_journal(1, 0, 1));
    EXPECT_FALSE(store_.read_journals(0, 1));
    store_.heal();
    EXPECT_FALSE(commit_team(2)) << "a probe is needed still";
    EXPECT_TRUE(store_.probe());
    EXPECT_TRUE(commit_team(2));
    EXPECT_EQ(teams(), 2u);
}

TEST_F(FailingStoreTest, OnCommandEverythingFailsAtOnce) {
    store_.fail_for_ever(StoreError::read_only);
    EXPECT_EQ(store_.load().error(), StoreError::read_only);
    EXPECT_EQ(commit_team(1), failure(StoreError::read_only));
    store_.heal();
    EXPECT_TRUE(store_.probe());
    EXPECT_TRUE(commit_team(1));
}

}  // namespace
}  // namespace holdfast::store
