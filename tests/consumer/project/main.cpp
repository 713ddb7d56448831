// A chat in rooms: what somebody writes who has just installed Holdfast.
#include <cstdio>
#include <cstdlib>
#include <holdfast/app/host.hpp>
#include <holdfast/app/text.hpp>
#include <string>

using namespace holdfast;
namespace json = boost::json;

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
        chat.on("join", [](socketio::Socket& socket, socketio::Event& event) {
            const bool named = event.arguments.size() == 1 && event.arguments[0].is_string();
            event.ack(json::array{named && socket.join(event.arguments[0].get_string())});
        });
        chat.on("say", [](socketio::Socket& socket, socketio::Event& event) {
            for (const auto& room : socket.rooms()) {
                if (room != socket.id()) {
                    socket.nsp().broadcast({.rooms = {room}, .except = {}}, "said", event.arguments);
                }
            }
        });
    });
    return host.run();
}
