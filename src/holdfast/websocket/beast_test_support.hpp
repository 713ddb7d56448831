// For tests: the same stream through Boost.Beast's WebSocket, which shares no code with this decoder. What
// one of them takes or refuses, the other must take or refuse too. Where the two differ:
//   - Beast takes the close codes from 5000 on, which no document gives a meaning, and refuses 1014, which is
//     registered (IANA WebSocket Close Code Number Registry).
//   - Beast delivers a text that ends in the middle of a character when the last fragment is empty; we refuse
//     it with 1007, and so does this.
//   - Beast has no limit for the number of fragments.
//   - Beast looks at a header when all of it is there, we at each byte.
//   - Beast tells no close code of its own choosing for a failure, and 0 for a close frame without a code.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/beast/_experimental/test/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/websocket/utf8.hpp"

namespace holdfast::websocket::testing {

/// What Beast, as the server, finds in a client's stream: "text:…", "binary:…", "ping:…", "pong:…",
/// "close 1000:…" (without a code: 0), "failure". "no handshake" when it did not even get that far.
[[nodiscard]] inline std::vector<std::string> events_of_beast(std::string_view stream,
                                                              std::size_t message_bytes_most) {
    namespace beast = boost::beast;
    static constexpr std::string_view handshake =
        "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    std::vector<std::string> events;
    boost::asio::io_context context;
    beast::test::stream client(context);
    beast::websocket::stream<beast::test::stream> server(context);
    server.next_layer().connect(client);
    boost::system::error_code error;
    client.write_some(boost::asio::buffer(handshake), error);
    server.read_message_max(message_bytes_most);
    server.accept(error);
    if (error) return {"no handshake"};
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

}  // namespace holdfast::websocket::testing
