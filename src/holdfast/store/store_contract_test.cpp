// What every store does. One suite, run against each of them.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <memory>

#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"
#include "holdfast/store/testing/store_under_test.hpp"

namespace holdfast::store {
namespace {

using namespace seats;
using testing::Distinct;
using testing::Model;
using testing::StoreUnderTest;

class StoreContract : public ::testing::TestWithParam<testing::StoreKind> {
  protected:
    std::unique_ptr<StoreUnderTest> store_ = testing::make_store(GetParam());
    Distinct distinct_{1'000};

    Result<void, StoreError> commit(const std::vector<Changes>& batch) { return store_->commit(batch); }
    /// As it is now, and again from the disk, where there is one: both are the same.
    Snapshot loaded() {
        const Snapshot before = store_->store().load().value();
        if (store_->reopen()) {
            EXPECT_EQ(store_->store().load().value(), before);
        }
        return before;
    }
    std::vector<JournalRecord> journal(TeamId team, Slot slot = 0, std::size_t most = 1'000) {
        return store_->store().read_journal(team, slot, most).value();
    }
};

TEST_P(StoreContract, ANewStoreIsEmpty) {
    EXPECT_EQ(loaded(), Snapshot{});
    EXPECT_EQ(store_->history(), testing::History{});
    EXPECT_TRUE(journal(1).empty());
    EXPECT_TRUE(store_->store().probe());
}

TEST_P(StoreContract, EveryFieldOfEveryRecordComesBack) {
    const GameRecord game = testing::sample_game(distinct_);
    const TeamRecord team = testing::sample_team(7, 1, distinct_);
    const OperationRecord operation = testing::sample_operation(distinct_);
    const RoundRecord round = testing::sample_round(distinct_);
    const AnswerRecord answer = testing::sample_answer(distinct_);
    const JournalRecord entry = testing::sample_journal(7, 2, distinct_);
    ASSERT_TRUE(commit({{PutGame{game}, PutTeam{team, 0}, PutOperation{operation}},
                        {PutFinishedRound{7, round}, PutAnswer{answer}, AppendJournal{entry}}}));
    const Snapshot wanted{game, {team}, {operation}};
    EXPECT_EQ(loaded(), wanted);
    EXPECT_EQ(store_->history(), (testing::History{{{7, round}}, {answer}}));
    EXPECT_EQ(journal(7), std::vector{entry});
}

TEST_P(StoreContract, RecordsOfNothingButDefaultsComeBack) {
    TeamRecord team;
    team.id = 1;
    team.version = 1;
    team.seats.resize(2);
    ASSERT_TRUE(commit({{PutTeam{team, 0}, PutGame{}, PutOperation{}}}));
    EXPECT_EQ(loaded(), (Snapshot{GameRecord{}, {team}, {OperationRecord{}}}));
}

TEST_P(StoreContract, NumbersKeepAllTheirBits) {
    constexpr std::uint64_t largest = ~std::uint64_t{0};
    TeamRecord team = testing::sample_team(largest, largest - 1, distinct_);
    team.seats[0].epoch = largest;
    team.seats[1].rotation = largest;
    team.seats[2].seat_deadline = {std::numeric_limits<std::int64_t>::min()};
    team.rounds_dealt = std::numeric_limits<std::uint32_t>::max();
    team.round->id = largest;
    GameRecord game;
    game.last_round = largest;
    game.uptime = {std::numeric_limits<std::int64_t>::max()};
    const TeamRecord first = testing::sample_team(3, 1, distinct_);
    const TeamRecord middle = testing::sample_team(std::uint64_t{1} << 63, 1, distinct_);
    ASSERT_TRUE(commit({{PutTeam{team, 0}, PutGame{game}, PutTeam{middle, 0}, PutTeam{first, 0}}}));
    EXPECT_EQ(loaded(), (Snapshot{game, {first, middle, team}, {}}));
    team.version = largest;
    EXPECT_TRUE(commit({{PutTeam{team, largest - 1}}}));
}

TEST_P(StoreContract, TextsKeepAllTheirBytes) {
    TeamRecord team = testing::sample_team(1, 1, distinct_);
    team.name = std::string("\0 quote' \"; -- \xff\xfe \xf0\x9f\x8e\x88", 21);
    team.progress = std::string(200'000, 'x') + "end";
    team.round->items.clear();
    team.round->answers.clear();
    ASSERT_TRUE(commit({{PutTeam{team, 0}}}));
    EXPECT_EQ(loaded().teams.at(0), team);
}

TEST_P(StoreContract, ATeamIsReplacedAsAWhole) {
    ASSERT_TRUE(commit({{PutTeam{testing::sample_team(1, 1, distinct_), 0}}}));
    TeamRecord team = testing::sample_team(1, 2, distinct_);
    team.seats.pop_back();
    team.round.reset();
    ASSERT_TRUE(commit({{PutTeam{team, 1}}}));
    EXPECT_EQ(loaded().teams, std::vector{team});
}

TEST_P(StoreContract, TeamsComeInTheOrderOfTheirIds) {
    for (const TeamId id : {5u, 2u, 9u, 1u}) {
        ASSERT_TRUE(commit({{PutTeam{testing::sample_team(id, 1, distinct_), 0}}}));
    }
    std::vector<TeamId> ids;
    for (const TeamRecord& team : loaded().teams)
        ids.push_back(team.id);
    EXPECT_EQ(ids, (std::vector<TeamId>{1, 2, 5, 9}));
}

TEST_P(StoreContract, AConflictLeavesNothingOfTheBatch) {
    const TeamRecord team = testing::sample_team(1, 4, distinct_);
    ASSERT_TRUE(commit({{PutTeam{team, 0}}}));
    const TeamRecord other = testing::sample_team(2, 1, distinct_);
    const TeamRecord next = testing::sample_team(1, 5, distinct_);
    const JournalRecord entry = testing::sample_journal(1, 1, distinct_);
    for (const std::uint64_t wrong : {0u, 3u, 5u}) {
        EXPECT_EQ(commit({{PutTeam{other, 0}, AppendJournal{entry}, PutGame{testing::sample_game(distinct_)},
                           PutOperation{testing::sample_operation(distinct_)},
                           PutAnswer{testing::sample_answer(distinct_)}},
                          {PutTeam{next, wrong}}}),
                  failure(StoreError::conflict));
    }
    EXPECT_EQ(commit({{PutTeam{other, 1}}}), failure(StoreError::conflict)) << "there is no such team";
    EXPECT_EQ(loaded(), (Snapshot{GameRecord{}, {team}, {}}));
    EXPECT_EQ(store_->history(), testing::History{});
    EXPECT_TRUE(journal(1).empty());
    EXPECT_TRUE(commit({{PutTeam{next, 4}}})) << "a conflict needs no probe";
}

TEST_P(StoreContract, VersionsCountWithinABatch) {
    const TeamRecord first = testing::sample_team(1, 1, distinct_);
    const TeamRecord second = testing::sample_team(1, 2, distinct_);
    TeamRecord last = testing::sample_team(1, 4, distinct_);
    EXPECT_EQ(commit({{PutTeam{first, 0}}, {PutTeam{second, 2}}}), failure(StoreError::conflict));
    ASSERT_TRUE(commit({{PutTeam{first, 0}}, {PutTeam{second, 1}}, {ClearRounds{}}, {PutTeam{last, 3}}}));
    EXPECT_EQ(loaded().teams, std::vector{last});
}

TEST_P(StoreContract, AnEmptyBatchIsNoWork) {
    EXPECT_TRUE(commit({}));
    EXPECT_TRUE(commit({{}, {}}));
    EXPECT_EQ(loaded(), Snapshot{});
}

TEST_P(StoreContract, ClearingRoundsKeepsSeatsAndJournal) {
    const TeamRecord first = testing::sample_team(1, 7, distinct_);
    const TeamRecord second = testing::sample_team(2, 1, distinct_);
    const JournalRecord entry = testing::sample_journal(1, 1, distinct_);
    const OperationRecord operation = testing::sample_operation(distinct_);
    ASSERT_TRUE(commit({{PutTeam{first, 0}, PutTeam{second, 0}, AppendJournal{entry}, PutOperation{operation},
                         PutAnswer{testing::sample_answer(distinct_)},
                         PutFinishedRound{1, testing::sample_round(distinct_)}}}));
    ASSERT_TRUE(commit({{ClearRounds{}}}));
    const auto cleared = [](TeamRecord team) {
        team.version += 1;
        team.rounds_dealt = 0;
        team.round.reset();
        team.progress.clear();
        return team;
    };
    EXPECT_EQ(loaded(), (Snapshot{GameRecord{}, {cleared(first), cleared(second)}, {operation}}));
    EXPECT_EQ(store_->history(), testing::History{});
    EXPECT_EQ(journal(1), std::vector{entry});
}

TEST_P(StoreContract, TheSameOperationIsKeptOnceAndOldOnesAreForgotten) {
    OperationRecord operation = testing::sample_operation(distinct_);
    OperationRecord other_device = operation;
    other_device.device = distinct_.device();
    OperationRecord other_op = operation;
    other_op.op = "another";
    operation.at = {100};
    other_device.at = {200};
    other_op.at = {300};
    ASSERT_TRUE(commit({{PutOperation{operation}}, {PutOperation{other_device}, PutOperation{other_op}}}));
    operation.round += 1;
    ASSERT_TRUE(commit({{PutOperation{operation}}}));
    EXPECT_EQ(loaded().operations, (std::vector{other_device, other_op, operation}));
    ASSERT_TRUE(commit({{ForgetOperations{{100}}}}));
    EXPECT_EQ(loaded().operations, (std::vector{other_device, other_op, operation})) << "100 is not older";
    ASSERT_TRUE(commit({{ForgetOperations{{201}}}}));
    EXPECT_EQ(loaded().operations, std::vector{other_op});
}

TEST_P(StoreContract, BansAreKeptUntilTheyAreDropped) {
    std::vector<BanRecord> bans{testing::sample_ban(distinct_), testing::sample_ban(distinct_)};
    bans[1].id = ~std::uint64_t{0};
    ASSERT_TRUE(commit({{PutBan{bans[1]}, PutBan{bans[0]}}}));
    EXPECT_EQ(loaded().bans, bans);
    bans[0].id += 1;
    ASSERT_TRUE(commit({{PutBan{bans[0]}, DropBan{bans[1].device}}}));
    EXPECT_EQ(loaded().bans, std::vector{bans[0]});
    ASSERT_TRUE(commit({{DropBan{bans[1].device}, DropBan{bans[0].device}}}));
    EXPECT_EQ(loaded(), Snapshot{});
}

TEST_P(StoreContract, ReservationsAreKeptUntilTheyAreDropped) {
    std::vector kept{testing::sample_reservation(3, 2, distinct_),
                     testing::sample_reservation(~std::uint64_t{0}, 1, distinct_)};
    kept[0].nonce = ~std::uint64_t{0};
    kept[1].used = false;
    ASSERT_TRUE(commit({{PutReservation{kept[1]}, PutReservation{kept[0]}}}));
    EXPECT_EQ(loaded().reservations, kept);
    kept[0].name = "somebody else";
    ASSERT_TRUE(commit({{PutReservation{kept[0]}, DropReservation{kept[1].team, 1}}}));
    EXPECT_EQ(loaded().reservations, std::vector{kept[0]});
    ASSERT_TRUE(commit({{DropReservation{3, 2}, DropReservation{3, 1}}}));
    EXPECT_EQ(loaded(), Snapshot{});
}

TEST_P(StoreContract, TheJournalTellsTheNewestEntriesOldestFirst) {
    std::vector<JournalRecord> entries;
    Changes changes;
    for (int index = 0; index < 9; ++index) {
        entries.push_back(testing::sample_journal(1, static_cast<Slot>(1 + index % 3), distinct_));
        changes.push_back(AppendJournal{entries.back()});
        changes.push_back(AppendJournal{testing::sample_journal(2, 1, distinct_)});
    }
    ASSERT_TRUE(commit({changes}));
    EXPECT_EQ(journal(1), entries);
    EXPECT_EQ(journal(1, 2), (std::vector{entries[1], entries[4], entries[7]}));
    EXPECT_EQ(journal(1, 0, 2), (std::vector{entries[7], entries[8]}));
    EXPECT_EQ(journal(1, 3, 2), (std::vector{entries[5], entries[8]}));
    EXPECT_TRUE(journal(1, 0, 0).empty());
    EXPECT_TRUE(journal(3).empty());
}

TEST_P(StoreContract, AllJournalsAreReadInPiecesInTheOrderOfTheirWriting) {
    EXPECT_EQ(store_->store().read_journals(0, 10).value().newest, 0U);
    std::vector<JournalRecord> written;
    for (int index = 0; index < 10; ++index) {
        written.push_back(testing::sample_journal(static_cast<TeamId>(1 + index % 3), 1, distinct_));
        ASSERT_TRUE(commit({{AppendJournal{written.back()}}}));
    }
    std::vector<JournalRecord> read;
    std::uint64_t last = 0;
    for (;;) {
        const auto piece = store_->store().read_journals(last, 4).value();
        EXPECT_GT(piece.newest, 0U);
        if (piece.entries.empty()) {
            EXPECT_EQ(piece.last, last);
            EXPECT_EQ(piece.newest, last);
            break;
        }
        EXPECT_LE(piece.entries.size(), 4U);
        EXPECT_GT(piece.last, last);
        last = piece.last;
        read.insert(read.end(), piece.entries.begin(), piece.entries.end());
    }
    EXPECT_EQ(read, written);
    EXPECT_TRUE(store_->store().read_journals(0, 0).value().entries.empty());
}

// What a team has forgotten is a gap in the numbers, and the others' entries stay in their order.
TEST_P(StoreContract, AllJournalsTogetherLackWhatTheirTeamsHaveForgotten) {
    for (std::size_t index = 0; index < 4 * StoreUnderTest::journal_entries_per_team; ++index) {
        ASSERT_TRUE(commit({{AppendJournal{testing::sample_journal(1, 1, distinct_)}}}));
        if (index % 10 == 0) {
            ASSERT_TRUE(commit({{AppendJournal{testing::sample_journal(2, 1, distinct_)}}}));
        }
    }
    const auto all = store_->store().read_journals(0, 1'000).value().entries;
    for (const TeamId team : {TeamId{1}, TeamId{2}}) {
        std::vector<JournalRecord> of_team;
        std::copy_if(all.begin(), all.end(), std::back_inserter(of_team),
                     [team](const JournalRecord& entry) { return entry.team == team; });
        EXPECT_EQ(of_team, journal(team));
    }
}

TEST_P(StoreContract, TheJournalOfATeamIsBounded) {
    constexpr std::size_t most = StoreUnderTest::journal_entries_per_team;
    std::vector<JournalRecord> entries;
    const JournalRecord bystander = testing::sample_journal(2, 1, distinct_);
    ASSERT_TRUE(commit({{AppendJournal{bystander}}}));
    for (std::size_t run = 0; run < 3; ++run) {
        for (std::size_t index = 0; index < 2 * most; ++index) {
            entries.push_back(testing::sample_journal(1, 1, distinct_));
            ASSERT_TRUE(commit({{AppendJournal{entries.back()}}}));
            const auto kept = journal(1);
            ASSERT_LE(kept.size(), 2 * most);
            const std::size_t newest = std::min(most, entries.size());
            ASSERT_GE(kept.size(), newest);
            ASSERT_TRUE(std::equal(kept.end() - static_cast<std::ptrdiff_t>(newest), kept.end(),
                                   entries.end() - static_cast<std::ptrdiff_t>(newest)));
        }
        store_->reopen();
    }
    EXPECT_EQ(journal(2), std::vector{bystander});
}

TEST_P(StoreContract, ManyStartsWithFewEntriesDoNotGrowTheJournal) {
    for (std::size_t run = 0; run < 30; ++run) {
        for (int index = 0; index < 5; ++index) {
            ASSERT_TRUE(commit({{AppendJournal{testing::sample_journal(1, 1, distinct_)}}}));
        }
        store_->reopen();
    }
    EXPECT_LE(journal(1).size(), 2 * StoreUnderTest::journal_entries_per_team);
}

TEST_P(StoreContract, NobodyElseWrites) {
    std::uint64_t cursor = 0;
    ASSERT_TRUE(commit({{PutTeam{testing::sample_team(1, 1, distinct_), 0}}}));
    EXPECT_TRUE(store_->store().changed_since(cursor).value().empty());
}

// ---- any changes in any order

/// A step of a random script: which change, and a few small numbers to make it of.
struct Step {
    std::uint8_t what = 0;
    std::uint8_t team = 0;
    std::uint8_t detail = 0;
    bool wrong_version = false;
    bool ends_batch = false;
    bool reopens = false;
};

}  // namespace
}  // namespace holdfast::store

template <>
struct rc::Arbitrary<holdfast::store::Step> {
    static Gen<holdfast::store::Step> arbitrary() {
        using holdfast::store::Step;
        return gen::build<Step>(
            gen::set(&Step::what, gen::inRange<std::uint8_t>(0, 20)),
            gen::set(&Step::team, gen::inRange<std::uint8_t>(1, 5)),
            gen::set(&Step::detail, gen::inRange<std::uint8_t>(0, 8)),
            gen::set(&Step::wrong_version, gen::map(gen::inRange(0, 20), [](int draw) { return draw == 0; })),
            gen::set(&Step::ends_batch, gen::map(gen::inRange(0, 3), [](int draw) { return draw == 0; })),
            gen::set(&Step::reopens, gen::map(gen::inRange(0, 12), [](int draw) { return draw == 0; })));
    }
};

namespace holdfast::store {
namespace {

void showValue(const Step& step, std::ostream& out) {
    out << "{what " << int{step.what} << ", team " << int{step.team} << ", detail " << int{step.detail}
        << (step.wrong_version ? ", wrong version" : "") << (step.ends_batch ? ", ends batch" : "")
        << (step.reopens ? ", reopens" : "") << "}";
}

PutTeam put_team(const Step& step, const Model& model, Distinct& distinct) {
    const auto found = model.teams.find(step.team);
    const std::uint64_t stored = found == model.teams.end() ? 0 : found->second.version;
    PutTeam put{testing::sample_team(step.team, stored + 1, distinct), stored + (step.wrong_version ? 3 : 0)};
    put.team.seats.resize(step.detail % 4);
    std::erase_if(put.team.moved_tokens,
                  [&](const MovedToken& token) { return token.slot > put.team.seats.size(); });
    if (step.detail >= 4) put.team.round.reset();
    return put;
}

Change change_of(const Step& step, const Model& model, Distinct& distinct) {
    switch (step.what) {
        case 0:
            return PutGame{testing::sample_game(distinct)};
        case 1:
            return ClearRounds{};
        case 2:
            return ForgetOperations{{std::int64_t{step.detail} * 100}};
        case 3:
        case 4: {
            PutFinishedRound put{step.team, testing::sample_round(distinct)};
            put.round.id = step.detail;
            return put;
        }
        case 5:
        case 6: {
            PutAnswer put{testing::sample_answer(distinct)};
            put.answer.round = step.detail;
            put.answer.slot = step.team;
            return put;
        }
        case 7:
        case 8:
        case 9: {
            PutOperation put{testing::sample_operation(distinct)};
            put.operation.device = DeviceId{step.team};
            put.operation.op = std::to_string(step.detail);
            put.operation.at = {std::int64_t{step.detail} * 100};
            return put;
        }
        case 10: {
            if (step.detail % 3 == 0) return DropBan{DeviceId{step.team}};
            PutBan put{testing::sample_ban(distinct)};
            put.ban.device = DeviceId{step.team};
            return put;
        }
        case 11: {
            const auto slot = static_cast<Slot>(1 + step.detail % 2);
            if (step.detail % 3 == 0) return DropReservation{step.team, slot};
            return PutReservation{testing::sample_reservation(step.team, slot, distinct)};
        }
        case 12:
            return AppendJournal{
                testing::sample_journal(step.team, static_cast<Slot>(1 + step.detail % 2), distinct)};
        default:
            return put_team(step, model, distinct);
    }
}

void expect_agreement(StoreUnderTest& store, const Model& model) {
    RC_ASSERT(store.store().load().value() == model.snapshot());
    RC_ASSERT(store.history() == model.history());
    for (TeamId team = 1; team < 5; ++team) {
        const auto newest = model.journal_of(team, StoreUnderTest::journal_entries_per_team);
        const auto read =
            store.store().read_journal(team, 0, StoreUnderTest::journal_entries_per_team).value();
        RC_ASSERT(read == newest);
    }
}

TEST_P(StoreContract, AnyBatchesLeaveWhatAPlainModelHas) {
    const auto property = [](const std::vector<Step>& steps) {
        const auto store = testing::make_store(GetParam());
        Model model;
        Distinct distinct(10'000);
        std::vector<Changes> batch(1);
        Model ahead = model;
        for (const Step& step : steps) {
            batch.back().push_back(change_of(step, ahead, distinct));
            ahead = model;
            ahead.apply(batch);
            if (step.detail % 2 == 0) batch.emplace_back();
            if (!step.ends_batch) continue;
            const auto committed = store->commit(batch);
            const bool applied = model.apply(batch);
            RC_ASSERT(committed.has_value() == applied);
            if (!applied) RC_ASSERT(committed == failure(StoreError::conflict));
            batch.assign(1, {});
            ahead = model;
            if (step.reopens) store->reopen();
            expect_agreement(*store, model);
        }
        store->reopen();
        expect_agreement(*store, model);
    };
    const std::string name = "AnyBatchesLeaveWhatAPlainModelHas";
    EXPECT_TRUE(rc::check(name, property));
}

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, ::testing::ValuesIn(testing::all_store_kinds),
                         [](const auto& kind) { return testing::name_of(kind.param); });

}  // namespace
}  // namespace holdfast::store
