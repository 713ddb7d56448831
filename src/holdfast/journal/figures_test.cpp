#include "holdfast/journal/figures.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "holdfast/journal/journal_test_support.hpp"

namespace holdfast::journal {
namespace {

using seats::JournalRecord;

Figures figures_of(const std::vector<JournalRecord>& journal, FiguresSettings settings = {},
                   std::size_t most_entries = 128) {
    FiguresBuilder builder(settings, most_entries);
    for (const auto& one : journal)
        builder.add(one);
    return builder.finish();
}

/// Two players who sit down, and one of them loses the connection three times.
std::vector<JournalRecord> an_evening() {
    return {
        entry(0, 1, 1, "joined", "create_team"),      entry(10, 1, 2, "joined", "join_team"),
        entry(100, 1, 2, "away", "connection_lost"),  entry(104, 1, 2, "resumed", "token"),
        entry(1'000, 1, 2, "away", "closed_page"),    entry(1'060, 1, 2, "resumed", "device"),
        entry(1'100, 1, 1, "away", "server_restart"), entry(1'100, 1, 2, "away", "server_restart"),
        entry(1'105, 1, 1, "resumed", "token"),       entry(1'110, 1, 2, "token_refused", "token_retired"),
        entry(4'700, 1, 2, "expired", "deadline"),
    };
}

TEST(Figures, OfAnEvening) {
    const auto figures = figures_of(an_evening());
    EXPECT_EQ(figures.from, at_second(0));
    EXPECT_EQ(figures.until, at_second(4'700));
    EXPECT_EQ(figures.entries, 11U);
    EXPECT_EQ(figures.drops, 4U);
    EXPECT_EQ(figures.drops_by_cause,
              (Counts{{"connection_lost", 1}, {"closed_page", 1}, {"server_restart", 2}}));
    EXPECT_EQ(figures.returns, 3U);
    EXPECT_EQ(figures.returns_by_way, (Counts{{"token", 2}, {"device", 1}}));
    EXPECT_EQ(figures.lost, 1U);
    EXPECT_EQ(figures.seats_freed, (Counts{{"expired", 1}}));
    EXPECT_EQ(figures.refused_by_reason, (Counts{{"token_retired", 1}}));
    EXPECT_DOUBLE_EQ(figures.share_of_returns().value(), 0.75);
    EXPECT_EQ(figures.time_away.median, Milliseconds{5'000});
    EXPECT_EQ(figures.time_away.longest, Milliseconds{60'000});
    EXPECT_EQ(figures.time_away.histogram, (std::array<std::uint64_t, 8>{0, 2, 0, 1, 0, 0, 0, 0}));
    ASSERT_TRUE(figures.worst);
    EXPECT_EQ(figures.worst->from, at_second(1'000));
    EXPECT_EQ(figures.worst->drops, 3U);
    EXPECT_EQ(figures.worst->drops_by_cause, (Counts{{"closed_page", 1}, {"server_restart", 2}}));
    ASSERT_EQ(figures.troubled.size(), 1U);
    EXPECT_EQ(figures.troubled.front().drops, 4U);
    EXPECT_EQ(figures.troubled.front().lost, 1U);
    EXPECT_EQ(figures.troubled.front().away, Milliseconds{(4 + 60 + 5 + 3'600) * 1000});
}

TEST(Figures, AreThoseOfTheLastSessionUnlessABeginningIsGiven) {
    auto journal = an_evening();
    // The next morning, and somebody of the evening is still away: that one counts as away, not as lost then.
    journal.push_back(entry(4'800, 2, 1, "joined", "create_team"));
    journal.push_back(entry(4'900, 2, 1, "away", "connection_lost"));
    journal.push_back(entry(40'000, 3, 1, "joined", "create_team"));
    journal.push_back(entry(40'010, 2, 1, "resumed", "token"));
    const auto session = figures_of(journal);
    EXPECT_EQ(session.from, at_second(40'000));
    EXPECT_EQ(session.drops, 0U);
    EXPECT_EQ(session.returns, 1U);
    EXPECT_EQ(session.points.front().away, 1U);
    EXPECT_EQ(session.points.back().away, 0U);
    EXPECT_TRUE(session.troubled.empty());
    const auto all = figures_of(journal, {.since = UnixTime{0}});
    EXPECT_EQ(all.drops, 5U);
    EXPECT_EQ(all.returns, 4U);
}

TEST(Figures, OfARangeKnowWhoWasAwayWhenItBegan) {
    const auto figures = figures_of(an_evening(), {.since = at_second(102), .until = at_second(1'050)});
    EXPECT_EQ(figures.entries, 2U);
    EXPECT_EQ(figures.drops, 1U);
    EXPECT_EQ(figures.returns, 1U);
    EXPECT_EQ(figures.away_at_end, 1U);
    EXPECT_EQ(figures.points.back().away, 1U);
}

TEST(Figures, DoNotCallItALossWhenTheHostMovesSomebodyWhoIsAway) {
    const auto figures =
        figures_of({entry(0, 1, 1, "away", "connection_lost"), entry(60, 1, 1, "moved_away", "host"),
                    entry(60, 2, 2, "held_here", "host"), entry(90, 2, 2, "resumed", "moved_token")});
    EXPECT_EQ(figures.drops, 1U);
    EXPECT_EQ(figures.returns, 1U);
    EXPECT_EQ(figures.lost, 0U);
    EXPECT_DOUBLE_EQ(figures.share_of_returns().value(), 1.0);
    EXPECT_EQ(figures.drops_by_cause, (Counts{{"connection_lost", 1}}));
    EXPECT_EQ(figures.absences_moved_away, 1U);
    EXPECT_EQ(figures.absences_moved_here, 1U);
    EXPECT_EQ(figures.away_at_end, 0U);
    // One player was away once, for a minute and a half: a minute of it in the seat of before.
    EXPECT_EQ(figures.time_away.count, 1U);
    EXPECT_EQ(figures.time_away.longest, Milliseconds{90'000});
    ASSERT_EQ(figures.troubled.size(), 1U) << "the team that got somebody who was away had no trouble";
    EXPECT_EQ(figures.troubled.front().id, 1U);
    EXPECT_EQ(figures.troubled.front().away, Milliseconds{60'000});
    EXPECT_EQ(figures.troubled.front().lost, 0U);
}

TEST(Figures, CountALossOnceWhenSomebodyWhoWasMovedDoesNotComeBack) {
    const auto figures =
        figures_of({entry(0, 1, 1, "away", "connection_lost"), entry(60, 1, 1, "moved_away", "host"),
                    entry(60, 2, 2, "held_here", "host"), entry(70, 2, 2, "moved_away", "host"),
                    entry(70, 3, 1, "held_here", "host"), entry(80, 3, 1, "away", "server_restart"),
                    entry(100, 3, 1, "expired", "deadline")});
    EXPECT_EQ(figures.drops, 1U);
    EXPECT_EQ(figures.returns, 0U);
    EXPECT_EQ(figures.lost, 1U);
    EXPECT_EQ(figures.absences_moved_here, 2U);
    ASSERT_EQ(figures.troubled.size(), 2U);
    EXPECT_EQ(figures.troubled.front().id, 3U);
    EXPECT_EQ(figures.troubled.front().drops, 0U);
    EXPECT_EQ(figures.troubled.front().away, Milliseconds{30'000});
}

TEST(Figures, TakeAHoldForANewOneWhenTheMoveBeforeItWasOfSomebodyElse) {
    // The seat of before is not in this journal, or its entry was forgotten.
    const auto figures =
        figures_of({entry(0, 1, 1, "away", "connection_lost"), entry(60, 1, 1, "moved_away", "host"),
                    entry(61, 1, 2, "joined", "join_team"), entry(90, 2, 2, "held_here", "host"),
                    entry(100, 2, 2, "resumed", "moved_token")});
    EXPECT_EQ(figures.time_away.longest, Milliseconds{10'000});
}

TEST(Figures, SayWhenAJournalHasForgottenAPartOfTheTime) {
    EXPECT_EQ(figures_of(an_evening(), {}, 11).full_journals, 1U);
    EXPECT_EQ(figures_of(an_evening(), {}, 12).full_journals, 0U);
    // What was forgotten is from before the time that was asked about.
    EXPECT_EQ(figures_of(an_evening(), {.since = at_second(50)}, 11).full_journals, 0U);
}

TEST(Figures, OfNothing) {
    const auto figures = figures_of({});
    EXPECT_EQ(figures.entries, 0U);
    EXPECT_FALSE(figures.share_of_returns());
    EXPECT_FALSE(figures.worst);
    EXPECT_TRUE(figures.points.empty());
}

std::uint64_t sum(const Counts& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0},
                           [](std::uint64_t total, const auto& one) { return total + one.second; });
}

RC_GTEST_PROP(Figures, AddUp, ()) {
    const auto journal = any_journal();
    const auto figures = figures_of(journal, {.since = UnixTime{0}, .until = at_second(1'000'000)});
    RC_ASSERT(figures.entries == journal.size());
    // Every absence that began has ended in one of these ways or goes on.
    RC_ASSERT(figures.drops + figures.absences_moved_here ==
              figures.returns + figures.lost + figures.away_at_end + figures.absences_moved_away);
    RC_ASSERT(sum(figures.drops_by_cause) == figures.drops);
    RC_ASSERT(sum(figures.returns_by_way) == figures.returns);
    RC_ASSERT(sum(figures.refused_by_reason) == figures.refused);
    RC_ASSERT(figures.time_away.count == figures.returns);
    RC_ASSERT(std::accumulate(figures.time_away.histogram.begin(), figures.time_away.histogram.end(),
                              std::uint64_t{0}) == figures.returns);
    RC_ASSERT(figures.time_away.median <= figures.time_away.ninth_decile);
    RC_ASSERT(figures.time_away.ninth_decile <= figures.time_away.longest);
    Point total;
    for (const auto& point : figures.points) {
        total.drops += point.drops;
        total.returns += point.returns;
        total.lost += point.lost;
    }
    RC_ASSERT(total.drops == figures.drops && total.returns == figures.returns && total.lost == figures.lost);
    RC_ASSERT(figures.points.size() <= FiguresSettings{}.most_points);
    RC_ASSERT(figures.points.back().away == figures.away_at_end);
}

// The window that a search of all of them finds.
RC_GTEST_PROP(Figures, FindTheWorstFiveMinutes, ()) {
    const auto journal = any_journal();
    const auto figures = figures_of(journal, {.since = UnixTime{0}});
    Absences absences;
    std::vector<std::int64_t> drops;
    for (const auto& one : journal) {
        if (absences.follow(one).begins_absence && one.what == "away") drops.push_back(one.at.milliseconds);
    }
    std::uint64_t most = 0;
    for (const auto from : drops) {
        most = std::max(
            most, static_cast<std::uint64_t>(std::count_if(drops.begin(), drops.end(), [&](std::int64_t at) {
                return at >= from && at < from + worst_window.count();
            })));
    }
    RC_ASSERT(figures.worst.has_value() == !drops.empty());
    if (figures.worst) {
        RC_ASSERT(figures.worst->drops == most);
        RC_ASSERT(sum(figures.worst->drops_by_cause) == most);
    }
}

}  // namespace
}  // namespace holdfast::journal
