// Every row of the table of error answers, and the order of the checks.
#include <gtest/gtest.h>

#include "holdfast/engineio/engineio_test_support.hpp"

namespace holdfast::engineio {
namespace {

using testing::Answer;
using testing::Closed;
using testing::joined;
using testing::refusal_of;
using testing::Request;
using testing::Strings;
using testing::World;

constexpr const char* unknown_transport = "{\"code\":0,\"message\":\"Transport unknown\"}";
constexpr const char* unknown_session = "{\"code\":1,\"message\":\"Session ID unknown\"}";
constexpr const char* bad_method = "{\"code\":2,\"message\":\"Bad handshake method\"}";
constexpr const char* bad_request = "{\"code\":3,\"message\":\"Bad request\"}";
constexpr const char* forbidden = "{\"code\":4,\"message\":\"Forbidden\"}";
constexpr const char* unsupported = "{\"code\":5,\"message\":\"Unsupported protocol version\"}";

void expect_error(const Answer& answer, unsigned status, const char* body) {
    EXPECT_EQ(answer->status(), status);
    EXPECT_EQ(answer->body(), body);
    EXPECT_EQ(answer->header("Content-Type"), "application/json");
    EXPECT_EQ(answer->answers, 1);
}

TEST(Errors, ABadOrMissingTransport) {
    World world;
    for (const char* query : {"EIO=4", "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport=__proto__",
                              "EIO=4&transport=Polling", "EIO=4&transport=webtransport"}) {
        expect_error(world.get(query), 400, unknown_transport);
    }
    EXPECT_EQ(world.engine.session_count(), 0U);
    EXPECT_EQ(world.engine.counters().requests_refused, 6U);
}

TEST(Errors, ATransportThatIsTurnedOff) {
    World no_polling({.allow_polling = false});
    expect_error(no_polling.get("EIO=4&transport=polling"), 400, unknown_transport);
    World no_websocket({.allow_websocket = false});
    EXPECT_EQ(refusal_of(no_websocket.upgrade({.query = "EIO=4&transport=websocket"})).body,
              unknown_transport);
    EXPECT_NE(no_websocket.get("EIO=4&transport=polling")->body().find("\"upgrades\":[]"), std::string::npos);
}

TEST(Errors, AnUnknownSession) {
    World world;
    for (const char* sid : {"abc", "constructor", "__proto__", "%0d%0aX-Evil: 1", "AAAAAAAAAAAAAAAAAAAA"}) {
        const std::string query = std::string("EIO=4&transport=polling&sid=") + sid;
        expect_error(world.get(query), 400, unknown_session);
        expect_error(world.request({.method = "POST", .query = query, .body = "4x"}), 400, unknown_session);
        const std::string websocket = std::string("EIO=4&transport=websocket&sid=") + sid;
        EXPECT_EQ(refusal_of(world.upgrade({.query = websocket})).body, unknown_session);
    }
}

TEST(Errors, AHandshakeThatIsNoGet) {
    World world;
    for (const char* method : {"POST", "HEAD", "OPTIONS", "PUT", "get"}) {
        expect_error(world.request({.method = method, .query = "EIO=4&transport=polling"}), 400, bad_method);
    }
    EXPECT_TRUE(world.listener.opened.empty());
}

TEST(Errors, AnEmptySidIsNoSid) {
    World world;
    EXPECT_EQ(world.get("EIO=4&transport=polling&sid=")->status(), 200U);
}

TEST(Errors, WebSocketWithoutAnUpgrade) {
    World world;
    expect_error(world.get("EIO=4&transport=websocket"), 400, bad_request);
    const auto socket = world.open_websocket();
    const std::string sid = World::sid_of(socket->received.at(0));
    expect_error(world.get("EIO=4&transport=websocket&sid=" + sid), 400, bad_request);
    EXPECT_FALSE(socket->close_code);
}

TEST(Errors, AnUpgradeRequestForPolling) {
    World world;
    EXPECT_EQ(refusal_of(world.upgrade({.query = "EIO=4&transport=polling"})).body, bad_request);
}

TEST(Errors, PollingAfterTheUpgrade) {
    World world;
    const std::string sid = world.open_polling();
    const auto socket = world.probe(sid);
    world.frame(*socket, "2probe");
    world.frame(*socket, "5");
    expect_error(world.poll(sid), 400, bad_request);
    expect_error(world.post(sid, "4late"), 400, bad_request);
    EXPECT_TRUE(world.listener.messages.empty());
    world.frame(*socket, "4hello");
    EXPECT_EQ(world.listener.messages, Strings{"hello"});
}

TEST(Errors, ControlCharactersInTheOrigin) {
    World world;
    for (const char* origin : {"http://a\r\nX-Evil: 1", "http://a\x01", "\x7F"}) {
        const Request request{.query = "EIO=4&transport=polling", .headers = {{"Origin", origin}}};
        expect_error(world.request(request), 400, bad_request);
    }
}

TEST(Errors, ForbiddenByTheServersOwnCode) {
    std::optional<std::string> refusal = "";
    World world({}, [&refusal](const HttpRequest&) {
        HandshakeVerdict verdict;
        verdict.refusal = refusal;
        return verdict;
    });
    expect_error(world.get("EIO=4&transport=polling"), 403, forbidden);
    refusal = "Please \"sign in\"";
    expect_error(world.get("EIO=4&transport=polling"), 403,
                 "{\"code\":4,\"message\":\"Please \\\"sign in\\\"\"}");
    EXPECT_EQ(refusal_of(world.upgrade({.query = "EIO=4&transport=websocket"})).status, 403U);
    refusal.reset();
    EXPECT_EQ(world.get("EIO=4&transport=polling")->status(), 200U);
}

TEST(Errors, AnotherProtocolVersion) {
    World world;
    for (const char* query : {"transport=polling", "EIO=3&transport=polling", "EIO=abc&transport=polling",
                              "EIO=44&transport=polling", "EIO=&transport=polling"}) {
        expect_error(world.get(query), 400, unsupported);
    }
    EXPECT_EQ(refusal_of(world.upgrade({.query = "EIO=3&transport=websocket"})).body, unsupported);
    EXPECT_EQ(refusal_of(world.upgrade({.query = "transport=websocket"})).status, 400U);
}

TEST(Errors, JsonpIsRefused) {
    World world;
    expect_error(world.get("EIO=4&transport=polling&j=0"), 400, bad_request);
}

TEST(Errors, AMethodThatASessionDoesNotKnow) {
    World world;
    const std::string sid = world.open_polling();
    const std::string query = "EIO=4&transport=polling&sid=" + sid;
    for (const char* method : {"PUT", "HEAD", "OPTIONS", "DELETE"}) {
        expect_error(world.request({.method = method, .query = query}), 400, bad_request);
    }
    EXPECT_EQ(world.engine.session_count(), 1U);
}

TEST(Errors, TheOrderOfTheChecks) {
    int asked = 0;
    World world({}, [&asked](const HttpRequest&) {
        ++asked;
        HandshakeVerdict verdict;
        verdict.refusal = "";
        return verdict;
    });
    // Everything is wrong; what is put right moves the answer on to the next check.
    Request request{.method = "POST", .query = "EIO=9&transport=x&sid=y", .headers = {{"Origin", "\x01"}}};
    expect_error(world.request(request), 400, unknown_transport);
    request.query = "EIO=9&transport=websocket&sid=y";
    expect_error(world.request(request), 400, bad_request);  // the origin
    request.headers.clear();
    expect_error(world.request(request), 400, unknown_session);
    request.query = "EIO=9&transport=websocket";
    expect_error(world.request(request), 400, bad_method);
    request.method = "GET";
    expect_error(world.request(request), 400, bad_request);  // no upgrade
    EXPECT_EQ(asked, 0);
    request.query = "EIO=9&transport=polling";
    expect_error(world.request(request), 403, forbidden);
    EXPECT_EQ(asked, 1);
}

TEST(Errors, AMismatchOfTransportsComesBeforeTheMethod) {
    World world;
    const std::string sid = world.open_polling();
    const Request request{.method = "PUT", .query = "EIO=4&transport=websocket&sid=" + sid};
    expect_error(world.request(request), 400, bad_request);
    EXPECT_EQ(world.engine.session_count(), 1U);
}

TEST(Errors, AnOctetStreamPostClosesTheSession) {
    World world;
    const std::string sid = world.open_polling();
    const Answer parked = world.poll(sid);
    const Answer answer = world.request({.method = "POST",
                                         .query = "EIO=4&transport=polling&sid=" + sid,
                                         .body = "4x",
                                         .headers = {{"Content-Type", "application/octet-stream"}}});
    EXPECT_EQ(answer->status(), 400U);
    EXPECT_EQ(answer->body(), "");
    EXPECT_EQ(parked->body(), "1");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_error}}));
    EXPECT_TRUE(world.listener.messages.empty());
}

TEST(Errors, ABodyOverTheLimitLeavesTheSessionAlive) {
    World world({.max_payload_bytes = 10});
    const std::string sid = world.open_polling();
    const Answer over = world.post(sid, "41234567890");
    EXPECT_EQ(over->status(), 413U);
    EXPECT_EQ(over->body(), "");
    const Answer cut = world.request(
        {.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body_too_large = true});
    EXPECT_EQ(cut->status(), 413U);
    EXPECT_TRUE(world.listener.messages.empty());
    // Bytes count, not characters: this is exactly ten.
    EXPECT_EQ(world.post(sid, "4\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC")->status(), 200U);
    EXPECT_EQ(world.listener.messages, Strings{"\xE2\x82\xAC\xE2\x82\xAC\xE2\x82\xAC"});
}

TEST(Errors, ASecondGetAtOnceEndsTheSession) {
    World world;
    const std::string sid = world.open_polling();
    const Answer first = world.poll(sid);
    const Answer second = world.poll(sid);
    EXPECT_EQ(first->status(), 200U);
    EXPECT_EQ(first->body(), "1");
    EXPECT_EQ(second->status(), 400U);
    EXPECT_EQ(second->body(), "");
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_error}}));
    expect_error(world.poll(sid), 400, unknown_session);
}

TEST(Errors, ASecondPostAtOnceEndsTheSession) {
    World world;
    const std::string sid = world.open_polling();
    const Request request{.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body = "4x"};
    const auto started = [&](const HttpResponder* responder) {
        return request.with([&](const HttpRequest& http) {
            return world.engine.on_request_started(http, responder, world.clock.now());
        });
    };
    testing::FakeResponder first;
    testing::FakeResponder second;
    EXPECT_EQ(started(&first), std::nullopt);
    const auto refusal = started(&second);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 400U);
    EXPECT_TRUE(refusal->close_connection);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_error}}));
    EXPECT_EQ(world.engine.session_count(), 0U);
    EXPECT_EQ(world.request(request)->body(), unknown_session);
}

TEST(Errors, ACompletePostWhileAnotherOneIsOnItsWayEndsTheSession) {
    World world;
    const std::string sid = world.open_polling();
    const Request request{.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body = "4x"};
    testing::FakeResponder first;
    request.with([&](const HttpRequest& http) {
        return world.engine.on_request_started(http, &first, world.clock.now());
    });
    EXPECT_EQ(world.request(request)->status(), 400U);
    EXPECT_EQ(world.listener.closed, (Closed{{1, CloseReason::transport_error}}));
}

TEST(Errors, PostsOneAfterTheOtherAreNoOverlap) {
    World world;
    const std::string sid = world.open_polling();
    const Request request{.method = "POST", .query = "EIO=4&transport=polling&sid=" + sid, .body = "4x"};
    for (int round = 0; round < 3; ++round) {
        const auto responder = std::make_shared<testing::FakeResponder>();
        request.with([&](const HttpRequest& http) {
            EXPECT_EQ(world.engine.on_request_started(http, responder.get(), world.clock.now()),
                      std::nullopt);
            world.engine.on_request(http, responder, world.clock.now(), world.clock.unix_now());
            return 0;
        });
        EXPECT_EQ(responder->body(), "ok");
    }
    EXPECT_EQ(world.listener.messages, (Strings{"x", "x", "x"}));
}

TEST(Errors, APostForNobodyIsRefusedBeforeItsBody) {
    World world;
    const Request request{.method = "POST", .query = "EIO=4&transport=polling&sid=nobody"};
    testing::FakeResponder responder;
    const auto refusal = request.with([&](const HttpRequest& http) {
        return world.engine.on_request_started(http, &responder, world.clock.now());
    });
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->body, unknown_session);
}

TEST(Errors, AnAbortedGetOrPostEndsTheSession) {
    World world;
    const std::string first = world.open_polling();
    const Answer parked = world.poll(first);
    world.engine.on_request_aborted(parked.get(), world.clock.now());
    EXPECT_FALSE(parked->answered());
    const std::string second = world.open_polling();
    testing::FakeResponder responder;
    Request{.method = "POST", .query = "EIO=4&transport=polling&sid=" + second}.with(
        [&](const HttpRequest& http) {
            return world.engine.on_request_started(http, &responder, world.clock.now());
        });
    world.engine.on_request_aborted(&responder, world.clock.now());
    EXPECT_EQ(world.listener.closed,
              (Closed{{1, CloseReason::transport_error}, {2, CloseReason::transport_error}}));
    world.engine.on_request_aborted(&responder, world.clock.now());
    EXPECT_EQ(world.listener.closed.size(), 2U);
}

TEST(Errors, AnAcceptedPost) {
    World world;
    const std::string sid = world.open_polling();
    const Answer answer = world.post(sid, joined({"4a", "bAQI=", "6", "4", "b"}));
    EXPECT_EQ(answer->status(), 200U);
    EXPECT_EQ(answer->body(), "ok");
    EXPECT_EQ(answer->header("Content-Type"), "text/html");
    EXPECT_EQ(world.listener.messages, (Strings{"a", "<binary>\x01\x02", "", "<binary>"}));
}

TEST(Errors, BodiesThatAreNoPacketsCloseTheSession) {
    const std::pair<const char*, CloseReason> bodies[] = {
        {"", CloseReason::parse_error},      {"abc", CloseReason::parse_error},
        {"7", CloseReason::parse_error},     {"4a\x1e", CloseReason::parse_error},
        {"b!", CloseReason::parse_error},    {"4\xC3", CloseReason::parse_error},
        {"2", CloseReason::transport_error}, {"2probe", CloseReason::transport_error}};
    for (const auto& [body, reason] : bodies) {
        World world;
        const std::string sid = world.open_polling();
        const Answer parked = world.poll(sid);
        const Answer answer = world.post(sid, body);
        EXPECT_EQ(answer->status(), 400U) << body;
        EXPECT_EQ(answer->body(), "");
        EXPECT_EQ(parked->body(), "1");
        EXPECT_EQ(world.listener.closed, (Closed{{1, reason}})) << body;
        expect_error(world.poll(sid), 400, unknown_session);
    }
}

TEST(Errors, PacketsBehindABrokenOneAreNotRead) {
    World world;
    const std::string sid = world.open_polling();
    world.post(sid, joined({"4a", "x", "4b"}));
    EXPECT_EQ(world.listener.messages, Strings{"a"});
}

TEST(Errors, ASecondWebSocketOnAnUpgradedSessionIsOpenedAndClosed) {
    World world;
    const std::string sid = world.open_polling();
    const auto first = world.probe(sid);
    world.frame(*first, "2probe");
    const auto during = world.probe(sid);
    EXPECT_NE(during->id, 0U);
    EXPECT_EQ(during->close_code, 1000);
    world.frame(*first, "5");
    const auto after = world.probe(sid);
    EXPECT_NE(after->id, 0U);
    EXPECT_EQ(after->close_code, 1000);
    EXPECT_TRUE(after->received.empty());
    EXPECT_FALSE(first->close_code);
    world.frame(*after, "4ignored");
    world.frame(*first, "4hello");
    EXPECT_EQ(world.listener.messages, Strings{"hello"});
}

TEST(Errors, ForeignOriginsAreRefusedBeforeTheUpgrade) {
    World world;
    const std::string sid = world.open_polling();
    for (const std::string& query :
         {std::string("EIO=4&transport=websocket"), "EIO=4&transport=websocket&sid=" + sid}) {
        for (const char* origin : {"null", "http://evil.example", "http://play.example.evil.example"}) {
            const HttpResponse refusal = refusal_of(
                world.upgrade({.query = query, .headers = {{"Host", "play.example"}, {"Origin", origin}}}));
            EXPECT_EQ(refusal.status, 403U) << origin;
            EXPECT_EQ(refusal.body, forbidden);
            EXPECT_TRUE(refusal.close_connection);
        }
        EXPECT_EQ(refusal_of(world.upgrade(
                                 {.query = query,
                                  .headers = {{"Host", "play.example"}, {"Origin", "http://play.example"}}}))
                      .status,
                  101U);
    }
}

TEST(Cors, IsOffByDefault) {
    World world({.origins = {.allowed_origins = {"https://app.example"}}});
    const Answer answer =
        world.request({.query = "EIO=4&transport=polling", .headers = {{"Origin", "https://app.example"}}});
    EXPECT_EQ(answer->header("Access-Control-Allow-Origin"), "<none>");
    EXPECT_EQ(answer->header("Vary"), "<none>");
}

TEST(Cors, ErrorsAndParkedPollsCarryItsHeaders) {
    World world({.origins = {.allowed_origins = {"https://app.example"}, .credentials = true, .cors = true}});
    const std::vector<std::pair<std::string, std::string>> headers = {{"Origin", "https://app.example"}};
    const Answer error = world.request({.query = "EIO=4&transport=x", .headers = headers});
    EXPECT_EQ(error->status(), 400U);
    EXPECT_EQ(error->header("Access-Control-Allow-Origin"), "https://app.example");
    EXPECT_EQ(error->header("Access-Control-Allow-Credentials"), "true");
    EXPECT_EQ(error->header("Vary"), "Origin");
    const std::string sid = world.open_polling();
    const Answer parked = world.request({.query = "EIO=4&transport=polling&sid=" + sid, .headers = headers});
    (void)world.engine.send(1, testing::message("x"));
    EXPECT_EQ(parked->body(), "4x");
    EXPECT_EQ(parked->header("Access-Control-Allow-Origin"), "https://app.example");
}

TEST(Cors, OtherOriginsAreNotNamed) {
    World world({.origins = {.allowed_origins = {"https://app.example"}, .cors = true}});
    const Answer answer =
        world.request({.query = "EIO=4&transport=polling", .headers = {{"Origin", "https://evil.example"}}});
    EXPECT_EQ(answer->status(), 200U);
    EXPECT_EQ(answer->header("Access-Control-Allow-Origin"), "<none>");
    EXPECT_EQ(answer->header("Vary"), "Origin");
}

TEST(Cors, APreflightIsAnsweredBeforeAnyCheck) {
    World world({.origins = {.allowed_origins = {"https://app.example"}, .cors = true}});
    const Answer answer = world.request(
        {.method = "OPTIONS",
         .query = "nonsense",
         .headers = {{"Origin", "https://app.example"}, {"Access-Control-Request-Headers", "x-evil"}}});
    EXPECT_EQ(answer->status(), 204U);
    EXPECT_EQ(answer->body(), "");
    EXPECT_EQ(answer->header("Access-Control-Allow-Origin"), "https://app.example");
    EXPECT_NE(answer->header("Access-Control-Allow-Methods").find("POST"), std::string::npos);
    EXPECT_EQ(answer->header("Access-Control-Allow-Headers").find("x-evil"), std::string::npos);
    EXPECT_EQ(world.engine.counters().requests_refused, 0U);
}

}  // namespace
}  // namespace holdfast::engineio
