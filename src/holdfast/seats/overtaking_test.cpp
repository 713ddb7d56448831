// A reload, a second tab and another device told apart, and pages that stand back from a seat another tab
// has.
#include "holdfast/seats/overtaking.hpp"

#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

constexpr PageName first_page{7, 1};
constexpr PageName loaded_anew{7, 2};
constexpr PageName other_tab{8, 3};
constexpr PageName not_named{};

Command from_page(PageName page, ConnectionId connection, CommandBody body, std::string_view device = "ann") {
    auto asked = command(connection, std::move(body), device);
    asked.page = page;
    return asked;
}

/// A player whose page is `first_page` sits over connection 1; the partner over connection 2.
class Overtaken : public testing::Test {
  protected:
    Overtaken() {
        const auto seated = the<Seated>(stage.run(from_page(first_page, 1, CreateTeam{"Foxes"})));
        team = seated.team->id;
        token = seated.token;
        stage.join(2, "Foxes", "bob");
    }
    Decision comes(PageName page, std::string_view device = "ann", bool stands_back = false) {
        return stage.run(from_page(page, 3, ReconnectWithToken{token, AwayCause::none, stands_back}, device));
    }
    [[nodiscard]] std::string last_entry() const {
        const auto& entry = stage.disk.journal.back();
        return entry.what + "/" + entry.reason;
    }

    Stage stage;
    TeamId team = 0;
    std::string token;
};

TEST(Overtaking, IsToldByTheTabThenByThePageThenByTheDevice) {
    const auto ann = device_named("ann");
    const auto other = device_named("another phone");
    EXPECT_EQ(overtaking_of(first_page, ann, first_page, ann), Overtaking::new_connection);
    EXPECT_EQ(overtaking_of(first_page, ann, loaded_anew, ann), Overtaking::reload);
    EXPECT_EQ(overtaking_of(first_page, ann, other_tab, ann), Overtaking::second_tab);
    EXPECT_EQ(overtaking_of(first_page, ann, other_tab, other), Overtaking::other_device);
    EXPECT_EQ(overtaking_of(first_page, ann, first_page, other), Overtaking::new_connection)
        << "a browser without cookies is another device with every connection";
    EXPECT_EQ(overtaking_of(first_page, ann, other_tab, {}), Overtaking::unknown);
    EXPECT_EQ(overtaking_of(first_page, {}, other_tab, {}), Overtaking::unknown);
    for (const auto& device : {ann, other, DeviceId{}}) {
        EXPECT_EQ(overtaking_of(not_named, ann, first_page, device), Overtaking::unknown);
        EXPECT_EQ(overtaking_of(first_page, ann, not_named, device), Overtaking::unknown);
        EXPECT_EQ(overtaking_of(not_named, ann, not_named, device), Overtaking::unknown);
    }
}

TEST_F(Overtaken, AReloadWhoseOldConnectionIsNotKnownToBeClosedIsNoTakeOver) {
    const auto decision = comes(loaded_anew);
    EXPECT_EQ(the<TakenOver>(decision).by, Overtaking::reload);
    EXPECT_EQ(the<Seated>(decision).away_cause, AwayCause::closed_page);
    EXPECT_EQ(last_entry(), "resumed/reload");
    EXPECT_EQ(the<SeatChanged>(decision).what, "resumed");
    EXPECT_EQ(stage.house->seat_of(3), std::pair(team, Slot{1}));
}

TEST_F(Overtaken, APagesOwnNewConnectionIsNoTakeOver) {
    const auto decision = comes(first_page);
    EXPECT_EQ(the<TakenOver>(decision).by, Overtaking::new_connection);
    EXPECT_EQ(the<Seated>(decision).away_cause, AwayCause::connection_lost);
    EXPECT_EQ(last_entry(), "resumed/new_connection");
}

TEST_F(Overtaken, ASecondTabAndAnotherDeviceAreTakeOversAndToldApart) {
    const auto second = comes(other_tab);
    EXPECT_EQ(the<TakenOver>(second).connection, 1U);
    EXPECT_EQ(the<TakenOver>(second).by, Overtaking::second_tab);
    EXPECT_EQ(the<Seated>(second).away_cause, AwayCause::none);
    EXPECT_EQ(last_entry(), "taken_over/second_tab");
    const auto third = stage.run(from_page({99, 99}, 4, ReconnectWithToken{token}, "the laptop"));
    EXPECT_EQ(the<TakenOver>(third).connection, 3U);
    EXPECT_EQ(the<TakenOver>(third).by, Overtaking::other_device);
    EXPECT_EQ(last_entry(), "taken_over/other_device");
}

TEST_F(Overtaken, ClientsThatNameNoTabAreAsBeforeTheNewestWins) {
    const auto decision = comes(not_named);
    EXPECT_EQ(the<TakenOver>(decision).by, Overtaking::unknown);
    EXPECT_EQ(last_entry(), "taken_over/token");
    EXPECT_EQ(stage.house->seat_of(3), std::pair(team, Slot{1}));
}

TEST_F(Overtaken, APageThatComesBackByItselfStandsBackFromAnotherTabThatLives) {
    const auto before = stage.house->snapshot();
    const auto journal_before = stage.disk.journal.size();
    const auto decision = comes(other_tab, "ann", true);
    EXPECT_EQ(decision.refusal, Refusal::taken_over);
    EXPECT_EQ(the<TakenOver>(decision).connection, 3U) << "the one that stands back, not the one that plays";
    EXPECT_EQ(the<TakenOver>(decision).by, Overtaking::second_tab);
    EXPECT_TRUE(decision.changes.empty());
    EXPECT_EQ(stage.house->snapshot(), before);
    EXPECT_EQ(stage.disk.journal.size(), journal_before);
    EXPECT_EQ(stage.house->seat_of(1), std::pair(team, Slot{1}));
    EXPECT_FALSE(stage.run(command(1, ConfirmToken{token})).refusal) << "the other tab notices nothing";

    EXPECT_FALSE(comes(other_tab).refusal) << "its player's button takes the seat all the same";
    EXPECT_EQ(stage.house->seat_of(3), std::pair(team, Slot{1}));
}

TEST_F(Overtaken, ItStandsBackFromAnotherDeviceAndFromAClientThatNamesNoTab) {
    EXPECT_EQ(the<TakenOver>(comes(other_tab, "the laptop", true)).by, Overtaking::other_device);
    ASSERT_FALSE(comes(not_named).refusal);
    const auto back = stage.run(from_page(first_page, 4, ReconnectWithToken{token, AwayCause::none, true}));
    EXPECT_EQ(back.refusal, Refusal::taken_over);
    EXPECT_EQ(the<TakenOver>(back).by, Overtaking::unknown);
}

TEST_F(Overtaken, ItNeverStandsBackFromItsOwnOlderConnection) {
    EXPECT_FALSE(comes(first_page, "ann", true).refusal);
    const auto reload =
        stage.run(from_page(loaded_anew, 4, ReconnectWithToken{token, AwayCause::none, true}));
    EXPECT_FALSE(reload.refusal);
    EXPECT_EQ(stage.house->seat_of(4), std::pair(team, Slot{1}));
    EXPECT_FALSE(
        stage.run(from_page(loaded_anew, 4, ReconnectWithToken{token, AwayCause::none, true})).refusal)
        << "nor from itself";
}

TEST_F(Overtaken, ItStandsBackFromNobodyWhenTheOtherTabIsGone) {
    ASSERT_FALSE(comes(other_tab).refusal);
    stage.lose(3);
    const auto back = stage.run(from_page(first_page, 4, ReconnectWithToken{token, AwayCause::none, true}));
    EXPECT_FALSE(back.refusal);
    EXPECT_EQ(stage.house->seat_of(4), std::pair(team, Slot{1}));
    stage.restart();
    EXPECT_FALSE(
        stage.run(from_page(first_page, 5, ReconnectWithToken{token, AwayCause::none, true})).refusal)
        << "nor after a restart, when nobody is there";
}

TEST_F(Overtaken, WithoutTheNameOfItsTabTheNewestWins) {
    EXPECT_FALSE(comes(not_named, "ann", true).refusal)
        << "it could not be told from its own older connection";
}

TEST_F(Overtaken, ATokenThatIsOfNoMoreUseIsRefusedForThat) {
    ASSERT_FALSE(comes(first_page).refusal);
    stage.run(host(ReleaseSeat{team, 1}));
    EXPECT_EQ(stage.run(from_page(other_tab, 4, ReconnectWithToken{token, AwayCause::none, true})).refusal,
              Refusal::seat_released);
}

TEST_F(Overtaken, IsToldApartWithoutTheDiskToo) {
    const auto back = stage.down(from_page(loaded_anew, 3, ReconnectWithToken{token}));
    EXPECT_EQ(the<TakenOver>(back).by, Overtaking::reload);
    EXPECT_EQ(the<Seated>(back).away_cause, AwayCause::closed_page);
    EXPECT_EQ(the<SeatChanged>(back).what, "resumed");
    EXPECT_EQ(the<SeatChanged>(back).reason, "reload");
    const auto other = stage.down(from_page(other_tab, 4, ReconnectWithToken{token, AwayCause::none, true}));
    EXPECT_EQ(other.refusal, Refusal::taken_over);
    // Written down when the disk is back, and still known to be the same tab.
    auto sweep = command(0, SynchroniseWithStore{{2, 3}});
    stage.run(sweep);
    EXPECT_EQ(the<TakenOver>(stage.run(from_page(loaded_anew, 5, ReconnectWithToken{token}))).by,
              Overtaking::new_connection);
}

// However somebody sat down, the seat knows the tab: else it would stand back from itself.
TEST_F(Overtaken, EveryWayToASeatKeepsTheTabInMind) {
    const auto expect_own = [&](const std::string& way, const Seated& seated, PageName page,
                                std::string_view device) {
        const auto back =
            stage.run(from_page(page, 1'000 + seated.connection,
                                ReconnectWithToken{seated.token, AwayCause::none, true}, device));
        EXPECT_FALSE(back.refusal) << way;
        EXPECT_EQ(the<TakenOver>(back).by, Overtaking::new_connection) << way;
    };
    // by a code from the old phone
    const auto code = the<MoveOffered>(stage.run(from_page(first_page, 1, OfferMove{}))).code;
    expect_own("move_seat", the<Seated>(stage.run(from_page({20, 1}, 20, MoveHere{code}, "laptop"))), {20, 1},
               "laptop");
    // because the host said yes
    stage.lose(1'020);
    stage.run(from_page({21, 1}, 21, AskForSeat{"Foxes", 1, "Ann", "192.0.2.1"}, "new phone"));
    const auto request = stage.house->claims().requests->open().front().id;
    expect_own("approve_request", the<Seated>(stage.run(host(ApproveRequest{request}))), {21, 1},
               "new phone");
    // put elsewhere by the host
    const auto wolves = stage.create(22, "Wolves", "carl").team->id;
    expect_own("move_player", the<Seated>(stage.run(host(MovePlayer{team, 1, wolves, 2}))), {21, 1},
               "new phone");
    // where the host kept a seat
    const auto kept = the<SeatReserved>(stage.run(host(ReserveSeat{"Foxes", 1, "Dora"}))).code;
    expect_own("claim_seat", the<Seated>(stage.run(from_page({23, 1}, 23, MoveHere{kept}, "dora"))), {23, 1},
               "dora");
    // by joining, as somebody new and from the device that was away
    stage.run(from_page({23, 1}, 1'023, LeaveTeam{}, "dora"));
    expect_own("join_team", the<Seated>(stage.run(from_page({24, 1}, 24, JoinTeam{"Foxes"}, "emil"))),
               {24, 1}, "emil");
    stage.lose(1'024);
    expect_own("join_team again", the<Seated>(stage.run(from_page({25, 1}, 25, JoinTeam{"Foxes"}, "emil"))),
               {25, 1}, "emil");
}

}  // namespace
}  // namespace holdfast::seats
