// The logging seam: layers say what happened as a name and fields; the outermost layer decides where it goes.
// Never pass a token, a cookie, a key or a session id: the fields are written as they are.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <variant>

namespace holdfast {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

/// One named value of a log line.
struct LogField {
    std::string_view name;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Takes log lines. Implementations may be called from any thread and must not throw.
class Log {
  public:
    virtual ~Log() = default;
    /// `event` is a short stable name such as "seat_away"; `fields` live only during the call.
    virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

/// Swallows everything: for tests, and for callers who do not care.
class NoLog final : public Log {
  public:
    void write(LogLevel /*level*/, std::string_view /*event*/,
               std::initializer_list<LogField> /*fields*/) override {}
};

}  // namespace holdfast
