// The file of a DurableLog: one connection, its statements, and how records become rows. One thread at a
// time. Inside of the layer only.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::recovery {

using socketio::RecoveryImage;
using socketio::RecoveryLogError;
using socketio::RecoveryRecord;
using Done = Result<void, RecoveryLogError>;

class Database {
  public:
    Database() = default;
    ~Database() { close(); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// Opens or makes the file, carries its write-ahead log over, and keeps every other process out.
    [[nodiscard]] Done open(const std::string& path, const std::string& vfs, bool sync);
    void close();
    [[nodiscard]] Result<RecoveryImage, RecoveryLogError> read();

    [[nodiscard]] Done begin();
    [[nodiscard]] Done write(const RecoveryRecord& record);
    /// `position`: of the last record written.
    [[nodiscard]] Done commit(socketio::LogPosition position);

  private:
    class Row;
    friend class RecordWriter;

    [[nodiscard]] Done execute(const char* statements);
    /// The prepared statement of that text, kept for the next time; null when it cannot be prepared.
    [[nodiscard]] sqlite3_stmt* statement(const char* text);
    template <typename... Values>
    [[nodiscard]] Done run(const char* text, const Values&... values);
    template <typename Each>
    [[nodiscard]] Done each_row(const char* text, const Each& each);
    [[nodiscard]] RecoveryLogError error() const;

    sqlite3* handle_ = nullptr;
    std::map<const char*, sqlite3_stmt*> statements_;
};

/// Texts as one blob, each behind its length.
[[nodiscard]] std::string pack(const std::vector<std::string>& texts);
/// False if the blob was not made by pack.
[[nodiscard]] bool unpack(std::string_view blob, std::vector<std::string>& texts);

}  // namespace holdfast::recovery
