// The WebSocket frame codec beside that of Boost.Beast, which shares no code with it: the same messages and
// the same verdict. Where the two differ on purpose:
//   - Beast takes the close codes from 5000 on, which no document gives a meaning, and refuses 1014, which is
//     registered (IANA WebSocket Close Code Number Registry).
//   - Beast delivers a text that ends in the middle of a character when the last fragment is empty; we refuse
//   it with 1007.
//   - Beast has no limit for the number of fragments.
//   - Beast looks at a header when all of it is there, we at each byte: so every stream ends in zeros enough
//   for a header.
//   - Beast tells no close code of its own choosing for a failure, and 0 for a close frame without a code.
#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <string>
#include <vector>

#include "holdfast/websocket/frame_decoder.hpp"
#include "holdfast/websocket/frame_encoder.hpp"
#include "holdfast/websocket/utf8.hpp"
#include "input.hpp"
#include "require.hpp"
#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

namespace beast = boost::beast;
using namespace holdfast::websocket;
using Events = std::vector<std::string>;

constexpr std::size_t message_bytes_most = 300;

constexpr std::string_view handshake =
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

Events through_beast(std::string_view stream) {
    Events events;
    boost::asio::io_context context;
    beast::test::stream client(context);
    beast::websocket::stream<beast::test::stream> server(context);
    server.next_layer().connect(client);
    boost::system::error_code error;
    client.write_some(boost::asio::buffer(handshake), error);
    server.read_message_max(message_bytes_most);
    server.accept(error);
    require(!error, "Beast accepts the handshake");
    server.control_callback([&](beast::websocket::frame_type kind, beast::string_view payload) {
        if (kind == beast::websocket::frame_type::ping) events.push_back("ping:" + std::string(payload));
        if (kind == beast::websocket::frame_type::pong) events.push_back("pong:" + std::string(payload));
    });
    if (!stream.empty()) client.write_some(boost::asio::buffer(stream), error);
    client.close();
    while (true) {
        beast::flat_buffer buffer;
        server.read(buffer, error);
        if (error) break;
        const auto data = buffer.cdata();
        const std::string_view message(static_cast<const char*>(data.data()), data.size());
        if (server.got_text() && !is_valid_utf8(message)) {
            events.emplace_back("failure");
            return events;
        }
        events.push_back((server.got_text() ? "text:" : "binary:") + std::string(message));
    }
    if (error == beast::websocket::error::closed) {
        const auto& reason = server.reason();
        events.push_back("close " + std::to_string(static_cast<unsigned>(reason.code)) + ":" +
                         std::string(reason.reason.data(), reason.reason.size()));
    } else if (error != boost::asio::error::eof && error != beast::test::error::test_failure) {
        events.emplace_back("failure");
    }
    return events;
}

class Recorder final : public FrameSink {
  public:
    Events events;
    /// The last close frame had a code on which the two differ.
    bool differs = false;

    void on_message(std::string_view data, bool binary) override { add(binary ? "binary:" : "text:", data); }
    void on_ping(std::string_view data) override { add("ping:", data); }
    void on_pong(std::string_view data) override { add("pong:", data); }
    void on_close(std::uint16_t code, std::string_view reason) override {
        differs = code == 1014;
        add("close " + std::to_string(code == close_code::none ? 0 : code) + ":", reason);
    }
    void on_failure(std::uint16_t /*code*/) override { events.emplace_back("failure"); }

  private:
    void add(std::string what, std::string_view data) { events.push_back(what.append(data)); }
};

// A close frame with a code from 5000 on, which only Beast takes: "close 5000:" or more.
bool is_code_of_beast(const std::string& event) {
    return event.starts_with("close ") && std::stoul(event.substr(6)) >= 5000;
}

// Frames from a script: right for the most part, so that there is something to agree on.
std::string make_stream(Script& script) {
    std::string stream;
    while (!script.empty()) {
        const auto first = script.byte();
        const auto spoil = script.byte();
        const auto payload = script.piece();
        const MaskKey key{script.byte(), 0x55, script.byte(), 0};
        const std::size_t begin = stream.size();
        append_client_frame(stream, static_cast<Opcode>(first & 0x0FU), payload, key, (first & 0x80U) != 0);
        if (spoil >= 0xF8) {
            auto& byte = stream[begin + (spoil & 1U)];
            byte = static_cast<char>(static_cast<unsigned char>(byte) ^ script.byte());
        }
    }
    return stream;
}

}  // namespace

void websocket_beast(Input input) {
    Script script(input);
    const bool raw = script.flag();
    Cuts cuts(script);
    std::string stream = raw ? std::string(script.rest()) : make_stream(script);
    stream.append(header_bytes_most, '\0');

    const DecoderSettings settings{.message_bytes = message_bytes_most, .message_fragments = 1'000'000};
    FrameDecoder decoder(settings);
    Recorder ours;
    for (const auto piece : cuts.apply(stream)) {
        std::vector<char> bytes(piece.begin(), piece.end());
        decoder.decode(bytes, ours);
    }
    auto beasts = through_beast(stream);
    if (!beasts.empty() && is_code_of_beast(beasts.back())) beasts.back() = "failure";
    if (ours.differs) ours.events.back() = "failure";
    require_same(ours.events, beasts, "our decoder (one) says what Beast (the other) says");
}

}  // namespace holdfast::fuzz
