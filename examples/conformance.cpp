// The servers that the official protocol test suites expect; the suites stand in the repository
// socketio/socket.io under docs/engine.io-protocol/v4-test-suite and docs/socket.io-protocol/v5-test-suite.
//
//   conformance engineio|socketio --listen 127.0.0.1:3000
#include <CLI/CLI.hpp>
#include <memory>

#include "socketio_application.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace {

engineio::Settings short_times() {
    engineio::Settings settings;
    settings.ping_interval = 300ms;
    settings.ping_timeout = 200ms;
    settings.origins.allowed_origins = {"*"};
    settings.origins.cors = true;
    return settings;
}

/// Sends back every message of Engine.IO.
class EngineEcho final : public engineio::SessionListener {
  public:
    void on_open(engineio::SessionId /*session*/,
                 std::shared_ptr<const engineio::Handshake> /*handshake*/) override {}
    void on_message(engineio::SessionId session, std::string_view data, bool binary) override {
        engine->send(session, std::make_shared<const engineio::OutgoingMessage>(
                                  binary ? engineio::OutgoingMessage::binary(std::string(data))
                                         : engineio::OutgoingMessage(data)));
    }
    void on_close(engineio::SessionId /*session*/, engineio::CloseReason /*reason*/) override {}
    void on_drain(engineio::SessionId /*session*/) override {}
    void on_heartbeat(engineio::SessionId /*session*/, Instant /*ping_sent*/) override {}

    engineio::Engine* engine = nullptr;
};

struct EngineParts {
    EngineParts() : engine(settings(), echo, random) { echo.engine = &engine; }
    static engineio::Settings settings() {
        auto settings = short_times();
        settings.path = "/engine.io/";
        return settings;
    }

    SecureRandom random;
    EngineEcho echo;
    engineio::Engine engine;
    examples::NothingElse nothing_else;
};

class EngineEchoApplication final : public net::EngineApplication {
  public:
    explicit EngineEchoApplication(std::unique_ptr<EngineParts> parts)
        : EngineApplication(parts->engine, parts->nothing_else, 1), parts_(std::move(parts)) {}

  private:
    std::unique_ptr<EngineParts> parts_;
};

void greet_with_auth(const socketio::SocketPointer& socket) {
    socket->emit("auth", socketio::json::array{socket->auth()});
}

std::unique_ptr<net::Application> make_socketio() {
    socketio::Settings settings;
    settings.engine = short_times();
    settings.connect_timeout = 1s;
    auto parts = std::make_unique<examples::ServerOnThread>(settings, 0);
    auto& main = parts->server.of("/");
    main.on_connection(greet_with_auth);
    main.on("message", [](socketio::Socket& socket, socketio::Event& event) {
        socket.emit("message-back",
                    socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    main.on("message-with-ack", [](socketio::Socket& /*socket*/, socketio::Event& event) {
        event.ack(socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    parts->server.of("/custom").on_connection(greet_with_auth);
    return std::make_unique<examples::SocketIoApplication>(std::move(parts), 1);
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("The servers that the official Engine.IO and Socket.IO test suites expect");
    std::string protocol;
    std::string listen = "127.0.0.1:3000";
    options.add_option("protocol", protocol, "engineio or socketio")
        ->required()
        ->check(CLI::IsMember({"engineio", "socketio"}));
    options.add_option("--listen", listen, "Address and port")->capture_default_str();
    CLI11_PARSE(options, argument_count, arguments);
    const auto parsed = examples::parse_listen(listen);
    if (!parsed) {
        std::fprintf(stderr, "--listen wants an address and a port, like 127.0.0.1:3000\n");
        return 2;
    }

    net::ServerSettings settings;
    settings.listen = {*parsed};
    settings.tick_interval = 10ms;
    return examples::serve_until_stopped(
        settings, [&](std::size_t /*thread_index*/, const examples::Post& /*post*/) {
            if (protocol == "socketio") return make_socketio();
            return std::unique_ptr<net::Application>(
                std::make_unique<EngineEchoApplication>(std::make_unique<EngineParts>()));
        });
}
