// Files of older versions, brought up to today's.
#include "holdfast/store/sqlite_schema.hpp"

#include <gtest/gtest.h>

#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"
#include "holdfast/store/testing/sqlite_files.hpp"

namespace holdfast::store {
namespace {

using namespace seats;

class OlderFile : public ::testing::Test {
  protected:
    /// A file of that version, with these rows in it.
    void make(int version, const std::string& rows) {
        sqlite::Connection connection;
        ASSERT_TRUE(connection.open(path_, ""));
        ASSERT_TRUE(connection.execute("PRAGMA journal_mode = WAL"));
        ASSERT_TRUE(sqlite::migrate_up_to(connection, version));
        ASSERT_EQ(connection.query_integer("PRAGMA user_version").value(), version);
        ASSERT_TRUE(connection.execute(rows)) << connection.last_failure().message;
    }
    Result<std::unique_ptr<SqliteStore>, OpenError> open() {
        SqliteSettings settings;
        settings.path = path_;
        return SqliteStore::open(settings, log_);
    }
    std::int64_t query(std::string_view statement) {
        sqlite::Connection connection;
        EXPECT_TRUE(connection.open(path_, ""));
        return connection.query_integer(statement).value();
    }

    testing::TemporaryDirectory directory_;
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
};

constexpr const char* rows_of_version_1 = R"sql(
UPDATE meta SET value = 41 WHERE name = 'commit_number';
INSERT INTO game VALUES (1, 1, 0, 1, 3, 7, 9, 5000);
INSERT INTO teams VALUES (5, 12, 'Blue Whales', 'blue whales', 1, 100, 2, 'pro"gress', 9, 2, 1, 'AX', '1-', 700);
INSERT INTO teams VALUES (7, 1, 'Gone', 'gone', 0, 200, 0, '', NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO seats VALUES (5, 2, 2, 2, 0, -1, 6, 1, 0, 9000, -8000, 300, zeroblob(32));
INSERT INTO seats VALUES (5, 1, 1, 0, 0, 3, 4, 1, 1, 0, 0, 301,
    x'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1EFF');
INSERT INTO rounds VALUES (8, 5, 1, 0, 'AB', '10', 600);
INSERT INTO answers VALUES (8, 1, 5, 'A', 1, 650);
INSERT INTO operations VALUES (3, zeroblob(32), 'first', 2, 5, 1, 0, 0, 400);
INSERT INTO operations VALUES (4, x'0101010101010101010101010101010101010101010101010101010101010101', 'first',
    6, 5, 2, 9, 1, 401);
INSERT INTO journal VALUES (1, 5, 1, 301, 'joined', 'create_team', 3);
)sql";

Snapshot snapshot_of_version_1() {
    TeamRecord whales;
    whales.id = 5;
    whales.version = 12;
    whales.name = "Blue Whales";
    whales.name_key = "blue whales";
    whales.created_at = {100};
    whales.rounds_dealt = 2;
    whales.progress = "pro\"gress";
    whales.round = RoundRecord{9, 2, GameMode::modern, "AX", {true, std::nullopt}, {700}};
    whales.seats.resize(2);
    SeatRecord& first = whales.seats[0];
    first.state = SeatState::connected;
    first.epoch = 3;
    first.rotation = 4;
    first.token_live = true;
    first.previous_token_good = true;
    first.since = {301};
    for (std::size_t index = 0; index < 31; ++index)
        first.device[index] = static_cast<std::uint8_t>(index);
    first.device[31] = 0xFF;
    SeatRecord& second = whales.seats[1];
    second.state = SeatState::away;
    second.away_cause = AwayCause::connection_lost;
    second.epoch = ~std::uint64_t{0};
    second.rotation = 6;
    second.token_live = true;
    second.seat_deadline = {9000};
    second.token_deadline = {-8000};
    second.since = {300};
    TeamRecord gone;
    gone.id = 7;
    gone.version = 1;
    gone.name = "Gone";
    gone.name_key = "gone";
    gone.active = false;
    gone.created_at = {200};
    DeviceId device{};
    device.fill(1);
    return {GameRecord{true, false, GameMode::modern, 3, 7, 9, {5000}, Milliseconds{0}},
            {whales, gone},
            {{DeviceId{}, "first", 2, 5, 1, 0, false, {400}}, {device, "first", 6, 5, 2, 9, true, {401}}}};
}

TEST_F(OlderFile, OfVersion1KeepsAllItHas) {
    make(1, rows_of_version_1);
    auto wanted = snapshot_of_version_1();
    {
        const auto store = open().value();
        EXPECT_EQ(store->load().value(), wanted);
        EXPECT_EQ(store->read_journal(5, 0, 9).value(),
                  (std::vector<JournalRecord>{{5, 1, {301}, "joined", "create_team", 3}}));
        const std::uint64_t before = std::exchange(wanted.teams[0].version, 13);
        wanted.teams[0].seats[1].state = SeatState::connected;
        const std::vector<Changes> batch{{PutTeam{wanted.teams[0], before}}};
        ASSERT_TRUE(store->commit(testing::pointers_to(batch)));
    }
    EXPECT_EQ(open().value()->load().value(), wanted);
    EXPECT_EQ(query("PRAGMA user_version"), sqlite::current_schema_version());
    EXPECT_EQ(query("SELECT count(*) FROM rounds"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM answer_history WHERE team_name = 'Blue Whales' AND answer = 1"), 1);
}

TEST_F(OlderFile, ShowsItsSeatsToPeopleAsBefore) {
    make(1, rows_of_version_1);
    const std::string text =
        "SELECT sum(team * 100 + slot * 10 + state + away_cause + token_live) FROM seats";
    const auto before = query(text);
    (void)open().value();
    EXPECT_EQ(query(text), before);
    EXPECT_EQ(query("SELECT count(*) FROM seats WHERE slot = 2 AND seat_deadline = 9000 AND device = ''"), 1);
    EXPECT_EQ(query("SELECT epoch FROM seats WHERE slot = 2"), -1);
}

constexpr const char* rows_of_version_2 = R"sql(
INSERT INTO game VALUES (1, 1, 1, 0, 4, 6, 8, 7000);
INSERT INTO teams VALUES (6, 3, 'Herons', 'herons', 1, 100, 0, '', NULL, NULL, NULL, NULL, NULL, NULL,
    '[[2,2,0,5,6,1,0,9000,8000,300,""],[0,0,3,1,0,0,0,0,0,200,""]]');
)sql";

TEST_F(OlderFile, OfVersion3HasNobodyBannedAndNothingKeptAndTakesBoth) {
    make(3, "INSERT INTO game VALUES (1, 1, 1, 0, 4, 6, 8, 7000, 0);");
    testing::Distinct distinct(5);
    const BanRecord ban = testing::sample_ban(distinct);
    const ReservationRecord kept = testing::sample_reservation(6, 1, distinct);
    {
        const auto store = open().value();
        EXPECT_TRUE(store->load().value().bans.empty());
        EXPECT_TRUE(store->load().value().reservations.empty());
        EXPECT_EQ(store->load().value().game.answers, 4U);
        const std::vector<Changes> batch{{PutBan{ban}, PutReservation{kept}}};
        ASSERT_TRUE(store->commit(testing::pointers_to(batch)));
    }
    const auto loaded = open().value()->load().value();
    EXPECT_EQ(loaded.bans, std::vector{ban});
    EXPECT_EQ(loaded.reservations, std::vector{kept});
}

TEST_F(OlderFile, OfVersion2HasTheGraceThatIsConfiguredAndNobodyWhoWasMoved) {
    make(2, rows_of_version_2);
    const auto store = open().value();
    auto snapshot = store->load().value();
    EXPECT_EQ(query("PRAGMA user_version"), sqlite::current_schema_version());
    EXPECT_EQ(snapshot.game, (GameRecord{true, true, GameMode::classic, 4, 6, 8, {7000}, Milliseconds{0}}));
    ASSERT_EQ(snapshot.teams.size(), 1U);
    auto& herons = snapshot.teams[0];
    EXPECT_EQ(herons.seats[0].seat_deadline, Uptime{9000});
    EXPECT_EQ(herons.seats[1].freed_because, SeatFreed::expired);
    EXPECT_TRUE(herons.moved_tokens.empty());
}

TEST_F(OlderFile, OfVersion2TakesWhatAHostDoesNow) {
    make(2, rows_of_version_2);
    Snapshot wanted;
    {
        const auto store = open().value();
        wanted = store->load().value();
        auto& herons = wanted.teams[0];
        herons.version = 4;
        herons.seats[1].freed_because = SeatFreed::moved;
        herons.moved_tokens = {{1, 6, 2, 3}, {1, ~std::uint64_t{0}, 1, 4}, {2, 5, 1, ~std::uint64_t{0}}};
        wanted.game.grace = Milliseconds{600'000};
        const std::vector<Changes> batch{{PutTeam{herons, 3}, PutGame{wanted.game}}};
        ASSERT_TRUE(store->commit(testing::pointers_to(batch)));
    }
    EXPECT_EQ(open().value()->load().value(), wanted);
    EXPECT_EQ(query("SELECT count(*) FROM seats"), 2) << "people see seats, and nothing else";
    EXPECT_EQ(query("SELECT freed_because FROM seats WHERE slot = 2"), 4);
    EXPECT_EQ(query("SELECT grace FROM game"), 600'000);
}

TEST_F(OlderFile, OfVersion1ThatLacksASeatIsDamaged) {
    for (const std::string damage :
         {"UPDATE seats SET slot = 9 WHERE slot = 1", "UPDATE seats SET device = x'00' WHERE slot = 1",
          "PRAGMA foreign_keys = OFF; UPDATE seats SET team = 6 WHERE slot = 1"}) {
        std::filesystem::remove(path_);
        make(1, rows_of_version_1 + damage);
        const auto refused = open();
        ASSERT_FALSE(refused) << damage;
        EXPECT_EQ(refused.error().error, StoreError::corrupt) << damage;
        EXPECT_EQ(query("PRAGMA user_version"), 1) << "it is left as it was";
        EXPECT_EQ(query("SELECT count(*) FROM seats"), 2);
    }
}

}  // namespace
}  // namespace holdfast::store
