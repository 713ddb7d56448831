// begin shortest
#include <holdfast/app/host.hpp>

using namespace holdfast;

int main() {
    app::Host host({.listen = {"127.0.0.1", 3000}});
    host.on_start([](socketio::Server& io) {
        io.of("/").on("hello", [](const std::string& name, const socketio::Ack<std::string>& ack) {
            ack("Nice to meet you, " + name + "!");
        });
    });
    return host.run();
}
// end shortest
