// The guide's pieces about events; each function is one place where such lines stand.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/app/host.hpp"

using namespace holdfast;
using namespace std::chrono_literals;
using socketio::Ack;
using socketio::Binary;
using socketio::Namespace;
using socketio::Rest;
using socketio::Socket;
using socketio::SocketPointer;
using socketio::Task;
namespace json = boost::json;

namespace snippets {

std::string make_thumbnail(const std::string& picture);
void check_token(std::string token, std::function<void(std::optional<std::string>)> found);
bool allowed_to_move(const Socket& socket);
void on_typed(Namespace& game);
void on_raw(Namespace& game);
void on_acks(Namespace& game);
void on_ask(const SocketPointer& player);
void on_coroutine(Namespace& game);
void on_middleware(Namespace& game);
void on_later_middleware(Namespace& game);
void on_binary(Namespace& gallery);
void on_connections(Namespace& game);
void on_listeners(Namespace& game);
void on_any_typed(Namespace& game);
void on_event_middleware(Namespace& game);
bool is_too_fast(Socket& socket);

// begin struct
struct Move {
    int x = 0;
    int y = 0;
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(Move, (), (x, y, note))
// end struct

void on_typed(Namespace& game) {
    // begin typed
    game.on("move", [](Socket& player, const Move& move, const Ack<bool>& ack) {
        ack(allowed_to_move(player) && move.x >= 0 && move.y >= 0);
    });
    game.on("scores", [](const std::vector<int>& rounds, std::optional<std::string> comment) {
        // Called for scores([3, 5]) and for scores([3, 5], "well played"); not for scores("many").
        (void)rounds, (void)comment;
    });
    // end typed
}

void on_raw(Namespace& game) {
    // begin raw
    game.on("anything",
            [](Socket& socket, socketio::Event& event) { socket.emit("you_sent", event.arguments); });
    // end raw
}

void on_acks(Namespace& game) {
    // begin acks
    game.on("add", [](int a, int b, const Ack<int>& ack) { ack(a + b); });
    // end acks
}

void on_ask(const SocketPointer& player) {
    // begin ask
    player->emit_with_ack("ready?", {}, 5s, [player](const auto& answer) {
        if (answer) {
            player->emit("welcome");
        } else {
            player->emit("sorry", "We have begun without you.");
        }
    });
    // end ask
}

void on_coroutine(Namespace& game) {
    // begin coroutine
    game.on("deal", [](SocketPointer player) -> Task<> {
        const auto card = co_await player->ask<std::string>("choose a card", 10s);
        if (!card) {
            player->emit("too_late");
            co_return;
        }
        const auto sure = co_await player->ask<bool>("are you sure?", 10s, *card);
        if (sure && *sure) player->emit("chosen", *card);
    });
    // end coroutine
}

void on_connections(Namespace& game) {
    // begin connections
    game.on_connection([](const SocketPointer& socket) {
        socket->set_data({{"joined_at", socket->handshake().issued.seconds()}});
        socket->emit("hello", "You are " + std::string(socket->id()));
    });
    game.on_disconnect([](Socket& socket, socketio::DisconnectReason reason) {
        for (const auto& room : socket.rooms())
            socket.to(room).emit("left", std::string(to_string(reason)));
    });
    // end connections
}

void on_listeners(Namespace& game) {
    // begin listeners
    const auto listener = game.on("move", [](Socket& /*player*/, int /*x*/, int /*y*/) {});
    game.off(listener);
    game.on_any([](Socket& socket, socketio::Event& event) {
        std::printf("%s sent %s\n", std::string(socket.id()).c_str(), std::string(event.name).c_str());
    });
    // end listeners
}

void on_any_typed(Namespace& game) {
    // begin any
    game.on_any([](Socket& socket, const std::string& name, const Rest& rest) {
        std::printf("%s sent %s with %zu arguments\n", std::string(socket.id()).c_str(), name.c_str(),
                    rest.arguments.size());
    });
    game.on_any_outgoing([](const std::string& name, int score) {  // every event with one whole number
        std::printf("sent %s %d\n", name.c_str(), score);
    });
    // end any
}

void on_event_middleware(Namespace& game) {
    // begin event-middleware
    game.use_for_events([](Socket& socket, socketio::Event& /*event*/, const socketio::EventNext& next) {
        if (!is_too_fast(socket)) return next(std::nullopt);
        next(socketio::EventRefusal{.error = "too_fast", .message = "Slower, please."});
    });
    // end event-middleware
}

void on_middleware(Namespace& game) {
    // begin middleware
    game.use([](Socket& socket, const socketio::Next& next) {
        const auto* auth = socket.auth().if_object();
        if (auth != nullptr && auth->contains("name")) return next(std::nullopt);
        next(socketio::ConnectError{"Please tell us your name.", {{"code", "no_name"}}});
    });
    // end middleware
}

void on_later_middleware(Namespace& game) {
    // begin later-middleware
    game.use([](Socket& socket, socketio::Next next) {
        const auto* token =
            socket.auth().is_object() ? socket.auth().get_object().if_contains("token") : nullptr;
        if (token == nullptr || !token->is_string())
            return next(socketio::ConnectError{"Please log in.", {}});
        check_token(std::string(token->get_string()),
                    [next, kept = socket.shared_from_this()](std::optional<std::string> user) {
                        if (!user) return next(socketio::ConnectError{"Please log in again.", {}});
                        kept->set_data({{"user", *user}});
                        next(std::nullopt);
                    });
    });
    // end later-middleware
}

void on_binary(Namespace& gallery) {
    // begin binary
    gallery.on("upload", [](const std::string& title, const Binary& picture, const Ack<Binary>& ack) {
        (void)title;
        ack(Binary{make_thumbnail(picture.bytes)});
    });
    // end binary
}

}  // namespace snippets
