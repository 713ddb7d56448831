// Engine.IO packets and polling payloads: what is taken apart is what was put together, sizes are told right,
// and the checks of UTF-8 in three layers agree.
#include <string>
#include <vector>

#include "holdfast/base/crypto.hpp"
#include "holdfast/engineio/http.hpp"
#include "holdfast/engineio/payload.hpp"
#include "holdfast/engineio/websocket_frame.hpp"
#include "holdfast/socketio/json_text.hpp"
#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/utf8.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

using namespace holdfast::engineio;

std::vector<std::string_view> packets_of(std::string_view payload) {
    std::vector<std::string_view> packets;
    PayloadReader reader(payload);
    while (const auto packet = reader.next())
        packets.push_back(*packet);
    return packets;
}

void check_payload(std::string_view payload) {
    std::string joined;
    const auto packets = packets_of(payload);
    require(!packets.empty(), "a payload has at least one packet");
    for (const auto& text : packets) {
        if (&text != packets.data()) joined.push_back(packet_separator);
        joined += text;
        const auto packet = decode_packet(text);
        if (!packet) {
            require((packet.error() == PacketError::empty) == text.empty(),
                    "only an empty packet is called empty");
            continue;
        }
        if (packet->binary) {
            require(packet->type == PacketType::message && text.front() == 'b', "binary is a message");
            // Padding may be missing and bits may be left over, so the bytes are compared and not the text.
            const auto again = decode_packet("b" + base64_encode(packet->data()));
            require(again && again->decoded == packet->decoded, "bytes survive base64");
        } else {
            std::string again(1, static_cast<char>('0' + static_cast<int>(packet->type)));
            require(again.append(packet->data()) == text, "a packet is its type and its text");
        }
    }
    require(joined == payload, "the packets make up the payload");
}

void check_utf8(std::string_view text, Cuts& cuts) {
    const bool valid = is_utf8(text);
    require(websocket::is_valid_utf8(text) == valid, "Engine.IO and WebSocket call the same texts UTF-8");
    websocket::Utf8Validator validator;
    bool valid_in_pieces = true;
    for (const auto piece : cuts.apply(text)) {
        if (!validator.feed(piece)) {
            valid_in_pieces = false;
            break;
        }
    }
    require((valid_in_pieces && validator.complete()) == valid, "a text is UTF-8 in pieces as well");
    std::size_t at = 0;
    while (at < text.size()) {
        const auto length = socketio::character_length(text, at);
        if (length == 0) break;
        at += length;
    }
    require((at == text.size()) == valid, "Socket.IO calls the same texts UTF-8");
}

// The frames of a message, taken apart by the decoder of a client.
class Frames final : public websocket::FrameSink {
  public:
    std::vector<std::string> received;
    void on_message(std::string_view data, bool binary) override {
        received.push_back((binary ? "binary:" : "text:") + std::string(data));
    }
    void on_ping(std::string_view /*data*/) override { fail("a message has no ping"); }
    void on_pong(std::string_view /*data*/) override { fail("a message has no pong"); }
    void on_close(std::uint16_t /*code*/, std::string_view /*reason*/) override {
        fail("a message has no close");
    }
    void on_failure(std::uint16_t /*code*/) override { fail("the frames of a message are right"); }
};

std::vector<std::string> frames_in(std::string bytes) {
    const websocket::DecoderSettings settings{.expect_masked = false};
    websocket::FrameDecoder decoder(settings);
    Frames frames;
    decoder.decode(bytes, frames);
    require(decoder.held_bytes() == 0, "the frames of a message are whole");
    return frames.received;
}

void check_messages(Script& script) {
    std::string payload;
    std::vector<std::string> packets;
    while (!script.empty() && payload.size() < 200'000) {
        const auto what = script.byte();
        std::string text(script.piece());
        if (what % 16 == 3) text.append(std::size_t{script.word()}, 'y');
        std::vector<std::string> attachments;
        for (std::size_t count = what / 16U % 4U; count > 0; --count)
            attachments.emplace_back(script.piece());
        if (what % 4 == 0) {
            append_packet(payload, PacketType::ping);
            packets.emplace_back("2");
            continue;
        }
        // A separator in a text cannot be sent over polling; JSON never holds one.
        for (char& c : text) {
            if (c == packet_separator) c = '.';
        }
        if (!is_utf8(text)) text.clear();
        const auto message =
            what % 4 == 1 ? OutgoingMessage::binary(text) : OutgoingMessage(text, std::move(attachments));
        std::string alone;
        append_message(alone, message);
        require(alone.size() == payload_bytes(message), "the size of a payload is told right");
        append_message(payload, message);

        std::vector<std::string> in_frames;
        std::vector<std::string> in_text_frames;
        std::size_t largest = 0;
        if (message.has_text()) {
            require(message.text() == text, "a message keeps its text");
            packets.push_back("4" + text);
            in_frames.push_back("text:4" + text);
            in_text_frames.push_back("text:4" + text);
            largest = text.size() + 1;
        }
        for (const auto& attachment : message.attachments()) {
            packets.push_back("b" + base64_encode(attachment));
            in_frames.push_back("binary:" + attachment);
            in_text_frames.push_back("text:b" + base64_encode(attachment));
            largest = std::max(largest, attachment.size());
        }
        require_same(frames_in(message.websocket_frames()), in_frames, "the frames of a message hold it");
        require_same(frames_in(frames_without_binary(message)), in_text_frames,
                     "also when binary goes as text");
        require(message.size_bytes() == message.websocket_frames().size(),
                "a message has the size of its frames");
        require(message.largest_payload_bytes() == largest, "the largest payload is told right");
    }
    if (packets.empty()) return;
    const auto read = packets_of(payload);
    require_same({read.begin(), read.end()}, packets, "what is put into a payload comes out of it");
}

void check_query(std::string_view query) {
    HttpRequest request;
    request.query = query;
    request.headers = {{"Cookie", query}, {"cookie", "a=b"}};
    for (const auto* name : {"sid", "transport", "EIO", ""}) {
        const auto value = request.parameter(name);
        require(!value || value->size() <= query.size(),
                "a parameter is not longer than what it was decoded from");
        require(request.cookie(name).size() <= query.size() + 1, "a cookie is a part of what was sent");
    }
}

}  // namespace

void engine_packets(Input input) {
    Script script(input);
    const auto mode = script.byte();
    if (mode % 4 == 3) {
        check_messages(script);
        return;
    }
    Cuts cuts(script);
    const auto text = script.rest();
    check_payload(text);
    check_utf8(text, cuts);
    check_query(text);
    require(base64_decode(base64_encode(text)) == text, "base64 and back");
    require(base64url_decode(base64url_encode(text)) == text, "base64url and back");
    if (const auto bytes = base64url_decode(text)) {
        require(base64url_encode(*bytes) == text, "there is one base64url text for given bytes");
    }
}

}  // namespace holdfast::fuzz
