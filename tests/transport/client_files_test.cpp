// The client's bundles under the engine's path, over sockets, beside the sessions there.
#include "holdfast/client_files/client_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const client_files::EmbeddedFile files[] = {{"/socket.io.js", "the script"},
                                            {"/socket.io.js.map", "the map"}};

std::string request(const std::string& method, const std::string& file, const std::string& more = "") {
    return method + " /socket.io/" + file + " HTTP/1.1\r\nHost: h\r\n" + more + "\r\n";
}

class ServedClientFiles : public ::testing::Test {
  protected:
    static socketio::Settings settings() {
        socketio::Settings settings;
        settings.engine.origins.cors = true;
        settings.engine.origins.allowed_origins = {"http://page.example"};
        return settings;
    }
    client_files::ClientFiles bundles{"/socket.io/", files, "4.8.4"};
    SocketIoTestServer server{
        settings(), {}, [this](const net::HttpRequest& asked) { return bundles.answer(asked); }};
    Client client{server.port()};
};

TEST_F(ServedClientFiles, AreThereBesideTheSessions) {
    client.send(request("GET", "socket.io.js"));
    const auto script = client.receive_response();
    EXPECT_EQ(status_of(script), 200U);
    EXPECT_EQ(body_of(script), "the script");
    EXPECT_THAT(script, HasSubstr("ETag: \"4.8.4\"\r\n"));
    client.send(request("GET", "socket.io.js.map?v=1"));
    EXPECT_EQ(body_of(client.receive_response()), "the map");
    const PollingSession session(client);
    EXPECT_FALSE(session.query.empty());
    EXPECT_TRUE(WebSocketClient(server.port()).join());
    client.send(request("GET", "socket.io.css"));
    EXPECT_THAT(client.receive_response(), HasSubstr("Transport unknown"));
}

TEST_F(ServedClientFiles, HeadAndAMatchingTagComeWithoutABodyOnAConnectionThatGoesOn) {
    client.send(request("HEAD", "socket.io.js"));
    const auto head = client.receive_response(true);
    EXPECT_THAT(head, HasSubstr("Content-Length: 10\r\n"));
    client.send(request("GET", "socket.io.js", "If-None-Match: W/\"4.8.4\"\r\n"));
    const auto same = client.receive_response();
    EXPECT_EQ(status_of(same), 304U);
    EXPECT_THAT(same, Not(HasSubstr("Content-Length")));
    client.send(request("GET", "socket.io.js"));
    EXPECT_EQ(body_of(client.receive_response()), "the script");
}

TEST_F(ServedClientFiles, OtherMethodsAreRefusedAlsoWithABody) {
    client.send(request("DELETE", "socket.io.js"));
    EXPECT_EQ(status_of(client.receive_response()), 405U);
    Client posting(server.port());
    posting.send(request("POST", "socket.io.js", "Content-Length: 5\r\n") + "hello");
    const auto refused = posting.receive_all();
    EXPECT_EQ(status_of(refused), 405U);
    EXPECT_THAT(refused, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST_F(ServedClientFiles, FollowTheCorsSettingsOfTheServer) {
    client.send(request("GET", "socket.io.js", "Origin: http://page.example\r\n"));
    EXPECT_THAT(client.receive_response(), HasSubstr("Access-Control-Allow-Origin: http://page.example\r\n"));
    client.send(request("GET", "socket.io.js", "Origin: http://evil.example\r\n"));
    EXPECT_THAT(client.receive_response(), Not(HasSubstr("evil.example")));
    client.send(request("OPTIONS", "socket.io.js", "Origin: http://page.example\r\n"));
    EXPECT_EQ(status_of(client.receive_response()), 204U);
}

}  // namespace
}  // namespace holdfast::transport_tests
