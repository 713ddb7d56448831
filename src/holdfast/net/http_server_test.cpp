// HTTP over real loopback sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <thread>

#include "holdfast/net/net_test_support.hpp"

namespace holdfast::net {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string get(std::string_view target, std::string_view more = "") {
    std::string request = "GET ";
    return request.append(target).append(" HTTP/1.1\r\nHost: h\r\n").append(more).append("\r\n");
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
    TestServer server;
    server.start();
    Client client(server.port());
    for (int i = 0; i < 3; ++i) {
        client.send(get("/hello?a=b"));
        const auto response = client.receive_response();
        EXPECT_EQ(status_of(response), 200U);
        EXPECT_EQ(body_of(response), "GET /hello?a=b ");
        EXPECT_THAT(response, HasSubstr("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
    }
    EXPECT_EQ(server.server().counters().requests, 3U);
    EXPECT_EQ(server.server().counters().connections_accepted, 1U);
}

TEST(HttpServer, ClosesWhenTheClientAsksOrSpeaksHttp10) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send(get("/", "Connection: close\r\n"));
    EXPECT_THAT(client.receive_all(), HasSubstr("Connection: close\r\n"));
    Client old(server.port());
    old.send("GET / HTTP/1.0\r\n\r\n");
    EXPECT_THAT(old.receive_all(), HasSubstr("GET /"));
}

TEST(HttpServer, ReadsBodiesHoweverTheyArrive) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nabc");
    client.send("def");
    EXPECT_EQ(body_of(client.receive_response()), "POST /a? abcdef");
    client.send("POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r");
    client.send("\n1\r\nc\r\n0\r\n\r\n");
    EXPECT_EQ(body_of(client.receive_response()), "POST /b? abc");
}

TEST(HttpServer, AnswersPipelinedRequestsInOrderEvenWhenTheFirstIsAnsweredLast) {
    TestServer server;
    std::shared_ptr<HttpResponder> first;
    server.script.on_request = [&](const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        if (request.path == "/slow") {
            first = std::move(responder);
            server.script.journal.add("waiting");
        } else {
            responder->respond(text_response(std::string(request.path)));
        }
    };
    server.start();
    Client client(server.port());
    client.send(get("/slow") + get("/second") + get("/third"));
    ASSERT_TRUE(server.script.journal.wait_for("waiting"));
    server.server().post(0, [&] { std::exchange(first, nullptr)->respond(text_response("/slow")); });
    EXPECT_EQ(body_of(client.receive_response()), "/slow");
    EXPECT_EQ(body_of(client.receive_response()), "/second");
    EXPECT_EQ(body_of(client.receive_response()), "/third");
}

TEST(HttpServer, TakesAnAnswerFromAnyThreadOnce) {
    TestServer server;
    std::thread answering;
    server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        answering = std::thread([responder] {
            responder->respond(text_response("one"));
            responder->respond(text_response("two"));
        });
    };
    server.start();
    Client client(server.port());
    client.send(get("/", "Connection: close\r\n"));
    EXPECT_EQ(body_of(client.receive_all()), "one");
    answering.join();
}

TEST(HttpServer, ClosesWhenTheAnswerIsDropped) {
    TestServer server;
    server.script.on_request = [](const HttpRequest&, std::shared_ptr<HttpResponder>, std::size_t) {};
    server.start();
    Client client(server.port());
    client.send(get("/"));
    EXPECT_EQ(client.receive_all(), "");
    EXPECT_FALSE(client.was_reset());
}

TEST(HttpServer, TellsTheApplicationWhenAWaitingClientLeaves) {
    TestServer server;
    std::shared_ptr<HttpResponder> kept;
    server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        kept = std::move(responder);
        server.script.journal.add("waiting");
    };
    server.start();
    Client polite(server.port());
    polite.send(get("/"));
    ASSERT_TRUE(server.script.journal.wait_for("waiting"));
    polite.close();
    EXPECT_TRUE(server.script.journal.wait_for("aborted"));
    kept->respond(text_response("too late"));

    Client rude(server.port());
    rude.send(get("/"));
    ASSERT_TRUE(server.script.journal.wait_for("waiting", 2));
    rude.reset();
    EXPECT_TRUE(server.script.journal.wait_for("aborted", 2));
}

TEST(HttpServer, AnswersHeadWithoutABody) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + get("/next"));
    EXPECT_THAT(client.receive_response(true), HasSubstr("Content-Length: 8\r\n"));
    EXPECT_EQ(body_of(client.receive_response()), "GET /next? ");
}

TEST(HttpServer, InvitesTheBodyWhenAsked) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(client.receive_response(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    EXPECT_EQ(body_of(client.receive_response()), "POST /? abc");
}

TEST(HttpServer, RefusesWhatTheGateRefusesAndCloses) {
    TestServer server;
    server.start();
    const std::string long_header = get("/", "X: " + std::string(9 * 1024, 'x') + "\r\n");
    std::string many_headers = "GET / HTTP/1.1\r\nHost: h\r\n";
    for (int i = 0; i < 2000; ++i)
        many_headers += "X" + std::to_string(i) + ": y\r\n";
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
    const std::vector<std::pair<std::string, unsigned>> cases{
        {long_header, 431},
        {many_headers + "\r\n", 431},
        {post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400},
        {post + "Transfer-Encoding: gzip\r\n\r\n", 400},
        {"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
        {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", 400},
        {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", 400},
        {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 400},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {get("/", "X: a\r\n folded\r\n"), 400},
        {post + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(100'000, 'x') + "\r\na\r\n0\r\n\r\n",
         400},
        {get("/", "Origin: a\rb\r\n"), 400},
        {"NONSENSE\r\n\r\n", 400},
    };
    for (const auto& [stream, status] : cases) {
        Client client(server.port());
        client.send(stream + get("/smuggled"));
        const auto all = client.receive_all();
        EXPECT_EQ(status_of(all), status) << stream.substr(0, 80);
        EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
        EXPECT_EQ(all.find("smuggled"), std::string::npos);
    }
    EXPECT_EQ(server.server().counters().requests_malformed, cases.size());
    EXPECT_EQ(server.server().counters().requests, 0U);
}

TEST(HttpServer, ABodyOverTheLimitIsAnsweredBeforeItArrivesAndTheAnswerCanBeRead) {
    ServerSettings settings;
    settings.body_bytes = 1000;
    TestServer server(settings);
    server.script.on_request = [](const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                  std::size_t) {
        responder->respond(text_response("", request.body_too_large ? 413 : 200));
    };
    server.start();
    Client client(server.port());
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000000\r\n\r\n");
    EXPECT_TRUE(client.send(std::string(3'000'000, 'x'))) << "the rest is read and dropped";
    EXPECT_EQ(status_of(client.receive_all()), 413U);
    EXPECT_FALSE(client.was_reset());

    Client exact(server.port());
    exact.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'));
    EXPECT_EQ(status_of(exact.receive_response()), 200U);
    EXPECT_EQ(server.server().counters().requests_too_large, 1U);
}

TEST(HttpServer, AHeadThatNeverEndsIsAnsweredWith408) {
    TestServer server;
    server.start();
    Client client(server.port());
    client.send("GET / HT");
    ASSERT_TRUE(server.eventually([&] { return server.server().counters().bytes_in == 8; }));
    server.pass(Milliseconds{4'900});
    client.send("T");
    ASSERT_TRUE(server.eventually([&] { return server.server().counters().bytes_in == 9; }));
    server.pass(Milliseconds{200});
    EXPECT_EQ(status_of(client.receive_all()), 408U);
    EXPECT_EQ(server.server().counters().requests_timed_out, 1U);
}

TEST(HttpServer, ABodyThatNeverEndsIsAnsweredWith408AndTheApplicationIsTold) {
    TestServer server;
    server.script.on_started = [&](const HttpRequest& head) -> std::optional<HttpResponse> {
        server.script.journal.add("started " + std::string(head.path));
        return std::nullopt;
    };
    server.start();
    Client client(server.port());
    client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    ASSERT_TRUE(server.script.journal.wait_for("started /p"));
    server.pass(Milliseconds{10'100});
    EXPECT_EQ(status_of(client.receive_all()), 408U);
    EXPECT_TRUE(server.script.journal.wait_for("aborted"));
}

TEST(HttpServer, ARequestMayBeRefusedByItsHeadAlone) {
    TestServer server;
    server.script.on_started = [](const HttpRequest&) { return text_response("no", 400); };
    server.start();
    Client client(server.port());
    client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
    const auto all = client.receive_all();
    EXPECT_EQ(status_of(all), 400U);
    EXPECT_EQ(body_of(all), "no");
}

TEST(HttpServer, ClosesIdleConnectionsQuietly) {
    TestServer server;
    server.start();
    Client silent(server.port());
    Client used(server.port());
    used.send(get("/"));
    EXPECT_EQ(status_of(used.receive_response()), 200U);
    ASSERT_TRUE(server.eventually([&] { return server.server().counters().connections_accepted == 2; }));
    server.pass(Milliseconds{5'100});
    EXPECT_EQ(silent.receive_all(), "");
    used.send(get("/"));
    EXPECT_EQ(status_of(used.receive_response()), 200U);
    server.pass(Milliseconds{60'100});
    EXPECT_EQ(used.receive_all(), "");
}

TEST(HttpServer, SendsLargeAnswersToSlowReadersWhole) {
    TestServer server;
    const auto page = std::make_shared<const std::string>(5'000'000, 'p');
    server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        HttpResponse response;
        response.shared_body = page;
        responder->respond(std::move(response));
    };
    server.start();
    Client client(server.port(), 4096);
    client.send(get("/") + get("/"));
    EXPECT_EQ(body_of(client.receive_response()), *page);
    EXPECT_EQ(body_of(client.receive_response()), *page);
}

TEST(HttpServer, AClientThatPipelinesAndNeverReadsCostsABoundedAmount) {
    TestServer server;
    const auto page = std::make_shared<const std::string>(1'000'000, 'p');
    server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        HttpResponse response;
        response.shared_body = page;
        responder->respond(std::move(response));
        server.script.journal.add("answered");
    };
    server.start();
    Client client(server.port(), 4096);
    std::string requests;
    for (int i = 0; i < 200; ++i)
        requests += get("/");
    client.send(requests);
    // A second client's request goes through afterwards, so the first one's have been looked at.
    ASSERT_TRUE(server.script.journal.wait_for("answered"));
    Client other(server.port());
    other.send(get("/"));
    EXPECT_EQ(body_of(other.receive_response()).size(), page->size());
    EXPECT_LT(server.script.journal.count("answered"), 20U);
    server.pass(Milliseconds{60'100});
    EXPECT_TRUE(server.eventually([&] { return server.server().counters().connections_open <= 1; }));
}

TEST(HttpServer, LimitsTheConnectionsOfAnAddress) {
    ServerSettings settings;
    settings.connections_per_address = 2;
    TestServer server(settings);
    server.start();
    Client one(server.port());
    Client two(server.port());
    one.send(get("/"));
    two.send(get("/"));
    EXPECT_EQ(status_of(one.receive_response()), 200U);
    EXPECT_EQ(status_of(two.receive_response()), 200U);
    Client three(server.port());
    EXPECT_EQ(three.receive_all(), "");
    EXPECT_EQ(server.server().counters().refused_per_address, 1U);
    one.close();
    ASSERT_TRUE(server.eventually([&] { return server.server().counters().connections_open == 1; }));
    Client four(server.port());
    four.send(get("/"));
    EXPECT_EQ(status_of(four.receive_response()), 200U);
}

TEST(HttpServer, WaitsWhenThereAreNoDescriptorsLeftAndGoesOnWhenThereAre) {
    TestServer server;
    server.start();
    // The client's descriptor exists before they run out; the kernel completes its connection without the
    // server.
    Client client(server.port());
    client.send(get("/"));
    EXPECT_EQ(status_of(client.receive_response()), 200U);
    const int waiting = ::socket(AF_INET, SOCK_STREAM, 0);
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{static_cast<rlim_t>(waiting) + 1, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(waiting, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(server.eventually([&] { return server.server().counters().accept_errors >= 2; }));
    client.send(get("/"));
    EXPECT_EQ(status_of(client.receive_response()), 200U) << "the others notice nothing";
    EXPECT_EQ(server.server().counters().connections_accepted, 1U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_TRUE(server.eventually([&] { return server.server().counters().connections_accepted == 2; }));
    ::close(waiting);
}

TEST(HttpServer, AnAnswerThatOutlivesTheServerGoesNowhere) {
    std::shared_ptr<HttpResponder> kept;
    {
        TestServer server;
        server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                       std::size_t) {
            kept = std::move(responder);
            server.script.journal.add("waiting");
        };
        server.start();
        Client client(server.port());
        client.send(get("/"));
        ASSERT_TRUE(server.script.journal.wait_for("waiting"));
    }
    kept->respond(text_response("too late"));
    kept.reset();
}

TEST(HttpServer, BelievesForwardingHeadersOnlyFromTrustedProxies) {
    const auto seen_by = [](std::vector<std::string> proxies) {
        ServerSettings settings;
        settings.trusted_proxies = std::move(proxies);
        TestServer server(settings);
        server.script.on_request = [](const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                      std::size_t) {
            std::string text(request.remote_address);
            responder->respond(text_response(text + (request.secure ? " secure" : "")));
        };
        server.start();
        Client client(server.port());
        client.send(get("/", "X-Forwarded-For: 203.0.113.5\r\nX-Forwarded-Proto: https\r\n"));
        return body_of(client.receive_response());
    };
    EXPECT_EQ(seen_by({}), "127.0.0.1");
    EXPECT_EQ(seen_by({"127.0.0.0/8"}), "203.0.113.5 secure");
}

TEST(HttpServer, MovesAConnectionToTheThreadOfItsSessionWithEverythingItSent) {
    ServerSettings settings;
    settings.threads = 3;
    TestServer server(settings);
    server.script.home_thread = [](const HttpRequest& head) -> std::optional<std::size_t> {
        const auto thread = head.parameter("thread");
        if (!thread) return std::nullopt;
        return static_cast<std::size_t>(std::stoul(*thread));
    };
    server.script.on_request = [](const HttpRequest& request, std::shared_ptr<HttpResponder> responder,
                                  std::size_t thread) {
        responder->respond(text_response(std::to_string(thread) + " " + std::string(request.body)));
    };
    server.start();
    Client client(server.port());
    std::string stream;
    for (const auto* thread : {"0", "1", "2", "1", "0"}) {
        stream +=
            "POST /?thread=" + std::string(thread) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody";
    }
    client.send(stream);
    for (const auto* thread : {"0", "1", "2", "1", "0"}) {
        EXPECT_EQ(body_of(client.receive_response()), std::string(thread) + " body");
    }
    // Also when the body is still on its way.
    client.send("POST /?thread=2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbo");
    client.send("dy");
    EXPECT_EQ(body_of(client.receive_response()), "2 body");
    EXPECT_GE(server.server().counters().connections_moved, 4U);
    EXPECT_EQ(server.server().counters().connections_accepted, 1U);
    EXPECT_EQ(server.server().counters().connections_open, 1U);
}

TEST(HttpServer, PostsRunInOrderOnTheirThread) {
    ServerSettings settings;
    settings.threads = 2;
    TestServer server(settings);
    server.start();
    std::vector<int> order;
    std::thread::id id;
    for (int i = 0; i < 1000; ++i) {
        server.server().post(1, [&, i] {
            order.push_back(i);
            id = std::this_thread::get_id();
            if (i == 999) server.script.journal.add("done");
        });
    }
    ASSERT_TRUE(server.script.journal.wait_for("done"));
    EXPECT_TRUE(std::ranges::is_sorted(order));
    EXPECT_EQ(order.size(), 1000U);
    EXPECT_NE(id, std::this_thread::get_id());
}

TEST(HttpServer, StopAnswersWhatIsUnderwayAndClosesTheRest) {
    TestServer server;
    std::shared_ptr<HttpResponder> waiting;
    server.script.on_request = [&](const HttpRequest&, std::shared_ptr<HttpResponder> responder,
                                   std::size_t) {
        waiting = std::move(responder);
        server.script.journal.add("waiting");
    };
    server.script.on_shut_down = [&] {
        std::exchange(waiting, nullptr)->respond(text_response("last words"));
    };
    server.start();
    Client idle(server.port());
    Client client(server.port());
    client.send(get("/"));
    ASSERT_TRUE(server.script.journal.wait_for("waiting"));
    std::thread stopping([&] { server.server().stop(); });
    const auto last = client.receive_all();
    EXPECT_EQ(body_of(last), "last words");
    EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
    EXPECT_EQ(idle.receive_all(), "");
    client.close();
    idle.close();
    stopping.join();
    bool called = false;
    server.server().post(0, [&] { called = true; });
    EXPECT_FALSE(called);
}

TEST(HttpServer, SaysWhyItCannotStart) {
    TestServer first;
    first.start();
    NoLog log;
    SharedClock clock;
    const auto start_with = [&](auto change) {
        ServerSettings settings;
        settings.listen = {{.address = "127.0.0.1", .port = 0}};
        change(settings);
        Server server(
            settings, [](std::size_t) { return nullptr; }, clock, log);
        const auto started = server.start();
        EXPECT_FALSE(started);
        return started ? StartErrorCode{255} : started.error().code;
    };
    EXPECT_EQ(start_with([&](auto& s) { s.listen[0].port = first.port(); }), StartErrorCode::cannot_listen);
    EXPECT_EQ(start_with([&](auto& s) { s.listen[0].port = first.port(), s.threads = 2; }),
              StartErrorCode::cannot_listen);
    EXPECT_EQ(start_with([](auto& s) { s.listen[0].address = "localhost"; }), StartErrorCode::bad_settings);
    EXPECT_EQ(start_with([](auto& s) { s.threads = 0; }), StartErrorCode::bad_settings);
    EXPECT_EQ(start_with([](auto& s) { s.threads = 65; }), StartErrorCode::bad_settings);
    EXPECT_EQ(start_with([](auto& s) { s.listen.clear(); }), StartErrorCode::bad_settings);
    EXPECT_EQ(start_with([](auto& s) { s.trusted_proxies = {"nobody"}; }), StartErrorCode::bad_settings);
    EXPECT_EQ(start_with([](auto& s) { s.listen[0].tls = true; }), StartErrorCode::bad_certificate);
}

}  // namespace
}  // namespace holdfast::net
