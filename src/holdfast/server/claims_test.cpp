// What the one who asks for a seat and the hosts are told of it: the real house, desk and board.
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/server/desk.hpp"

namespace holdfast::server {
namespace {

namespace json = boost::json;
using seats::ConnectionId;

class Post final : public Outbox {
  public:
    void put(Delivery delivery) override {
        delivery.packets.for_each([&](std::string_view packet) { keep(delivery.connection, packet); });
        if (delivery.picture.packet) keep(delivery.connection, delivery.picture.packet->text());
        if (delivery.ticket != 0) acks[delivery.ticket] = json::parse(delivery.ack).as_object();
        if (delivery.seated) seated[delivery.connection] = *delivery.seated;
    }
    void put(Broadcast /*broadcast*/) override {}
    void put(HostPictures pictures) override {
        if (pictures.streaming.kind == Picture::Kind::claims) keep(0, pictures.streaming.packet->text());
    }
    [[nodiscard]] json::object last(ConnectionId connection, const std::string& event) {
        return told[{connection, event}].empty() ? json::object() : told[{connection, event}].back();
    }
    std::map<std::pair<ConnectionId, std::string>, std::vector<json::object>> told;
    std::map<std::uint64_t, json::object> acks;
    std::map<ConnectionId, bool> seated;

  private:
    void keep(ConnectionId connection, std::string_view packet) {
        const auto array = json::parse(std::string(packet.substr(1))).as_array();
        told[{connection, std::string(array.at(0).as_string())}].push_back(array.at(1).as_object());
    }
};

class ClaimsTest : public testing::Test {
  protected:
    void SetUp() override {
        run(seats::command(1, seats::CreateTeam{"Otters"}, "dead phone"));
        run(seats::command(2, seats::JoinTeam{"Otters"}, "partner"));
        run(seats::command(1, seats::ConnectionLost{}));
    }
    json::object run(seats::Command command) {
        command.ticket = ++last_ticket;
        const auto decision = house.execute(command, {clock.now(), clock.unix_now()});
        house.committed(decision.sequence);
        desk.carry_out(decision);
        return post.acks[last_ticket];
    }
    json::object ask(const std::string& name = "Ann", ConnectionId connection = 7) {
        return run(seats::command(connection, seats::AskForSeat{"Otters", 1, name, "192.0.2.7"},
                                  "phone of " + name));
    }
    json::array shown() {
        clock.advance(limits::dashboard_interval);
        desk.on_interval(clock.now());
        const auto said = post.last(0, "seat_claims");
        return said.empty() ? json::array() : said.at("requests").as_array();
    }
    std::uint64_t id_of(const json::value& row) { return row.at("request_id").to_number<std::uint64_t>(); }

    ManualClock clock;
    SeededRandom random{5};
    games::PairedGame game;
    seats::House house{{.token_secret = "a secret of thirty-two bytes or more"}, game, random};
    Post post;
    Metrics metrics;
    NoLog log;
    Board board{post, metrics, ""};
    Desk desk{{.server_id = "this run"}, post, board, metrics, log, clock};
    std::uint64_t last_ticket = 0;
};

TEST_F(ClaimsTest, HostsSeeWhoAsksForWhatAndWhatHelpsThemToDecide) {
    const auto lost_at = clock.unix_now().seconds();
    clock.advance(Milliseconds{90'000});
    EXPECT_EQ(ask().at("event"), "seat_asked");
    EXPECT_EQ(post.last(7, "seat_asked").at("name"), "Ann");
    ask("Bob", 8);
    const auto rows = shown();
    ASSERT_EQ(rows.size(), 2U);
    const auto& row = rows[0].as_object();
    EXPECT_EQ(row.at("name"), "Ann");
    EXPECT_EQ(row.at("team_name"), "Otters");
    EXPECT_EQ(row.at("player_slot"), 1);
    EXPECT_EQ(row.at("away_seconds"), 90);
    EXPECT_EQ(row.at("away_because"), "connection_lost");
    EXPECT_EQ(row.at("last_seen"), lost_at);
    EXPECT_EQ(row.at("requests_from_address"), 2);
    EXPECT_EQ(row.at("is_connected"), true);
    EXPECT_EQ(json::serialize(rows).find("192.0.2"), std::string::npos) << "addresses are counted, not shown";
}

TEST_F(ClaimsTest, APictureIsSentWhenItHasChangedAndToAHostWhoComes) {
    ask();
    EXPECT_EQ(shown().size(), 1U);
    const auto& to_all = post.told[{0, "seat_claims"}];
    const auto sent = to_all.size();
    (void)shown();
    EXPECT_EQ(to_all.size(), sent) << "nothing has changed";
    desk.join_dashboard(50, 0, true);
    EXPECT_EQ(post.last(50, "seat_claims").at("requests").as_array().size(), 1U);
}

TEST_F(ClaimsTest, ApprovedTheAskerIsToldAllThatAResumeTells) {
    ask();
    auto approve = seats::host(seats::ApproveRequest{id_of(shown().at(0))});
    EXPECT_EQ(run(approve).at("ok"), true);
    EXPECT_EQ(post.last(7, "team_joined").at("is_reconnection"), true);
    EXPECT_TRUE(post.last(7, "reconnection_token").contains("token"));
    EXPECT_EQ(post.seated[7], true);
    EXPECT_TRUE(shown().empty());
    EXPECT_EQ(run(approve).at("code"), "request_over");
}

TEST_F(ClaimsTest, ABannedPlayerIsToldAndHostsSeeWhomTheyBannedAndLiftIt) {
    const auto team = board.view(1);
    ASSERT_TRUE(team);
    EXPECT_EQ(run(seats::host(seats::BanDevice{1, 2})).at("ok"), true);
    EXPECT_EQ(post.last(2, "error").at("code"), "device_banned");
    EXPECT_EQ(post.seated[2], false);
    (void)shown();
    const auto bans = post.last(0, "seat_claims").at("bans").as_array();
    ASSERT_EQ(bans.size(), 1U);
    EXPECT_EQ(bans[0].at("team_name"), "Otters");
    EXPECT_EQ(bans[0].at("player_slot"), 2);
    EXPECT_EQ(json::serialize(bans).find("device"), std::string::npos);
    const auto refused = run(seats::command(9, seats::CreateTeam{"Owls"}, "partner"));
    EXPECT_EQ(refused.at("code"), "device_banned");
    EXPECT_EQ(run(seats::host(seats::LiftBan{bans[0].at("ban_id").to_number<std::uint64_t>()})).at("ok"),
              true);
    (void)shown();
    EXPECT_TRUE(post.last(0, "seat_claims").at("bans").as_array().empty());
    EXPECT_EQ(run(seats::command(9, seats::CreateTeam{"Owls"}, "partner")).at("ok"), true);
}

TEST_F(ClaimsTest, RefusedTheAskerHearsItInWords) {
    ask();
    EXPECT_EQ(run(seats::host(seats::RefuseRequest{id_of(shown().at(0))})).at("ok"), true);
    EXPECT_EQ(post.last(7, "error").at("code"), "request_refused");
    EXPECT_FALSE(post.seated.contains(7));
    EXPECT_TRUE(shown().empty());
}

}  // namespace
}  // namespace holdfast::server
