// A player whose phone is gone asks for the seat from another one, and the host decides.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

std::vector<std::string> lines_of(const Decision& decision) {
    std::vector<std::string> lines;
    for (const auto& change : decision.changes) {
        if (const auto* line = std::get_if<AppendJournal>(&change))
            lines.push_back(line->entry.what + " " + line->entry.reason);
    }
    return lines;
}

class RequestsTest : public testing::Test {
  protected:
    void SetUp() override {
        old_token = stage.create(1, "Foxes", "dead phone").token;
        stage.join(2, "Foxes", "partner");
        stage.run(host(StartGame{}));
        stage.lose(1);
    }
    Decision ask(ConnectionId connection = 7, std::string_view device = "new phone",
                 const std::string& address = "192.0.2.7", Slot slot = 1, const std::string& name = "Ann") {
        return stage.run(command(connection, AskForSeat{"foxes", slot, name, address}, device));
    }
    [[nodiscard]] const std::vector<SeatRequest>& open() const {
        kept = stage.house->claims();
        return kept.requests->open();
    }
    [[nodiscard]] std::uint64_t only_id() const {
        EXPECT_EQ(open().size(), 1U);
        return open().empty() ? 0 : open().front().id;
    }
    Decision approve(std::uint64_t id, const std::string& op = "") {
        return stage.run(host(ApproveRequest{id}, op));
    }

    Stage stage;
    std::string old_token;
    mutable Claims kept;
};

TEST_F(RequestsTest, TheOneWhoAsksHearsThatTheHostIsAskedAndTheHostHearsWhoAsks) {
    const auto asked = ask();
    const auto told = the<SeatAsked>(asked);
    EXPECT_EQ(told.connection, 7U);
    EXPECT_EQ(told.slot, 1);
    EXPECT_EQ(told.name, "Ann");
    EXPECT_EQ(told.expires_in_seconds, 600);
    EXPECT_TRUE(asked.changes.empty()) << "a request is nothing for the disk";
    const auto shown = the<ClaimsChanged>(asked).claims.requests->open();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].name, "Ann");
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::away) << "asking changes no seat";
}

TEST_F(RequestsTest, ApprovalSeatsTheAskerWithRoundAnswerAndAToken) {
    const auto round = stage.disk.team(1)->round;
    ASSERT_TRUE(round);
    ask();
    const auto epoch = stage.seat(1, 1).epoch;
    const auto approved = approve(only_id());
    ASSERT_FALSE(approved.refusal);
    const auto seated = the<Seated>(approved);
    EXPECT_EQ(seated.connection, 7U);
    EXPECT_EQ(seated.how, SeatedHow::resumed);
    EXPECT_EQ(seated.way, ResumeWay::request);
    EXPECT_EQ(seated.away_cause, AwayCause::connection_lost);
    ASSERT_TRUE(seated.round);
    EXPECT_EQ(seated.round->id, round->id);
    EXPECT_GT(stage.seat(1, 1).epoch, epoch);
    EXPECT_EQ(stage.seat(1, 1).device, device_named("new phone"));
    EXPECT_EQ(lines_of(approved), std::vector<std::string>{"moved request"});
    EXPECT_TRUE(open().empty());
    stage.lose(7);
    EXPECT_FALSE(stage.resume(8, seated.token, "new phone").refusal);
}

TEST_F(RequestsTest, TheDeadPhoneIsFencedWhenItComesBackToLife) {
    ask();
    approve(only_id());
    EXPECT_EQ(stage.resume(9, old_token, "dead phone").refusal, Refusal::token_retired);
    EXPECT_EQ(stage.run(command(9, JoinTeam{"Foxes"}, "dead phone")).refusal, Refusal::team_full);
    stage.lose(1);  // its connection's close, late
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::connected);
}

TEST_F(RequestsTest, RefusalTellsTheAskerAndTheJournalAndChangesNoSeat) {
    ask();
    const auto before = stage.disk.snapshot().teams;
    const auto refused = stage.run(host(RefuseRequest{only_id()}));
    EXPECT_EQ(the<RequestOver>(refused).connection, 7U);
    EXPECT_EQ(the<RequestOver>(refused).reason, Refusal::request_refused);
    EXPECT_EQ(lines_of(refused), std::vector<std::string>{"request_refused host"});
    EXPECT_EQ(stage.disk.snapshot().teams, before);
    EXPECT_TRUE(open().empty());
    EXPECT_FALSE(stage.resume(1, old_token, "dead phone").refusal) << "the phone was only lost, and is found";
}

TEST_F(RequestsTest, OnlyASeatThatWaitsForItsPlayerCanBeAskedFor) {
    EXPECT_EQ(ask(7, "new phone", "a", 2).refusal, Refusal::seat_not_waiting) << "somebody sits there";
    EXPECT_EQ(ask(7, "new phone", "a", 3).refusal, Refusal::bad_request);
    EXPECT_EQ(ask(7, "new phone", "a", 0).refusal, Refusal::bad_request);
    stage.run(host(ReleaseSeat{1, 1}));
    EXPECT_EQ(ask().refusal, Refusal::seat_not_waiting) << "whoever wants a free seat joins";
    EXPECT_EQ(stage.run(command(7, AskForSeat{"Owls", 1, "Ann", ""})).refusal, Refusal::team_unknown);
    EXPECT_EQ(stage.run(command(2, AskForSeat{"Foxes", 1, "Ann", ""})).refusal, Refusal::already_seated);
}

TEST_F(RequestsTest, TheNameFollowsTheOneRuleOfNames) {
    for (const auto* bad : {"", "  ", "a\nb\x07", "\xe2\x80\xae", "\xff"}) {
        EXPECT_EQ(ask(7, "new phone", "a", 1, bad).refusal, Refusal::bad_name) << bad;
    }
    ask(7, "new phone", "a", 1, "  <b>Ann</b>\t B. ");
    EXPECT_EQ(open().at(0).name, "<b>Ann</b> B.");
}

TEST_F(RequestsTest, OnlyTheHostDecides) {
    ask();
    for (const CommandBody& body :
         {CommandBody{ApproveRequest{only_id()}}, CommandBody{RefuseRequest{only_id()}}})
        EXPECT_EQ(stage.run(command(7, body, "new phone")).refusal, Refusal::not_host);
    EXPECT_EQ(open().size(), 1U);
}

TEST_F(RequestsTest, ThePlayerWhoComesBackEndsTheRequest) {
    ask();
    const auto id = only_id();
    stage.resume(1, old_token, "dead phone");
    EXPECT_EQ(approve(id).refusal, Refusal::request_over);
    const auto tick = stage.run(command(0, Tick{}));
    EXPECT_EQ(the<RequestOver>(tick).connection, 7U);
    EXPECT_EQ(the<RequestOver>(tick).reason, Refusal::request_over);
    EXPECT_TRUE(open().empty());
    stage.lose(1);
    EXPECT_EQ(approve(id).refusal, Refusal::request_over) << "away again is another time";
}

TEST_F(RequestsTest, ASeatThatChangedHandsOrWasFreedIsNotGivenAway) {
    ask();
    const auto id = only_id();
    stage.run(host(ReleaseSeat{1, 1}));
    EXPECT_EQ(approve(id).refusal, Refusal::request_over);
    stage.join(5, "Foxes", "somebody else");
    stage.lose(5);
    EXPECT_EQ(approve(id).refusal, Refusal::request_over);
    EXPECT_EQ(stage.house->seat_of(7).first, 0U);
}

TEST_F(RequestsTest, OfSeveralWhoAskOneGetsTheSeatAndTheOthersAreTold) {
    ask(7, "one");
    ask(8, "other");
    const auto approved = approve(open().at(1).id);
    EXPECT_EQ(the<Seated>(approved).connection, 8U);
    EXPECT_EQ(the<RequestOver>(approved).connection, 7U);
    EXPECT_TRUE(open().empty());
}

TEST_F(RequestsTest, AnAskerWhoTookAnotherSeatMeanwhileAsksNoMore) {
    ask();
    const auto id = only_id();
    stage.create(7, "Owls", "new phone");
    EXPECT_EQ(approve(id).refusal, Refusal::request_over);
    const auto tick = stage.run(command(0, Tick{}));
    EXPECT_TRUE(all<RequestOver>(tick).empty()) << "they know";
    EXPECT_TRUE(open().empty());
}

TEST_F(RequestsTest, AConnectionLostForAMomentKeepsTheRequest) {
    ask();
    const auto id = only_id();
    stage.lose(7);
    EXPECT_EQ(approve(id).refusal, Refusal::asker_absent);
    stage.wait(Milliseconds{5'000});
    ask(8);
    EXPECT_EQ(only_id(), id) << "the same device asks the same again";
    EXPECT_EQ(the<Seated>(approve(id)).connection, 8U);
}

TEST_F(RequestsTest, TheNewsOfTheApprovalGotLostSoThePageAsksAgainAndHasTheSeat) {
    ask();
    approve(only_id());
    const auto again = ask(8);  // the server has not noticed yet that connection 7 is dead
    EXPECT_EQ(the<Seated>(again).connection, 8U);
    EXPECT_EQ(the<TakenOver>(again).connection, 7U);
    EXPECT_EQ(ask(9, "eve").refusal, Refusal::seat_not_waiting) << "for nobody else";
    EXPECT_TRUE(open().empty());
}

TEST_F(RequestsTest, ARequestNobodyWaitsForAnyMoreIsForgotten) {
    ask();
    stage.lose(7);
    stage.wait(limits::seat_request_absence);
    EXPECT_TRUE(open().empty());
}

TEST_F(RequestsTest, ARequestThatWaitedTooLongIsOver) {
    ask();
    stage.wait(limits::seat_request_life - Milliseconds{1'000});
    EXPECT_EQ(open().size(), 1U);
    stage.clock.advance(Milliseconds{1'000});
    EXPECT_EQ(the<RequestOver>(stage.run(command(0, Tick{}))).reason, Refusal::request_over);
}

TEST_F(RequestsTest, ADeviceHasOneRequestAndTheOlderTabIsTold) {
    stage.create(4, "Owls", "owl");
    stage.lose(4);
    ask(7);
    const auto second = stage.run(command(8, AskForSeat{"Owls", 1, "Ann", "a"}, "new phone"));
    EXPECT_EQ(the<RequestOver>(second).connection, 7U);
    ASSERT_EQ(open().size(), 1U);
    EXPECT_EQ(open()[0].team, 2U);
    stage.run(command(8, StopAsking{}, "new phone"));
    EXPECT_TRUE(open().empty());
    EXPECT_FALSE(stage.run(command(8, StopAsking{}, "new phone")).refusal) << "nothing to stop is no fault";
}

TEST_F(RequestsTest, AreLimitedByDeviceByAddressAndInAll) {
    for (std::size_t count = 0; count < limits::seat_requests_made_per_device; ++count) {
        EXPECT_FALSE(ask().refusal);
        stage.run(command(7, StopAsking{}, "new phone"));
    }
    EXPECT_EQ(ask().refusal, Refusal::too_many_requests);
    stage.wait(limits::seat_requests_window);
    EXPECT_FALSE(ask().refusal) << "the window has passed";
    stage.run(command(7, StopAsking{}, "new phone"));

    for (std::size_t count = 0; count < limits::seat_requests_per_address; ++count)
        EXPECT_FALSE(ask(100 + count, "crowd " + std::to_string(count), "192.0.2.9").refusal) << count;
    EXPECT_EQ(ask(99, "one more", "192.0.2.9").refusal, Refusal::too_many_requests);
    EXPECT_FALSE(ask(98, "from elsewhere", "192.0.2.10").refusal);

    std::size_t taken = 0;
    for (std::size_t count = 0; count < 2 * limits::seat_requests; ++count) {
        const auto name = std::to_string(count);
        if (!ask(1'000 + count, "far " + name, "198.51.100." + name).refusal) ++taken;
    }
    EXPECT_EQ(open().size(), limits::seat_requests);
    EXPECT_EQ(taken, limits::seat_requests - limits::seat_requests_per_address - 1);
    EXPECT_EQ(open().back().address, "198.51.100.78") << "those who asked first keep their place";
}

TEST_F(RequestsTest, WhatTheDiskRefusedHasNotGivenTheSeatAway) {
    ask();
    const auto id = only_id();
    const auto before = stage.house->snapshot();
    stage.ahead(host(ApproveRequest{id}));
    EXPECT_TRUE(open().empty());
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(only_id(), id) << "the request stands";
    EXPECT_EQ(stage.house->seat_of(7).first, 0U);
    EXPECT_FALSE(approve(id).refusal);
}

TEST_F(RequestsTest, ARequestDecidedOnWhatTheDiskRefusedIsTakenBackWithIt) {
    stage.ahead(command(2, ConnectionLost{}));
    stage.ahead(command(7, AskForSeat{"Foxes", 2, "Bob", "a"}, "new phone"));
    EXPECT_EQ(open().size(), 1U);
    stage.fail_commit();
    EXPECT_TRUE(open().empty()) << "that seat never was away";
}

TEST_F(RequestsTest, WithTheStoreDownNobodyAsksAndNothingIsGivenAway) {
    ask();
    const auto id = only_id();
    EXPECT_EQ(stage.down(command(8, AskForSeat{"Foxes", 1, "Eve", "a"}, "eve")).refusal,
              Refusal::store_unavailable);
    EXPECT_EQ(stage.down(host(ApproveRequest{id})).refusal, Refusal::store_unavailable);
    EXPECT_EQ(stage.down(host(RefuseRequest{id})).refusal, Refusal::store_unavailable);
    EXPECT_EQ(only_id(), id);
}

TEST_F(RequestsTest, TheSameOperationAgainGivesNothingAwayTwice) {
    ask();
    const auto id = only_id();
    EXPECT_FALSE(approve(id, "op-1").refusal);
    const auto again = approve(id, "op-1");
    EXPECT_FALSE(again.refusal);
    EXPECT_TRUE(all<Seated>(again).empty());
    EXPECT_EQ(approve(id, "op-2").refusal, Refusal::request_over);
}

TEST_F(RequestsTest, ARestartForgetsThemAndTheirNumbersMeetNoOtherOne) {
    ask();
    const auto id = only_id();
    stage.restart();
    EXPECT_TRUE(open().empty());
    ask(1);
    EXPECT_NE(only_id(), id);
    EXPECT_EQ(approve(id).refusal, Refusal::request_over);
}

TEST_F(RequestsTest, AnUnknownDeviceIsTakenForNobodyElse) {
    ask(7, "");
    ask(8, "");
    EXPECT_EQ(open().size(), 2U);
    EXPECT_EQ(the<Seated>(approve(open().front().id)).connection, 7U);
}

}  // namespace
}  // namespace holdfast::seats
