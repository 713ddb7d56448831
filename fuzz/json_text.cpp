// JSON as text: the same verdict and the same values as Boost.JSON's own parser (but for the digits of
// doubles, which that reads inexactly, and for half surrogates, which that refuses), limits that hold,
// numbers that keep their digits, and writing that can always be read again.
#include <boost/json/parse.hpp>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "holdfast/socketio/json_text.hpp"
#include "holdfast/websocket/utf8.hpp"
#include "input.hpp"
#include "json_values.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

namespace json = boost::json;
using socketio::append_json;
using socketio::read_json;

std::string written(const json::value& value) {
    std::string text;
    append_json(text, value);
    return text;
}

std::optional<json::value> read_by_boost(std::string_view text, std::size_t depth) {
    json::parse_options options;
    options.max_depth = depth;
    json::error_code error;
    auto value = json::parse(text, error, {}, options);
    if (error) return std::nullopt;
    return value;
}

// The numbers of a JSON text in the order in which they stand there, read by the C library.
std::vector<double> numbers_in_text(std::string_view text) {
    std::vector<double> numbers;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '"') {
            for (++at; at < text.size() && text[at] != '"'; ++at) {
                if (text[at] == '\\') ++at;
            }
        } else if (text[at] == '-' || (text[at] >= '0' && text[at] <= '9')) {
            const auto end = text.find_first_not_of("0123456789+-.eE", at);
            const std::string digits(text.substr(at, end - at));
            numbers.push_back(std::strtod(digits.c_str(), nullptr));
            at += digits.size() - 1;
        }
    }
    return numbers;
}

void collect_numbers(const json::value& value, std::vector<double>& numbers) {
    if (value.is_number()) numbers.push_back(value.to_number<double>());
    if (const auto* array = value.if_array()) {
        for (const auto& element : *array)
            collect_numbers(element, numbers);
    }
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            collect_numbers(member.value(), numbers);
    }
}

void check_read(std::string_view text, std::size_t depth, std::size_t values) {
    const auto ours = read_json(text, depth, values);
    if (ours) {
        require(websocket::is_valid_utf8(text), "JSON is UTF-8");
        require(depth_of(*ours) <= depth, "the limit of depth holds");
        require(values_in(*ours) <= values, "the limit of values holds");
        std::vector<double> numbers;
        collect_numbers(*ours, numbers);
        const auto expected = numbers_in_text(text);
        // A name that is there twice takes a value away.
        if (numbers.size() == expected.size()) require(numbers == expected, "numbers keep their digits");

        const std::string again = written(*ours);
        const auto reread = read_json(again, depth, values);
        require(reread && same_json(*ours, *reread), "what was read can be written and read again", again);
        require(written(*reread) == again, "and is written the same");
    }
    const auto boosts = read_by_boost(text, depth);
    const bool half_surrogate = text.find("\\u") != std::string_view::npos;
    if (ours && !boosts) require(half_surrogate, "Boost.JSON takes what is taken, but for half surrogates");
    if (!ours && boosts) {
        std::vector<double> numbers;
        collect_numbers(*boosts, numbers);
        bool finite = true;
        for (const double number : numbers_in_text(text))
            finite = finite && std::isfinite(number);
        require(!finite || text.size() / 2 >= values,
                "what Boost.JSON takes is taken, but for infinite numbers");
    }
    if (ours && boosts) require(nearly_same_json(*ours, *boosts), "Boost.JSON reads the same");
}

void check_write(const json::value& value) {
    const std::string text = written(value);
    require(websocket::is_valid_utf8(text), "what is written is UTF-8");
    const auto ours = read_json(text, 100, 1'000'000);
    require(ours.has_value(), "what is written is JSON", text);
    require(same_json(*ours, as_written(value)), "what is written means the value", text);
    const auto boosts = read_by_boost(text, 100);
    require(boosts && nearly_same_json(*boosts, *ours), "Boost.JSON takes it, too", text);
    require(text.find('\x1e') == std::string::npos, "what is written has no control characters");
}

}  // namespace

void json_text(Input input) {
    Script script(input);
    const auto mode = script.byte();
    if (mode % 4 == 3) {
        check_write(make_json(script, 20));
        return;
    }
    const std::size_t depth = mode % 4 == 2 ? script.below(8) : 32;
    const std::size_t values = mode % 4 == 1 ? 1 + script.below(20) : 700'000;
    check_read(script.rest(), depth, values);
}

}  // namespace holdfast::fuzz
