// Stands between the house and the desk, and between the desk and the net, and compares what is decided,
// written and told with books of its own. It knows the rules, not the code.
#pragma once

#include <boost/json/object.hpp>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "books.hpp"
#include "holdfast/server/outbox.hpp"
#include "invariants.hpp"
#include "plan.hpp"
#include "trace.hpp"

namespace holdfast::simulation {

using SeatKey = std::pair<seats::TeamId, seats::Slot>;

[[nodiscard]] std::string name_of(SeatKey key);

class Witness {
  public:
    Witness(const Plan& plan, Judge& judge, Trace& trace) : plan_(plan), judge_(judge), trace_(trace) {}

    // ---- the disk
    /// The store has acknowledged this batch.
    void written(std::span<const seats::Changes* const> batch);
    /// The store has refused it; until something else is written a crash may bring it back.
    void refused_by_store(std::span<const seats::Changes* const> batch);
    /// The process ended while this batch was being written.
    void cut_off(std::span<const seats::Changes* const> batch);
    void probed() { maybe_.reset(); }
    /// A start found this. Compares it with the books and goes on from there.
    void found_at_start(const seats::Snapshot& snapshot, const store::testing::History& history);
    void forget_connections();
    void time_passed(Milliseconds of_uptime);

    // ---- what is asked and decided
    void asked(const seats::Command& command);
    /// Before the desk carries it out.
    void decided(const seats::Decision& decision);
    /// Nothing is under way: memory has to be what the disk has.
    void compare_memory(const seats::Snapshot& memory);
    void gone(seats::ConnectionId connection);

    // ---- what is told
    void told(const server::Delivery& delivery);
    void told(const server::Broadcast& broadcast);

    [[nodiscard]] const Books& disk() const { return disk_; }
    /// As of the last decision that was told.
    [[nodiscard]] const Books& truth() const { return truth_; }
    [[nodiscard]] seats::ConnectionId holder_of(SeatKey seat) const;
    [[nodiscard]] std::optional<SeatKey> seat_of(seats::ConnectionId connection) const;
    /// Commands of connections that are still there and have had no answer.
    [[nodiscard]] std::size_t unanswered() const { return tickets_.size(); }
    void set_store_down(bool down) { store_down_ = down; }
    [[nodiscard]] bool store_down() const { return store_down_; }
    /// How often each entry of the journal was written: what happened, and why.
    using Happened = std::map<std::pair<std::string, std::string>, std::uint64_t>;
    [[nodiscard]] const Happened& happened() const { return happened_; }

  private:
    struct Asked {
        seats::CommandKind kind{};
        seats::DeviceId device{};
        bool host = false;
        std::string op;
        std::string token;
        std::string code;  ///< of another phone or of a kept seat, without what people put in between
        std::pair<std::string, seats::Slot> asks_for;  ///< the seat of another phone
        std::uint64_t ticket = 0;
        std::uint64_t rotation = 0;   ///< that a heartbeat has confirmed
        std::optional<SeatKey> held;  ///< by the connection, as far as it was told when it asked
        Milliseconds longer{0};       ///< that a hold is extended by
        bool stands_back = false;     ///< a page that comes back by itself
        std::uint32_t tab = 0;
    };
    struct OfferedCode {
        SeatKey seat;
        seats::DeviceId device{};
    };
    struct IssuedToken {
        SeatKey seat;
        std::uint64_t rotation = 0;
    };
    /// What the rules say of one seat beyond its record.
    struct Watched {
        seats::ConnectionId holder = 0;
        std::uint64_t holder_epoch = 0;  ///< of the last that had it
        std::uint64_t newest = 0;        ///< rotation handed out last
        std::uint64_t retired_below = 0;
        Milliseconds away_since{};
        Milliseconds held_until{};  ///< of uptime; not freed before
    };
    using Object = boost::json::object;

    void look_at_team(const seats::TeamRecord& after, const seats::Decision& decision, const Asked& by);
    void look_at_seat(SeatKey key, const seats::SeatRecord& before, const seats::SeatRecord& after,
                      const seats::Decision& decision, const Asked& by);
    void look_at_changes(const seats::Decision& decision, const Asked& by);
    void look_at_hold(SeatKey key, const seats::SeatRecord& before, const seats::SeatRecord& after,
                      const seats::Decision& decision, const Asked& by);
    void take_in_holds(const seats::TeamRecord& after, const seats::TeamRecord* before);
    void look_at_token(const seats::Decision& decision, const Asked& by);
    void look_at_standing_back(const seats::Decision& decision, const Asked& by);
    void follow(const seats::Decision& decision, const Asked& by);
    void follow_seated(const seats::Seated& seated, const seats::Decision& decision, const Asked& by);
    void let_go(SeatKey key);
    // ---- seats that move by code (witness_moves.cpp)
    void look_at_offer(const seats::MoveOffered& offered);
    void look_at_move(SeatKey key, const seats::SeatRecord& before, const Asked& by);
    void count_what_happened(const seats::Change& change);
    // ---- what the host has done (witness_host.cpp)
    void follow_move(const seats::HostActed& acted, const seats::Decision& decision);
    void look_at_led_token(const std::string& name, SeatKey to, const seats::Decision& decision);
    void find_led_tokens(const seats::Snapshot& snapshot);
    /// The player of that seat is known to have a token of it, or somebody else has the seat.
    void forget_led(SeatKey to);
    /// For how long a seat is held that falls away now.
    [[nodiscard]] Milliseconds grace() const;
    [[nodiscard]] Milliseconds tolerance() const;
    [[nodiscard]] Milliseconds decided_at() const;

    void compare(seats::ConnectionId connection, const engineio::MessagePointer& packet);
    void compare(seats::ConnectionId connection, std::string_view packet);
    void compare(seats::ConnectionId connection, std::string_view event, const Object& said);
    void compare_seats(const seats::TeamRecord& team, const boost::json::array& rows);
    void compare_snapshot(const server::Delivery& delivery);
    void look_at_refusal(const Object& said);
    void not_on_disk(std::string_view event, const std::string& what);

    const Plan& plan_;
    Judge& judge_;
    Trace& trace_;
    Books disk_;
    Books truth_;
    std::optional<Books> maybe_;
    std::size_t untold_ = 0;  ///< decisions with changes that are written and not told
    bool store_down_ = false;
    Milliseconds uptime_{};
    /// When the process last went on after it had stood still, and how much of that counted.
    Milliseconds went_on_at_{};
    Milliseconds stood_still_{};
    std::map<SeatKey, Watched> watched_;
    std::map<seats::ConnectionId, SeatKey> seat_of_;
    std::map<seats::ConnectionId, std::uint32_t> tab_of_;  ///< of every connection of this run
    std::map<seats::ConnectionId, std::deque<Asked>> asked_;
    /// The seats for which connections wait to hear from the host: team and slot.
    std::map<seats::ConnectionId, std::pair<std::string, seats::Slot>> asks_;
    std::map<std::string, IssuedToken, std::less<>> issued_;
    /// Codes for another phone that were told and not used.
    std::map<std::string, OfferedCode> offered_;
    Happened happened_;
    /// By net thread and ticket.
    std::map<std::pair<std::size_t, std::uint64_t>, std::pair<seats::ConnectionId, Asked>> tickets_;
    /// Tokens, by seat and rotation, whose players the host has moved, and the seats that they lead to.
    std::map<std::pair<SeatKey, std::uint64_t>, SeatKey> led_;
    std::map<Books::OperationKey, std::string> outcomes_;
    /// Every answer that ever was on the disk: told again to whoever repeats it, also after a restart of the
    /// game.
    std::map<Books::AnswerKey, seats::AnswerRecord> given_;
    std::optional<seats::Seated> resumed_;  ///< in the decision that is being carried out
};

}  // namespace holdfast::simulation
