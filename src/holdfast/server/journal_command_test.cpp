#include "holdfast/server/journal_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"

namespace holdfast::server {
namespace {

using namespace seats;
using ::testing::HasSubstr;

constexpr UnixTime now{1'777'925'732'104};  // 2026-05-04T20:15:32.104Z

class JournalCommand : public ::testing::Test {
  protected:
    JournalCommand() {
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        store::SqliteSettings settings;
        settings.path = path_;
        const auto store = store::SqliteStore::open(settings, log_).value();
        Changes changes;
        for (const auto& [id, name, key] : {std::tuple{TeamId{3}, "Straße 🦉", "strasse 🦉"},
                                            std::tuple{TeamId{12}, "Blue Whales", "blue whales"},
                                            std::tuple{TeamId{13}, "Red Whales", "red whales"}}) {
            TeamRecord team;
            team.id = id;
            team.version = 1;
            team.name = name;
            team.name_key = key;
            team.seats.resize(2);
            team.seats[0].state = SeatState::connected;
            changes.push_back(PutTeam{team, 0});
        }
        const auto note = [&](TeamId team, Slot slot, std::int64_t seconds_ago, const char* what,
                              const char* reason) {
            changes.push_back(
                AppendJournal{{team, slot, {now.milliseconds - seconds_ago * 1000}, what, reason, 1}});
        };
        note(3, 1, 50'000, "joined", "create_team");
        note(12, 1, 6'000, "joined", "create_team");
        note(12, 2, 5'990, "joined", "join_team");
        note(12, 2, 5'000, "away", "connection_lost");
        note(12, 1, 4'000, "away", "closed_page");
        note(12, 1, 3'870, "resumed", "token");
        note(12, 2, 1'400, "expired", "deadline");
        const Changes* const batch = &changes;
        EXPECT_TRUE(store->commit(std::span(&batch, 1)));
    }
    [[nodiscard]] Told why(const std::string& team, int slot = 0, const std::string& format = "text") {
        return tell_why({team, slot, format, "", ""}, path_, now);
    }
    [[nodiscard]] Told report(const std::string& since, const std::string& until = "",
                              const std::string& format = "text") {
        return tell_report({"", 0, format, since, until}, path_, now);
    }

    store::testing::TemporaryDirectory directory_;
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
};

TEST_F(JournalCommand, WhyTellsTheLifeOfASeat) {
    const auto told = why("blue  WHALES", 2);
    EXPECT_EQ(told.exit_code, 0);
    EXPECT_EQ(told.output,
              "Blue Whales (team #12)\n"
              "\n"
              "Seat 2. Free. Lost the seat because its time was over, after 1 h of being away.\n"
              "  2026-05-04 18:35:42  Sat down by joining the team.\n"
              "  2026-05-04 18:52:12  Away because the phone lost the connection.\n"
              "  2026-05-04 19:52:12  Lost the seat because its time was over, after 1 h of being away.\n");
}

TEST_F(JournalCommand, ATeamIsFoundByTheOneRuleForNamesOrByItsNumber) {
    EXPECT_THAT(why("STRASSE 🦉").output, HasSubstr("Straße 🦉 (team #3)"));
    EXPECT_THAT(why("#12").output, HasSubstr("Blue Whales (team #12)"));
    EXPECT_THAT(why("#12", 1).output, HasSubstr("Came back with the token, after 2 min 10 s away."));
}

TEST_F(JournalCommand, AnUnknownTeamOrSeatIsSaidToBe) {
    const auto told = why("Blue Wales");
    EXPECT_EQ(told.exit_code, 3);
    EXPECT_EQ(told.output, "");
    EXPECT_EQ(told.complaint, "There is no team 'Blue Wales'. Did you mean 'Blue Whales'?");
    EXPECT_EQ(why("whales").complaint,
              "There is no team 'whales'. Did you mean 'Red Whales' or 'Blue Whales'?");
    EXPECT_EQ(why("\x1b[31m").complaint, "There is no team '?[31m'.");
    EXPECT_EQ(why("#99").exit_code, 3);
    EXPECT_EQ(why("Red Whales", 3).complaint, "The team 'Red Whales' has 2 seats.");
}

TEST_F(JournalCommand, AFileThatIsNotThereIsSaidToBe) {
    const auto told = tell_why({"Owls", 0, "text", "", ""}, directory_.file("other.db"), now);
    EXPECT_EQ(told.exit_code, 1);
    EXPECT_THAT(told.complaint, HasSubstr("There is no file"));
}

TEST_F(JournalCommand, ReportTellsOfTheLastSessionOrOfAnyTime) {
    const auto session = report("");
    EXPECT_EQ(session.exit_code, 0);
    EXPECT_THAT(session.output, HasSubstr("From 2026-05-04 18:35:32 to 2026-05-04 19:52:12, 6 entries\n"));
    EXPECT_THAT(session.output, HasSubstr("Connections lost: 2\n"));
    EXPECT_THAT(session.output, HasSubstr("1 seat lost: Blue Whales\n"));
    EXPECT_THAT(report("all").output, HasSubstr(", 7 entries\n"));
    EXPECT_THAT(report("19:00").output, HasSubstr("Connections lost: 1\n"));
    EXPECT_THAT(report("2026-05-04 18:40", "2026-05-04 19:00Z").output, HasSubstr(", 1 entry\n"));
    EXPECT_THAT(report("1s").output, HasSubstr("nothing to tell"));
}

TEST_F(JournalCommand, ReportRefusesTimesThatAreNone) {
    EXPECT_EQ(report("yesterday").exit_code, 2);
    EXPECT_THAT(report("yesterday").complaint, HasSubstr("'yesterday' is no time"));
    EXPECT_EQ(report("1h", "2h").exit_code, 2);
}

TEST(Times, AreReadAsPeopleWriteThem) {
    ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    ::tzset();
    const auto at = [](std::string_view text) { return parse_time(text, now).value().milliseconds; };
    EXPECT_EQ(at("90m"), now.milliseconds - 90 * 60'000);
    EXPECT_EQ(at("2d"), now.milliseconds - 2 * 86'400'000LL);
    EXPECT_EQ(at("all"), 0);
    EXPECT_EQ(at("2026-05-04T20:15:32Z"), 1'777'925'732'000);
    EXPECT_EQ(at("2026-05-04 22:15:32"), 1'777'925'732'000) << "two hours before UTC in summer";
    EXPECT_EQ(at("2026-01-04 21:00"), at("2026-01-04T20:00Z")) << "and one in winter";
    EXPECT_EQ(at("22:15"), 1'777'925'700'000);
    for (const std::string_view wrong :
         {"", "m", "5", "5x", "-5m", "99999999999999999999m", "25:99x", "2026-13-01"})
        EXPECT_FALSE(parse_time(wrong, now)) << wrong;
    EXPECT_EQ(show_local_time(now), "2026-05-04 22:15:32");
}

}  // namespace
}  // namespace holdfast::server
