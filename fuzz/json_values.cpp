#include "json_values.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "holdfast/websocket/utf8.hpp"

namespace holdfast::fuzz {
namespace {

namespace json = boost::json;

bool same_numbers(const json::value& one, const json::value& other) {
    if (one.kind() == other.kind()) return one == other;
    if (!one.is_double() && !other.is_double()) return one == other;
    const json::value& whole = one.is_double() ? other : one;
    const double number = one.is_double() ? one.get_double() : other.get_double();
    // Compared as whole numbers, for a double has fewer digits than they may have.
    if (whole.is_int64())
        return number >= -0x1p63 && number < 0x1p63 &&
               static_cast<std::int64_t>(number) == whole.get_int64() && std::trunc(number) == number;
    return number >= 0 && number < 0x1p64 && static_cast<std::uint64_t>(number) == whole.get_uint64() &&
           std::trunc(number) == number;
}

template <typename SameNumbers>
bool same(const json::value& one, const json::value& other, const SameNumbers& numbers) {
    if (one.is_number() && other.is_number()) return numbers(one, other);
    if (one.kind() != other.kind()) return false;
    if (one.is_array()) {
        const auto &left = one.get_array(), &right = other.get_array();
        return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                          [&](const json::value& a, const json::value& b) { return same(a, b, numbers); });
    }
    if (one.is_object()) {
        const auto &left = one.get_object(), &right = other.get_object();
        return left.size() == right.size() &&
               std::all_of(left.begin(), left.end(), [&](const json::key_value_pair& member) {
                   const auto* found = right.if_contains(member.key());
                   return found != nullptr && same(member.value(), *found, numbers);
               });
    }
    return one == other;
}

std::string repaired(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        std::size_t length = 1;
        while (length <= std::min<std::size_t>(4, text.size()) &&
               !websocket::is_valid_utf8(text.substr(0, length)))
            ++length;
        if (length > std::min<std::size_t>(4, text.size())) {
            result += "\xEF\xBF\xBD";
            text.remove_prefix(1);
        } else {
            result += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return result;
}

}  // namespace

bool same_json(const json::value& one, const json::value& other) {
    return same(one, other, same_numbers);
}

bool nearly_same_json(const json::value& one, const json::value& other) {
    return same(one, other, [](const json::value& a, const json::value& b) {
        if (a.kind() != b.kind()) return false;
        if (!a.is_double()) return a == b;
        const double left = a.get_double(), right = b.get_double();
        // It makes no number of 0e999, which is 0.
        if (std::isnan(left) || std::isnan(right)) return left == 0 || right == 0;
        // The smallest doubles have few digits: there a step is large in proportion.
        return std::abs(left - right) <= 1e-14 * std::max(std::abs(left), std::abs(right)) ||
               std::abs(left - right) <= 0x1p-1060;
    });
}

json::value make_json(Script& script, int depth) {
    const auto kind = script.byte();
    switch (kind % (depth > 0 ? 9 : 7)) {
        case 0:
            return nullptr;
        case 1:
            return kind >= 128;
        case 2:
            return static_cast<std::int64_t>(script.number());
        case 3:
            return script.number();
        case 4:
            return std::bit_cast<double>(script.number());
        case 5:
            return static_cast<std::int8_t>(script.byte());
        case 6:
            return json::value(std::string(script.piece()));
        case 7: {
            json::array array;
            for (int left = kind / 9; left > 0 && !script.empty(); --left)
                array.push_back(make_json(script, depth - 1));
            return array;
        }
        default: {
            json::object object;
            for (int left = kind / 9; left > 0 && !script.empty(); --left) {
                const std::string key(script.piece());
                object[key] = make_json(script, depth - 1);
            }
            return object;
        }
    }
}

json::value as_written(const json::value& value) {
    if (value.is_double() && !std::isfinite(value.get_double())) return nullptr;
    if (value.is_string()) return json::value(repaired(value.get_string()));
    if (value.is_array()) {
        json::array array;
        for (const auto& element : value.get_array())
            array.push_back(as_written(element));
        return array;
    }
    if (value.is_object()) {
        json::object object;
        // Two names may become one; then the later counts, as it does to every reader.
        for (const auto& member : value.get_object())
            object[repaired(member.key())] = as_written(member.value());
        return object;
    }
    return value;
}

std::size_t depth_of(const json::value& value) {
    std::size_t deepest = 0;
    if (const auto* array = value.if_array()) {
        for (const auto& element : *array)
            deepest = std::max(deepest, depth_of(element));
        return deepest + 1;
    }
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            deepest = std::max(deepest, depth_of(member.value()));
        return deepest + 1;
    }
    return 0;
}

std::size_t values_in(const json::value& value) {
    std::size_t count = 1;
    if (const auto* array = value.if_array()) {
        for (const auto& element : *array)
            count += values_in(element);
    }
    if (const auto* object = value.if_object()) {
        for (const auto& member : *object)
            count += values_in(member.value());
    }
    return count;
}

}  // namespace holdfast::fuzz
