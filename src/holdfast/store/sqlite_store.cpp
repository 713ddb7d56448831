#include "holdfast/store/sqlite_store.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include "holdfast/base/system_error.hpp"
#include "holdfast/store/file_lock.hpp"
#include "holdfast/store/sqlite_file.hpp"
#include "holdfast/store/sqlite_reader.hpp"
#include "holdfast/store/write_ahead_log.hpp"

namespace holdfast::store {

using namespace seats;
using sqlite::DatabaseFile;
using sqlite::Done;
using sqlite::Failure;

namespace {

using Batch = std::span<const Changes* const>;

std::string sentence_for(StoreError error, const std::string& path, const std::string& detail) {
    switch (error) {
        case StoreError::disk_full:
            return "The disk that holds " + path + " is full. Make some room and start again.";
        case StoreError::read_only:
            return path + " cannot be written. Check the permissions of the file and of its folder.";
        case StoreError::corrupt:
            return path + " is damaged (" + detail +
                   "). It was left as it is. Start with a backup or with another file; docs/store.md tells "
                   "what can be saved.";
        case StoreError::incompatible:
            return path +
                   " was written by a newer Holdfast or by another program. It was left as it is. Use the "
                   "newer version, or another file.";
        case StoreError::unavailable:
        case StoreError::conflict:
            break;
    }
    return path + " cannot be used: " + detail + ".";
}

OpenError open_error(StoreError error, const std::string& path, const std::string& detail) {
    return {error, sentence_for(error, path, detail)};
}

OpenError open_error_of_system(int system_error, const std::string& path) {
    const bool is_forbidden = system_error == EACCES || system_error == EPERM || system_error == EROFS;
    const bool is_full = system_error == ENOSPC || system_error == EDQUOT;
    const StoreError error = is_forbidden ? StoreError::read_only
                             : is_full    ? StoreError::disk_full
                                          : StoreError::unavailable;
    return open_error(error, path, system_error_text(system_error));
}

OpenError open_error_of_lock(const LockRefusal& refusal, const std::string& path) {
    if (!refusal.held_by_another) return open_error_of_system(refusal.system_error, path);
    const std::string who =
        refusal.holder > 0 ? " (process " + std::to_string(refusal.holder) + ")" : std::string();
    return {StoreError::unavailable, path + " is in use by another Holdfast" + who +
                                         ". Stop that one first, or give this one a file of its own."};
}

/// One name for one file, whatever way leads to it: the lock depends on it.
std::string canonical_path(const std::string& path) {
    std::error_code error;
    const auto canonical = std::filesystem::weakly_canonical(path, error);
    if (!error && canonical.is_absolute()) return canonical.string();
    return std::filesystem::absolute(path, error).string();
}

/// SQLite would create the file readable for everybody. What it creates beside it gets the same mode.
std::optional<int> create_private_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0) return errno;
    ::close(descriptor);
    return std::nullopt;
}

}  // namespace

struct SqliteStore::State {
    State(SqliteSettings the_settings, std::string the_path, Log& the_log, FileLock the_lock)
        : settings(std::move(the_settings)),
          path(std::move(the_path)),
          log(the_log),
          lock(std::move(the_lock)) {}
    ~State() { close(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    [[nodiscard]] Result<void, OpenError> open_first();
    [[nodiscard]] Done open_file(Failure& failed_with);
    [[nodiscard]] Done commit(Batch batch);
    [[nodiscard]] Done write_in_transaction(Batch batch);
    [[nodiscard]] Done mend();
    void checkpoint_if_due();
    void remove_failed_batch();
    void give_up(StoreError error, std::string_view during, const Failure& failed_with);
    void close();

    const SqliteSettings settings;
    const std::string path;
    Log& log;
    const FileLock lock;

    std::unique_ptr<DatabaseFile> file;
    /// The number of the last batch that was acknowledged.
    std::uint64_t acknowledged = 0;
    /// Set while the store refuses commits.
    std::optional<StoreError> failed;
    /// Whether the log may still hold pages of a batch that was reported as failed.
    bool failed_batch_may_be_in_log = false;
    int pages_at_last_checkpoint = 0;
};

Result<void, OpenError> SqliteStore::State::open_first() {
    Failure failed_with;
    if (const auto opened = open_file(failed_with); !opened) {
        return failure(open_error(opened.error(), path, failed_with.message));
    }
    const auto number = file->read_commit_number();
    if (!number) {
        return failure(open_error(number.error(), path, file->connection().last_failure().message));
    }
    acknowledged = *number;
    if (const auto tested = commit({}); !tested) {
        return failure(open_error(tested.error(), path, "writing failed"));
    }
    return {};
}

Done SqliteStore::State::open_file(Failure& failed_with) {
    auto opened = DatabaseFile::open(path, settings, failed_with);
    if (!opened) return failure(opened.error());
    file = std::move(*opened);
    pages_at_last_checkpoint = 0;
    return {};
}

Done SqliteStore::State::write_in_transaction(Batch batch) {
    if (const auto done = file->writer().write(batch); !done) return done;
    if (const auto done = file->writer().write_commit_number(acknowledged + 1); !done) return done;
    return file->connection().execute("COMMIT");
}

Done SqliteStore::State::commit(Batch batch) {
    if (const auto begun = file->connection().execute("BEGIN IMMEDIATE"); !begun) {
        give_up(begun.error(), "begin", file->connection().last_failure());
        return begun;
    }
    Done done;
    try {
        done = write_in_transaction(batch);
    } catch (const std::exception&) {
        done = failure(StoreError::unavailable);
    }
    if (done) {
        ++acknowledged;
        checkpoint_if_due();
        return {};
    }
    const Failure failed_with = file->connection().last_failure();
    const bool rolled_back = file->connection().roll_back();
    file->writer().rolled_back();
    if (done.error() == StoreError::conflict) {
        if (rolled_back) return done;
        done = failure(StoreError::unavailable);
    }
    give_up(done.error(), "commit", failed_with);
    failed_batch_may_be_in_log = true;
    remove_failed_batch();
    return done;
}

void SqliteStore::State::give_up(StoreError error, std::string_view during, const Failure& failed_with) {
    failed = error;
    log.write(LogLevel::error, "store_failed",
              {{"error", to_string(error)},
               {"during", during},
               {"sqlite_code", static_cast<std::int64_t>(failed_with.extended_code)},
               {"message", std::string_view(failed_with.message)}});
}

void SqliteStore::State::remove_failed_batch() {
    if (!failed_batch_may_be_in_log || !file || failed == StoreError::corrupt) return;
    failed_batch_may_be_in_log = !sqlite::drop_unacknowledged_pages(file->connection()).has_value();
}

// The batch is committed already; what fails here shows in the next one.
void SqliteStore::State::checkpoint_if_due() {
    const int pages = file->log_pages();
    // Fewer than before: the log was begun again from its start.
    pages_at_last_checkpoint = pages < pages_at_last_checkpoint ? 0 : pages_at_last_checkpoint;
    if (pages - pages_at_last_checkpoint < settings.checkpoint_pages) return;
    const auto done = file->checkpoint();
    pages_at_last_checkpoint = pages;
    // No room to carry pages over: they are safe in the log, and commits may go on as long as the log grows.
    if (done || done.error() == StoreError::disk_full) return;
    give_up(done.error(), "checkpoint", file->connection().last_failure());
}

Done SqliteStore::State::mend() {
    if (failed == StoreError::corrupt) return failure(StoreError::corrupt);
    remove_failed_batch();
    if (failed_batch_may_be_in_log) return failure(*failed);
    if (file) {
        file->connection().leave_log_alone();
        file.reset();
    }
    Failure failed_with;
    if (const auto opened = open_file(failed_with); !opened) {
        give_up(opened.error(), "reopen", failed_with);
        return opened;
    }
    const auto number = file->read_commit_number();
    if (!number) return failure(number.error());
    if (*number != acknowledged) {
        give_up(StoreError::corrupt, "reopen",
                {SQLITE_CORRUPT, "the file holds batch " + std::to_string(*number) + ", batch " +
                                     std::to_string(acknowledged) + " was acknowledged last"});
        return failure(StoreError::corrupt);
    }
    failed.reset();
    log.write(LogLevel::info, "store_mended", {{"batch", static_cast<std::int64_t>(acknowledged)}});
    return {};
}

void SqliteStore::State::close() {
    if (!file) return;
    if (failed) {
        remove_failed_batch();
        file->connection().leave_log_alone();
    } else if (!file->checkpoint_and_truncate()) {
        log.write(LogLevel::warning, "store_not_checkpointed",
                  {{"message", std::string_view(file->connection().last_failure().message)}});
        file->connection().leave_log_alone();
    }
    file.reset();
}

SqliteStore::SqliteStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>, OpenError> SqliteStore::open(SqliteSettings settings, Log& log) {
    const std::string path = canonical_path(settings.path);
    auto lock = FileLock::take(path + "-lock");
    if (!lock) return failure(open_error_of_lock(lock.error(), path));
    if (const auto system_error = create_private_file(path)) {
        return failure(open_error_of_system(*system_error, path));
    }
    auto state = std::make_unique<State>(std::move(settings), path, log, std::move(*lock));
    if (auto opened = state->open_first(); !opened) return failure(std::move(opened.error()));
    return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(state)));
}

Result<Snapshot, StoreError> SqliteStore::load() {
    if (state_->failed) return failure(*state_->failed);
    auto snapshot = sqlite::read_snapshot(state_->file->connection());
    if (!snapshot) state_->give_up(snapshot.error(), "load", state_->file->connection().last_failure());
    return snapshot;
}

Result<void, StoreError> SqliteStore::commit(Batch batch) {
    if (state_->failed) return failure(*state_->failed);
    const bool is_empty =
        std::all_of(batch.begin(), batch.end(), [](const Changes* changes) { return changes->empty(); });
    return is_empty ? Done() : state_->commit(batch);
}

Result<void, StoreError> SqliteStore::probe() {
    if (state_->failed) {
        if (const auto mended = state_->mend(); !mended) return mended;
    }
    return state_->commit({});
}

Result<std::vector<JournalRecord>, StoreError> SqliteStore::read_journal(TeamId team, Slot slot,
                                                                         std::size_t most) {
    if (!state_->file) return failure(state_->failed.value_or(StoreError::unavailable));
    return sqlite::read_journal(state_->file->connection(), team, slot, most);
}

Result<JournalPiece, StoreError> SqliteStore::read_journals(std::uint64_t after, std::size_t most) {
    if (!state_->file) return failure(state_->failed.value_or(StoreError::unavailable));
    return sqlite::read_journals(state_->file->connection(), after, most);
}

Result<std::vector<TeamId>, StoreError> SqliteStore::changed_since(std::uint64_t& /*cursor*/) {
    return std::vector<TeamId>{};
}

}  // namespace holdfast::store
