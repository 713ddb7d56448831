// What can be asked of the domain, and what comes of it. Commands come from the desk; effects go back to it
// and are carried out only after the changes beside them are on disk.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "holdfast/seats/claims.hpp"
#include "holdfast/seats/overtaking.hpp"
#include "holdfast/seats/records.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

/// Numbers are on disk (OperationRecord::kind): never renumber.
enum class CommandKind : std::uint8_t {
    create_team = 1,
    join_team = 2,
    reactivate_team = 3,
    leave_team = 4,
    reconnect_with_token = 5,
    submit_answer = 6,
    start_game = 7,
    pause_game = 8,
    restart_game = 9,
    toggle_game_mode = 10,
    release_seat = 11,
    list_reconnectable = 12,
    confirm_token = 13,
    connection_lost = 14,
    heartbeat = 15,
    introduce = 16,
    tick = 17,
    synchronise = 18,
    offer_move = 19,
    move_here = 20,
    ask_for_seat = 40,
    stop_asking = 41,
    approve_request = 42,
    refuse_request = 43,
    ban_device = 44,
    lift_ban = 45,
    reserve_seat = 46,
    withdraw_reservation = 47,
    move_player = 21,
    extend_hold = 22,
    set_grace = 23,
};

struct CreateTeam {
    std::string team_name;
};
struct JoinTeam {
    std::string team_name;
};
struct ReactivateTeam {
    std::string team_name;
};
struct LeaveTeam {};
struct ReconnectWithToken {
    std::string token;
    /// What the client or the transport tells of the reason; only for the figures.
    AwayCause hint = AwayCause::none;
    /// Nobody has asked for it: the page has lost its connection, or was loaded anew, and comes back by
    /// itself. When the seat is live in another tab it is left there (taken_over).
    bool stands_back = false;
};
struct SubmitAnswer {
    RoundId round = 0;
    char item = 0;
    bool answer = false;
};
struct StartGame {};
struct PauseGame {};
struct RestartGame {};
struct ToggleGameMode {};
/// The host frees a seat.
struct ReleaseSeat {
    TeamId team = 0;
    Slot slot = 0;
};
/// The host puts a player, there or away, into a vacant seat of an active team, the same or another one.
struct MovePlayer {
    TeamId team = 0;
    Slot slot = 0;
    TeamId to_team = 0;
    Slot to_slot = 0;  ///< 0: the first vacant one
};
/// The host lets an away seat be held for so much longer, but no longer than limits::hold_most from now.
struct ExtendHold {
    TeamId team = 0;
    Slot slot = 0;
    Milliseconds by{0};
};
/// The host says for how long seats are held that fall away from now on; nothing: as the server is
/// configured.
struct SetGrace {
    std::optional<Milliseconds> grace;
};
/// Away seats that wait for their players; a token only for the seats of the asking device.
struct ListReconnectable {};
/// The player wants to go on on another phone: makes a code for it.
struct OfferMove {};
/// The other phone shows the code, or somebody that of the seat which is kept for them.
struct MoveHere {
    std::string code;
};
/// A player whose phone is gone asks the host for the seat, from another one.
struct AskForSeat {
    std::string team_name;
    Slot slot = 0;
    std::string name;  ///< who they say to be; the rule is that of team names
    /// Where the connection comes from, filled in by the front: to be counted, not to be kept.
    std::string address;
};
struct StopAsking {};
/// The host gives the seat to whoever asks for it, or does not.
struct ApproveRequest {
    std::uint64_t request = 0;
};
struct RefuseRequest {
    std::uint64_t request = 0;
};
/// The host bans the device that holds the seat: every seat of it is freed, and it gets none until the ban is
/// lifted.
struct BanDevice {
    TeamId team = 0;
    Slot slot = 0;
};
struct LiftBan {
    std::uint64_t ban = 0;
};
/// The host keeps a vacant seat for somebody, also in a team that is not there yet.
struct ReserveSeat {
    std::string team_name;
    Slot slot = 0;  ///< 0: the first that is free
    std::string name;
};
struct WithdrawReservation {
    TeamId team = 0;
    Slot slot = 0;
};
/// The client says it has this token.
struct ConfirmToken {
    std::string token;
};
/// The connection answered a heartbeat that was sent after its token was: it has the token of that rotation.
struct HeartbeatAnswered {
    std::uint64_t rotation = 0;
};
struct ConnectionLost {
    AwayCause cause = AwayCause::connection_lost;
};
/// A connection without a seat came; answered with the state of play (connection_established).
struct Introduce {};
/// Time goes by: expiry of seats, tokens and operation ids. Carries on the uptime.
struct Tick {};
/// Normal operation only: seats that the disk shows as connected and that no live connection holds turn away.
/// `live` holds every live connection of the process, sorted. It has to be taken after the last command
/// that was queued before this one, or somebody who just sat down would be turned away.
struct SynchroniseWithStore {
    std::vector<ConnectionId> live;
};

using CommandBody =
    std::variant<CreateTeam, JoinTeam, ReactivateTeam, LeaveTeam, ReconnectWithToken, SubmitAnswer, StartGame,
                 PauseGame, RestartGame, ToggleGameMode, ReleaseSeat, ListReconnectable, ConfirmToken,
                 HeartbeatAnswered, ConnectionLost, Introduce, Tick, SynchroniseWithStore, OfferMove,
                 MoveHere, AskForSeat, StopAsking, ApproveRequest, RefuseRequest, BanDevice, LiftBan,
                 ReserveSeat, WithdrawReservation, MovePlayer, ExtendHold, SetGrace>;

struct Command {
    ConnectionId connection = 0;  ///< who asks; 0 for the server itself
    DeviceId device{};
    PageName page{};
    bool host = false;  ///< the handshake showed the host key
    std::string op;     ///< empty: none
    /// Chosen by the desk and given back in Decision::ticket, to find the ack it belongs to. 0: nobody waits.
    std::uint64_t ticket = 0;
    CommandBody body;
};

// ---- what the outside may see
// -------------------------------------------------------------------------------------------

/// The game as everybody may see it.
struct GameView {
    bool started = false;
    bool paused = false;
    GameMode mode = GameMode::modern;
    std::uint64_t answers = 0;
    std::int64_t grace_seconds = 0;             ///< for how long seats are held that fall away now
    std::int64_t configured_grace_seconds = 0;  ///< unless the host says otherwise
};

struct SeatView {
    SeatState state = SeatState::vacant;
    AwayCause away_cause = AwayCause::none;
    /// While away: how long the seat is still held, from the decision on.
    std::int64_t held_for_milliseconds = 0;
    UnixTime since;
    std::uint64_t epoch = 0;
    ConnectionId connection = 0;  ///< to address the player; never shown to anybody
    std::uint64_t holder = 0;     ///< short_name() of the device that holds the seat; never shown to anybody
};

/// Whom a seat is kept for, or who came for whom it was kept.
struct SeatName {
    Slot slot = 0;
    std::string name;
    bool waits = false;  ///< not come yet: the seat counts as taken
    friend bool operator==(const SeatName&, const SeatName&) = default;
};

/// A team as of one decision. Immutable; shared between threads.
struct TeamView {
    TeamId id = 0;
    std::uint64_t version = 0;
    std::string name;
    bool active = true;
    UnixTime created_at;
    std::vector<SeatView> seats;
    std::vector<SeatName> names;  ///< of the few seats that the host kept for somebody
    std::uint32_t rounds_dealt = 0;
    std::string progress;
    GameMode mode = GameMode::modern;

    /// Whether anybody can sit down: what is kept for somebody is not vacant.
    [[nodiscard]] bool has_vacant_seat() const;
    /// Null when the seat was kept for nobody.
    [[nodiscard]] const SeatName* name_of(Slot slot) const;
    [[nodiscard]] bool everybody_connected() const;
    [[nodiscard]] std::size_t connected_count() const;
};
using TeamViewPointer = std::shared_ptr<const TeamView>;

/// What one seat sees of the running round.
struct RoundView {
    RoundId id = 0;
    std::uint32_t number = 0;
    char item = 0;
    std::optional<bool> own_answer;
};

struct Reconnectable {
    TeamId team = 0;
    std::string team_name;
    Slot slot = 0;
    UnixTime disconnect_time;
    bool has_token = false;
    std::string token;  ///< only for the device that holds the seat; otherwise empty
};

/// `claimed`: the seat was kept for them.
enum class SeatedHow : std::uint8_t { created, reactivated, joined, resumed, claimed, moved };
/// How a resume came about, for the figures.
enum class ResumeWay : std::uint8_t { none, token, previous_token, device, code, request, moved_token };

// ---- effects: carried out after the commit, in order
// ----------------------------------------------------------------------

/// The connection sits now. Followed, for this connection, by the state of play.
struct Seated {
    ConnectionId connection = 0;
    SeatedHow how = SeatedHow::joined;
    ResumeWay way = ResumeWay::none;
    AwayCause away_cause = AwayCause::none;  ///< resumed: what the seat was away for
    TeamViewPointer team;
    Slot slot = 0;
    bool is_reactivated = false;
    /// The host has moved the player here, and it is not known that the player has heard of it.
    bool moved_by_host = false;
    std::string token;  ///< empty: the store is down and no new token can be made (the old one stays good)
    std::uint64_t rotation = 0;
    std::int64_t token_expires_in_seconds = 0;
    std::optional<RoundView> round;
    GameView game;
};
/// A newer connection of the same player has the seat; this one has lost it, or stands back from it.
struct TakenOver {
    ConnectionId connection = 0;
    TeamViewPointer team;
    Slot slot = 0;
    Overtaking by = Overtaking::unknown;
};
/// The connection gave its seat up, or (reason set) lost it by a deed of the host or to another phone.
struct Unseated {
    ConnectionId connection = 0;
    TeamViewPointer team;
    Slot slot = 0;
    std::optional<Refusal> reason;
};
/// A seat changed, for the log and the figures. `what` and `reason` as in JournalRecord.
struct SeatChanged {
    TeamViewPointer team;
    Slot slot = 0;
    SeatState from = SeatState::vacant;
    SeatState to = SeatState::vacant;
    std::string what;
    std::string reason;
};
/// A seat of the team fell away or was given up: its partners are told. `slot` is the one that changed.
struct PartnerGone {
    TeamViewPointer team;
    Slot slot = 0;
    bool for_good = false;
    SeatFreed why = SeatFreed::none;  ///< if it is for good
};
/// The team has changed: its members, the lobby and the hosts are told.
struct TeamChanged {
    TeamViewPointer team;
};
struct RoundDealt {
    TeamViewPointer team;
    RoundId round = 0;
    std::uint32_t number = 0;
    std::string items;
};
struct AnswerTaken {
    ConnectionId connection = 0;
    TeamViewPointer team;
    AnswerRecord answer;
    std::uint32_t round_number = 0;
    bool repeated = false;  ///< the same operation again: only its sender is told
};
struct RoundComplete {
    TeamViewPointer team;
    std::uint32_t number = 0;
};
enum class GameEvent : std::uint8_t { started, paused, resumed, reset, mode_changed, grace_set };
/// `reset`: every team has lost its rounds and what the game remembers of them; no TeamChanged says so of
/// each.
struct GameChanged {
    GameEvent what = GameEvent::started;
    GameView game;
};
struct Introduced {
    ConnectionId connection = 0;
    std::uint64_t device = 0;  ///< its short_name()
    GameView game;
};
struct ReconnectableListed {
    ConnectionId connection = 0;
    std::vector<Reconnectable> seats;
    /// Seats that the host keeps for somebody, without saying for whom.
    std::vector<Reconnectable> reserved;
};
/// A code for another phone was made, for the player who sits there alone.
struct MoveOffered {
    ConnectionId connection = 0;
    TeamViewPointer team;
    Slot slot = 0;
    std::string code;
    std::int64_t expires_in_seconds = 0;
};
/// A seat is kept for somebody, or (without a code) no longer.
struct SeatReserved {
    ConnectionId host = 0;
    TeamViewPointer team;
    Slot slot = 0;
    std::string name;
    std::string code;
};
/// The host has been asked for the seat, for the one who asks alone.
struct SeatAsked {
    ConnectionId connection = 0;
    TeamViewPointer team;
    Slot slot = 0;
    std::string name;
    std::int64_t expires_in_seconds = 0;
};
/// A request came to its end without the seat, for the one who asked alone.
struct RequestOver {
    ConnectionId connection = 0;
    Refusal reason = Refusal::request_over;
};
/// Somebody claims a seat, or no longer: for the hosts.
struct ClaimsChanged {
    Claims claims;
};
/// A token was made, used, confirmed, swept, or refused (then with the reason): for the figures.
enum class TokenEvent : std::uint8_t { issued, used, confirmed, cleared, swept, refused };
struct TokenCounted {
    TokenEvent what = TokenEvent::issued;
    std::optional<Refusal> reason;
};
enum class HostDeed : std::uint8_t { released, moved, hold_extended };
/// The host has done something with one seat: the host hears the outcome, and the people of its team what was
/// done. The one who has the seat is told by Seated or Unseated.
struct HostActed {
    HostDeed what = HostDeed::released;
    ConnectionId host = 0;
    TeamViewPointer team = {};
    Slot slot = 0;
    TeamId from = 0;  ///< moved: where the player was before
    Slot from_slot = 0;
    TeamViewPointer from_team = {};
    bool repeated = false;  ///< the same operation again: only the host is told
};
using Effect =
    std::variant<Seated, TakenOver, Unseated, SeatChanged, PartnerGone, TeamChanged, RoundDealt, AnswerTaken,
                 RoundComplete, GameChanged, Introduced, ReconnectableListed, TokenCounted, MoveOffered,
                 SeatAsked, RequestOver, ClaimsChanged, SeatReserved, HostActed>;

/// What comes of one command. With a refusal, changes hold at most a journal entry, and effects at most
/// figures and TakenOver for a connection that stands back.
struct Decision {
    std::uint64_t sequence = 0;  ///< grows by one with every decision
    CommandKind kind = CommandKind::tick;
    bool repeated = false;  ///< the same operation again: answered, and not done
    ConnectionId connection = 0;
    std::uint64_t ticket = 0;
    std::optional<Refusal> refusal;
    Changes changes;
    std::vector<Effect> effects;
};

}  // namespace holdfast::seats
