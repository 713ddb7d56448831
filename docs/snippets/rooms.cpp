// The guide's pieces about namespaces, rooms and broadcasts.
#include <chrono>
#include <memory>
#include <string>

#include "holdfast/app/host.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/recovery/durable_log.hpp"

using namespace holdfast;
using namespace std::chrono_literals;
using socketio::Ack;
using socketio::Answer;
using socketio::Binary;
using socketio::Namespace;
using socketio::Socket;
using socketio::SocketPointer;
using socketio::Task;
namespace json = boost::json;

namespace snippets {

void on_namespaces(socketio::Server& io);
void on_demand(socketio::Server& io, socketio::NamespacePointer& held);
void on_rooms(Namespace& chat);
void on_broadcast(Namespace& chat, Socket& socket);
void on_many(Namespace& chat);
void on_vote(Namespace& chat);
void on_pictures(Namespace& chat, Socket& socket, const std::string& jpeg);
void on_load(Namespace& chat);
void on_recovery(socketio::Server& io);
void on_durable_recovery(app::Host& host);

void on_namespaces(socketio::Server& io) {
    // begin namespaces
    io.of("/admin").on("close_the_shop", [&io] { io.of("/").emit("closing"); });

    // Namespaces made on demand: /game-1, /game-2 and so on.
    io.of([](std::string_view name, const json::value& /*auth*/) { return name.starts_with("/game-"); },
          [](Namespace& game) {
              game.on("name", [&game](const Ack<std::string>& ack) { ack(std::string(game.name())); });
          });
    // end namespaces
}

void on_demand(socketio::Server& io, socketio::NamespacePointer& held) {
    // begin on_demand
    if (const auto game = io.find("/game-1")) game->emit("closing");  // null: nobody is there
    io.on_new_namespace([&held](Namespace& made) {
        if (made.name() == "/game-final") held = made.hold();  // stays while `held` does
    });
    // end on_demand
}

void on_rooms(Namespace& chat) {
    // begin rooms
    chat.on("enter", [](Socket& socket, const std::string& room, const Ack<bool>& ack) {
        ack(socket.join("room " + room));
    });
    chat.on("leave", [](Socket& socket, const std::string& room) { socket.leave("room " + room); });
    // end rooms
}

void on_broadcast(Namespace& chat, Socket& socket) {
    // begin broadcast
    chat.emit("news", "for everybody");
    chat.to("red", "blue").emit("news", "for two rooms, once each");
    chat.to("red").except("blue").emit("news", "for one without the other");
    chat.to(socket.id()).emit("news", "for one socket, wherever it is");
    socket.to("red").emit("news", "for the others in it");
    socket.broadcast().emit("news", "for all others");
    chat.volatile_().emit("position", 3, 4);  // who cannot take it at once does not get it
    // end broadcast
}

void on_many(Namespace& chat) {
    // begin many
    chat.to("red").join_sockets("winners");
    chat.to("red").leave_sockets("red");
    chat.to("noisy").disconnect_sockets();
    chat.to("winners").fetch_sockets([](const auto& sockets) {
        if (!sockets) return;  // not every server of the cluster answered in time
        for (const auto& winner : *sockets)
            (void)winner.data;  // what set_data left there
    });
    // end many
}

void on_vote(Namespace& chat) {
    // begin vote
    chat.on("vote", [](SocketPointer host, std::string question, Ack<int> ack) -> Task<> {
        const auto votes = co_await host->to("jury").timeout(10s).ask("vote?", question);
        int yes = 0;
        for (const auto& vote : votes.answers)
            yes += vote.arguments == json::array{true} ? 1 : 0;
        ack(yes);  // votes.missing says how many did not answer
    });
    // end vote
}

void on_pictures(Namespace& chat, Socket& socket, const std::string& jpeg) {
    // begin compress
    chat.to("gallery").compress(false).emit("photo", Binary{jpeg});
    socket.compress(false).emit("photo", Binary{jpeg});
    // end compress
}

void on_load(Namespace& chat) {
    // begin server-events
    chat.on_server_event("load?", [&chat](const std::string& /*why*/, const Answer<std::size_t>& answer) {
        answer(chat.socket_count());
    });
    chat.on("load", [&chat](SocketPointer /*host*/, Ack<std::size_t> ack) -> Task<> {
        const auto answers = co_await chat.ask_servers("load?", 1s, "curious");
        std::size_t sum = chat.socket_count();
        for (const auto& one : answers.answers)
            sum += one.arguments.at(0).to_number<std::size_t>();
        ack(sum);
    });
    // end server-events
}

void on_recovery(socketio::Server& io) {
    // begin recovery
    SecureRandom random;
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<socketio::MemoryRecoveryLog>(random.base64url(6).substr(0, 6));
    recovery.limits.window = 2min;
    if (const auto on = io.enable_recovery(std::move(recovery)); !on) {
        throw std::runtime_error(std::string(to_string(on.error())));  // fails the start, with this reason
    }
    io.of("/").on_connection([](const socketio::SocketPointer& socket) {
        if (socket->recovery() != socketio::Recovery::complete) socket->emit("here is everything");
    });
    // end recovery
}

void on_durable_recovery(app::Host& host) {
    // begin durable-recovery
    socketio::RecoverySettings recovery;
    recovery.log = std::make_unique<recovery::DurableLog>(recovery::DurableLogSettings{"sessions.db"});
    host.enable_recovery(std::move(recovery));  // for all its threads; before start() or run()
    // end durable-recovery
}

}  // namespace snippets
