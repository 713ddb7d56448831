// The smallest server on the library: `echo` acks its argument, `bcast` goes to everybody.
//
//   echo --listen 127.0.0.1:3000 [--threads N] [--websocket-compression]
#include <CLI/CLI.hpp>

#include "holdfast/cluster/local_adapter.hpp"
#include "socketio_application.hpp"

using namespace holdfast;

namespace {

void set_up(socketio::Namespace& nsp) {
    nsp.on("echo", [](socketio::Socket& /*socket*/, socketio::Event& event) {
        event.ack(socketio::Payload{std::move(event.arguments), std::move(event.attachments)});
    });
    nsp.on("bcast", [](socketio::Socket& socket, socketio::Event& event) {
        socket.nsp().broadcast({}, socketio::encode_event(socket.nsp().name(), "bcast", event.arguments,
                                                          std::move(event.attachments)));
    });
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("A Socket.IO server that answers `echo` and passes on `bcast`");
    std::string listen = "127.0.0.1:3000";
    std::size_t threads = 1;
    options.add_option("--listen", listen, "Address and port")->capture_default_str();
    options.add_option("--threads", threads, "Net threads")->capture_default_str()->check(CLI::Range(1, 64));
    bool compression = false;
    options.add_flag("--websocket-compression", compression, "Compress messages for clients that offer it");
    CLI11_PARSE(options, argument_count, arguments);
    const auto parsed = examples::parse_listen(listen);
    if (!parsed) {
        std::fprintf(stderr, "--listen wants an address and a port, like 127.0.0.1:3000\n");
        return 2;
    }

    net::ServerSettings settings;
    settings.listen = {*parsed};
    settings.threads = threads;
    settings.websocket_compression.enabled = compression;
    settings.connections_per_address = 0;  // whoever measures comes from one address

    // Every thread has a server of its own; the cluster makes them one.
    cluster::LocalCluster cluster;
    return examples::serve_until_stopped(settings, [&](std::size_t thread_index, examples::Post post) {
        socketio::Settings server_settings;
        if (threads > 1) server_settings.adapter = cluster.add_server(std::move(post));
        auto parts = std::make_unique<examples::ServerOnThread>(server_settings, thread_index);
        set_up(parts->server.of("/"));
        return std::make_unique<examples::SocketIoApplication>(std::move(parts), threads);
    });
}
