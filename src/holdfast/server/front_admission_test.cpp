// Who the front takes for somebody with a seat, and whom it asks to come back later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "holdfast/engineio/engineio_test_support.hpp"
#include "holdfast/server/device_cookie.hpp"
#include "holdfast/server/front.hpp"

namespace holdfast::server {
namespace {

namespace json = boost::json;
using engineio::testing::FakeWebSocket;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

const std::string secret = "a secret of thirty-two bytes or more";

struct Posted final : CommandPort {
    bool post(seats::Command command, const Sender& sender) override {
        if (full) return false;
        commands.push_back(std::move(command));
        senders.push_back(sender);
        return true;
    }
    [[nodiscard]] Milliseconds retry_after() const override { return 8s; }
    bool join_dashboard(seats::ConnectionId, std::uint64_t, bool, bool) override { return !full; }
    bool send_teams(seats::ConnectionId, std::uint64_t, bool) override { return !full; }
    void leave_dashboard() override {}

    bool full = false;
    std::vector<seats::Command> commands;
    std::vector<Sender> senders;
};

class FrontAdmissionTest : public testing::Test {
  protected:
    struct Client {
        std::unique_ptr<FakeWebSocket> socket = std::make_unique<FakeWebSocket>();
        [[nodiscard]] const std::vector<std::string>& heard() const { return socket->received; }
    };

    std::optional<Client> try_to_connect(const std::string& device, std::string_view address = "192.0.2.1") {
        Client client;
        engineio::HttpRequest request;
        request.method = "GET";
        request.path = "/socket.io/";
        request.query = "EIO=4&transport=websocket";
        request.headers = {{"Host", "quiz.example"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
        const std::string cookie = "hf_device=" + device;
        if (!device.empty()) request.headers.emplace_back("Cookie", cookie);
        request.remote_address = address;
        auto answer = engine().on_upgrade_request(request, clock.now(), clock.unix_now());
        auto* accepted = std::get_if<engineio::UpgradeAccepted>(&answer);
        if (accepted == nullptr) {
            refusal = std::get<engineio::HttpResponse>(answer);
            return std::nullopt;
        }
        client.socket->id = accepted->websocket;
        engine().on_websocket_open(accepted->websocket, *client.socket, clock.now());
        says(client, "40");
        return client;
    }
    Client connect(const std::string& device = "", std::string_view address = "192.0.2.1") {
        auto client = try_to_connect(device, address);
        EXPECT_TRUE(client.has_value());
        return std::move(*client);
    }
    void says(const Client& client, const std::string& packet) {
        engine().on_websocket_message(client.socket->id, packet, false, clock.now());
    }
    [[nodiscard]] engineio::Engine& engine() { return front.server().engine(); }
    [[nodiscard]] Standing last_standing() const { return posted.senders.back().standing; }
    void refuse_token() {
        Delivery refusal_of_token;
        refusal_of_token.connection = posted.commands.back().connection;
        refusal_of_token.wrong_token = true;
        front.hand_out([&] {
            std::vector<Outgoing> items;
            items.emplace_back(std::move(refusal_of_token));
            return items;
        }());
    }
    /// A team whose first seat is held by the device.
    static seats::TeamView team_held_by(const std::string& device) {
        seats::TeamView team;
        team.id = 1;
        team.seats.resize(2);
        if (!device.empty()) team.seats[0].holder = seats::short_name(device_cookie::device_of(device));
        return team;
    }
    [[nodiscard]] std::string new_device() { return device_cookie::new_secret(random); }
    [[nodiscard]] static std::string token() {
        const seats::Tokens tokens(secret);
        seats::TeamRecord team;
        team.id = 1;
        team.seats.resize(2);
        return tokens.create_token(team, 1);
    }
    static std::int64_t hint_in(const std::string& packet) {
        const auto at = packet.find("\"retry_after_ms\":");
        return at == std::string::npos ? 0 : std::stoll(packet.substr(at + 17));
    }

    ManualClock clock;
    SeededRandom random{3};
    Posted posted;
    SeatHolders holders;
    HostAccess hosts{{.given = "the key of the host"}, {"a secret for signing"}};
    Metrics metrics;
    engineio::HttpResponse refusal;
    Front front{{.socketio = {},
                 .events_per_second = 10,
                 .events_burst = 20,
                 .devices = {.connections = 3, .events_per_second = 10, .events_burst = 30},
                 .wrong_tokens_per_minute = 25,
                 .holders = &holders},
                5,
                posted,
                hosts,
                metrics,
                random,
                random,
                clock};
};

TEST_F(FrontAdmissionTest, TheDeviceOfASeatIsKnownFromItsFirstWordOn) {
    const auto device = new_device();
    holders.changed(nullptr, team_held_by(device));
    connect();
    EXPECT_EQ(last_standing(), Standing::stranger);
    connect(device);
    EXPECT_EQ(last_standing(), Standing::holder);
    const auto before = team_held_by(device);
    holders.changed(&before, team_held_by(""));
    connect(device);
    EXPECT_EQ(last_standing(), Standing::stranger) << "the seat was given up";
    EXPECT_EQ(holders.size(), 0U);
}

TEST_F(FrontAdmissionTest, ATokenMadeHereCountsAndAGuessDoesNot) {
    holders.use({.current = secret, .before = {}, .before_until = {}});
    const auto client = connect();
    says(client, R"(42["reconnect_with_token",{"token":"guess"}])");
    EXPECT_EQ(last_standing(), Standing::stranger);
    says(client, R"(42["reconnect_with_token",{"token":")" + token() + "\"}]");
    EXPECT_EQ(last_standing(), Standing::holder);
}

TEST_F(FrontAdmissionTest, WhoHasBeenSeatedCountsUntilTheSeatIsGone) {
    const auto client = connect();
    Delivery seated;
    seated.connection = posted.commands.back().connection;
    seated.seated = true;
    front.hand_out({Outgoing(seated)});
    says(client, R"(42["submit_answer",{"round_id":1,"item":"A","answer":true}])");
    EXPECT_EQ(last_standing(), Standing::holder);
    seated.seated = false;
    front.hand_out({Outgoing(seated)});
    says(client, R"(42["get_reconnectable_teams",{}])");
    EXPECT_EQ(last_standing(), Standing::stranger);
}

TEST_F(FrontAdmissionTest, SomebodyWhoGuessesDoesNotKeepThePlayersOutWhoShareTheAddress) {
    holders.use({.current = secret, .before = {}, .before_until = {}});
    for (int guess = 0; guess < 25; ++guess) {
        const auto guesser = connect();
        says(guesser, R"(42["reconnect_with_token",{"token":"guess"}])");
        refuse_token();
    }
    const auto neighbour = connect();
    const auto commands_before = posted.commands.size();
    says(neighbour, R"(42["reconnect_with_token",{"token":"another guess"}])");
    EXPECT_EQ(posted.commands.size(), commands_before);
    EXPECT_THAT(neighbour.heard().back(), HasSubstr("\"rate_limited\""));
    EXPECT_GT(hint_in(neighbour.heard().back()), 20'000) << "until the minute is over, give or take";
    says(neighbour, R"(42["reconnect_with_token",{"token":")" + token() + "\"}]");
    EXPECT_EQ(posted.commands.size(), commands_before + 1);
}

TEST_F(FrontAdmissionTest, ADeviceThatShowsWrongTokensFromManyAddressesIsLimitedToo) {
    holders.use({.current = secret, .before = {}, .before_until = {}});
    const auto device = new_device();
    for (std::size_t guess = 0; guess < limits::wrong_tokens_per_device_minute; ++guess) {
        auto client = connect(device, "192.0.2." + std::to_string(guess + 10));
        says(client, R"(42["reconnect_with_token",{"token":"guess"}])");
        refuse_token();
        says(client, "41");
    }
    const auto client = connect(device, "192.0.2.200");
    const auto commands_before = posted.commands.size();
    says(client, R"(42["reconnect_with_token",{"token":")" + token() + "\"}]");
    EXPECT_EQ(posted.commands.size(), commands_before);
    EXPECT_THAT(client.heard().back(), HasSubstr("\"rate_limited\""));
    EXPECT_THAT(metrics.text(), HasSubstr("holdfast_turned_away_total{limit=\"token_device\"} 1"));
    EXPECT_THAT(metrics.text(), HasSubstr("outcome=\"rate_limited\"} 1"))
        << "a reconnection that failed, and why";
}

TEST_F(FrontAdmissionTest, ADeviceHasSoManyConnectionsAndNoMore) {
    const auto device = new_device();
    std::vector<Client> clients;
    for (int open = 0; open < 3; ++open)
        clients.push_back(connect(device));
    EXPECT_FALSE(try_to_connect(device));
    EXPECT_EQ(refusal.status, 403U);
    EXPECT_THAT(refusal.body, HasSubstr("close some of them"));
    EXPECT_TRUE(try_to_connect(new_device()));
    says(clients.front(), "41");
    EXPECT_TRUE(try_to_connect(device));
}

TEST_F(FrontAdmissionTest, TheConnectionsOfADeviceShareItsEvents) {
    const auto device = new_device();
    const auto first = connect(device);
    const auto second = connect(device);
    const auto third = connect(new_device());
    for (int event = 0; event < 15; ++event) {
        says(first, R"(42["leave_team",{}])");
        says(second, R"(42["leave_team",{}])");
    }
    EXPECT_THAT(second.heard().back(), Not(HasSubstr("rate_limited")));
    says(first, R"(42["leave_team",{}])");
    EXPECT_THAT(first.heard().back(), HasSubstr("\"rate_limited\""));
    EXPECT_GE(hint_in(first.heard().back()), 250);
    EXPECT_THAT(metrics.text(), HasSubstr("holdfast_turned_away_total{limit=\"event_device\"} 1"));
    says(third, R"(42["leave_team",{}])");
    EXPECT_THAT(third.heard().back(), Not(HasSubstr("rate_limited")));
}

TEST_F(FrontAdmissionTest, WhoIsTurnedAwayHearsWhenToComeBack) {
    posted.full = true;
    const auto client = connect();
    EXPECT_THAT(client.heard().back(), HasSubstr("\"connection_stable\":false"));
    EXPECT_GE(hint_in(client.heard().back()), 4'000);
    EXPECT_LE(hint_in(client.heard().back()), 12'000);
    says(client, R"(421["create_team",{"team_name":"Otters"}])");
    const auto& ack = client.heard().back();
    EXPECT_THAT(ack, HasSubstr("\"overloaded\""));
    EXPECT_GE(hint_in(ack), 4'000);
    EXPECT_LE(hint_in(ack), 12'000);
    EXPECT_THAT(metrics.text(), HasSubstr("holdfast_turned_away_total{limit=\"queue_stranger\"} 1"));
}

}  // namespace
}  // namespace holdfast::server
