// A JSON object that is written as text from the start: what players are told is made for every one of them,
// and as values in a tree it cost several times as much. Pure.
#pragma once

#include <boost/json/object.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace holdfast::server::wire {

/// Text that is valid JSON already.
struct JsonText {
    std::string_view text;
};

class Fields {
  public:
    /// What a field can be given. Strings are escaped; they and JSON text are only looked at, during the
    /// call.
    class Value {
      public:
        Value(std::nullptr_t /*null*/) : value_(JsonText{"null"}) {}
        template <std::same_as<bool> Bool>
        Value(Bool value) : value_(JsonText{value ? "true" : "false"}) {}
        template <std::signed_integral Number>
        Value(Number number) : value_(static_cast<std::int64_t>(number)) {}
        template <std::unsigned_integral Number>
        requires(!std::same_as<Number, bool>) Value(Number number)
            : value_(static_cast<std::uint64_t>(number)) {}
        Value(char letter) = delete;  // a number or a string of one: say which
        Value(const char* text) : value_(std::string_view(text)) {}
        Value(std::string_view text) : value_(text) {}
        Value(const std::string& text) : value_(std::string_view(text)) {}
        Value(JsonText json) : value_(json) {}
        Value(const Fields& object) : value_(JsonText{object.text()}) {}

        void append_to(std::string& text) const;

      private:
        std::variant<JsonText, std::string_view, std::int64_t, std::uint64_t> value_;
    };
    /// `name` needs no escapes.
    struct Field {
        std::string_view name;
        Value value;
    };

    Fields() : text_("{}") {}
    Fields(std::initializer_list<Field> fields);
    Fields(const boost::json::object& object);

    /// Another field behind those that are there. A name is given once: nobody compares.
    Fields& add(std::string_view name, const Value& value);

    /// The object.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace holdfast::server::wire
