#include "holdfast/socketio/json_reader.hpp"

#include <array>
#include <boost/json/error.hpp>
#include <boost/json/parser.hpp>
#include <charconv>
#include <string>

namespace holdfast::socketio {
namespace {

namespace json = boost::json;

/// More values than the text can hold without its structure showing them.
bool has_too_many_values(std::string_view text, std::size_t most) {
    if (text.size() / 2 < most) return false;  // a value takes two bytes: itself and what separates it
    std::size_t values = 1;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char character = text[at];
        if (in_string) {
            if (character == '\\') {
                ++at;
            } else if (character == '"') {
                in_string = false;
            }
        } else if (character == '"') {
            in_string = true;
        } else if (character == ',' || character == '[' || character == '{') {
            if (++values > most) return true;
        }
    }
    return false;
}

/// The code unit of an escape like \ud83d that begins at `at`; 0 when there is none.
unsigned code_unit_at(std::string_view text, std::size_t at) {
    if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return 0;
    unsigned unit = 0;
    const char* const digits = text.data() + at + 2;
    const auto [end, error] = std::from_chars(digits, digits + 4, unit, 16);
    return error == std::errc{} && end == digits + 4 ? unit : 0;
}

bool is_leading(unsigned unit) {
    return unit >= 0xd800 && unit <= 0xdbff;
}
bool is_trailing(unsigned unit) {
    return unit >= 0xdc00 && unit <= 0xdfff;
}

std::string without_half_surrogates(std::string_view text) {
    std::string repaired(text);
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] != '\\') continue;
        const unsigned unit = code_unit_at(text, at);
        if (is_leading(unit) && is_trailing(code_unit_at(text, at + 6))) {
            at += 11;
        } else if (is_leading(unit) || is_trailing(unit)) {
            repaired.replace(at + 2, 4, "fffd");
            at += 5;
        } else {
            ++at;  // the escaped character, which may be a backslash
        }
    }
    return repaired;
}

std::optional<json::value> parse(std::string_view text, std::size_t most_depth, json::error_code& error) {
    json::parse_options options;
    options.max_depth = most_depth;
    std::array<unsigned char, 4096> scratch;
    json::parser parser({}, options, scratch.data(), scratch.size());
    parser.write(text.data(), text.size(), error);
    if (error) return std::nullopt;
    return parser.release();
}

}  // namespace

std::optional<json::value> read_json(std::string_view text, std::size_t most_depth, std::size_t most_values) {
    if (has_too_many_values(text, most_values)) return std::nullopt;
    json::error_code error;
    auto value = parse(text, most_depth, error);
    const bool half_surrogate = error == json::error::illegal_leading_surrogate ||
                                error == json::error::illegal_trailing_surrogate ||
                                error == json::error::expected_utf16_escape;
    if (!half_surrogate) return value;
    return parse(without_half_surrogates(text), most_depth, error);
}

}  // namespace holdfast::socketio
