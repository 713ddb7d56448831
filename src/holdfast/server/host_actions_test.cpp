#include "holdfast/server/host_actions.hpp"

#include <gmock/gmock.h>

#include "holdfast/server/desk_test_support.hpp"

namespace holdfast::server {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Otters: 1 and 2. Badgers: 3 alone.
class HostActionsTest : public DeskTest {
  protected:
    void SetUp() override {
        seat_two();
        run(3, seats::CreateTeam{"Badgers"}, "phone of a badger");
    }
    json::object host(seats::CommandBody body, const std::string& op = "") {
        return run(seats::host(std::move(body), op));
    }
    void expect_counts(const std::map<std::string, int>& counts) {
        for (const auto name : host_action_names) {
            const auto found = counts.find(std::string(name));
            const int count = found == counts.end() ? 0 : found->second;
            EXPECT_THAT(metrics.text(), HasSubstr("holdfast_host_actions_total{what=\"" + std::string(name) +
                                                  "\"} " + std::to_string(count) + "\n"));
        }
    }
};

TEST_F(HostActionsTest, AreThereAsZeroBeforeAHostDoesAnything) {
    expect_counts({});
}

TEST_F(HostActionsTest, AreCountedEachByItsName) {
    host(seats::StartGame{});
    host(seats::PauseGame{});
    host(seats::PauseGame{});
    host(seats::PauseGame{});
    host(seats::RestartGame{});
    host(seats::ToggleGameMode{});
    host(seats::SetGrace{Milliseconds{600'000}});
    host(seats::ReserveSeat{"Guests", 0, "Ann"});
    host(seats::WithdrawReservation{3, 1});
    run(1, seats::ConnectionLost{});
    host(seats::ExtendHold{1, 1, Milliseconds{60'000}});
    for (const auto& name : {"Ann", "Bob"}) {
        run(7, seats::AskForSeat{"Otters", 1, name, "192.0.2.7"}, std::string("phone of ") + name);
        const auto request = house.claims().requests->open().front().id;
        if (name == std::string("Ann")) host(seats::RefuseRequest{request});
        if (name == std::string("Bob")) host(seats::ApproveRequest{request});
    }
    host(seats::MovePlayer{1, 1, 2, 2});
    host(seats::ReleaseSeat{2, 2});
    host(seats::BanDevice{2, 1});
    host(seats::LiftBan{house.claims().bans->list().front().id});
    expect_counts({{"start", 1},
                   {"pause", 2},
                   {"go_on", 1},
                   {"restart", 1},
                   {"mode", 1},
                   {"grace", 1},
                   {"reserve", 1},
                   {"withdraw", 1},
                   {"extend", 1},
                   {"refuse", 1},
                   {"approve", 1},
                   {"move", 1},
                   {"release", 1},
                   {"ban", 1},
                   {"lift", 1}});
}

TEST_F(HostActionsTest, AreNotCountedWhenRefusedRepeatedOrOfNoEffect) {
    EXPECT_EQ(host(seats::ReleaseSeat{2, 2}).at("ok"), false);
    EXPECT_EQ(run(1, seats::ReleaseSeat{2, 1}).at("ok"), false) << "not a host";
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(host(seats::MovePlayer{1, 1, 2, 2}, "move").at("ok"), true);
        EXPECT_EQ(host(seats::ReserveSeat{"Guests", 0, "Ann"}, "reserve").at("ok"), true);
        EXPECT_EQ(host(seats::StartGame{}).at("ok"), true);
    }
    expect_counts({{"move", 1}, {"reserve", 1}, {"start", 1}});
}

}  // namespace
}  // namespace holdfast::server
