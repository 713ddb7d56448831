#include <gtest/gtest.h>

#include "holdfast/engineio/handshake.hpp"
#include "holdfast/engineio/http.hpp"
#include "holdfast/engineio/origin.hpp"
#include "holdfast/engineio/responses.hpp"
#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {
namespace {

TEST(HttpRequestText, HeadersAreFoundWithoutCaseAndTheFirstCounts) {
    HttpRequest request;
    request.headers = {{"Content-type", "text/plain"}, {"X-A", "1"}, {"x-a", "2"}};
    EXPECT_EQ(request.header("content-TYPE"), "text/plain");
    EXPECT_EQ(request.header("x-a"), "1");
    EXPECT_EQ(request.header("x-b"), "");
}

TEST(HttpRequestText, ParametersAreDecodedAndTheFirstCounts) {
    HttpRequest request;
    request.query = "EIO=4&&flag&name=a%20b+c%C3%A9&name=other&%73id=x&broken=%zz%4&last=";
    EXPECT_EQ(request.parameter("EIO"), "4");
    EXPECT_EQ(request.parameter("flag"), "");
    EXPECT_EQ(request.parameter("name"), "a b c\xC3\xA9");
    EXPECT_EQ(request.parameter("sid"), "x");
    EXPECT_EQ(request.parameter("broken"), "%zz%4");
    EXPECT_EQ(request.parameter("last"), "");
    EXPECT_EQ(request.parameter("eio"), std::nullopt);
}

TEST(HttpRequestText, CookiesAreFoundByTheirWholeName) {
    HttpRequest request;
    request.headers = {{"Cookie", "xio=no; io=yes;quoted=\"in marks\"; empty="}, {"cookie", "second=2"}};
    EXPECT_EQ(request.cookie("io"), "yes");
    EXPECT_EQ(request.cookie("quoted"), "in marks");
    EXPECT_EQ(request.cookie("empty"), "");
    EXPECT_EQ(request.cookie("second"), "2");
    EXPECT_EQ(request.cookie("o"), "");
}

TEST(Responses, ARefusalTextIsEscapedAsJson) {
    EXPECT_EQ(error_response(RequestError::forbidden, "say \"no\"\\\n\x01").body,
              "{\"code\":4,\"message\":\"say \\\"no\\\"\\\\\\u000a\\u0001\"}");
}

TEST(Origins, SameOriginMeansTheSameHostAndPort) {
    const OriginPolicy policy({});
    EXPECT_TRUE(policy.allows_websocket("http://play.example:8080", "play.example:8080"));
    EXPECT_TRUE(policy.allows_websocket("https://Play.Example", "play.example"));
    EXPECT_TRUE(policy.allows_websocket("https://play.example", "play.example:443"));
    EXPECT_TRUE(policy.allows_websocket("http://[::1]:80", "[::1]"));
    EXPECT_TRUE(policy.allows_websocket("", "play.example"));  // not a browser
}

TEST(Origins, ForeignNullAndLookAlikeOriginsAreRefused) {
    const OriginPolicy policy({});
    for (const char* origin :
         {"null", "http://evil.example", "http://play.example.evil.example", "http://evilplay.example",
          "http://play.example:8081", "http://user@play.example", "http://play.example/", "play.example",
          "http://play.example?", "http://evil.example#play.example", "ftp://play.example", "://play.example",
          "http://evil.example\\play.example", "http://"}) {
        EXPECT_FALSE(policy.allows_websocket(origin, "play.example")) << origin;
    }
    EXPECT_FALSE(policy.allows_websocket("http://", ""));
    EXPECT_FALSE(policy.allows_websocket("https://play.example", "play.example:80"));
}

TEST(Origins, ConfiguredOriginsAreComparedWhole) {
    const OriginPolicy policy({.allowed_origins = {"https://App.example/"}});
    EXPECT_TRUE(policy.allows_websocket("https://app.example", "play.example"));
    EXPECT_FALSE(policy.allows_websocket("https://app.example.evil", "play.example"));
    EXPECT_FALSE(policy.allows_websocket("http://app.example", "play.example"));
}

TEST(Origins, AStarAllowsEverybodyButNeverWithCredentials) {
    const OriginPolicy policy(
        {.allowed_origins = {"https://app.example", "*"}, .credentials = true, .cors = true});
    EXPECT_TRUE(policy.allows_websocket("null", "play.example"));
    HttpHeaders headers;
    policy.add_headers(headers, policy.granted("https://app.example"));
    EXPECT_EQ(headers, (HttpHeaders{{"Access-Control-Allow-Origin", "*"}}));
}

TEST(Origins, TheCheckCanBeTurnedOff) {
    const OriginPolicy policy({.check_websocket_origin = false});
    EXPECT_TRUE(policy.allows_websocket("http://evil.example", "play.example"));
}

TEST(Handshakes, KeepHeadersInLowerCaseAndFindThemAgain) {
    HandshakeKeeper keeper;
    HttpRequest request;
    request.query = "EIO=4&room=a%2Fb";
    request.headers = {{"Host", "play.example"},  {"User-Agent", "Phone: 1"}, {"Cookie", "io=1"},
                       {"X-Trace", "a:b: c"},     {"Sec-WebSocket-Key", "k"}, {"X-Bad", "line\nX-Forged: 1"},
                       {"Cookie", "second=there"}};
    const auto handshake = keeper.keep(request, UnixTime{5}, "device");
    EXPECT_EQ(handshake->header("USER-agent"), "Phone: 1");
    EXPECT_EQ(handshake->header("x-trace"), "a:b: c");
    EXPECT_EQ(handshake->header("cookie"), "io=1");
    EXPECT_EQ(handshake->header("sec-websocket-key"), "");
    EXPECT_EQ(handshake->header("x-forged"), "");
    EXPECT_EQ(handshake->headers().size(), 5U);
    EXPECT_EQ(handshake->parameter("room"), "a/b");
    EXPECT_EQ(handshake->attachment, "device");
}

TEST(Handshakes, LikeClientsShareTheirHeaders) {
    HandshakeKeeper keeper;
    HttpRequest request;
    request.headers = {{"Host", "play.example"}, {"User-Agent", "Phone"}, {"Cookie", "io=1"}};
    const auto first = keeper.keep(request, UnixTime{}, "");
    request.headers[2].second = "io=2";
    const auto second = keeper.keep(request, UnixTime{}, "");
    EXPECT_EQ(first->shared_headers, second->shared_headers);
    EXPECT_EQ(second->header("cookie"), "io=2");
    request.headers[1].second = "Other phone";
    EXPECT_NE(keeper.keep(request, UnixTime{}, "")->shared_headers, first->shared_headers);
}

TEST(Handshakes, ManyDifferentClientsStillGetTheirOwnHeaders) {
    HandshakeKeeper keeper;
    std::vector<std::shared_ptr<const Handshake>> kept;
    for (int index = 0; index < 3000; ++index) {
        const std::string agent = "agent " + std::to_string(index);
        HttpRequest request;
        request.headers = {{"User-Agent", agent}};
        kept.push_back(keeper.keep(request, UnixTime{}, ""));
        EXPECT_EQ(kept.back()->header("user-agent"), agent);
    }
    EXPECT_EQ(kept.front()->header("user-agent"), "agent 0");
}

}  // namespace
}  // namespace holdfast::engineio
