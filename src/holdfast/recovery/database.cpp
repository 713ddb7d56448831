#include "holdfast/recovery/database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <type_traits>

#include "holdfast/base/limits.hpp"
#include "holdfast/base/random.hpp"

namespace holdfast::recovery {

using socketio::LogPosition;
using socketio::RecordedEvent;
using socketio::RecordedSession;
using socketio::RoomSpan;
using socketio::TrimNote;
namespace records = socketio::records;

namespace {

constexpr int schema_version = 1;
constexpr int application_id = 0x48465243;  // "HFRC"

constexpr const char* schema = R"(
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1), log_id TEXT NOT NULL, position INTEGER NOT NULL,
    last_session INTEGER NOT NULL, trimmed_up_to INTEGER NOT NULL, floor INTEGER NOT NULL);
CREATE TABLE sessions (
    number INTEGER PRIMARY KEY, pid_digest BLOB NOT NULL, previous_digest BLOB NOT NULL, sid TEXT NOT NULL, nsp TEXT NOT NULL,
    begun INTEGER NOT NULL, floor INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE spans (
    session INTEGER NOT NULL, room TEXT NOT NULL, joined INTEGER NOT NULL, left INTEGER NOT NULL,
    PRIMARY KEY (session, joined, room)) WITHOUT ROWID;
CREATE TABLE events (
    position INTEGER PRIMARY KEY, nsp TEXT NOT NULL, rooms BLOB NOT NULL, left_out BLOB NOT NULL,
    packet TEXT NOT NULL, attachments BLOB NOT NULL);
CREATE TABLE notes (
    nsp TEXT NOT NULL, everybody INTEGER NOT NULL, room TEXT NOT NULL, last INTEGER NOT NULL,
    left_out TEXT NOT NULL, last_other INTEGER NOT NULL,
    PRIMARY KEY (nsp, everybody, room)) WITHOUT ROWID;
)";

int bind_one(sqlite3_stmt* statement, int index, std::string_view text) {
    // A null pointer would be bound as NULL.
    const char* const data = text.data() == nullptr ? "" : text.data();
    return sqlite3_bind_text64(statement, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
}
int bind_one(sqlite3_stmt* statement, int index, const Digest& digest) {
    return sqlite3_bind_blob64(statement, index, digest.data(), digest.size(), SQLITE_STATIC);
}
int bind_one(sqlite3_stmt* statement, int index, std::uint64_t number) {
    return sqlite3_bind_int64(statement, index, std::bit_cast<std::int64_t>(number));
}
int bind_one(sqlite3_stmt* statement, int index, bool yes) {
    return sqlite3_bind_int(statement, index, yes ? 1 : 0);
}

struct Blob {
    std::string bytes;
};
int bind_one(sqlite3_stmt* statement, int index, const Blob& blob) {
    return sqlite3_bind_blob64(statement, index, blob.bytes.data(), blob.bytes.size(), SQLITE_STATIC);
}

RecoveryLogError damaged() {
    return {"The recovery file holds what no recovery file can hold; it is damaged or not ours"};
}

}  // namespace

std::string pack(const std::vector<std::string>& texts) {
    std::string blob;
    for (const auto& text : texts) {
        const auto size = static_cast<std::uint32_t>(text.size());
        for (unsigned shift = 0; shift < 32; shift += 8)
            blob += static_cast<char>(size >> shift);
        blob += text;
    }
    return blob;
}

bool unpack(std::string_view blob, std::vector<std::string>& texts) {
    while (!blob.empty()) {
        if (blob.size() < 4) return false;
        std::uint32_t size = 0;
        for (unsigned byte = 0; byte < 4; ++byte)
            size |= static_cast<std::uint32_t>(static_cast<unsigned char>(blob[byte])) << (8 * byte);
        blob.remove_prefix(4);
        if (size > blob.size()) return false;
        texts.emplace_back(blob.substr(0, size));
        blob.remove_prefix(size);
    }
    return true;
}

/// The present row of a query.
class Database::Row {
  public:
    explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
    [[nodiscard]] std::uint64_t number(int column) const {
        return std::bit_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
    }
    [[nodiscard]] std::string text(int column) const {
        const auto* const data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
        return data == nullptr
                   ? std::string()
                   : std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
    }

    [[nodiscard]] bool read(int column, Digest& digest) const {
        const auto bytes = text(column);
        if (bytes.size() != digest.size()) return false;
        std::memcpy(digest.data(), bytes.data(), bytes.size());
        return true;
    }

  private:
    sqlite3_stmt* statement_;
};

RecoveryLogError Database::error() const {
    return {"SQLite: " + std::string(handle_ == nullptr ? "out of memory" : sqlite3_errmsg(handle_))};
}

Done Database::execute(const char* statements) {
    if (sqlite3_exec(handle_, statements, nullptr, nullptr, nullptr) != SQLITE_OK) return failure(error());
    return {};
}

sqlite3_stmt* Database::statement(const char* text) {
    auto& kept = statements_[text];
    if (kept == nullptr && sqlite3_prepare_v2(handle_, text, -1, &kept, nullptr) != SQLITE_OK) kept = nullptr;
    return kept;
}

template <typename... Values>
Done Database::run(const char* text, const Values&... values) {
    auto* const prepared = statement(text);
    if (prepared == nullptr) return failure(error());
    int index = 0;
    int code = SQLITE_OK;
    ((code = code == SQLITE_OK ? bind_one(prepared, ++index, values) : code), ...);
    if (code == SQLITE_OK) code = sqlite3_step(prepared);
    if (code != SQLITE_DONE && code != SQLITE_ROW) {
        auto failed = error();
        sqlite3_reset(prepared);
        return failure(std::move(failed));
    }
    sqlite3_reset(prepared);
    return {};
}

template <typename Each>
Done Database::each_row(const char* text, const Each& each) {
    auto* const prepared = statement(text);
    if (prepared == nullptr) return failure(error());
    int code = SQLITE_OK;
    bool sound = true;
    while (sound && (code = sqlite3_step(prepared)) == SQLITE_ROW)
        sound = each(Row(prepared));
    const auto failed = error();
    sqlite3_reset(prepared);
    if (!sound) return failure(damaged());
    if (code != SQLITE_DONE) return failure(failed);
    return {};
}

Done Database::open(const std::string& path, const std::string& vfs, bool sync) {
    if (vfs.empty()) {
        // SQLite gives the files beside it the same mode.
        const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file < 0) return failure(RecoveryLogError{"The recovery file " + path + " cannot be written"});
        ::close(file);
    }
    const int code = sqlite3_open_v2(path.c_str(), &handle_,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                     vfs.empty() ? nullptr : vfs.c_str());
    if (code != SQLITE_OK) return failure(error());
    sqlite3_busy_timeout(handle_, static_cast<int>(limits::store_busy_time.count()));
    // The lock is held as long as the file is open. What a log holds is carried over and synced before
    // anything builds on it: pages that can be read need not be on the disk after a failed sync.
    if (auto done =
            execute("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; COMMIT;");
        !done) {
        return done;
    }
    if (auto done = execute(sync ? "PRAGMA synchronous=FULL;" : "PRAGMA synchronous=NORMAL;"); !done) {
        return done;
    }
    const auto limit = "PRAGMA journal_size_limit=" + std::to_string(limits::write_ahead_log_bytes) + ";";
    if (auto done = execute(limit.c_str()); !done) return done;
    bool carried_over = false;
    auto done = each_row("PRAGMA wal_checkpoint(TRUNCATE)", [&](const Row& row) {
        carried_over = row.number(0) == 0;
        return true;
    });
    if (!done) return done;
    if (!carried_over) return failure(RecoveryLogError{"The recovery file is in use"});
    std::uint64_t version = 0;
    std::uint64_t owner = 0;
    done = each_row("PRAGMA user_version", [&](const Row& row) {
        version = row.number(0);
        return true;
    });
    if (!done) return done;
    done = each_row("PRAGMA application_id", [&](const Row& row) {
        owner = row.number(0);
        return true;
    });
    if (!done) return done;
    if (version == schema_version && owner == application_id) return {};
    std::uint64_t tables = 0;
    done = each_row("SELECT count(*) FROM sqlite_master", [&](const Row& row) {
        tables = row.number(0);
        return true;
    });
    if (!done) return done;
    if (version != 0 || owner != 0 || tables != 0) {
        return failure(
            RecoveryLogError{"The file " + path + " was written by a newer Holdfast or by another program"});
    }
    SecureRandom random;
    const std::string make = std::string("BEGIN IMMEDIATE;") + schema + "INSERT INTO meta VALUES (1, '" +
                             random.base64url(6).substr(0, 6) +
                             "', 0, 0, 0, 0); PRAGMA application_id=" + std::to_string(application_id) +
                             "; PRAGMA user_version=" + std::to_string(schema_version) + "; COMMIT;";
    return execute(make.c_str());
}

void Database::close() {
    for (const auto& [text, prepared] : statements_)
        sqlite3_finalize(prepared);
    statements_.clear();
    sqlite3_close(handle_);
    handle_ = nullptr;
}

Result<RecoveryImage, RecoveryLogError> Database::read() {
    RecoveryImage image;
    std::map<std::uint64_t, std::size_t> place_of;
    auto done = each_row("SELECT log_id, position, last_session, trimmed_up_to, floor FROM meta",
                         [&](const Row& row) {
                             image.log_id = row.text(0);
                             image.position = row.number(1);
                             image.last_session = row.number(2);
                             image.trimmed_up_to = row.number(3);
                             image.floor = row.number(4);
                             return image.log_id.size() == 6;
                         });
    if (!done) return failure(done.error());
    if (image.log_id.empty()) return failure(damaged());
    done = each_row(
        "SELECT number, pid_digest, previous_digest, sid, nsp, begun, floor, data FROM sessions ORDER BY "
        "number",
        [&](const Row& row) {
            RecordedSession session;
            session.number = row.number(0);
            if (!row.read(1, session.pid_digest) || !row.read(2, session.previous_digest)) return false;
            session.sid = row.text(3);
            session.nsp = row.text(4);
            session.begun = row.number(5);
            session.floor = row.number(6);
            session.data = row.text(7);
            place_of[session.number] = image.sessions.size();
            image.sessions.push_back(std::move(session));
            return image.sessions.back().sid.size() == 20;
        });
    if (!done) return failure(done.error());
    done = each_row(
        "SELECT session, room, joined, left FROM spans ORDER BY session, joined", [&](const Row& row) {
            const auto place = place_of.find(row.number(0));
            if (place == place_of.end()) return false;
            image.sessions[place->second].rooms.push_back({row.text(1), row.number(2), row.number(3)});
            return true;
        });
    if (!done) return failure(done.error());
    done =
        each_row("SELECT position, nsp, rooms, left_out, packet, attachments FROM events ORDER BY position",
                 [&](const Row& row) {
                     RecordedEvent event;
                     event.position = row.number(0);
                     event.nsp = row.text(1);
                     std::vector<std::string> attachments;
                     if (!unpack(row.text(2), event.rooms) || !unpack(row.text(3), event.except) ||
                         !unpack(row.text(5), attachments)) {
                         return false;
                     }
                     event.packet = std::make_shared<const engineio::OutgoingMessage>(row.text(4),
                                                                                      std::move(attachments));
                     image.events.push_back(std::move(event));
                     return true;
                 });
    if (!done) return failure(done.error());
    done =
        each_row("SELECT nsp, everybody, room, last, left_out, last_other FROM notes", [&](const Row& row) {
            image.notes.push_back(
                {row.text(0), row.text(2), row.number(1) != 0, row.number(3), row.text(4), row.number(5)});
            return true;
        });
    if (!done) return failure(done.error());
    return image;
}

Done Database::begin() {
    return run("BEGIN IMMEDIATE");
}

Done Database::commit(LogPosition position) {
    if (auto done = run("UPDATE meta SET position = ?1", position); !done) return done;
    return run("COMMIT");
}

/// One record's rows.
class RecordWriter {
  public:
    RecordWriter(Database& database, LogPosition position) : database_(database), position_(position) {}

    Done operator()(const records::SessionBegun& what) {
        also("UPDATE meta SET last_session = max(last_session, ?1)", what.number);
        return also("INSERT INTO sessions VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '')", what.number,
                    what.pid_digest, Digest{}, what.sid, what.nsp, position_);
    }
    Done operator()(const records::SessionRenewed& what) {
        also(
            "UPDATE sessions SET pid_digest = ?2, previous_digest = ?3, begun = ?4, floor = 0 WHERE number = "
            "?1",
            what.number, what.pid_digest, what.previous_digest, position_);
        return also("DELETE FROM spans WHERE session = ?1 AND left <> 0", what.number);
    }
    Done operator()(const records::SessionEnded& what) {
        also(
            "DELETE FROM notes WHERE everybody = 0 AND (nsp, room) = "
            "(SELECT nsp, sid FROM sessions WHERE number = ?1)",
            what.number);
        also("DELETE FROM spans WHERE session = ?1", what.number);
        return also("DELETE FROM sessions WHERE number = ?1", what.number);
    }
    Done operator()(const records::RoomJoined& what) {
        // What is replaced has been left where it was joined, with no event in between.
        return also("INSERT OR REPLACE INTO spans VALUES (?1, ?2, ?3, 0)", what.number, what.room,
                    what.since != 0 ? what.since : position_);
    }
    Done operator()(const records::RoomLeft& what) {
        return also("UPDATE spans SET left = ?3 WHERE session = ?1 AND room = ?2 AND left = 0", what.number,
                    what.room, what.since != 0 ? what.since : position_);
    }
    Done operator()(const records::SpanForgotten& what) {
        also("DELETE FROM spans WHERE session = ?1 AND room = ?2 AND joined = ?3 AND left = ?4", what.number,
             what.span.room, what.span.joined, what.span.left);
        return also("UPDATE sessions SET floor = max(floor, ?2) WHERE number = ?1", what.number,
                    what.span.left);
    }
    Done operator()(const records::DataSet& what) {
        return also("UPDATE sessions SET data = ?2 WHERE number = ?1", what.number, what.data);
    }
    Done operator()(const records::EventEmitted& what) {
        return also("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6)", position_, what.nsp,
                    Blob{pack(what.rooms)}, Blob{pack(what.except)}, what.packet->text(),
                    Blob{pack(what.packet->attachments())});
    }
    Done operator()(const records::Trimmed& what) {
        also("DELETE FROM events WHERE position <= ?1", what.up_to);
        also("UPDATE meta SET trimmed_up_to = ?1", what.up_to);
        if (what.floor != 0) {
            also("DELETE FROM notes");
            also("UPDATE meta SET floor = ?1", what.floor);
        }
        for (const auto& note : what.notes) {
            also("INSERT OR REPLACE INTO notes VALUES (?1, ?2, ?3, ?4, ?5, ?6)", note.nsp, note.everybody,
                 note.room, note.last, note.except, note.last_other);
        }
        return done_;
    }

  private:
    template <typename... Values>
    Done also(const char* text, const Values&... values) {
        if (done_) done_ = database_.run(text, values...);
        return done_;
    }

    Database& database_;
    LogPosition position_;
    Done done_;
};

Done Database::write(const RecoveryRecord& record) {
    return std::visit(RecordWriter(*this, record.position), record.what);
}

}  // namespace holdfast::recovery
