// Opening a database file the way Holdfast wants it, and closing it again. Inside of the layer only.
#pragma once

#include <memory>

#include "holdfast/store/sqlite_connection.hpp"
#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/sqlite_writer.hpp"

namespace holdfast::store::sqlite {

/// The one connection that writes, ready for use.
class DatabaseFile {
  public:
    /// Recovers what the write-ahead log holds, carries it over, checks and migrates. `path` is absolute.
    /// On an error `failed` tells more.
    [[nodiscard]] static Result<std::unique_ptr<DatabaseFile>, StoreError> open(
        const std::string& path, const SqliteSettings& settings, Failure& failed);

    [[nodiscard]] Connection& connection() { return connection_; }
    [[nodiscard]] Writer& writer() { return writer_; }
    /// The number that the last committed transaction left in the file.
    [[nodiscard]] Result<std::uint64_t, StoreError> read_commit_number();

    /// Pages in the write-ahead log as of the last commit.
    [[nodiscard]] int log_pages() const { return log_pages_; }
    /// Carries over what no reader holds back, without waiting for anybody.
    [[nodiscard]] Done checkpoint() { return checkpoint(SQLITE_CHECKPOINT_PASSIVE); }
    /// Carries everything over and empties the log, if no reader is in the way.
    [[nodiscard]] Done checkpoint_and_truncate() { return checkpoint(SQLITE_CHECKPOINT_TRUNCATE); }

  private:
    explicit DatabaseFile(const SqliteSettings& settings);
    [[nodiscard]] Done prepare(const std::string& path, const SqliteSettings& settings);
    [[nodiscard]] Done configure();
    [[nodiscard]] Done check_integrity(const SqliteSettings& settings);
    [[nodiscard]] Done checkpoint(int mode);

    // The writer's statements are finalized before the connection closes.
    Connection connection_;
    Writer writer_;
    int log_pages_ = 0;
};

}  // namespace holdfast::store::sqlite
