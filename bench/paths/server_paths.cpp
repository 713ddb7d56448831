// The way of a player's event through the whole house and back: the packet to a command, the decision, the
// commit, and what everybody is told of it, down to the frames. The commit itself writes nothing here: what a
// store costs is in store_paths.cpp.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house.hpp"
#include "holdfast/server/commit_pipeline.hpp"
#include "holdfast/server/desk.hpp"
#include "holdfast/server/device_cookie.hpp"
#include "holdfast/server/front.hpp"
#include "path.hpp"
#include "socketio_world.hpp"

namespace holdfast::bench {
namespace {

using namespace server;

/// One net thread, the seats thread and a store, all on this thread.
class GameNight final : private CommandPort, private Outbox, private DecisionSink {
  public:
    struct Player {
        std::string cookie;
        std::unique_ptr<ClientSocket> socket;
    };

    void connect(Player& player) {
        if (player.cookie.empty()) player.cookie = "hf_device=" + device_cookie::new_secret(random_);
        auto request = websocket_request();
        request.headers.emplace_back("Cookie", player.cookie);
        const auto answer = engine().on_upgrade_request(request, clock_.now(), clock_.unix_now());
        const auto* accepted = std::get_if<engineio::UpgradeAccepted>(&answer);
        if (accepted == nullptr) throw std::runtime_error("a WebSocket was refused");
        player.socket = std::make_unique<ClientSocket>();
        player.socket->id = accepted->websocket;
        engine().on_websocket_open(player.socket->id, *player.socket, clock_.now());
        say(player, "40");
    }
    void say(const Player& player, std::string_view packet) {
        engine().on_websocket_message(player.socket->id, packet, false, clock_.now());
    }
    void lose(const Player& player) { engine().on_websocket_closed(player.socket->id, false, clock_.now()); }
    void start_game() {
        seats::Command command;
        command.host = true;
        command.body = seats::StartGame{};
        if (!post(std::move(command), {})) throw std::runtime_error("the game does not start");
        settle();
    }
    /// Commits what has been decided and tells everybody.
    void settle() {
        while (pipeline_.take_batch(now()))
            pipeline_.commit_finished({}, now());
        front_.hand_out(std::exchange(outgoing_, {}));
    }

  private:
    [[nodiscard]] engineio::Engine& engine() { return front_.server().engine(); }
    [[nodiscard]] seats::Moment now() const { return {clock_.now(), clock_.unix_now()}; }

    bool post(seats::Command command, const server::Sender& /*sender*/) override {
        return pipeline_.submit(std::move(command), now());
    }
    bool join_dashboard(seats::ConnectionId /*connection*/, std::uint64_t /*ticket*/, bool /*streaming*/,
                        bool /*first*/) override {
        return true;
    }
    bool send_teams(seats::ConnectionId /*connection*/, std::uint64_t /*ticket*/,
                    bool /*streaming*/) override {
        return true;
    }
    void leave_dashboard() override {}
    void put(Delivery delivery) override { outgoing_.emplace_back(std::move(delivery)); }
    void put(server::Broadcast broadcast) override { outgoing_.emplace_back(std::move(broadcast)); }
    void put(HostPictures pictures) override { outgoing_.emplace_back(std::move(pictures)); }
    void deliver(const seats::Decision& decision) override { desk_.carry_out(decision); }

    ManualClock clock_;
    SeededRandom random_{1};
    games::PairedGame game_;
    seats::House house_{{.token_secret = "a secret of thirty-two bytes or more"}, game_, random_};
    CommitPipeline pipeline_{house_, *this};
    Metrics metrics_;
    NoLog log_;
    Board board_{*this, metrics_, ""};
    Desk desk_{{.server_id = "this run"}, *this, board_, metrics_, log_, clock_};
    HostAccess hosts_{{.given = "the key of the host"}, {"a secret for signing"}};
    Front front_{{.socketio = {},
                  .events_per_second = 1e6,
                  .events_burst = 1e6,
                  .devices = {.connections = 0, .events_per_second = 1e6, .events_burst = 1e6}},
                 0,
                 *this,
                 hosts_,
                 metrics_,
                 random_,
                 random_,
                 clock_};
    std::vector<Outgoing> outgoing_;
};

/// What follows `key` in what a client was told last of it, up to the next comma, quote or brace.
std::string_view told(const ClientSocket& socket, std::string_view key) {
    const std::string_view text = socket.out;
    const auto found = text.rfind(key);
    if (found == std::string_view::npos) return {};
    const auto value = text.substr(found + key.size());
    return value.substr(0, value.find_first_of(",\"}"));
}

/// Players who each send one packet; those of one batch are decided together and committed as one.
class InTheHouse : public Path {
  public:
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index) {
            night_->say(players_[index], packets_[index]);
            if (index % batch == batch - 1) night_->settle();
        }
        night_->settle();
    }
    [[nodiscard]] std::string complaint() const override {
        const auto granted = std::ranges::count_if(players_, [](const auto& player) {
            return player.socket->out.find(R"("ok":true}])") != std::string::npos;
        });
        return expect_count("events that were granted", static_cast<std::size_t>(granted), packets_.size());
    }

  protected:
    static constexpr std::size_t batch = 16;

    /// Teams with both seats taken, and the players by team and slot; or only the first seat of each.
    void fill(std::size_t teams, bool both) {
        night_ = std::make_unique<GameNight>();
        players_.clear();
        packets_.clear();
        for (std::size_t team = 0; team < teams; ++team) {
            sit(R"(42["create_team",{"team_name":"Team )" + std::to_string(team) + R"("}])");
            if (both) sit(R"(42["join_team",{"team_name":"Team )" + std::to_string(team) + R"("}])");
        }
    }
    void sit(const std::string& packet) {
        auto& player = newcomer();
        night_->say(player, packet);
        night_->settle();
    }
    GameNight::Player& newcomer() {
        auto& player = players_.emplace_back();
        night_->connect(player);
        night_->settle();
        return player;
    }
    void forget_what_was_told() {
        for (const auto& player : players_)
            player.socket->out.clear();
    }

    std::unique_ptr<GameNight> night_;
    std::vector<GameNight::Player> players_;
    std::vector<std::string> packets_;  ///< of players_, in their order
};

class JoinTeam final : public InTheHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, false);
        creators_ = std::exchange(players_, {});
        for (std::size_t index = 0; index < operations; ++index) {
            newcomer();
            packets_.push_back(R"(421["join_team",{"team_name":"Team )" + std::to_string(index) + R"("}])");
        }
        forget_what_was_told();
    }

  private:
    std::vector<GameNight::Player> creators_;
};

class ResumeSeat final : public InTheHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, false);
        for (auto& player : players_) {
            const std::string token(told(*player.socket, R"("token":")"));
            packets_.push_back(R"(421["reconnect_with_token",{"token":")" + token + R"("}])");
            night_->lose(player);
            night_->settle();
            night_->connect(player);
            night_->settle();
        }
        forget_what_was_told();
    }
};

class SubmitAnswer final : public InTheHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations / 2, true);
        night_->start_game();
        for (const auto& player : players_) {
            packets_.push_back(R"(421["submit_answer",{"round_id":)" +
                               std::string(told(*player.socket, R"("round_id":)")) + R"(,"item":")" +
                               std::string(told(*player.socket, R"("item":")")) + R"(","answer":true}])");
        }
        forget_what_was_told();
    }
};

}  // namespace

std::vector<PathInfo> server_paths() {
    return {
        path<JoinTeam>("server.join", "event, decided and told", 128),
        path<ResumeSeat>("server.resume", "event, decided and told", 128),
        path<SubmitAnswer>("server.answer", "event, decided and told", 128),
    };
}

}  // namespace holdfast::bench
