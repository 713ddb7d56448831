#include "holdfast/socketio/arguments.hpp"

#include "holdfast/socketio/json_text.hpp"

namespace holdfast::socketio {
namespace {

/// Longer strings and numbers are only named, so that no error message carries a client's megabyte back.
constexpr std::size_t longest_shown_bytes = 40;

}  // namespace

std::string describe_value(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return value.get_bool() ? "true" : "false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_: {
            std::string text = "the number ";
            append_json(text, value);
            return text;
        }
        case json::kind::string: {
            if (value.get_string().size() > longest_shown_bytes) return "a long string";
            std::string text = "the string ";
            append_json(text, value);
            return text;
        }
        case json::kind::array:
            return "an array of " + std::to_string(value.get_array().size());
        case json::kind::object: {
            const auto* const mark = value.get_object().if_contains("_placeholder");
            return mark != nullptr && mark->is_bool() ? "binary data that did not come" : "an object";
        }
    }
    return "a value";
}

namespace detail {
namespace {

/// Where a double and the whole numbers around it are the same thing.
constexpr double exact_to = 9007199254740992.0;

}  // namespace

std::optional<std::int64_t> as_signed(const json::value& value) {
    if (const auto* number = value.if_int64()) return *number;
    const auto* const number = value.if_double();
    if (number == nullptr || std::abs(*number) > exact_to || std::trunc(*number) != *number) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(*number);
}

std::optional<std::uint64_t> as_unsigned(const json::value& value) {
    if (const auto* number = value.if_uint64()) return *number;
    const auto number = as_signed(value);
    if (!number || *number < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*number);
}

const std::string* attachment_of(const json::value& value, const Attachments& attachments) {
    const auto* const object = value.if_object();
    if (object == nullptr) return nullptr;
    const auto* const mark = object->if_contains("_placeholder");
    const auto* const number = object->if_contains("num");
    if (mark == nullptr || !mark->is_bool() || !mark->get_bool() || number == nullptr) return nullptr;
    const auto index = as_unsigned(*number);
    return index && *index < attachments.size() ? &attachments[*index] : nullptr;
}

}  // namespace detail
}  // namespace holdfast::socketio
