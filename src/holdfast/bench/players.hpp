// The players of a run, two to a team: each takes its seat, and keeps what it was told about it.
#pragma once

#include <string>
#include <vector>

#include "holdfast/bench/player.hpp"
#include "holdfast/bench/run.hpp"

namespace holdfast::bench {

/// What a player asks for.
enum class Operation : std::uint8_t { create, join, resume, answer, leave, start_game };

/// Sends the requests of all players and checks the answers; a scenario says what comes next. One thread.
///
/// Players 2t and 2t+1 belong to team t: the first creates it and has slot 1, the second joins and has
/// slot 2.
class Players : public ClientEvents {
  public:
    explicit Players(Run& run);

    /// Opens clients [0, connections) and seats each as soon as it and its team are there; false if it
    /// failed.
    bool seat_all(std::size_t at_a_time);
    /// Starts the game as the host, if the run has a host's key; whether it runs.
    bool start_game();

    /// Sends the request; one at a time for each player. `since_ns` is when its time began.
    void ask(std::size_t player, Operation operation, std::uint64_t since_ns);
    [[nodiscard]] bool waits(std::size_t player) const { return places_[player].waits; }
    [[nodiscard]] bool seated(std::size_t player) const { return places_[player].seated; }
    [[nodiscard]] std::uint64_t seated_count() const { return seated_count_; }
    /// Requests on their way.
    [[nodiscard]] std::uint64_t outstanding() const { return outstanding_; }
    [[nodiscard]] Player& at(std::size_t player) { return places_[player].player; }
    void forget_connection(std::size_t player);
    [[nodiscard]] std::string team_name(std::size_t player) const;

    void on_message(Client& client, std::string_view text) override;
    void on_lost(Client& client) override;

  protected:
    /// The player's connection is up and the server has greeted it.
    virtual void on_greeted(std::size_t player);
    /// An answer came, and it is right.
    virtual void on_done(std::size_t player, Operation operation, std::uint64_t since_ns);
    /// The team of this player is there; the player itself may not be.
    virtual void on_team_there(std::size_t player);

    Run& run_;

  private:
    struct Place {
        Player player;
        std::uint64_t since_ns = 0;
        std::uint64_t id = 0;
        std::uint64_t tokens_before = 0;
        Operation operation = Operation::create;
        bool waits = false;
        bool greeted = false;
        bool seated = false;
    };

    void take_ack(std::size_t player);
    /// Empty when the answer is what it should be.
    [[nodiscard]] std::string what_is_wrong(std::size_t player) const;

    std::vector<Place> places_;  // the last one is the host's
    std::string run_name_;
    std::string message_;
    std::string argument_;
    std::uint64_t outstanding_ = 0;
    std::uint64_t seated_count_ = 0;
    bool seating_ = false;
};

/// A JSON field of the report for each kind: "joins".
[[nodiscard]] const char* plural_of(Operation operation);

}  // namespace holdfast::bench
