// One SQLite connection and its prepared statements, with SQLite's error codes turned into the store's.
// Inside of the layer only.
#pragma once

#include <sqlite3.h>

#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::store::sqlite {

using seats::StoreError;
using Done = Result<void, StoreError>;

/// What a SQLite result code means for the store. `system_error` is the errno behind it, 0 if unknown.
/// Codes: https://www.sqlite.org/rescode.html
[[nodiscard]] StoreError store_error_of(int extended_code, int system_error);

/// What went wrong last: for the log and for people.
struct Failure {
    int extended_code = SQLITE_OK;
    std::string message;
};

/// An open database file. Not copied and not moved: statements point to it.
class Connection {
  public:
    Connection() = default;
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Opens for reading and writing and creates the file if it is not there. `vfs` empty: the default one.
    [[nodiscard]] Done open(const std::string& path, const std::string& vfs);
    /// Opens what a URI names (https://www.sqlite.org/uri.html), for reading only.
    [[nodiscard]] Done open_to_read(const std::string& uri);
    /// Closes without carrying the write-ahead log over and without touching it.
    void leave_log_alone();

    /// Runs statements that give no rows.
    [[nodiscard]] Done execute(const std::string& statements);
    /// The first column of the first row of a query: 0 and "" when there is none.
    [[nodiscard]] Result<std::int64_t, StoreError> query_integer(std::string_view statement);
    [[nodiscard]] Result<std::string, StoreError> query_text(std::string_view statement);

    /// Whether a transaction is open. After some failures SQLite has rolled it back by itself.
    [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }
    /// Ends an open transaction without keeping it. False: SQLite would not.
    [[nodiscard]] bool roll_back();

    /// Remembers what the last call on this connection failed with, and says what it means.
    [[nodiscard]] StoreError failed(int code);
    [[nodiscard]] const Failure& last_failure() const { return last_failure_; }
    [[nodiscard]] sqlite3* handle() const { return handle_; }

  private:
    sqlite3* handle_ = nullptr;
    Failure last_failure_;
};

/// A prepared statement, used again and again. Texts and blobs that are bound must live until the step.
class Statement {
  public:
    Statement() = default;
    ~Statement() { sqlite3_finalize(handle_); }
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;

    [[nodiscard]] Done prepare(Connection& connection, std::string_view text);

    /// Binds the values to the parameters, from the first on. 64-bit unsigned numbers keep their bits.
    template <typename... Values>
    Statement& bind(const Values&... values) {
        bind_failure_ = SQLITE_OK;
        int parameter = 0;
        (bind_one(++parameter, values), ...);
        return *this;
    }
    /// Runs to the end and makes ready for the next use, whatever came of it.
    [[nodiscard]] Done run();
    /// True: there is a row to read. False: that was all, and the statement is ready for its next use.
    [[nodiscard]] Result<bool, StoreError> step();
    void reset();
    /// Rows that the last run inserted, updated or deleted.
    [[nodiscard]] int changed_rows() const;

    [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_, column); }
    [[nodiscard]] std::uint64_t unsigned_integer(int column) const {
        return std::bit_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] bool is_null(int column) const {
        return sqlite3_column_type(handle_, column) == SQLITE_NULL;
    }
    /// A text's or blob's bytes; they live until the next step.
    [[nodiscard]] std::string_view bytes(int column) const;

  private:
    void bind_one(int parameter, std::string_view text);
    void bind_one(int parameter, const Digest& blob);
    void bind_one(int parameter, std::nullptr_t);
    template <typename Number>
    requires(std::is_integral_v<Number> || std::is_enum_v<Number>) void bind_one(int parameter,
                                                                                 Number number) {
        if constexpr (std::is_same_v<Number, std::uint64_t>) {
            bind_integer(parameter, std::bit_cast<std::int64_t>(number));
        } else {
            bind_integer(parameter, static_cast<std::int64_t>(number));
        }
    }
    void bind_integer(int parameter, std::int64_t number);
    void note_binding(int code);

    Connection* connection_ = nullptr;
    sqlite3_stmt* handle_ = nullptr;
    int bind_failure_ = SQLITE_OK;
};

}  // namespace holdfast::store::sqlite
