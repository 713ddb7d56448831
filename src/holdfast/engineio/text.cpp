#include "holdfast/engineio/text.hpp"

#include <algorithm>

namespace holdfast::engineio {

namespace {

int hex_value(char character) {
    if (character >= '0' && character <= '9') return character - '0';
    const char small = lower(character);
    return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

}  // namespace

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char each) { return lower(each); });
    return result;
}

bool equal_without_case(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char one, char other) { return lower(one) == lower(other); });
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string percent_decoded(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] == '+') {
            result.push_back(' ');
            continue;
        }
        const bool escape = text[index] == '%' && index + 2 < text.size();
        const int high = escape ? hex_value(text[index + 1]) : -1;
        const int low = escape ? hex_value(text[index + 2]) : -1;
        if (high < 0 || low < 0) {
            result.push_back(text[index]);
            continue;
        }
        result.push_back(static_cast<char>(high * 16 + low));
        index += 2;
    }
    return result;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view pair = query.substr(0, end);
        query = end == std::string_view::npos ? std::string_view{} : query.substr(end + 1);
        const std::size_t equals = pair.find('=');
        const std::string_view key = pair.substr(0, equals);
        if (key != name && percent_decoded(key) != name) continue;
        return equals == std::string_view::npos ? std::string{} : percent_decoded(pair.substr(equals + 1));
    }
    return std::nullopt;
}

std::string json_string(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char each : text) {
        const auto code = static_cast<unsigned char>(each);
        if (each == '"' || each == '\\') {
            result.push_back('\\');
            result.push_back(each);
        } else if (code < 0x20) {
            result += "\\u00";
            result.push_back(digits[code >> 4U]);
            result.push_back(digits[code & 0xFU]);
        } else {
            result.push_back(each);
        }
    }
    result.push_back('"');
    return result;
}

}  // namespace holdfast::engineio
