// For tests: a house with a model of the disk under it, a clock moved by hand, and short ways to ask things.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/seats/house.hpp"
#include "holdfast/seats/model_store.hpp"

namespace holdfast::seats {

/// Asks every seat the same: A, B, A, B, ... by round; the progress counts the rounds as tally marks.
class TallyGame final : public Game {
  public:
    [[nodiscard]] std::string deal(GameMode /*mode*/, std::size_t seat_count, std::string_view progress,
                                   Random& /*random*/) const override {
        return std::string(seat_count, progress.size() % 2 == 0 ? 'A' : 'B');
    }
    [[nodiscard]] std::string record(std::string_view progress,
                                     const RoundRecord& /*finished*/) const override {
        return std::string(progress) + "|";
    }
};

/// The effects of one kind, in order.
template <typename Kind>
std::vector<Kind> all(const Decision& decision) {
    std::vector<Kind> found;
    for (const auto& effect : decision.effects) {
        if (const auto* kind = std::get_if<Kind>(&effect)) found.push_back(*kind);
    }
    return found;
}
/// The only effect of that kind; fails the test when there is none or more than one.
template <typename Kind>
Kind the(const Decision& decision) {
    auto found = all<Kind>(decision);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? Kind{} : found.front();
}

[[nodiscard]] inline DeviceId device_named(std::string_view name) {
    return sha256(name);
}

[[nodiscard]] inline Command command(ConnectionId connection, CommandBody body, std::string_view device = "",
                                     std::string op = "") {
    Command command;
    command.connection = connection;
    if (!device.empty()) command.device = device_named(device);
    command.op = std::move(op);
    command.body = std::move(body);
    return command;
}
[[nodiscard]] inline Command host(CommandBody body, const std::string& op = "") {
    auto asked = command(9'000, std::move(body), "the host", op);
    asked.host = true;
    return asked;
}

class Stage {
  public:
    explicit Stage(HouseSettings given = {}) : settings(std::move(given)) {
        if (settings.token_secret.empty()) settings.token_secret = "a secret of thirty-two bytes or more";
        start();
    }

    /// Decides and commits at once.
    Decision run(const Command& asked) {
        auto decision = ahead(asked);
        commit();
        return decision;
    }
    /// Decides; the disk does not have it yet.
    Decision ahead(const Command& asked) {
        auto decision = house->execute(asked, now());
        if (on_decision) on_decision(decision);
        waiting.push_back(decision);
        return decision;
    }
    Decision down(const Command& asked) { return house->execute(asked, now(), StoreState::down); }
    /// Everything that waits gets to the disk.
    void commit() {
        while (!waiting.empty())
            commit_oldest();
        EXPECT_EQ(house->snapshot(), disk.snapshot());
    }
    void commit_oldest() {
        EXPECT_TRUE(disk.apply(waiting.front().changes)) << "decided on another version than the disk has";
        house->committed(waiting.front().sequence);
        waiting.pop_front();
    }
    /// Nothing that waits gets to the disk.
    void fail_commit() {
        if (!waiting.empty()) house->roll_back_from(waiting.front().sequence);
        waiting.clear();
        EXPECT_EQ(house->snapshot(), disk.snapshot());
    }
    /// The process dies at once and another one starts on what the disk has.
    Decision restart() {
        waiting.clear();
        clock.advance(Milliseconds{180'000});
        return start();
    }
    /// Time goes by, with a tick every second.
    void wait(Milliseconds span) {
        for (auto left = span; left.count() > 0; left -= Milliseconds{1'000}) {
            clock.advance(std::min(left, Milliseconds{1'000}));
            run(command(0, Tick{}));
        }
    }

    [[nodiscard]] Moment now() const { return {clock.now(), clock.unix_now()}; }
    [[nodiscard]] const SeatRecord& seat(TeamId team, Slot slot) const {
        return disk.team(team)->seats[static_cast<std::size_t>(slot - 1)];
    }
    [[nodiscard]] TeamViewPointer view(TeamId team) const { return house->view(team, now()); }

    /// The token a player got for sitting down.
    Seated create(ConnectionId connection, std::string name, std::string_view device = "") {
        return the<Seated>(run(command(connection, CreateTeam{std::move(name)}, device)));
    }
    Seated join(ConnectionId connection, std::string name, std::string_view device = "") {
        return the<Seated>(run(command(connection, JoinTeam{std::move(name)}, device)));
    }
    Decision resume(ConnectionId connection, std::string token, std::string_view device = "") {
        return run(command(connection, ReconnectWithToken{std::move(token)}, device));
    }
    void lose(ConnectionId connection) { run(command(connection, ConnectionLost{})); }

    HouseSettings settings;
    ManualClock clock;
    SeededRandom random{1};
    TallyGame game;
    ModelStore disk;
    std::deque<Decision> waiting;
    std::unique_ptr<House> house;
    std::function<void(const Decision&)> on_decision;

  private:
    Decision start() {
        house = std::make_unique<House>(settings, game, random);
        auto decision = house->preserve_sessions_at_start(disk.snapshot(), now());
        waiting.push_back(decision);
        commit();
        return decision;
    }
};

}  // namespace holdfast::seats
