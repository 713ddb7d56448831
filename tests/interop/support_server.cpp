// The servers that the test suites of the official JavaScript clients talk to; the suites stand in the
// repository socketio/socket.io under packages/engine.io-client/test and packages/socket.io-client/test.
// run-official-suites starts this program.
//
//   support_server engineio|socketio --port 3000
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <ctime>
#include <memory>
#include <string>
#include <thread>

#include "holdfast/app/console_log.hpp"
#include "holdfast/app/host.hpp"
#include "holdfast/app/text.hpp"
#include "holdfast/engineio/text.hpp"
#include "holdfast/net/application.hpp"
#include "holdfast/net/server.hpp"

using namespace holdfast;
using namespace std::chrono_literals;
namespace json = socketio::json;

namespace {

// --- Engine.IO: greets, then sends everything back
// -----------------------------------------------------------------

/// Headers of the request that is being handled, as the suite asks for them.
json::object headers_of(const engineio::HttpRequest& request) {
    json::object headers;
    for (const auto& [name, value] : request.headers)
        headers[engineio::lower(name)] = value;
    return headers;
}

class Bouncer final : public engineio::SessionListener, public net::HttpHandler {
  public:
    void on_open(engineio::SessionId session,
                 std::shared_ptr<const engineio::Handshake> /*handshake*/) override {
        send_text(session, "hi");
    }
    void on_message(engineio::SessionId session, std::string_view data, bool binary) override {
        if (binary) return send_binary(session, std::string(data));
        if (data == "give binary") return send_binary(session, std::string("\0\1\2\3\4", 5));
        if (data == "give utf8") return send_text(session, "пойду спать всем спокойной ночи");
        if (data == "sendHeaders") return send_text(session, json::serialize(headers_of_post));
        send_text(session, data);
    }
    void on_close(engineio::SessionId /*session*/, engineio::CloseReason /*reason*/) override {}
    void on_drain(engineio::SessionId /*session*/) override {}
    void on_heartbeat(engineio::SessionId /*session*/, Instant /*ping_sent*/) override {}
    void on_http(const net::HttpRequest& /*request*/,
                 std::shared_ptr<net::HttpResponder> responder) override {
        responder->respond(app::text_answer(404, "There is only Engine.IO here.\n"));
    }

    engineio::Engine* engine = nullptr;
    json::object headers_of_post;

  private:
    void send_text(engineio::SessionId session, std::string_view text) {
        engine->send(session, std::make_shared<const engineio::OutgoingMessage>(text));
    }
    void send_binary(engineio::SessionId session, std::string bytes) {
        engine->send(session, std::make_shared<const engineio::OutgoingMessage>(
                                  engineio::OutgoingMessage::binary(std::move(bytes))));
    }
};

constexpr std::size_t most_engine_bytes = 100;

engineio::Settings engine_settings() {
    engineio::Settings settings;
    settings.path = "/engine.io/";
    settings.ping_interval = 500ms;
    settings.max_payload_bytes = most_engine_bytes;
    return settings;
}

/// Refuses who asks for it, and hands out cookies of every kind: one that stays, one with all attributes, and
/// two that are over at once.
engineio::HandshakeVerdict deny_or_give_cookies(const engineio::HttpRequest& request) {
    engineio::HandshakeVerdict verdict;
    if (request.parameter("deny")) {
        verdict.refusal = "";
        return verdict;
    }
    verdict.response_headers = {{"Set-Cookie", "1=1; Max-Age=86400"},
                                {"Set-Cookie", "2=2; Path=/; HttpOnly; Secure; SameSite=Strict"},
                                {"Set-Cookie", "3=3; Max-Age=0"},
                                {"Set-Cookie", "4=4; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}};
    return verdict;
}

struct EngineParts {
    EngineParts() : engine(engine_settings(), bouncer, random, deny_or_give_cookies) {
        bouncer.engine = &engine;
    }

    SecureRandom random;
    Bouncer bouncer;
    engineio::Engine engine;
};

class EngineServer final : public net::EngineApplication {
  public:
    explicit EngineServer(std::unique_ptr<EngineParts> parts)
        : EngineApplication(parts->engine, parts->bouncer, 1), parts_(std::move(parts)) {}

    void on_request(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder,
                    Instant now, UnixTime unix_now) override {
        if (request.method == "POST") parts_->bouncer.headers_of_post = headers_of(request);
        EngineApplication::on_request(request, std::move(responder), now, unix_now);
    }

  private:
    std::unique_ptr<EngineParts> parts_;
};

int serve_engineio(std::uint16_t port) {
    // Blocked before any thread starts, so that the signals wait for sigwait below.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    net::ServerSettings settings;
    settings.listen = {{.address = "127.0.0.1", .port = port}};
    settings.tick_interval = 10ms;
    settings.body_bytes = most_engine_bytes;
    settings.message_bytes = most_engine_bytes;
    const SystemClock clock;
    app::ConsoleLog log;
    net::Server server(
        std::move(settings),
        [](std::size_t) { return std::make_unique<EngineServer>(std::make_unique<EngineParts>()); }, clock,
        log);
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().message.c_str());
        return 1;
    }
    std::printf("listening on port %d\n", server.ports().front());
    std::fflush(stdout);
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    server.stop();
    return 0;
}

// --- Socket.IO
// -----------------------------------------------------------------------------------------------------

std::string now_as_text() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm parts{};
    gmtime_r(&now, &parts);
    char text[32];
    return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.000Z", &parts)};
}

/// The handshake as the suite reads it: the query, the headers, the auth.
json::value describe_handshake(const socketio::Socket& socket) {
    const auto& handshake = socket.handshake();
    json::object query;
    std::string_view rest = handshake.query;
    while (!rest.empty()) {
        const auto pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        query[engineio::percent_decoded(pair.substr(0, equals))] =
            engineio::percent_decoded(pair.substr(std::min(pair.size(), equals + 1)));
    }
    json::object headers;
    for (const auto& [name, value] : handshake.headers())
        headers[name] = value;
    return json::object{{"query", std::move(query)},
                        {"headers", std::move(headers)},
                        {"address", handshake.remote_address},
                        {"secure", handshake.secure},
                        {"auth", socket.auth()}};
}

bool is_attachment(const json::value& value) {
    const auto* object = value.if_object();
    return object != nullptr && object->contains("_placeholder");
}

/// Acks with one value.
socketio::EventHandler answering(std::function<json::value(socketio::Socket&)> value) {
    return [value = std::move(value)](socketio::Socket& socket, socketio::Event& event) {
        event.ack(json::array{value(socket)});
    };
}

json::value socket_id(const socketio::Socket& socket) {
    return json::value(socket.id());
}

void set_up_dates_and_texts(socketio::Namespace& main) {
    main.on("getAckDate", answering([](socketio::Socket&) { return json::value(now_as_text()); }));
    main.on("getDate", [](socketio::Socket& socket, socketio::Event&) {
        socket.emit("takeDate", json::array{now_as_text()});
    });
    main.on("getDateObj", [](socketio::Socket& socket, socketio::Event&) {
        socket.emit("takeDateObj", json::array{json::object{{"date", now_as_text()}}});
    });
    main.on("getUtf8", [](socketio::Socket& socket, socketio::Event&) {
        for (const char* text : {"てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"}) {
            socket.emit("takeUtf8", json::array{text});
        }
    });
    main.on("false",
            [](socketio::Socket& socket, socketio::Event&) { socket.emit("false", json::array{false}); });
}

void set_up_binary(socketio::Namespace& main) {
    main.on("doge", [](socketio::Socket& socket, socketio::Event&) {
        socketio::Payload payload;
        payload.arguments = {socketio::attach(payload.attachments, "asdfasdf")};
        socket.emit("doge", std::move(payload));
    });
    main.on("buffa", [](socketio::Socket& socket, socketio::Event& event) {
        if (event.arguments.size() == 1 && is_attachment(event.arguments[0])) socket.emit("buffack");
    });
    main.on("jsonbuff", [](socketio::Socket& socket, socketio::Event& event) {
        const auto* object = event.arguments.empty() ? nullptr : event.arguments[0].if_object();
        if (object == nullptr || object->size() != 3 || !object->contains("message")) return;
        if (object->at("hello") == "lol" && is_attachment(object->at("message")) &&
            object->at("goodbye") == "gotcha") {
            socket.emit("jsonbuff-ack");
        }
    });
    // Binary first, text second; the socket remembers that the first has come.
    main.on("abuff1", [](socketio::Socket& socket, socketio::Event& event) {
        if (is_attachment(event.arguments.at(0))) socket.set_data("first binary came");
    });
    main.on("abuff2", [](socketio::Socket& socket, socketio::Event&) {
        if (socket.data().is_string()) socket.emit("abuff2-ack");
    });
}

void set_up_acks(socketio::Namespace& main) {
    main.on("hi", [](socketio::Socket& socket, socketio::Event&) { socket.emit("hi"); });
    main.on("echo", [](socketio::Socket&, socketio::Event& event) {
        event.ack(socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    main.on("ack", [](socketio::Socket& socket, socketio::Event&) {
        auto pointer = socket.shared_from_this();
        socket.emit_with_ack("ack", {}, 10s, [pointer](Result<socketio::Payload, socketio::AckError> answer) {
            if (answer && answer->arguments == json::array{5, json::object{{"test", true}}})
                pointer->emit("got it");
        });
    });
    main.on("getId", answering(socket_id));
    main.on("getHandshake", answering(describe_handshake));
}

/// Some tests give up at once and look at what the client makes of it, so the server must not be faster than
/// that.
engineio::HandshakeVerdict after_a_moment(const engineio::HttpRequest& /*request*/) {
    std::this_thread::sleep_for(10ms);
    return {};
}

void set_up_socketio(socketio::Server& server) {
    auto& main = server.of("/");
    main.use([](socketio::Socket& socket, const socketio::Next& next) {
        if (socket.handshake().parameter("fail").value_or("").empty()) return next(std::nullopt);
        next(socketio::ConnectError{"Auth failed (main namespace)", {}});
    });
    set_up_acks(main);
    set_up_dates_and_texts(main);
    set_up_binary(main);
    server.of("/foo").on("getId", answering(socket_id));
    for (const char* name : {"/timeout_socket", "/valid", "/asd"})
        server.of(name);
    server.of("/abc").on_connection([](const socketio::SocketPointer& socket) {
        socket->emit("handshake", json::array{describe_handshake(*socket)});
    });
    server.of("/no").use([](socketio::Socket&, const socketio::Next& next) {
        next(socketio::ConnectError{"Auth failed (custom namespace)", {}});
    });

    SecureRandom random;
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<socketio::MemoryRecoveryLog>(random.base64url(4));
    if (!server.enable_recovery(std::move(recovery)))
        throw std::logic_error("recovery could not be turned on");
}

int serve_socketio(std::uint16_t port) {
    app::HostSettings settings;
    settings.listen = {.address = "127.0.0.1", .port = port};
    settings.net.tick_interval = 10ms;
    settings.socketio.engine.ping_interval = 2s;
    app::Host host(settings);
    host.on_handshake(after_a_moment);
    host.on_start(set_up_socketio);
    return host.run();
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("The servers that the test suites of the official clients expect");
    std::string protocol;
    std::uint16_t port = 3000;
    options.add_option("protocol", protocol, "engineio or socketio")
        ->required()
        ->check(CLI::IsMember({"engineio", "socketio"}));
    options.add_option("--port", port, "Port on 127.0.0.1")->capture_default_str();
    CLI11_PARSE(options, argument_count, arguments);
    return protocol == "engineio" ? serve_engineio(port) : serve_socketio(port);
}
