#include "holdfast/socketio/plain_event.hpp"

#include <algorithm>
#include <charconv>

#include "holdfast/socketio/json_text.hpp"

namespace holdfast::socketio {
namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/// The size of the number at the front of `text`; 0 when append_json would write it in another way.
std::size_t plain_number_size(std::string_view text) {
    constexpr std::size_t most_digits = 18;  // of a number that surely fits 64 bits
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    std::size_t end = sign;
    while (end < text.size() && is_digit(text[end]))
        ++end;
    const std::size_t digits = end - sign;
    if (digits == 0 || digits > most_digits) return 0;
    if (text[sign] == '0' && (digits > 1 || sign != 0)) return 0;
    return end;
}

/// The size of the value at the front of `text`; 0 when it is not plain.
std::size_t plain_size(std::string_view text) {
    if (text.empty()) return 0;
    switch (text.front()) {
        case '"': {
            const std::size_t quote = 1 + unescaped_size(text.substr(1));
            return quote < text.size() && text[quote] == '"' ? quote + 1 : 0;
        }
        case 't':
            return text.starts_with("true") ? 4 : 0;
        case 'f':
            return text.starts_with("false") ? 5 : 0;
        case 'n':
            return text.starts_with("null") ? 4 : 0;
        default:
            return plain_number_size(text);
    }
}

}  // namespace

std::optional<PlainEvent> read_plain_event(std::string_view text, const PacketLimits& limits) {
    if (!text.starts_with('2') || limits.json_depth == 0 || text.size() / 2 >= limits.json_values) {
        return std::nullopt;
    }
    PlainEvent event;
    event.nsp = "/";
    auto rest = text.substr(1);
    if (rest.starts_with('/')) {
        const auto comma = rest.find(',');
        if (comma == std::string_view::npos) return std::nullopt;
        event.nsp = rest.substr(0, comma);
        rest.remove_prefix(comma + 1);
    }
    if (!rest.empty() && is_digit(rest.front())) {
        std::uint64_t id = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), id);
        if (error != std::errc{} || id > limits::ack_id) return std::nullopt;
        event.id = id;
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    }
    if (!rest.starts_with("[\"")) return std::nullopt;
    rest.remove_prefix(1);
    const std::size_t name_size = plain_size(rest);
    if (name_size == 0) return std::nullopt;
    event.name = rest.substr(1, name_size - 2);
    if (is_reserved_event(event.name)) return std::nullopt;
    rest.remove_prefix(name_size);
    const auto arguments = rest.substr(std::min<std::size_t>(rest.size(), 1));
    while (rest.starts_with(',')) {
        const std::size_t size = plain_size(rest.substr(1));
        if (size == 0) return std::nullopt;
        rest.remove_prefix(1 + size);
        ++event.argument_count;
    }
    if (rest != "]") return std::nullopt;
    if (event.argument_count != 0) event.arguments = arguments.substr(0, arguments.size() - 1);
    return event;
}

}  // namespace holdfast::socketio
