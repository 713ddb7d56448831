// What a process of this machine has used: processor time and resident memory. Linux.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace holdfast::bench {

/// utime + stime of the text of /proc/PID/stat, in clock ticks (proc(5)); nothing if it is no such text.
[[nodiscard]] std::optional<std::uint64_t> cpu_ticks_of_stat(std::string_view text);
/// A field of /proc/PID/smaps_rollup ("Rss", "Pss"), in bytes.
[[nodiscard]] std::optional<std::uint64_t> smaps_bytes(std::string_view text, std::string_view field);

/// Processor time of the process so far, user and system, all its threads, in nanoseconds: from the process's
/// CPU clock (clock_getcpuclockid(3)), or in clock ticks from /proc/PID/stat where that is refused. Nothing
/// when there is no such process.
[[nodiscard]] std::optional<std::uint64_t> cpu_nanoseconds(pid_t process);
/// The sum over several processes; nothing when one of them is gone.
[[nodiscard]] std::optional<std::uint64_t> cpu_nanoseconds(const std::vector<pid_t>& processes);

/// Resident memory in bytes: what the process holds, and its fair share of what it shares with others.
struct Memory {
    std::uint64_t resident_bytes = 0;
    std::uint64_t proportional_bytes = 0;
};
[[nodiscard]] std::optional<Memory> memory_of(pid_t process);
[[nodiscard]] std::optional<Memory> memory_of(const std::vector<pid_t>& processes);

}  // namespace holdfast::bench
