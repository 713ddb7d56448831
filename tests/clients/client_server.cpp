// What the stock clients in this folder talk to: a server on the library alone, with a little of everything.
//
//   client_server --listen 127.0.0.1:3000 [--threads N] [--recovery] [--ping-interval MS] [--ping-timeout MS]
#include <CLI/CLI.hpp>
#include <chrono>
#include <string>
#include <vector>

#include "holdfast/app/host.hpp"
#include "holdfast/app/text.hpp"

using namespace holdfast;
namespace json = socketio::json;

namespace {

socketio::Payload payload_of(socketio::Event& event) {
    return {std::move(event.arguments), std::move(event.attachments)};
}

std::vector<std::string> texts(const json::object& object, std::string_view name) {
    std::vector<std::string> list;
    const auto* found = object.if_contains(name);
    if (found == nullptr || !found->is_array()) return list;
    for (const auto& text : found->get_array()) {
        if (text.is_string()) list.emplace_back(text.get_string());
    }
    return list;
}

/// `who am i`: what the server knows of the client.
void describe(socketio::Socket& socket, socketio::Event& event) {
    const auto& handshake = socket.handshake();
    json::array rooms;
    for (const auto& room : socket.rooms())
        rooms.emplace_back(room);
    event.ack(json::array{json::object{
        {"id", socket.id()},
        {"namespace", socket.nsp().name()},
        {"auth", socket.auth()},
        {"color", handshake.parameter("color").value_or("")},
        {"header", handshake.header("x-color")},
        {"transport", socket.transport() == engineio::TransportKind::websocket ? "websocket" : "polling"},
        {"rooms", std::move(rooms)}}});
}

/// `ask` [milliseconds, …]: puts the question to the client and reports its answer as `answered`.
void ask(socketio::Socket& socket, socketio::Event& event) {
    if (event.arguments.empty() || !event.arguments[0].is_int64()) return;
    const Milliseconds patience(event.arguments[0].get_int64());
    event.arguments.erase(event.arguments.begin());
    socket.emit_with_ack(
        "question", std::move(event.arguments), patience,
        [asker =
             std::weak_ptr(socket.shared_from_this())](Result<socketio::Payload, socketio::AckError> answer) {
            const auto pointer = asker.lock();
            if (!pointer) return;
            if (!answer) {
                const bool late = answer.error() == socketio::AckError::timed_out;
                pointer->emit("answered", json::array{late ? "timed out" : "disconnected"});
                return;
            }
            pointer->emit("answered", socketio::Payload{{"in time", std::move(answer->arguments)},
                                                        std::move(answer->attachments)});
        });
}

/// `tell` [{"rooms", "except"}, event, …]: to everybody in the audience but the teller.
void tell(socketio::Socket& socket, socketio::Event& event) {
    if (event.arguments.size() < 2 || !event.arguments[0].is_object() || !event.arguments[1].is_string())
        return;
    const auto& wish = event.arguments[0].get_object();
    socketio::Audience audience{texts(wish, "rooms"), texts(wish, "except")};
    audience.except.emplace_back(socket.id());
    const std::string name(event.arguments[1].get_string());
    event.arguments.erase(event.arguments.begin(), event.arguments.begin() + 2);
    socket.nsp().broadcast(audience, socketio::encode_event(socket.nsp().name(), name, event.arguments,
                                                            std::move(event.attachments)));
}

/// Whoever says so at CONNECT gets that many numbered events at once, in the middle of the upgrade.
void greet(const socketio::SocketPointer& socket) {
    const auto* wanted =
        socket->auth().is_object() ? socket->auth().get_object().if_contains("drops") : nullptr;
    if (wanted == nullptr || !wanted->is_int64()) return;
    for (std::int64_t number = 0; number < wanted->get_int64(); ++number) {
        socket->emit("drop", json::array{number});
    }
}

/// Tells the room `watchers` who left, and why.
void report_departure(socketio::Socket& socket, socketio::DisconnectReason reason) {
    socket.nsp().broadcast(socketio::Audience{{"watchers"}, {}}, "gone",
                           json::array{socket.id(), socketio::to_string(reason)});
}

void set_up(socketio::Namespace& nsp) {
    nsp.on_connection(greet);
    nsp.on("echo", [](socketio::Socket&, socketio::Event& event) { event.ack(payload_of(event)); });
    nsp.on("send back",
           [](socketio::Socket& socket, socketio::Event& event) { socket.emit("back", payload_of(event)); });
    nsp.on("drip", [](socketio::Socket& socket, socketio::Event& event) {
        socket.emit_volatile("drip", std::move(event.arguments));
    });
    nsp.on("who am i", describe);
    nsp.on("ask", ask);
    nsp.on("tell", tell);
    nsp.on("join", [](socketio::Socket& socket, socketio::Event& event) {
        for (const auto& room : event.arguments) {
            if (room.is_string()) socket.join(room.get_string());
        }
        event.ack(json::array{});
    });
    nsp.on("leave", [](socketio::Socket& socket, socketio::Event& event) {
        for (const auto& room : event.arguments) {
            if (room.is_string()) socket.leave(room.get_string());
        }
        event.ack(json::array{});
    });
    nsp.on("put me out", [](socketio::Socket& socket, socketio::Event&) { socket.disconnect(false); });
    nsp.on("cut me off", [](socketio::Socket& socket, socketio::Event&) { socket.disconnect(true); });
    nsp.on_disconnect(report_departure);
}

/// Lets in who has the password, and tells others what is missing.
void guard(socketio::Namespace& nsp) {
    nsp.use([](socketio::Socket& socket, const socketio::Next& next) {
        const auto* given =
            socket.auth().is_object() ? socket.auth().get_object().if_contains("password") : nullptr;
        if (given != nullptr && *given == "sesame") return next(std::nullopt);
        next(socketio::ConnectError{
            "not allowed", json::object{{"code", "password"}, {"given", given ? *given : json::value()}}});
    });
}

void remember_clients(socketio::Server& server) {
    SecureRandom random;
    socketio::RecoverySettings settings;
    settings.log = std::make_unique<socketio::MemoryRecoveryLog>(random.base64url(4));
    if (!server.enable_recovery(std::move(settings)))
        throw std::logic_error("recovery could not be turned on");
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("The server for the tests with stock clients");
    std::string listen = "127.0.0.1:3000";
    std::size_t threads = 1;
    std::int64_t ping_interval = 25'000;
    std::int64_t ping_timeout = 20'000;
    options.add_option("--listen", listen, "Address and port")->capture_default_str();
    options.add_option("--threads", threads, "Net threads")->capture_default_str();
    bool with_recovery = false;
    options.add_flag("--recovery", with_recovery, "Clients that come back are who they were");
    options.add_option("--ping-interval", ping_interval, "Milliseconds")->capture_default_str();
    options.add_option("--ping-timeout", ping_timeout, "Milliseconds")->capture_default_str();
    CLI11_PARSE(options, argument_count, arguments);
    const auto address = app::parse_listen(listen);
    if (!address) {
        std::fprintf(stderr, "%s\n", address.error().c_str());
        return 2;
    }

    app::HostSettings settings;
    settings.listen = *address;
    settings.threads = threads;
    settings.net.drain_time = Milliseconds(500);
    settings.socketio.engine.ping_interval = Milliseconds(ping_interval);
    settings.socketio.engine.ping_timeout = Milliseconds(ping_timeout);
    app::Host host(settings);
    host.on_start([with_recovery](socketio::Server& server) {
        if (with_recovery) remember_clients(server);
        set_up(server.of("/"));
        set_up(server.of("/side"));
        auto& guarded = server.of("/guarded");
        set_up(guarded);
        guard(guarded);
        server.of([](std::string_view name, const json::value&) { return name.starts_with("/table-"); },
                  set_up);
    });
    host.on_stop([](socketio::Server& server) { server.of("/").broadcast({}, "goodbye", {}); });
    return host.run();
}
