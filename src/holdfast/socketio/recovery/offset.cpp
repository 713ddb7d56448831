#include "holdfast/socketio/recovery/offset.hpp"

#include <algorithm>
#include <charconv>

namespace holdfast::socketio {
namespace {

constexpr std::size_t log_id_size = 6;

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

bool is_base64url(char character) {
    return is_digit(character) || (character >= 'a' && character <= 'z') ||
           (character >= 'A' && character <= 'Z') || character == '-' || character == '_';
}

void skip_digits(std::string_view& text) {
    while (!text.empty() && is_digit(text.front()))
        text.remove_prefix(1);
}

}  // namespace

std::string write_offset(std::string_view log_id, LogPosition position) {
    std::string text(log_id);
    text += '.';
    text += std::to_string(position);
    return text;
}

std::optional<Offset> read_offset(std::string_view text) {
    if (text.size() < log_id_size + 2 || text[log_id_size] != '.') return std::nullopt;
    Offset offset{text.substr(0, log_id_size), 0};
    if (!std::all_of(offset.log_id.begin(), offset.log_id.end(), is_base64url)) return std::nullopt;
    const auto digits = text.substr(log_id_size + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), offset.position);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    if (digits != std::to_string(offset.position)) return std::nullopt;
    return offset;
}

std::optional<std::size_t> event_elements(std::string_view text) {
    auto rest = text;
    if (rest.empty() || (rest.front() != '2' && rest.front() != '5')) return std::nullopt;
    const bool binary = rest.front() == '5';
    rest.remove_prefix(1);
    if (binary) {
        skip_digits(rest);
        if (!rest.starts_with('-')) return std::nullopt;
        rest.remove_prefix(1);
    }
    if (rest.starts_with('/')) {
        const auto comma = rest.find(',');
        if (comma == std::string_view::npos) return std::nullopt;
        rest.remove_prefix(comma + 1);
    }
    if (!rest.starts_with('[') || !rest.ends_with(']') || rest.size() < 3) return std::nullopt;
    return text.size() - rest.size() + 1;
}

bool ends_with_string(std::string_view text) {
    return text.size() >= 2 && text[text.size() - 2] == '"';
}

engineio::MessagePointer with_offset(const engineio::OutgoingMessage& packet, std::string_view offset) {
    const auto text = packet.text();
    std::string longer;
    longer.reserve(text.size() + offset.size() + 3);
    longer.append(text, 0, text.size() - 1);
    longer += ",\"";
    longer += offset;
    longer += "\"]";
    auto sent = std::make_shared<engineio::OutgoingMessage>(longer, packet.attachments());
    if (!packet.may_be_compressed()) sent->leave_uncompressed();
    return sent;
}

}  // namespace holdfast::socketio
