#include "holdfast/store/sqlite_reader.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <limits>
#include <unordered_set>

#include "holdfast/store/sqlite_rows.hpp"

namespace holdfast::store::sqlite {

using namespace seats;

namespace {

constexpr const char* read_game_text =
    "SELECT started, paused, mode, answers, last_team, last_round, uptime, grace FROM game";
constexpr const char* read_teams_text =
    "SELECT id, version, name, name_key, active, created_at, rounds_dealt, progress, round_id, round_number,"
    " round_mode, round_items, round_answers, round_dealt_at, seats FROM teams ORDER BY id";
constexpr const char* read_operations_text =
    "SELECT device, op, kind, team, slot, round, flag, at FROM operations ORDER BY number";
constexpr const char* read_bans_text = "SELECT device, id, team, slot, at FROM bans";
constexpr const char* read_reservations_text = "SELECT team, slot, nonce, name, at, used FROM reservations";
constexpr const char* read_journal_text =
    "SELECT team, slot, at, what, reason, epoch FROM journal"
    " WHERE team = ?1 AND (?2 = 0 OR slot = ?2) ORDER BY number DESC LIMIT ?3";
constexpr const char* read_journals_text =
    "SELECT team, slot, at, what, reason, epoch, number FROM journal WHERE number > ?1 ORDER BY number LIMIT "
    "?2";

/// Hands every row of a query to `take`, which says whether it could make sense of it.
template <typename Take>
Done for_each_row(Connection& connection, Statement& query, Take&& take) {
    for (;;) {
        const auto row = query.step();
        if (!row) return failure(row.error());
        if (!*row) return {};
        if (!take(query)) return failure(connection.failed(SQLITE_CORRUPT));
    }
}

template <typename Take>
Done for_each_row(Connection& connection, const char* text, Take&& take) {
    Statement query;
    if (const auto done = query.prepare(connection, text); !done) return done;
    return for_each_row(connection, query, take);
}

bool read_game(const Statement& row, GameRecord& game) {
    const auto mode = enumerator_from<GameMode>(row.integer(2));
    if (!mode) return false;
    game.started = row.integer(0) != 0;
    game.paused = row.integer(1) != 0;
    game.mode = *mode;
    game.answers = row.unsigned_integer(3);
    game.last_team = row.unsigned_integer(4);
    game.last_round = row.unsigned_integer(5);
    game.uptime = {row.integer(6)};
    game.grace = Milliseconds{row.integer(7)};
    return true;
}

std::optional<RoundRecord> read_running_round(const Statement& row) {
    const auto mode = enumerator_from<GameMode>(row.integer(10));
    auto answers = answers_from_text(row.bytes(12));
    if (!mode || !answers) return std::nullopt;
    RoundRecord round;
    round.id = row.unsigned_integer(8);
    round.number = static_cast<std::uint32_t>(row.integer(9));
    round.mode = *mode;
    round.items = row.bytes(11);
    round.answers = std::move(*answers);
    round.dealt_at = {row.integer(13)};
    return round;
}

bool read_team(const Statement& row, std::vector<TeamRecord>& teams) {
    TeamRecord& team = teams.emplace_back();
    team.id = row.unsigned_integer(0);
    team.version = row.unsigned_integer(1);
    team.name = row.bytes(2);
    team.name_key = row.bytes(3);
    team.active = row.integer(4) != 0;
    team.created_at = {row.integer(5)};
    team.rounds_dealt = static_cast<std::uint32_t>(row.integer(6));
    team.progress = row.bytes(7);
    if (!seats_from_text(row.bytes(14), team)) return false;
    if (row.is_null(8)) return true;
    team.round = read_running_round(row);
    return team.round.has_value();
}

JournalRecord journal_entry_of(const Statement& row) {
    JournalRecord entry;
    entry.team = row.unsigned_integer(0);
    entry.slot = static_cast<Slot>(row.integer(1));
    entry.at = {row.integer(2)};
    entry.what = row.bytes(3);
    entry.reason = row.bytes(4);
    entry.epoch = row.unsigned_integer(5);
    return entry;
}

bool read_operation(const Statement& row, std::vector<OperationRecord>& operations) {
    const auto device = digest_from_blob(row.bytes(0));
    if (!device) return false;
    OperationRecord& operation = operations.emplace_back();
    operation.device = *device;
    operation.op = row.bytes(1);
    operation.kind = static_cast<std::uint8_t>(row.integer(2));
    operation.team = row.unsigned_integer(3);
    operation.slot = static_cast<Slot>(row.integer(4));
    operation.round = row.unsigned_integer(5);
    operation.flag = row.integer(6) != 0;
    operation.at = {row.integer(7)};
    return true;
}

bool read_ban(const Statement& row, std::vector<BanRecord>& bans) {
    const auto device = digest_from_blob(row.bytes(0));
    if (!device) return false;
    BanRecord& ban = bans.emplace_back();
    ban.device = *device;
    ban.id = row.unsigned_integer(1);
    ban.team = row.unsigned_integer(2);
    ban.slot = static_cast<Slot>(row.integer(3));
    ban.at = {row.integer(4)};
    return true;
}

bool read_reservation(const Statement& row, std::vector<ReservationRecord>& reservations) {
    ReservationRecord& one = reservations.emplace_back();
    one.team = row.unsigned_integer(0);
    one.slot = static_cast<Slot>(row.integer(1));
    one.nonce = row.unsigned_integer(2);
    one.name = row.bytes(3);
    one.at = {row.integer(4)};
    one.used = row.integer(5) != 0;
    return true;
}

/// Of each id only what was written last, in the place it was written last.
void keep_newest_of_each_id(std::vector<OperationRecord>& operations) {
    struct Id {
        const DeviceId* device;
        std::string_view op;
        bool operator==(const Id& other) const { return *device == *other.device && op == other.op; }
    };
    struct IdHash {
        std::size_t operator()(const Id& id) const {
            return std::hash<std::string_view>{}(bytes_of(*id.device)) ^ std::hash<std::string_view>{}(id.op);
        }
    };
    std::unordered_set<Id, IdHash> seen;
    seen.reserve(operations.size());
    std::vector<bool> is_replaced(operations.size());
    for (std::size_t index = operations.size(); index-- > 0;) {
        is_replaced[index] = !seen.insert({&operations[index].device, operations[index].op}).second;
    }
    seen.clear();
    std::size_t index = 0;
    std::erase_if(operations, [&](const OperationRecord&) { return is_replaced[index++]; });
}

Done read_tables(Connection& connection, Snapshot& snapshot) {
    auto done = for_each_row(connection, read_game_text,
                             [&](const Statement& row) { return read_game(row, snapshot.game); });
    if (!done) return done;
    done = for_each_row(connection, read_teams_text,
                        [&](const Statement& row) { return read_team(row, snapshot.teams); });
    if (!done) return done;
    done = for_each_row(connection, read_operations_text,
                        [&](const Statement& row) { return read_operation(row, snapshot.operations); });
    keep_newest_of_each_id(snapshot.operations);
    if (!done) return done;
    done = for_each_row(connection, read_bans_text,
                        [&](const Statement& row) { return read_ban(row, snapshot.bans); });
    std::sort(snapshot.bans.begin(), snapshot.bans.end(),
              [](const BanRecord& left, const BanRecord& right) { return left.id < right.id; });
    if (!done) return done;
    done = for_each_row(connection, read_reservations_text,
                        [&](const Statement& row) { return read_reservation(row, snapshot.reservations); });
    std::sort(snapshot.reservations.begin(), snapshot.reservations.end(),
              [](const auto& left, const auto& right) {
                  return std::pair(left.team, left.slot) < std::pair(right.team, right.slot);
              });
    return done;
}

}  // namespace

Result<Snapshot, StoreError> read_snapshot(Connection& connection) {
    // One transaction, so that all tables are seen as of one moment.
    if (const auto begun = connection.execute("BEGIN"); !begun) return failure(begun.error());
    Snapshot snapshot;
    const auto done = read_tables(connection, snapshot);
    if (!connection.roll_back()) return failure(StoreError::unavailable);
    // All of the file has been through the cache, and little of it is needed again.
    sqlite3_db_release_memory(connection.handle());
    if (!done) return failure(done.error());
    // SQLite orders by the signed number.
    const auto by_id = [](const TeamRecord& left, const TeamRecord& right) { return left.id < right.id; };
    if (!std::is_sorted(snapshot.teams.begin(), snapshot.teams.end(), by_id)) {
        std::sort(snapshot.teams.begin(), snapshot.teams.end(), by_id);
    }
    return snapshot;
}

Result<std::vector<JournalRecord>, StoreError> read_journal(Connection& connection, TeamId team, Slot slot,
                                                            std::size_t most) {
    Statement query;
    if (const auto done = query.prepare(connection, read_journal_text); !done) return failure(done.error());
    query.bind(team, slot, std::min<std::size_t>(most, std::numeric_limits<std::int32_t>::max()));
    std::vector<JournalRecord> entries;
    const auto done = for_each_row(connection, query, [&](const Statement& row) {
        entries.push_back(journal_entry_of(row));
        return true;
    });
    if (!done) return failure(done.error());
    std::reverse(entries.begin(), entries.end());
    return entries;
}

Result<JournalPiece, StoreError> read_journals(Connection& connection, std::uint64_t after,
                                               std::size_t most) {
    JournalPiece piece;
    const auto newest = connection.query_integer("SELECT coalesce(max(number), 0) FROM journal");
    if (!newest) return failure(newest.error());
    piece.newest = std::bit_cast<std::uint64_t>(*newest);
    piece.last = after;
    Statement query;
    if (const auto done = query.prepare(connection, read_journals_text); !done) return failure(done.error());
    query.bind(after, std::min<std::size_t>(most, std::numeric_limits<std::int32_t>::max()));
    const auto done = for_each_row(connection, query, [&](const Statement& row) {
        piece.entries.push_back(journal_entry_of(row));
        piece.last = row.unsigned_integer(6);
        return true;
    });
    if (!done) return failure(done.error());
    return piece;
}

}  // namespace holdfast::store::sqlite
