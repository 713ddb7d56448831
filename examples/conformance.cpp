// The servers that the official protocol test suites expect; the suites stand in the repository
// socketio/socket.io under docs/engine.io-protocol/v4-test-suite and docs/socket.io-protocol/v5-test-suite.
//
//   conformance engineio|socketio --listen 127.0.0.1:3000
#include <csignal>
#include <memory>

#include "holdfast/app/console_log.hpp"
#include "holdfast/net/application.hpp"
#include "holdfast/net/server.hpp"
#include "options.hpp"

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

/// Engine.IO alone, without Socket.IO and without a Host: sends back every message.
class EngineEcho final : public engineio::SessionListener, public net::HttpHandler {
  public:
    EngineEcho() : engine(settings(), *this, random) {}
    static engineio::Settings settings() {
        auto settings = short_times();
        settings.path = "/engine.io/";
        return settings;
    }

    void on_open(engineio::SessionId /*session*/,
                 std::shared_ptr<const engineio::Handshake> /*handshake*/) override {}
    void on_message(engineio::SessionId session, std::string_view data, bool binary) override {
        engine.send(session, std::make_shared<const engineio::OutgoingMessage>(
                                 binary ? engineio::OutgoingMessage::binary(std::string(data))
                                        : engineio::OutgoingMessage(data)));
    }
    void on_close(engineio::SessionId /*session*/, engineio::CloseReason /*reason*/) override {}
    void on_drain(engineio::SessionId /*session*/) override {}
    void on_heartbeat(engineio::SessionId /*session*/, Instant /*ping_sent*/) override {}
    void on_http(const net::HttpRequest& /*request*/,
                 std::shared_ptr<net::HttpResponder> responder) override {
        responder->respond(app::text_answer(404, "There is only Engine.IO here.\n"));
    }

    SecureRandom random;
    engineio::Engine engine;
};

class EngineEchoApplication final : public net::EngineApplication {
  public:
    explicit EngineEchoApplication(std::unique_ptr<EngineEcho> echo)
        : EngineApplication(echo->engine, *echo, 1), echo_(std::move(echo)) {}

  private:
    std::unique_ptr<EngineEcho> echo_;
};

int serve_engineio(const app::HostSettings& settings) {
    // Blocked before any thread starts, so that the signals wait for sigwait below.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    net::ServerSettings net_settings = settings.net;
    net_settings.listen = {settings.listen};
    const SystemClock clock;
    app::ConsoleLog log;
    net::Server server(
        std::move(net_settings),
        [](std::size_t /*thread_index*/) {
            return std::make_unique<EngineEchoApplication>(std::make_unique<EngineEcho>());
        },
        clock, log);
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().message.c_str());
        return 1;
    }
    std::printf("listening on http://%s:%d\n", settings.listen.address.c_str(), server.ports().front());
    std::fflush(stdout);
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    server.stop();
    return 0;
}

void greet_with_auth(const socketio::SocketPointer& socket) {
    socket->emit("auth", socketio::json::array{socket->auth()});
}

void set_up_socketio(socketio::Server& io) {
    auto& main = io.of("/");
    main.on_connection(greet_with_auth);
    main.on("message", [](socketio::Socket& socket, socketio::Event& event) {
        socket.emit("message-back",
                    socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    main.on("message-with-ack", [](socketio::Socket& /*socket*/, socketio::Event& event) {
        event.ack(socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    io.of("/custom").on_connection(greet_with_auth);
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("The servers that the official Engine.IO and Socket.IO test suites expect");
    std::string protocol;
    options.add_option("protocol", protocol, "engineio or socketio")
        ->required()
        ->check(CLI::IsMember({"engineio", "socketio"}));
    auto settings = examples::settings_from(options, argument_count, arguments);
    settings.threads = 1;
    settings.net.tick_interval = 10ms;
    if (protocol == "engineio") return serve_engineio(settings);
    settings.socketio.engine = short_times();
    settings.socketio.connect_timeout = 1s;
    app::Host host(std::move(settings));
    host.on_start(set_up_socketio);
    return host.run();
}
