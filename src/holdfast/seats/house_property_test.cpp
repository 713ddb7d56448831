// Players with bad networks, a disk that fails and a process that dies, all drawn from one seed; and what
// always holds, checked after every step. A failure names its seed.
#include <map>
#include <set>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_stage.hpp"
#include "holdfast/seats/moved_tokens_test_support.hpp"
#include "holdfast/seats/reasons_page_test_support.hpp"
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
        } else if (dice < 845) {
            act_as_host();
        } else if (dice < 865) {
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
            if (player.token.empty() || !seat_held_by(player)) continue;
            const auto back = ask(command(connect(player), ReconnectWithToken{player.token}, player.device));
            EXPECT_TRUE(!back.refusal || (story.seats_may_expire && back.refusal == Refusal::token_expired))
                << code_of(back.refusal.value_or(Refusal::bad_request));
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
    std::size_t moved = 0;
    std::size_t extended = 0;

  private:
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
        const bool still_mine = seat_held_by(player).has_value();
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
        const auto any_slot = [this] { return static_cast<Slot>(1 + draw.below(2)); };
        // Mostly somebody who is there, to a place that is free.
        const auto snapshot = house->snapshot();
        const auto some_seat = [&](SeatState state) {
            auto key = any_seat(snapshot, state, draw);
            return draw.below(5) == 0 ? SeatKeyPair{1 + draw.below(5), any_slot()} : key;
        };
        switch (draw.below(12)) {
            case 6:
            case 7:
            case 8: {
                const auto state = draw.below(2) == 0 ? SeatState::away : SeatState::connected;
                const auto from = some_seat(state);
                const auto to = some_seat(SeatState::vacant);
                const MovePlayer body{from.first, from.second, to.first,
                                      draw.below(3) == 0 ? Slot{0} : to.second};
                const auto asked = host(body, "move " + std::to_string(++last_operation));
                ask(asked);
                if (draw.below(3) == 0) ask(asked);
                return;
            }
            case 9: {
                const auto away = some_seat(SeatState::away);
                ask(host(ExtendHold{away.first, away.second, Milliseconds{1'000 + draw.below(20'000)}}));
                return;
            }
            case 10: {
                SetGrace body{settings.grace + Milliseconds{draw.below(9'000)}};
                if (draw.below(2) == 0) body.grace.reset();
                ask(host(body));
                return;
            }
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
                if (opened_by(*claim, before))
                    continue;  // a stolen token is its thief's; not part of this story
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
        if (!decision.refusal) follow_host(asked, decision, before);
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
        led_on_disk = led;
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
        led = led_on_disk;
        outage = true;
    }
    void end_outage() {
        outage = false;
        EXPECT_EQ(house->snapshot(), disk.snapshot()) << "an outage changes nothing on disk";
        ask(command(0, SynchroniseWithStore{{live.begin(), live.end()}}));
    }
    void die() {
        rolled_back += waiting.size();
        led = led_on_disk;
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
                if (std::holds_alternative<MovePlayer>(asked.body)) continue;  // see follow_host()
                const SeatKeyPair freed{team.id, static_cast<Slot>(index + 1)};
                std::erase_if(led, [&](const auto& one) { return one.second == freed; });
                // Only the player, the host or the deadline frees a seat.
                const bool by_deadline = std::holds_alternative<Tick>(asked.body) &&
                                         was.state == SeatState::away && story.seats_may_expire;
                EXPECT_TRUE(std::holds_alternative<LeaveTeam>(asked.body) ||
                            std::holds_alternative<ReleaseSeat>(asked.body) || by_deadline)
                    << "freed by a command of kind " << static_cast<int>(decision.kind);
            }
        }
    }
    /// Who is moved keeps everything that is theirs, and every token that opened the old seat opens the new
    /// one; nobody else's does anything else than before.
    void follow_host(const Command& asked, const Decision& decision, const Snapshot& before) {
        if (std::holds_alternative<ExtendHold>(asked.body)) ++extended;
        const auto* body = std::get_if<MovePlayer>(&asked.body);
        if (body == nullptr) return;
        const auto acted = the<HostActed>(decision);
        if (acted.repeated) return;
        ++moved;
        const auto after = house->snapshot();
        const SeatKeyPair from{body->team, body->slot};
        const SeatKeyPair to{body->to_team, acted.slot};
        const auto& was = seat_in(before, from);
        const auto& is = seat_in(after, to);
        EXPECT_EQ(seat_in(before, to).state, SeatState::vacant);
        EXPECT_EQ(seat_in(after, from).state, SeatState::vacant);
        EXPECT_NE(is.state, SeatState::vacant);
        EXPECT_EQ(is.device, was.device);
        if (was.state == SeatState::away) {
            EXPECT_EQ(is.seat_deadline, was.seat_deadline);
        }
        for (const auto& token : told_tokens) {
            const auto claim = tokens.read_token(token);
            ASSERT_TRUE(claim);
            const auto opened = opened_by(*claim, before);
            const auto opens = opened_by(*claim, after);
            if (opened != from) {
                EXPECT_EQ(opens, opened);
            } else if (opens) {
                EXPECT_EQ(*opens, to);
                led[token] = to;
            } else {
                EXPECT_EQ(moved_tokens_of(after, to), limits::moved_tokens_per_seat);
                led.erase(token);
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
        for (const auto& entry : disk.journal) {
            EXPECT_TRUE(documented.contains({entry.what, entry.reason}))
                << "docs/reasons.md does not tell of " << entry.what << ", " << entry.reason;
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
        const auto moved_to = led.find(player.token);
        const auto key = moved_to == led.end() ? SeatKeyPair{claim->team, claim->slot} : moved_to->second;
        for (const auto& team : house->snapshot().teams) {
            if (team.id != key.first) continue;
            const auto& seat = team.seats[static_cast<std::size_t>(key.second - 1)];
            if (seat.state != SeatState::vacant && seat.device == device_named(player.device)) return key;
        }
        return std::nullopt;
    }

    SeededRandom draw;
    Story story;
    std::set<JournalPair> documented = documented_pairs();
    Tokens tokens;
    std::vector<Player> players;
    std::set<ConnectionId> live;
    std::vector<ConnectionId> forgotten;
    std::vector<std::string> told_tokens;
    /// Where the host has moved the holders of these tokens; and as far as that is on the disk.
    std::map<std::string, SeatKeyPair> led;
    std::map<std::string, SeatKeyPair> led_on_disk;
    ConnectionId last_connection = 0;
    std::uint64_t last_operation = 0;
    bool outage = false;
};

void tell(const Story& story, std::uint64_t first_seed, int stories, int steps) {
    std::size_t resumed = 0;
    std::size_t rolled_back = 0;
    std::size_t vacated = 0;
    std::size_t refused = 0;
    std::size_t moved = 0;
    std::size_t extended = 0;
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
        moved += world.moved;
        extended += world.extended;
    }
    // The stories have to be about something.
    EXPECT_GT(resumed, static_cast<std::size_t>(stories) * 5);
    EXPECT_GT(vacated, static_cast<std::size_t>(stories));
    EXPECT_GT(refused, static_cast<std::size_t>(stories) / 8);
    EXPECT_GT(moved, static_cast<std::size_t>(stories) / 2);
    EXPECT_GT(extended, static_cast<std::size_t>(stories) / 8);
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
