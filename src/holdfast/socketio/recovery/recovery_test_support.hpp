// For tests: a hub with recovery over a disk that the test commands, and clients that behave as stock ones
// do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/socketio/fake_sessions.hpp"
#include "holdfast/socketio/json_text.hpp"
#include "holdfast/socketio/recovery/manual_log.hpp"

namespace holdfast::socketio {

/// What the official JavaScript client does with pid and offset.
struct StockClient {
    engineio::SessionId session = 0;
    bool connected = false;
    bool recovered = false;
    std::string sid;
    std::string pid;
    std::optional<std::string> offset;
    std::string recovery;  ///< the extra field of the last CONNECT reply
    std::vector<json::array> events;
    std::vector<json::array> before_connect;

    void hear(std::string_view text) {
        ASSERT_FALSE(text.empty());
        if (text.front() == '1') connected = false;
        if (text.front() == '0') {
            const auto data = read_json(text.substr(1), 32, 1000);
            ASSERT_TRUE(data && data->is_object());
            const auto& reply = data->get_object();
            sid = std::string(reply.at("sid").get_string());
            const auto* const new_pid = reply.if_contains("pid");
            const std::string given = new_pid == nullptr ? "" : std::string(new_pid->get_string());
            recovered = !given.empty() && given == pid;
            pid = given;
            const auto* const field = reply.if_contains("recovery");
            recovery = field == nullptr ? "" : std::string(field->get_string());
            connected = true;
            for (auto& event : std::exchange(before_connect, {}))
                take(std::move(event));
        }
        if (text.front() == '2' || text.front() == '5') {
            const auto at = text.find('[');
            const auto data = read_json(text.substr(at), 32, 1000);
            ASSERT_TRUE(data && data->is_array());
            const bool wants_ack = text[at - 1] >= '0' && text[at - 1] <= '9' && at > 1;
            if (wants_ack) {
                events.push_back(data->get_array());
            } else if (connected) {
                take(data->get_array());
            } else {
                before_connect.push_back(data->get_array());
            }
        }
    }
    [[nodiscard]] std::string greeting() const {
        if (pid.empty()) return "0";
        json::object auth{{"pid", pid}};
        if (offset) auth["offset"] = *offset;
        std::string text = "0";
        append_json(text, auth);
        return text;
    }
    /// The first arguments of the events since the last call.
    std::vector<std::string> heard() {
        std::vector<std::string> texts;
        for (const auto& event : std::exchange(events, {})) {
            texts.emplace_back(event.size() > 1 && event[1].is_string() ? event[1].get_string()
                                                                        : event[0].get_string());
        }
        return texts;
    }

  private:
    void take(json::array event) {
        if (!pid.empty() && event.back().is_string()) offset = std::string(event.back().get_string());
        events.push_back(std::move(event));
    }
};

class RecoveryTest : public testing::Test {
  protected:
    RecoveryTest() { start(); }

    void start() {
        hub.reset();
        disk->kept = nullptr;
        settings.log = &log;
        output = std::make_unique<FakeSessions>();
        hub = std::make_unique<Hub>(settings, random, *output);
        output->listener = hub.get();
        RecoverySettings recovery;
        recovery.log = std::make_unique<ManualLog>(disk);
        recovery.limits = limits;
        recovery.skip_middlewares = skip_middlewares;
        ASSERT_TRUE(hub->enable_recovery(std::move(recovery)));
        hub->on_tick(now);
        set_up(hub->of("/"));
    }
    virtual void set_up(Namespace& /*nsp*/) {}

    /// A new connection on which the client says its greeting; the reply is read.
    void connect(StockClient& client) {
        client.session = ++last_session;
        client.connected = false;
        hub->on_open(client.session, std::make_shared<engineio::Handshake>());
        hub->on_message(client.session, client.greeting(), false);
        read(client);
    }
    void read(StockClient& client) {
        for (const auto& text : std::exchange(output->sessions[client.session].sent, {}))
            client.hear(text);
    }
    /// The client's connection breaks, and the server notices.
    void cut(StockClient& client) {
        client.connected = false;
        output->sessions[client.session].closed = engineio::CloseReason::transport_close;
        hub->on_close(client.session, engineio::CloseReason::transport_close);
    }
    SocketPointer socket_of(const StockClient& client) { return hub->of("/").find(client.sid); }
    void pass(Milliseconds time) {
        now += time;
        hub->on_tick(now);
    }
    void say(const Audience& audience, std::string_view what) {
        hub->of("/").broadcast(audience, "say", json::array{what}, false);
    }
    Namespace& main() { return hub->of("/"); }

    std::shared_ptr<ManualDisk> disk = std::make_shared<ManualDisk>();
    Settings settings;
    RecoveryLimits limits;
    bool skip_middlewares = true;
    SeededRandom random{11};
    RecordingLog log;
    std::unique_ptr<FakeSessions> output;
    std::unique_ptr<Hub> hub;
    Instant now{std::chrono::hours{1}};
    engineio::SessionId last_session = 0;
};

}  // namespace holdfast::socketio
