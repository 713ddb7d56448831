// The table of RFC 6455 over real sockets, against a server that echoes.
#include <gtest/gtest.h>

#include <algorithm>

#include "holdfast/net/net_test_support.hpp"
#include "holdfast/websocket/rfc6455_cases.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using websocket::Opcode;
using websocket::testing::Rfc6455Case;

// What the client of an echo server reads when the server's decoder reports this; "" for nothing.
std::string answer_to(const std::string& event) {
    if (event.starts_with("failure ")) return "close " + event.substr(8) + ":";
    if (event.starts_with("close ")) return event.substr(0, event.find(':') + 1);
    if (event.starts_with("ping:")) return "pong:" + event.substr(5);
    if (event.starts_with("pong:")) return {};
    return event;
}

class Rfc6455Server : public ::testing::TestWithParam<Rfc6455Case> {
  protected:
    static void SetUpTestSuite() {
        ServerSettings settings;
        settings.message_bytes = websocket::testing::rfc6455_settings.message_bytes;
        settings.message_fragments = websocket::testing::rfc6455_settings.message_fragments;
        server = new TestServer(settings);
        server->script.on_message = [](WebSocketConnection& connection, std::string_view data, bool binary) {
            auto frame = std::make_shared<std::string>();
            websocket::append_server_frame(*frame, binary ? Opcode::binary : Opcode::text, data);
            connection.send_frames(std::move(frame));
        };
        server->start();
    }
    static void TearDownTestSuite() {
        delete server;
        server = nullptr;
    }
    static inline TestServer* server = nullptr;
};

// Sends the case in pieces and then says goodbye, so that the answers have an end.
std::vector<std::string> play(std::uint16_t port, const Rfc6455Case& played, std::size_t pieces) {
    Client client(port);
    client.send(
        "GET /socket.io/ HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    EXPECT_EQ(status_of(client.receive_response(true)), 101U);
    const auto stream = played.stream + websocket::testing::client_frame(Opcode::close, "\x03\xE8");
    const std::size_t piece = stream.size() / pieces + 1;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
        if (!client.send(std::string_view(stream).substr(at, piece))) break;
    }
    auto bytes = client.receive_all();
    EXPECT_FALSE(client.was_reset()) << played.number;
    const websocket::DecoderSettings settings{.message_bytes = 1'000'000, .expect_masked = false};
    return websocket::testing::decode_in_pieces(settings, bytes, bytes.size() + 1);
}

TEST_P(Rfc6455Server, AnswersAsTheTableSays) {
    const auto& played = GetParam();
    std::vector<std::string> expected;
    for (const auto& event : played.expected) {
        if (auto answer = answer_to(event); !answer.empty()) expected.push_back(std::move(answer));
    }
    if (expected.empty() || !expected.back().starts_with("close ")) expected.emplace_back("close 1000:");
    for (const std::size_t pieces : {1U, 7U}) {
        const bool same = play(server->port(), played, pieces) == expected;
        EXPECT_TRUE(same) << played.number << ", " << played.title << ", in " << pieces << " pieces";
    }
}

std::string name_of(const ::testing::TestParamInfo<Rfc6455Case>& info) {
    auto name = "Case_" + info.param.number;
    std::ranges::replace(name, '.', '_');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Table, Rfc6455Server, ::testing::ValuesIn(websocket::testing::rfc6455_cases()),
                         name_of);

}  // namespace
}  // namespace holdfast::net
