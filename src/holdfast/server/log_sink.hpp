// Log lines on standard error or in a file, as text for people or as JSON for machines. Any thread.
#pragma once

#include <memory>

#include "holdfast/base/log.hpp"
#include "holdfast/server/config.hpp"

namespace holdfast::server {

class LogSink final : public Log {
  public:
    /// `file`: lines are added to it; empty: standard error. A file that cannot be opened is the business of
    /// file_error(); the lines go to standard error then.
    LogSink(LogFormat format, std::string_view level, const std::string& file = {});
    ~LogSink() override;
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

    /// Why the file could not be opened at the start; empty when it was, or there is none.
    [[nodiscard]] const std::string& file_error() const;
    /// Opens the file again under its name, for programs that rotate logs by renaming. When it cannot be
    /// opened, the old one goes on.
    void reopen();

    /// The fields as one line, without time and level.
    [[nodiscard]] static std::string line_of(LogFormat format, std::string_view event,
                                             std::initializer_list<LogField> fields);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::server
