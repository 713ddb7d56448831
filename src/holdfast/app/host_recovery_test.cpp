// A host whose clients come back as who they were, on whichever of its threads.
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "holdfast/app/host.hpp"
#include "holdfast/net/net_test_support.hpp"

namespace holdfast::app {
namespace {

using net::testing::body_of;
using net::testing::Client;

class UnreadableLog final : public socketio::RecoveryLog {
  public:
    Result<socketio::RecoveryImage, socketio::RecoveryLogError> load() override {
        return failure(socketio::RecoveryLogError{"the disk is on fire"});
    }
    void report_to(Kept /*kept*/, Failed /*failed*/) override {}
    void append(socketio::RecoveryRecord /*record*/) override {}
};

HostSettings settings_for_tests() {
    HostSettings settings;
    settings.listen = {"127.0.0.1", 0};
    settings.net.tick_interval = Milliseconds{5};
    settings.net.drain_time = Milliseconds{200};
    return settings;
}

socketio::RecoverySettings in_memory() {
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<socketio::MemoryRecoveryLog>("abcdef");
    return recovery;
}

std::string request(std::uint16_t port, const std::string& head, const std::string& body = "") {
    Client client(port);
    client.send(head + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    return body_of(client.receive_all());
}

std::string value_of(const std::string& text, const std::string& name) {
    const auto start = text.find('"' + name + "\":\"");
    if (start == std::string::npos) return {};
    const auto from = start + name.size() + 4;
    return text.substr(from, text.find('"', from) - from);
}

/// Connects by polling with that greeting; what the first polls brought, up to the reply.
std::string connect(std::uint16_t port, const std::string& greeting) {
    const auto path = "/socket.io/?EIO=4&transport=polling";
    const auto session = value_of(request(port, std::string("GET ") + path), "sid");
    const auto own = std::string(path) + "&sid=" + session;
    EXPECT_EQ(request(port, "POST " + own, greeting), "ok");
    std::string heard;
    while (heard.find("40{") == std::string::npos && heard.size() < 100'000)
        heard += request(port, "GET " + own);
    return heard;
}

TEST(HostRecovery, AClientComesBackAsTheSameOneOnWhicheverThread) {
    auto settings = settings_for_tests();
    settings.threads = 3;
    Host host(std::move(settings));
    std::mutex mutex;
    std::set<std::thread::id> threads;
    int complete = 0;
    host.enable_recovery(in_memory()).on_start([&](socketio::Server& io) {
        io.of("/").on_connection([&](const socketio::SocketPointer& socket) {
            const std::lock_guard lock(mutex);
            threads.insert(std::this_thread::get_id());
            complete += socket->recovery() == socketio::Recovery::complete ? 1 : 0;
        });
    });
    ASSERT_TRUE(host.start());
    const auto port = host.ports().at(0);
    const auto first = connect(port, "40");
    const auto pid = value_of(first, "pid");
    ASSERT_FALSE(pid.empty());
    const auto sid = value_of(first.substr(first.find("40{")), "sid");
    const auto all_seen = [&] {
        const std::lock_guard lock(mutex);
        return threads.size() == 3;
    };
    int returns = 0;
    // The system picks the thread of each connection; sooner or later each has had its turn.
    while (!all_seen() && returns < 400) {
        const auto again = connect(port, R"(40{"pid":")" + pid + R"("})");
        EXPECT_EQ(value_of(again.substr(again.find("40{")), "sid"), sid);
        ASSERT_NE(again.find(R"("recovery":"complete")"), std::string::npos) << again;
        ++returns;
    }
    const std::lock_guard lock(mutex);
    EXPECT_EQ(threads.size(), 3U);
    EXPECT_EQ(complete, returns);
}

TEST(HostRecovery, ALogThatCannotBeReadFailsTheStartBeforeAnybodyIsServed) {
    Host host(settings_for_tests());
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<UnreadableLog>();
    bool set_up = false;
    host.enable_recovery(std::move(recovery)).on_start([&](socketio::Server& /*io*/) { set_up = true; });
    const auto started = host.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, HostErrorCode::recovery_failed);
    EXPECT_FALSE(set_up);
}

TEST(HostRecovery, ReachesNoFurtherThanTheProcess) {
    auto settings = settings_for_tests();
    settings.join_cluster = [](const Post& /*post*/) { return socketio::AdapterFactory(); };
    Host host(std::move(settings));
    host.enable_recovery(in_memory());
    const auto started = host.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, HostErrorCode::bad_settings);
}

}  // namespace
}  // namespace holdfast::app
