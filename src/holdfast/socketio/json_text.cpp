#include "holdfast/socketio/json_text.hpp"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/error.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>

namespace holdfast::socketio {
namespace {

namespace json = boost::json;

/// A quick look, before memory is spent, at a text that is long enough to hold more values than `most`.
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

/// Builds the value like the library's own parser does, but reads doubles exactly: the library's reading is
/// off in the last digit for one in ten of them.
class ExactBuilder {
  public:
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    ExactBuilder() : stack_({}, scratch_.data(), scratch_.size()) { stack_.reset(); }
    [[nodiscard]] json::value release() { return stack_.release(); }

    // The names and signatures from here on are what the library's basic_parser calls.
    bool on_document_begin(json::error_code& /*error*/) { return true; }
    bool on_document_end(json::error_code& /*error*/) { return true; }
    bool on_object_begin(json::error_code& /*error*/) { return true; }
    bool on_object_end(std::size_t size, json::error_code& /*error*/) {
        stack_.push_object(size);
        return true;
    }
    bool on_array_begin(json::error_code& /*error*/) { return true; }
    bool on_array_end(std::size_t size, json::error_code& /*error*/) {
        stack_.push_array(size);
        return true;
    }
    bool on_key_part(std::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
        stack_.push_chars(part);
        return true;
    }
    bool on_key(std::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
        stack_.push_key(part);
        return true;
    }
    bool on_string_part(std::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(std::string_view part, std::size_t /*size*/, json::error_code& /*error*/) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(std::string_view part, json::error_code& /*error*/) {
        number_ += part;
        return true;
    }
    bool on_int64(std::int64_t number, std::string_view /*part*/, json::error_code& /*error*/) {
        number_.clear();
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, std::string_view /*part*/, json::error_code& /*error*/) {
        number_.clear();
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double /*inexact*/, std::string_view part, json::error_code& error) {
        number_ += part;
        double number = 0;
        const auto outcome = std::from_chars(number_.data(), number_.data() + number_.size(), number);
        // Out of range is also said of what is too small; that is as good as 0.
        if (outcome.ec == std::errc::result_out_of_range && is_huge(number_)) {
            error = json::error::exponent_overflow;
            return false;
        }
        number_.clear();
        stack_.push_double(number);
        return true;
    }
    bool on_bool(bool value, json::error_code& /*error*/) {
        stack_.push_bool(value);
        return true;
    }
    bool on_null(json::error_code& /*error*/) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(std::string_view /*part*/, json::error_code& /*error*/) { return true; }
    bool on_comment(std::string_view /*part*/, json::error_code& /*error*/) { return true; }

  private:
    /// Of a number outside of a double's range: whether it is too large rather than too small.
    static bool is_huge(const std::string& number) {
        return !std::isfinite(std::strtod(number.c_str(), nullptr));
    }

    std::array<unsigned char, 4096> scratch_;
    json::value_stack stack_;
    std::string number_;
};

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

std::optional<json::value> parse(std::string_view text, std::size_t most_depth) {
    json::error_code error;
    json::parse_options options;
    options.max_depth = most_depth;
    json::basic_parser<ExactBuilder> parser(options);
    const std::size_t parsed = parser.write_some(false, text.data(), text.size(), error);
    if (error || parsed != text.size()) return std::nullopt;
    return parser.handler().release();
}

template <typename Number>
void append_number(std::string& text, Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

/// The bytes that stand in a JSON string as they are, and are characters of their own.
constexpr std::array<bool, 256> plain_bytes = [] {
    std::array<bool, 256> plain{};
    for (std::size_t byte = 0x20; byte < 0x80; ++byte)
        plain[byte] = byte != '"' && byte != '\\';
    return plain;
}();

/// Whether the eight bytes at `at` are all plain. The usual arithmetic on eight bytes at once: the top bit of
/// a byte is set in what `below` gives if that byte is below the limit, and perhaps in bytes behind it.
bool are_plain(const char* at) {
    constexpr std::uint64_t each = 0x0101010101010101U;
    constexpr std::uint64_t top_bits = each * 0x80U;
    const auto below = [](std::uint64_t bytes, std::uint64_t limit) {
        return (bytes - each * limit) & ~bytes;
    };
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, at, sizeof bytes);
    const std::uint64_t found =
        bytes | below(bytes, 0x20) | below(bytes ^ (each * '"'), 1) | below(bytes ^ (each * '\\'), 1);
    return (found & top_bits) == 0;
}

/// The character behind the backslash in a short escape; 0 when there is no short one.
char short_escape(char character) {
    switch (character) {
        case '"':
        case '\\':
            return character;
        case '\b':
            return 'b';
        case '\f':
            return 'f';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return 0;
    }
}

}  // namespace

std::optional<json::value> read_json(std::string_view text, std::size_t most_depth, std::size_t most_values) {
    if (has_too_many_values(text, most_values)) return std::nullopt;
    auto value = parse(text, most_depth);
    if (value) return value;
    const auto repaired = without_half_surrogates(text);
    if (repaired == text) return std::nullopt;
    return parse(repaired, most_depth);
}

std::size_t character_length(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(text[at + offset]); };
    const auto continues = [&](std::size_t offset) {
        return at + offset < text.size() && (byte(offset) & 0xc0) == 0x80;
    };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first <= 0xef) {
        if (!continues(1) || !continues(2)) return 0;
        if (first == 0xe0 && byte(1) < 0xa0) return 0;
        if (first == 0xed && byte(1) > 0x9f) return 0;
        return 3;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        if (!continues(1) || !continues(2) || !continues(3)) return 0;
        if (first == 0xf0 && byte(1) < 0x90) return 0;
        if (first == 0xf4 && byte(1) > 0x8f) return 0;
        return 4;
    }
    return 0;
}

std::size_t unescaped_size(std::string_view text) {
    std::size_t at = 0;
    while (true) {
        while (text.size() - at >= sizeof(std::uint64_t) && are_plain(text.data() + at))
            at += sizeof(std::uint64_t);
        while (at < text.size() && plain_bytes[static_cast<unsigned char>(text[at])])
            ++at;
        if (at == text.size() || static_cast<unsigned char>(text[at]) < 0x80) return at;
        const std::size_t length = character_length(text, at);
        if (length == 0) return at;
        at += length;
    }
}

void append_json_string(std::string& text, std::string_view value) {
    constexpr std::string_view hex = "0123456789abcdef";
    text += '"';
    while (true) {
        const std::size_t unescaped = unescaped_size(value);
        text.append(value, 0, unescaped);
        if (unescaped == value.size()) break;
        const char character = value[unescaped];
        value.remove_prefix(unescaped + 1);
        const auto byte = static_cast<unsigned char>(character);
        if (const char escape = short_escape(character); escape != 0) {
            text += '\\';
            text += escape;
        } else if (byte < 0x20) {
            text += "\\u00";
            text += hex[byte >> 4U];
            text += hex[byte & 15U];
        } else {
            text += "\xef\xbf\xbd";
        }
    }
    text += '"';
}

void append_json(std::string& text, const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            text += "null";
            return;
        case json::kind::bool_:
            text += value.get_bool() ? "true" : "false";
            return;
        case json::kind::int64:
            append_number(text, value.get_int64());
            return;
        case json::kind::uint64:
            append_number(text, value.get_uint64());
            return;
        case json::kind::double_:
            if (std::isfinite(value.get_double())) {
                // Adding 0 takes the sign from -0, which JavaScript writes without one.
                append_number(text, value.get_double() + 0.0);
            } else {
                text += "null";
            }
            return;
        case json::kind::string:
            append_json_string(text, value.get_string());
            return;
        case json::kind::array: {
            char separator = '[';
            for (const auto& element : value.get_array()) {
                text += separator;
                append_json(text, element);
                separator = ',';
            }
            text += value.get_array().empty() ? "[]" : "]";
            return;
        }
        case json::kind::object: {
            char separator = '{';
            for (const auto& member : value.get_object()) {
                text += separator;
                append_json_string(text, member.key());
                text += ':';
                append_json(text, member.value());
                separator = ',';
            }
            text += value.get_object().empty() ? "{}" : "}";
            return;
        }
    }
}

}  // namespace holdfast::socketio
