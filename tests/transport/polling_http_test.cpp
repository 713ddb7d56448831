// What HTTP adds to polling, over sockets: compression, CORS, the cookie, origins.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "holdfast/base/decompression_test_support.hpp"
#include "socketio_test_server.hpp"

namespace holdfast::transport_tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PollingCompression : public ::testing::Test {
  protected:
    PollingCompression() {
        client.send(post(session.query, "40"));
        EXPECT_EQ(body_of(client.receive_response()), "ok");
        client.send(get(session.query));
        EXPECT_THAT(body_of(client.receive_response()), HasSubstr("40{"));
    }
    /// Has the server send `event` back and polls for it.
    std::string poll_for(const std::string& text, const std::string& headers) {
        client.send(post(session.query, "42[\"message\",\"" + text + "\"]"));
        EXPECT_EQ(body_of(client.receive_response()), "ok");
        client.send(get(session.query, headers));
        return client.receive_response();
    }
    static std::string expected(const std::string& text) { return "42[\"message-back\",\"" + text + "\"]"; }

    SocketIoTestServer server;
    Client client{server.port()};
    PollingSession session{client};
};

TEST_F(PollingCompression, AnswersOfAKilobyteComeInTheCodingThatTheClientTakes) {
    const std::string text(20'000, 'x');
    for (const auto& [accepted, coding] : std::vector<std::pair<std::string, std::string>>{
             {"gzip, deflate, br", "gzip"}, {"deflate", "deflate"}, {"deflate, gzip;q=0.5", "gzip"}}) {
        const auto answer = poll_for(text, "Accept-Encoding: " + accepted + "\r\n");
        EXPECT_THAT(answer, HasSubstr("Content-Encoding: " + coding + "\r\n")) << accepted;
        EXPECT_THAT(answer, HasSubstr("Vary: Accept-Encoding\r\n"));
        EXPECT_LT(answer.size(), 1'000U);
        EXPECT_EQ(holdfast::testing::decompressed(body_of(answer)), expected(text)) << accepted;
    }
}

TEST_F(PollingCompression, OthersGetThemAsTheyAre) {
    const std::string text(20'000, 'x');
    for (const char* headers :
         {"", "Accept-Encoding: identity\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: br\r\n"}) {
        const auto answer = poll_for(text, headers);
        EXPECT_THAT(answer, Not(HasSubstr("Content-Encoding"))) << headers;
        EXPECT_EQ(body_of(answer), expected(text));
    }
}

TEST_F(PollingCompression, ShortAnswersAreNotCompressed) {
    const auto overhead = expected("").size();
    const auto below = poll_for(std::string(1023 - overhead, 'x'), "Accept-Encoding: gzip\r\n");
    EXPECT_THAT(below, Not(HasSubstr("Content-Encoding")));
    const auto at = poll_for(std::string(1024 - overhead, 'x'), "Accept-Encoding: gzip\r\n");
    EXPECT_THAT(at, HasSubstr("Content-Encoding: gzip\r\n"));
}

class CrossOrigin : public ::testing::Test {
  protected:
    static socketio::Settings settings(bool cors) {
        socketio::Settings settings;
        settings.engine.origins.cors = cors;
        settings.engine.origins.credentials = cors;
        if (cors) settings.engine.origins.allowed_origins = {"http://page.example"};
        return settings;
    }
    static std::string ask(const SocketIoTestServer& server, const std::string& bytes) {
        Client client(server.port());
        client.send(bytes);
        return client.receive_response();
    }
    const std::string page = "Origin: http://page.example\r\n";
    const std::string allowed = "Access-Control-Allow-Origin: http://page.example\r\n";
};

TEST_F(CrossOrigin, IsOffByDefault) {
    SocketIoTestServer server;
    const auto answer = ask(server, get("EIO=4&transport=polling", page));
    EXPECT_EQ(status_of(answer), 200U);
    EXPECT_THAT(answer, Not(HasSubstr("Access-Control")));
    EXPECT_EQ(status_of(ask(server, "OPTIONS /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n" +
                                        page + "\r\n")),
              400U);
}

TEST_F(CrossOrigin, APreflightIs204BeforeAnythingIsChecked) {
    SocketIoTestServer server(settings(true));
    const auto answer = ask(server, "OPTIONS /socket.io/?nonsense HTTP/1.1\r\nHost: h\r\n" + page +
                                        "Access-Control-Request-Method: POST\r\n\r\n");
    EXPECT_EQ(status_of(answer), 204U);
    EXPECT_THAT(answer, HasSubstr(allowed));
    EXPECT_THAT(answer, HasSubstr("Access-Control-Allow-Credentials: true\r\n"));
    EXPECT_THAT(answer, HasSubstr("Access-Control-Allow-Methods: GET,HEAD,PUT,PATCH,POST,DELETE\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
}

TEST_F(CrossOrigin, EveryAnswerCarriesTheHeadersErrorsToo) {
    SocketIoTestServer server(settings(true));
    Client client(server.port());
    const PollingSession session(client);
    const std::string body(limits::message_bytes + 1, 'x');
    const std::vector<std::pair<std::string, unsigned>> cases{
        {get("EIO=4&transport=polling", page), 200},
        {get("EIO=4&transport=nothing", page), 400},
        {get("EIO=4&transport=polling&sid=unknown", page), 400},
        {get("EIO=3&transport=polling", page), 400},
        {get("EIO=4&transport=websocket", page), 400},
        {post("EIO=4&transport=polling", "x", page), 400},
        {post(session.query, body, page), 413},
        {post(session.query, "4x", page + "Content-Type: application/octet-stream\r\n"), 400},
    };
    for (const auto& [bytes, status] : cases) {
        const auto answer = ask(server, bytes);
        EXPECT_EQ(status_of(answer), status) << bytes.substr(0, 80);
        EXPECT_THAT(answer, HasSubstr(allowed)) << bytes.substr(0, 80);
        EXPECT_THAT(answer, HasSubstr("Vary: Origin\r\n"));
    }
    const auto foreign = ask(server, get("EIO=4&transport=polling", "Origin: http://other.example\r\n"));
    EXPECT_EQ(status_of(foreign), 200U) << "the browser withholds it";
    EXPECT_THAT(foreign, Not(HasSubstr("Access-Control-Allow-Origin")));
}

TEST_F(CrossOrigin, WebSocketsOfConfiguredOriginsAreTakenAndOthersNot) {
    SocketIoTestServer server(settings(true));
    EXPECT_TRUE(WebSocketClient(server.port(), "", page).join());
    EXPECT_EQ(status_of(ask(server, get("EIO=4&transport=websocket",
                                        upgrade_headers + "Origin: http://other.example\r\n"))),
              403U);
}

TEST(SessionCookie, GoesOutOnceWithTheFirstAnswerAndNotUnlessConfigured) {
    SocketIoTestServer without;
    Client plain(without.port());
    plain.send(get("EIO=4&transport=polling"));
    EXPECT_THAT(plain.receive_response(), Not(HasSubstr("Set-Cookie")));

    socketio::Settings settings;
    settings.engine.cookie = engineio::CookieSettings{};
    SocketIoTestServer server(settings);
    Client client(server.port());
    client.send(get("EIO=4&transport=polling"));
    const auto opened = client.receive_response();
    const auto sid = body_of(opened).substr(body_of(opened).find("\"sid\":\"") + 7, 20);
    EXPECT_THAT(opened, HasSubstr("Set-Cookie: io=" + sid + "; Path=/; HttpOnly; SameSite=Lax\r\n"));
    client.send(post("EIO=4&transport=polling&sid=" + sid, "40"));
    EXPECT_THAT(client.receive_response(), Not(HasSubstr("Set-Cookie")));
    client.send(get("EIO=4&transport=polling&sid=" + sid));
    EXPECT_THAT(client.receive_response(), Not(HasSubstr("Set-Cookie")));
    WebSocketClient direct(server.port());
    EXPECT_THAT(direct.handshake(), HasSubstr("Set-Cookie: io=")) << "with the 101";
}

TEST(Jsonp, IsRefusedPlainly) {
    SocketIoTestServer server;
    Client client(server.port());
    client.send(get("EIO=4&transport=polling&j=0"));
    const auto answer = client.receive_response();
    EXPECT_EQ(status_of(answer), 400U);
    EXPECT_EQ(body_of(answer), R"({"code":3,"message":"Bad request"})");
}

}  // namespace
}  // namespace holdfast::transport_tests
