#include "holdfast/bench/process.hpp"

#include <unistd.h>

#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

namespace holdfast::bench {

namespace {

std::optional<std::uint64_t> number_at(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end == text.data()) return std::nullopt;
    return number;
}

std::string read_proc(pid_t process, const char* file) {
    std::ifstream stream("/proc/" + std::to_string(process) + "/" + file);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

}  // namespace

std::optional<std::uint64_t> cpu_ticks_of_stat(std::string_view text) {
    // The second field is the program's name in parentheses and may hold anything, parentheses and spaces
    // too.
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(name_end + 1);
    // Behind it: state is field 3, utime field 14, stime field 15.
    std::uint64_t ticks = 0;
    for (int field = 3; field <= 15; ++field) {
        const std::size_t start = text.find_first_not_of(' ');
        if (start == std::string_view::npos) return std::nullopt;
        text.remove_prefix(start);
        const std::string_view word = text.substr(0, text.find_first_of(" \n"));
        if (field >= 14) {
            const auto number = number_at(word);
            if (!number) return std::nullopt;
            ticks += *number;
        }
        text.remove_prefix(word.size());
    }
    return ticks;
}

std::optional<std::uint64_t> smaps_bytes(std::string_view text, std::string_view field) {
    const std::string label = "\n" + std::string(field) + ":";
    const std::size_t at = text.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + label.size());
    const std::size_t start = text.find_first_not_of(' ');
    if (start == std::string_view::npos) return std::nullopt;
    const auto kibibytes = number_at(text.substr(start));
    if (!kibibytes) return std::nullopt;
    return *kibibytes * 1024;
}

std::optional<std::uint64_t> cpu_nanoseconds(pid_t process) {
    clockid_t clock{};
    if (clock_getcpuclockid(process, &clock) == 0) {
        timespec time{};
        if (clock_gettime(clock, &time) == 0) {
            return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
                   static_cast<std::uint64_t>(time.tv_nsec);
        }
    }
    const auto ticks = cpu_ticks_of_stat(read_proc(process, "stat"));
    if (!ticks) return std::nullopt;
    return *ticks * 1'000'000'000 / static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
}

std::optional<std::uint64_t> cpu_nanoseconds(const std::vector<pid_t>& processes) {
    std::uint64_t sum = 0;
    for (const pid_t process : processes) {
        const auto one = cpu_nanoseconds(process);
        if (!one) return std::nullopt;
        sum += *one;
    }
    return sum;
}

std::optional<Memory> memory_of(pid_t process) {
    const std::string rollup = read_proc(process, "smaps_rollup");
    const auto resident = smaps_bytes(rollup, "Rss");
    const auto proportional = smaps_bytes(rollup, "Pss");
    if (resident && proportional) return Memory{*resident, *proportional};
    // Another user's process shows no smaps, but its number of pages.
    const std::string pages = read_proc(process, "statm");
    const std::size_t space = pages.find(' ');
    if (space == std::string::npos) return std::nullopt;
    const auto number = number_at(std::string_view(pages).substr(space + 1));
    if (!number) return std::nullopt;
    const std::uint64_t bytes = *number * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return Memory{bytes, bytes};
}

std::optional<Memory> memory_of(const std::vector<pid_t>& processes) {
    Memory sum;
    for (const pid_t process : processes) {
        const auto one = memory_of(process);
        if (!one) return std::nullopt;
        sum.resident_bytes += one->resident_bytes;
        sum.proportional_bytes += one->proportional_bytes;
    }
    return sum;
}

}  // namespace holdfast::bench
