// The host keeps seats for people by name.
#include <cctype>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

class ReservationsTest : public testing::Test {
  protected:
    Decision reserve(const std::string& team, const std::string& name = "Ann", Slot slot = 0,
                     const std::string& op = "") {
        return stage.run(host(ReserveSeat{team, slot, name}, op));
    }
    std::string code_for(const std::string& team, Slot slot = 0) {
        return the<SeatReserved>(reserve(team, "Ann", slot)).code;
    }
    Decision claim(const std::string& code, ConnectionId connection = 7, const std::string& op = "") {
        return stage.run(command(connection, MoveHere{code}, "phone of Ann", op));
    }
    [[nodiscard]] bool waits(TeamId team, Slot slot) const {
        return stage.house->claims().reservations->waits(team, slot);
    }

    Stage stage;
};

TEST_F(ReservationsTest, AKeptSeatCountsAsTakenForEverybodyElse) {
    stage.create(1, "Foxes", "bob");
    const auto reserved = reserve("foxes");
    EXPECT_EQ(the<SeatReserved>(reserved).slot, 2);
    EXPECT_EQ(stage.run(command(2, JoinTeam{"Foxes"}, "eve")).refusal, Refusal::team_full);
    const auto shown = the<TeamChanged>(reserved).team;
    EXPECT_FALSE(shown->has_vacant_seat());
    ASSERT_NE(shown->name_of(2), nullptr) << "partners and hosts see for whom";
    EXPECT_EQ(shown->name_of(2)->name, "Ann");
    EXPECT_EQ(stage.disk.journal.back().what, "reserved");
}

TEST_F(ReservationsTest, TheCodeSeatsItsHolderOnceAndTheNameStays) {
    stage.create(1, "Foxes", "bob");
    auto code = code_for("Foxes");
    code[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(code[0])));
    const auto claimed = claim(code.substr(0, 5) + " - " + code.substr(5));
    ASSERT_FALSE(claimed.refusal);
    const auto seated = the<Seated>(claimed);
    EXPECT_EQ(seated.connection, 7U);
    EXPECT_EQ(seated.slot, 2);
    EXPECT_EQ(seated.how, SeatedHow::claimed);
    EXPECT_FALSE(seated.token.empty());
    EXPECT_EQ(seated.team->name_of(2)->name, "Ann");
    EXPECT_FALSE(seated.team->name_of(2)->waits);
    EXPECT_EQ(stage.disk.journal.back().reason, "reservation");
    EXPECT_EQ(claim(code, 8).refusal, Refusal::move_code_unknown);
    stage.run(command(7, LeaveTeam{}, "phone of Ann"));
    EXPECT_EQ(claim(code, 8).refusal, Refusal::move_code_unknown) << "used is used";
    EXPECT_EQ(stage.view(1)->name_of(2), nullptr) << "the name has left with her";
    EXPECT_FALSE(stage.run(command(9, JoinTeam{"Foxes"}, "eve")).refusal);
}

TEST_F(ReservationsTest, ANewTeamIsMadeForIt) {
    const auto code = code_for("Owls", 2);
    ASSERT_NE(stage.disk.team(1), nullptr);
    EXPECT_TRUE(stage.disk.team(1)->active);
    EXPECT_EQ(the<Seated>(stage.run(command(1, JoinTeam{"Owls"}, "bob"))).slot, 1);
    stage.run(command(1, LeaveTeam{}, "bob"));
    EXPECT_TRUE(stage.disk.team(1)->active) << "Ann may still come";
    EXPECT_EQ(stage.run(command(3, CreateTeam{"Owls"}, "eve")).refusal, Refusal::name_in_use);
    EXPECT_EQ(the<Seated>(claim(code)).slot, 2);
}

TEST_F(ReservationsTest, ADissolvedTeamIsThereAgainAndGoesWithTheWithdrawal) {
    stage.create(1, "Foxes", "bob");
    stage.run(command(1, LeaveTeam{}, "bob"));
    ASSERT_FALSE(stage.disk.team(1)->active);
    const auto code = code_for("Foxes");
    EXPECT_TRUE(stage.disk.team(1)->active);
    EXPECT_FALSE(stage.run(host(WithdrawReservation{1, 1})).refusal);
    EXPECT_FALSE(stage.disk.team(1)->active);
    EXPECT_EQ(claim(code).refusal, Refusal::move_code_unknown);
    EXPECT_EQ(stage.run(host(WithdrawReservation{1, 1})).refusal, Refusal::reservation_unknown);
    EXPECT_NE(code_for("Foxes"), code) << "the next one has another code";
}

TEST_F(ReservationsTest, OrTheOneItIsKeptForAsksTheHost) {
    reserve("Owls");
    stage.run(command(7, AskForSeat{"Owls", 1, "Ann", "a"}, "phone of Ann"));
    const auto requests = stage.house->claims().requests;
    ASSERT_EQ(requests->open().size(), 1U);
    const auto approved = stage.run(host(ApproveRequest{requests->open().front().id}));
    ASSERT_FALSE(approved.refusal);
    EXPECT_EQ(the<Seated>(approved).connection, 7U);
    EXPECT_EQ(the<Seated>(approved).how, SeatedHow::claimed);
    EXPECT_EQ(stage.seat(1, 1).device, device_named("phone of Ann"));
    EXPECT_FALSE(waits(1, 1));
}

TEST_F(ReservationsTest, AWithdrawnSeatCanNotBeAskedForAnyMore) {
    reserve("Owls");
    stage.run(command(7, AskForSeat{"Owls", 1, "Ann", "a"}, "phone of Ann"));
    const auto id = stage.house->claims().requests->open().front().id;
    stage.run(host(WithdrawReservation{1, 1}));
    EXPECT_EQ(stage.run(host(ApproveRequest{id})).refusal, Refusal::request_over);
}

TEST_F(ReservationsTest, StrangersLearnThatASeatIsKeptAndNotForWhom) {
    reserve("Owls");
    const auto listed = the<ReconnectableListed>(stage.run(command(9, ListReconnectable{}, "eve")));
    ASSERT_EQ(listed.reserved.size(), 1U);
    EXPECT_EQ(listed.reserved[0].team_name, "Owls");
    EXPECT_TRUE(listed.seats.empty());
}

TEST_F(ReservationsTest, OnlyWhatIsFreeCanBeKept) {
    stage.create(1, "Foxes", "bob");
    EXPECT_EQ(reserve("Foxes", "Ann", 1).refusal, Refusal::seat_taken);
    EXPECT_EQ(reserve("Foxes", "Ann", 3).refusal, Refusal::bad_request);
    EXPECT_FALSE(reserve("Foxes", "Ann", 2).refusal);
    EXPECT_EQ(reserve("Foxes", "Eve", 2).refusal, Refusal::seat_taken);
    EXPECT_EQ(reserve("Foxes").refusal, Refusal::team_full);
    EXPECT_EQ(reserve("Owls", "\xe2\x80\xae").refusal, Refusal::bad_name);
    EXPECT_EQ(reserve(" ").refusal, Refusal::bad_name);
    EXPECT_EQ(stage.disk.team(2), nullptr) << "nothing refused has made a team";
    EXPECT_EQ(stage.run(command(1, ReserveSeat{"Owls", 0, "Ann"}, "bob")).refusal, Refusal::not_host);
    EXPECT_EQ(stage.run(command(1, WithdrawReservation{1, 2}, "bob")).refusal, Refusal::not_host);
    const auto code = stage.house->claims().reservations->find(1, 2)->code;
    EXPECT_EQ(stage.run(command(1, MoveHere{code}, "bob")).refusal, Refusal::already_seated);
    EXPECT_TRUE(waits(1, 2)) << "the refused try has not used it up";
}

TEST_F(ReservationsTest, CodesOutlastRestartsAndAreOnNoDisk) {
    const auto code = code_for("Owls");
    EXPECT_EQ(stage.disk.snapshot().reservations.size(), 1U);
    stage.restart();
    EXPECT_EQ(stage.house->claims().reservations->find(1, 1)->code, code);
    EXPECT_EQ(the<Seated>(claim(code)).slot, 1);
    stage.restart();
    EXPECT_FALSE(waits(1, 1));
    EXPECT_EQ(stage.view(1)->name_of(1)->name, "Ann");
    EXPECT_EQ(claim(code, 8).refusal, Refusal::move_code_unknown);
}

TEST_F(ReservationsTest, AfterAChangeOfTheSecretBothCodesAreGoodForAWhile) {
    const auto code = code_for("Owls");
    TokenSecrets secrets;
    secrets.current = "another secret of thirty-two bytes or more";
    secrets.before = stage.settings.token_secret;
    secrets.before_until = UnixTime{stage.clock.unix_now().milliseconds + 60'000};
    stage.house->use_token_secrets(secrets);
    const auto newer = stage.house->claims().reservations->find(1, 1)->code;
    EXPECT_NE(newer, code);
    stage.ahead(command(7, MoveHere{code}, "phone of Ann"));
    EXPECT_EQ(stage.house->seat_of(7).second, 1);
    stage.fail_commit();
    stage.wait(Milliseconds{61'000});
    EXPECT_EQ(claim(code).refusal, Refusal::move_code_unknown);
    EXPECT_FALSE(claim(newer).refusal);
}

TEST_F(ReservationsTest, WhatTheDiskRefusedHasKeptNothingAndUsedNothingUp) {
    const auto before = stage.house->snapshot();
    stage.ahead(host(ReserveSeat{"Owls", 0, "Ann"}));
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_FALSE(stage.run(command(1, CreateTeam{"Owls"}, "bob")).refusal);
    const auto code = code_for("Owls");
    stage.ahead(command(7, MoveHere{code}, "phone of Ann"));
    EXPECT_FALSE(waits(1, 2));
    stage.fail_commit();
    EXPECT_TRUE(waits(1, 2));
    EXPECT_FALSE(claim(code).refusal);
    stage.ahead(command(7, LeaveTeam{}, "phone of Ann"));
    stage.fail_commit();
    EXPECT_EQ(stage.view(1)->name_of(2)->name, "Ann");
}

TEST_F(ReservationsTest, WithTheStoreDownNothingIsKeptOrClaimed) {
    const auto code = code_for("Owls");
    EXPECT_EQ(stage.down(host(ReserveSeat{"Bears", 0, "Ann"})).refusal, Refusal::store_unavailable);
    EXPECT_EQ(stage.down(host(WithdrawReservation{1, 1})).refusal, Refusal::store_unavailable);
    EXPECT_EQ(stage.down(command(7, MoveHere{code}, "phone of Ann")).refusal, Refusal::store_unavailable);
    EXPECT_TRUE(waits(1, 1));
}

TEST_F(ReservationsTest, TheSameOperationAgainHasOneEffect) {
    EXPECT_FALSE(reserve("Owls", "Ann", 0, "op-1").refusal);
    EXPECT_FALSE(reserve("Owls", "Ann", 0, "op-1").refusal);
    EXPECT_FALSE(waits(1, 2));
    const auto code = stage.house->claims().reservations->find(1, 1)->code;
    const auto first = the<Seated>(claim(code, 7, "op-2"));
    stage.restart();
    EXPECT_EQ(the<Seated>(claim(code, 8, "op-2")).slot, first.slot) << "the reply was lost, the seat is not";
}

TEST_F(ReservationsTest, AreLimited) {
    for (std::size_t count = 0; count < limits::reservations; ++count)
        ASSERT_FALSE(stage.ahead(host(ReserveSeat{"Team " + std::to_string(count), 0, "Ann"})).refusal);
    stage.commit();
    EXPECT_EQ(reserve("One more").refusal, Refusal::too_many_reservations);
}

}  // namespace
}  // namespace holdfast::seats
