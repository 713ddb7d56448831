// Recovery over the real engine with a polling client: what is sent again and the reply are one answer.
#include <gtest/gtest.h>

#include "holdfast/socketio/recovery/manual_log.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::socketio {
namespace {

using namespace std::chrono_literals;

class Answers final : public engineio::HttpResponder {
  public:
    void respond(engineio::HttpResponse response) override { bodies.push_back(std::move(response.body)); }
    std::vector<std::string> bodies;
};

class RecoveryOverPolling : public testing::Test {
  protected:
    RecoveryOverPolling() {
        RecoverySettings recovery;
        recovery.log = std::make_unique<ManualLog>(disk);
        EXPECT_TRUE(server.enable_recovery(std::move(recovery)));
    }
    std::string request(std::string_view method, const std::string& query, std::string_view body = {}) {
        engineio::HttpRequest request;
        request.method = method;
        request.path = "/socket.io/";
        request.query = query;
        request.headers = {{"Host", "localhost"}};
        request.body = body;
        request.remote_address = "127.0.0.1";
        answers = std::make_shared<Answers>();
        server.engine().on_request(request, answers, now, {});
        return answers->bodies.empty() ? std::string() : answers->bodies.front();
    }
    /// A new session; its query.
    std::string open() {
        const auto body = request("GET", "EIO=4&transport=polling");
        const auto at = body.find("\"sid\":\"") + 7;
        return "EIO=4&transport=polling&sid=" + body.substr(at, body.find('"', at) - at);
    }

    std::shared_ptr<ManualDisk> disk = std::make_shared<ManualDisk>();
    SeededRandom random{1};
    Server server{Settings{}, random};
    std::shared_ptr<Answers> answers;
    Instant now{1h};
};

TEST_F(RecoveryOverPolling, WhatWasMissedAndTheReplyAreOneAnswer) {
    auto query = open();
    request("POST", query, "40");
    disk->keep_all();
    const auto reply = request("GET", query);
    const auto at = reply.find("\"pid\":\"") + 7;
    ASSERT_GT(at, 7U);
    const auto pid = reply.substr(at, reply.find('"', at) - at);
    request("POST", query, "1");  // the transport goes, the session stays

    for (const std::string_view text : {"one", "two", "three"})
        server.of("/").broadcast({}, "say", json::array{text}, false);
    disk->keep_all();
    query = open();
    (void)request("GET", query);
    const auto poll = answers;
    server.of("/").broadcast({}, "say", json::array{"four"}, false);  // on its way to the disk
    request("POST", query, "40{\"pid\":\"" + pid + "\"}");
    EXPECT_TRUE(poll->bodies.empty());
    disk->keep_all();
    ASSERT_EQ(poll->bodies.size(), 1U);
    const auto& body = poll->bodies.front();
    for (const std::string_view part : {"\"one\"", "\"two\"", "\"three\"", "\"four\"", "40{", "complete"})
        EXPECT_NE(body.find(part), std::string::npos) << part << " is not in " << body;
}

}  // namespace
}  // namespace holdfast::socketio
