#include "socketio_world.hpp"

#include <stdexcept>
#include <utility>
#include <variant>

#include "holdfast/socketio/recovery.hpp"

namespace holdfast::bench {

engineio::HttpRequest websocket_request() {
    engineio::HttpRequest request;
    request.method = "GET";
    request.path = "/socket.io/";
    request.query = "EIO=4&transport=websocket";
    request.remote_address = "192.0.2.7";
    request.headers = {
        {"Host", "play.example.org"},
        {"Connection", "Upgrade"},
        {"Upgrade", "websocket"},
        {"Origin", "http://play.example.org"},
        {"Sec-WebSocket-Version", "13"},
        {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
        {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0"},
        {"Accept-Language", "en-GB,en;q=0.5"},
        {"Accept-Encoding", "gzip, deflate"},
        {"Cookie", "hf_host=none"},
    };
    return request;
}

SocketIoWorld::SocketIoWorld(bool with_recovery) : server({}, random), nsp(server.of("/")) {
    if (!with_recovery) return;
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<socketio::MemoryRecoveryLog>("abcdef");
    if (!server.enable_recovery(std::move(recovery))) throw std::runtime_error("recovery stays off");
}

ClientSocket& SocketIoWorld::open() {
    const auto request = websocket_request();
    const auto answer = server.engine().on_upgrade_request(request, clock.now(), clock.unix_now());
    const auto* accepted = std::get_if<engineio::UpgradeAccepted>(&answer);
    if (accepted == nullptr) throw std::runtime_error("a WebSocket was refused");
    auto& client = *clients.emplace_back(std::make_unique<ClientSocket>());
    client.id = accepted->websocket;
    server.engine().on_websocket_open(client.id, client, clock.now());
    return client;
}

ClientSocket& SocketIoWorld::connect() {
    auto& client = open();
    receive(client, "40");
    return client;
}

void SocketIoWorld::lose_all() {
    for (const auto& client : clients)
        server.engine().on_websocket_closed(client->id, false, clock.now());
    clients.clear();
}

void SocketIoWorld::clear_output() {
    for (const auto& client : clients) {
        client->out.clear();
        client->messages = 0;
    }
}

}  // namespace holdfast::bench
