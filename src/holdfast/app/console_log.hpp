// A log for programs that have none of their own.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "holdfast/base/log.hpp"

namespace holdfast::app {

/// One line of text for an event and its fields: `handler_failed namespace=/ what="no such room"`. Texts with
/// blanks, quotes or control characters are quoted and escaped, so that a line is always one line.
[[nodiscard]] std::string log_line(LogLevel level, std::string_view event,
                                   std::initializer_list<LogField> fields);

/// Writes lines of at least `least` to standard error. Any thread.
class ConsoleLog final : public Log {
  public:
    explicit ConsoleLog(LogLevel least = LogLevel::warning) : least_(least) {}
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  private:
    LogLevel least_;
};

}  // namespace holdfast::app
