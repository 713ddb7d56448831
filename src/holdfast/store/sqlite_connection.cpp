#include "holdfast/store/sqlite_connection.hpp"

#include <cerrno>
#include <limits>

namespace holdfast::store::sqlite {

StoreError store_error_of(int extended_code, int system_error) {
    switch (extended_code & 0xff) {
        case SQLITE_FULL:
            return StoreError::disk_full;
        case SQLITE_READONLY:
            return StoreError::read_only;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return StoreError::corrupt;
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
            if (extended_code == SQLITE_IOERR_CORRUPTFS || extended_code == SQLITE_IOERR_DATA) {
                return StoreError::corrupt;
            }
            // A full disk shows as a plain I/O error where SQLite syncs a file or enlarges its shared memory.
            if (system_error == ENOSPC || system_error == EDQUOT) return StoreError::disk_full;
            if (system_error == EROFS) return StoreError::read_only;
            return StoreError::unavailable;
        default:
            return StoreError::unavailable;
    }
}

Connection::~Connection() {
    sqlite3_close(handle_);
}

Done Connection::open(const std::string& path, const std::string& vfs) {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(path.c_str(), &handle_, flags, vfs.empty() ? nullptr : vfs.c_str());
    if (code != SQLITE_OK) return failure(failed(code));
    // SQLite opens for reading only, and says nothing, when the file cannot be written.
    if (sqlite3_db_readonly(handle_, "main") == 1) return failure(failed(SQLITE_READONLY));
    return {};
}

Done Connection::open_to_read(const std::string& uri) {
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    const int code = sqlite3_open_v2(uri.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) return failure(failed(code));
    return {};
}

void Connection::leave_log_alone() {
    if (handle_ != nullptr) sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Done Connection::execute(const std::string& statements) {
    const int code = sqlite3_exec(handle_, statements.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return failure(failed(code));
    return {};
}

Result<std::int64_t, StoreError> Connection::query_integer(std::string_view statement) {
    Statement query;
    if (const auto prepared = query.prepare(*this, statement); !prepared) return failure(prepared.error());
    return query.step().map([&](bool row) { return row ? query.integer(0) : 0; });
}

Result<std::string, StoreError> Connection::query_text(std::string_view statement) {
    Statement query;
    if (const auto prepared = query.prepare(*this, statement); !prepared) return failure(prepared.error());
    return query.step().map([&](bool row) { return row ? std::string(query.bytes(0)) : std::string(); });
}

bool Connection::roll_back() {
    if (in_transaction()) sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    return !in_transaction();
}

StoreError Connection::failed(int code) {
    int system_error = 0;
    last_failure_ = {code, sqlite3_errstr(code)};
    if (handle_ != nullptr) {
        if (const int extended = sqlite3_extended_errcode(handle_); (extended & 0xff) == (code & 0xff)) {
            last_failure_ = {extended, sqlite3_errmsg(handle_)};
        }
        system_error = sqlite3_system_errno(handle_);
    }
    return store_error_of(last_failure_.extended_code, system_error);
}

Done Statement::prepare(Connection& connection, std::string_view text) {
    connection_ = &connection;
    const int code = sqlite3_prepare_v3(connection.handle(), text.data(), static_cast<int>(text.size()),
                                        SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK) return failure(connection.failed(code));
    return {};
}

Done Statement::run() {
    auto row = step();
    while (row && *row)
        row = step();
    if (!row) return failure(row.error());
    return {};
}

Result<bool, StoreError> Statement::step() {
    const int code = bind_failure_ == SQLITE_OK ? sqlite3_step(handle_) : bind_failure_;
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
        reset();
        return false;
    }
    const StoreError error = connection_->failed(code);
    reset();
    return failure(error);
}

void Statement::reset() {
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
}

int Statement::changed_rows() const {
    return sqlite3_changes(connection_->handle());
}

std::string_view Statement::bytes(int column) const {
    const void* data = sqlite3_column_blob(handle_, column);
    const int size = sqlite3_column_bytes(handle_, column);
    return data == nullptr ? std::string_view()
                           : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

// A null `destructor` is SQLITE_STATIC: the bytes outlive the step.
void Statement::bind_one(int parameter, std::string_view text) {
    note_binding(sqlite3_bind_text64(handle_, parameter, text.empty() ? "" : text.data(), text.size(),
                                     nullptr, SQLITE_UTF8));
}

void Statement::bind_one(int parameter, const Digest& blob) {
    note_binding(sqlite3_bind_blob(handle_, parameter, blob.data(), static_cast<int>(blob.size()), nullptr));
}

void Statement::bind_one(int parameter, std::nullptr_t) {
    note_binding(sqlite3_bind_null(handle_, parameter));
}

void Statement::bind_integer(int parameter, std::int64_t number) {
    note_binding(sqlite3_bind_int64(handle_, parameter, number));
}

void Statement::note_binding(int code) {
    if (bind_failure_ == SQLITE_OK) bind_failure_ = code;
}

}  // namespace holdfast::store::sqlite
