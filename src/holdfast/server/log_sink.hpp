// Log lines on standard error, as text for people or as JSON for machines. Any thread.
#pragma once

#include <memory>

#include "holdfast/base/log.hpp"
#include "holdfast/server/config.hpp"

namespace holdfast::server {

class LogSink final : public Log {
  public:
    LogSink(LogFormat format, std::string_view level);
    ~LogSink() override;
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

    /// The fields as one line, without time and level.
    [[nodiscard]] static std::string line_of(LogFormat format, std::string_view event,
                                             std::initializer_list<LogField> fields);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::server
