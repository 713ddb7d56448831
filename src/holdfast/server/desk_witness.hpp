// For tests: takes what the desk says to anybody and compares it with what the disk has at that moment.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/seats/tokens.hpp"
#include "holdfast/server/commit_pipeline.hpp"
#include "holdfast/server/desk.hpp"
#include "holdfast/store/testing/model.hpp"

namespace holdfast::server {

namespace json = boost::json;

/// A client, with what it has been told.
struct Player {
    std::string device;
    bool host = false;
    seats::ConnectionId connection = 0;  ///< 0: not connected
    bool seated = false;
    seats::TeamId team = 0;
    seats::Slot slot = 0;
    std::string token{};
    std::uint64_t rotation = 0;
    struct Question {
        seats::RoundId round = 0;
        char item = 0;
    };
    Question question{};
};

class Witness final : public Outbox, public DecisionSink {
  public:
    static constexpr const char* token_secret = "a secret of thirty-two bytes or more";

    /// References must outlive this object; they are not looked at before the first delivery.
    Witness(const std::vector<Player*>& players, const CommitPipeline& pipeline, Desk& desk,
            store::testing::Model on_disk)
        : players_(players), pipeline_(pipeline), desk_(desk), on_disk_(on_disk), told_(std::move(on_disk)) {}

    /// The store has acknowledged this batch.
    void written(std::span<const seats::Changes* const> batch) {
        for (const seats::Changes* changes : batch) {
            ASSERT_TRUE(on_disk_.apply({*changes})) << "decided on another version than the disk has";
            untold_.push_back(on_disk_);
        }
    }
    [[nodiscard]] const store::testing::Model& on_disk() const { return on_disk_; }
    [[nodiscard]] bool nothing_is_untold() const { return untold_.empty(); }
    [[nodiscard]] std::size_t tokens_told() const { return tokens_told_; }
    [[nodiscard]] std::optional<json::object> ack(std::uint64_t ticket) const {
        const auto found = acks_.find(ticket);
        return found == acks_.end() ? std::nullopt : std::optional(found->second);
    }

    void deliver(const seats::Decision& decision) override {
        if (decision.refusal == seats::Refusal::store_unavailable) {
            EXPECT_TRUE(decision.changes.empty()) << "refused, and yet it leaves something";
        }
        if (!decision.changes.empty()) {
            ASSERT_FALSE(untold_.empty()) << "told before it is on the disk";
            ASSERT_TRUE(told_.apply({decision.changes}));
            EXPECT_EQ(told_.snapshot(), untold_.front().snapshot());
            EXPECT_EQ(told_.history(), untold_.front().history());
            untold_.pop_front();
        }
        desk_.carry_out(decision);
    }

    void put(Delivery delivery) override {
        if (Player* player = player_of(delivery.connection); player != nullptr && delivery.rotation != 0) {
            player->rotation = delivery.rotation;
        }
        delivery.packets.for_each([&](std::string_view packet) { compare(delivery.connection, packet); });
        if (delivery.shared_packet) compare(delivery.connection, delivery.shared_packet);
        if (delivery.picture.packet) compare(delivery.connection, delivery.picture.packet);
        if (delivery.ticket == 0) return;
        const auto ack = json::parse(delivery.ack).as_object();
        EXPECT_TRUE(acks_.emplace(delivery.ticket, ack).second) << "answered twice";
        if (!ack.at("ok").as_bool()) return;
        if (const auto* event = ack.if_contains("event")) {
            compare(delivery.connection, std::string(event->as_string()), ack);
        }
    }
    void put(Broadcast broadcast) override { compare(0, broadcast.packet); }
    void put(HostPictures pictures) override {
        compare(0, pictures.streaming.packet);
        compare(0, pictures.quiet.packet);
    }

  private:
    using Object = json::object;

    [[nodiscard]] Player* player_of(seats::ConnectionId connection) const {
        for (Player* player : players_) {
            if (connection != 0 && player->connection == connection) return player;
        }
        return nullptr;
    }
    [[nodiscard]] bool is_down() const { return pipeline_.store_state() == seats::StoreState::down; }
    template <typename Number = std::uint64_t>
    [[nodiscard]] static Number number(const Object& object, const char* name) {
        return object.at(name).to_number<Number>();
    }
    [[nodiscard]] const seats::TeamRecord* team_named(const json::value& name) const {
        for (const auto& [id, team] : told_.teams) {
            if (name == json::value(team.name)) return &team;
        }
        ADD_FAILURE() << "no such team on the disk: " << json::serialize(name);
        return nullptr;
    }

    void compare(seats::ConnectionId connection, const engineio::MessagePointer& packet) {
        compare(connection, packet->text());
    }
    void compare(seats::ConnectionId connection, std::string_view packet) {
        const auto array = json::parse(std::string(packet.substr(1))).as_array();
        compare(connection, std::string(array.at(0).as_string()), array.at(1).as_object());
    }
    void compare(seats::ConnectionId connection, const std::string& event, const Object& said) {
        using Check = void (Witness::*)(Player*, const Object&);
        static const std::map<std::string, Check> checks{
            {"team_created", &Witness::sits},
            {"team_joined", &Witness::sits},
            {"reconnection_token", &Witness::token},
            {"left_team_success", &Witness::left},
            {"error", &Witness::refused},
            {"team_status_update", &Witness::status},
            {"new_question", &Witness::question},
            {"answer_confirmed", &Witness::answer},
            {"new_answer_for_dashboard", &Witness::answer_for_hosts},
            {"round_complete", &Witness::round_complete},
            {"connection_established", &Witness::lobby},
            {"teams_updated", &Witness::lobby},
            {"game_start", &Witness::game},
            {"game_state_changed", &Witness::game},
            {"game_state_update", &Witness::game},
            {"game_mode_changed", &Witness::game},
            {"game_reset", &Witness::game_reset},
            {"game_reset_complete", &Witness::game_reset},
            {"game_started", &Witness::game_started},
            {"dashboard_update", &Witness::dashboard},
            {"team_status_changed_for_dashboard", &Witness::dashboard},
            {"player_left", &Witness::partner_gone},
            {"host_notice", &Witness::host_notice},
            {"host_acted", &Witness::host_acted},
            {"game_grace_changed", &Witness::grace},
            {"reconnectable_teams", &Witness::reconnectable},
            {"seat_claims", &Witness::claims},
        };
        SCOPED_TRACE(event + " " + json::serialize(said));
        const auto check = checks.find(event);
        ASSERT_NE(check, checks.end()) << "nobody compares this event with the disk";
        (this->*check->second)(player_of(connection), said);
    }

    void sits(Player* player, const Object& said) {
        const auto team = told_.teams.find(number(said, "team_id"));
        ASSERT_NE(team, told_.teams.end());
        const auto slot = number<seats::Slot>(said, "player_slot");
        const auto& seat = team->second.seats.at(slot - 1U);
        EXPECT_TRUE(team->second.active);
        EXPECT_EQ(said.at("team_name"), json::value(team->second.name));
        EXPECT_EQ(said.at("game_started"), told_.game.started);
        const auto* resumed = said.if_contains("is_reconnection");
        if (is_down()) {
            ASSERT_TRUE(resumed != nullptr && resumed->as_bool()) << "somebody new without the disk";
            EXPECT_NE(seat.state, seats::SeatState::vacant);
        } else {
            EXPECT_EQ(seat.state, seats::SeatState::connected);
        }
        if (player == nullptr) return;
        EXPECT_EQ(seat.device, sha256(player->device));
        player->seated = true;
        player->team = team->first;
        player->slot = slot;
    }
    void token(Player* player, const Object& said) {
        ++tokens_told_;
        const auto text = std::string(said.at("token").as_string());
        const auto claim = tokens_.read_token(text);
        ASSERT_TRUE(claim);
        const auto team = told_.teams.find(claim->team);
        ASSERT_NE(team, told_.teams.end());
        const auto standing = seats::Tokens::validate_token(&team->second, *claim, told_.game.uptime);
        ASSERT_TRUE(standing) << "the disk does not know this token";
        EXPECT_EQ(*standing, seats::TokenStanding::newest);
        if (player == nullptr) return;
        EXPECT_EQ(std::pair(claim->team, claim->slot), std::pair(player->team, player->slot));
        player->token = text;
    }
    void left(Player* player, const Object& /*said*/) {
        if (player == nullptr) return;
        EXPECT_EQ(told_.teams.at(player->team).seats.at(player->slot - 1U).state, seats::SeatState::vacant);
        player->seated = false;
    }
    void refused(Player* player, const Object& said) {
        if (player == nullptr || said.at("code") != "seat_released") return;
        left(player, said);
    }
    void seats_shown(const seats::TeamRecord& team, const json::array& rows) {
        ASSERT_EQ(rows.size(), team.seats.size());
        for (std::size_t index = 0; index < rows.size(); ++index) {
            const auto shown = std::string(rows[index].at("state").as_string());
            const auto state = team.seats[index].state;
            EXPECT_EQ(shown == "vacant", state == seats::SeatState::vacant);
            // Without the disk people come and go, and only who has a seat stays as it is.
            if (!is_down()) {
                EXPECT_EQ(shown, to_string(state));
            }
        }
    }
    void status(Player* /*player*/, const Object& said) {
        const auto* team = team_named(said.at("team_name"));
        if (team == nullptr) return;
        EXPECT_EQ(said.at("game_started"), told_.game.started);
        seats_shown(*team, said.at("seats").as_array());
    }
    void question(Player* player, const Object& said) {
        if (player == nullptr) return;
        const auto& round = told_.teams.at(player->team).round;
        ASSERT_TRUE(round);
        EXPECT_EQ(round->id, number(said, "round_id"));
        EXPECT_EQ(round->number, number(said, "round_number"));
        EXPECT_EQ(said.at("item"), json::value(std::string(1, round->items.at(player->slot - 1U))));
        player->question = {round->id, round->items.at(player->slot - 1U)};
    }
    [[nodiscard]] bool has_answer(seats::TeamId team, seats::RoundId round, const json::value& item,
                                  bool given) const {
        return std::any_of(told_.answers.begin(), told_.answers.end(), [&](const auto& one) {
            return one.team == team && one.round == round && one.answer == given &&
                   item == json::value(std::string(1, one.item));
        });
    }
    void answer(Player* player, const Object& said) {
        if (player == nullptr) return;
        EXPECT_TRUE(
            has_answer(player->team, number(said, "round_id"), said.at("item"), said.at("answer").as_bool()));
    }
    void answer_for_hosts(Player* /*player*/, const Object& said) {
        EXPECT_TRUE(has_answer(number(said, "team_id"), number(said, "question_round_id"),
                               said.at("assigned_item"), said.at("response_value").as_bool()));
    }
    void round_complete(Player* /*player*/, const Object& said) {
        const auto* team = team_named(said.at("team_name"));
        if (team == nullptr) return;
        EXPECT_TRUE(std::any_of(told_.rounds.begin(), told_.rounds.end(), [&](const auto& one) {
            const auto& answers = one.round.answers;
            return one.team == team->id && one.round.number == number(said, "round_number") &&
                   std::all_of(answers.begin(), answers.end(), [](const auto& given) { return given; });
        }));
    }
    /// Lists exactly the teams with a vacant seat, and the dissolved ones.
    void lobby(Player* /*player*/, const Object& said) {
        EXPECT_EQ(said.at("game_started"), told_.game.started);
        std::map<seats::TeamId, bool> shown;
        const auto* teams = said.if_contains("teams");
        for (const auto& row : (teams == nullptr ? said.at("available_teams") : *teams).as_array())
            shown[number(row.as_object(), "team_id")] = row.at("is_active").as_bool();
        std::map<seats::TeamId, bool> open;
        for (const auto& [id, team] : told_.teams) {
            const bool has_vacant = std::any_of(team.seats.begin(), team.seats.end(), [](const auto& seat) {
                return seat.state == seats::SeatState::vacant;
            });
            if (has_vacant || !team.active) open[id] = team.active;
        }
        EXPECT_EQ(shown, open);
    }
    void game(Player* /*player*/, const Object& said) {
        const auto expect = [&](const char* field, const json::value& value) {
            if (const auto* found = said.if_contains(field)) {
                EXPECT_EQ(*found, value);
            }
        };
        expect("game_started", told_.game.started);
        expect("paused", told_.game.paused);
        expect("mode", json::value(to_string(told_.game.mode)));
    }
    void game_reset(Player* /*player*/, const Object& /*said*/) {
        EXPECT_TRUE(told_.answers.empty());
        EXPECT_TRUE(told_.rounds.empty());
        EXPECT_EQ(told_.game.answers, 0U);
    }
    void game_started(Player* /*player*/, const Object& /*said*/) { EXPECT_TRUE(told_.game.started); }
    void dashboard(Player* /*player*/, const Object& said) {
        if (said.contains("total_answers_count")) {
            EXPECT_EQ(number(said, "total_answers_count"), told_.answers.size());
        }
        for (const auto& row : said.at("teams").as_array()) {
            const auto* team = team_named(row.at("team_name"));
            if (team == nullptr) continue;
            EXPECT_EQ(row.at("is_active"), team->active);
            EXPECT_EQ(row.at("current_round_number"), team->rounds_dealt);
            seats_shown(*team, row.at("seats").as_array());
        }
    }
    void partner_gone(Player* player, const Object& said) {
        if (player == nullptr || is_down()) return;
        const auto& team = told_.teams.at(player->team);
        EXPECT_EQ(team.seats.at(number(said, "player_slot") - 1).state,
                  said.at("for_good").as_bool() ? seats::SeatState::vacant : seats::SeatState::away);
    }
    void claims(Player* /*player*/, const Object& said) {
        for (const auto& row : said.at("requests").as_array()) {
            const auto& team = told_.teams.at(number(row.as_object(), "team_id"));
            EXPECT_NE(team.seats.at(number(row.as_object(), "player_slot") - 1).state,
                      seats::SeatState::vacant);
        }
    }
    void host_notice(Player* player, const Object& said) {
        EXPECT_TRUE(said.at("message").as_string().ends_with("."));
        if (player == nullptr || said.at("what") != "moved" || is_down()) return;
        EXPECT_NE(told_.teams.at(player->team).seats.at(player->slot - 1U).state, seats::SeatState::vacant);
    }
    void host_acted(Player* /*player*/, const Object& said) {
        EXPECT_EQ(said.at("team_name"), json::value(told_.teams.at(number(said, "team_id")).name));
    }
    void grace(Player* /*player*/, const Object& said) {
        EXPECT_EQ(number<std::int64_t>(said, "grace_seconds") * 1000, told_.game.grace.count());
    }
    void reconnectable(Player* /*player*/, const Object& said) {
        for (const auto& row : said.at("teams").as_array()) {
            const auto& team = told_.teams.at(number(row.as_object(), "team_id"));
            EXPECT_NE(team.seats.at(number(row.as_object(), "player_slot") - 1).state,
                      seats::SeatState::vacant);
            EXPECT_FALSE(row.as_object().contains("reconnection_token")) << "a stranger asked";
        }
    }

    const std::vector<Player*>& players_;
    const CommitPipeline& pipeline_;
    Desk& desk_;
    seats::Tokens tokens_{token_secret};
    store::testing::Model on_disk_;
    /// What the disk had after each decision that is written and not told yet.
    std::deque<store::testing::Model> untold_;
    /// What the disk had after the decision that is being told.
    store::testing::Model told_;
    std::map<std::uint64_t, Object> acks_;
    std::size_t tokens_told_ = 0;
};

}  // namespace holdfast::server
