#include "holdfast/store/journal_file.hpp"

#include <array>
#include <filesystem>
#include <system_error>

#include "holdfast/store/sqlite_connection.hpp"
#include "holdfast/store/sqlite_reader.hpp"
#include "holdfast/store/sqlite_rows.hpp"
#include "holdfast/store/sqlite_schema.hpp"

namespace holdfast::store {

using seats::StoreError;

namespace {

namespace files = std::filesystem;

/// Somebody may start and stop a server in a loop.
constexpr int most_attempts = 5;

class OpenJournalFile final : public JournalFile {
  public:
    explicit OpenJournalFile(sqlite::Connection& connection) : connection_(connection) {}

    Result<void, StoreError> for_each_team(const std::function<void(const JournalTeam&)>& take) override {
        sqlite::Statement query;
        if (auto done = query.prepare(connection_, "SELECT id, name, name_key, active FROM teams"); !done)
            return done;
        for (;;) {
            const auto row = query.step();
            if (!row) return failure(row.error());
            if (!*row) return {};
            take({query.unsigned_integer(0), std::string(query.bytes(1)), std::string(query.bytes(2)),
                  query.integer(3) != 0});
        }
    }

    Result<std::vector<JournalSeat>, StoreError> seats_of(seats::TeamId team) override {
        // The places of the state and of its beginning in a seat, as seats_to_text() writes them.
        constexpr const char* text =
            "SELECT seat.key + 1, json_extract(seat.value, '$[0]'), json_extract(seat.value, '$[9]')"
            " FROM teams, json_each(teams.seats) AS seat WHERE teams.id = ?1 ORDER BY seat.key";
        constexpr const char* text_for_version_1 =
            "SELECT slot, state, since FROM seats WHERE team = ?1 ORDER BY slot";
        const auto version = connection_.query_integer("PRAGMA user_version");
        if (!version) return failure(version.error());
        sqlite::Statement query;
        const auto prepared = query.prepare(connection_, *version == 1 ? text_for_version_1 : text);
        if (!prepared) return failure(prepared.error());
        query.bind(team);
        std::vector<JournalSeat> seats;
        for (;;) {
            const auto row = query.step();
            if (!row) return failure(row.error());
            if (!*row) return seats;
            const auto state = sqlite::enumerator_from<seats::SeatState>(query.integer(1));
            if (!state) return failure(connection_.failed(SQLITE_CORRUPT));
            seats.push_back({static_cast<seats::Slot>(query.integer(0)), *state, {query.integer(2)}});
        }
    }

    Result<std::vector<seats::JournalRecord>, StoreError> read_journal(seats::TeamId team, seats::Slot slot,
                                                                       std::size_t most) override {
        return sqlite::read_journal(connection_, team, slot, most);
    }

    Result<seats::JournalPiece, StoreError> read_journals(std::uint64_t after, std::size_t most) override {
        return sqlite::read_journals(connection_, after, most);
    }

  private:
    sqlite::Connection& connection_;
};

/// What shows whether somebody has written to the file.
struct Traces {
    bool has_log = false;    ///< -wal with something in it
    bool has_index = false;  ///< -shm
    std::uintmax_t bytes = 0;
    files::file_time_type written;
    friend bool operator==(const Traces&, const Traces&) = default;
};

std::optional<Traces> traces_of(const std::string& path) {
    std::error_code error;
    Traces traces;
    if (!files::is_regular_file(path, error)) return std::nullopt;
    traces.bytes = files::file_size(path, error);
    if (error) return std::nullopt;
    traces.written = files::last_write_time(path, error);
    if (error) return std::nullopt;
    const auto log_bytes = files::file_size(path + "-wal", error);
    traces.has_log = !error && log_bytes > 0;
    traces.has_index = files::exists(path + "-shm", error);
    return traces;
}

/// As the path of a URI: https://www.sqlite.org/uri.html, section 3.1.
std::string uri_of(const std::string& path, std::string_view parameters) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::error_code error;
    std::string uri = "file:";
    for (const char letter : files::absolute(path, error).string()) {
        if (letter == '%' || letter == '?' || letter == '#') {
            const auto byte = static_cast<unsigned char>(letter);
            uri += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
        } else {
            uri += letter;
        }
    }
    return uri + "?" + std::string(parameters);
}

/// A server that runs has an index, and so has one that was killed: SQLite is told to leave it as it is, and
/// makes an index of its own in memory if it is not to be trusted. After a clean stop there is no log, and
/// SQLite is told that nobody writes, or it would make both; see `traces_of` for whether that stays true.
std::string_view parameters_for(const Traces& traces) {
    if (traces.has_index) return "mode=ro&readonly_shm=1";
    // A copy of a file with its log: nobody uses it.
    if (traces.has_log) return "mode=ro";
    return "mode=ro&immutable=1";
}

Result<void, StoreError> read_once(const std::string& uri, sqlite::Connection& connection,
                                   const std::function<Result<void, StoreError>(JournalFile&)>& read) {
    if (auto done = connection.open_to_read(uri); !done) return done;
    sqlite3_busy_timeout(connection.handle(), static_cast<int>(limits::store_busy_time.count()));
    connection.leave_log_alone();
    if (auto done = connection.execute("PRAGMA query_only = ON; PRAGMA trusted_schema = OFF; BEGIN"); !done)
        return done;
    if (auto done = sqlite::check_compatible(connection); !done) return done;
    OpenJournalFile file(connection);
    return read(file);
}

OpenError sentence_for(StoreError error, const std::string& path, const std::string& detail) {
    switch (error) {
        case StoreError::corrupt:
            return {error, path + " is damaged (" + detail + "). docs/store.md tells what can be saved."};
        case StoreError::incompatible:
            return {error, path + " is no file of Holdfast's, or of a newer version."};
        default:
            return {error, path + " cannot be read: " + detail + "."};
    }
}

}  // namespace

Result<void, OpenError> read_journal_file(const std::string& path,
                                          const std::function<Result<void, StoreError>(JournalFile&)>& read) {
    for (int attempt = 1;; ++attempt) {
        const auto before = traces_of(path);
        if (!before) return failure(OpenError{StoreError::unavailable, "There is no file " + path + "."});
        if (before->bytes == 0 && !before->has_log) {
            return failure(
                OpenError{StoreError::unavailable, path + " is empty: no server has used it yet."});
        }
        sqlite::Connection connection;
        const auto done = read_once(uri_of(path, parameters_for(*before)), connection, read);
        // With an index SQLite's locks have kept what was read as it was. Without one nothing has: whether it
        // went well or not, what was read while a server came or went may be anything.
        const auto after = traces_of(path);
        const bool is_as_before = after && after->has_index == before->has_index &&
                                  after->has_log == before->has_log &&
                                  (before->has_index || *after == *before);
        if (done && (before->has_index || is_as_before)) return {};
        if (!is_as_before && attempt < most_attempts) continue;
        if (done) {
            return failure(
                OpenError{StoreError::unavailable,
                          path + " changes all the time while nobody seems to use it. Please try again."});
        }
        return failure(sentence_for(done.error(), path, connection.last_failure().message));
    }
}

}  // namespace holdfast::store
