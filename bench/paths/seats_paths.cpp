// What the house decides, command by command, each decision committed at once.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/games/paired_game.hpp"
#include "holdfast/seats/house.hpp"
#include "path.hpp"

namespace holdfast::bench {
namespace {

using namespace seats;

/// A house full of teams, made anew for every run.
class InHouse : public Path {
  public:
    void run(std::size_t operations) override {
        done_ = 0;
        for (const auto& command : commands_)
            done_ += ask(command).refusal ? 0U : 1U;
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("commands that were granted", done_, wanted_);
    }

  protected:
    struct Player {
        ConnectionId connection = 0;
        DeviceId device{};
        std::string token;
        RoundId round = 0;
        char item = 0;
    };

    /// `teams` teams, of which every seat up to `seats` is taken. players_[team * seats + slot - 1].
    void fill(std::size_t teams, std::size_t seats) {
        house_ = std::make_unique<House>(
            HouseSettings{.token_secret = "a secret of thirty-two bytes or more"}, game_, random_);
        commands_.clear();
        players_.clear();
        last_connection_ = 0;
        operation_ = 0;
        for (std::size_t team = 0; team < teams; ++team) {
            for (std::size_t slot = 1; slot <= seats; ++slot)
                sit(slot == 1 ? CommandBody(CreateTeam{name(team)}) : CommandBody(JoinTeam{name(team)}));
        }
    }
    [[nodiscard]] static std::string name(std::size_t team) { return "Team " + std::to_string(team); }
    [[nodiscard]] Player newcomer() {
        Player player;
        player.connection = ++last_connection_;
        random_.fill(player.device);
        return player;
    }
    void sit(CommandBody body) {
        auto player = newcomer();
        const auto decision = ask(by(player, std::move(body)));
        for (const auto& effect : decision.effects) {
            if (const auto* seated = std::get_if<Seated>(&effect)) player.token = seated->token;
        }
        players_.push_back(std::move(player));
    }
    [[nodiscard]] Command by(const Player& player, CommandBody body) {
        Command command;
        command.connection = player.connection;
        command.device = player.device;
        command.op = "operation " + std::to_string(++operation_);
        command.ticket = operation_;
        command.body = std::move(body);
        return command;
    }
    Decision ask(const Command& command) {
        auto decision = house_->execute(command, {clock_.now(), clock_.unix_now()});
        house_->committed(decision.sequence);
        return decision;
    }

    std::vector<Command> commands_;
    std::vector<Player> players_;

  private:
    ManualClock clock_;
    SeededRandom random_{1};
    games::PairedGame game_;
    std::unique_ptr<House> house_;
    ConnectionId last_connection_ = 0;
    std::uint64_t operation_ = 0;
    std::size_t done_ = 0;
    std::size_t wanted_ = 0;
};

class Create final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(0, 0);
        for (std::size_t index = 0; index < operations; ++index)
            commands_.push_back(by(newcomer(), CreateTeam{name(index)}));
    }
};

class Join final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, 1);
        for (std::size_t index = 0; index < operations; ++index)
            commands_.push_back(by(newcomer(), JoinTeam{name(index)}));
    }
};

class Leave final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, 1);
        for (const auto& player : players_)
            commands_.push_back(by(player, LeaveTeam{}));
    }
};

class ConnectionGone final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, 1);
        for (const auto& player : players_) {
            commands_.push_back(by(player, ConnectionLost{}));
            commands_.back().op.clear();
        }
    }
};

class Resume final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations, 1);
        for (const auto& player : players_) {
            auto lost = by(player, ConnectionLost{});
            lost.op.clear();
            ask(lost);
            auto back = newcomer();
            back.device = player.device;
            commands_.push_back(by(back, ReconnectWithToken{player.token}));
        }
    }
};

/// Both of a team answer: the second answer ends the round and deals the next one.
class Answer final : public InHouse {
  public:
    void prepare(std::size_t operations) override {
        fill(operations / 2, 2);
        Command start;
        start.host = true;
        start.body = StartGame{};
        const auto decision = ask(start);
        std::size_t at = 0;
        for (const auto& effect : decision.effects) {
            const auto* dealt = std::get_if<RoundDealt>(&effect);
            if (dealt == nullptr) continue;
            for (const char item : dealt->items) {
                // Teams have their numbers in the order in which they were made.
                auto& player = players_.at((dealt->team->id - 1) * 2 + at++ % 2);
                commands_.push_back(by(player, SubmitAnswer{dealt->round, item, true}));
            }
        }
    }
};

}  // namespace

std::vector<PathInfo> seats_paths() {
    return {
        path<Create>("seats.create", "team", 200),
        path<Join>("seats.join", "seat", 200),
        path<ConnectionGone>("seats.connection_lost", "seat", 200),
        path<Resume>("seats.resume", "seat", 200),
        path<Answer>("seats.answer", "answer", 200),
        path<Leave>("seats.leave", "seat", 200),
    };
}

}  // namespace holdfast::bench
