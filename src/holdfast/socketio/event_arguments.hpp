// The arguments of an event that came in. One thread, that of the event.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>
#include <utility>

namespace holdfast::socketio {

namespace json = boost::json;

/// Used like a json::array, and one as soon as somebody looks into it. Until then plain arguments (strings
/// without escapes, whole numbers, true, false and null) are only the text in which they came: many handlers
/// pass them on as they are, and the typed ones read it directly. Copied or moved they are values of their
/// own.
class EventArguments {
  public:
    using Values = json::array;

    EventArguments() = default;
    EventArguments(json::array values) : values_(std::move(values)) {}
    /// `count` plain arguments with commas between, as read_plain_event found them; they stay the caller's.
    EventArguments(std::string_view plain_text, std::size_t count)
        : plain_text_(plain_text), plain_count_(count) {}
    ~EventArguments() = default;
    EventArguments(const EventArguments& other) : values_(other.values()) {}
    // Plain text is read then, which takes memory.
    // NOLINTNEXTLINE(performance-noexcept-move-constructor)
    EventArguments(EventArguments&& other) : values_(std::move(other.values())) {}
    EventArguments& operator=(const EventArguments& other) { return *this = EventArguments(other.values()); }
    // NOLINTNEXTLINE(performance-noexcept-move-constructor)
    EventArguments& operator=(EventArguments&& other) {
        values() = std::move(other.values());
        return *this;
    }

    [[nodiscard]] json::array& values() {
        if (plain_count_ != 0) read_plain_text();
        return values_;
    }
    [[nodiscard]] const json::array& values() const {
        if (plain_count_ != 0) read_plain_text();
        return values_;
    }
    operator json::array&() & { return values(); }
    operator json::array&&() && { return std::move(values()); }

    [[nodiscard]] std::size_t size() const { return plain_count_ != 0 ? plain_count_ : values_.size(); }
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] json::value& operator[](std::size_t index) { return values()[index]; }
    [[nodiscard]] const json::value& operator[](std::size_t index) const { return values()[index]; }
    /// Throws std::out_of_range.
    [[nodiscard]] json::value& at(std::size_t index) { return values().at(index); }
    [[nodiscard]] const json::value& at(std::size_t index) const { return values().at(index); }
    [[nodiscard]] json::value& front() { return values().front(); }
    [[nodiscard]] json::value& back() { return values().back(); }
    [[nodiscard]] json::array::iterator begin() { return values().begin(); }
    [[nodiscard]] json::array::iterator end() { return values().end(); }
    [[nodiscard]] json::array::const_iterator begin() const { return values().begin(); }
    [[nodiscard]] json::array::const_iterator end() const { return values().end(); }
    void push_back(json::value value) { values().push_back(std::move(value)); }
    template <typename Value>
    json::value& emplace_back(Value&& value) {
        return values().emplace_back(std::forward<Value>(value));
    }
    json::array::iterator insert(json::array::const_iterator place, json::value value) {
        return values().insert(place, std::move(value));
    }
    json::array::iterator erase(json::array::const_iterator place) { return values().erase(place); }
    json::array::iterator erase(json::array::const_iterator first, json::array::const_iterator last) {
        return values().erase(first, last);
    }
    friend bool operator==(const EventArguments& one, const EventArguments& other) {
        return one.values() == other.values();
    }

    /// Whether they are still text only: `plain_text`, with commas between.
    [[nodiscard]] bool is_plain() const { return plain_count_ != 0; }
    [[nodiscard]] std::string_view plain_text() const { return plain_text_; }

  private:
    void read_plain_text() const;

    mutable json::array values_;
    mutable std::string_view plain_text_;
    mutable std::size_t plain_count_ = 0;  ///< 0: they are values
};

/// Takes the first of several plain arguments off `plain_text`, and the comma behind it.
[[nodiscard]] std::string_view take_plain_argument(std::string_view& plain_text);
[[nodiscard]] json::value plain_argument_value(std::string_view plain_argument);

}  // namespace holdfast::socketio
