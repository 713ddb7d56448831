#include "holdfast/bench/player.hpp"

#include <gtest/gtest.h>

namespace {

using namespace holdfast::bench;

TEST(BenchPlayer, KeepsTheTokenAndTheRoundItWasTold) {
    Player player;
    EXPECT_EQ(player.take(R"(42["connection_established",{"seats_per_team":2,"available_teams":[]}])"),
              Player::Told::established);
    EXPECT_EQ(player.seats_per_team(), 2);
    EXPECT_EQ(player.take(R"(42["reconnection_token",{"token":"AQ-x_9","player_slot":1}])"),
              Player::Told::other);
    EXPECT_EQ(player.token(), "AQ-x_9");
    EXPECT_EQ(player.tokens_seen(), 1);
    static_cast<void>(player.take(R"(42["new_question",{"round_id":17,"round_number":3,"item":"X"}])"));
    EXPECT_EQ(player.question(), (Question{17, "X", false}));
    static_cast<void>(player.take(R"(42["answer_confirmed",{"message":"Thank you."}])"));
    EXPECT_EQ(player.question(), (Question{17, "X", true}));
    static_cast<void>(player.take(R"(42["new_question",{"round_id":18,"round_number":4,"item":"Y"}])"));
    EXPECT_EQ(player.question(), (Question{18, "Y", false}));
}

TEST(BenchPlayer, ReadsAcks) {
    Player player;
    EXPECT_EQ(
        player.take(
            R"(435[{"team_name":"a","player_slot":2,"is_reconnection":true,"event":"team_joined","ok":true}])"),
        Player::Told::acked);
    EXPECT_EQ(player.outcome().id, 5);
    EXPECT_TRUE(player.outcome().ok);
    EXPECT_EQ(player.outcome().event, "team_joined");
    EXPECT_EQ(player.outcome().team_name, "a");
    EXPECT_EQ(player.outcome().player_slot, 2);
    EXPECT_TRUE(player.outcome().is_reconnection);
    EXPECT_EQ(player.take(R"(436[{"message":"Full.","code":"team_full","ok":false}])"), Player::Told::acked);
    EXPECT_FALSE(player.outcome().ok);
    EXPECT_EQ(player.outcome().code, "team_full");
}

TEST(BenchPlayer, AnAnswerWithoutAnObjectIsMalformed) {
    Player player;
    for (const char* text : {"435[]", "435", "435[1]", "43[{}]", "435[{", R"(42["new_question"])"})
        EXPECT_EQ(player.take(text), Player::Told::malformed) << text;
    EXPECT_EQ(player.take(R"(42["teams_updated",{"teams":[]}])"), Player::Told::other);
}

TEST(BenchPlayer, AConnectionThatEndsTakesTheRoundWithItButNotTheToken) {
    Player player;
    static_cast<void>(player.take(R"(42["reconnection_token",{"token":"t"}])"));
    static_cast<void>(player.take(R"(42["new_question",{"round_id":1,"item":"A"}])"));
    player.disconnected();
    EXPECT_EQ(player.token(), "t");
    EXPECT_EQ(player.tokens_seen(), 0);
    EXPECT_EQ(player.question(), std::nullopt);
    player.left();
    EXPECT_EQ(player.token(), "");
}

}  // namespace
