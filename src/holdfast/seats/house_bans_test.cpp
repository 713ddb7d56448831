// The host bans the device that holds a seat.
#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

class BansTest : public testing::Test {
  protected:
    void SetUp() override {
        token = stage.create(1, "Foxes", "rude phone").token;
        stage.join(2, "Foxes", "partner");
    }
    Decision ban(const std::string& op = "") { return stage.run(host(BanDevice{1, 1}, op)); }
    [[nodiscard]] std::uint64_t only_ban() const {
        const auto list = stage.house->claims().bans->list();
        EXPECT_EQ(list.size(), 1U);
        return list.empty() ? 0 : list.front().id;
    }

    Stage stage;
    std::string token;
};

TEST_F(BansTest, ThePlayerIsToldTheSeatIsFreeAndTheJournalSaysWhy) {
    const auto decision = ban();
    ASSERT_FALSE(decision.refusal);
    EXPECT_EQ(the<Unseated>(decision).connection, 1U);
    EXPECT_EQ(the<Unseated>(decision).reason, Refusal::device_banned);
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::vacant);
    EXPECT_EQ(stage.disk.journal.back().what, "released");
    EXPECT_EQ(stage.disk.journal.back().reason, "device_banned");
    EXPECT_EQ(the<ClaimsChanged>(decision).claims.bans->size(), 1U);
    EXPECT_FALSE(stage.run(command(5, JoinTeam{"Foxes"}, "somebody else")).refusal);
}

TEST_F(BansTest, TheDeviceGetsNoSeatByAnyWay) {
    stage.lose(2);
    const auto code_of_partner = [&] {
        stage.run(command(3, JoinTeam{"Foxes"}, "partner"));
        return the<MoveOffered>(stage.run(command(3, OfferMove{}, "partner"))).code;
    }();
    ban();
    for (const CommandBody& body :
         {CommandBody{CreateTeam{"Owls"}}, CommandBody{JoinTeam{"Foxes"}},
          CommandBody{ReactivateTeam{"Foxes"}}, CommandBody{ReconnectWithToken{token}},
          CommandBody{MoveHere{code_of_partner}}, CommandBody{AskForSeat{"Foxes", 2, "Ann", "a"}}}) {
        const auto asked = stage.run(command(9, body, "rude phone"));
        EXPECT_EQ(asked.refusal, Refusal::device_banned) << body.index();
        EXPECT_TRUE(asked.changes.empty()) << body.index();
        EXPECT_EQ(stage.down(command(9, body, "rude phone")).refusal, Refusal::device_banned) << body.index();
    }
    EXPECT_FALSE(stage.run(command(9, ListReconnectable{}, "rude phone")).refusal) << "looking is free";
    EXPECT_FALSE(stage.run(command(8, MoveHere{code_of_partner}, "another phone")).refusal);
}

TEST_F(BansTest, EverySeatOfTheDeviceIsFreedAndNobodyElses) {
    stage.create(3, "Owls", "rude phone");
    stage.create(4, "Bears", "rude phone");
    stage.lose(4);
    stage.create(5, "Wolves", "honest phone");
    const auto decision = ban();
    EXPECT_EQ(all<Unseated>(decision).size(), 2U) << "one of the three is away";
    for (const TeamId team : {1U, 2U, 3U})
        EXPECT_EQ(stage.seat(team, 1).state, SeatState::vacant) << team;
    EXPECT_FALSE(stage.disk.team(2)->active);
    EXPECT_EQ(stage.seat(4, 1).state, SeatState::connected);
    EXPECT_EQ(stage.seat(1, 2).state, SeatState::connected);
}

TEST_F(BansTest, ARequestOfTheDeviceEndsWithIt) {
    stage.lose(2);
    stage.run(command(7, AskForSeat{"Foxes", 2, "Eve", "a"}, "rude phone"));
    const auto told = the<RequestOver>(ban());
    EXPECT_EQ(told.connection, 7U);
    EXPECT_EQ(told.reason, Refusal::device_banned);
    EXPECT_TRUE(stage.house->claims().requests->empty());
}

TEST_F(BansTest, AnotherDeviceWithTheTokenHearsThatTheSeatWasFreed) {
    ban();
    EXPECT_EQ(stage.resume(9, token, "other phone").refusal, Refusal::seat_released);
}

TEST_F(BansTest, WhoClearsTheCookiesIsANewDevice) {
    ban();
    EXPECT_FALSE(stage.run(command(9, JoinTeam{"Foxes"}, "rude phone without its cookie")).refusal);
}

TEST_F(BansTest, ItLastsOverRestartsUntilItIsLifted) {
    ban();
    stage.restart();
    EXPECT_EQ(stage.run(command(9, CreateTeam{"Owls"}, "rude phone")).refusal, Refusal::device_banned);
    const auto lifted = stage.run(host(LiftBan{only_ban()}));
    EXPECT_FALSE(lifted.refusal);
    EXPECT_EQ(stage.disk.journal.back().what, "ban_lifted");
    EXPECT_FALSE(stage.run(command(9, CreateTeam{"Owls"}, "rude phone")).refusal);
    EXPECT_EQ(stage.run(host(LiftBan{77})).refusal, Refusal::ban_unknown);
    stage.restart();
    EXPECT_TRUE(stage.house->claims().bans->empty());
}

TEST_F(BansTest, OnlyTheHostBansAndOnlyWhoIsThere) {
    EXPECT_EQ(stage.run(command(2, BanDevice{1, 1}, "partner")).refusal, Refusal::not_host);
    EXPECT_EQ(stage.run(command(2, LiftBan{1}, "partner")).refusal, Refusal::not_host);
    EXPECT_EQ(stage.run(host(BanDevice{9, 1})).refusal, Refusal::team_unknown);
    EXPECT_EQ(stage.run(host(BanDevice{1, 3})).refusal, Refusal::bad_request);
    stage.lose(2);
    stage.run(host(ReleaseSeat{1, 2}));
    EXPECT_EQ(stage.run(host(BanDevice{1, 2})).refusal, Refusal::seat_vacant) << "nobody is there";
    stage.join(6, "Foxes");
    EXPECT_EQ(stage.run(host(BanDevice{1, 2})).refusal, Refusal::bad_request)
        << "a device that is not known would be every such device";
    EXPECT_EQ(stage.seat(1, 2).state, SeatState::connected);
}

TEST_F(BansTest, WhatTheDiskRefusedIsNoBan) {
    const auto before = stage.house->snapshot();
    stage.ahead(host(BanDevice{1, 1}));
    EXPECT_EQ(stage.ahead(command(9, CreateTeam{"Owls"}, "rude phone")).refusal, Refusal::device_banned);
    stage.fail_commit();
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.house->seat_of(1).second, 1);
    EXPECT_FALSE(stage.run(command(9, CreateTeam{"Owls"}, "rude phone")).refusal);
    ban();
    stage.ahead(host(LiftBan{only_ban()}));
    stage.fail_commit();
    EXPECT_EQ(stage.run(command(8, CreateTeam{"Bears"}, "rude phone")).refusal, Refusal::device_banned);
}

TEST_F(BansTest, WithTheStoreDownNobodyIsBannedAndNoBanLifted) {
    EXPECT_EQ(stage.down(host(BanDevice{1, 1})).refusal, Refusal::store_unavailable);
    ban();
    EXPECT_EQ(stage.down(host(LiftBan{only_ban()})).refusal, Refusal::store_unavailable);
}

TEST_F(BansTest, TheSameOperationAgainHasNoSecondEffect) {
    ban("op-1");
    stage.run(host(LiftBan{only_ban()}));
    stage.join(4, "Foxes", "rude phone");
    EXPECT_FALSE(ban("op-1").refusal);
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::connected) << "that was another time";
}

TEST_F(BansTest, AreLimited) {
    for (std::size_t count = 0; count < limits::bans; ++count) {
        const auto name = std::to_string(count);
        stage.create(100 + count, "Team " + name, "phone " + name);
        ASSERT_FALSE(stage.run(host(BanDevice{2 + count, 1})).refusal);
    }
    EXPECT_EQ(ban().refusal, Refusal::too_many_bans);
    EXPECT_EQ(stage.seat(1, 1).state, SeatState::connected);
}

}  // namespace
}  // namespace holdfast::seats
