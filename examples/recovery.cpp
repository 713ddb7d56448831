// Clients that lose their connection come back as the same socket, with their rooms and name, and get exactly
// what they missed; with a file, also over `kill -9` of this server. See docs/recovery.md.
//
//   recovery --listen 127.0.0.1:3000 --recovery memory
//   recovery --listen 127.0.0.1:3000 --recovery talk.db --threads 2
//
// Events: `join` and `leave` a room; `say` a text to a room (to everybody: ""), which arrives there as
// `said`; `name` is remembered with the socket; `whoami` tells what the server knows, `count` how
// many sockets there are. All are acked.
#include "holdfast/recovery/durable_log.hpp"
#include "options.hpp"

using namespace holdfast;
namespace json = boost::json;

namespace {

std::string text_of(const socketio::Event& event, std::size_t index) {
    if (index >= event.arguments.size() || !event.arguments[index].is_string()) return {};
    return std::string(event.arguments[index].get_string());
}

void set_up(socketio::Server& io) {
    auto& main = io.of("/");
    main.on("join", [](socketio::Socket& socket, socketio::Event& event) {
        event.ack(json::array{socket.join(text_of(event, 0))});
    });
    main.on("leave", [](socketio::Socket& socket, socketio::Event& event) {
        socket.leave(text_of(event, 0));
        event.ack(json::array{true});
    });
    main.on("say", [](socketio::Socket& socket, socketio::Event& event) {
        const auto room = text_of(event, 0);
        socketio::Audience audience;
        if (!room.empty()) audience.rooms.push_back(room);
        socket.nsp().broadcast(audience, "said", json::array{room, text_of(event, 1)}, false);
        event.ack(json::array{true});  // leaves after the text is on the disk
    });
    main.on("name", [](socketio::Socket& socket, socketio::Event& event) {
        socket.set_data(json::object{{"name", text_of(event, 0)}});
        event.ack(json::array{true});
    });
    main.on("whoami", [](socketio::Socket& socket, socketio::Event& event) {
        json::array rooms;
        for (const auto& room : socket.rooms())
            rooms.emplace_back(room);
        event.ack(json::array{json::object{{"sid", socket.id()},
                                           {"rooms", rooms},
                                           {"data", socket.data()},
                                           {"recovery", to_string(socket.recovery())}}});
    });
    main.on("count", [](socketio::Socket& socket, socketio::Event& event) {
        socket.nsp().fetch_sockets({}, [ack = event.ack](const auto& sockets) {
            ack(json::array{sockets ? json::value(sockets->size()) : json::value()});
        });
    });
}

std::unique_ptr<socketio::RecoveryLog> make_log(const std::string& where) {
    if (where == "memory") {
        SecureRandom random;
        return std::make_unique<socketio::MemoryRecoveryLog>(random.base64url(6).substr(0, 6));
    }
    recovery::DurableLogSettings settings;
    settings.path = where;
    return std::make_unique<recovery::DurableLog>(settings);
}

}  // namespace

int main(int argument_count, char** arguments) {
    CLI::App options("A Socket.IO server whose clients come back as who they were");
    std::string where = "memory";
    options.add_option("--recovery", where, "\"memory\", or a file that survives the process")
        ->capture_default_str();
    auto settings = examples::settings_from(options, argument_count, arguments);
    app::Host host(std::move(settings));
    socketio::RecoverySettings recovery;
    recovery.log = make_log(where);
    host.enable_recovery(std::move(recovery)).on_start(set_up);
    return host.run();
}
