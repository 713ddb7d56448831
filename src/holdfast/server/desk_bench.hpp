// For tests: everything between the commands of clients and the disk, driven by hand on one thread: the real
// house, pipeline, desk and board over a store that the test brings. A witness compares whatever anybody is
// told with what the disk has at that moment, and players behave as clients do: what was refused because of
// the store they ask again, with the same operation id.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/server/commit_pipeline.hpp"
#include "holdfast/server/desk_witness.hpp"

namespace holdfast::server {

/// What a player wants. A SubmitAnswer of round 0 answers the newest question, and a ReconnectWithToken takes
/// the newest token.
struct Wish {
    Player* who = nullptr;
    seats::CommandBody body;
    std::string op;
};

class DeskBench {
  public:
    /// Starts on what the store has, which has to be `on_disk`. References must outlive the bench.
    DeskBench(seats::Store& store, const store::testing::Model& on_disk, std::vector<Player*> players)
        : store_(store), players_(std::move(players)), witness_(players_, pipeline_, desk_, on_disk) {
        for (Player* player : players_)
            player->connection = player->host ? ++last_connection_ : 0;
        auto snapshot = store_.load();
        if (!snapshot) {
            ADD_FAILURE() << "the store cannot be read";
            return;
        }
        EXPECT_EQ(*snapshot, on_disk.snapshot());
        const auto preserved = house_.preserve_sessions_at_start(std::move(*snapshot), now());
        const std::vector<const seats::Changes*> batch{&preserved.changes};
        EXPECT_TRUE(store_.commit(batch));
        if (!preserved.changes.empty()) witness_.written(batch);
        house_.committed(preserved.sequence);
        for (const seats::TeamId team : house_.team_ids())
            board_.put(house_.view(team, now()), clock_.now());
        board_.put(house_.game());
        board_.host_joined();
        witness_.deliver(preserved);
    }

    /// Called when players have lived through the beginning of an outage; makes the disk work again.
    std::function<void()> heal = [] {};

    /// Asks everything at once: the first is in flight when the others are decided. Whoever is refused
    /// because of the store asks again, until everybody has what they want.
    void ask(std::vector<Wish> wishes) {
        for (int attempt = 0; !wishes.empty(); ++attempt) {
            ASSERT_LT(attempt, 6) << "the store does not recover";
            std::vector<std::uint64_t> tickets;
            for (const Wish& wish : wishes) {
                tickets.push_back(submit(wish));
                if (!batch_) batch_ = pipeline_.take_batch(now());
            }
            settle();
            std::vector<Wish> refused;
            for (std::size_t index = 0; index < wishes.size(); ++index) {
                if (!is_granted(tickets[index], index > 0)) refused.push_back(wishes[index]);
            }
            wishes = std::move(refused);
            if (is_down()) live_through_outage();
            if (::testing::Test::HasFatalFailure()) return;
        }
    }
    void connect(Player& player) {
        player.connection = ++last_connection_;
        ask({{&player, seats::Introduce{}, ""}});
    }
    void drop(Player& player) {
        lose_connection(player);
        settle();
        if (is_down()) live_through_outage();
    }
    void resume(Player& player) {
        player.connection = ++last_connection_;
        ask({{&player, seats::ReconnectWithToken{}, ""}});
    }
    /// The player's client has its token for certain.
    void answer_heartbeat(Player& player) { ask({{&player, seats::HeartbeatAnswered{player.rotation}, ""}}); }
    /// Time goes by: a tick, and what the board sends now and then.
    void wait(Milliseconds span) {
        clock_.advance(span);
        EXPECT_TRUE(pipeline_.submit_own(seats::command(0, seats::Tick{}), now()));
        settle();
        board_.on_interval(clock_.now());
        if (is_down()) live_through_outage();
    }

    /// Memory, disk and what was told are one.
    void expect_all_in_line(const store::testing::History& history) {
        ASSERT_TRUE(pipeline_.is_idle());
        EXPECT_FALSE(is_down());
        const auto loaded = store_.load();
        ASSERT_TRUE(loaded);
        EXPECT_EQ(*loaded, house_.snapshot());
        EXPECT_EQ(*loaded, witness_.on_disk().snapshot());
        EXPECT_EQ(history, witness_.on_disk().history());
        EXPECT_TRUE(witness_.nothing_is_untold());
    }
    [[nodiscard]] const store::testing::Model& on_disk() const { return witness_.on_disk(); }
    [[nodiscard]] const PipelineCounters& counters() const { return pipeline_.counters(); }

  private:
    [[nodiscard]] seats::Moment now() const { return {clock_.now(), clock_.unix_now()}; }
    [[nodiscard]] bool is_down() const { return pipeline_.store_state() == seats::StoreState::down; }

    std::uint64_t submit(Wish wish) {
        Player& player = *wish.who;
        if (auto* answer = std::get_if<seats::SubmitAnswer>(&wish.body);
            answer != nullptr && !answer->round) {
            answer->round = player.question.round;
            answer->item = player.question.item;
        }
        if (auto* resume = std::get_if<seats::ReconnectWithToken>(&wish.body)) resume->token = player.token;
        auto asked = seats::command(player.connection, std::move(wish.body), player.device, wish.op);
        asked.host = player.host;
        asked.ticket = ++last_ticket_;
        EXPECT_TRUE(pipeline_.submit(std::move(asked), now()));
        return last_ticket_;
    }
    bool is_granted(std::uint64_t ticket, bool leans_on_another = false) {
        const auto ack = witness_.ack(ticket);
        if (!ack) {
            ADD_FAILURE() << "nobody has answered";
            return true;
        }
        if (ack->at("ok").as_bool()) return true;
        EXPECT_TRUE(is_down()) << "refused though the store works: " << json::serialize(*ack);
        // What leans on something that was taken back may also hear that it is not there.
        if (!leans_on_another) {
            EXPECT_EQ(ack->at("code"), "store_unavailable");
        }
        return false;
    }
    void lose_connection(Player& player) {
        auto lost = seats::command(player.connection, seats::ConnectionLost{}, player.device);
        player.connection = 0;
        EXPECT_TRUE(pipeline_.submit(std::move(lost), now()));
    }
    void settle() {
        while (!pipeline_.is_idle()) {
            if (!batch_) batch_ = pipeline_.take_batch(now());
            ASSERT_TRUE(batch_);
            const auto outcome = store_.commit(batch_->changes);
            if (outcome) witness_.written(batch_->changes);
            batch_.reset();
            pipeline_.commit_finished(outcome, now());
            // A store that has failed says nothing, also when it was in a checkpoint after the commit.
            if (const auto loaded = store_.load()) {
                EXPECT_EQ(*loaded, witness_.on_disk().snapshot());
            }
        }
        EXPECT_EQ(house_.snapshot(), witness_.on_disk().snapshot());
    }

    void live_through_outage() {
        Player visitor{.device = "a visitor", .connection = ++last_connection_};
        const auto told = submit({&visitor, seats::Introduce{}, ""});
        const auto listed = submit({&visitor, seats::ListReconnectable{}, ""});
        const auto refused = submit({&visitor, seats::CreateTeam{"Intruders"}, "visitor"});
        EXPECT_TRUE(is_granted(told) && is_granted(listed));
        EXPECT_FALSE(is_granted(refused));

        std::vector<Player*> seated;
        for (Player* player : players_) {
            if (player->seated && player->connection != 0) seated.push_back(player);
        }
        // One loses the connection and gets back into its seat without the disk, the next only after it.
        for (Player* player : seated)
            lose_connection(*player);
        if (!seated.empty()) {
            const auto tokens_told = witness_.tokens_told();
            seated[0]->connection = ++last_connection_;
            EXPECT_TRUE(is_granted(submit({seated[0], seats::ReconnectWithToken{}, ""})));
            EXPECT_EQ(witness_.tokens_told(), tokens_told) << "a token that is not on the disk";
        }
        wait_for_probe();
        heal();
        for (int attempt = 0; is_down() && attempt < 3; ++attempt)
            wait_for_probe();
        ASSERT_FALSE(is_down()) << "the store works, and nobody notices";
        for (std::size_t index = 1; index < seated.size(); ++index)
            resume(*seated[index]);
    }
    /// Carries on until the next probe and does it.
    void wait_for_probe() {
        clock_.advance(store_probe_longest_delay);
        EXPECT_TRUE(pipeline_.submit_own(seats::command(0, seats::Tick{}), now()));
        board_.on_interval(clock_.now());
        ASSERT_TRUE(pipeline_.take_probe(now()));
        const auto outcome = store_.probe();
        std::vector<seats::ConnectionId> live;
        for (const Player* player : players_) {
            if (player->connection != 0) live.push_back(player->connection);
        }
        std::sort(live.begin(), live.end());
        pipeline_.probe_finished(outcome, std::move(live), now());
        settle();
    }

    seats::Store& store_;
    std::vector<Player*> players_;
    ManualClock clock_;
    SeededRandom random_{11};
    games::PairedGame game_;
    seats::House house_{{.token_secret = Witness::token_secret}, game_, random_};
    Witness witness_;
    CommitPipeline pipeline_{house_, witness_};
    Metrics metrics_;
    NoLog log_;
    Board board_{witness_, metrics_, ""};
    Desk desk_{{.server_id = "this run"}, witness_, board_, metrics_, log_, clock_};
    std::optional<CommitPipeline::Batch> batch_;
    seats::ConnectionId last_connection_ = 0;
    std::uint64_t last_ticket_ = 0;
};

}  // namespace holdfast::server
