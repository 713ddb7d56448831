// Who takes part: players of teams of two, a host, and strangers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "socket_client.hpp"
#include "tab.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

/// What people know of each other: a token that somebody copied, a team whose name is on the wall.
struct Company {
    Network& network;
    Judge& judge;
    const Witness& witness;
    std::vector<std::string> team_names;
    std::vector<std::string> codes_of_kept_seats;  ///< as the host hands them out
    std::vector<std::string> codes_in_sight;       ///< that moved a seat to another phone, or still may
    std::vector<std::string> overheard_tokens;     ///< from which strangers make their guesses
};

/// Plays honestly, and does now and then what people do: reloads, opens second tabs, changes to another
/// device, shows tokens of long ago, leaves, sends nonsense.
class Player {
  public:
    Player(Company& company, std::string name, std::string team_name, bool begins);

    /// The next thing, whatever comes to mind.
    void deed();
    /// From now on only what is needed to sit in a seat and to play.
    void settle_down();
    /// Answers no more questions.
    void rest() { resting_ = true; }
    /// Empty: in the seat, with the round as it is. Otherwise what is wrong.
    [[nodiscard]] std::string missing() const;
    [[nodiscard]] const Tab::Picture& picture() const { return tabs_[main_]->picture(); }
    [[nodiscard]] std::uint64_t answers_confirmed() const;
    void go_home();

  private:
    [[nodiscard]] Tab& main() { return *tabs_[main_]; }
    void open(std::size_t tab);
    void play();
    void claim();
    void misbehave();
    void change_device();
    void move_to_other_device();
    void break_phone();
    void repeat_with_another_answer();
    [[nodiscard]] Random& random() { return company_.network.random; }

    Company& company_;
    std::string name_;
    std::string team_name_;
    bool begins_;
    bool settled_ = false;
    bool resting_ = false;
    std::vector<std::unique_ptr<Browser>> browsers_;  ///< a phone and a laptop
    std::vector<std::unique_ptr<Tab>> tabs_;          ///< two of each
    std::vector<bool> is_open_;
    std::size_t main_ = 0;
    Instant away_until_;
    /// The seat of the phone that is broken: the host is asked for it.
    std::optional<Tab::Seat> lost_with_phone_;
};

/// Runs the game.
class Host {
  public:
    explicit Host(Company& company);
    void deed();
    /// Starts the game and ends a pause, if need be.
    void settle_down();
    void go_home();

  private:
    void connect();
    void command(std::string_view event, json::object data = {});
    void decide_request();
    void withdraw(std::size_t kept);
    [[nodiscard]] std::optional<SeatKey> some_seat(seats::SeatState state);
    void move_somebody_to(SeatKey place);

    Company& company_;
    Browser browser_;
    SocketClient socket_;
    Life at_work_;
    std::vector<std::uint64_t> requests_;  ///< that were seen last
    std::vector<std::uint64_t> bans_;      ///< likewise
    std::vector<json::object> kept_;       ///< seats that are kept for somebody, likewise
    std::uint64_t last_operation_ = 0;
};

/// Wants what is not theirs.
class Stranger {
  public:
    Stranger(Company& company, std::string name);
    void deed();
    void go_home();

  private:
    void guess_token();
    void ask_for_somebody_elses_seat();
    void emit(std::string_view event, json::object data = {});

    Company& company_;
    std::string name_;
    Browser browser_;
    SocketClient socket_;
    bool seated_ = false;
    std::uint64_t last_operation_ = 0;
};

/// What no client of ours sends.
[[nodiscard]] std::string nonsense(Random& random);

}  // namespace holdfast::simulation
