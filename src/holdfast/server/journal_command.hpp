// `holdfast why` and `holdfast report`: what the journal in a file says, for a terminal.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/server/journal_options.hpp"

namespace holdfast::server {

struct Told {
    /// 0: told. 1: the file cannot be read. 2: an option makes no sense. 3: there is no such team or seat.
    int exit_code = 0;
    std::string output;     ///< for standard output
    std::string complaint;  ///< for standard error
};

[[nodiscard]] Told tell_why(const JournalOptions& options, const std::string& path, UnixTime now);
[[nodiscard]] Told tell_report(const JournalOptions& options, const std::string& path, UnixTime now);

/// "90m" (s, m, h, d) ago, "19:30" today, "2026-05-04", "2026-05-04 19:30[:05]", with a T instead of the
/// space and a Z for UTC at the end; "all": the beginning of all times. Otherwise a sentence that says what
/// was wrong.
[[nodiscard]] Result<UnixTime, std::string> parse_time(std::string_view text, UnixTime now);
/// The time of this machine: "2026-05-04 20:15:32".
[[nodiscard]] std::string show_local_time(UnixTime time);

}  // namespace holdfast::server
