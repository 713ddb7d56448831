#include "holdfast/journal/export.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <boost/json/parse.hpp>

#include "holdfast/journal/journal_test_support.hpp"
#include "holdfast/journal/report_export.hpp"

namespace holdfast::journal {
namespace {

namespace json = boost::json;

std::string show(UnixTime time) {
    return iso_time(time);
}

TeamStory owls(std::string name) {
    const std::vector<SeatNow> seats{{1, seats::SeatState::connected, at_second(130)}};
    const std::vector<seats::JournalRecord> journal{entry(0, 7, 1, "joined", "create_team"),
                                                    entry(10, 7, 1, "away", "connection_lost"),
                                                    entry(14, 7, 1, "resumed", "token")};
    return tell_story(7, std::move(name), true, seats, 0, journal, 128, at_second(200));
}

/// The cells of one line of CSV, taken apart as RFC 4180 says.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char letter = line[at];
        if (letter == '"' && quoted && at + 1 < line.size() && line[at + 1] == '"') {
            cells.back() += '"';
            ++at;
        } else if (letter == '"') {
            quoted = !quoted;
        } else if (letter == ',' && !quoted) {
            cells.emplace_back();
        } else {
            cells.back() += letter;
        }
    }
    return cells;
}

TEST(Times, AreIso8601InUtc) {
    EXPECT_EQ(iso_time({0}), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(iso_time({1'777'925'732'104}), "2026-05-04T20:15:32.104Z");
}

TEST(CsvCells, AreNoFormulas) {
    EXPECT_EQ(csv_cell("Owls"), "Owls");
    EXPECT_EQ(csv_cell("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
    for (const std::string_view sign :
         {"=", "+", "-", "@", "\t", "\r", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"}) {
        const auto cells = cells_of(csv_cell(std::string(sign) + "1+1"));
        ASSERT_EQ(cells.size(), 1U);
        EXPECT_EQ(cells.front(), "'" + std::string(sign) + "1+1");
    }
}

RC_GTEST_PROP(CsvCells, CarryAnyTextAndBeginNoFormula, (const std::string& text)) {
    const auto cells = cells_of(csv_cell(text));
    RC_ASSERT(cells.size() == 1U);
    const bool is_defused = cells.front().size() == text.size() + 1;
    RC_ASSERT(cells.front() == (is_defused ? "'" + text : text));
    if (!cells.front().empty()) {
        RC_ASSERT(std::string_view("=+-@\t\r").find(cells.front().front()) == std::string_view::npos);
    }
}

TEST(Terminals, AreNotSteeredByWhatPlayersWrote) {
    EXPECT_EQ(printable("a\x1b[2Jb\nc\x7f"), "a?[2Jb?c?");
    EXPECT_EQ(printable("x\u009B2Jy"), "x?2Jy");
    EXPECT_EQ(printable("Straße 🦉"), "Straße 🦉");
}

TEST(StoryExport, AsText) {
    EXPECT_EQ(write_story(owls("Owls"), Format::text, show),
              "Owls (team #7)\n"
              "\n"
              "Seat 1. Taken, and its player is connected.\n"
              "  2026-05-28T20:26:40.000Z  Sat down by creating the team.\n"
              "  2026-05-28T20:26:50.000Z  Away because the phone lost the connection.\n"
              "  2026-05-28T20:26:54.000Z  Came back with the token, after 4 s away.\n");
}

TEST(StoryExport, AsCsv) {
    EXPECT_EQ(write_story(owls("=1+1, \"Owls\""), Format::csv, show),
              "at,team_id,team_name,player_slot,what,reason,away_seconds,sentence\r\n"
              "2026-05-28T20:26:40.000Z,7,\"'=1+1, \"\"Owls\"\"\",1,joined,create_team,,Sat down by creating "
              "the team.\r\n"
              "2026-05-28T20:26:50.000Z,7,\"'=1+1, \"\"Owls\"\"\",1,away,connection_lost,,Away because the "
              "phone lost the connection.\r\n"
              "2026-05-28T20:26:54.000Z,7,\"'=1+1, \"\"Owls\"\"\",1,resumed,token,4.000,\"Came back with the "
              "token, after 4 s away.\"\r\n");
}

TEST(StoryExport, AsJson) {
    const auto parsed = json::parse(write_story(owls("<b>\"Owls\"</b>"), Format::json, show));
    EXPECT_EQ(parsed.at("team").at("team_name"), "<b>\"Owls\"</b>");
    const auto& seat = parsed.at("seats").at(0);
    EXPECT_EQ(seat.at("state"), "connected");
    const auto& last = seat.at("journal").at(2);
    EXPECT_EQ(last.at("what"), "resumed");
    EXPECT_EQ(last.at("away_seconds").as_double(), 4.0);
    EXPECT_TRUE(seat.at("journal").at(0).at("away_seconds").is_null());
}

Figures figures_of(const std::vector<seats::JournalRecord>& journal) {
    FiguresBuilder builder({}, 128);
    for (const auto& one : journal)
        builder.add(one);
    return builder.finish();
}

std::string name_of(seats::TeamId id) {
    return id == 7 ? "+Owls" : "";
}

const std::vector<seats::JournalRecord> an_evening{
    entry(0, 7, 1, "joined", "create_team"),
    entry(10, 7, 1, "away", "connection_lost"),
    entry(14, 7, 1, "resumed", "token"),
    entry(100, 7, 1, "away", "closed_page"),
    entry(110, 7, 1, "token_refused", "token_retired"),
    entry(3'700, 7, 1, "expired", "deadline"),
};

TEST(ReportExport, AsText) {
    const auto text = write_report(figures_of(an_evening), Format::text, name_of, show);
    for (const char* wanted :
         {"Connections lost: 2\n", "       1  the phone lost the connection\n",
          "Came back: 1 (50.0 %) of those whose absence is over; 1 lost the seat\n", "  up to 10 s ",
          "Worst five minutes: from 2026-05-28T20:26:50.000Z, 2 connections lost\n",
          "2  lost connections, away for 1 h in all, 1 seat lost, 1 refusal: +Owls\n", "       1  expired\n",
          "Over time, "}) {
        EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\nis not in\n" << text;
    }
    EXPECT_EQ(write_report(figures_of({}), Format::text, name_of, show),
              "The journal has nothing to tell of that time.\n");
}

TEST(ReportExport, SaysOfAMoveOfSomebodyWhoWasAwayThatItIsNoLoss) {
    const auto figures =
        figures_of({entry(0, 1, 1, "away", "connection_lost"), entry(60, 1, 1, "moved_away", "host"),
                    entry(60, 2, 2, "held_here", "host"), entry(90, 2, 2, "resumed", "moved_token")});
    const auto text = write_report(figures, Format::text, name_of, show);
    for (const auto* part :
         {"Connections lost: 1\n", "Came back: 1 (100.0 %) of those whose absence is over; 0 lost the seat\n",
          "       1  moved to another seat by the host while away, which is no loss and counts once\n",
          "the last after 1 min 30 s\n"}) {
        EXPECT_NE(text.find(part), std::string::npos) << part << text;
    }
    const auto parsed = json::parse(write_report(figures, Format::json, name_of, show));
    EXPECT_EQ(parsed.at("moved_while_away"), 1);
    EXPECT_NE(write_report(figures, Format::csv, name_of, show).find("session,,moved_while_away,1\r\n"),
              std::string::npos);
}

TEST(ReportExport, AsJsonHasEveryFigureAndWhatItsCodesMean) {
    const auto parsed = json::parse(write_report(figures_of(an_evening), Format::json, name_of, show));
    EXPECT_EQ(parsed.at("drops").to_number<int>(), 2);
    EXPECT_EQ(parsed.at("drops_by_cause").at("closed_page").to_number<int>(), 1);
    EXPECT_EQ(parsed.at("words").at("closed_page"),
              "the connection was closed, as by leaving or reloading the page");
    EXPECT_EQ(parsed.at("troubled_teams").at(0).at("team_name"), "+Owls");
    EXPECT_EQ(parsed.at("points").as_array().size() > 2, true);
    const auto empty = json::parse(write_report(figures_of({}), Format::json, name_of, show));
    EXPECT_TRUE(empty.at("from").is_null() && empty.at("worst").is_null());
}

TEST(ReportExport, AsCsvHasFourColumnsInEveryLine) {
    const auto text = write_report(figures_of(an_evening), Format::csv, name_of, show);
    std::size_t at = 0;
    std::size_t lines = 0;
    bool named = false;
    while (at < text.size()) {
        const auto end = text.find("\r\n", at);
        ASSERT_NE(end, std::string::npos);
        const auto cells = cells_of(std::string_view(text).substr(at, end - at));
        EXPECT_EQ(cells.size(), 4U);
        named = named || cells[1] == "'+Owls";
        at = end + 2;
        ++lines;
    }
    EXPECT_GT(lines, 20U);
    EXPECT_TRUE(named);
}

}  // namespace
}  // namespace holdfast::journal
