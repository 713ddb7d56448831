// Players with bad networks, a disk that fails and a process that dies, all drawn from one seed; and what
// always holds, checked after every step. A failure names its seed.
#include <map>
#include <set>

#include "holdfast/seats/house_stage.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {
namespace {

/// One player with one device. Knows only what it was told.
struct Player {
    std::string device;
    ConnectionId connection = 0;
    std::string token;
    std::uint64_t rotation_on_connection = 0;  ///< of the token that came over the present connection
    bool seated = false;                       ///< as far as it knows
    Command unanswered;                        ///< to be sent again, with its operation id
    bool waits = false;
};

struct Story {
    bool disk_may_fail = false;
    bool process_may_die = false;
    bool seats_may_expire = false;
};

class World : public Stage {
  public:
    World(std::uint64_t seed, const Story& story_given)
        : Stage(settings_for(story_given)), draw(seed), story(story_given), tokens(settings.token_secret) {
        for (int number = 0; number < 9; ++number) {
            Player player;
            player.device = "player " + std::to_string(number);
            players.push_back(player);
        }
    }

    void step() {
        clock.advance(Milliseconds{static_cast<std::int64_t>(draw.below(300))});
        const auto dice = draw.below(1'000);
        if (dice < 700) {
            auto& player = players[draw.below(players.size())];
            player.connection == 0 ? come_back(player) : act(player);
        } else if (dice < 760) {
            ask(command(0, Tick{}));
        } else if (dice < 800) {
            ask(command(0, SynchroniseWithStore{{live.begin(), live.end()}}));
        } else if (dice < 830) {
            act_as_host();
        } else if (dice < 860) {
            close_a_forgotten_connection();
        } else if (dice < 890) {
            be_a_stranger();
        } else if (dice < 970 || outage) {
            if (outage && draw.below(5) == 0) end_outage();
            deliver_all();
        } else if (dice < 985 && story.disk_may_fail) {
            begin_outage();
        } else if (dice < 988 && story.process_may_die) {
            die();
        } else if (story.seats_may_expire) {
            clock.advance(Milliseconds{4'000});
        }
        check_tables();
    }

    /// Ends every trouble; everybody comes back, and whoever holds a seat gets it.
    void happy_end() {
        if (outage) end_outage();
        deliver_all();
        for (auto& player : players) {
            lose(player);
            const auto seat = seat_held_by(player);
            if (!seat || player.token.empty()) continue;
            const auto claim = tokens.read_token(player.token);
            if (!claim || SeatKeyPair{claim->team, claim->slot} != *seat) continue;
            const auto back = ask(command(connect(player), ReconnectWithToken{player.token}, player.device));
            EXPECT_FALSE(back.refusal) << code_of(back.refusal.value_or(Refusal::bad_request));
        }
        deliver_all();
        for (const auto& team : disk.snapshot().teams) {
            for (const auto& seat : team.seats)
                EXPECT_TRUE(seat.state != SeatState::connected || seat.token_live);
        }
    }

    std::size_t resumed = 0;
    std::size_t rolled_back = 0;
    std::size_t vacated = 0;
    std::size_t refused_tokens = 0;

  private:
    using SeatKeyPair = std::pair<TeamId, Slot>;

    static HouseSettings settings_for(const Story& story) {
        HouseSettings settings;
        settings.grace = Milliseconds{story.seats_may_expire ? 20'000 : 3'600'000};
        settings.token_life = Milliseconds{story.seats_may_expire ? 12'000 : 3'600'000};
        return settings;
    }
    ConnectionId connect(Player& player) {
        player.connection = ++last_connection;
        player.rotation_on_connection = 0;
        live.insert(player.connection);
        return player.connection;
    }
    /// The player's side is gone; the server may hear of it at once, later or never.
    void lose(Player& player) {
        if (player.connection == 0) return;
        forgotten.push_back(player.connection);
        player.connection = 0;
        player.seated = false;
    }
    void close_a_forgotten_connection() {
        if (forgotten.empty()) return;
        const auto index = draw.below(forgotten.size());
        const auto connection = forgotten[index];
        forgotten.erase(forgotten.begin() + static_cast<std::ptrdiff_t>(index));
        live.erase(connection);
        // Now and then the news of a close gets lost: the comparison has to find it.
        if (draw.below(4) != 0) ask(command(connection, ConnectionLost{}));
    }

    void come_back(Player& player) {
        connect(player);
        if (player.waits && draw.below(2) == 0) {
            auto again = player.unanswered;
            again.connection = player.connection;
            ask(again);
        } else if (!player.token.empty()) {
            resume_with_token(player);
        } else {
            take_a_seat(player);
        }
    }
    void resume_with_token(Player& player) {
        const auto snapshot = house->snapshot();
        const auto seat = seat_held_by(player);
        const auto claim = tokens.read_token(player.token);
        ASSERT_TRUE(claim);
        const bool still_mine = seat && *seat == SeatKeyPair{claim->team, claim->slot};
        const auto decision =
            ask(command(player.connection, ReconnectWithToken{player.token}, player.device));
        if (!decision.refusal) {
            ++resumed;
            return;
        }
        ++refused_tokens;
        // The heart of it: as long as the seat is this player's, the last token it was told is good.
        EXPECT_TRUE(!still_mine || (story.seats_may_expire && decision.refusal == Refusal::token_expired))
            << code_of(*decision.refusal);
        player.token.clear();
    }
    void take_a_seat(Player& player) {
        const auto name = "Team " + std::to_string(draw.below(5));
        CommandBody body = JoinTeam{name};
        if (draw.below(3) == 0) body = CreateTeam{name};
        if (draw.below(8) == 0) body = ReactivateTeam{name};
        player.unanswered = command(player.connection, std::move(body), player.device,
                                    "op " + std::to_string(++last_operation));
        player.waits = true;
        if (ask(player.unanswered).refusal) player.waits = false;
    }
    void act(Player& player) {
        switch (draw.below(10)) {
            case 0:
            case 1:
                lose(player);
                return;
            case 2:
                if (player.seated && draw.below(3) == 0) {
                    ask(command(player.connection, LeaveTeam{}, player.device));
                }
                return;
            case 3:
                if (player.rotation_on_connection != 0) {
                    ask(command(player.connection, HeartbeatAnswered{player.rotation_on_connection},
                                player.device));
                }
                return;
            case 4:
                if (!player.token.empty()) {
                    ask(command(player.connection, ConfirmToken{player.token}, player.device));
                }
                return;
            case 5:
                // A second tab with the same token, or an impatient reload.
                if (!player.token.empty()) {
                    lose(player);
                    connect(player);
                    resume_with_token(player);
                }
                return;
            case 6:
                if (!player.seated) take_a_seat(player);
                return;
            default:
                answer(player);
        }
    }
    void answer(Player& player) {
        const auto [team, slot] = house->seat_of(player.connection);
        if (team == 0) return;
        for (const auto& record : house->snapshot().teams) {
            if (record.id != team || !record.round) continue;
            const auto item = record.round->items[static_cast<std::size_t>(slot - 1)];
            ask(command(player.connection, SubmitAnswer{record.round->id, item, draw.below(2) == 0},
                        player.device));
        }
    }
    void act_as_host() {
        switch (draw.below(6)) {
            case 0:
                ask(host(PauseGame{}));
                return;
            case 1:
                ask(host(RestartGame{}));
                return;
            case 2:
                ask(host(ToggleGameMode{}));
                return;
            case 3:
                ask(host(ReleaseSeat{1 + draw.below(5), static_cast<Slot>(1 + draw.below(2))}));
                return;
            default:
                ask(host(StartGame{}));
        }
    }
    /// Learns nothing, gets nothing.
    void be_a_stranger() {
        const auto before = house->snapshot();
        const auto listed =
            the<ReconnectableListed>(ask(command(1'000'000, ListReconnectable{}, "a stranger")));
        for (const auto& seat : listed.seats)
            EXPECT_EQ(seat.token, "");
        if (!told_tokens.empty()) {
            // A token from any time, shown by somebody else: good only if its seat's record says so.
            const auto& token = told_tokens[draw.below(told_tokens.size())];
            const auto claim = tokens.read_token(token);
            ASSERT_TRUE(claim);
            for (const auto& team : before.teams) {
                if (team.id != claim->team) continue;
                const auto& seat = team.seats[static_cast<std::size_t>(claim->slot - 1)];
                const bool may_open = seat.state != SeatState::vacant && seat.token_live &&
                                      (claim->rotation == seat.rotation ||
                                       (claim->rotation + 1 == seat.rotation && seat.previous_token_good));
                if (may_open) continue;  // a stolen token is its thief's; not part of this story
                const auto decision = ask(command(1'000'001, ReconnectWithToken{token}, "a stranger"));
                EXPECT_TRUE(decision.refusal);
                EXPECT_EQ(house->snapshot(), before) << "a retired token disturbs nobody";
            }
        }
    }

    Decision ask(const Command& asked) {
        const auto before = house->snapshot();
        auto decision = outage ? down(asked) : ahead(asked);
        check_decision(asked, decision, before);
        if (outage) {
            told(decision);
        } else if (draw.below(3) == 0) {
            deliver_all();
        }
        return decision;
    }
    /// The disk takes what waits, and the effects go out.
    void deliver_all() {
        while (!waiting.empty()) {
            const auto decision = waiting.front();
            commit_oldest();
            told(decision);
        }
        EXPECT_EQ(house->snapshot(), disk.snapshot());
        check_disk();
    }
    void told(const Decision& decision) {
        for (const auto& seated : all<Seated>(decision)) {
            for (auto& player : players) {
                if (player.connection != seated.connection) continue;
                if (draw.below(4) == 0) {  // the reply gets lost, and with it the connection
                    lose(player);
                    break;
                }
                player.seated = true;
                player.waits = false;
                if (!seated.token.empty()) player.token = seated.token;
                player.rotation_on_connection = seated.rotation;
            }
            if (!seated.token.empty()) told_tokens.push_back(seated.token);
        }
        for (const auto& unseated : all<Unseated>(decision)) {
            for (auto& player : players) {
                if (player.connection != unseated.connection) continue;
                player.seated = false;
                player.token.clear();
                player.rotation_on_connection = 0;
            }
        }
    }

    void begin_outage() {
        rolled_back += waiting.size();
        fail_commit();
        outage = true;
    }
    void end_outage() {
        outage = false;
        EXPECT_EQ(house->snapshot(), disk.snapshot()) << "an outage changes nothing on disk";
        ask(command(0, SynchroniseWithStore{{live.begin(), live.end()}}));
    }
    void die() {
        rolled_back += waiting.size();
        outage = false;
        for (auto& player : players) {
            player.connection = 0;
            player.seated = false;
        }
        live.clear();
        forgotten.clear();
        restart();
    }

    // ---- what always holds

    void check_decision(const Command& asked, const Decision& decision, const Snapshot& before) {
        if (decision.refusal) {
            for (const auto& change : decision.changes)
                EXPECT_TRUE(std::holds_alternative<AppendJournal>(change));
            for (const auto& effect : decision.effects)
                EXPECT_TRUE(std::holds_alternative<TokenCounted>(effect));
        }
        EXPECT_TRUE(!outage || decision.changes.empty());
        const auto after = house->snapshot();
        EXPECT_TRUE(!(decision.refusal || outage) || before == after);
        for (const auto& team : before.teams) {
            const auto now_is = *std::find_if(after.teams.begin(), after.teams.end(),
                                              [&](const TeamRecord& other) { return other.id == team.id; });
            for (std::size_t index = 0; index < team.seats.size(); ++index) {
                const auto& was = team.seats[index];
                const auto& is = now_is.seats[index];
                EXPECT_GE(is.epoch, was.epoch);
                EXPECT_GE(is.rotation, was.rotation);
                if (was.state == SeatState::vacant || is.state != SeatState::vacant) continue;
                ++vacated;
                EXPECT_GT(is.epoch, was.epoch);
                // Only the player, the host or the deadline frees a seat.
                const bool by_deadline = std::holds_alternative<Tick>(asked.body) &&
                                         was.state == SeatState::away && story.seats_may_expire;
                EXPECT_TRUE(std::holds_alternative<LeaveTeam>(asked.body) ||
                            std::holds_alternative<ReleaseSeat>(asked.body) || by_deadline)
                    << "freed by a command of kind " << static_cast<int>(decision.kind);
            }
        }
    }
    /// A seat has at most one connection, a connection at most one seat, and both tables say the same.
    void check_tables() {
        std::set<ConnectionId> seen;
        for (const auto id : house->team_ids()) {
            const auto shown = view(id);
            for (std::size_t index = 0; index < shown->seats.size(); ++index) {
                const auto connection = shown->seats[index].connection;
                EXPECT_EQ(connection != 0, shown->seats[index].state == SeatState::connected);
                if (connection == 0) continue;
                EXPECT_TRUE(seen.insert(connection).second);
                EXPECT_EQ(house->seat_of(connection), (SeatKeyPair{id, static_cast<Slot>(index + 1)}));
            }
        }
        for (ConnectionId connection = 1; connection <= last_connection; ++connection) {
            EXPECT_EQ(house->seat_of(connection).first != 0, seen.contains(connection));
        }
    }
    void check_disk() {
        std::map<SeatKeyPair, std::uint64_t> epochs;
        std::set<RoundId> rounds;
        std::uint64_t answers = 0;
        for (const auto& team : disk.snapshot().teams) {
            bool anybody = false;
            for (const auto& seat : team.seats)
                anybody = anybody || seat.state != SeatState::vacant;
            EXPECT_EQ(team.active, anybody);
            EXPECT_FALSE(!team.active && team.round);
            EXPECT_LE(team.progress.size(), team.rounds_dealt);
            if (team.round) {
                EXPECT_TRUE(rounds.insert(team.round->id).second);
                EXPECT_EQ(team.round->number, team.rounds_dealt);
            }
        }
        for (const auto& finished : disk.finished)
            EXPECT_TRUE(rounds.insert(finished.round.id).second);
        std::set<std::pair<RoundId, Slot>> answered;
        for (const auto& answer : disk.answers) {
            EXPECT_TRUE(answered.insert({answer.round, answer.slot}).second) << "one answer a seat and round";
            ++answers;
        }
        EXPECT_EQ(disk.snapshot().game.answers, answers);
    }
    /// The seat the house thinks is this player's.
    std::optional<SeatKeyPair> seat_held_by(const Player& player) const {
        const auto claim = tokens.read_token(player.token);
        if (!claim) return std::nullopt;
        for (const auto& team : house->snapshot().teams) {
            if (team.id != claim->team) continue;
            const auto& seat = team.seats[static_cast<std::size_t>(claim->slot - 1)];
            if (seat.state != SeatState::vacant && seat.device == device_named(player.device)) {
                return SeatKeyPair{claim->team, claim->slot};
            }
        }
        return std::nullopt;
    }

    SeededRandom draw;
    Story story;
    Tokens tokens;
    std::vector<Player> players;
    std::set<ConnectionId> live;
    std::vector<ConnectionId> forgotten;
    std::vector<std::string> told_tokens;
    ConnectionId last_connection = 0;
    std::uint64_t last_operation = 0;
    bool outage = false;
};

void tell(const Story& story, std::uint64_t first_seed, int stories, int steps) {
    std::size_t resumed = 0;
    std::size_t rolled_back = 0;
    std::size_t vacated = 0;
    std::size_t refused = 0;
    for (int number = 0; number < stories; ++number) {
        const auto seed = first_seed + static_cast<std::uint64_t>(number);
        SCOPED_TRACE("seed " + std::to_string(seed));
        World world(seed, story);
        for (int step = 0; step < steps; ++step) {
            world.step();
            if (testing::Test::HasFailure()) {
                ADD_FAILURE() << "at step " << step;
                return;
            }
        }
        world.happy_end();
        resumed += world.resumed;
        rolled_back += world.rolled_back;
        vacated += world.vacated;
        refused += world.refused_tokens;
    }
    // The stories have to be about something.
    EXPECT_GT(resumed, static_cast<std::size_t>(stories) * 5);
    EXPECT_GT(vacated, static_cast<std::size_t>(stories));
    EXPECT_GT(refused, static_cast<std::size_t>(stories) / 8);
    EXPECT_EQ(rolled_back > 0, story.disk_may_fail || story.process_may_die);
}

TEST(WhatAlwaysHolds, WithBadNetworks) {
    tell({}, 1'000, 60, 500);
}

TEST(WhatAlwaysHolds, WithADiskThatFails) {
    tell({.disk_may_fail = true}, 2'000, 60, 500);
}

TEST(WhatAlwaysHolds, WithAProcessThatDies) {
    tell({.process_may_die = true}, 3'000, 60, 500);
}

TEST(WhatAlwaysHolds, WithSeatsThatExpire) {
    tell({.seats_may_expire = true}, 4'000, 60, 500);
}

TEST(WhatAlwaysHolds, WithEverythingAtOnce) {
    tell({.disk_may_fail = true, .process_may_die = true, .seats_may_expire = true}, 5'000, 120, 500);
}

}  // namespace
}  // namespace holdfast::seats
