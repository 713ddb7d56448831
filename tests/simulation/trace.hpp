// What happened in a simulation, line by line: a hash over all of it, the last lines for whoever looks at a
// failure, and the whole of it on request.
#pragma once

#include <cstdint>
#include <deque>
#include <ostream>
#include <string>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"

namespace holdfast::simulation {

class Trace {
  public:
    static constexpr std::size_t last_lines_kept = 50;

    /// `clock` must outlive the trace; `copy` gets every line as it is written, null: nobody does.
    Trace(const Clock& clock, std::ostream* copy);

    /// Adds a line, with the time before it.
    void line(std::string_view who, std::string_view what);
    /// Over every byte of every line so far (FNV-1a, 64 bits).
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::uint64_t lines() const { return lines_; }
    [[nodiscard]] const std::deque<std::string>& last_lines() const { return last_lines_; }

  private:
    const Clock& clock_;
    Instant began_;
    std::ostream* copy_;
    std::uint64_t hash_ = 14'695'981'039'346'656'037U;
    std::uint64_t lines_ = 0;
    std::deque<std::string> last_lines_;
};

/// The warnings and errors of the process's log. Texts only: numbers in them tell of the machine.
class TraceLog final : public Log {
  public:
    explicit TraceLog(Trace& trace) : trace_(trace) {}
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override;

  private:
    Trace& trace_;
};

}  // namespace holdfast::simulation
