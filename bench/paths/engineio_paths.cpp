// Engine.IO sessions: messages over a WebSocket and over polling.
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/engineio/engine.hpp"
#include "holdfast/engineio/payload.hpp"
#include "path.hpp"
#include "socketio_world.hpp"

namespace holdfast::bench {
namespace {

using namespace engineio;

constexpr std::string_view text = R"(2["answer",{"round":1234,"item":"A","answer":true}])";
constexpr std::size_t payload_messages = 8;

class Counter final : public SessionListener {
  public:
    void on_open(SessionId opened, std::shared_ptr<const Handshake> /*handshake*/) override {
        session = opened;
    }
    void on_message(SessionId /*session*/, std::string_view /*data*/, bool /*binary*/) override {
        ++messages;
    }
    void on_close(SessionId /*session*/, CloseReason /*reason*/) override {}
    void on_drain(SessionId /*session*/) override {}
    void on_heartbeat(SessionId /*session*/, Instant /*ping_sent*/) override {}

    SessionId session = 0;
    std::size_t messages = 0;
};

/// Keeps the answer.
class Responder final : public HttpResponder {
  public:
    void respond(HttpResponse response) override { answer = std::move(response); }
    std::optional<HttpResponse> answer;
};

struct EngineWorld {
    ManualClock clock;
    SeededRandom random{1};
    Counter counter;
    Engine engine{{}, counter, random};
};

class OverWebSocket : public Path {
  public:
    OverWebSocket() {
        const auto request = websocket_request();
        const auto answer =
            world_.engine.on_upgrade_request(request, world_.clock.now(), world_.clock.unix_now());
        const auto* accepted = std::get_if<UpgradeAccepted>(&answer);
        if (accepted == nullptr) throw std::runtime_error("a WebSocket was refused");
        client_.id = accepted->websocket;
        world_.engine.on_websocket_open(client_.id, client_, world_.clock.now());
    }
    void prepare(std::size_t /*operations*/) override {
        world_.counter.messages = 0;
        client_.messages = 0;
    }

  protected:
    ClientSocket client_;
    EngineWorld world_;
    std::size_t wanted_ = 0;
};

class MessageIn final : public OverWebSocket {
  public:
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index)
            world_.engine.on_websocket_message(client_.id, packet_, false, world_.clock.now());
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("messages", world_.counter.messages, wanted_);
    }

  private:
    std::string packet_ = "4" + std::string(text);
};

class MessageOut final : public OverWebSocket {
  public:
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; ++index) {
            client_.out.clear();
            world_.engine.send(world_.counter.session, std::make_shared<const OutgoingMessage>(text));
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("messages", client_.messages, wanted_);
    }
};

class OverPolling : public Path {
  public:
    OverPolling() {
        const auto responder = std::make_shared<Responder>();
        request(responder, "GET", "EIO=4&transport=polling", {});
        if (!responder->answer || responder->answer->status != 200) {
            throw std::runtime_error("a session was refused");
        }
        query_ = "EIO=4&transport=polling&sid=" + responder->answer->body.substr(9, 20);
        for (std::size_t index = 0; index < payload_messages; ++index) {
            if (index > 0) payload_ += packet_separator;
            payload_.append("4").append(text);
        }
    }

  protected:
    void request(const std::shared_ptr<Responder>& responder, std::string_view method, std::string_view query,
                 std::string_view body) {
        HttpRequest request = websocket_request();
        request.method = method;
        request.query = query;
        request.body = body;
        request.headers.erase(request.headers.begin() + 1, request.headers.begin() + 3);
        request.headers.emplace_back("Content-Type", "text/plain;charset=UTF-8");
        world_.engine.on_request(request, responder, world_.clock.now(), world_.clock.unix_now());
    }

    EngineWorld world_;
    std::string query_;
    std::string payload_;
    std::size_t wanted_ = 0;
};

class PollingIn final : public OverPolling {
  public:
    void prepare(std::size_t /*operations*/) override { world_.counter.messages = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; index += payload_messages)
            request(std::make_shared<Responder>(), "POST", query_, payload_);
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("messages", world_.counter.messages, wanted_);
    }
};

class PollingOut final : public OverPolling {
  public:
    void prepare(std::size_t /*operations*/) override { bytes_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; index += payload_messages) {
            for (std::size_t message = 0; message < payload_messages; ++message)
                world_.engine.send(world_.counter.session, std::make_shared<const OutgoingMessage>(text));
            const auto responder = std::make_shared<Responder>();
            request(responder, "GET", query_, {});
            if (responder->answer) bytes_ += responder->answer->body.size();
        }
        wanted_ = operations / payload_messages * payload_.size();
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("bytes of payloads", bytes_, wanted_);
    }

  private:
    std::size_t bytes_ = 0;
};

}  // namespace

std::vector<PathInfo> engineio_paths() {
    return {
        path<MessageIn>("engineio.message_in", "message", 1'000),
        path<MessageOut>("engineio.message_out", "message", 1'000),
        path<PollingIn>("engineio.polling_in", "message, 8 a request", 800),
        path<PollingOut>("engineio.polling_out", "message, 8 a request", 800),
    };
}

}  // namespace holdfast::bench
