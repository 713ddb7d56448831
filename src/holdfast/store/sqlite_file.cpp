#include "holdfast/store/sqlite_file.hpp"

#include <algorithm>
#include <array>

#include "holdfast/store/sqlite_schema.hpp"

namespace holdfast::store::sqlite {

namespace {

int remember_log_pages(void* log_pages, sqlite3* /*connection*/, const char* /*database*/, int pages) {
    *static_cast<int*>(log_pages) = pages;
    return SQLITE_OK;
}

/// SQLITE_OK: every byte of the file and its log can be read.
int read_whole_file(Connection& connection) {
    std::array<char, 65'536> bytes;
    for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
        sqlite3_file* file = nullptr;
        if (sqlite3_file_control(connection.handle(), "main", which, &file) != SQLITE_OK || file == nullptr ||
            file->pMethods == nullptr) {
            continue;
        }
        sqlite3_int64 size = 0;
        if (const int code = file->pMethods->xFileSize(file, &size); code != SQLITE_OK) return code;
        for (sqlite3_int64 at = 0; at < size; at += static_cast<sqlite3_int64>(bytes.size())) {
            const auto count = std::min<sqlite3_int64>(size - at, static_cast<sqlite3_int64>(bytes.size()));
            if (const int code = file->pMethods->xRead(file, bytes.data(), static_cast<int>(count), at);
                code != SQLITE_OK) {
                return code;
            }
        }
    }
    return SQLITE_OK;
}

}  // namespace

DatabaseFile::DatabaseFile(const SqliteSettings& settings)
    : writer_(connection_, settings.journal_entries_per_team) {}

Result<std::unique_ptr<DatabaseFile>, StoreError> DatabaseFile::open(const std::string& path,
                                                                     const SqliteSettings& settings,
                                                                     Failure& failed) {
    std::unique_ptr<DatabaseFile> file(new DatabaseFile(settings));
    if (const auto done = file->prepare(path, settings); !done) {
        failed = file->connection_.last_failure();
        file->connection_.leave_log_alone();
        return failure(done.error());
    }
    return file;
}

Done DatabaseFile::prepare(const std::string& path, const SqliteSettings& settings) {
    if (const auto done = connection_.open(path, settings.vfs); !done) return done;
    sqlite3_busy_timeout(connection_.handle(), static_cast<int>(settings.busy_time.count()));
    if (const auto done = check_compatible(connection_); !done) return done;
    if (const auto done = configure(); !done) return done;
    // Before anything is written: a damaged file is left as it is, with its log.
    if (const auto done = check_integrity(settings); !done) return done;
    // What was recovered from a log may never have been synced by whoever wrote it. It is written and synced
    // once more before anybody builds upon it.
    if (const auto done = checkpoint_and_truncate(); !done) return done;
    if (const auto done = migrate(connection_); !done) return done;
    // The log of making or changing tables is carried over now, and not by one of the first players' commits.
    if (log_pages_ > 0) {
        if (const auto done = checkpoint_and_truncate(); !done) return done;
    }
    return writer_.prepare();
}

Done DatabaseFile::configure() {
    sqlite3* handle = connection_.handle();
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    // Takes the place of SQLite's own automatic checkpoints: the store decides when.
    sqlite3_wal_hook(handle, remember_log_pages, &log_pages_);
    const auto mode = connection_.query_text("PRAGMA journal_mode = WAL");
    if (!mode) return failure(mode.error());
    if (*mode != "wal") return failure(connection_.failed(SQLITE_CANTOPEN));
    return connection_.execute(
        "PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = ON;"
        "PRAGMA temp_store = MEMORY;"
        "PRAGMA trusted_schema = OFF;"
        "PRAGMA cell_size_check = ON;"
        "PRAGMA cache_size = -65536;"
        "PRAGMA journal_size_limit = " +
        std::to_string(limits::write_ahead_log_bytes) + ";");
}

Done DatabaseFile::check_integrity(const SqliteSettings& settings) {
    const auto bytes =
        connection_.query_integer("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
    if (!bytes) return failure(bytes.error());
    if (*bytes > settings.integrity_check_bytes) return {};
    const auto verdict = connection_.query_text("PRAGMA quick_check(1)");
    if (!verdict) return failure(verdict.error());
    if (*verdict == "ok") return {};
    // The check calls damage what it could not read as well. A disk that fails for a while damages nothing,
    // and to give the file up for good takes a person: so it is read from end to end, and then judged a
    // second time.
    if (const int code = read_whole_file(connection_); code != SQLITE_OK)
        return failure(connection_.failed(code));
    const auto second_verdict = connection_.query_text("PRAGMA quick_check(1)");
    if (!second_verdict) return failure(second_verdict.error());
    if (*second_verdict == "ok") return {};
    return failure(connection_.failed(SQLITE_CORRUPT));
}

Result<std::uint64_t, StoreError> DatabaseFile::read_commit_number() {
    return connection_.query_integer("SELECT value FROM meta WHERE name = 'commit_number'")
        .map([](std::int64_t number) { return std::bit_cast<std::uint64_t>(number); });
}

Done DatabaseFile::checkpoint(int mode) {
    const int code = sqlite3_wal_checkpoint_v2(connection_.handle(), "main", mode, nullptr, nullptr);
    // A reader keeps the log from being emptied: no harm, the next checkpoint tries again.
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED) return {};
    return failure(connection_.failed(code));
}

}  // namespace holdfast::store::sqlite
