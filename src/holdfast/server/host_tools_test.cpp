// What the host does with seats: who hears of it, in which words.
#include <gmock/gmock.h>

#include "holdfast/server/desk_test_support.hpp"
#include "holdfast/server/host_words.hpp"

namespace holdfast::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Otters: 1 and 2. Badgers: 3 alone.
class HostToolsTest : public DeskTest {
  protected:
    void SetUp() override {
        seat_two();
        run(3, seats::CreateTeam{"Badgers"});
    }
    std::string notice(ConnectionId connection) {
        const auto last = post.last(connection, "host_notice");
        return last.is_null() ? std::string() : std::string(last.at("message").as_string());
    }
    json::object host(seats::CommandBody body, const std::string& op = "") {
        return run(seats::host(std::move(body), op));
    }
};

TEST_F(HostToolsTest, AReleaseIsToldToThePlayerThePartnerAndTheHost) {
    const auto ack = host(seats::ReleaseSeat{1, 1});
    EXPECT_EQ(ack.at("event"), "host_acted");
    EXPECT_EQ(ack.at("what"), "released");
    EXPECT_EQ(ack.at("message"), "You have freed seat 1 of the team Otters.");
    EXPECT_EQ(post.last(1, "error").at("code"), "seat_released");
    EXPECT_EQ(post.last(2, "player_left").at("message"), "The host has freed the seat of Player 1.");
    EXPECT_EQ(notice(2), "The host has freed seat 1 of your team.");
    EXPECT_EQ(notice(3), "");
}

TEST_F(HostToolsTest, WhoIsMovedGetsTheSeatTheTokenTheRoundAndTheReason) {
    run(3, seats::ConfirmToken{token_of(3)});
    host(seats::StartGame{});
    const auto before = post.told[1].size();
    const auto ack = host(seats::MovePlayer{1, 1, 2, 0});
    EXPECT_EQ(ack.at("message"),
              "You have moved the player of seat 1 of the team Otters to seat 2 of the team Badgers.");
    EXPECT_EQ(ack.at("team_id"), 2);
    EXPECT_EQ(ack.at("player_slot"), 2);
    EXPECT_EQ(ack.at("from_team_id"), 1);
    const auto& told = post.told[1];
    std::vector<std::string> events;
    for (std::size_t index = before; index < told.size(); ++index)
        events.push_back(told[index].event);
    EXPECT_THAT(events, ElementsAre("team_joined", "reconnection_token", "team_status_update", "host_notice",
                                    "new_question"));
    EXPECT_EQ(post.last(1, "team_joined").at("is_reconnection"), true);
    EXPECT_EQ(post.last(1, "team_joined").at("team_name"), "Badgers");
    EXPECT_EQ(notice(1), "The host has moved you to seat 2 of the team Badgers.");
    EXPECT_TRUE(post.seated[1]);
}

TEST_F(HostToolsTest, OldAndNewPartnersOfAMovedPlayerAreTold) {
    host(seats::MovePlayer{1, 1, 2, 2});
    EXPECT_EQ(post.last(2, "player_left").at("message"), "The host has moved Player 1 to another team.");
    EXPECT_EQ(post.last(2, "player_left").at("for_good"), true);
    EXPECT_EQ(notice(2), "The host has moved Player 1 to another team.");
    EXPECT_EQ(post.last(2, "team_status_update").at("status"), "waiting_pair");
    EXPECT_EQ(notice(3), "The host has moved somebody into seat 2 of your team.");
    EXPECT_EQ(post.last(3, "team_status_update").at("status"), "full");
}

TEST_F(HostToolsTest, WhoWasAwayHearsOfTheMoveWhenTheyAreBack) {
    const auto token = token_of(1);
    run(1, seats::ConnectionLost{});
    host(seats::MovePlayer{1, 1, 2, 2});
    run(4, seats::ReconnectWithToken{token});
    EXPECT_EQ(notice(4), "While you were away, the host moved you to seat 2 of the team Badgers.");
    EXPECT_EQ(post.last(4, "team_joined").at("message"), json::value(notice(4)));
    EXPECT_EQ(post.last(4, "team_joined").at("player_slot"), 2);
    EXPECT_THAT(notice(4), Not(HasSubstr("token"))) << "old clients would forget theirs";
}

TEST_F(HostToolsTest, ALongerHoldIsShownToThePartnersAndInTheList) {
    run(1, seats::ConnectionLost{});
    const auto updates = [this] {
        const auto events = post.events(2);
        return std::count(events.begin(), events.end(), "team_status_update");
    };
    const auto before = updates();
    const auto ack = host(seats::ExtendHold{1, 1, Milliseconds{1'800'000}}, "op");
    EXPECT_EQ(ack.at("message"), "Now seat 1 of the team Otters is held for 90 minutes more.");
    EXPECT_EQ(ack.at("held_for_seconds"), 5'400);
    EXPECT_EQ(notice(2), "The host holds seat 1 of your team for longer: 90 minutes more.");
    EXPECT_EQ(updates(), before + 1);
    const auto seats = post.last(2, "team_status_update").at("seats");
    EXPECT_EQ(seats.at(0).at("held_for_seconds"), 5'400);
    const auto board_text = board.dashboard(true, clock.now());
    EXPECT_THAT(board_text, HasSubstr("\"held_for_seconds\":5400"));
    const auto told = post.told[2].size();
    EXPECT_EQ(host(seats::ExtendHold{1, 1, Milliseconds{1'800'000}}, "op").at("message"), ack.at("message"));
    EXPECT_EQ(post.told[2].size(), told) << "the same again is news for nobody";
}

TEST_F(HostToolsTest, TheGraceIsToldToEverybodyAndToWhoComesLater) {
    const auto ack = host(seats::SetGrace{Milliseconds{600'000}});
    EXPECT_EQ(ack.at("grace_seconds"), 600);
    EXPECT_EQ(ack.at("message"),
              "The host has set that a seat is held for 10 minutes when its player is away.");
    const auto& told = post.rooms[Room::everybody].back();
    EXPECT_EQ(told.event, "game_grace_changed");
    EXPECT_EQ(told.data.at("grace_seconds"), 600);
    EXPECT_EQ(told.data.at("message"),
              "The host has set that a seat is held for 10 minutes when its player is away.");
    run(9, seats::Introduce{});
    EXPECT_EQ(post.last(9, "connection_established").at("grace_seconds"), 600);
    const auto board_text = board.dashboard(true, clock.now());
    EXPECT_THAT(board_text, HasSubstr("\"grace_seconds\":600"));
    EXPECT_THAT(board_text, HasSubstr("\"configured_grace_seconds\":3600"));
}

TEST_F(HostToolsTest, ARefusedDeedTellsNobodyElse) {
    const auto before = std::pair(post.told[1].size(), post.told[2].size());
    const auto ack = host(seats::MovePlayer{1, 1, 1, 2});
    EXPECT_EQ(ack.at("code"), "seat_taken");
    EXPECT_EQ(before, std::pair(post.told[1].size(), post.told[2].size()));
}

TEST(HostWords, SayTimesAsPeopleDo) {
    EXPECT_EQ(wire::in_words(1), "1 second");
    EXPECT_EQ(wire::in_words(90), "90 seconds");
    EXPECT_EQ(wire::in_words(600), "10 minutes");
    EXPECT_EQ(wire::in_words(5'400), "90 minutes");
    EXPECT_EQ(wire::in_words(7'200), "2 hours");
    EXPECT_EQ(wire::in_words(86'400), "24 hours");
    EXPECT_EQ(wire::in_words(9'060), "2 hours 31 minutes");
}

}  // namespace
}  // namespace holdfast::server
