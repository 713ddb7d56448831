// Somebody looks at the journal while the server writes, after it was stopped, and after it was killed.
#include "holdfast/store/journal_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "holdfast/store/sqlite_connection.hpp"
#include "holdfast/store/sqlite_schema.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"

namespace holdfast::store {
namespace {

using namespace seats;
using ::testing::HasSubstr;

class JournalFileTest : public ::testing::Test {
  protected:
    std::unique_ptr<SqliteStore> open() {
        SqliteSettings settings;
        settings.path = path_;
        return SqliteStore::open(settings, log_).value();
    }
    /// One more entry of team 1; the first call makes the team.
    void write(SqliteStore& store) {
        Changes changes;
        if (written_.empty()) changes.push_back(PutTeam{testing::sample_team(1, 1, distinct_), 0});
        written_.push_back(testing::sample_journal(1, 1, distinct_));
        changes.push_back(AppendJournal{written_.back()});
        const Changes* const batch = &changes;
        ASSERT_TRUE(store.commit(std::span(&batch, 1)));
    }
    Result<std::vector<JournalRecord>, OpenError> read() {
        std::vector<JournalRecord> entries;
        const auto done = read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
            auto read = file.read_journal(1, 0, 1'000);
            if (!read) return failure(read.error());
            entries = std::move(*read);
            return {};
        });
        if (!done) return failure(done.error());
        return entries;
    }
    /// Everything in the folder, byte by byte.
    std::map<std::string, std::string> folder() {
        std::map<std::string, std::string> content;
        for (const auto& file : std::filesystem::directory_iterator(directory_.path())) {
            std::ifstream bytes(file.path(), std::ios::binary);
            content[file.path().filename()] = {std::istreambuf_iterator<char>(bytes), {}};
        }
        return content;
    }

    testing::TemporaryDirectory directory_;
    const std::string path_ = directory_.file("hold?fast#1%.db");
    NoLog log_;
    testing::Distinct distinct_{1};
    std::vector<JournalRecord> written_;
};

TEST_F(JournalFileTest, IsReadWhileTheServerWrites) {
    const auto store = open();
    for (int turn = 0; turn < 50; ++turn) {
        write(*store);
        ASSERT_EQ(read().value(), written_) << "what is on the disk is seen at once";
    }
}

TEST_F(JournalFileTest, IsReadAfterACleanStopAndNothingIsLeftBehind) {
    write(*open());
    const auto before = folder();
    EXPECT_EQ(read().value(), written_);
    EXPECT_EQ(folder(), before);
}

/// The entries that the other process writes.
std::vector<JournalRecord> entries_of_another(int number) {
    std::vector<JournalRecord> entries;
    testing::Distinct distinct(1'000);
    for (int index = 0; index < number; ++index)
        entries.push_back(testing::sample_journal(1, 1, distinct));
    return entries;
}

/// Run by the tests below as a process of its own: a server that opens the file, adds an entry, says so, and
/// is killed. (SQLite's locks are between processes, and it cannot be taken through a fork.)
TEST(DISABLED_AnotherProcess, WritesAnEntryAndIsKilled) {
    const char* const path = ::getenv("HOLDFAST_TEST_JOURNAL_FILE");
    ASSERT_NE(path, nullptr);
    NoLog log;
    SqliteSettings settings;
    settings.path = path;
    const auto store = SqliteStore::open(settings, log).value();
    const auto there = store->read_journal(1, 0, 1'000).value().size();
    const Changes changes{AppendJournal{entries_of_another(static_cast<int>(there) + 1).back()}};
    const Changes* const batch = &changes;
    ASSERT_TRUE(store->commit(std::span(&batch, 1)));
    ASSERT_EQ(::write(STDOUT_FILENO, "!", 1), 1);
    ::pause();
}

class AnotherProcess {
  public:
    explicit AnotherProcess(const std::string& path) {
        std::array<int, 2> output{};
        EXPECT_EQ(::pipe(output.data()), 0);
        ::setenv("HOLDFAST_TEST_JOURNAL_FILE", path.c_str(), 1);
        child_ = ::fork();
        if (child_ == 0) {
            ::dup2(output[1], STDOUT_FILENO);
            ::close(output[0]);
            ::execl("/proc/self/exe", "another", "--gtest_also_run_disabled_tests",
                    "--gtest_filter=DISABLED_AnotherProcess.*", nullptr);
            ::_exit(127);
        }
        ::close(output[1]);
        char byte = 0;
        while (byte != '!' && ::read(output[0], &byte, 1) == 1) {
        }
        EXPECT_EQ(byte, '!');
        ::close(output[0]);
    }
    ~AnotherProcess() { kill(); }
    AnotherProcess(const AnotherProcess&) = delete;
    AnotherProcess& operator=(const AnotherProcess&) = delete;
    void kill() {
        if (child_ <= 0) return;
        EXPECT_EQ(::kill(child_, SIGKILL), 0);
        EXPECT_EQ(::waitpid(child_, nullptr, 0), child_);
        child_ = 0;
    }

  private:
    pid_t child_ = 0;
};

TEST_F(JournalFileTest, IsReadAfterKillAndTheLogStaysAsItIs) {
    AnotherProcess server(path_);
    ASSERT_EQ(read().value(), entries_of_another(1)) << "while it runs";
    server.kill();
    const auto before = folder();
    ASSERT_GT(before.at("hold?fast#1%.db-wal").size(), 0U);
    EXPECT_EQ(read().value(), entries_of_another(1));
    EXPECT_EQ(folder(), before);
    EXPECT_TRUE(open()->probe());
    EXPECT_EQ(read().value(), entries_of_another(1));
}

// The killed server left no lock behind; the look's own keeps the next one from carrying the log over
// meanwhile.
TEST_F(JournalFileTest, SeesOneMomentThoughAServerStartsOnWhatAKilledOneLeft) {
    AnotherProcess(path_).kill();
    std::optional<AnotherProcess> next;
    const auto done = read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
        EXPECT_EQ(file.read_journal(1, 0, 1'000).value(), entries_of_another(1));
        next.emplace(path_);
        EXPECT_EQ(file.read_journal(1, 0, 1'000).value(), entries_of_another(1));
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(read().value(), entries_of_another(2));
}

TEST_F(JournalFileTest, TakesNoLockThatTheWriterNeeds) {
    const auto store = open();
    write(*store);
    // Inside of a look: the writer commits, and carries over and empties its log, as at any time.
    const auto done = read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
        const auto first = file.read_journal(1, 0, 1'000).value();
        EXPECT_EQ(first.size(), 1U);
        write(*store);
        EXPECT_TRUE(store->probe());
        EXPECT_EQ(file.read_journal(1, 0, 1'000).value(), first) << "as of one moment";
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(read().value(), written_);
}

TEST_F(JournalFileTest, SeesTheServerThatStartsInTheMiddleOfALook) {
    write(*open());
    std::unique_ptr<SqliteStore> store;
    int looks = 0;
    std::vector<JournalRecord> entries;
    const auto done = read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
        ++looks;
        entries = file.read_journal(1, 0, 1'000).value();
        if (looks == 1) {
            store = open();
            write(*store);
        }
        return {};
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(looks, 2);
    EXPECT_EQ(entries, written_);
}

TEST_F(JournalFileTest, TellsOfTeamsAndSeats) {
    const auto store = open();
    const TeamRecord team = testing::sample_team(7, 1, distinct_);
    const Changes changes{PutTeam{team, 0}};
    const Changes* const batch = &changes;
    ASSERT_TRUE(store->commit(std::span(&batch, 1)));
    std::vector<JournalTeam> teams;
    std::vector<JournalSeat> seats;
    ASSERT_TRUE(read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
        teams.clear();
        seats = file.seats_of(7).value();
        EXPECT_TRUE(file.seats_of(8).value().empty());
        return file.for_each_team([&](const JournalTeam& one) { teams.push_back(one); });
    }));
    ASSERT_EQ(teams.size(), 1U);
    EXPECT_EQ(teams.front().id, 7U);
    EXPECT_EQ(teams.front().name, team.name);
    EXPECT_EQ(teams.front().name_key, team.name_key);
    ASSERT_EQ(seats.size(), team.seats.size());
    EXPECT_EQ(seats.front().slot, 1);
    EXPECT_EQ(seats.front().state, team.seats.front().state);
    EXPECT_EQ(seats.front().since, team.seats.front().since);
}

TEST_F(JournalFileTest, TellsOfFilesThatNoServerOfTodayHasOpenedYet) {
    {
        sqlite::Connection old;
        ASSERT_TRUE(old.open(path_, ""));
        ASSERT_TRUE(old.execute("PRAGMA journal_mode = WAL"));
        ASSERT_TRUE(sqlite::migrate_up_to(old, 1));
        ASSERT_TRUE(old.execute(
            "INSERT INTO teams (id, version, name, name_key, active, created_at, rounds_dealt, progress)"
            " VALUES (7, 1, 'Owls', 'owls', 1, 0, 0, '');"
            "INSERT INTO seats VALUES (7, 1, 2, 2, 0, 3, 4, 1, 1, 0, 0, 301, zeroblob(32));"
            "INSERT INTO journal VALUES (1, 7, 1, 301, 'joined', 'create_team', 3);"));
    }
    std::vector<JournalSeat> seats;
    ASSERT_TRUE(read_journal_file(path_, [&](JournalFile& file) -> Result<void, StoreError> {
        seats = file.seats_of(7).value();
        EXPECT_EQ(file.read_journal(7, 0, 9).value().size(), 1U);
        return {};
    }));
    ASSERT_EQ(seats.size(), 1U);
    EXPECT_EQ(seats.front().state, SeatState::away);
    EXPECT_EQ(seats.front().since, UnixTime{301});
}

TEST_F(JournalFileTest, SaysWhatIsWrongWithTheFile) {
    EXPECT_THAT(read().error().message, HasSubstr("There is no file"));
    EXPECT_TRUE(folder().empty()) << "none is made";
    std::ofstream(path_).close();
    EXPECT_THAT(read().error().message, HasSubstr("no server has used it yet"));
    std::ofstream(path_) << std::string(8'192, 'x');
    EXPECT_EQ(read().error().error, StoreError::corrupt);
    std::filesystem::remove(path_);
    {
        sqlite::Connection other;
        ASSERT_TRUE(other.open(path_, ""));
        ASSERT_TRUE(other.execute("CREATE TABLE things (thing TEXT)"));
    }
    EXPECT_EQ(read().error().error, StoreError::incompatible);
}

TEST_F(JournalFileTest, PassesOnWhatTheLookFoundWrong) {
    write(*open());
    const auto done = read_journal_file(
        path_, [](JournalFile&) -> Result<void, StoreError> { return failure(StoreError::disk_full); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().error, StoreError::disk_full);
}

}  // namespace
}  // namespace holdfast::store
