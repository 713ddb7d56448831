// permessage-deflate over sockets; the codec itself is tested in the websocket layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/websocket/deflate.hpp"
#include "holdfast/websocket/frame_recorder.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;
using websocket::Opcode;
using websocket::testing::client_frame;
using websocket::testing::FrameRecorder;
using namespace std::string_literals;

constexpr const char* agreed =
    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover";

std::string upgrade(const std::string& extensions) {
    return "GET /socket.io/ HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
           extensions + "\r\n";
}
const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";

ServerSettings compressing() {
    ServerSettings settings;
    settings.websocket_compression.enabled = true;
    return settings;
}

void echo(WebSocketConnection& connection, std::string_view data, bool binary) {
    connection.send_message(binary ? std::make_shared<const engineio::OutgoingMessage>(
                                         engineio::OutgoingMessage::binary(std::string(data)))
                                   : std::make_shared<const engineio::OutgoingMessage>(data));
}

std::string compressed_frame(Opcode opcode, std::string_view message) {
    websocket::Deflater deflater;
    auto frame = client_frame(opcode, deflater.deflate(message, 15).value());
    frame[0] = static_cast<char>(static_cast<unsigned char>(frame[0]) | 0x40U);
    return frame;
}

/// The frames of the server, decompressed.
class Reader final : public websocket::FrameSink {
  public:
    std::string next(Client& client) {
        while (inner_.events.empty()) {
            auto bytes = client.receive_exactly(1);
            if (bytes.empty()) return "end";
            decoder_.decode({bytes.data(), 1}, *this);
        }
        auto event = inner_.events.front();
        inner_.events.erase(inner_.events.begin());
        return event;
    }
    void on_message(std::string_view data, bool binary) override { inner_.on_message(data, binary); }
    void on_ping(std::string_view data) override { inner_.on_ping(data); }
    void on_pong(std::string_view data) override { inner_.on_pong(data); }
    void on_close(std::uint16_t code, std::string_view reason) override { inner_.on_close(code, reason); }
    void on_failure(std::uint16_t code) override { inner_.on_failure(code); }
    websocket::Inflater* inflater() override { return &inflater_; }

  private:
    websocket::DecoderSettings settings_{.message_bytes = 10'000'000, .expect_masked = false};
    websocket::FrameDecoder decoder_{settings_};
    websocket::Inflater inflater_;
    FrameRecorder inner_;
};

TEST(WebSocketCompression, IsOffUnlessItIsTurnedOnAndAskedFor) {
    TestServer off;
    off.start();
    Client plain(off.port());
    plain.send(upgrade(offer));
    EXPECT_THAT(plain.receive_response(true), Not(HasSubstr("Sec-WebSocket-Extensions")));

    TestServer on(compressing());
    on.script.on_message = echo;
    on.start();
    Client unaware(on.port());
    unaware.send(upgrade("") + client_frame(Opcode::text, std::string(5000, 'x')));
    EXPECT_THAT(unaware.receive_response(true), Not(HasSubstr("Sec-WebSocket-Extensions")));
    EXPECT_EQ(static_cast<unsigned char>(unaware.receive_exactly(1)[0]), 0x81U) << "not compressed";
    EXPECT_EQ(on.server().counters().websockets_compressed, 0U);
}

TEST(WebSocketCompression, EchoesWhatWasCompressedAndCompressesWhatPays) {
    TestServer server(compressing());
    server.script.on_message = echo;
    server.start();
    Client client(server.port());
    client.send(upgrade(offer));
    EXPECT_THAT(client.receive_response(true), HasSubstr(std::string(agreed) + "\r\n"));
    Reader reader;
    const std::string large(100'000, 'x');
    client.send(compressed_frame(Opcode::text, large) + compressed_frame(Opcode::binary, large) +
                client_frame(Opcode::text, "plain"));
    EXPECT_EQ(reader.next(client), "text:4" + large);
    EXPECT_EQ(reader.next(client), "binary:" + large);
    EXPECT_EQ(reader.next(client), "text:4plain");
    EXPECT_LT(server.server().counters().bytes_out, 2'000U);
    EXPECT_EQ(server.server().counters().websockets_compressed, 1U);
}

TEST(WebSocketCompression, OffersInSeveralHeadersAreOneList) {
    TestServer server(compressing());
    server.start();
    Client client(server.port());
    client.send(
        upgrade("Sec-WebSocket-Extensions: foo; bar\r\nX: y\r\n"
                "sec-websocket-extensions: permessage-deflate; server_max_window_bits=10\r\n"));
    EXPECT_THAT(client.receive_response(true), HasSubstr("; server_max_window_bits=10\r\n"));
    Client broken(server.port());
    broken.send(upgrade("Sec-WebSocket-Extensions: permessage-deflate; =\r\n"));
    EXPECT_EQ(status_of(broken.receive_all()), 400U);
    EXPECT_EQ(server.server().counters().requests_malformed, 1U);
}

TEST(WebSocketCompression, ABombIsClosedWith1009AndBrokenDataWith1007) {
    TestServer server(compressing());
    server.start();
    Client bomb(server.port());
    bomb.send(upgrade(offer) + compressed_frame(Opcode::binary, std::string(100'000'000, '\0')));
    EXPECT_EQ(status_of(bomb.receive_response(true)), 101U);
    Reader of_bomb;
    EXPECT_EQ(of_bomb.next(bomb), "close 1009:");
    auto broken = client_frame(Opcode::binary, "\xFF\xFF\xFF");
    broken[0] = static_cast<char>(static_cast<unsigned char>(broken[0]) | 0x40U);
    Client second(server.port());
    second.send(upgrade(offer) + broken);
    EXPECT_EQ(status_of(second.receive_response(true)), 101U);
    Reader of_second;
    EXPECT_EQ(of_second.next(second), "close 1007:");
    EXPECT_EQ(server.server().counters().websocket_too_big, 1U);
    EXPECT_EQ(server.server().counters().websocket_bad_text, 1U);
    EXPECT_EQ(server.script.journal.count("closed with error"), 2U);
}

TEST(WebSocketCompression, AMessageToManyIsCompressedOnceWhateverTheyAgreedOn) {
    const auto message = std::make_shared<const engineio::OutgoingMessage>(std::string(5000, 'y'));
    TestServer server(compressing());
    server.script.on_message = [&](WebSocketConnection& connection, std::string_view, bool) {
        connection.send_message(message);
    };
    server.start();
    const std::string ask = client_frame(Opcode::text, "?");
    for (const std::string& extensions :
         {offer, offer, std::string(),
          "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9\r\n"s}) {
        Client client(server.port());
        client.send(upgrade(extensions) + ask);
        EXPECT_EQ(status_of(client.receive_response(true)), 101U);
        Reader reader;
        EXPECT_EQ(reader.next(client), "text:4" + std::string(5000, 'y'));
    }
    int made = 0;
    (void)message->other_frames([&](const engineio::OutgoingMessage&) {
        ++made;
        return std::string();
    });
    EXPECT_EQ(made, 0) << "the compressed frames are kept with the message";
}

TEST(WebSocketCompression, AMessageThatIsToBeLeftAsItIsGoesUncompressed) {
    TestServer server(compressing());
    server.script.on_message = [](WebSocketConnection& connection, std::string_view data, bool) {
        auto message = std::make_shared<engineio::OutgoingMessage>(std::string(5000, 'y'));
        if (data == "plain") message->leave_uncompressed();
        connection.send_message(std::move(message));
    };
    server.start();
    Client client(server.port());
    client.send(upgrade(offer));
    EXPECT_EQ(status_of(client.receive_response(true)), 101U);
    client.send(client_frame(Opcode::text, "plain"));
    // FIN and text, without the bit that says compressed; then 4 and the text, behind a length of two bytes.
    EXPECT_EQ(client.receive_exactly(2), "\x81\x7e");
    EXPECT_EQ(client.receive_exactly(2 + 5001).substr(2), '4' + std::string(5000, 'y'));
    client.send(client_frame(Opcode::text, "any"));
    EXPECT_EQ(client.receive_exactly(1), "\xc1");
}

TEST(WebSocketCompression, AWindowThatZlibDoesNotHaveIsRefusedAtTheStart) {
    auto settings = compressing();
    settings.websocket_compression.window_bits = 8;
    SharedClock clock;
    NoLog log;
    Server server(
        settings, [](std::size_t) { return nullptr; }, clock, log);
    const auto started = server.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, StartErrorCode::bad_settings);
}

}  // namespace
}  // namespace holdfast::net
