// The smallest server on the library: `echo` acks its argument, `bcast` goes to everybody.
//
//   echo --listen 127.0.0.1:3000 [--threads N] [--websocket-compression]
#include "options.hpp"

using namespace holdfast;

namespace {

void set_up(socketio::Server& io) {
    auto& main = io.of("/");
    main.on("echo", [](socketio::Socket& /*socket*/, socketio::Event& event) {
        event.ack(event.arguments, std::move(event.attachments));
    });
    main.on("bcast", [](socketio::Socket& socket, socketio::Event& event) {
        socket.nsp().broadcast({}, socketio::encode_event(socket.nsp().name(), "bcast", event.arguments,
                                                          std::move(event.attachments)));
    });
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("A Socket.IO server that answers `echo` and passes on `bcast`");
    bool compression = false;
    options.add_flag("--websocket-compression", compression, "Compress messages for clients that offer it");
    auto settings = examples::settings_from(options, argument_count, arguments);
    settings.net.websocket_compression.enabled = compression;
    settings.net.connections_per_address = 0;  // whoever measures comes from one address
    app::Host host(std::move(settings));
    host.on_start(set_up);
    return host.run();
}
