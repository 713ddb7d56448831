#include "holdfast/socketio/event_arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace holdfast::socketio {

std::string_view take_plain_argument(std::string_view& plain_text) {
    // There are no escapes, so a string ends at the next quote.
    const std::size_t inside = plain_text.starts_with('"') ? plain_text.find('"', 1) : 0;
    const std::size_t size = std::min(plain_text.find(',', inside), plain_text.size());
    const auto argument = plain_text.substr(0, size);
    plain_text.remove_prefix(std::min(size + 1, plain_text.size()));
    return argument;
}

json::value plain_argument_value(std::string_view plain_argument) {
    switch (plain_argument.front()) {
        case '"':
            return json::value(plain_argument.substr(1, plain_argument.size() - 2));
        case 't':
            return true;
        case 'f':
            return false;
        case 'n':
            return nullptr;
        default: {
            std::int64_t number = 0;
            std::from_chars(plain_argument.data(), plain_argument.data() + plain_argument.size(), number);
            return number;
        }
    }
}

void EventArguments::read_plain_text() const {
    values_.reserve(plain_count_);
    for (; plain_count_ != 0; --plain_count_)
        values_.push_back(plain_argument_value(take_plain_argument(plain_text_)));
}

}  // namespace holdfast::socketio
