// The inside of the house, shared by its source files and by nobody else. How one decision is made:
//
//   begin()   moves the uptime on and opens an undo entry.
//   a handler looks, and either refuses (having changed nothing) or changes teams through edit(), which keeps
//             what they were before, and says what it did through emit(), journal() and changes.
//   finish()  compares the touched teams with what they were: a changed record gets the next version and a
//             PutTeam, a changed view a TeamChanged; the effects get their views; the undo entry is kept.
//
// What is in memory only (who is connected) is kept apart from the records, in LiveSeat.
#pragma once

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "holdfast/seats/house.hpp"
#include "holdfast/seats/journal_words.hpp"
#include "holdfast/seats/move_codes.hpp"
#include "holdfast/seats/team_name.hpp"
#include "holdfast/seats/tokens.hpp"

namespace holdfast::seats {

struct SeatKey {
    TeamId team = 0;
    Slot slot = 0;
    friend auto operator<=>(const SeatKey&, const SeatKey&) = default;
};

/// What a seat has beside its record.
struct LiveSeat {
    ConnectionId connection = 0;
    /// How often the seat changed hands while the store was down; added to the record's epoch when it is
    /// written again. Not 0: the record's state may differ from what is true.
    std::uint32_t unwritten_epochs = 0;
    PageName page{};  ///< of the connection
    friend bool operator==(const LiveSeat&, const LiveSeat&) = default;
};

struct Team {
    TeamRecord record;
    std::vector<LiveSeat> live;
    std::uint64_t touched_by = 0;  ///< the last decision that touched it
    /// How many restarts of the game the record has been through. Fewer than there were: its rounds are gone,
    /// which edit() makes true; until then whoever looks at them has to ask House::State::lags_behind().
    std::uint64_t restarts = 0;

    [[nodiscard]] SeatRecord& seat(Slot slot) { return record.seats[static_cast<std::size_t>(slot - 1)]; }
    [[nodiscard]] const SeatRecord& seat(Slot slot) const {
        return record.seats[static_cast<std::size_t>(slot - 1)];
    }
    [[nodiscard]] LiveSeat& live_seat(Slot slot) { return live[static_cast<std::size_t>(slot - 1)]; }
    [[nodiscard]] const LiveSeat& live_seat(Slot slot) const {
        return live[static_cast<std::size_t>(slot - 1)];
    }
    [[nodiscard]] Slot seat_count() const { return static_cast<Slot>(record.seats.size()); }
    /// The state as it is now; the record's may lag behind it after a failed commit.
    [[nodiscard]] SeatState state(Slot slot) const;
    [[nodiscard]] bool everybody_connected() const;
    [[nodiscard]] bool anybody_seated() const;
};

struct RememberedOperation {
    OperationRecord record;
    /// When it was remembered, in a time that does not jump; for those loaded from disk, the start.
    Uptime remembered_at;
};
using OperationPlace = std::list<RememberedOperation>::iterator;
struct OperationKey {
    const DeviceId& device;
    std::string_view op;
    OperationKey(const DeviceId& the_device, std::string_view the_op) : device(the_device), op(the_op) {}
    explicit OperationKey(const OperationPlace& place) : device(place->record.device), op(place->record.op) {}
};
/// The table of operation ids holds places in the list; it is searched by device and id.
struct OperationKeyHash {
    using is_transparent = void;
    std::size_t operator()(const OperationKey& key) const;
    std::size_t operator()(const OperationPlace& place) const { return (*this)(OperationKey(place)); }
};
struct OperationKeyEqual {
    using is_transparent = void;
    bool operator()(const OperationPlace& left, const OperationPlace& right) const {
        return (*this)(OperationKey(left), right);
    }
    bool operator()(const OperationKey& left, const OperationPlace& right) const {
        return left.device == right->record.device && left.op == right->record.op;
    }
};

/// How to take one decision back.
struct Undo {
    std::uint64_t sequence = 0;
    std::vector<std::pair<TeamId, std::optional<Team>>> teams;  ///< without a value: the team was new
    GameRecord game;
    std::uint64_t restarts = 0;
    std::size_t remembered = 0;                             ///< so many operations were added at the end
    std::list<RememberedOperation> forgotten;               ///< these were dropped from the front
    std::vector<std::pair<ConnectionId, bool>> taken_over;  ///< whether the connection was marked before
    std::vector<MoveCodes::Used> used_codes;
    std::unique_ptr<const Claims> claims;  ///< null: as they are
};

/// Nothing: done. Otherwise nothing was changed.
using Outcome = std::optional<Refusal>;

struct House::State {
    State(HouseSettings settings_given, const Game& game_given, Random& random_given);

    Decision execute(const Command& command, Moment now, StoreState store);
    void take_in(Snapshot snapshot);
    [[nodiscard]] bool has_sessions_to_preserve() const { return !to_be_preserved.empty(); }
    Decision preserve_sessions(Moment now, std::size_t most_teams);

    // ---- one decision (house_decision.cpp)
    void begin(const Command& command, Moment now, StoreState store);
    Decision finish(Outcome refusal);
    /// The team, to be changed; remembers what it was. `id` must exist.
    Team& edit(TeamId id);
    Team& add_team(TeamRecord record);
    void emit(TeamId team, Effect effect);
    void emit_last(TeamId team, Effect effect);
    void journal(TeamId team, Slot slot, JournalWhat what, JournalReason reason, std::uint64_t epoch);
    void put_changed_teams(Changes& changes, std::vector<TeamId>& looks_changed);
    [[nodiscard]] bool lags_behind(const Team& team) const { return team.restarts != restarts; }
    void clear_rounds_of(Team& team) const;
    [[nodiscard]] bool has_running_round(const Team& team) const {
        return team.record.round && !lags_behind(team);
    }
    [[nodiscard]] TeamViewPointer view_of(const Team& team) const;
    [[nodiscard]] GameView game_view() const;

    // ---- taking decisions back (house_undo.cpp)
    void committed(std::uint64_t sequence_on_disk);
    void roll_back_from(std::uint64_t first_lost);
    void restore(Undo& entry);
    [[nodiscard]] Snapshot snapshot() const;

    // ---- tables that follow from the teams (house_tables.cpp)
    void index(const Team& team);
    void index_moved_tokens(const Team& team);
    /// The same for all teams, into empty tables.
    void index_everything();
    [[nodiscard]] static bool waits_for_deadline(const SeatRecord& seat, const LiveSeat& live);
    [[nodiscard]] static Uptime due(const SeatRecord& seat);
    void unindex(const Team& team);
    [[nodiscard]] Team* find_team(TeamId id);
    [[nodiscard]] Team* find_team_by_key(const std::string& name_key);
    [[nodiscard]] std::optional<SeatKey> seat_of(ConnectionId connection) const;
    void mark_taken_over(ConnectionId connection, bool taken_over_now);
    void advance_uptime(Moment moment, StoreState store_state);

    // ---- operation ids (house_operations.cpp)
    [[nodiscard]] bool has_usable_op(const Command& command) const;
    [[nodiscard]] const OperationRecord* find_operation(const Command& command) const;
    [[nodiscard]] Outcome repeat_operation(const Command& command, const OperationRecord& done);
    /// Says what the command's operation id, if it has one, shall be remembered with.
    void remember_as(TeamId team, Slot slot, bool flag = false, RoundId round = 0);
    void remember_operation(const Command& command, const OperationRecord& done);
    void forget_operations();
    void drop_oldest_operations(std::size_t count);
    void unlist_operation(OperationPlace place);

    // ---- seats (house_seats.cpp)
    [[nodiscard]] Outcome decide(const Command& command);
    [[nodiscard]] Outcome handle(const Command& command, const CreateTeam& body);
    [[nodiscard]] Outcome handle(const Command& command, const JoinTeam& body);
    [[nodiscard]] Outcome handle(const Command& command, const ReactivateTeam& body);
    [[nodiscard]] Outcome handle(const Command& command, const LeaveTeam& body);
    [[nodiscard]] Outcome handle(const Command& command, const ConnectionLost& body);
    [[nodiscard]] Outcome handle(const Command& command, const Introduce& body);
    /// A new team in which nobody sits yet.
    Team& make_team(TeamName name);
    [[nodiscard]] Outcome bring_back(const Command& command, TeamId id, SeatedHow how);
    /// The away seat to which the host moved somebody from that team who has this device and has not been
    /// back.
    [[nodiscard]] std::optional<SeatKey> seat_moved_from(TeamId team, const DeviceId& device) const;
    [[nodiscard]] Refusal no_seat_refusal(ConnectionId connection) const;
    void sit_down(Team& team, Slot slot, const Command& command, SeatedHow how, bool is_reactivated);
    struct Resumption {
        SeatedHow how = SeatedHow::resumed;
        ResumeWay way = ResumeWay::none;
        AwayCause hint = AwayCause::none;
        bool is_reactivated = false;
        bool moved_by_host = false;
    };
    void resume(Team& team, Slot slot, const Command& command, const Resumption& resumption);
    void resume_without_disk(Team& team, Slot slot, const Command& command, const Resumption& resumption);
    /// The player is back: from being away, or (`was_live`) over another connection.
    void note_return(Team& team, Slot slot, SeatState from, bool was_live, Overtaking how, ResumeWay way);
    void emit_seated(const Team& team, Slot slot, const Resumption& resumption, AwayCause away_cause,
                     std::string token);
    void change_state(Team& team, Slot slot, SeatState from, SeatState to, JournalWhat what,
                      JournalReason reason);
    void turn_away(Team& team, Slot slot, AwayCause cause);
    void vacate(Team& team, Slot slot, SeatFreed why, JournalReason reason);
    /// `why` is none when the seat is held.
    void tell_partners_gone(const Team& team, Slot slot, SeatFreed why);

    // ---- what the host does with seats (house_host.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const ReleaseSeat& body);
    [[nodiscard]] Outcome handle(const Command& command, const MovePlayer& body);
    [[nodiscard]] Outcome handle(const Command& command, const ExtendHold& body);
    [[nodiscard]] Outcome handle(const Command& command, const SetGrace& body);
    [[nodiscard]] Outcome repeat_deed(const Command& command, const OperationRecord& done);
    void move_player(Team& from, Slot slot, Team& to, Slot to_slot);
    [[nodiscard]] Milliseconds grace() const { return game.grace.count() > 0 ? game.grace : settings.grace; }
    [[nodiscard]] Milliseconds token_life() const { return std::max(settings.token_life, game.grace); }

    // ---- other phones (house_moves.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const OfferMove& body);
    [[nodiscard]] Outcome handle(const Command& command, const MoveHere& body);
    void move_seat(Team& team, Slot slot, const Command& by, ResumeWay way);
    void withdraw_move_code(TeamId id, Slot slot);

    // ---- requests to the host (house_requests.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const AskForSeat& body);
    [[nodiscard]] Outcome handle(const Command& command, const StopAsking& body);
    [[nodiscard]] Outcome handle(const Command& command, const ApproveRequest& body);
    [[nodiscard]] Outcome handle(const Command& command, const RefuseRequest& body);
    [[nodiscard]] SeatRequests& edit_requests();
    void remember_claims();
    [[nodiscard]] bool may_be_asked_for(const Team& team, Slot slot) const;
    [[nodiscard]] bool still_stands(const SeatRequest& request);
    void end_request(const SeatRequest& request, std::optional<Refusal> reason);
    void end_stale_requests();
    void asker_lost(ConnectionId connection);

    // ---- banned devices (house_bans.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const BanDevice& body);
    [[nodiscard]] Outcome handle(const Command& command, const LiftBan& body);
    [[nodiscard]] Bans& edit_bans();
    void take_in_bans(const std::vector<BanRecord>& bans);
    [[nodiscard]] bool is_banned(const Command& command) const;

    // ---- seats that are kept for somebody (house_reservations.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const ReserveSeat& body);
    [[nodiscard]] Outcome handle(const Command& command, const WithdrawReservation& body);
    [[nodiscard]] Reservations& edit_reservations();
    void take_in_reservations(const std::vector<ReservationRecord>& records);
    void derive_reservation_codes();
    void take_reserved_seat(TeamId id, Slot slot, const Command& by);
    /// Somebody for whom a seat was kept is moved, and takes the name along.
    void carry_name(TeamId team, Slot slot, TeamId to_team, Slot to_slot);
    void forget_used_reservation(TeamId team, Slot slot);
    void dissolve_if_empty(Team& team) const;

    // ---- tokens and time (house_tokens.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const ReconnectWithToken& body);
    [[nodiscard]] Outcome handle(const Command& command, const ConfirmToken& body);
    [[nodiscard]] Outcome handle(const Command& command, const HeartbeatAnswered& body);
    [[nodiscard]] Outcome handle(const Command& command, const ListReconnectable& body);
    [[nodiscard]] Outcome handle(const Command& command, const Tick& body);
    [[nodiscard]] Outcome handle(const Command& command, const SynchroniseWithStore& body);
    [[nodiscard]] Refusal refuse_token(Refusal refusal, const Team* team, const TokenClaim& claim);
    [[nodiscard]] bool stands_back(SeatKey key, const Command& command);
    void confirm(SeatKey key, std::uint64_t rotation);
    void sweep_expired_seats_and_tokens();
    void synchronise_with_store(const std::vector<ConnectionId>& live);

    // ---- rounds and the game (house_rounds.cpp)
    [[nodiscard]] Outcome handle(const Command& command, const SubmitAnswer& body);
    [[nodiscard]] Outcome handle(const Command& command, const StartGame& body);
    [[nodiscard]] Outcome handle(const Command& command, const PauseGame& body);
    [[nodiscard]] Outcome handle(const Command& command, const RestartGame& body);
    [[nodiscard]] Outcome handle(const Command& command, const ToggleGameMode& body);
    void deal_if_whole(Team& team);
    void deal_to_whole_teams();
    void finish_round(Team& team);
    [[nodiscard]] std::optional<RoundView> round_view(const Team& team, Slot slot) const;

    // ---- what is given
    HouseSettings settings;
    const Game& game_rules;
    Random& random;
    Tokens tokens;

    // ---- what is on disk, or on its way there
    GameRecord game;
    std::unordered_map<TeamId, Team> teams;
    std::list<RememberedOperation> operations;  ///< oldest first
    std::uint64_t restarts = 0;                 ///< of the game, since the start of the process

    // ---- what follows from it
    std::unordered_map<std::string, TeamId> teams_by_name_key;
    std::unordered_map<ConnectionId, SeatKey> seats_by_connection;
    /// Away seats by short_name() of their device, for the list of seats that wait.
    std::set<std::tuple<std::uint64_t, TeamId, Slot>> away_by_device;
    /// Away seats by when the sweep has to look at them next.
    std::set<std::tuple<Uptime, TeamId, Slot>> deadlines;
    std::unordered_set<OperationPlace, OperationKeyHash, OperationKeyEqual> operations_by_key;
    /// Where tokens lead whose player the host has moved: by the team, slot and rotation they were made for.
    std::map<std::tuple<TeamId, Slot, std::uint64_t>, SeatKey> moved_tokens;

    // ---- what is in memory only
    std::vector<TeamId> to_be_preserved;  ///< teams that the start still has to turn away
    Uptime uptime;
    std::optional<Instant> uptime_counted_to;
    std::unordered_set<ConnectionId> taken_over;
    std::deque<ConnectionId> taken_over_order;  ///< oldest first; the set is kept within its limit by it
    MoveCodes move_codes;
    /// Seats in whose journal a refused token was noted lately, and when. No more than there are seats.
    std::map<SeatKey, Uptime> refusals_noted;
    static constexpr Milliseconds refusal_noted_again_after{60'000};
    Claims claims;
    std::deque<Undo> undo_log;  ///< oldest first
    std::uint64_t sequence = 0;

    // ---- the decision being made
    struct PendingEffect {
        TeamId team = 0;
        Effect effect;
    };
    Moment now;
    StoreState store = StoreState::writable;
    Undo undo;
    Decision decision;
    std::vector<PendingEffect> effects;
    std::vector<PendingEffect> last_effects;  ///< told after TeamChanged
    std::optional<OperationRecord> done;      ///< what the operation id shall be remembered with
    bool deadline_was_set = false;
    bool everything_cleared = false;
    bool tell_team_changes = true;
};

/// The kind of a command, by its body.
[[nodiscard]] CommandKind kind_of(const CommandBody& body);

}  // namespace holdfast::seats
