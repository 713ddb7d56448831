// A host from outside: real sockets, a client that polls, threads, pages, errors, stopping.
#include "holdfast/app/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "holdfast/net/net_test_support.hpp"

namespace holdfast::app {
namespace {

using net::testing::body_of;
using net::testing::Client;
using net::testing::Journal;
using net::testing::patience_milliseconds;
using net::testing::status_of;
using ::testing::HasSubstr;

HostSettings settings_for_tests() {
    HostSettings settings;
    settings.listen = {"127.0.0.1", 0};
    settings.net.tick_interval = Milliseconds{5};
    settings.net.drain_time = Milliseconds{200};
    return settings;
}

std::string request(std::uint16_t port, const std::string& head, const std::string& body = "") {
    Client client(port);
    client.send(head + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.receive_all();
}

/// A Socket.IO client over polling: packets in, packets out, as text.
class PollingClient {
  public:
    explicit PollingClient(std::uint16_t port) : port_(port) {
        const std::string opened = body_of(request(port_, "GET /socket.io/?EIO=4&transport=polling"));
        const auto start = opened.find("\"sid\":\"");
        if (start != std::string::npos)
            sid_ = opened.substr(start + 7, opened.find('"', start + 7) - start - 7);
    }
    [[nodiscard]] bool opened() const { return !sid_.empty(); }
    void send(const std::string& packet) {
        EXPECT_EQ(status_of(request(port_, "POST " + path(), '4' + packet)), 200U);
    }
    /// Polls until something with `wanted` in it has come; everything that came.
    std::string receive(const std::string& wanted) {
        std::string all;
        while (all.find(wanted) == std::string::npos) {
            const std::string response = request(port_, "GET " + path());
            if (status_of(response) != 200) {
                ADD_FAILURE() << "no " << wanted << " in " << all;
                break;
            }
            all += body_of(response);
            if (body_of(response) == "2") send_raw("3");
        }
        return all;
    }
    void connect() {
        send("0");
        receive("40{");
    }

  private:
    [[nodiscard]] std::string path() const { return "/socket.io/?EIO=4&transport=polling&sid=" + sid_; }
    void send_raw(const std::string& packet) { (void)request(port_, "POST " + path(), packet); }

    std::uint16_t port_;
    std::string sid_;
};

/// Keeps the lines it is given.
class KeptLog final : public Log {
  public:
    void write(LogLevel /*level*/, std::string_view event, std::initializer_list<LogField> /*f*/) override {
        journal.add(std::string(event));
    }
    Journal journal;
};

void echo(socketio::Server& server) {
    server.of("/").on("echo", [](socketio::Socket& /*socket*/, socketio::Event& event) {
        event.ack(std::move(event.arguments));
    });
}

TEST(Host, ServesSocketIoAndPagesOnOnePort) {
    Host host(settings_for_tests());
    host.on_start(echo).page("/", "<h1>Hello</h1>").page("/app.js", "let a;", "text/javascript");
    ASSERT_TRUE(host.start());
    const auto port = host.ports().at(0);

    PollingClient client(port);
    ASSERT_TRUE(client.opened());
    client.connect();
    client.send(R"(27["echo","hello",{"a":1}])");
    EXPECT_THAT(client.receive("437"), HasSubstr(R"(437["hello",{"a":1}])"));

    EXPECT_EQ(body_of(request(port, "GET /")), "<h1>Hello</h1>");
    EXPECT_THAT(request(port, "GET /"), HasSubstr("Content-Type: text/html; charset=UTF-8"));
    EXPECT_THAT(request(port, "GET /app.js"), HasSubstr("Content-Type: text/javascript"));
    EXPECT_EQ(status_of(request(port, "POST /", "x")), 405U);
    EXPECT_EQ(status_of(request(port, "GET /nothing")), 404U);
    EXPECT_EQ(host.url(), "http://127.0.0.1:" + std::to_string(port));
    EXPECT_GE(host.counters().requests, 8U);
}

TEST(Host, ServesTheJavaScriptClientUnlessItIsToldNotTo) {
    Host host(settings_for_tests());
    ASSERT_TRUE(host.start());
    // In a build without the files the answer says so; either way it is not the engine's complaint.
    const auto script = request(host.ports().at(0), "GET /socket.io/socket.io.js");
    EXPECT_THAT(script, testing::Not(HasSubstr("Transport unknown")));
    auto settings = settings_for_tests();
    settings.serve_client = false;
    Host without(std::move(settings));
    ASSERT_TRUE(without.start());
    EXPECT_THAT(request(without.ports().at(0), "GET /socket.io/socket.io.js"),
                HasSubstr("Transport unknown"));
}

TEST(Host, AnswersPlainHttpAtOnceOrLater) {
    Host host(settings_for_tests());
    host.on_http([](const net::HttpRequest& request) {
        if (request.path == "/broken") throw std::runtime_error("no such thing");
        net::HttpResponse response;
        response.body = std::string(request.method) + ' ' + std::string(request.path);
        return response;
    });
    ASSERT_TRUE(host.start());
    EXPECT_EQ(body_of(request(host.ports().at(0), "DELETE /thing", "")), "DELETE /thing");

    Host later(settings_for_tests());
    std::vector<std::thread> workers;
    std::mutex mutex;
    later.on_http_later([&](const net::HttpRequest&, std::shared_ptr<net::HttpResponder> responder) {
        const std::lock_guard lock(mutex);
        workers.emplace_back([responder = std::move(responder)] {
            net::HttpResponse response;
            response.body = "from another thread";
            responder->respond(std::move(response));
        });
    });
    ASSERT_TRUE(later.start());
    EXPECT_EQ(body_of(request(later.ports().at(0), "GET /slow")), "from another thread");
    for (auto& worker : workers)
        worker.join();
}

TEST(Host, AnExceptionOfAnHttpFunctionIsLoggedAndAnswered) {
    KeptLog log;
    auto settings = settings_for_tests();
    settings.log = &log;
    Host host(std::move(settings));
    host.on_http([](const net::HttpRequest&) -> net::HttpResponse { throw std::runtime_error("no"); });
    ASSERT_TRUE(host.start());
    EXPECT_EQ(status_of(request(host.ports().at(0), "GET /broken")), 500U);
    EXPECT_TRUE(log.journal.wait_for("http_failed"));
}

TEST(Host, BroadcastsReachTheClientsOfAllThreads) {
    auto settings = settings_for_tests();
    settings.threads = 4;
    Host host(std::move(settings));
    std::atomic<int> servers = 0;
    host.on_start([&](socketio::Server& server) {
        ++servers;
        server.of("/");
    });
    ASSERT_TRUE(host.start());
    EXPECT_EQ(servers, 4);
    EXPECT_EQ(host.thread_count(), 4U);

    std::vector<PollingClient> clients;
    for (int i = 0; i < 12; ++i) {
        clients.emplace_back(host.ports().at(0));
        clients.back().connect();
    }
    host.post([](socketio::Server& server) { server.of("/").broadcast({}, "news", {"for all"}); });
    for (auto& client : clients)
        EXPECT_THAT(client.receive("news"), HasSubstr(R"(42["news","for all"])"));
}

TEST(Host, PostsRunOnTheirThreadInOrderAlsoBeforeTheStart) {
    auto settings = settings_for_tests();
    settings.threads = 2;
    KeptLog log;
    settings.log = &log;
    Host host(std::move(settings));
    std::promise<std::vector<int>> result;
    std::vector<int> order;
    host.post(1, [&](socketio::Server&) { order.push_back(1); });
    host.post(1, [&](socketio::Server&) -> void {
        order.push_back(2);
        throw std::runtime_error("oops");
    });
    ASSERT_TRUE(host.start());
    host.post(1, [&](socketio::Server&) {
        order.push_back(3);
        result.set_value(order);
    });
    EXPECT_EQ(result.get_future().get(), (std::vector<int>{1, 2, 3}));
    EXPECT_TRUE(log.journal.wait_for("posted_function_failed"));

    Journal journal;
    host.post_to_all([&](socketio::Server&) { journal.add("there"); });
    EXPECT_TRUE(journal.wait_for("there", 2));
}

TEST(Host, StopsFromAHandlerAndSaysGoodbye) {
    Host host(settings_for_tests());
    std::atomic<int> goodbyes = 0;
    host.on_start([&](socketio::Server& server) {
        server.of("/").on("stop", [&](socketio::Socket&, socketio::Event&) { host.stop(); });
    });
    host.on_stop([&](socketio::Server&) { ++goodbyes; });
    ASSERT_TRUE(host.start());
    PollingClient client(host.ports().at(0));
    client.connect();
    client.send(R"(2["stop"])");
    host.wait();
    EXPECT_EQ(goodbyes, 1);
    bool called = false;
    host.post([&](socketio::Server&) { called = true; });
    EXPECT_FALSE(called);
}

TEST(Host, RunsUntilASignal) {
    auto settings = settings_for_tests();
    settings.threads = 2;
    Host host(std::move(settings));
    host.post([](socketio::Server&) { ::kill(::getpid(), SIGTERM); });
    EXPECT_EQ(host.run(), 0);
    struct sigaction now = {};
    ::sigaction(SIGTERM, nullptr, &now);
    EXPECT_EQ(now.sa_handler, SIG_DFL);
}

TEST(Host, RunsUntilStopIsCalled) {
    Host host(settings_for_tests());
    host.post([&](socketio::Server&) { host.stop(); });
    EXPECT_EQ(host.run(), 0);
}

TEST(Host, SaysInASentenceWhyItCannotStart) {
    Host first(settings_for_tests());
    ASSERT_TRUE(first.start());
    EXPECT_EQ(first.start().error().code, HostErrorCode::bad_settings);

    auto settings = settings_for_tests();
    settings.listen.address = "203.0.113.7";  // kept for documentation: nobody's address
    Host elsewhere(settings);
    const auto started = elsewhere.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, HostErrorCode::cannot_listen);
    EXPECT_THAT(started.error().message, HasSubstr("203.0.113.7"));

    settings = settings_for_tests();
    settings.listen.tls = true;
    Host no_certificate(settings);
    EXPECT_EQ(no_certificate.start().error().code, HostErrorCode::bad_settings);
    settings.tls = {"/nowhere/certificate.pem", "/nowhere/key.pem"};
    Host bad_certificate(settings);
    EXPECT_EQ(bad_certificate.start().error().code, HostErrorCode::bad_certificate);
    settings.listen.tls = false;
    Host unused_certificate(settings);
    EXPECT_THAT(unused_certificate.start().error().message, HasSubstr("tls = true"));
    settings = settings_for_tests();
    settings.threads = 65;
    Host too_many(settings);
    EXPECT_EQ(too_many.start().error().code, HostErrorCode::bad_settings);
    EXPECT_EQ(too_many.run(), 1);
}

TEST(Host, AnExceptionInTheSetUpFailsTheStart) {
    KeptLog log;
    auto settings = settings_for_tests();
    settings.log = &log;
    Host host(std::move(settings));
    host.on_start([](socketio::Server&) { throw std::runtime_error("the questions are missing"); });
    const auto started = host.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, HostErrorCode::set_up_failed);
    EXPECT_THAT(started.error().message, HasSubstr("the questions are missing"));
    EXPECT_EQ(log.journal.count("set_up_failed"), 1U);
}

TEST(Host, RefusesHandshakesAndForeignOrigins) {
    auto settings = settings_for_tests();
    settings.origins = {"https://friend.example"};
    Host host(std::move(settings));
    host.on_handshake([](const engineio::HttpRequest& request) {
        engineio::HandshakeVerdict verdict;
        if (request.parameter("secret") != "yes") verdict.refusal = "not you";
        return verdict;
    });
    ASSERT_TRUE(host.start());
    const auto port = host.ports().at(0);
    const auto refused = request(port, "GET /socket.io/?EIO=4&transport=polling");
    EXPECT_EQ(status_of(refused), 403U);
    EXPECT_THAT(refused, HasSubstr("not you"));
    const auto opened = request(port,
                                "GET /socket.io/?EIO=4&transport=polling&secret=yes HTTP/1.1\r\nOrigin: "
                                "https://friend.example\r\nX:");
    EXPECT_EQ(status_of(opened), 200U);
    EXPECT_THAT(opened, HasSubstr("Access-Control-Allow-Origin: https://friend.example"));
}

TEST(Host, JoinsAClusterOfOnesOwn) {
    auto settings = settings_for_tests();
    settings.threads = 2;
    std::atomic<int> joined = 0;
    settings.join_cluster = [&](const Post& post) {
        ++joined;
        post([] {});
        return socketio::AdapterFactory{};
    };
    Host host(std::move(settings));
    ASSERT_TRUE(host.start());
    EXPECT_EQ(joined, 2);
}

}  // namespace
}  // namespace holdfast::app
