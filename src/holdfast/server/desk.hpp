// The desk, seen from the seats thread: carries out the effects of decisions that are on disk. What a client
// is told, and in which order, is decided here and nowhere else. Lives on the seats thread.
#pragma once

#include <set>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/server/board.hpp"
#include "holdfast/server/claims_board.hpp"
#include "holdfast/server/json_fields.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/outbox.hpp"
#include "holdfast/server/quiet_drops.hpp"
#include "holdfast/server/requests.hpp"
#include "holdfast/server/seat_holders.hpp"

namespace holdfast::server {

struct DeskSettings {
    int seats_per_team = limits::seats_per_team_default;
    /// Partners hear of a lost connection only if it lasts longer than this.
    Milliseconds quiet_drop_time{0};
    /// Changes with every start of the process: clients may notice a restart by it.
    std::string server_id;
};

class Desk {
  public:
    /// References must outlive the desk.
    Desk(DeskSettings settings, Outbox& outbox, Board& board, Metrics& metrics, Log& log, const Clock& clock);

    /// Tells everybody what a decision brings them. Only for decisions whose changes are on disk.
    void carry_out(const seats::Decision& decision);

    /// Tells partners of connections that have been lost for a while. Call it every 100 ms or so.
    void on_interval(Instant now);

    /// Who claims which seat at the start. Later changes come with decisions.
    void put_claims(const seats::Claims& claims) { claims_.put(claims); }

    /// While the server sheds load, strangers are told so by connection_established, with a time after which
    /// to try (jitter comes on top). Devices in `holders` are no strangers.
    void set_stable(bool stable, Milliseconds retry_after = limits::retry_after_least) {
        stable_ = stable;
        retry_after_ = retry_after;
    }
    void know(const SeatHolders& holders) { holders_ = &holders; }

    /// The answer to dashboard_join, for the connection that asked under this ticket.
    void join_dashboard(seats::ConnectionId connection, std::uint64_t ticket, bool streaming);
    /// The answer to request_teams_update.
    void send_teams(seats::ConnectionId connection, std::uint64_t ticket, bool streaming);

  private:
    class Visitor;
    friend class Visitor;
    /// `text`: what the ack carries, as JSON; not looked at without a ticket.
    void answer_host(seats::ConnectionId connection, std::uint64_t ticket, Picture picture,
                     std::string_view text);
    void refuse(const seats::Decision& decision);
    void send(seats::ConnectionId connection, std::string_view event, const wire::Fields& object);
    void send_to_team(const seats::TeamView& team, std::string_view event, const wire::Fields& object,
                      const std::set<seats::ConnectionId>& except);

    void tell_drops(const seats::TeamView& team, const std::vector<seats::Slot>& slots);

    DeskSettings settings_;
    Outbox& outbox_;
    Board& board_;
    Metrics& metrics_;
    Log& log_;
    const Clock& clock_;
    QuietDrops quiet_drops_;
    ClaimsBoard claims_;
    bool stable_ = true;
    Milliseconds retry_after_ = limits::retry_after_least;
    const SeatHolders* holders_ = nullptr;
    SeededRandom jitter_{0};
};

}  // namespace holdfast::server
