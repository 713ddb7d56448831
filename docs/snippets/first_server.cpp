// begin first-server
#include <holdfast/app/host.hpp>
#include <string>

using namespace holdfast;

constexpr const char* page = R"html(<!doctype html>
<title>Shout</title>
<button onclick="socket.emit('shout', prompt('What?'))">Shout</button>
<ul id="log"></ul>
<script src="/socket.io/socket.io.js"></script>
<script>
    const socket = io();
    socket.on('shouted', (text) => document.getElementById('log').append(text, document.createElement('br')));
</script>)html";

int main() {
    app::Host host({.listen = {"127.0.0.1", 3000}});
    host.page("/", page);
    host.on_start([](socketio::Server& io) {
        auto& everybody = io.of("/");
        everybody.on("shout",
                     [&everybody](const std::string& text) { everybody.emit("shouted", text + "!"); });
    });
    return host.run();
}
// end first-server
