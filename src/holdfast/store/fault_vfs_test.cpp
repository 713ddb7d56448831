// The tests' own disk is tested as well: a disk that loses nothing would prove nothing.
#include "holdfast/store/testing/fault_vfs.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <set>

#include "holdfast/store/testing/sqlite_files.hpp"

namespace holdfast::store {
namespace {

using testing::DiskAction;
using testing::DiskEvent;
using testing::DiskModel;
using testing::Fault;
using testing::FaultVfs;
using testing::Survival;
using Kind = testing::DiskEvent::Kind;

std::set<std::string> images_of(const DiskModel& disk, Survival survival) {
    std::set<std::string> contents;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        SeededRandom random(seed);
        const auto image = disk.image_after_power_cut(survival, random);
        contents.insert(image.contains("f") ? image.at("f") : "(no file)");
    }
    return contents;
}

TEST(DiskModel, WhatWasSyncedSurvives) {
    DiskModel disk;
    disk.apply({Kind::create, "f", 0, {}});
    disk.apply({Kind::write, "f", 0, "abc"});
    disk.apply({Kind::sync, "f", 0, {}});
    for (const Survival survival : testing::all_survivals) {
        EXPECT_EQ(images_of(disk, survival), std::set<std::string>{"abc"});
    }
}

TEST(DiskModel, WhatWasNotSyncedMayBeThereOrNot) {
    DiskModel disk;
    disk.apply({Kind::adopt, "f", 0, "abc"});
    disk.apply({Kind::write, "f", 1, "X"});
    disk.apply({Kind::write, "f", 2, "Y"});
    EXPECT_EQ(images_of(disk, Survival::nothing), std::set<std::string>{"abc"});
    EXPECT_EQ(images_of(disk, Survival::everything), std::set<std::string>{"aXY"});
    EXPECT_EQ(images_of(disk, Survival::beginning), (std::set<std::string>{"abc", "aXc", "aXY"}));
    EXPECT_EQ(images_of(disk, Survival::scattered), (std::set<std::string>{"abc", "aXc", "abY", "aXY"}));
}

TEST(DiskModel, AWriteTearsAtItsSectors) {
    DiskModel disk;
    disk.apply({Kind::adopt, "f", 0, std::string(1'024, '-')});
    disk.apply({Kind::write, "f", 0, std::string(1'024, 'x')});
    const std::string none(512, '-');
    const std::string all(512, 'x');
    EXPECT_EQ(images_of(disk, Survival::scattered),
              (std::set<std::string>{none + none, none + all, all + none, all + all}));
    EXPECT_EQ(images_of(disk, Survival::beginning),
              (std::set<std::string>{none + none, all + none, all + all}));
}

TEST(DiskModel, ASyncThatLostItsDataLeavesTheOldOnesForGood) {
    DiskModel disk;
    disk.apply({Kind::adopt, "f", 0, "abc"});
    disk.apply({Kind::write, "f", 0, "XYZ"});
    disk.apply({Kind::sync_lost, "f", 0, {}});
    disk.apply({Kind::sync, "f", 0, {}});
    EXPECT_EQ(images_of(disk, Survival::everything), std::set<std::string>{"abc"});
}

TEST(DiskModel, NamesAreUncertainUntilASync) {
    DiskModel disk;
    disk.apply({Kind::adopt, "f", 0, "old"});
    disk.apply({Kind::remove, "f", 0, {}});
    EXPECT_EQ(images_of(disk, Survival::scattered), (std::set<std::string>{"old", "(no file)"}));
    disk.apply({Kind::create, "f", 0, {}});
    disk.apply({Kind::write, "f", 0, "new"});
    EXPECT_EQ(images_of(disk, Survival::nothing), std::set<std::string>{"old"});
    EXPECT_EQ(images_of(disk, Survival::everything), std::set<std::string>{"new"});
    disk.apply({Kind::sync, "f", 0, {}});
    EXPECT_EQ(images_of(disk, Survival::nothing), std::set<std::string>{"new"});
    disk.apply({Kind::remove_and_sync, "f", 0, {}});
    EXPECT_EQ(images_of(disk, Survival::everything), std::set<std::string>{"(no file)"});
}

class FaultVfsTest : public ::testing::Test {
  protected:
    std::unique_ptr<SqliteStore> open() { return testing::open_store(path_, vfs_, log_).value(); }
    static Result<void, seats::StoreError> commit(SqliteStore& store, std::uint64_t answers) {
        seats::GameRecord game;
        game.answers = answers;
        const std::vector<seats::Changes> batch{{seats::PutGame{game}}};
        return store.commit(testing::pointers_to(batch));
    }
    static std::uint64_t answers(SqliteStore& store) { return store.load().value().game.answers; }

    testing::TemporaryDirectory directory_{testing::TemporaryDirectory::On::memory};
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
    FaultVfs vfs_;
};

TEST_F(FaultVfsTest, EachHasANameOfItsOwn) {
    const FaultVfs other;
    EXPECT_NE(other.name(), vfs_.name());
    EXPECT_NE(sqlite3_vfs_find(vfs_.name().c_str()), nullptr);
}

TEST_F(FaultVfsTest, EveryCommitIsSynced) {
    const auto store = open();
    for (std::uint64_t number = 1; number < 5; ++number) {
        const std::uint64_t before = vfs_.count(DiskAction::sync);
        ASSERT_TRUE(commit(*store, number));
        EXPECT_GT(vfs_.count(DiskAction::sync), before);
    }
}

TEST_F(FaultVfsTest, AFaultStrikesWhenItIsPlannedAndOnlyThen) {
    const auto store = open();
    vfs_.plan({DiskAction::sync, 2, SQLITE_IOERR_FSYNC, Fault::Lasting::once, false, {}});
    EXPECT_TRUE(commit(*store, 1));
    EXPECT_EQ(vfs_.failed_actions(), 0u);
    EXPECT_FALSE(commit(*store, 2));
    EXPECT_EQ(vfs_.failed_actions(), 1u);
    EXPECT_TRUE(store->probe());
    EXPECT_TRUE(commit(*store, 3));
    vfs_.plan({DiskAction::write, 1, SQLITE_FULL, Fault::Lasting::for_ever, false, {}});
    EXPECT_EQ(commit(*store, 4), failure(seats::StoreError::disk_full));
    EXPECT_FALSE(store->probe());
    vfs_.heal();
    EXPECT_TRUE(store->probe());
    EXPECT_EQ(answers(*store), 3u);
}

TEST_F(FaultVfsTest, APowerCutTakesWhatWasNotSynced) {
    SeededRandom random(1);
    auto store = open();
    ASSERT_TRUE(commit(*store, 1));
    EXPECT_THROW(vfs_.power_on(Survival::nothing, random), std::logic_error);
    vfs_.power_off();
    EXPECT_FALSE(commit(*store, 2));
    store.reset();
    vfs_.power_on(Survival::nothing, random);
    store = open();
    EXPECT_EQ(answers(*store), 1u);
    EXPECT_TRUE(commit(*store, 3));
}

}  // namespace
}  // namespace holdfast::store
