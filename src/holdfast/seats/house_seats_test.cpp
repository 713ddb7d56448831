#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"

namespace holdfast::seats {
namespace {

TEST(House, CreatingATeamSeatsItsMakerInSlotOne) {
    Stage stage;
    const auto decision = stage.run(command(1, CreateTeam{"  The  Foxes "}, "ann"));
    const auto seated = the<Seated>(decision);
    EXPECT_EQ(seated.connection, 1U);
    EXPECT_EQ(seated.how, SeatedHow::created);
    EXPECT_FALSE(seated.is_reactivated);
    EXPECT_EQ(seated.slot, 1);
    EXPECT_EQ(seated.team->name, "The Foxes");
    EXPECT_FALSE(seated.token.empty());
    EXPECT_EQ(seated.token_expires_in_seconds, 3600);
    EXPECT_EQ(seated.team->seats[0].state, SeatState::connected);
    EXPECT_EQ(seated.team->seats[1].state, SeatState::vacant);
    EXPECT_EQ(the<TeamChanged>(decision).team, seated.team);
    EXPECT_EQ(stage.house->seat_of(1), (std::pair<TeamId, Slot>{seated.team->id, 1}));
    EXPECT_EQ(stage.house->team_ids(), std::vector<TeamId>{seated.team->id});
}

TEST(House, ATeamsNameIsTakenInAnyCase) {
    Stage stage;
    stage.create(1, "Foxes");
    EXPECT_EQ(stage.run(command(2, CreateTeam{" FOXES "})).refusal, Refusal::name_in_use);
    EXPECT_EQ(stage.run(command(2, CreateTeam{"\u200B"})).refusal, Refusal::bad_name);
    EXPECT_EQ(stage.run(command(2, JoinTeam{"Wolves"})).refusal, Refusal::team_unknown);
    EXPECT_EQ(stage.join(2, "fOXES").slot, 2);
}

TEST(House, SomebodySeatedCannotTakeAnotherSeat) {
    Stage stage;
    stage.create(1, "Foxes");
    stage.create(2, "Wolves");
    EXPECT_EQ(stage.run(command(1, CreateTeam{"Bears"})).refusal, Refusal::already_seated);
    EXPECT_EQ(stage.run(command(1, JoinTeam{"Wolves"})).refusal, Refusal::already_seated);
    EXPECT_EQ(stage.run(command(1, JoinTeam{"Foxes"})).refusal, Refusal::already_seated);
    EXPECT_EQ(stage.run(command(1, ReactivateTeam{"Foxes"})).refusal, Refusal::already_seated);
}

TEST(House, AFullTeamIsFullAndSoIsOneWithAHeldSeat) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    EXPECT_EQ(stage.run(command(3, JoinTeam{"Foxes"}, "eve")).refusal, Refusal::team_full);
    stage.lose(2);
    EXPECT_EQ(stage.run(command(3, JoinTeam{"Foxes"}, "eve")).refusal, Refusal::team_full);
    EXPECT_EQ(stage.run(command(3, JoinTeam{"Foxes"})).refusal, Refusal::team_full);
}

TEST(House, ALostConnectionNeverFreesASeat) {
    Stage stage;
    const auto team = stage.create(1, "Foxes", "ann").team->id;
    stage.join(2, "Foxes", "bob");
    const auto decision = stage.run(command(2, ConnectionLost{AwayCause::closed_page}));
    EXPECT_EQ(stage.seat(team, 2).state, SeatState::away);
    EXPECT_EQ(stage.seat(team, 2).away_cause, AwayCause::closed_page);
    const auto view = stage.view(team);
    EXPECT_EQ(view->seats[1].held_for_milliseconds, 3'600'000);
    EXPECT_EQ(view->seats[1].connection, 0U);
    EXPECT_FALSE(view->has_vacant_seat());
    const auto gone = the<PartnerGone>(decision);
    EXPECT_EQ(gone.slot, 2);
    EXPECT_FALSE(gone.for_good);
    EXPECT_EQ(stage.disk.journal.back().what, "away");
    EXPECT_EQ(stage.disk.journal.back().reason, "closed_page");
}

TEST(House, TheSameDeviceComesBackToItsAwaySeatByJoining) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    stage.join(2, "Foxes", "bob");
    stage.lose(1);
    const auto back = stage.join(3, "Foxes", "ann");
    EXPECT_EQ(back.how, SeatedHow::resumed);
    EXPECT_EQ(back.way, ResumeWay::device);
    EXPECT_EQ(back.away_cause, AwayCause::connection_lost);
    EXPECT_EQ(back.slot, 1);
    EXPECT_GT(back.team->seats[0].epoch, first.team->seats[0].epoch);
    EXPECT_NE(back.token, first.token);
}

TEST(House, AnUnknownDeviceNeverMatchesAnotherUnknownDevice) {
    Stage stage;
    stage.create(1, "Foxes");
    stage.join(2, "Foxes");
    stage.lose(1);
    EXPECT_EQ(stage.run(command(3, JoinTeam{"Foxes"})).refusal, Refusal::team_full);
}

TEST(House, ASecondTabOfAConnectedPlayerTakesAVacantSeatLikeAnybody) {
    Stage stage;
    stage.create(1, "Foxes", "ann");
    EXPECT_EQ(stage.join(2, "Foxes", "ann").slot, 2);
    EXPECT_EQ(stage.run(command(3, JoinTeam{"Foxes"}, "ann")).refusal, Refusal::team_full);
}

TEST(House, LeavingFreesTheSeatForGood) {
    Stage stage;
    const auto team = stage.create(1, "Foxes", "ann").team->id;
    const auto token = stage.join(2, "Foxes", "bob").token;
    const auto decision = stage.run(command(2, LeaveTeam{}));
    const auto unseated = the<Unseated>(decision);
    EXPECT_EQ(unseated.connection, 2U);
    EXPECT_FALSE(unseated.reason);
    EXPECT_TRUE(the<PartnerGone>(decision).for_good);
    EXPECT_EQ(stage.seat(team, 2).state, SeatState::vacant);
    EXPECT_EQ(stage.seat(team, 2).device, DeviceId{});
    EXPECT_EQ(stage.resume(2, token).refusal, Refusal::token_retired);
    EXPECT_EQ(stage.run(command(2, LeaveTeam{})).refusal, Refusal::not_seated);
    EXPECT_EQ(stage.join(3, "Foxes").slot, 2);
}

TEST(House, ATeamNobodyIsInIsDissolvedAndCanBeBroughtBack) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    stage.run(command(1, LeaveTeam{}));
    EXPECT_FALSE(stage.disk.team(team)->active);
    EXPECT_EQ(stage.run(command(2, JoinTeam{"Foxes"})).refusal, Refusal::team_dissolved);
    const auto back = the<Seated>(stage.run(command(2, ReactivateTeam{"foxes"})));
    EXPECT_EQ(back.how, SeatedHow::reactivated);
    EXPECT_TRUE(back.is_reactivated);
    EXPECT_EQ(back.team->id, team);
    EXPECT_EQ(back.slot, 1);
    EXPECT_EQ(stage.run(command(3, ReactivateTeam{"foxes"})).refusal, Refusal::team_active);
    EXPECT_EQ(stage.run(command(3, ReactivateTeam{"wolves"})).refusal, Refusal::team_unknown);
}

TEST(House, CreatingADissolvedTeamBringsItBack) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    stage.run(command(1, LeaveTeam{}));
    const auto back = stage.create(2, "FOXES");
    EXPECT_EQ(back.how, SeatedHow::created);
    EXPECT_TRUE(back.is_reactivated);
    EXPECT_EQ(back.team->id, team);
    EXPECT_EQ(back.team->name, "Foxes");
    EXPECT_EQ(stage.house->team_count(), 1U);
}

TEST(House, ATeamWithSomebodyAwayIsNotDissolved) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    stage.join(2, "Foxes");
    stage.lose(1);
    stage.run(command(2, LeaveTeam{}));
    EXPECT_TRUE(stage.disk.team(team)->active);
}

TEST(House, TheHostReleasesASeatAndItsPlayerIsTold) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    const auto token = stage.join(2, "Foxes").token;
    const auto decision = stage.run(host(ReleaseSeat{team, 2}));
    EXPECT_EQ(the<Unseated>(decision).connection, 2U);
    EXPECT_EQ(the<Unseated>(decision).reason, Refusal::seat_released);
    EXPECT_EQ(stage.resume(2, token).refusal, Refusal::seat_released);
    EXPECT_EQ(stage.disk.journal.back().what, "token_refused");
    EXPECT_EQ(stage.disk.journal.back().reason, "seat_released");
    // Taken by somebody else since, it is a retired token like any other.
    stage.join(3, "Foxes");
    EXPECT_EQ(stage.resume(2, token).refusal, Refusal::token_retired);
}

TEST(House, AnOldTokenShownAgainAndAgainPushesNothingOutOfTheJournal) {
    Stage stage;
    const auto token = stage.create(1, "Foxes").token;
    stage.run(command(1, LeaveTeam{}));
    const auto noted = [&] {
        return std::count_if(stage.disk.journal.begin(), stage.disk.journal.end(),
                             [](const JournalRecord& entry) { return entry.what == "token_refused"; });
    };
    for (int time = 0; time < 20; ++time)
        EXPECT_EQ(stage.resume(2, token).refusal, Refusal::token_retired);
    EXPECT_EQ(noted(), 1);
    stage.wait(Milliseconds{61'000});
    stage.resume(2, token);
    EXPECT_EQ(noted(), 2);
}

TEST(House, ThereIsNothingToReleaseInAVacantSeat) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    EXPECT_EQ(stage.run(host(ReleaseSeat{team, 2})).refusal, Refusal::seat_vacant);
    EXPECT_EQ(stage.run(host(ReleaseSeat{team, 0})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(host(ReleaseSeat{team, 9})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(host(ReleaseSeat{team + 1, 1})).refusal, Refusal::team_unknown);
}

TEST(House, HostCommandsOfSomebodyElseChangeNothing) {
    Stage stage;
    const auto team = stage.create(1, "Foxes").team->id;
    const auto before = stage.house->snapshot();
    for (const CommandBody& body : std::vector<CommandBody>{StartGame{}, PauseGame{}, RestartGame{},
                                                            ToggleGameMode{}, ReleaseSeat{team, 1}}) {
        const auto decision = stage.run(command(1, body, "ann", "an-op"));
        EXPECT_EQ(decision.refusal, Refusal::not_host);
        EXPECT_TRUE(decision.changes.empty());
        EXPECT_TRUE(decision.effects.empty());
    }
    EXPECT_EQ(stage.house->snapshot(), before);
}

TEST(House, ATakenOverConnectionHearsSoAndMayJoinAgain) {
    Stage stage;
    const auto token = stage.create(1, "Foxes", "ann").token;
    const auto decision = stage.resume(2, token, "ann");
    EXPECT_EQ(the<TakenOver>(decision).connection, 1U);
    EXPECT_EQ(the<Seated>(decision).connection, 2U);
    EXPECT_EQ(stage.run(command(1, LeaveTeam{})).refusal, Refusal::taken_over);
    EXPECT_EQ(stage.run(command(1, SubmitAnswer{1, 'A', true})).refusal, Refusal::taken_over);
    EXPECT_EQ(stage.join(1, "Foxes", "ann").slot, 2);
    EXPECT_EQ(stage.run(command(3, LeaveTeam{})).refusal, Refusal::not_seated);
}

TEST(House, ALateCloseOfAnOlderConnectionCannotTouchTheSeat) {
    Stage stage;
    const auto first = stage.create(1, "Foxes");
    stage.resume(2, first.token);
    const auto late = stage.run(command(1, ConnectionLost{}));
    EXPECT_FALSE(late.refusal);
    EXPECT_TRUE(late.changes.empty());
    EXPECT_EQ(stage.seat(first.team->id, 1).state, SeatState::connected);
    EXPECT_EQ(stage.house->seat_of(2).second, 1);
}

TEST(House, TeamsMayHaveOneToEightSeats) {
    for (int size = 1; size <= limits::seats_per_team_most; ++size) {
        HouseSettings settings;
        settings.seats_per_team = size;
        Stage stage(settings);
        const auto team = stage.create(1, "Foxes").team;
        ASSERT_EQ(team->seats.size(), static_cast<std::size_t>(size));
        for (int slot = 2; slot <= size; ++slot)
            EXPECT_EQ(stage.join(static_cast<ConnectionId>(slot), "Foxes").slot, slot);
        EXPECT_EQ(stage.run(command(100, JoinTeam{"Foxes"})).refusal, Refusal::team_full);
        EXPECT_TRUE(stage.view(team->id)->everybody_connected());
    }
}

TEST(House, ThereIsALimitOnTeams) {
    HouseSettings settings;
    settings.most_teams = 2;
    Stage stage(settings);
    stage.create(1, "Foxes");
    stage.create(2, "Wolves");
    EXPECT_EQ(stage.run(command(3, CreateTeam{"Bears"})).refusal, Refusal::too_many_teams);
    stage.run(command(1, LeaveTeam{}));
    EXPECT_TRUE(stage.create(3, "Foxes").is_reactivated) << "a dissolved one needs no new room";
}

TEST(House, EverySeatChangeIsInTheJournal) {
    Stage stage;
    const auto first = stage.create(1, "Foxes", "ann");
    stage.lose(1);
    stage.join(2, "Foxes", "ann");
    stage.resume(3, first.token, "ann");
    stage.run(host(ReleaseSeat{first.team->id, 1}));
    std::vector<std::string> entries;
    std::uint64_t epoch = 0;
    for (const auto& entry : stage.disk.journal) {
        EXPECT_EQ(entry.team, first.team->id);
        EXPECT_EQ(entry.slot, 1);
        EXPECT_GE(entry.epoch, epoch);
        epoch = entry.epoch;
        entries.push_back(entry.what + "/" + entry.reason);
    }
    EXPECT_EQ(entries,
              (std::vector<std::string>{"joined/create_team", "away/connection_lost", "resumed/device",
                                        "taken_over/previous_token", "released/host"}));
}

TEST(House, AnIntroductionTellsTheStateOfPlay) {
    Stage stage;
    stage.run(host(StartGame{}));
    stage.run(host(ToggleGameMode{}));
    const auto introduced = the<Introduced>(stage.run(command(5, Introduce{})));
    EXPECT_EQ(introduced.connection, 5U);
    EXPECT_TRUE(introduced.game.started);
    EXPECT_EQ(introduced.game.mode, GameMode::classic);
}

TEST(House, GivesEachDecisionItsCommandsTicketAndTheNextNumber) {
    Stage stage;
    auto asked = command(1, CreateTeam{"Foxes"});
    asked.ticket = 77;
    const auto first = stage.run(asked);
    const auto second = stage.run(command(2, CreateTeam{"foxes"}));
    EXPECT_EQ(first.ticket, 77U);
    EXPECT_EQ(first.kind, CommandKind::create_team);
    EXPECT_EQ(second.sequence, first.sequence + 1);
    EXPECT_EQ(second.ticket, 0U);
    EXPECT_EQ(second.connection, 2U);
}

TEST(House, ACommandOfNobodySeatsNobody) {
    Stage stage;
    EXPECT_EQ(stage.run(command(0, CreateTeam{"Foxes"})).refusal, Refusal::bad_request);
    EXPECT_EQ(stage.run(command(0, LeaveTeam{})).refusal, Refusal::not_seated);
    EXPECT_EQ(stage.house->view(1, stage.now()), nullptr);
}

}  // namespace
}  // namespace holdfast::seats
