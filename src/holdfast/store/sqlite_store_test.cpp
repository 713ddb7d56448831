// What is SQLite's own: files, locks, versions, damage, and who else looks at the file.
#include "holdfast/store/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "holdfast/store/sqlite_connection.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"
#include "holdfast/store/testing/sqlite_files.hpp"

namespace holdfast::store {
namespace {

using namespace seats;
using ::testing::HasSubstr;

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& path, const std::string& content) {
    std::ofstream(path, std::ios::binary).write(content.data(), static_cast<std::streamsize>(content.size()));
}

/// A connection of somebody else.
class Stranger {
  public:
    explicit Stranger(const std::string& path, int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) {
        EXPECT_EQ(sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr), SQLITE_OK);
    }
    ~Stranger() { sqlite3_close(handle_); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;
    int run(const char* statements) { return sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr); }

  private:
    sqlite3* handle_ = nullptr;
};

class SqliteStoreTest : public ::testing::Test {
  protected:
    Result<std::unique_ptr<SqliteStore>, OpenError> open() {
        SqliteSettings settings;
        settings.path = path_;
        settings.busy_time = Milliseconds{10};
        return SqliteStore::open(settings, log_);
    }
    std::unique_ptr<SqliteStore> opened() { return open().value(); }
    Result<void, StoreError> commit_team(SqliteStore& store, TeamId id, std::size_t progress_bytes = 1) {
        TeamRecord team = testing::sample_team(id, 1, distinct_);
        team.progress.assign(progress_bytes, 'p');
        const std::vector<Changes> batch{{PutTeam{team, 0}}};
        return store.commit(testing::pointers_to(batch));
    }
    static std::size_t teams(SqliteStore& store) { return store.load().value().teams.size(); }
    /// The file is refused for this reason, and not a byte of it has changed.
    void expect_refusal(StoreError error, const std::string& words) {
        const std::string before = read_file(path_);
        const auto refused = open();
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().error, error);
        EXPECT_THAT(refused.error().message, HasSubstr(words));
        EXPECT_THAT(refused.error().message, HasSubstr(path_));
        EXPECT_EQ(read_file(path_), before);
    }

    testing::TemporaryDirectory directory_;
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
    testing::Distinct distinct_{1};
};

TEST_F(SqliteStoreTest, OnlyTheOwnerMayReadTheFiles) {
    const auto store = opened();
    ASSERT_TRUE(commit_team(*store, 1));
    for (const char* suffix : {"", "-wal", "-shm", "-lock"}) {
        struct stat status {};
        ASSERT_EQ(stat((path_ + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777, 0600u) << suffix;
    }
}

TEST_F(SqliteStoreTest, ClosingLeavesOneCompleteFile) {
    auto store = opened();
    ASSERT_TRUE(commit_team(*store, 1));
    store.reset();
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
    std::filesystem::copy_file(path_, directory_.file("copy.db"));
    SqliteSettings settings;
    settings.path = directory_.file("copy.db");
    EXPECT_EQ(teams(*SqliteStore::open(settings, log_).value()), 1u);
}

TEST_F(SqliteStoreTest, ASecondStoreOnTheFileIsRefusedUntilTheFirstIsClosed) {
    auto first = opened();
    std::filesystem::create_symlink(path_, directory_.file("other-name.db"));
    SqliteSettings settings;
    for (const std::string& name : {path_, directory_.file("other-name.db")}) {
        settings.path = name;
        const auto second = SqliteStore::open(settings, log_);
        ASSERT_FALSE(second) << name;
        EXPECT_EQ(second.error().error, StoreError::unavailable);
        EXPECT_THAT(second.error().message, HasSubstr("in use by another Holdfast (process "));
    }
    EXPECT_TRUE(commit_team(*first, 1));
    first.reset();
    EXPECT_TRUE(open());
}

TEST_F(SqliteStoreTest, AFolderThatIsNotThereIsAnErrorWithASentence) {
    SqliteSettings settings;
    settings.path = directory_.file("nowhere/holdfast.db");
    const auto refused = SqliteStore::open(settings, log_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error, StoreError::unavailable);
    EXPECT_THAT(refused.error().message, HasSubstr("No such file or directory"));
}

TEST_F(SqliteStoreTest, AFileOfANewerVersionIsLeftAlone) {
    opened().reset();
    Stranger(path_).run("PRAGMA user_version = 1000");
    expect_refusal(StoreError::incompatible, "newer");
}

TEST_F(SqliteStoreTest, AFileOfAnotherProgramIsLeftAlone) {
    Stranger(path_).run("CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('soup')");
    expect_refusal(StoreError::incompatible, "another program");
}

TEST_F(SqliteStoreTest, AFileThatIsNoDatabaseIsLeftAlone) {
    write_file(path_, std::string(10'000, 'x'));
    expect_refusal(StoreError::corrupt, "damaged");
}

TEST_F(SqliteStoreTest, AnEmptyFileIsANewStore) {
    write_file(path_, "");
    EXPECT_EQ(teams(*opened()), 0u);
}

TEST_F(SqliteStoreTest, ADamagedFileIsLeftAlone) {
    {
        const auto store = opened();
        for (TeamId id = 1; id < 60; ++id)
            ASSERT_TRUE(commit_team(*store, id, 2'000));
    }
    std::string content = read_file(path_);
    for (std::size_t page = 20; page < 30; ++page)
        content.replace(page * 4'096, 64, 64, '\x55');
    write_file(path_, content);
    expect_refusal(StoreError::corrupt, "damaged");
}

TEST_F(SqliteStoreTest, ADamagedFileKeepsItsLog) {
    const std::string copy = directory_.file("copy.db");
    {
        const auto store = opened();
        for (TeamId id = 1; id < 60; ++id)
            ASSERT_TRUE(commit_team(*store, id, 2'000));
    }
    std::string content = read_file(path_);
    std::string log;
    {
        const auto store = opened();
        ASSERT_TRUE(commit_team(*store, 100));
        log = read_file(path_ + "-wal");
    }
    for (std::size_t page = 20; page < 30; ++page)
        content.replace(page * 4'096, 64, 64, '\x55');
    write_file(copy, content);
    write_file(copy + "-wal", log);  // as a crash would leave it
    SqliteSettings settings;
    settings.path = copy;
    const auto refused = SqliteStore::open(settings, log_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error, StoreError::corrupt);
    EXPECT_EQ(read_file(copy), content);
    EXPECT_EQ(read_file(copy + "-wal"), log);
}

TEST_F(SqliteStoreTest, AValueThatNoRecordCanHaveIsDamage) {
    {
        const auto store = opened();
        ASSERT_TRUE(commit_team(*store, 1));
    }
    const char* const damages[] = {"UPDATE teams SET seats = json_set(seats, '$[0][0]', 7)",
                                   "UPDATE teams SET seats = json_set(seats, '$[0][1]', -1)",
                                   "UPDATE teams SET seats = json_set(seats, '$[1][2]', 300)",
                                   "UPDATE teams SET seats = json_set(seats, '$[0][3]', 0.5)",
                                   "UPDATE teams SET seats = json_set(seats, '$[0][10]', '00')",
                                   "UPDATE teams SET seats = json_set(seats, '$[0][14]', 1)",
                                   "UPDATE teams SET seats = json_set(seats, '$[0][12]', 300)",
                                   "UPDATE teams SET seats = json_remove(seats, '$[0][4]')",
                                   "UPDATE teams SET seats = substr(seats, 1, length(seats) - 1)",
                                   "UPDATE teams SET seats = seats || ']'",
                                   "UPDATE teams SET seats = ''",
                                   "UPDATE teams SET round_answers = '1?'"};
    const std::string intact = read_file(path_);
    for (const char* damage : damages) {
        write_file(path_, intact);
        ASSERT_EQ(Stranger(path_).run(damage), SQLITE_OK) << damage;
        const auto store = opened();
        EXPECT_EQ(store->load().error(), StoreError::corrupt) << damage;
        EXPECT_EQ(commit_team(*store, 2), failure(StoreError::corrupt)) << "writes are refused";
        EXPECT_EQ(store->probe(), failure(StoreError::corrupt)) << "and no probe mends it";
    }
}

TEST_F(SqliteStoreTest, AReaderDoesNotStopTheWriter) {
    const auto store = opened();
    ASSERT_TRUE(commit_team(*store, 1));
    Stranger reader(path_, SQLITE_OPEN_READONLY);
    ASSERT_EQ(reader.run("BEGIN; SELECT * FROM teams"), SQLITE_OK);
    for (TeamId id = 2; id < 100; ++id)
        ASSERT_TRUE(commit_team(*store, id, 50'000));
    EXPECT_EQ(reader.run("SELECT * FROM answer_history; SELECT * FROM seat_history; COMMIT"), SQLITE_OK);
    EXPECT_EQ(teams(*store), 99u);
}

TEST_F(SqliteStoreTest, AStrangerWhoLocksTheFileIsWaitedForAndThenEndured) {
    const auto store = opened();
    ASSERT_TRUE(commit_team(*store, 1));
    Stranger stranger(path_);
    ASSERT_EQ(stranger.run("BEGIN IMMEDIATE; UPDATE teams SET name = 'theirs'"), SQLITE_OK);
    EXPECT_EQ(commit_team(*store, 2), failure(StoreError::unavailable));
    EXPECT_EQ(store->probe(), failure(StoreError::unavailable));
    ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
    EXPECT_TRUE(store->probe());
    EXPECT_TRUE(commit_team(*store, 2));
    const Snapshot snapshot = store->load().value();
    ASSERT_EQ(snapshot.teams.size(), 2u);
    EXPECT_EQ(snapshot.teams[0].name, "theirs") << "what the stranger committed is not cut off";
}

TEST_F(SqliteStoreTest, AFileThatIsNotAsItWasAcknowledgedIsNotGoneOnWith) {
    const auto store = opened();
    ASSERT_TRUE(commit_team(*store, 1));
    Stranger stranger(path_);
    ASSERT_EQ(stranger.run("BEGIN IMMEDIATE; UPDATE meta SET value = value - 1 WHERE name = 'commit_number'"),
              SQLITE_OK);
    EXPECT_FALSE(commit_team(*store, 2));
    ASSERT_EQ(stranger.run("COMMIT"), SQLITE_OK);
    EXPECT_EQ(store->probe(), failure(StoreError::corrupt)) << "as if an acknowledged batch were lost";
    EXPECT_EQ(commit_team(*store, 2), failure(StoreError::corrupt));
}

TEST_F(SqliteStoreTest, ALongLogIsCarriedOverWhileTheStoreIsOpen) {
    const auto store = opened();
    for (TeamId id = 1; id < 120; ++id)
        ASSERT_TRUE(commit_team(*store, id, 100'000));
    const auto log_bytes = std::filesystem::file_size(path_ + "-wal");
    EXPECT_LT(log_bytes, std::uintmax_t{2} * limits::checkpoint_pages * 4'096);
    EXPECT_GT(std::filesystem::file_size(path_), 5'000'000u);
}

TEST(SqliteErrors, MeanWhatTheSeamSays) {
    using sqlite::store_error_of;
    EXPECT_EQ(store_error_of(SQLITE_FULL, 0), StoreError::disk_full);
    EXPECT_EQ(store_error_of(SQLITE_IOERR_WRITE, ENOSPC), StoreError::disk_full);
    EXPECT_EQ(store_error_of(SQLITE_IOERR_FSYNC, EIO), StoreError::unavailable);
    EXPECT_EQ(store_error_of(SQLITE_READONLY_DBMOVED, 0), StoreError::read_only);
    EXPECT_EQ(store_error_of(SQLITE_CANTOPEN, EROFS), StoreError::read_only);
    EXPECT_EQ(store_error_of(SQLITE_BUSY, 0), StoreError::unavailable);
    EXPECT_EQ(store_error_of(SQLITE_CANTOPEN, 0), StoreError::unavailable);
    EXPECT_EQ(store_error_of(SQLITE_NOMEM, 0), StoreError::unavailable);
    EXPECT_EQ(store_error_of(SQLITE_CORRUPT_VTAB, 0), StoreError::corrupt);
    EXPECT_EQ(store_error_of(SQLITE_NOTADB, 0), StoreError::corrupt);
    EXPECT_EQ(store_error_of(SQLITE_IOERR_CORRUPTFS, 0), StoreError::corrupt);
}

}  // namespace
}  // namespace holdfast::store
