// For tests of what everybody is told: the real house, the desk and the board, with nothing behind them.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/server/desk.hpp"

namespace holdfast::server {
namespace json = boost::json;
using seats::ConnectionId;

struct Told {
    std::string event;
    json::value data;
};

inline Told told_by(std::string_view packet) {
    const auto array = json::parse(std::string(packet.substr(1))).as_array();
    return {std::string(array.at(0).as_string()), array.at(1)};
}

inline Told told_by(const engineio::MessagePointer& packet) {
    return told_by(packet->text());
}

/// Keeps what it is given, by receiver.
class Post final : public Outbox {
  public:
    void put(Delivery delivery) override {
        delivery.packets.for_each(
            [&](std::string_view packet) { told[delivery.connection].push_back(told_by(packet)); });
        if (delivery.shared_packet) told[delivery.connection].push_back(told_by(delivery.shared_packet));
        if (delivery.picture.packet) told[delivery.connection].push_back(told_by(delivery.picture.packet));
        if (delivery.ticket != 0) acks[delivery.ticket] = json::parse(delivery.ack).as_object();
        if (delivery.seated) seated[delivery.connection] = *delivery.seated;
        if (delivery.rotation != 0) rotations[delivery.connection] = delivery.rotation;
        if (delivery.wrong_token) ++wrong_tokens;
    }
    void put(Broadcast broadcast) override { rooms[broadcast.room].push_back(told_by(broadcast.packet)); }
    void put(HostPictures pictures) override {
        streaming.push_back(told_by(pictures.streaming.packet));
        quiet.push_back(told_by(pictures.quiet.packet));
    }
    [[nodiscard]] std::vector<std::string> events(ConnectionId connection) {
        std::vector<std::string> names;
        for (const auto& one : told[connection])
            names.push_back(one.event);
        return names;
    }
    [[nodiscard]] json::value last(ConnectionId connection, std::string_view event) {
        json::value found;
        for (const auto& one : told[connection]) {
            if (one.event == event) found = one.data;
        }
        return found;
    }

    std::map<ConnectionId, std::vector<Told>> told;
    std::map<Room, std::vector<Told>> rooms;
    std::vector<Told> streaming;
    std::vector<Told> quiet;
    std::map<std::uint64_t, json::object> acks;
    std::map<ConnectionId, bool> seated;
    std::map<ConnectionId, std::uint64_t> rotations;
    int wrong_tokens = 0;
};

class DeskTest : public testing::Test {
  protected:
    explicit DeskTest(Milliseconds quiet_drop_time = {})
        : desk({.quiet_drop_time = quiet_drop_time, .server_id = "this run"}, post, board, metrics, log,
               clock) {}

    json::object run(seats::Command command, seats::StoreState store = seats::StoreState::writable) {
        command.ticket = ++last_ticket;
        const auto decision = house.execute(command, {clock.now(), clock.unix_now()}, store);
        house.committed(decision.sequence);
        desk.carry_out(decision);
        return post.acks[last_ticket];
    }
    json::object run(ConnectionId connection, seats::CommandBody body, std::string_view device = "") {
        return run(seats::command(connection, std::move(body), device));
    }
    /// Two seated players, 1 and 2, of the team "Otters".
    void seat_two() {
        run(1, seats::CreateTeam{"Otters"});
        run(2, seats::JoinTeam{"Otters"});
    }
    json::array offered() { return json::parse(board.available_teams(clock.now())).as_array(); }
    std::string token_of(ConnectionId connection) {
        return std::string(post.last(connection, "reconnection_token").at("token").as_string());
    }

    ManualClock clock;
    SeededRandom random{5};
    games::PairedGame game;
    seats::House house{{.token_secret = "a secret of thirty-two bytes or more"}, game, random};
    Post post;
    Metrics metrics;
    NoLog log;
    Board board{post, metrics, ""};
    Desk desk;
    std::uint64_t last_ticket = 0;
};

}  // namespace holdfast::server
