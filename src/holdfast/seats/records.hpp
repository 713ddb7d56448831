// What is on the disk, row by row. Plain values: no behaviour, no pointers, no connections.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

struct SeatRecord {
    SeatState state = SeatState::vacant;
    AwayCause away_cause = AwayCause::none;
    /// Grows every time the seat changes hands; what comes from an older epoch cannot touch the seat.
    std::uint64_t epoch = 0;
    /// Number of the newest token; never goes back, not even when the seat is given up. 0: never had one.
    std::uint64_t rotation = 0;
    /// Whether a token of that number is good at all.
    bool token_live = false;
    /// Whether the token before is good as well, because the newest may not have arrived.
    bool previous_token_good = false;
    /// While away: when the seat is freed, and when its token stops being good.
    Uptime seat_deadline;
    Uptime token_deadline;
    /// When the present state began, for people.
    UnixTime since;
    DeviceId device{};
    /// While vacant: why. `none` while taken, and on a seat nobody had yet.
    SeatFreed freed_because = SeatFreed::none;
    friend bool operator==(const SeatRecord&, const SeatRecord&) = default;
};

/// A round that is running or over. Items and answers by slot, slot 1 first.
struct RoundRecord {
    RoundId id = 0;
    std::uint32_t number = 0;  ///< within the team, from 1
    GameMode mode = GameMode::classic;
    std::string items;                         ///< one character a seat, for instance "AX"
    std::vector<std::optional<bool>> answers;  ///< one a seat
    UnixTime dealt_at;
    friend bool operator==(const RoundRecord&, const RoundRecord&) = default;
};

/// A token from before the host moved its player here: good, like the token before the newest one, until the
/// player is known to have a token of the seat it leads to.
struct MovedToken {
    Slot slot = 0;        ///< the seat of this team that it leads to
    TeamId made_for = 0;  ///< the team and the seat that it was made for
    Slot made_for_slot = 0;
    std::uint64_t rotation = 0;
    friend bool operator==(const MovedToken&, const MovedToken&) = default;
};

struct TeamRecord {
    TeamId id = 0;
    /// Grows with every change of the team: a commit names the version it was decided on.
    std::uint64_t version = 0;
    std::string name;      ///< as it is shown
    std::string name_key;  ///< what makes it unique: normalised and without case
    bool active = true;    ///< false: dissolved, kept for its history
    UnixTime created_at;
    std::vector<SeatRecord> seats;
    std::uint32_t rounds_dealt = 0;
    std::optional<RoundRecord> round;  ///< the running one
    /// What the game remembers of the finished rounds, in the game's own form.
    std::string progress;
    /// By slot, and the oldest of a slot first; at most limits::moved_tokens_per_seat of a slot.
    std::vector<MovedToken> moved_tokens;
    friend bool operator==(const TeamRecord&, const TeamRecord&) = default;
};

/// One row for the whole server.
struct GameRecord {
    bool started = false;
    bool paused = false;
    GameMode mode = GameMode::modern;
    std::uint64_t answers = 0;  ///< since the last restart of the game
    TeamId last_team = 0;
    RoundId last_round = 0;
    Uptime uptime;
    /// How long the host lets away seats be held in this game; 0: as the server was configured.
    Milliseconds grace{0};
    friend bool operator==(const GameRecord&, const GameRecord&) = default;
};

struct AnswerRecord {
    RoundId round = 0;
    TeamId team = 0;
    Slot slot = 0;
    char item = 0;
    bool answer = false;
    UnixTime at;
    friend bool operator==(const AnswerRecord&, const AnswerRecord&) = default;
};

/// A command's operation id with what it did, so that the same id again has the same answer and no effect.
struct OperationRecord {
    DeviceId device{};
    std::string op;
    std::uint8_t kind = 0;  ///< CommandKind, see commands.hpp
    TeamId team = 0;
    Slot slot = 0;
    RoundId round = 0;
    /// create_team: a dissolved team was brought back; join_team: it was a resume; submit_answer: the answer.
    bool flag = false;
    UnixTime at;
    friend bool operator==(const OperationRecord&, const OperationRecord&) = default;
};

/// One line in the life of a seat, for the host who asks why. No secrets.
struct JournalRecord {
    TeamId team = 0;
    Slot slot = 0;
    UnixTime at;
    std::string what;    ///< of journal_whats, see journal_words.hpp
    std::string reason;  ///< of journal_reasons
    std::uint64_t epoch = 0;
    friend bool operator==(const JournalRecord&, const JournalRecord&) = default;
};

/// A device that the host has banned, and the seat that it had then.
struct BanRecord {
    std::uint64_t id = 0;  ///< drawn at random; names the ban on the dashboard
    DeviceId device{};
    TeamId team = 0;
    Slot slot = 0;
    UnixTime at;
    friend bool operator==(const BanRecord&, const BanRecord&) = default;
};

/// A seat that the host keeps for somebody. The code that opens it is derived from `nonce`.
struct ReservationRecord {
    TeamId team = 0;
    Slot slot = 0;
    std::uint64_t nonce = 0;  ///< drawn at random: the next reservation of the seat has another code
    std::string name;         ///< as it is shown
    UnixTime at;
    bool used = false;  ///< they sit there; the name stays until the seat is free again
    friend bool operator==(const ReservationRecord&, const ReservationRecord&) = default;
};

// The changes a decision makes, in order.
struct PutTeam {
    TeamRecord team;
    std::uint64_t expected_version = 0;  ///< the version it was decided on; 0: the team is new
};
struct PutGame {
    GameRecord game;
};
/// A finished round leaves the team's row and goes to the history.
struct PutFinishedRound {
    TeamId team = 0;
    RoundRecord round;
};
struct PutAnswer {
    AnswerRecord answer;
};
/// An id that is remembered already is replaced; `at` is never before that of the one it replaces.
struct PutOperation {
    OperationRecord operation;
};
struct ForgetOperations {
    UnixTime older_than;
};
struct AppendJournal {
    JournalRecord entry;
};
/// Restart of the game: every team, dissolved ones too, loses its rounds, answers and progress (round: none,
/// rounds_dealt: 0, progress: ""), and keeps its seats. Its version grows by one. The history of finished
/// rounds and answers is emptied.
struct ClearRounds {};
/// A device has one ban; another one takes its place.
struct PutBan {
    BanRecord ban;
};
struct DropBan {
    DeviceId device{};
};
/// A seat has one reservation; another one takes its place.
struct PutReservation {
    ReservationRecord reservation;
};
struct DropReservation {
    TeamId team = 0;
    Slot slot = 0;
};
using Change = std::variant<PutTeam, PutGame, PutFinishedRound, PutAnswer, PutOperation, ForgetOperations,
                            AppendJournal, ClearRounds, PutBan, DropBan, PutReservation, DropReservation>;
using Changes = std::vector<Change>;

/// Everything the domain needs to begin.
struct Snapshot {
    GameRecord game;
    std::vector<TeamRecord> teams;
    std::vector<OperationRecord> operations;
    std::vector<BanRecord> bans = {};                  ///< by number
    std::vector<ReservationRecord> reservations = {};  ///< by team and slot
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

}  // namespace holdfast::seats
