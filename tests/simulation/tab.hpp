// A page with the players' client in it (web/client): connects and comes back by itself, keeps the token,
// resumes, repeats commands under the same operation id until they are answered.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "invariants.hpp"
#include "socket_client.hpp"

namespace holdfast::simulation {

/// What the pages of one browser share.
struct Browser {
    std::string name;
    std::string address;
    std::string cookie;
    std::string token;  ///< empty: none
};

class Tab {
  public:
    enum class State { connecting, resuming, online, elsewhere };
    struct Question {
        std::uint64_t round = 0;
        std::uint64_t number = 0;
        std::string item;
    };
    struct Seat {
        std::uint64_t team = 0;  ///< 0: not told
        std::string team_name;
        std::uint64_t slot = 0;
    };
    struct Picture {
        std::optional<Seat> seat;
        std::optional<Question> question;
        std::optional<std::pair<std::uint64_t, bool>> answer;  ///< round, and what the server has confirmed
        bool paused = false;
        bool started = false;
        bool whole = false;  ///< every seat of the team is connected
    };

    Tab(Network& network, Judge& judge, Browser& browser, std::string name, unsigned no_ack);

    /// In a new tab.
    void open();
    /// The page is closed, perhaps to be loaded anew.
    void close();
    void load_anew();
    void take_back();
    /// create_team, join_team, leave_team, submit_answer; repeated until it is answered.
    void command(std::string event, json::object payload);
    void answer(bool answer);

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] const Picture& picture() const { return picture_; }
    [[nodiscard]] bool is_busy() const { return !commands_.empty(); }
    /// How the last command ended: its refusal's code, or "".
    [[nodiscard]] const std::string& last_refusal() const { return last_refusal_; }
    [[nodiscard]] Browser& browser() { return browser_; }
    [[nodiscard]] SocketClient& socket() { return socket_; }
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::vector<std::string>& tokens_seen() const { return tokens_seen_; }

    std::uint64_t answers_confirmed = 0;

    /// Somebody picks the phone up: the page asks whether its connection still is one.
    void wake() { probe(); }

  private:
    struct Command {
        std::string event;
        json::object payload;
        std::optional<Seat> seat;  ///< in which it was given
        int refusals = 0;
        std::uint64_t tries = 0;
    };

    void load();
    void connect();
    void go_elsewhere(const std::string& by);
    void reconnect_later();
    void on_connected();
    void on_disconnected();
    void on_event(std::string_view event, const json::object& data);
    void speak_once_more();
    void apply(std::string_view event, const json::object& data);
    void established();
    void probe();
    void drop_connection();
    // the way back into the seat
    void try_token(const std::string& token);
    void discover();
    void seat_taken();
    void finish_resume(bool has_seat);
    // commands
    void send(const std::shared_ptr<Command>& command);
    void answered(const std::shared_ptr<Command>& command, const json::object& reply);
    void settle(std::initializer_list<std::string_view> events);
    [[nodiscard]] bool has_claim() const;
    void look_at_refusal(const json::object& said);
    void without_seat();
    void say(const std::string& what) { network_.trace.line(name_, what); }

    Network& network_;
    Judge& judge_;
    Browser& browser_;
    std::string name_;
    unsigned no_ack_;
    bool is_old_;  ///< a client that names no tab and stands back from nobody
    std::uint64_t tab_number_ = 0;
    std::uint64_t page_number_ = 0;
    bool is_wanted_ = true;  ///< somebody wants the seat here; otherwise it is left to another tab
    SocketClient socket_;
    State state_ = State::connecting;
    bool closed_ = true;
    Picture picture_;
    std::set<std::string, std::less<>> told_;
    std::set<std::string> tried_;
    std::vector<std::string> tokens_seen_;
    enum class Phase { idle, asking, settling } phase_ = Phase::idle;
    std::string trying_;
    Life page_;        ///< as long as it is open
    Life connection_;  ///< as long as this connection is
    Life waiting_;     ///< for the next thing of the resume
    Life probing_;
    std::uint64_t failures_ = 0;
    std::uint64_t last_operation_ = 0;
    std::deque<std::shared_ptr<Command>> commands_;
    std::string last_refusal_;
};

}  // namespace holdfast::simulation
