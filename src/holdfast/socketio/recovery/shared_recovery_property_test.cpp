// Random emits, rooms, cuts and dead lines on several servers that share a log, in every order in which their
// threads may come to what was posted to them: each client sees exactly what was emitted to it, in order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>

#include "holdfast/socketio/recovery/shared_recovery_test_support.hpp"

namespace holdfast::socketio {
namespace {

constexpr std::size_t servers = 3;
constexpr std::size_t clients = 4;
constexpr std::size_t rooms = 3;

struct Command {
    int what = 0;
    std::size_t who = 0;
    std::size_t where = 0;
    std::size_t room = 0;
};

/// A client, and what it must have seen in the end.
struct Player {
    StockClient client;
    std::size_t at = 0;
    bool away = true;
    std::vector<bool> in = std::vector<bool>(rooms, false);
    std::vector<std::string> meant;
    std::vector<std::string> seen;
};

class Play {
  public:
    explicit Play(bool durable) : durable_(durable) {
        world_.disk->at_once = !durable;
        for (auto& player : players_) {
            world_.connect(player.client, player.at);
            player.away = false;
            settle();
        }
    }

    void run(const std::vector<Command>& commands) {
        for (const auto& command : commands)
            step(command);
        for (std::size_t who = 0; who < clients; ++who)
            come_back(who, who % servers);
        settle();
        world_.say(0, {}, "the end");
        for (auto& player : players_)
            player.meant.emplace_back("the end");
        settle();
    }
    [[nodiscard]] std::string problem() const {
        for (std::size_t who = 0; who < clients; ++who) {
            const auto& player = players_[who];
            if (player.seen != player.meant) {
                std::string text = "client " + std::to_string(who) + " meant:";
                for (const auto& one : player.meant)
                    text += " " + one;
                text += " seen:";
                for (const auto& one : player.seen)
                    text += " " + one;
                return text;
            }
        }
        return problem_;
    }
    [[nodiscard]] std::size_t returns() const { return returns_; }
    [[nodiscard]] std::size_t moves() const { return moves_; }

  private:
    static std::string name_of(std::size_t room) { return "room " + std::to_string(room); }

    void step(const Command& command) {
        auto& player = players_[command.who];
        const auto room = name_of(command.room);
        switch (command.what) {
            case 0:  // to everybody
                say(command.where, {});
                return;
            case 1:  // to a room, maybe without somebody
                say(command.where, {{room},
                                    command.who == 0 ? std::vector<std::string>{players_[1].client.sid}
                                                     : std::vector<std::string>()});
                return;
            case 2:  // to the client's own socket
                if (const auto socket = socket_of(player)) {
                    const auto text = std::to_string(++said_);
                    socket->emit("say", text);
                    player.meant.push_back(text);
                }
                return;
            case 3:
                if (const auto socket = socket_of(player)) {
                    socket->join(room);
                    player.in[command.room] = true;
                }
                return;
            case 4:
                if (const auto socket = socket_of(player)) {
                    socket->leave(room);
                    player.in[command.room] = false;
                }
                return;
            case 5:
            case 6:  // another server moves it
                if (socket_of(player) == nullptr) return;
                if (command.what == 5) {
                    world_.main(command.where).join_sockets({{player.client.sid}, {}}, room);
                } else {
                    world_.main(command.where).leave_sockets({{player.client.sid}, {}}, room);
                }
                player.in[command.room] = command.what == 5;
                player_moved_[command.who] = true;
                return;
            case 7:  // the client reads
                read(player);
                return;
            case 8:  // its connection breaks, and what was not read is lost
                if (!player.away) {
                    let_moves_arrive(command.who);
                    world_.cut(player.client, player.at);
                    lose(player);
                    player.away = true;
                }
                return;
            case 9:  // it comes back, or comes without having gone
                come_back(command.who, command.where);
                return;
            case 10:
                world_.nodes[command.where]->run_one();
                return;
            case 11:
                if (durable_) world_.disk->keep(command.room + 1);
                return;
            default:
                world_.main(command.where).broadcast({}, "tick", json::array{"volatile"}, true);
        }
    }

    void say(std::size_t where, Audience audience) {
        const auto text = std::to_string(++said_);
        for (auto& player : players_) {
            const auto& sid = player.client.sid;
            const auto is_in = [&](const std::string& room) {
                for (std::size_t index = 0; index < rooms; ++index) {
                    if (player.in[index] && name_of(index) == room) return true;
                }
                return room == sid;
            };
            const bool meant =
                audience.rooms.empty() || std::any_of(audience.rooms.begin(), audience.rooms.end(), is_in);
            if (meant && std::none_of(audience.except.begin(), audience.except.end(), is_in)) {
                player.meant.push_back(text);
            }
        }
        world_.say(where, audience, text);
    }
    SocketPointer socket_of(Player& player) {
        return player.away ? nullptr : world_.main(player.at).find(player.client.sid);
    }
    void read(Player& player) {
        world_.read(player.client, player.at);
        take(player);
    }
    void take(Player& player) {
        for (auto& text : player.client.heard()) {
            if (text != "volatile") player.seen.push_back(std::move(text));
        }
    }
    void lose(Player& player) {
        world_.nodes[player.at]->output.sessions[player.client.session].sent.clear();
    }
    /// A server moves those that are there when it hears of it; who has gone by then stays where it was.
    void let_moves_arrive(std::size_t who) {
        if (std::exchange(player_moved_[who], false)) world_.nodes[players_[who].at]->run();
    }
    void come_back(std::size_t who, std::size_t where) {
        auto& player = players_[who];
        let_moves_arrive(who);
        if (!player.away) lose(player);
        moves_ += where != player.at ? 1 : 0;
        player.at = where;
        world_.connect(player.client, where);
        player.away = false;
        settle();
        if (player.client.recovery != "complete") problem_ = "came back as " + player.client.recovery;
        ++returns_;
    }
    void settle() {
        world_.run_all();
        if (durable_) world_.disk->keep_all();
        world_.run_all();
        for (auto& player : players_) {
            if (!player.away) read(player);
        }
    }

    bool durable_;
    SharedWorld world_{servers};
    std::vector<Player> players_{clients};
    std::array<bool, clients> player_moved_{};
    std::size_t said_ = 0;
    std::size_t returns_ = 0;
    std::size_t moves_ = 0;
    std::string problem_;
};

rc::Gen<std::vector<Command>> some_commands() {
    const auto number = [](std::size_t most) { return rc::gen::inRange<std::size_t>(0, most); };
    return rc::gen::scale(
        4, rc::gen::container<std::vector<Command>>(rc::gen::build<Command>(
               rc::gen::set(&Command::what, rc::gen::inRange(0, 13)),
               rc::gen::set(&Command::who, number(clients)), rc::gen::set(&Command::where, number(servers)),
               rc::gen::set(&Command::room, number(rooms)))));
}

TEST(SharedRecoveryProperty, EachClientSeesExactlyWhatWasEmittedToItWhicheverThreadItIsOn) {
    std::size_t moves = 0;
    rc::check([&] {
        Play play(false);
        play.run(*some_commands());
        moves += play.moves();
        RC_ASSERT(play.problem() == "");
    });
    EXPECT_GT(moves, 300U) << "or the test tells nothing";
}

TEST(SharedRecoveryProperty, TheSameWithADiskThatTakesItsTime) {
    std::size_t moves = 0;
    rc::check([&] {
        Play play(true);
        play.run(*some_commands());
        moves += play.moves();
        RC_ASSERT(play.problem() == "");
    });
    EXPECT_GT(moves, 300U) << "or the test tells nothing";
}

}  // namespace
}  // namespace holdfast::socketio
