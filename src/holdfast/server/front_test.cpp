// The front with clients made of plain data on one side and a written-down list of commands on the other.
#include "holdfast/server/front.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>

#include "holdfast/engineio/engineio_test_support.hpp"
#include "holdfast/server/device_cookie.hpp"

namespace holdfast::server {
namespace {

namespace json = boost::json;
using engineio::testing::FakeWebSocket;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using namespace std::chrono_literals;

/// Writes down what would go to the seats thread.
struct Commands final : CommandPort {
    bool post(seats::Command command, const Sender& /*sender*/) override {
        if (full) return false;
        all.push_back(std::move(command));
        return true;
    }
    bool join_dashboard(seats::ConnectionId /*connection*/, std::uint64_t /*ticket*/, bool /*streaming*/,
                        bool first) override {
        if (full) return false;
        hosts += first ? 1 : 0;
        return true;
    }
    bool send_teams(seats::ConnectionId /*connection*/, std::uint64_t /*ticket*/,
                    bool /*streaming*/) override {
        return !full;
    }
    void leave_dashboard() override { --hosts; }

    template <typename Body>
    [[nodiscard]] std::vector<Body> of_kind() const {
        std::vector<Body> found;
        for (const auto& command : all) {
            if (const auto* body = std::get_if<Body>(&command.body)) found.push_back(*body);
        }
        return found;
    }

    bool full = false;
    int hosts = 0;
    std::vector<seats::Command> all;
};

constexpr std::string_view right_key = "the key of the host";

class FrontTest : public testing::Test {
  protected:
    struct Client {
        std::unique_ptr<FakeWebSocket> socket = std::make_unique<FakeWebSocket>();
        engineio::HttpHeaders answer_headers;
        [[nodiscard]] const std::vector<std::string>& heard() const { return socket->received; }
    };

    Client connect(std::string_view cookies = "", std::string_view auth = "",
                   std::string_view address = "192.0.2.1") {
        Client client;
        engineio::HttpRequest request;
        request.method = "GET";
        request.path = "/socket.io/";
        request.query = "EIO=4&transport=websocket";
        request.headers = {{"Host", "quiz.example"}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}};
        if (!cookies.empty()) request.headers.emplace_back("Cookie", cookies);
        request.remote_address = address;
        auto answer = engine().on_upgrade_request(request, clock.now(), clock.unix_now());
        auto& accepted = std::get<engineio::UpgradeAccepted>(answer);
        client.answer_headers = accepted.response_headers;
        client.socket->id = accepted.websocket;
        engine().on_websocket_open(accepted.websocket, *client.socket, clock.now());
        says(client, "40" + std::string(auth));
        client.socket->received.clear();
        return client;
    }
    void says(const Client& client, const std::string& packet) {
        engine().on_websocket_message(client.socket->id, packet, false, clock.now());
    }
    [[nodiscard]] engineio::Engine& engine() { return front.server().engine(); }
    [[nodiscard]] seats::ConnectionId last_connection() const { return commands.all.back().connection; }
    static engineio::MessagePointer packet(const std::string& text) {
        return std::make_shared<const engineio::OutgoingMessage>(text);
    }
    void pass(Milliseconds time) {
        clock.advance(time);
        front.on_tick(clock.now());
    }
    /// A host on the dashboard.
    Client host() {
        auto client = connect("", R"({"host_key":"the key of the host"})");
        host_connection = last_connection();
        says(client, R"(42["dashboard_join",{}])");
        return client;
    }

    ManualClock clock;
    SeededRandom random{3};
    Commands commands;
    HostAccess hosts{{.given = std::string(right_key)}, {"a secret for signing"}};
    Metrics metrics;
    seats::ConnectionId host_connection = 0;
    Front front{{.socketio = {}, .events_per_second = 10, .events_burst = 20},
                5,
                commands,
                hosts,
                metrics,
                random,
                random,
                clock};
};

TEST_F(FrontTest, AConnectionIsIntroducedUnderAnIdThatNamesItsThread) {
    connect();
    ASSERT_EQ(commands.of_kind<seats::Introduce>().size(), 1U);
    EXPECT_EQ(thread_of(last_connection()), 5U);
    const auto first = last_connection();
    connect();
    EXPECT_NE(last_connection(), first);
    EXPECT_EQ(front.live_connections().size(), 2U);
}

TEST_F(FrontTest, ADeviceKeepsItsCookieAndAMalformedOneIsReplaced) {
    const std::string secret = device_cookie::new_secret(random);
    const auto known = connect("hf_device=" + secret);
    EXPECT_THAT(known.answer_headers, IsEmpty());
    EXPECT_EQ(commands.all.back().device, device_cookie::device_of(secret));
    for (const std::string cookies : {"", "hf_device=short", "hf_device=; other=1"}) {
        const auto stranger = connect(cookies);
        ASSERT_EQ(stranger.answer_headers.size(), 1U) << cookies;
        EXPECT_THAT(stranger.answer_headers[0].second,
                    AllOf(HasSubstr("hf_device="), HasSubstr("HttpOnly"), HasSubstr("SameSite=Lax"),
                          HasSubstr("Path=/"), Not(HasSubstr("Secure"))));
        EXPECT_NE(commands.all.back().device, seats::DeviceId{});
    }
}

TEST_F(FrontTest, CommandsCarryWhoAsksAndTheirTicketFindsTheAck) {
    const auto client = connect();
    const auto connection = last_connection();
    says(client, R"(427["create_team",{"team_name":"Otters","op":"o1"}])");
    const auto& command = commands.all.back();
    EXPECT_EQ(command.connection, connection);
    EXPECT_EQ(command.op, "o1");
    EXPECT_FALSE(command.host);
    Delivery delivery;
    delivery.connection = connection;
    delivery.ticket = command.ticket;
    delivery.ack = R"({"ok":true})";
    delivery.packets = PacketTexts("2[\"team_created\",{}]");
    front.hand_out({delivery, delivery});
    EXPECT_THAT(client.heard(),
                ElementsAre("42[\"team_created\",{}]", "437[{\"ok\":true}]", "42[\"team_created\",{}]"))
        << "an ack is given once";
}

TEST_F(FrontTest, AcksThatWereGivenAreForgottenAndThoseThatWaitAreBounded) {
    const auto client = connect();
    const auto ask = [&] {
        clock.advance(100ms);  // within the rate
        says(client, R"(421["get_reconnectable_teams"])");
    };
    for (std::size_t count = 0; count <= limits::pending_acks; ++count) {
        ask();
        Delivery answer;
        answer.connection = last_connection();
        answer.ticket = commands.all.back().ticket;
        front.hand_out({answer});
    }
    EXPECT_THAT(client.heard(), Not(Contains(HasSubstr("rate_limited"))));
    for (std::size_t count = 0; count < limits::pending_acks; ++count)
        ask();
    EXPECT_THAT(client.heard(), Not(Contains(HasSubstr("rate_limited"))));
    ask();
    EXPECT_THAT(client.heard().back(), HasSubstr("rate_limited"));
}

TEST_F(FrontTest, DeliveriesForConnectionsThatAreGoneGoNowhere) {
    const auto client = connect();
    Delivery delivery;
    delivery.connection = last_connection() + 1;
    delivery.packets = PacketTexts("2[\"error\",{}]");
    front.hand_out({delivery});
    EXPECT_THAT(client.heard(), IsEmpty());
}

TEST_F(FrontTest, EventsAboveTheRateAreRefusedUntilTheBucketFillsAgain) {
    const auto client = connect();
    for (int event = 0; event < 25; ++event)
        says(client, R"(42["get_reconnectable_teams"])");
    EXPECT_EQ(commands.of_kind<seats::ListReconnectable>().size(), 20U);
    EXPECT_THAT(client.heard(), testing::SizeIs(5));
    EXPECT_THAT(client.heard().back(), HasSubstr("rate_limited"));
    clock.advance(500ms);
    for (int event = 0; event < 25; ++event)
        says(client, R"(42["get_reconnectable_teams"])");
    EXPECT_EQ(commands.of_kind<seats::ListReconnectable>().size(), 25U);
    const auto other = connect();
    says(other, R"(42["get_reconnectable_teams"])");
    EXPECT_THAT(other.heard(), IsEmpty()) << "others are not affected";
}

TEST_F(FrontTest, WrongTokensAreLimitedPerAddressAndMinute) {
    const auto guesser = connect();
    const auto connection = last_connection();
    Delivery wrong;
    wrong.connection = connection;
    wrong.wrong_token = true;
    for (std::size_t guess = 0; guess < limits::wrong_tokens_per_minute; ++guess)
        front.hand_out({wrong});
    says(guesser, R"(42["reconnect_with_token",{"token":"x"}])");
    EXPECT_THAT(guesser.heard().back(), HasSubstr("rate_limited"));
    const auto neighbour = connect();
    says(neighbour, R"(42["reconnect_with_token",{"token":"x"}])");
    EXPECT_THAT(neighbour.heard().back(), HasSubstr("rate_limited")) << "the same address";
    const auto elsewhere = connect("", "", "192.0.2.2");
    says(elsewhere, R"(42["reconnect_with_token",{"token":"x"}])");
    EXPECT_EQ(commands.of_kind<seats::ReconnectWithToken>().size(), 1U);
    clock.advance(61s);
    says(guesser, R"(42["reconnect_with_token",{"token":"x"}])");
    EXPECT_EQ(commands.of_kind<seats::ReconnectWithToken>().size(), 2U);
}

TEST_F(FrontTest, WhenTooManyCommandsWaitTheClientIsToldInTheEventAndTheAck) {
    const auto client = connect();
    commands.full = true;
    says(client, R"(421["create_team",{"team_name":"Otters"}])");
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("\"overloaded\""),
                                            AllOf(HasSubstr("431["), HasSubstr("\"overloaded\""))));
}

TEST_F(FrontTest, HostEventsOfOthersAreRefusedWhateverTheyCarry) {
    const auto client = connect("", R"({"host_key":"guess"})");
    for (const char* event :
         {"start_game", "dashboard_join", "set_teams_streaming", "release_seat", "keep_alive"}) {
        says(client, R"(42[")" + std::string(event) + R"(",{"enabled":5}])");
        EXPECT_THAT(client.heard().back(), HasSubstr("not_host")) << event;
    }
    EXPECT_EQ(commands.hosts, 0);
    EXPECT_EQ(commands.all.size(), 1U) << "the introduction, and nothing else";
}

TEST_F(FrontTest, AHostIsWhoShowsTheKeyOrTheCookie) {
    const auto by_key = connect("", R"({"host_key":"the key of the host"})");
    says(by_key, R"(42["start_game"])");
    EXPECT_TRUE(commands.all.back().host);
    const auto by_cookie = connect("hf_host=" + hosts.make_cookie(clock.unix_now()));
    says(by_cookie, R"(42["pause_game"])");
    EXPECT_TRUE(commands.all.back().host);
    EXPECT_EQ(commands.of_kind<seats::PauseGame>().size(), 1U);
}

TEST_F(FrontTest, GuessingHostKeysInHandshakesIsLimitedPerAddress) {
    for (std::size_t guess = 0; guess < limits::wrong_host_keys_per_minute; ++guess)
        connect("", R"({"host_key":"guess"})");
    const auto lucky = connect("", R"({"host_key":"the key of the host"})");
    EXPECT_FALSE(commands.all.back().host);
    connect("", R"({"host_key":"the key of the host"})", "192.0.2.2");
    EXPECT_TRUE(commands.all.back().host) << "the host comes from elsewhere";
    clock.advance(61s);
    connect("", R"({"host_key":"the key of the host"})");
    EXPECT_TRUE(commands.all.back().host);
}

TEST_F(FrontTest, AHeartbeatThatWasSentAfterTheTokenConfirmsItOnce) {
    const auto client = connect();
    Delivery delivery;
    delivery.connection = last_connection();
    delivery.rotation = 9;
    delivery.seated = true;
    pass(25s);  // the ping goes out
    ASSERT_THAT(client.heard(), ElementsAre("2"));
    front.hand_out({delivery});
    says(client, "3");
    EXPECT_THAT(commands.of_kind<seats::HeartbeatAnswered>(), IsEmpty()) << "the token came after the ping";
    pass(25s);
    says(client, "3");
    ASSERT_EQ(commands.of_kind<seats::HeartbeatAnswered>().size(), 1U);
    EXPECT_EQ(commands.of_kind<seats::HeartbeatAnswered>()[0].rotation, 9U);
    pass(25s);
    says(client, "3");
    EXPECT_EQ(commands.of_kind<seats::HeartbeatAnswered>().size(), 1U);
}

TEST_F(FrontTest, AClientMayNameItsTabAndItsPage) {
    const auto page_after = [&](std::string_view auth) {
        connect("", auth);
        return commands.all.back().page;
    };
    EXPECT_EQ(page_after(R"({"tab":4294967295,"page":1})"), (seats::PageName{4294967295U, 1}));
    EXPECT_EQ(page_after(""), seats::PageName{});
    for (const char* other :
         {R"({"tab":"x","page":[1]})", R"({"tab":0,"page":-1})", R"({"tab":4294967296,"page":1.5})",
          R"({"tab":1e300,"page":null})", R"({"tab":true,"page":{}})", R"([1,2])", R"("tab")"}) {
        EXPECT_EQ(page_after(other), seats::PageName{}) << other;
    }
    const auto client = connect("", R"({"tab":5,"page":6})");
    says(client, R"(42["join_team",{"team_name":"Otters"}])");
    EXPECT_EQ(commands.all.back().page, (seats::PageName{5, 6})) << "with every command";
}

TEST_F(FrontTest, ALostConnectionSaysWhyAndAStrangersIsNoNews) {
    const auto stranger = connect();
    engine().on_websocket_closed(stranger.socket->id, false, clock.now());
    EXPECT_THAT(commands.of_kind<seats::ConnectionLost>(), IsEmpty());

    const auto closes = connect();
    says(closes, R"(42["join_team",{"team_name":"Otters"}])");
    engine().on_websocket_closed(closes.socket->id, false, clock.now());
    const auto breaks = connect();
    says(breaks, R"(42["join_team",{"team_name":"Otters"}])");
    engine().on_websocket_closed(breaks.socket->id, true, clock.now());
    const auto silent = connect();
    says(silent, R"(42["join_team",{"team_name":"Otters"}])");
    pass(25s);
    pass(10s);
    pass(10s);
    pass(1s);
    front.on_tick(clock.now());
    const auto lost = commands.of_kind<seats::ConnectionLost>();
    ASSERT_EQ(lost.size(), 3U);
    EXPECT_EQ(lost[0].cause, seats::AwayCause::closed_page);
    EXPECT_EQ(lost[1].cause, seats::AwayCause::connection_lost);
    EXPECT_EQ(lost[2].cause, seats::AwayCause::connection_lost);
    EXPECT_THAT(front.live_connections(), IsEmpty());
}

// ---- lobby, hosts, stop

TEST_F(FrontTest, TheLobbyIsForThoseWithoutASeatAndForHosts) {
    const auto stranger = connect();
    const auto player = connect();
    Delivery sits;
    sits.connection = last_connection();
    sits.seated = true;
    const auto the_host = host();
    Delivery host_sits;
    host_sits.connection = host_connection;
    host_sits.seated = true;
    const Broadcast teams{Room::lobby, packet("2[\"teams_updated\",{}]")};
    front.hand_out({sits, host_sits, teams});
    EXPECT_THAT(stranger.heard(), testing::SizeIs(1));
    EXPECT_THAT(player.heard(), IsEmpty());
    EXPECT_THAT(the_host.heard(), testing::SizeIs(1));
    sits.seated = false;
    front.hand_out({sits, teams});
    EXPECT_THAT(player.heard(), testing::SizeIs(1));
    front.hand_out({Broadcast{Room::hosts, packet("2[\"game_started\",{}]")}});
    EXPECT_THAT(stranger.heard(), Not(Contains(HasSubstr("game_started"))));
    EXPECT_THAT(the_host.heard(), Contains(HasSubstr("game_started")));
}

TEST_F(FrontTest, AHostOnASlowLineGetsTheNewestPictureOfEachKindAndNoneTwice) {
    const auto client = host();
    EXPECT_EQ(commands.hosts, 1);
    const auto picture = [](const std::string& text, bool whole) {
        const auto kind = whole ? Picture::Kind::whole : Picture::Kind::changes;
        return HostPictures{{packet("2[\"" + text + "\",{}]"), kind}, {packet("2[\"quiet\",{}]"), kind}};
    };
    client.socket->reads = false;
    front.hand_out({Broadcast{Room::hosts, packet("2[\"news\",{}]")}});
    for (int number = 1; number <= 9; ++number)
        front.hand_out({picture("changes " + std::to_string(number), false)});
    front.on_tick(clock.now());
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("news"))) << "its queue is not empty";
    client.socket->queued = 0;
    client.socket->reads = true;
    front.on_tick(clock.now());
    front.on_tick(clock.now());
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("news"), HasSubstr("changes 9")));

    client.socket->queued = 1;
    front.hand_out(
        {picture("older changes", false), picture("whole", true), picture("newer changes", false)});
    client.socket->queued = 0;
    front.on_tick(clock.now());
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("news"), HasSubstr("changes 9"), HasSubstr("whole"),
                                            HasSubstr("newer changes")));

    client.socket->received.clear();
    client.socket->queued = 1;
    front.hand_out({picture("older changes", false), picture("whole", true)});
    client.socket->queued = 0;
    front.on_tick(clock.now());
    front.on_tick(clock.now());
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("whole"))) << "the changes before are in it";
}

TEST_F(FrontTest, AHostThatDoesNotStreamGetsTheQuietPicture) {
    const auto client = host();
    says(client, R"(42["set_teams_streaming",{"enabled":false}])");
    front.hand_out({HostPictures{{packet("2[\"teams\",{}]")}, {packet("2[\"figures\",{}]")}}});
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("figures")));
    engine().on_websocket_closed(client.socket->id, false, clock.now());
    EXPECT_EQ(commands.hosts, 0);
    front.hand_out({HostPictures{{packet("2[\"teams\",{}]")}, {packet("2[\"figures\",{}]")}}});
}

TEST_F(FrontTest, AStopTellsEverybodyRefusesEventsAndKeepsTheSeats) {
    const auto client = connect();
    says(client, R"(42["join_team",{"team_name":"Otters"}])");
    const auto asked = commands.all.size();
    front.close_doors();
    EXPECT_THAT(client.heard(), ElementsAre(HasSubstr("server_shutdown")));
    says(client, R"(42["leave_team"])");
    EXPECT_THAT(client.heard().back(), HasSubstr("shutting_down"));
    front.shut_down(clock.now());
    EXPECT_THAT(client.heard(), Contains(HasSubstr("server_shutdown")).Times(1));
    EXPECT_THAT(client.heard(), Not(Contains("41"))) << "JavaScript clients would not come back";
    EXPECT_TRUE(client.socket->close_code);
    EXPECT_EQ(commands.all.size(), asked) << "the next start keeps the seat";
}

}  // namespace
}  // namespace holdfast::server
