#include "holdfast/store/write_ahead_log.hpp"

#include <array>
#include <cstring>
#include <optional>

namespace holdfast::store::sqlite {

namespace {

// From "The WAL-Index File Format", sections 2.1 and 2.2, and "The WAL File Format", sections 1.1 and 1.2.
constexpr int index_region_bytes = 32'768;
constexpr std::size_t index_header_bytes = 48;
constexpr std::size_t initialised_offset = 12;
constexpr std::size_t page_size_offset = 14;
constexpr std::size_t valid_frames_offset = 16;
constexpr std::int64_t log_header_bytes = 32;
constexpr std::int64_t frame_header_bytes = 24;

template <typename Number>
Number number_at(const std::array<unsigned char, index_header_bytes>& header, std::size_t offset) {
    Number number = 0;
    std::memcpy(&number, header.data() + offset, sizeof number);
    return number;
}

sqlite3_file* file_of(Connection& connection, int which) {
    sqlite3_file* file = nullptr;
    const int code = sqlite3_file_control(connection.handle(), "main", which, &file);
    return code == SQLITE_OK && file != nullptr && file->pMethods != nullptr ? file : nullptr;
}

/// How long the log is up to its last committed transaction, as the index that all connections share says.
/// A commit enters the index only after its sync has succeeded. The caller holds the write lock.
std::optional<std::int64_t> acknowledged_log_bytes(sqlite3_file* database) {
    if (database->pMethods->iVersion < 2) return std::nullopt;
    void volatile* region = nullptr;
    if (database->pMethods->xShmMap(database, 0, index_region_bytes, 0, &region) != SQLITE_OK ||
        region == nullptr) {
        return std::nullopt;
    }
    database->pMethods->xShmBarrier(database);
    const auto* bytes = static_cast<const unsigned char volatile*>(region);
    std::array<unsigned char, index_header_bytes> header{};
    std::array<unsigned char, index_header_bytes> second_copy{};
    for (std::size_t index = 0; index < index_header_bytes; ++index) {
        header[index] = bytes[index];
        second_copy[index] = bytes[index_header_bytes + index];
    }
    if (header != second_copy || header[initialised_offset] == 0) return std::nullopt;
    const auto frames = number_at<std::uint32_t>(header, valid_frames_offset);
    if (frames == 0) return 0;
    const auto stored_page_size = number_at<std::uint16_t>(header, page_size_offset);
    const std::int64_t page_size = stored_page_size == 1 ? 65'536 : stored_page_size;
    return log_header_bytes + frames * (frame_header_bytes + page_size);
}

int cut(sqlite3_file* log, std::int64_t length) {
    sqlite3_int64 size = 0;
    if (const int code = log->pMethods->xFileSize(log, &size); code != SQLITE_OK) return code;
    // Synced even if there is nothing to cut: an earlier attempt may have cut and then failed.
    if (size > length) {
        if (const int code = log->pMethods->xTruncate(log, length); code != SQLITE_OK) return code;
    }
    return log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
}

}  // namespace

Done drop_unacknowledged_pages(Connection& connection) {
    if (const auto begun = connection.execute("BEGIN IMMEDIATE"); !begun) return begun;
    Done done;
    sqlite3_file* database = file_of(connection, SQLITE_FCNTL_FILE_POINTER);
    sqlite3_file* log = file_of(connection, SQLITE_FCNTL_JOURNAL_POINTER);
    if (database != nullptr && log != nullptr) {
        const auto length = acknowledged_log_bytes(database);
        if (!length) {
            done = failure(StoreError::unavailable);
        } else if (const int code = cut(log, *length); code != SQLITE_OK) {
            done = failure(connection.failed(code));
        }
    }
    if (!connection.roll_back() && done) done = failure(StoreError::unavailable);
    return done;
}

}  // namespace holdfast::store::sqlite
