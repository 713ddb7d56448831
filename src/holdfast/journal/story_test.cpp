#include "holdfast/journal/story.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "holdfast/journal/journal_test_support.hpp"

namespace holdfast::journal {
namespace {

using seats::JournalRecord;
using seats::SeatState;

std::vector<std::string> sentences(const std::vector<JournalRecord>& journal) {
    Teller teller;
    std::vector<std::string> told;
    for (const auto& one : journal)
        told.push_back(teller.tell(one).sentence);
    return told;
}

TEST(Durations, AreSaidInTheirTwoLargestUnits) {
    EXPECT_EQ(in_words(Milliseconds{0}), "less than a second");
    EXPECT_EQ(in_words(Milliseconds{999}), "less than a second");
    EXPECT_EQ(in_words(Milliseconds{4'999}), "4 s");
    EXPECT_EQ(in_words(Milliseconds{60'000}), "1 min");
    EXPECT_EQ(in_words(Milliseconds{130'000}), "2 min 10 s");
    EXPECT_EQ(in_words(Milliseconds{3'600'000}), "1 h");
    EXPECT_EQ(in_words(Milliseconds{3'930'000}), "1 h 5 min");
    EXPECT_EQ(in_words(Milliseconds{86'400'000LL * 3 + 7'200'000}), "3 d 2 h");
}

TEST(Story, KnowsHowLongSomebodyWasAwayWhomTheHostMovedMeanwhile) {
    EXPECT_EQ(
        sentences({entry(0, 1, 1, "away", "connection_lost"), entry(60, 1, 1, "moved_away", "host"),
                   entry(60, 1, 2, "held_here", "host"), entry(90, 1, 2, "resumed", "moved_token")}),
        (std::vector<std::string>{
            "Away because the phone lost the connection.",
            "Moved to another seat by the host, after 1 min of being away.",
            "Held here, by the host, for a player who was away from another seat.",
            "Came back with the token of the seat from which the host had moved its player, after 1 min "
            "30 s away.",
        }));
}

TEST(Story, TellsAnEveningOfOneSeat) {
    EXPECT_EQ(
        sentences({
            entry(0, 1, 1, "joined", "create_team"),
            entry(60, 1, 1, "away", "connection_lost"),
            entry(190, 1, 1, "resumed", "token"),
            entry(200, 1, 1, "taken_over", "device"),
            entry(300, 1, 1, "away", "closed_page"),
            entry(310, 1, 1, "token_refused", "token_retired"),
            entry(3'900, 1, 1, "expired", "deadline"),
            entry(4'000, 1, 1, "joined", "join_team"),
            entry(4'100, 1, 1, "left", "player"),
        }),
        (std::vector<std::string>{
            "Sat down by creating the team.",
            "Away because the phone lost the connection.",
            "Came back with the token, after 2 min 10 s away.",
            "Taken over by another tab or device on the device that had the seat.",
            "Away because the connection was closed, as by leaving or reloading the page.",
            "A reconnection was refused because its token had been replaced by a newer one, or the seat "
            "given up.",
            "Lost the seat because its time was over, after 1 h of being away.",
            "Sat down by joining the team.",
            "Left for good.",
        }));
}

// A restart of the server finds a seat that is away as away as it was.
TEST(Story, CountsAnAbsenceFromItsFirstEntry) {
    const auto told =
        sentences({entry(0, 1, 1, "away", "connection_lost"), entry(30, 1, 1, "away", "server_restart"),
                   entry(90, 1, 1, "resumed", "token")});
    EXPECT_EQ(told.back(), "Came back with the token, after 1 min 30 s away.");
}

TEST(Story, SaysNoDurationWhenTheClockWasSetBack) {
    const auto told =
        sentences({entry(100, 1, 1, "away", "connection_lost"), entry(40, 1, 1, "resumed", "token")});
    EXPECT_EQ(told.back(), "Came back with the token.");
}

TEST(Story, ShowsTheCodesOfWordsThatItDoesNotKnow) {
    EXPECT_EQ(sentences({entry(0, 1, 1, "abducted", "by_martians")}).front(),
              "Something that this version does not know (abducted, by_martians).");
    EXPECT_EQ(sentences({entry(0, 1, 1, "away", "by_martians")}).front(), "Away (away, by_martians).");
}

TEST(Story, SumsEachSeatUp) {
    const std::vector<SeatNow> seats{{1, SeatState::connected, at_second(190)},
                                     {2, SeatState::vacant, at_second(3'700)},
                                     {3, SeatState::away, at_second(3'000)},
                                     {4, SeatState::vacant, at_second(0)}};
    const std::vector<JournalRecord> journal{
        entry(0, 7, 1, "joined", "create_team"),      entry(5, 7, 2, "joined", "join_team"),
        entry(100, 7, 2, "away", "connection_lost"),  entry(200, 7, 3, "joined", "join_team"),
        entry(3'000, 7, 3, "away", "server_restart"), entry(3'700, 7, 2, "expired", "deadline"),
    };
    const auto story = tell_story(7, "Owls", true, seats, 0, journal, 128, at_second(3'724));
    ASSERT_EQ(story.seats.size(), 4U);
    EXPECT_EQ(story.seats[0].summary, "Taken, and its player is connected.");
    EXPECT_EQ(story.seats[1].summary,
              "Free. Lost the seat because its time was over, after 1 h of being away.");
    EXPECT_EQ(story.seats[2].summary,
              "Held for its player, who has been away for 12 min 4 s. Away because the server was started "
              "again.");
    EXPECT_EQ(story.seats[3].summary, "Free: nobody has had it yet.");
    EXPECT_FALSE(story.beginning_is_lost);
    EXPECT_TRUE(
        tell_story(7, "Owls", true, seats, 0, journal, journal.size(), at_second(0)).beginning_is_lost);
}

RC_GTEST_PROP(Story, TellsEveryEntryOnceWhateverTheyAre, ()) {
    const auto journal = any_journal();
    std::vector<JournalRecord> of_team;
    for (const auto& one : journal) {
        if (one.team == 1) of_team.push_back(one);
    }
    const std::vector<SeatNow> seats{{1, SeatState::away, at_second(0)},
                                     {2, SeatState::vacant, at_second(0)}};
    const auto whole = tell_story(1, "Owls", true, seats, 0, of_team, 1'000, at_second(0));
    std::size_t lines = 0;
    for (const auto& seat : whole.seats) {
        RC_ASSERT(!seat.summary.empty() && seat.summary.back() == '.');
        for (const auto& line : seat.lines) {
            RC_ASSERT(line.sentence.back() == '.');
            RC_ASSERT(line.entry.slot == seat.now.slot);
            RC_ASSERT(!line.away || line.away->count() >= 0);
        }
        lines += seat.lines.size();
        const auto alone = tell_story(1, "Owls", true, seats, seat.now.slot, of_team, 1'000, at_second(0));
        RC_ASSERT(alone.seats.size() == 1U);
        RC_ASSERT(alone.seats.front().summary == seat.summary);
        RC_ASSERT(alone.seats.front().lines.size() == seat.lines.size());
    }
    RC_ASSERT(lines == of_team.size());
}

}  // namespace
}  // namespace holdfast::journal
