// Values of C++ in place of JSON: what an event's arguments become for a typed handler, and how values become
// the arguments of an event or an ack. Pure; any thread.
//
// What is understood: bool; whole numbers (a fraction, or a value that does not fit the type, is refused);
// float and double; std::string; json::value, object and array; Binary; enumerations described with
// BOOST_DESCRIBE_ENUM (by name); std::optional (nothing: null or missing); std::vector, std::array,
// std::tuple and std::pair (JSON arrays); std::map and std::unordered_map with std::string keys; structs
// described with BOOST_DESCRIBE_STRUCT (objects: fields that are no std::optional must be there, unknown ones
// are ignored). For a type of your own specialise ArgumentReader and ArgumentWriter.
#pragma once

#include <array>
#include <boost/describe.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <boost/mp11/algorithm.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "holdfast/base/result.hpp"
#include "holdfast/socketio/event.hpp"

namespace holdfast::socketio {

/// Bytes that travel as an attachment (a Buffer, Blob or bytes object at the client).
struct Binary {
    std::string bytes;
    friend bool operator==(const Binary&, const Binary&) = default;
};

/// A value that is not what was asked for, in words: "must be <expected>, but is <found>". `place` says where
/// inside the argument: ", field \"x\", element 2"; empty for the argument itself.
struct Mismatch {
    std::string expected;
    std::string found;
    std::string place = {};
};

/// "a string", "the number 1.5", "missing": a value in words. Long ones are only named by their kind.
[[nodiscard]] std::string describe_value(const json::value& value);

/// How a `Value` is read. `missing(attachments)` is called for an argument or a field that is not there, and
/// exists only where that is fine.
///     static Result<Value, Mismatch> read(const json::value& value,
///                                         const std::vector<std::string>& attachments);
template <typename Value>
struct ArgumentReader;

/// How a `Value` is written.
///     static json::value write(const Value& value, std::vector<std::string>& attachments);
template <typename Value>
struct ArgumentWriter;

using Attachments = std::vector<std::string>;

namespace detail {

template <typename Value>
inline constexpr bool is_whole_number =
    std::is_integral_v<Value> && !std::is_same_v<Value, bool> && !std::is_same_v<Value, char> &&
    !std::is_same_v<Value, wchar_t> && !std::is_same_v<Value, char8_t> && !std::is_same_v<Value, char16_t> &&
    !std::is_same_v<Value, char32_t>;
template <typename Value>
inline constexpr bool is_described_enum = boost::describe::has_describe_enumerators<Value>::value;
template <typename Value>
inline constexpr bool is_described_struct =
    boost::describe::has_describe_members<Value>::value && !std::is_union_v<Value>;

template <typename Value>
inline constexpr bool is_optional = false;
template <typename Value>
inline constexpr bool is_optional<std::optional<Value>> = true;

/// The number as a signed or unsigned 64-bit value, when it is whole; doubles count where they are exact.
[[nodiscard]] std::optional<std::int64_t> as_signed(const json::value& value);
[[nodiscard]] std::optional<std::uint64_t> as_unsigned(const json::value& value);
/// The bytes that a placeholder stands for; null when it is none.
[[nodiscard]] const std::string* attachment_of(const json::value& value, const Attachments& attachments);

[[nodiscard]] inline Mismatch mismatch(std::string expected, const json::value& value) {
    return {std::move(expected), describe_value(value)};
}
[[nodiscard]] inline Mismatch inside(std::string_view place, Mismatch error) {
    error.place.insert(0, place);
    return error;
}
[[nodiscard]] inline std::string element_place(std::size_t index) {
    return ", element " + std::to_string(index + 1);
}
[[nodiscard]] inline std::string field_place(std::string_view name) {
    return ", field \"" + std::string(name) + '"';
}

}  // namespace detail

template <>
struct ArgumentReader<bool> {
    static Result<bool, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        if (const auto* truth = value.if_bool()) return *truth;
        return failure(detail::mismatch("true or false", value));
    }
};

template <typename Value>
requires detail::is_whole_number<Value>
struct ArgumentReader<Value> {
    static Result<Value, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        using Limits = std::numeric_limits<Value>;
        if constexpr (std::is_signed_v<Value>) {
            const auto number = detail::as_signed(value);
            if (number && *number >= Limits::min() && *number <= Limits::max()) {
                return static_cast<Value>(*number);
            }
        } else {
            const auto number = detail::as_unsigned(value);
            if (number && *number <= Limits::max()) return static_cast<Value>(*number);
        }
        return failure(detail::mismatch(
            "a whole number from " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max()),
            value));
    }
};

template <typename Value>
requires std::is_floating_point_v<Value>
struct ArgumentReader<Value> {
    static Result<Value, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        if (const auto* number = value.if_double()) return static_cast<Value>(*number);
        if (const auto* number = value.if_int64()) return static_cast<Value>(*number);
        if (const auto* number = value.if_uint64()) return static_cast<Value>(*number);
        return failure(detail::mismatch("a number", value));
    }
};

template <>
struct ArgumentReader<std::string> {
    static Result<std::string, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        if (const auto* text = value.if_string()) return std::string(*text);
        return failure(detail::mismatch("a string", value));
    }
};

template <>
struct ArgumentReader<json::value> {
    static Result<json::value, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        return value;
    }
};

template <>
struct ArgumentReader<json::object> {
    static Result<json::object, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        if (const auto* object = value.if_object()) return *object;
        return failure(detail::mismatch("an object", value));
    }
};

template <>
struct ArgumentReader<json::array> {
    static Result<json::array, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        if (const auto* array = value.if_array()) return *array;
        return failure(detail::mismatch("an array", value));
    }
};

template <>
struct ArgumentReader<Binary> {
    static Result<Binary, Mismatch> read(const json::value& value, const Attachments& attachments) {
        if (const auto* bytes = detail::attachment_of(value, attachments)) return Binary{*bytes};
        return failure(detail::mismatch("binary data", value));
    }
};

template <typename Value>
struct ArgumentReader<std::optional<Value>> {
    static Result<std::optional<Value>, Mismatch> read(const json::value& value,
                                                       const Attachments& attachments) {
        if (value.is_null()) return std::optional<Value>();
        auto inner = ArgumentReader<Value>::read(value, attachments);
        if (!inner) {
            inner.error().expected += " or null";
            return failure(std::move(inner.error()));
        }
        return std::optional<Value>(std::move(*inner));
    }
};

template <typename Value>
struct ArgumentReader<std::vector<Value>> {
    static Result<std::vector<Value>, Mismatch> read(const json::value& value,
                                                     const Attachments& attachments) {
        const auto* const array = value.if_array();
        if (array == nullptr) return failure(detail::mismatch("an array", value));
        std::vector<Value> all;
        all.reserve(array->size());
        for (std::size_t index = 0; index < array->size(); ++index) {
            auto element = ArgumentReader<Value>::read((*array)[index], attachments);
            if (!element) {
                return failure(detail::inside(detail::element_place(index), std::move(element.error())));
            }
            all.push_back(std::move(*element));
        }
        return all;
    }
};

namespace detail {

/// Reads a JSON array of a fixed number of elements into a std::tuple, std::pair or std::array.
template <typename Value>
struct FixedArrayReader {
    static Result<Value, Mismatch> read(const json::value& value, const Attachments& attachments) {
        constexpr std::size_t size = std::tuple_size_v<Value>;
        const auto* const array = value.if_array();
        if (array == nullptr || array->size() != size) {
            return failure(mismatch("an array of " + std::to_string(size), value));
        }
        Value all{};
        std::optional<Mismatch> error;
        const auto read_one = [&]<std::size_t index>(std::integral_constant<std::size_t, index>) {
            using Element = std::tuple_element_t<index, Value>;
            auto element = ArgumentReader<Element>::read((*array)[index], attachments);
            if (element) {
                std::get<index>(all) = std::move(*element);
                return true;
            }
            error = inside(element_place(index), std::move(element.error()));
            return false;
        };
        [&]<std::size_t... indices>(std::index_sequence<indices...>) {
            (void)(read_one(std::integral_constant<std::size_t, indices>{}) && ...);
        }
        (std::make_index_sequence<size>{});
        if (error) return failure(std::move(*error));
        return all;
    }
};

template <typename Map>
struct MapReader {
    static Result<Map, Mismatch> read(const json::value& value, const Attachments& attachments) {
        const auto* const object = value.if_object();
        if (object == nullptr) return failure(mismatch("an object", value));
        Map all;
        for (const auto& [key, field] : *object) {
            auto element = ArgumentReader<typename Map::mapped_type>::read(field, attachments);
            if (!element) return failure(inside(field_place(key), std::move(element.error())));
            all.insert_or_assign(std::string(key), std::move(*element));
        }
        return all;
    }
};

}  // namespace detail

template <typename... Values>
struct ArgumentReader<std::tuple<Values...>> : detail::FixedArrayReader<std::tuple<Values...>> {};
template <typename First, typename Second>
struct ArgumentReader<std::pair<First, Second>> : detail::FixedArrayReader<std::pair<First, Second>> {};
template <typename Value, std::size_t size>
struct ArgumentReader<std::array<Value, size>> : detail::FixedArrayReader<std::array<Value, size>> {};
template <typename Value>
struct ArgumentReader<std::map<std::string, Value>> : detail::MapReader<std::map<std::string, Value>> {};
template <typename Value>
struct ArgumentReader<std::unordered_map<std::string, Value>>
    : detail::MapReader<std::unordered_map<std::string, Value>> {};

template <typename Value>
requires detail::is_described_enum<Value>
struct ArgumentReader<Value> {
    static Result<Value, Mismatch> read(const json::value& value, const Attachments& /*attachments*/) {
        std::optional<Value> found;
        std::string names;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<Value>>([&](auto enumerator) {
            if (const auto* text = value.if_string(); text != nullptr && *text == enumerator.name) {
                found = enumerator.value;
            }
            names += (names.empty() ? "" : ", ") + ('"' + std::string(enumerator.name) + '"');
        });
        if (found) return *found;
        return failure(detail::mismatch("one of " + names, value));
    }
};

template <typename Value>
requires detail::is_described_struct<Value>
struct ArgumentReader<Value> {
    static Result<Value, Mismatch> read(const json::value& value, const Attachments& attachments) {
        const auto* const object = value.if_object();
        if (object == nullptr) return failure(detail::mismatch("an object", value));
        Value all{};
        std::optional<Mismatch> error;
        using Members = boost::describe::describe_members<Value, boost::describe::mod_public |
                                                                     boost::describe::mod_inherited>;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            using Field = std::remove_cvref_t<decltype(all.*member.pointer)>;
            if (error) return;
            const auto* const field = object->if_contains(member.name);
            if (field == nullptr) {
                if constexpr (!detail::is_optional<Field>) {
                    error = Mismatch{"there", "missing", detail::field_place(member.name)};
                }
                return;
            }
            auto element = ArgumentReader<Field>::read(*field, attachments);
            if (element) {
                all.*member.pointer = std::move(*element);
            } else {
                error = detail::inside(detail::field_place(member.name), std::move(element.error()));
            }
        });
        if (error) return failure(std::move(*error));
        return all;
    }
};

/// Whether a typed handler may ask for it.
template <typename Value>
concept Readable = requires(const json::value& value, const Attachments& attachments) {
    { ArgumentReader<Value>::read(value, attachments) } -> std::same_as<Result<Value, Mismatch>>;
};

template <typename Value>
requires(std::is_same_v<Value, bool> || detail::is_whole_number<Value> ||
         std::is_floating_point_v<Value>) struct ArgumentWriter<Value> {
    static json::value write(Value value, Attachments& /*attachments*/) { return json::value(value); }
};

template <typename Value>
requires(std::is_convertible_v<const Value&, std::string_view> &&
         !std::is_null_pointer_v<Value>) struct ArgumentWriter<Value> {
    static json::value write(std::string_view value, Attachments& /*attachments*/) {
        return json::value(value);
    }
};

template <typename Value>
requires(std::is_same_v<Value, json::value> || std::is_same_v<Value, json::object> ||
         std::is_same_v<Value, json::array> ||
         std::is_same_v<Value, std::nullptr_t>) struct ArgumentWriter<Value> {
    static json::value write(const Value& value, Attachments& /*attachments*/) { return json::value(value); }
};

template <>
struct ArgumentWriter<Binary> {
    static json::value write(const Binary& value, Attachments& attachments) {
        return attach(attachments, value.bytes);
    }
};

template <typename Value>
struct ArgumentWriter<std::optional<Value>> {
    static json::value write(const std::optional<Value>& value, Attachments& attachments) {
        return value ? ArgumentWriter<Value>::write(*value, attachments) : json::value();
    }
};

namespace detail {

template <typename List>
struct ListWriter {
    static json::value write(const List& list, Attachments& attachments) {
        json::array all;
        all.reserve(list.size());
        for (const auto& element : list) {
            all.push_back(
                ArgumentWriter<std::remove_cvref_t<decltype(element)>>::write(element, attachments));
        }
        return all;
    }
};

template <typename Tuple>
struct TupleWriter {
    static json::value write(const Tuple& tuple, Attachments& attachments) {
        json::array all;
        std::apply(
            [&](const auto&... elements) {
                (all.push_back(
                     ArgumentWriter<std::remove_cvref_t<decltype(elements)>>::write(elements, attachments)),
                 ...);
            },
            tuple);
        return all;
    }
};

template <typename Map>
struct MapWriter {
    static json::value write(const Map& map, Attachments& attachments) {
        json::object all;
        for (const auto& [key, value] : map) {
            all[key] = ArgumentWriter<typename Map::mapped_type>::write(value, attachments);
        }
        return all;
    }
};

}  // namespace detail

template <typename Value>
struct ArgumentWriter<std::vector<Value>> : detail::ListWriter<std::vector<Value>> {};
template <typename Value, std::size_t size>
struct ArgumentWriter<std::array<Value, size>> : detail::ListWriter<std::array<Value, size>> {};
template <typename... Values>
struct ArgumentWriter<std::tuple<Values...>> : detail::TupleWriter<std::tuple<Values...>> {};
template <typename First, typename Second>
struct ArgumentWriter<std::pair<First, Second>> : detail::TupleWriter<std::pair<First, Second>> {};
template <typename Value>
struct ArgumentWriter<std::map<std::string, Value>> : detail::MapWriter<std::map<std::string, Value>> {};
template <typename Value>
struct ArgumentWriter<std::unordered_map<std::string, Value>>
    : detail::MapWriter<std::unordered_map<std::string, Value>> {};

template <typename Value>
requires detail::is_described_enum<Value>
struct ArgumentWriter<Value> {
    static json::value write(Value value, Attachments& /*attachments*/) {
        json::value name;
        boost::mp11::mp_for_each<boost::describe::describe_enumerators<Value>>([&](auto enumerator) {
            if (enumerator.value == value) name = enumerator.name;
        });
        return name;
    }
};

template <typename Value>
requires detail::is_described_struct<Value>
struct ArgumentWriter<Value> {
    static json::value write(const Value& value, Attachments& attachments) {
        json::object all;
        using Members = boost::describe::describe_members<Value, boost::describe::mod_public |
                                                                     boost::describe::mod_inherited>;
        boost::mp11::mp_for_each<Members>([&](auto member) {
            using Field = std::remove_cvref_t<decltype(value.*member.pointer)>;
            all[member.name] = ArgumentWriter<Field>::write(value.*member.pointer, attachments);
        });
        return all;
    }
};

/// Whether it may be an argument of an event or an ack.
template <typename Value>
concept Writable = requires(const Value& value, Attachments& attachments) {
    { ArgumentWriter<Value>::write(value, attachments) } -> std::same_as<json::value>;
};

/// The arguments of an event or an ack; each Binary becomes an attachment.
template <typename... Values>
[[nodiscard]] Payload make_payload(const Values&... values) {
    static_assert((Writable<std::decay_t<const Values>> && ...),
                  "a value of this type cannot be an argument: give it an ArgumentWriter, describe it with "
                  "BOOST_DESCRIBE_STRUCT, or pass a json::value");
    Payload payload;
    payload.arguments.reserve(sizeof...(values));
    (payload.arguments.push_back(
         ArgumentWriter<std::decay_t<const Values>>::write(values, payload.attachments)),
     ...);
    return payload;
}

}  // namespace holdfast::socketio
