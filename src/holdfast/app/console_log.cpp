#include "holdfast/app/console_log.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <variant>

namespace holdfast::app {
namespace {

std::string_view name_of(LogLevel level) {
    constexpr std::array<std::string_view, 4> names{"debug", "info", "warning", "error"};
    const auto index = static_cast<std::size_t>(level);
    return index < names.size() ? names[index] : "log";
}

void append_text(std::string& line, std::string_view text) {
    const auto plain = [](char character) {
        return static_cast<unsigned char>(character) > 0x20 && character != '"' && character != '\\' &&
               character != 0x7f;
    };
    bool quoted = text.empty();
    for (const char character : text)
        quoted = quoted || !plain(character);
    if (!quoted) {
        line += text;
        return;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    line += '"';
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if (character == '"' || character == '\\') {
            line += '\\';
            line += character;
        } else if (byte < 0x20 || byte == 0x7f) {
            line += "\\x";
            line += digits[byte >> 4U];
            line += digits[byte & 0x0fU];
        } else {
            line += character;
        }
    }
    line += '"';
}

struct AppendValue {
    std::string& line;
    void operator()(std::string_view text) const { append_text(line, text); }
    void operator()(std::int64_t number) const { line += std::to_string(number); }
    void operator()(double number) const { line += std::to_string(number); }
    void operator()(bool truth) const { line += truth ? "true" : "false"; }
};

}  // namespace

std::string log_line(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    std::string line(name_of(level));
    line += ' ';
    line += event;
    for (const auto& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        std::visit(AppendValue{line}, field.value);
    }
    return line;
}

void ConsoleLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < least_) return;
    // A log that fails must not take the server with it.
    try {
        const std::string line = log_line(level, event, fields) + '\n';
        std::fwrite(line.data(), 1, line.size(), stderr);
    } catch (...) {
    }
}

}  // namespace holdfast::app
