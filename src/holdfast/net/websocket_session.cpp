#include "holdfast/net/websocket_session.hpp"

#include <utility>

#include "holdfast/net/net_thread.hpp"
#include "holdfast/websocket/frame_encoder.hpp"

namespace holdfast::net {

WebSocketSession::WebSocketSession(Connection& connection, engineio::WebSocketId id, int window_bits)
    : connection_(connection),
      id_(id),
      decoder_(connection.thread().shared().decoder_settings),
      window_bits_(static_cast<std::uint8_t>(window_bits)) {}

void WebSocketSession::on_bytes(std::span<char> bytes) {
    decoder_.decode(bytes, *this);
}

void WebSocketSession::on_flushed() {
    if (!over_) connection_.thread().application().on_websocket_drained(id_, connection_.thread().now());
}

void WebSocketSession::on_lost(bool error) {
    decoder_.stop();
    report_closed(error);
}

void WebSocketSession::on_deadline(DeadlineKind /*kind*/) {}

void WebSocketSession::on_drain() {}

void WebSocketSession::report_closed(bool error) {
    if (std::exchange(over_, true)) return;
    connection_.thread().application().on_websocket_closed(id_, error, connection_.thread().now());
}

void WebSocketSession::send_frames(std::shared_ptr<const std::string> frames) {
    const char* const data = frames->data();
    const std::size_t size = frames->size();
    connection_.send_limited(Output{std::move(frames), data, size});
}

void WebSocketSession::send_message(engineio::MessagePointer message) {
    const auto& compression = connection_.thread().settings().websocket_compression;
    const bool compress = message->may_be_compressed() && compresses(message->largest_payload_bytes());
    if (compress && window_bits_ < compression.window_bits) {
        // A client that asked for a smaller window than the others gets frames of its own.
        send_frames(std::make_shared<const std::string>(compressed_frames(*message)));
        return;
    }
    const std::string& frames = compress
                                    ? message->other_frames([this](const engineio::OutgoingMessage& plain) {
                                          return compressed_frames(plain);
                                      })
                                    : message->websocket_frames();
    connection_.send_limited(Output{std::move(message), frames.data(), frames.size()});
}

void WebSocketSession::send_text(std::string_view text) {
    if (compresses(text.size() + 1)) {
        send_message(std::make_shared<const engineio::OutgoingMessage>(text));
        return;
    }
    // The header, and the type of the Engine.IO packet behind it.
    auto head = websocket::encode_header(websocket::Opcode::text, text.size() + 1);
    head.bytes[head.size++] = '4';
    connection_.send_copy_limited(head.view(), text);
}

bool WebSocketSession::compresses(std::size_t payload_bytes) const {
    return window_bits_ != 0 &&
           payload_bytes >= connection_.thread().settings().websocket_compression.threshold_bytes;
}

std::string WebSocketSession::compressed_frames(const engineio::OutgoingMessage& message) const {
    NetThread& thread = connection_.thread();
    const std::size_t threshold_bytes = thread.settings().websocket_compression.threshold_bytes;
    std::string frames;
    const auto append = [&](websocket::Opcode opcode, std::string_view payload) {
        thread.deflater().append_server_frame(frames, opcode, payload, window_bits_, threshold_bytes);
    };
    if (message.has_text()) {
        std::string text("4");
        text.append(message.text());
        append(websocket::Opcode::text, text);
    }
    for (const std::string& attachment : message.attachments())
        append(websocket::Opcode::binary, attachment);
    return frames;
}

websocket::Inflater* WebSocketSession::inflater() {
    return window_bits_ == 0 ? nullptr : &connection_.thread().inflater();
}

void WebSocketSession::close(std::uint16_t code) {
    if (std::exchange(over_, true)) return;
    decoder_.stop();
    if (code != 0) connection_.send(websocket::server_close_frame(code));
    connection_.close_after_flush();
    // Perhaps it is closed because it does not read: then its queue must not stay for long.
    connection_.set_deadline(DeadlineKind::body);
}

void WebSocketSession::on_message(std::string_view data, bool binary) {
    connection_.thread().application().on_websocket_message(id_, data, binary, connection_.thread().now());
}

void WebSocketSession::on_ping(std::string_view data) {
    auto pong = std::make_shared<std::string>();
    websocket::append_server_frame(*pong, websocket::Opcode::pong, data);
    send_frames(std::move(pong));
}

void WebSocketSession::on_pong(std::string_view /*data*/) {}

void WebSocketSession::on_close(std::uint16_t code, std::string_view /*reason*/) {
    // The same code goes back (RFC 6455 section 5.5.1); a frame without a code is answered without one.
    connection_.send(websocket::server_close_frame(code));
    connection_.close_after_flush();
    report_closed(false);
}

void WebSocketSession::on_failure(std::uint16_t code) {
    NetThread& thread = connection_.thread();
    thread.count(Counter::websocket_failures);
    if (code == websocket::close_code::bad_text) thread.count(Counter::websocket_bad_text);
    if (code == websocket::close_code::too_big) thread.count(Counter::websocket_too_big);
    if (code == websocket::close_code::policy_violation) thread.count(Counter::websocket_too_many_fragments);
    connection_.send(websocket::server_close_frame(code));
    connection_.close_after_flush();
    report_closed(true);
}

}  // namespace holdfast::net
