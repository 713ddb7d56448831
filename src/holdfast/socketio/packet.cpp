#include "holdfast/socketio/packet.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "holdfast/socketio/json_text.hpp"

namespace holdfast::socketio {
namespace {

bool is_digit(char character) {
    return character >= '0' && character <= '9';
}

/// Takes the decimal number at the front of `rest`; nothing when it is over `most` or there are no digits.
std::optional<std::uint64_t> take_number(std::string_view& rest, std::uint64_t most) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error != std::errc{} || number > most) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return number;
}

/// Names go back to the client and into logs, so control characters and broken UTF-8 stay outside.
bool is_namespace_name(std::string_view name) {
    if (name.size() > limits::namespace_bytes) return false;
    for (std::size_t at = 0; at < name.size();) {
        const auto byte = static_cast<unsigned char>(name[at]);
        const std::size_t length = byte < 0x20 || byte == 0x7f ? 0 : character_length(name, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

/// Checks every placeholder below `value` and marks the attachments that are in use.
bool check_placeholders(const json::value& value, std::vector<bool>& used) {
    if (const auto* array = value.if_array()) {
        return std::all_of(array->begin(), array->end(),
                           [&](const json::value& element) { return check_placeholders(element, used); });
    }
    const auto* object = value.if_object();
    if (object == nullptr) return true;
    const auto* mark = object->if_contains("_placeholder");
    if (mark == nullptr || !mark->is_bool() || !mark->get_bool()) {
        return std::all_of(object->begin(), object->end(), [&](const json::key_value_pair& member) {
            return check_placeholders(member.value(), used);
        });
    }
    const auto* number = object->if_contains("num");
    if (number == nullptr || !number->is_int64()) return false;
    const std::int64_t index = number->get_int64();
    if (index < 0 || static_cast<std::uint64_t>(index) >= used.size()) return false;
    used[static_cast<std::size_t>(index)] = true;
    return true;
}

std::optional<PacketError> check_payload(PacketType type, const json::value& data) {
    switch (type) {
        case PacketType::connect:
            if (!data.is_object()) return PacketError::bad_payload;
            break;
        case PacketType::disconnect:
            return PacketError::bad_payload;
        case PacketType::connect_error:
            if (!data.is_object() && !data.is_string()) return PacketError::bad_payload;
            break;
        case PacketType::ack:
            if (!data.is_array()) return PacketError::bad_payload;
            break;
        case PacketType::event: {
            const auto* elements = data.if_array();
            if (elements == nullptr || elements->empty()) return PacketError::bad_payload;
            const auto& name = elements->front();
            if (!name.is_string() && !name.is_number()) return PacketError::bad_payload;
            if (name.is_string() && is_reserved_event(name.get_string())) {
                return PacketError::reserved_event_name;
            }
            break;
        }
    }
    return std::nullopt;
}

struct Header {
    PacketType type = PacketType::event;
    bool binary = false;
};

std::optional<Header> header_of(char digit) {
    switch (digit) {
        case '0':
            return Header{PacketType::connect, false};
        case '1':
            return Header{PacketType::disconnect, false};
        case '2':
            return Header{PacketType::event, false};
        case '3':
            return Header{PacketType::ack, false};
        case '4':
            return Header{PacketType::connect_error, false};
        case '5':
            return Header{PacketType::event, true};
        case '6':
            return Header{PacketType::ack, true};
        default:
            return std::nullopt;
    }
}

/// Decodes the text of a packet; `attachment_count` says how many attachments are to follow.
Result<Packet, PacketError> decode_text(std::string_view rest, const PacketLimits& limits,
                                        std::size_t& attachment_count) {
    attachment_count = 0;
    if (rest.empty()) return failure(PacketError::empty);
    const auto header = header_of(rest.front());
    if (!header) return failure(PacketError::unknown_type);
    rest.remove_prefix(1);

    Packet packet;
    packet.type = header->type;
    if (header->binary) {
        const auto count = take_number(rest, UINT64_MAX);
        if (!count || *count == 0 || !rest.starts_with('-'))
            return failure(PacketError::bad_attachment_count);
        if (*count > limits.attachments) return failure(PacketError::too_many_attachments);
        attachment_count = static_cast<std::size_t>(*count);
        rest.remove_prefix(1);
    }
    if (rest.starts_with('/')) {
        const auto comma = rest.find(',');
        const auto name = rest.substr(0, comma);
        if (!is_namespace_name(name)) return failure(PacketError::bad_namespace);
        packet.nsp = name;
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    if (!rest.empty() && is_digit(rest.front())) {
        packet.id = take_number(rest, limits::ack_id);
        if (!packet.id) return failure(PacketError::bad_ack_id);
    }
    if (!rest.empty()) {
        auto data = read_json(rest, limits.json_depth, limits.json_values);
        if (!data) return failure(PacketError::bad_json);
        if (const auto error = check_payload(packet.type, *data)) return failure(*error);
        packet.data = std::move(*data);
    }
    if (attachment_count > 0) {
        std::vector<bool> used(attachment_count);
        const bool all_used = check_placeholders(packet.data, used) &&
                              std::all_of(used.begin(), used.end(), [](bool one) { return one; });
        if (!all_used) return failure(PacketError::bad_placeholder);
    }
    return packet;
}

void append_decimal(std::string& text, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

void append_header(std::string& text, PacketType type, std::string_view nsp, std::optional<std::uint64_t> id,
                   std::size_t attachment_count) {
    if (attachment_count > 0) {
        text += type == PacketType::event ? '5' : '6';
        append_decimal(text, attachment_count);
        text += '-';
    } else {
        text += static_cast<char>('0' + static_cast<int>(type));
    }
    if (nsp != "/") {
        text += nsp;
        text += ',';
    }
    if (id) append_decimal(text, *id);
}

}  // namespace

PacketDecoder::Answer PacketDecoder::add_text(std::string_view text, const PacketLimits& limits) {
    if (pending_) return failure(PacketError::unexpected_text);
    std::size_t attachment_count = 0;
    auto packet = decode_text(text, limits, attachment_count);
    if (!packet) return failure(packet.error());
    if (attachment_count == 0) return std::optional<Packet>(std::move(*packet));
    pending_ = std::make_unique<Pending>(Pending{std::move(*packet), attachment_count});
    return std::optional<Packet>();
}

PacketDecoder::Answer PacketDecoder::add_binary(std::string_view bytes) {
    if (!pending_) return failure(PacketError::unexpected_binary);
    pending_->packet.attachments.emplace_back(bytes);
    if (--pending_->missing > 0) return std::optional<Packet>();
    auto packet = std::move(pending_->packet);
    pending_.reset();
    return std::optional<Packet>(std::move(packet));
}

std::string encode_packet(const Packet& packet) {
    std::string text;
    append_header(text, packet.type, packet.nsp, packet.id, packet.attachments.size());
    if (!packet.data.is_null()) append_json(text, packet.data);
    return text;
}

void append_event_text(std::string& text, std::string_view nsp, std::optional<std::uint64_t> id,
                       std::string_view name, const json::array& arguments, std::size_t attachment_count) {
    append_header(text, PacketType::event, nsp, id, attachment_count);
    text += '[';
    append_json_string(text, name);
    for (const auto& argument : arguments) {
        text += ',';
        append_json(text, argument);
    }
    text += ']';
}

void append_event_text(std::string& text, std::string_view nsp, std::optional<std::uint64_t> id,
                       std::string_view name, const EventArguments& arguments, std::size_t attachment_count) {
    if (!arguments.is_plain()) {
        append_event_text(text, nsp, id, name, arguments.values(), attachment_count);
        return;
    }
    append_header(text, PacketType::event, nsp, id, attachment_count);
    text += '[';
    append_json_string(text, name);
    text += ',';
    text += arguments.plain_text();
    text += ']';
}

void append_ack_text(std::string& text, std::string_view nsp, std::uint64_t id, const json::array& arguments,
                     std::size_t attachment_count) {
    append_header(text, PacketType::ack, nsp, id, attachment_count);
    char separator = '[';
    for (const auto& argument : arguments) {
        text += separator;
        append_json(text, argument);
        separator = ',';
    }
    text += arguments.empty() ? "[]" : "]";
}

void append_ack_text(std::string& text, std::string_view nsp, std::uint64_t id,
                     const EventArguments& arguments, std::size_t attachment_count) {
    if (!arguments.is_plain()) {
        append_ack_text(text, nsp, id, arguments.values(), attachment_count);
        return;
    }
    append_header(text, PacketType::ack, nsp, id, attachment_count);
    text += '[';
    text += arguments.plain_text();
    text += ']';
}

bool is_reserved_event(std::string_view name) {
    constexpr std::array<std::string_view, 6> reserved = {"connect",       "connect_error", "disconnect",
                                                          "disconnecting", "newListener",   "removeListener"};
    return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

std::string_view to_string(PacketError error) {
    switch (error) {
        case PacketError::empty:
            return "empty packet";
        case PacketError::unknown_type:
            return "unknown packet type";
        case PacketError::bad_attachment_count:
            return "bad attachment count";
        case PacketError::too_many_attachments:
            return "too many attachments";
        case PacketError::bad_namespace:
            return "bad namespace";
        case PacketError::bad_ack_id:
            return "bad ack id";
        case PacketError::bad_json:
            return "bad JSON";
        case PacketError::bad_payload:
            return "bad payload";
        case PacketError::reserved_event_name:
            return "reserved event name";
        case PacketError::bad_placeholder:
            return "bad placeholder";
        case PacketError::unexpected_text:
            return "text while attachments are due";
        case PacketError::unexpected_binary:
            return "binary that was not announced";
    }
    return "unknown error";
}

}  // namespace holdfast::socketio
