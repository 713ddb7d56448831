#include "holdfast/store/sqlite_writer.hpp"

#include <bit>

#include "holdfast/store/sqlite_rows.hpp"

namespace holdfast::store::sqlite {

using namespace seats;

namespace {

constexpr const char* insert_team_text =
    "INSERT INTO teams (version, name, name_key, active, created_at, rounds_dealt, progress, seats, round_id,"
    " round_number, round_mode, round_items, round_answers, round_dealt_at, id)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT (id) DO NOTHING";
constexpr const char* update_team_text =
    "UPDATE teams SET version = ?1, name = ?2, name_key = ?3, active = ?4, created_at = ?5,"
    " rounds_dealt = ?6, progress = ?7, seats = ?8, round_id = ?9, round_number = ?10, round_mode = ?11,"
    " round_items = ?12, round_answers = ?13, round_dealt_at = ?14 WHERE id = ?15 AND version = ?16";
constexpr const char* put_game_text =
    "REPLACE INTO game (id, started, paused, mode, answers, last_team, last_round, uptime, grace)"
    " VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr const char* put_round_text =
    "REPLACE INTO rounds (id, team, number, mode, items, answers, dealt_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
constexpr const char* put_answer_text =
    "REPLACE INTO answers (round, slot, team, item, answer, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* put_operation_text =
    "INSERT INTO operations (device, op, kind, team, slot, round, flag, at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
constexpr const char* forget_operations_text = "DELETE FROM operations WHERE at < ?1";
constexpr const char* append_journal_text =
    "INSERT INTO journal (team, slot, at, what, reason, epoch) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* trim_journal_text =
    "DELETE FROM journal WHERE team = ?1 AND number <="
    " (SELECT number FROM journal WHERE team = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";
constexpr const char* put_ban_text =
    "REPLACE INTO bans (device, id, team, slot, at) VALUES (?1, ?2, ?3, ?4, ?5)";
constexpr const char* drop_ban_text = "DELETE FROM bans WHERE device = ?1";
constexpr const char* put_reservation_text =
    "REPLACE INTO reservations (team, slot, nonce, name, at, used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
constexpr const char* drop_reservation_text = "DELETE FROM reservations WHERE team = ?1 AND slot = ?2";
constexpr const char* put_commit_number_text = "UPDATE meta SET value = ?1 WHERE name = 'commit_number'";
constexpr const char* clear_rounds_text =
    "DELETE FROM rounds; DELETE FROM answers;"
    "UPDATE teams SET version = version + 1, rounds_dealt = 0, progress = '', round_id = NULL,"
    " round_number = NULL, round_mode = NULL, round_items = NULL, round_answers = NULL,"
    " round_dealt_at = NULL";

/// A journal is trimmed once in so many entries: more would be a search for each of them.
constexpr std::uint32_t appends_between_trims = 16;

}  // namespace

Writer::Writer(Connection& connection, std::size_t journal_entries_per_team)
    : connection_(connection), journal_entries_per_team_(journal_entries_per_team) {}

Done Writer::prepare() {
    const std::pair<Statement*, const char*> statements[] = {
        {&insert_team_, insert_team_text},
        {&update_team_, update_team_text},
        {&put_game_, put_game_text},
        {&put_round_, put_round_text},
        {&put_answer_, put_answer_text},
        {&put_operation_, put_operation_text},
        {&forget_operations_, forget_operations_text},
        {&append_journal_, append_journal_text},
        {&trim_journal_, trim_journal_text},
        {&put_commit_number_, put_commit_number_text},
        {&put_ban_, put_ban_text},
        {&drop_ban_, drop_ban_text},
        {&put_reservation_, put_reservation_text},
        {&drop_reservation_, drop_reservation_text},
    };
    for (const auto& [statement, text] : statements) {
        if (const auto done = statement->prepare(connection_, text); !done) return done;
    }
    const auto number = connection_.query_integer("SELECT value FROM meta WHERE name = 'commit_number'");
    if (!number) return failure(number.error());
    commit_number_at_start_ = std::bit_cast<std::uint64_t>(*number);
    return {};
}

Done Writer::write(std::span<const Changes* const> batch) {
    forget_pending();
    for (const Changes* changes : batch) {
        for (const Change& change : *changes) {
            const auto done = std::visit([this](const auto& which) { return put(which); }, change);
            if (!done) return done;
        }
    }
    return write_pending();
}

void Writer::forget_pending() {
    pending_teams_.clear();
    pending_places_.clear();
    pending_game_ = nullptr;
}

Done Writer::write_pending() {
    for (const PendingTeam& pending : pending_teams_) {
        if (const auto done = write_team(pending); !done) return done;
    }
    if (pending_game_ != nullptr) {
        if (const auto done = write_game(*pending_game_); !done) return done;
    }
    forget_pending();
    return {};
}

Done Writer::write_commit_number(std::uint64_t number) {
    return put_commit_number_.bind(number).run();
}

Done Writer::put(const PutTeam& change) {
    const auto [place, is_first] = pending_places_.try_emplace(change.team.id, pending_teams_.size());
    if (is_first) {
        pending_teams_.push_back({&change.team, change.expected_version});
        return {};
    }
    PendingTeam& pending = pending_teams_[place->second];
    if (change.expected_version != pending.team->version) return failure(StoreError::conflict);
    pending.team = &change.team;
    return {};
}

Done Writer::write_team(const PendingTeam& pending) {
    const TeamRecord& team = *pending.team;
    const bool is_new = pending.expected_version == 0;
    Statement& statement = is_new ? insert_team_ : update_team_;
    const std::string seats = seats_to_text(team);
    const auto bind = [&](const auto&... round_and_key) {
        statement.bind(team.version, team.name, team.name_key, team.active, team.created_at.milliseconds,
                       team.rounds_dealt, team.progress, seats, round_and_key...);
    };
    const std::string answers = team.round ? answers_to_text(team.round->answers) : std::string();
    const auto bind_with_round = [&](const auto&... key) {
        if (const auto& round = team.round) {
            bind(round->id, round->number, round->mode, round->items, answers, round->dealt_at.milliseconds,
                 key...);
        } else {
            bind(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, key...);
        }
    };
    if (is_new) {
        bind_with_round(team.id);
    } else {
        bind_with_round(team.id, pending.expected_version);
    }
    if (const auto done = statement.run(); !done) return done;
    if (statement.changed_rows() != 1) return failure(StoreError::conflict);
    return {};
}

Done Writer::put(const PutGame& change) {
    pending_game_ = &change.game;
    return {};
}

Done Writer::write_game(const GameRecord& game) {
    return put_game_
        .bind(game.started, game.paused, game.mode, game.answers, game.last_team, game.last_round,
              game.uptime.milliseconds, game.grace.count())
        .run();
}

Done Writer::put(const PutFinishedRound& change) {
    const RoundRecord& round = change.round;
    const std::string answers = answers_to_text(round.answers);
    return put_round_
        .bind(round.id, change.team, round.number, round.mode, round.items, answers,
              round.dealt_at.milliseconds)
        .run();
}

Done Writer::put(const PutAnswer& change) {
    const AnswerRecord& answer = change.answer;
    const std::string_view item(&answer.item, 1);
    return put_answer_
        .bind(answer.round, answer.slot, answer.team, item, answer.answer, answer.at.milliseconds)
        .run();
}

Done Writer::put(const PutOperation& change) {
    const OperationRecord& operation = change.operation;
    return put_operation_
        .bind(operation.device, operation.op, operation.kind, operation.team, operation.slot, operation.round,
              operation.flag, operation.at.milliseconds)
        .run();
}

Done Writer::put(const ForgetOperations& change) {
    return forget_operations_.bind(change.older_than.milliseconds).run();
}

Done Writer::put(const AppendJournal& change) {
    const JournalRecord& entry = change.entry;
    const auto done =
        append_journal_
            .bind(entry.team, entry.slot, entry.at.milliseconds, entry.what, entry.reason, entry.epoch)
            .run();
    if (!done) return done;
    // Every start begins to count at another place: otherwise short runs could leave more and more behind.
    const auto first_count =
        static_cast<std::uint32_t>((entry.team + commit_number_at_start_) % appends_between_trims);
    std::uint32_t& appends = journal_appends_.try_emplace(entry.team, first_count).first->second;
    const bool is_due = appends % appends_between_trims == 0;
    ++appends;
    if (!is_due) return {};
    return trim_journal_.bind(entry.team, journal_entries_per_team_).run();
}

Done Writer::put(const PutBan& change) {
    const BanRecord& ban = change.ban;
    return put_ban_.bind(ban.device, ban.id, ban.team, ban.slot, ban.at.milliseconds).run();
}

Done Writer::put(const DropBan& change) {
    return drop_ban_.bind(change.device).run();
}

Done Writer::put(const PutReservation& change) {
    const ReservationRecord& one = change.reservation;
    return put_reservation_.bind(one.team, one.slot, one.nonce, one.name, one.at.milliseconds, one.used)
        .run();
}

Done Writer::put(const DropReservation& change) {
    return drop_reservation_.bind(change.team, change.slot).run();
}

Done Writer::put(const ClearRounds& /*change*/) {
    // It changes every team: those of before it get their rows first.
    if (const auto done = write_pending(); !done) return done;
    return connection_.execute(clear_rounds_text);
}

}  // namespace holdfast::store::sqlite
