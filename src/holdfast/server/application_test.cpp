// The whole program in one process: real threads, real sockets on loopback, a real file; so that the
// sanitizers see it all.
#include "holdfast/server/application.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <thread>

namespace holdfast::server {
namespace {

namespace json = boost::json;
namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;

/// A player who speaks plain Socket.IO over a WebSocket, one word at a time.
class Client {
  public:
    explicit Client(std::uint16_t port, const std::string& cookie = "") : stream_(io_) {
        const asio::ip::tcp::endpoint server(asio::ip::make_address("127.0.0.1"), port);
        stream_.next_layer().connect(server);
        stream_.set_option(websocket::stream_base::decorator([cookie](websocket::request_type& request) {
            if (!cookie.empty()) request.set(boost::beast::http::field::cookie, "hf_device=" + cookie);
        }));
        stream_.handshake("127.0.0.1:" + std::to_string(port), "/socket.io/?EIO=4&transport=websocket");
        EXPECT_EQ(read().substr(0, 1), "0");
        send("40");
        EXPECT_EQ(read().substr(0, 2), "40");
        (void)wait_for("connection_established");
    }

    void send(const std::string& text) { stream_.write(asio::buffer(text)); }

    /// The next packet; pings are answered on the way.
    std::string read() {
        for (;;) {
            buffer_.clear();
            stream_.read(buffer_);
            const std::string text = boost::beast::buffers_to_string(buffer_.data());
            if (text != "2") return text;
            send("3");
        }
    }

    /// The first argument of the next event of that name.
    json::object wait_for(const std::string& event) {
        for (;;) {
            const std::string text = read();
            if (!text.starts_with("42")) continue;
            const auto packet = json::parse(text.substr(2)).as_array();
            if (packet.at(0).as_string() == event) return packet.at(1).as_object();
        }
    }

    /// Emits with an ack and gives the ack's first argument.
    json::object ask(const std::string& event, const json::object& fields) {
        const std::string id = std::to_string(++last_id_);
        send("42" + id + json::serialize(json::array{json::value(event), fields}));
        for (;;) {
            const std::string text = read();
            if (text.starts_with("43" + id + "[")) {
                return json::parse(text.substr(2 + id.size())).as_array().at(0).as_object();
            }
            if (text.starts_with("42[\"reconnection_token\"")) {
                token = std::string(json::parse(text.substr(2)).as_array().at(1).at("token").as_string());
            }
        }
    }

    /// Breaks the connection without a word.
    void drop() { stream_.next_layer().close(); }

    std::string token;

  private:
    asio::io_context io_;
    websocket::stream<asio::ip::tcp::socket> stream_;
    boost::beast::flat_buffer buffer_;
    int last_id_ = 0;
};

class ApplicationTest : public testing::Test {
  protected:
    void SetUp() override {
        folder = std::filesystem::temp_directory_path() /
                 ("holdfast-application-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        std::filesystem::create_directories(folder);
        config.listen = "127.0.0.1:0";
        config.store = "sqlite:" + (folder / "test.db").string();
        config.host_key = "host key of the test";
        config.threads = 2;
        config.connections_per_address = 0;
    }
    void TearDown() override { std::filesystem::remove_all(folder); }

    std::unique_ptr<Application> start() {
        auto application = std::make_unique<Application>(config, log, clock);
        const auto started = application->start();
        EXPECT_TRUE(started) << started.error();
        return application;
    }

    std::filesystem::path folder;
    Config config;
    NoLog log;
    SystemClock clock;
};

TEST_F(ApplicationTest, ASeatOutlivesTheConnectionAndTheServer) {
    auto application = start();
    Client first(application->port());
    EXPECT_TRUE(first.ask("create_team", {{"team_name", "Lasting"}}).at("ok").as_bool());
    ASSERT_FALSE(first.token.empty());
    Client second(application->port());
    EXPECT_EQ(second.ask("join_team", {{"team_name", "Lasting"}}).at("player_slot").to_number<int>(), 2);

    first.drop();
    Client back(application->port());
    const json::object resumed = back.ask("reconnect_with_token", {{"token", first.token}});
    EXPECT_TRUE(resumed.at("is_reconnection").as_bool());
    EXPECT_EQ(resumed.at("player_slot").to_number<int>(), 1);

    application->stop();
    (void)back.wait_for("server_shutdown");
    application = start();
    Client again(application->port());
    const json::object after = again.ask("reconnect_with_token", {{"token", back.token}});
    EXPECT_TRUE(after.at("ok").as_bool()) << json::serialize(after);
    EXPECT_EQ(after.at("team_name").as_string(), "Lasting");
    application->stop();
}

TEST_F(ApplicationTest, ManyPlayersAtOnceOnSeveralThreadsEachGetASeatOfTheirOwn) {
    auto application = start();
    constexpr int players = 16;
    std::vector<std::string> seats(players);
    {
        std::vector<std::jthread> threads;
        for (int player = 0; player < players; ++player) {
            threads.emplace_back([&, player] {
                Client client(application->port());
                const std::string team = "Team " + std::to_string(player / 2);
                json::object answer = client.ask("create_team", {{"team_name", team}});
                if (!answer.at("ok").as_bool()) answer = client.ask("join_team", {{"team_name", team}});
                if (!answer.at("ok").as_bool()) return;
                seats[static_cast<std::size_t>(player)] =
                    team + "/" + std::to_string(answer.at("player_slot").to_number<int>());
                // Some leave again by themselves, the others are cut off.
                if (player % 3 == 0) {
                    EXPECT_TRUE(client.ask("get_reconnectable_teams", {}).at("ok").as_bool());
                }
                client.drop();
            });
        }
    }
    std::sort(seats.begin(), seats.end());
    EXPECT_TRUE(std::adjacent_find(seats.begin(), seats.end()) == seats.end())
        << testing::PrintToString(seats);
    EXPECT_FALSE(seats.front().empty());
    application->stop();
}

TEST_F(ApplicationTest, APortOrAFileInUseIsSaidInASentence) {
    auto application = start();
    Config second = config;
    Application same_file(second, log, clock);
    const auto locked = same_file.start();
    ASSERT_FALSE(locked);
    EXPECT_GT(locked.error().size(), 20U);

    second.store = "memory:";
    second.listen = "127.0.0.1:" + std::to_string(application->port());
    Application same_port(second, log, clock);
    const auto taken = same_port.start();
    ASSERT_FALSE(taken);
    EXPECT_GT(taken.error().size(), 20U);
    application->stop();
}

}  // namespace
}  // namespace holdfast::server
