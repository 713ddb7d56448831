// Socket.IO packets: what is taken can be written and is then the same, attachments come together in whatever
// order they are named, limits hold, and after an error nothing is left waiting.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/packet.hpp"
#include "holdfast/socketio/plain_event.hpp"
#include "holdfast/websocket/utf8.hpp"
#include "input.hpp"
#include "json_values.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::socketio;

// Gives a packet's text and attachments to a decoder; it must be taken.
Packet decode(std::string_view text, const std::vector<std::string>& attachments,
              const PacketLimits& limits) {
    PacketDecoder decoder;
    auto answer = decoder.add_text(text, limits);
    require(answer.has_value(), "what was written can be read", text);
    for (const auto& attachment : attachments) {
        require(!answer->has_value() && decoder.waiting(), "a packet waits for its attachments");
        answer = decoder.add_binary(attachment);
        require(answer.has_value(), "an attachment that was announced is taken");
    }
    require(answer->has_value() && !decoder.waiting(), "a packet is there with its last attachment");
    return std::move(**answer);
}

void require_same_packet(const Packet& one, const Packet& other, std::string_view text) {
    require(one.type == other.type && one.nsp == other.nsp && one.id == other.id, "the same packet", text);
    require(one.attachments == other.attachments, "the same attachments", text);
    require(same_json(one.data, other.data), "the same data", text);
}

// Where a placeholder stands, there is an attachment for it.
void check_placeholders(const json::value& value, std::vector<bool>& named) {
    if (const auto* array = value.if_array()) {
        for (const auto& element : *array)
            check_placeholders(element, named);
    }
    const auto* object = value.if_object();
    if (object == nullptr) return;
    const auto* mark = object->if_contains("_placeholder");
    if (mark != nullptr && *mark == json::value(true)) {
        const auto* number = object->if_contains("num");
        require(number != nullptr && number->is_int64() && number->get_int64() >= 0 &&
                    static_cast<std::uint64_t>(number->get_int64()) < named.size(),
                "a placeholder names an attachment that is there");
        named[static_cast<std::size_t>(number->get_int64())] = true;
        return;
    }
    for (const auto& member : *object)
        check_placeholders(member.value(), named);
}

// What is understood without values is what the codec reads, and what it would write.
void check_plain_event(std::string_view text, const PacketLimits& limits) {
    const auto event = read_plain_event(text, limits);
    PacketDecoder decoder;
    // The name of the namespace is not checked: nobody is in one with another name.
    if (!event || decoder.add_text(text, limits) == failure(PacketError::bad_namespace)) return;
    const Packet packet = decode(text, {}, limits);
    require(packet.type == PacketType::event && packet.nsp == event->nsp && packet.id == event->id,
            "a plain event is the same packet", text);
    json::array elements = packet.data.as_array();
    require(elements.front() == json::value(event->name), "a plain event has the same name", text);
    elements.erase(elements.begin());
    std::string written;
    append_json(written, elements);
    require(written == "[" + std::string(event->arguments) + "]", "plain arguments are as written", text);
    require(EventArguments(event->arguments, event->argument_count).values() == elements,
            "plain arguments have the same values", text);
}

void check_packet(const Packet& packet, const PacketLimits& limits) {
    require(packet.attachments.size() <= limits.attachments, "the limit of attachments holds");
    require(depth_of(packet.data) <= limits.json_depth, "the limit of depth holds");
    require(!packet.id || *packet.id <= limits::ack_id, "an ack id is a number that JavaScript has");
    require(packet.nsp.starts_with('/') && packet.nsp.find(',') == std::string::npos &&
                websocket::is_valid_utf8(packet.nsp) && packet.nsp.size() <= limits::namespace_bytes,
            "a namespace has a name that may go back to the client");
    if (packet.type == PacketType::event && !packet.data.is_null()) {
        const auto& name = packet.data.get_array().at(0);
        require(name.is_number() || (name.is_string() && !is_reserved_event(name.get_string())),
                "an event has a name");
    }
    if (!packet.attachments.empty()) {
        std::vector<bool> named(packet.attachments.size());
        check_placeholders(packet.data, named);
        require(std::ranges::find(named, false) == named.end(), "each attachment is named");
    }
    const auto text = encode_packet(packet);
    require_same_packet(packet, decode(text, packet.attachments, limits), text);
}

// What one connection sends: texts and binaries in any order.
void check_stream(Script& script) {
    PacketLimits limits;
    limits.attachments = 1 + script.below(10);
    limits.json_depth = 1 + script.below(32);
    PacketDecoder decoder;
    while (!script.empty()) {
        const bool binary = script.byte() >= 200;
        const auto data = script.piece();
        const bool waiting = decoder.waiting();
        if (!binary) check_plain_event(data, limits);
        const auto answer = binary ? decoder.add_binary(data) : decoder.add_text(data, limits);
        require(binary == waiting || !answer || !binary, "binary is taken only when it is due");
        if (!answer) {
            require(!to_string(answer.error()).empty(), "an error has a name");
            require(waiting == (answer.error() == PacketError::unexpected_text),
                    "text while binary is due is an error");
            return;
        }
        require(decoder.waiting() != answer->has_value(), "a packet is there, or more is waited for");
        if (*answer) check_packet(**answer, limits);
    }
}

// A packet from a script, with its attachments named in any order, then through the wire.
void check_made(Script& script) {
    const PacketLimits limits;
    constexpr PacketType types[] = {PacketType::event,   PacketType::event,      PacketType::ack,
                                    PacketType::connect, PacketType::disconnect, PacketType::connect_error};
    Packet packet;
    packet.type = types[script.below(6)];
    for (const char c : script.take(script.below(12))) {
        packet.nsp += c >= '0' && c < 0x7F ? c : '-';
    }
    if (packet.type == PacketType::connect || packet.type == PacketType::connect_error) {
        packet.data = boost::json::object{{"key", as_written(make_json(script, 10))}};
    }
    if (packet.type == PacketType::event || packet.type == PacketType::ack) {
        if (script.flag()) packet.id = script.number() >> 11U;
        boost::json::array elements;
        if (packet.type == PacketType::event)
            elements.push_back(as_written(json::value("e" + std::string(script.piece()))));
        const std::size_t count = script.below(11);
        for (std::size_t i = 0; i < count; ++i)
            packet.attachments.emplace_back(script.piece());
        // Each attachment once, beginning somewhere and in either direction, maybe deep inside.
        const std::size_t first = count == 0 ? 0 : script.below(count);
        const bool backwards = script.flag();
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t index = (backwards ? count - i + first : first + i) % count;
            json::value place = json::object{{"_placeholder", true}, {"num", index}};
            for (std::size_t depth = script.below(10); depth > 0; --depth) {
                place = depth % 2 == 0 ? json::value(json::array{std::move(place)})
                                       : json::value(json::object{{"in", std::move(place)}});
            }
            elements.push_back(std::move(place));
        }
        json::value extra = as_written(make_json(script, 10));
        // It could name an attachment that is not there.
        std::string text;
        append_json(text, extra);
        if (text.find("_placeholder") == std::string::npos) elements.push_back(std::move(extra));
        packet.data = std::move(elements);
    }
    const auto text = encode_packet(packet);
    require_same_packet(packet, decode(text, packet.attachments, limits), text);
}

}  // namespace

void socketio_packets(Input input) {
    Script script(input);
    if (script.byte() % 2 == 0) {
        check_stream(script);
    } else {
        check_made(script);
    }
}

}  // namespace holdfast::fuzz
