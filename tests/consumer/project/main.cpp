// A chat in rooms: what somebody writes who has just installed Holdfast.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <holdfast/app/host.hpp>
#include <holdfast/app/text.hpp>
#include <string>

using namespace holdfast;
using namespace std::chrono_literals;

int main(int count, char** arguments) {
    const auto listen = app::parse_listen(count > 1 ? arguments[1] : "127.0.0.1:3000");
    if (!listen) {
        std::fprintf(stderr, "%s\n", listen.error().c_str());
        return EXIT_FAILURE;
    }
    app::Host host({.listen = *listen, .threads = 2});
    host.page("/", "<!doctype html><title>Chat</title><h1>A chat</h1>");
    host.on_start([](socketio::Server& io) {
        auto& chat = io.of("/");
        chat.on("join", [](socketio::Socket& socket, const std::string& room,
                           const socketio::Ack<bool>& ack) { ack(socket.join(room)); });
        chat.on("say", [](socketio::Socket& socket, const std::string& text) {
            for (const auto& room : socket.rooms())
                socket.to(room).emit("said", text);
        });
        chat.on("ask", [](socketio::SocketPointer socket) -> socketio::Task<> {
            const auto name = co_await socket->ask<std::string>("name?", 10s);
            socket->emit("hello", name ? *name : "stranger");
        });
    });
    return host.run();
}
