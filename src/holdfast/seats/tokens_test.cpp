#include "holdfast/seats/tokens.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace holdfast::seats {
namespace {

const std::string secret = "thirty-two bytes of a secret ....";

TeamRecord team_of_two(TeamId id) {
    TeamRecord team;
    team.id = id;
    team.seats.resize(2);
    for (auto& seat : team.seats)
        seat.state = SeatState::connected;
    return team;
}

Result<TokenStanding, Refusal> standing(const Tokens& tokens, const TeamRecord& team,
                                        const std::string& token, Uptime now = {}) {
    const auto claim = tokens.read_token(token);
    if (!claim) return failure(claim.error());
    return Tokens::validate_token(&team, *claim, now);
}

TEST(Tokens, SayWhichSeatTheyOpen) {
    const Tokens tokens(secret);
    auto team = team_of_two(0x1122334455667788);
    team.seats[1].rotation = 41;
    const auto claim = tokens.read_token(tokens.create_token(team, 2));
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->team, 0x1122334455667788U);
    EXPECT_EQ(claim->slot, 2);
    EXPECT_EQ(claim->rotation, 42U);
}

TEST(Tokens, OfEverySeatAndRotationDiffer) {
    const Tokens tokens(secret);
    std::set<std::string> seen;
    for (TeamId id = 1; id <= 20; ++id) {
        auto team = team_of_two(id);
        for (int rotation = 0; rotation < 5; ++rotation) {
            seen.insert(tokens.create_token(team, 1));
            seen.insert(tokens.create_token(team, 2));
        }
    }
    EXPECT_EQ(seen.size(), 200U);
}

TEST(Tokens, OfAnotherSecretAreUnknown) {
    auto team = team_of_two(1);
    const auto token = Tokens("another secret of thirty-two bytes").create_token(team, 1);
    EXPECT_EQ(Tokens(secret).read_token(token).error(), Refusal::token_unknown);
}

TEST(Tokens, ThatWereTamperedWithAreUnknown) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto token = tokens.create_token(team, 1);
    for (std::size_t index = 0; index < token.size(); ++index) {
        auto changed = token;
        changed[index] = changed[index] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(tokens.read_token(changed)) << index;
    }
    for (const auto& text : {std::string(), std::string("x"), token + "A", token.substr(1), token + "=",
                             std::string(token.size(), 'A'), std::string(100'000, 'A')}) {
        EXPECT_FALSE(tokens.read_token(text));
    }
}

TEST(Tokens, OfAnyTextAreUnknown) {
    rc::check("only what was made here is read", [](const std::string& text) {
        const auto claim = Tokens(secret).read_token(text);
        RC_ASSERT(!claim && claim.error() == Refusal::token_unknown);
    });
}

TEST(Tokens, OfTheSecretBeforeAreReadUntilItsTimeIsOver) {
    constexpr UnixTime until{1'700'000'000'000};
    auto team = team_of_two(1);
    const auto old = Tokens(secret).create_token(team, 1);
    Tokens tokens({"another secret of thirty-two bytes or more", secret, until});
    const auto claim = tokens.read_token(old);
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->rotation, 1U);
    EXPECT_NE(tokens.find_token(team, 1, {}), old) << "what is handed out is of the new secret";
    EXPECT_FALSE(tokens.forget_secret_before({until.milliseconds - 1}));
    EXPECT_TRUE(tokens.read_token(old));
    EXPECT_TRUE(tokens.forget_secret_before(until));
    EXPECT_FALSE(tokens.read_token(old));
    EXPECT_FALSE(tokens.forget_secret_before(until)) << "it is gone already";
}

TEST(Tokens, AreFoundByTeamAndSlot) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto first = tokens.create_token(team, 1);
    const auto second = tokens.create_token(team, 2);
    EXPECT_EQ(tokens.find_token(team, 1, {}), first);
    EXPECT_EQ(tokens.find_token(team, 2, {}), second);
    EXPECT_FALSE(tokens.find_token(team, 0, {}));
    EXPECT_FALSE(tokens.find_token(team, 3, {}));
    clear_token(team.seats[0]);
    EXPECT_FALSE(tokens.find_token(team, 1, {}));
    EXPECT_EQ(tokens.find_token(team, 2, {}), second);
}

TEST(Tokens, CreatingOneClearsTheOldOnes) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto first = tokens.create_token(team, 1);
    const auto resumed = tokens.rotate_token(team, 1);
    const auto created = tokens.create_token(team, 1);
    EXPECT_EQ(standing(tokens, team, first).error(), Refusal::token_retired);
    EXPECT_EQ(standing(tokens, team, resumed).error(), Refusal::token_retired);
    EXPECT_EQ(standing(tokens, team, created), TokenStanding::newest);
}

TEST(Tokens, TheOneBeforeStaysGoodUntilTheNewestIsConfirmed) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto first = tokens.create_token(team, 1);
    const auto second = tokens.rotate_token(team, 1);
    EXPECT_NE(first, second);
    EXPECT_EQ(standing(tokens, team, first), TokenStanding::previous);
    EXPECT_EQ(standing(tokens, team, second), TokenStanding::newest);
    // However often it is used, it leads to the same successor.
    EXPECT_EQ(tokens.rotate_token(team, 1), second);
    EXPECT_EQ(tokens.rotate_token(team, 1), second);

    EXPECT_FALSE(confirm_token(team.seats[0], 1)) << "an older one confirms nothing";
    EXPECT_EQ(standing(tokens, team, first), TokenStanding::previous);
    EXPECT_TRUE(confirm_token(team.seats[0], 2));
    EXPECT_FALSE(confirm_token(team.seats[0], 2)) << "only the first time changes anything";
    EXPECT_EQ(standing(tokens, team, first).error(), Refusal::token_retired);
    EXPECT_NE(tokens.rotate_token(team, 1), second);
}

TEST(Tokens, AgeOnlyWhileTheirSeatIsAway) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto token = tokens.create_token(team, 1);
    EXPECT_TRUE(standing(tokens, team, token, Uptime{1'000'000'000}));
    team.seats[0].state = SeatState::away;
    team.seats[0].token_deadline = Uptime{5'000};
    team.seats[0].seat_deadline = Uptime{9'000};
    EXPECT_TRUE(standing(tokens, team, token, Uptime{4'999}));
    EXPECT_TRUE(sweep_expired_tokens(team, Uptime{4'999}).empty());
    EXPECT_EQ(standing(tokens, team, token, Uptime{5'000}).error(), Refusal::token_expired);
    EXPECT_EQ(sweep_expired_tokens(team, Uptime{5'000}), std::vector<Slot>{1});
    EXPECT_TRUE(sweep_expired_tokens(team, Uptime{5'000}).empty()) << "swept once";
    EXPECT_EQ(standing(tokens, team, token, Uptime{5'000}).error(), Refusal::token_expired);
}

TEST(Tokens, OfAVacatedSeatSayWhy) {
    const Tokens tokens(secret);
    auto team = team_of_two(1);
    const auto old = tokens.create_token(team, 1);
    tokens.create_token(team, 1);
    const auto last = tokens.create_token(team, 1);
    auto& seat = team.seats[0];
    clear_token(seat);
    seat.state = SeatState::vacant;
    seat.freed_because = SeatFreed::left;
    EXPECT_EQ(standing(tokens, team, last).error(), Refusal::token_retired);
    for (const auto& [freed, refusal] : {std::pair(SeatFreed::released, Refusal::seat_released),
                                         std::pair(SeatFreed::expired, Refusal::seat_expired)}) {
        seat.freed_because = freed;
        EXPECT_EQ(standing(tokens, team, last).error(), refusal);
        EXPECT_EQ(Tokens::validate_moved_token(seat, {}).error(), refusal);
        EXPECT_EQ(standing(tokens, team, old).error(), Refusal::token_retired);
    }
}

TEST(Tokens, OfSeatsThatDoNotExistAreUnknown) {
    const TokenClaim newer{1, 1, 7};
    EXPECT_EQ(Tokens::validate_token(nullptr, newer, {}).error(), Refusal::token_unknown);
    auto team = team_of_two(1);
    EXPECT_EQ(Tokens::validate_token(&team, {1, 3, 1}, {}).error(), Refusal::token_unknown);
    EXPECT_EQ(Tokens::validate_token(&team, {1, 0, 1}, {}).error(), Refusal::token_unknown);
    EXPECT_EQ(Tokens::validate_token(&team, newer, {}).error(), Refusal::token_unknown)
        << "a disk from a backup has not handed that number out yet";
}

}  // namespace
}  // namespace holdfast::seats
