#include "holdfast/bench/packet.hpp"

#include <array>
#include <charconv>

namespace holdfast::bench {

namespace {

PacketKind kind_of_socketio(char type) {
    switch (type) {
        case '0':
            return PacketKind::connect;
        case '1':
            return PacketKind::disconnect;
        case '2':
            return PacketKind::event;
        case '3':
            return PacketKind::ack;
        case '4':
            return PacketKind::connect_error;
        default:
            return PacketKind::other;
    }
}

Packet read_socketio(std::string_view text) {
    if (text.empty()) return {};
    Packet packet;
    packet.kind = kind_of_socketio(text.front());
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '/') {
        const std::size_t comma = text.find(',');
        packet.name_space = text.substr(0, comma);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error == std::errc()) {
        packet.id = id;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    }
    packet.body = text;
    return packet;
}

}  // namespace

Packet read_packet(std::string_view message) {
    if (message.empty()) return {};
    const std::string_view rest = message.substr(1);
    Packet packet;
    packet.body = rest;
    switch (message.front()) {
        case '0':
            packet.kind = PacketKind::open;
            return packet;
        case '1':
            packet.kind = PacketKind::close;
            return packet;
        case '2':
            packet.kind = PacketKind::ping;
            return packet;
        case '4':
            return read_socketio(rest);
        default:
            return packet;
    }
}

std::string name_space_prefix(std::string_view name_space) {
    if (name_space.empty() || name_space == "/") return {};
    return (name_space.front() == '/' ? "" : "/") + std::string(name_space) + ",";
}

std::string_view event_name(std::string_view body) {
    if (!body.starts_with("[\"")) return {};
    body.remove_prefix(2);
    const std::size_t end = body.find('"');
    return end == std::string_view::npos ? std::string_view() : body.substr(0, end);
}

void append_event(std::string& out, std::string_view prefix, std::optional<std::uint64_t> id,
                  std::string_view event, std::string_view argument) {
    out.append("42").append(prefix);
    if (id) {
        std::array<char, 20> digits{};
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), *id);
        out.append(digits.data(), end);
    }
    out.append("[\"").append(event).push_back('"');
    if (!argument.empty()) out.append(",").append(argument);
    out.push_back(']');
}

}  // namespace holdfast::bench
