#include "holdfast/store/testing/history.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>

#include "holdfast/store/sqlite_rows.hpp"

namespace holdfast::store::testing {

namespace {

/// A connection that can only read.
class Reader {
  public:
    explicit Reader(const std::string& path) {
        if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK) fail();
    }
    ~Reader() { sqlite3_close(handle_); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    template <typename Take>
    void for_each_row(const char* text, Take&& take) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(handle_, text, -1, &statement, nullptr) != SQLITE_OK) fail();
        int code = sqlite3_step(statement);
        for (; code == SQLITE_ROW; code = sqlite3_step(statement))
            take(statement);
        sqlite3_finalize(statement);
        if (code != SQLITE_DONE) fail();
    }

  private:
    [[noreturn]] void fail() {
        const std::string message = sqlite3_errmsg(handle_);
        throw std::runtime_error("cannot read the history: " + message);
    }
    sqlite3* handle_ = nullptr;
};

std::uint64_t number(sqlite3_stmt* row, int column) {
    return static_cast<std::uint64_t>(sqlite3_column_int64(row, column));
}

std::string text(sqlite3_stmt* row, int column) {
    const void* bytes = sqlite3_column_blob(row, column);
    return bytes == nullptr ? std::string()
                            : std::string(static_cast<const char*>(bytes),
                                          static_cast<std::size_t>(sqlite3_column_bytes(row, column)));
}

}  // namespace

History read_history(const std::string& path) {
    Reader reader(path);
    History history;
    reader.for_each_row("SELECT team, id, number, mode, items, answers, dealt_at FROM rounds ORDER BY id",
                        [&](sqlite3_stmt* row) {
                            FinishedRound& finished = history.rounds.emplace_back();
                            finished.team = number(row, 0);
                            auto& [id, round_number, mode, items, answers, dealt_at] = finished.round;
                            id = number(row, 1);
                            round_number = static_cast<std::uint32_t>(number(row, 2));
                            mode = static_cast<seats::GameMode>(number(row, 3));
                            items = text(row, 4);
                            answers = sqlite::answers_from_text(text(row, 5)).value();
                            dealt_at = {static_cast<std::int64_t>(number(row, 6))};
                        });
    reader.for_each_row("SELECT round, team, slot, item, answer, at FROM answers ORDER BY round, slot",
                        [&](sqlite3_stmt* row) {
                            auto& [round, team, slot, item, answer, at] = history.answers.emplace_back();
                            round = number(row, 0);
                            team = number(row, 1);
                            slot = static_cast<seats::Slot>(number(row, 2));
                            item = text(row, 3).at(0);
                            answer = number(row, 4) != 0;
                            at = {static_cast<std::int64_t>(number(row, 5))};
                        });
    return history;
}

std::string check_integrity(const std::string& path) {
    Reader reader(path);
    std::string verdict;
    reader.for_each_row("PRAGMA integrity_check", [&](sqlite3_stmt* row) { verdict += text(row, 0); });
    return verdict;
}

}  // namespace holdfast::store::testing
