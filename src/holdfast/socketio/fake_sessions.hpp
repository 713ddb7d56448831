// For tests: stands where the Engine stands, records what the hub sends and closes, and speaks for clients.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/socketio/hub.hpp"

namespace holdfast::socketio {

class FakeSessions final : public SessionOutput {
  public:
    struct Session {
        std::vector<std::string> sent;  ///< texts, and attachments as "<bytes>"
        std::vector<engineio::MessagePointer> messages;
        std::optional<engineio::CloseReason> closed;
        bool busy = false;       ///< volatile messages are dropped
        bool overflows = false;  ///< the next send ends the session, as an Engine at its queue's limit does
    };

    engineio::SendVerdict send(engineio::SessionId id, const engineio::MessagePointer& message,
                               bool is_volatile) override {
        auto& session = sessions[id];
        if (session.closed || (is_volatile && session.busy)) return engineio::SendVerdict::dropped;
        if (session.overflows) {
            session.closed = engineio::CloseReason::queue_overflow;
            listener->on_close(id, engineio::CloseReason::queue_overflow);
            return engineio::SendVerdict::dropped;
        }
        session.sent.emplace_back(message->text());
        for (const auto& attachment : message->attachments())
            session.sent.push_back("<" + attachment + ">");
        session.messages.push_back(message);
        return session.busy ? engineio::SendVerdict::queued : engineio::SendVerdict::sent;
    }
    void close(engineio::SessionId id, engineio::CloseReason reason) override {
        auto& session = sessions[id];
        if (session.closed) return;
        session.closed = reason;
        listener->on_close(id, reason);
    }
    void together(const std::function<void()>& function) override {
        ++turns;
        function();
    }
    [[nodiscard]] std::optional<engineio::TransportKind> transport(engineio::SessionId id) const override {
        const auto found = sessions.find(id);
        if (found == sessions.end() || found->second.closed) return std::nullopt;
        return engineio::TransportKind::websocket;
    }

    int turns = 0;
    engineio::SessionListener* listener = nullptr;
    std::map<engineio::SessionId, Session> sessions;
};

class RecordingLog final : public Log {
  public:
    void write(LogLevel /*level*/, std::string_view event, std::initializer_list<LogField> fields) override {
        std::string line(event);
        for (const auto& field : fields) {
            if (const auto* text = std::get_if<std::string_view>(&field.value))
                line += " " + std::string(*text);
        }
        lines.push_back(line);
    }
    std::vector<std::string> lines;
};

class HubTest : public testing::Test {
  protected:
    HubTest() : HubTest(Settings{}) {}
    explicit HubTest(Settings settings) {
        settings.log = &log;
        hub = std::make_unique<Hub>(settings, random, output);
        output.listener = hub.get();
    }

    engineio::SessionId open() {
        hub->on_open(++last_session, std::make_shared<engineio::Handshake>());
        return last_session;
    }
    /// A client that has joined the namespace; what it was told on the way is forgotten.
    engineio::SessionId join(std::string_view nsp = "/") {
        const auto session = open();
        says(session, "0" + (nsp == "/" ? std::string() : std::string(nsp) + ","));
        (void)heard(session);
        return session;
    }
    void says(engineio::SessionId session, std::string_view text) { hub->on_message(session, text, false); }
    void says_binary(engineio::SessionId session, std::string_view bytes) {
        hub->on_message(session, bytes, true);
    }
    /// What the client heard since the last time.
    std::vector<std::string> heard(engineio::SessionId session) {
        output.sessions[session].messages.clear();
        return std::exchange(output.sessions[session].sent, {});
    }
    std::optional<engineio::CloseReason> closed(engineio::SessionId session) {
        return output.sessions[session].closed;
    }
    void pass(Milliseconds time) {
        now += time;
        hub->on_tick(now);
    }
    Namespace& main() { return hub->of("/"); }
    /// The only socket of the namespace.
    SocketPointer only(std::string_view nsp = "/") {
        const auto sockets = hub->of(nsp).sockets({});
        EXPECT_EQ(sockets.size(), 1U);
        return sockets.empty() ? nullptr : sockets.front();
    }

    SeededRandom random{7};
    RecordingLog log;
    FakeSessions output;
    std::unique_ptr<Hub> hub;
    Instant now{std::chrono::hours{1}};
    engineio::SessionId last_session = 0;
};

using Texts = std::vector<std::string>;

}  // namespace holdfast::socketio
