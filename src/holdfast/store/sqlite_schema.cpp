#include "holdfast/store/sqlite_schema.hpp"

#include <array>
#include <string>

namespace holdfast::store::sqlite {

namespace {

// One entry a version; entries are never changed once released, only added. What the columns mean is told
// in docs/store.md.
constexpr std::array<const char*, 5> migrations = {
    // 1
    R"sql(
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('commit_number', 0);

CREATE TABLE game (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    started    INTEGER NOT NULL,
    paused     INTEGER NOT NULL,
    mode       INTEGER NOT NULL,
    answers    INTEGER NOT NULL,
    last_team  INTEGER NOT NULL,
    last_round INTEGER NOT NULL,
    uptime     INTEGER NOT NULL
) STRICT;

CREATE TABLE teams (
    id             INTEGER PRIMARY KEY,
    version        INTEGER NOT NULL,
    name           TEXT NOT NULL,
    name_key       TEXT NOT NULL,
    active         INTEGER NOT NULL,
    created_at     INTEGER NOT NULL,
    rounds_dealt   INTEGER NOT NULL,
    progress       TEXT NOT NULL,
    round_id       INTEGER,
    round_number   INTEGER,
    round_mode     INTEGER,
    round_items    TEXT,
    round_answers  TEXT,
    round_dealt_at INTEGER
) STRICT;

CREATE TABLE seats (
    team                INTEGER NOT NULL REFERENCES teams (id),
    slot                INTEGER NOT NULL,
    state               INTEGER NOT NULL,
    away_cause          INTEGER NOT NULL,
    freed_because       INTEGER NOT NULL,
    epoch               INTEGER NOT NULL,
    rotation            INTEGER NOT NULL,
    token_live          INTEGER NOT NULL,
    previous_token_good INTEGER NOT NULL,
    seat_deadline       INTEGER NOT NULL,
    token_deadline      INTEGER NOT NULL,
    since               INTEGER NOT NULL,
    device              BLOB NOT NULL,
    PRIMARY KEY (team, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE rounds (
    id       INTEGER PRIMARY KEY,
    team     INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    mode     INTEGER NOT NULL,
    items    TEXT NOT NULL,
    answers  TEXT NOT NULL,
    dealt_at INTEGER NOT NULL
) STRICT;

CREATE TABLE answers (
    round  INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    team   INTEGER NOT NULL,
    item   TEXT NOT NULL,
    answer INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (round, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE operations (
    number INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    op     TEXT NOT NULL,
    kind   INTEGER NOT NULL,
    team   INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    round  INTEGER NOT NULL,
    flag   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    UNIQUE (device, op)
) STRICT;
CREATE INDEX operations_by_time ON operations (at);

CREATE TABLE journal (
    number INTEGER PRIMARY KEY,
    team   INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    what   TEXT NOT NULL,
    reason TEXT NOT NULL,
    epoch  INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_by_team ON journal (team);

CREATE VIEW answer_history AS
    SELECT teams.name AS team_name, coalesce(rounds.number, running.round_number) AS round_number,
           answers.slot AS slot, answers.item AS item, answers.answer AS answer,
           CASE coalesce(rounds.mode, running.round_mode) WHEN 0 THEN 'classic' WHEN 1 THEN 'new' END AS mode,
           datetime(answers.at / 1000, 'unixepoch') AS answered_at_utc
      FROM answers
      LEFT JOIN rounds ON rounds.id = answers.round
      LEFT JOIN teams ON teams.id = answers.team
      LEFT JOIN teams AS running ON running.id = answers.team AND running.round_id = answers.round
     ORDER BY answers.round, answers.slot;

CREATE VIEW seat_history AS
    SELECT teams.name AS team_name, journal.slot AS slot, journal.what AS what, journal.reason AS reason,
           datetime(journal.at / 1000, 'unixepoch') AS at_utc
      FROM journal
      LEFT JOIN teams ON teams.id = journal.team
     ORDER BY journal.number;
)sql",
    // 2: a team and its seats are one row, and nothing but the time of an operation is searched for.
    R"sql(
CREATE TEMP TABLE every_seat_has_its_place (is_so INTEGER CHECK (is_so));
INSERT INTO every_seat_has_its_place
    SELECT NOT EXISTS (SELECT 1 FROM seats WHERE team NOT IN (SELECT id FROM teams))
       AND NOT EXISTS (SELECT 1 FROM seats WHERE length(device) <> 32)
       AND NOT EXISTS (SELECT 1 FROM seats GROUP BY team HAVING min(slot) <> 1 OR max(slot) <> count(*));
DROP TABLE every_seat_has_its_place;

ALTER TABLE teams ADD COLUMN seats TEXT NOT NULL DEFAULT '[]';
UPDATE teams SET seats =
    (SELECT json_group_array(json_array(state, away_cause, freed_because, epoch, rotation, token_live,
                previous_token_good, seat_deadline, token_deadline, since,
                CASE WHEN device = zeroblob(32) THEN '' ELSE hex(device) END))
       FROM (SELECT * FROM seats WHERE team = teams.id ORDER BY slot));
DROP TABLE seats;
CREATE VIEW seats AS
    SELECT teams.id AS team, seat.key + 1 AS slot,
           json_extract(seat.value, '$[0]') AS state, json_extract(seat.value, '$[1]') AS away_cause,
           json_extract(seat.value, '$[2]') AS freed_because, json_extract(seat.value, '$[3]') AS epoch,
           json_extract(seat.value, '$[4]') AS rotation, json_extract(seat.value, '$[5]') AS token_live,
           json_extract(seat.value, '$[6]') AS previous_token_good,
           json_extract(seat.value, '$[7]') AS seat_deadline,
           json_extract(seat.value, '$[8]') AS token_deadline, json_extract(seat.value, '$[9]') AS since,
           json_extract(seat.value, '$[10]') AS device
      FROM teams, json_each(teams.seats) AS seat;

ALTER TABLE operations RENAME TO operations_1;
CREATE TABLE operations (
    number INTEGER PRIMARY KEY,
    device BLOB NOT NULL,
    op     TEXT NOT NULL,
    kind   INTEGER NOT NULL,
    team   INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    round  INTEGER NOT NULL,
    flag   INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
INSERT INTO operations SELECT number, device, op, kind, team, slot, round, flag, at FROM operations_1;
DROP TABLE operations_1;
CREATE INDEX operations_by_time ON operations (at);
)sql",
    // 3: the host sets the grace of the game and moves players (in `seats`: tokens of before a move, and the
    // reason 4 for which a seat is free).
    R"sql(
ALTER TABLE game ADD COLUMN grace INTEGER NOT NULL DEFAULT 0;
)sql",
    // 4: devices that the host has banned.
    R"sql(
CREATE TABLE bans (
    device BLOB PRIMARY KEY,
    id     INTEGER NOT NULL,
    team   INTEGER NOT NULL,
    slot   INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql",
    // 5: seats that the host keeps for somebody.
    R"sql(
CREATE TABLE reservations (
    team  INTEGER NOT NULL,
    slot  INTEGER NOT NULL,
    nonce INTEGER NOT NULL,
    name  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    used  INTEGER NOT NULL,
    PRIMARY KEY (team, slot)
) STRICT, WITHOUT ROWID;
)sql",
};

Done apply(Connection& connection, std::size_t step) {
    const std::string script = "BEGIN IMMEDIATE;" + std::string(migrations[step]) +
                               "PRAGMA application_id = " + std::to_string(application_id) +
                               ";PRAGMA user_version = " + std::to_string(step + 1) + ";COMMIT;";
    const auto done = connection.execute(script);
    if (done) return done;
    // What an older file cannot hold, unless it is damaged.
    const bool is_damaged = (connection.last_failure().extended_code & 0xff) == SQLITE_CONSTRAINT;
    if (!connection.roll_back()) return failure(StoreError::unavailable);
    return is_damaged ? failure(connection.failed(SQLITE_CORRUPT)) : done;
}

}  // namespace

int current_schema_version() {
    return static_cast<int>(migrations.size());
}

Done check_compatible(Connection& connection) {
    const auto id = connection.query_integer("PRAGMA application_id");
    if (!id) return failure(id.error());
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return failure(version.error());
    const auto objects = connection.query_integer("SELECT count(*) FROM sqlite_schema");
    if (!objects) return failure(objects.error());
    const bool is_new = *id == 0 && *version == 0 && *objects == 0;
    const bool is_ours = *id == application_id && *version >= 1 && *version <= current_schema_version();
    if (!is_new && !is_ours) return failure(StoreError::incompatible);
    return {};
}

Done migrate(Connection& connection) {
    return migrate_up_to(connection, current_schema_version());
}

Done migrate_up_to(Connection& connection, int wanted) {
    const auto version = connection.query_integer("PRAGMA user_version");
    if (!version) return failure(version.error());
    for (auto step = static_cast<std::size_t>(*version); step < static_cast<std::size_t>(wanted); ++step) {
        if (const auto done = apply(connection, step); !done) return done;
    }
    return {};
}

}  // namespace holdfast::store::sqlite
