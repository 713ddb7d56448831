// A chat: rooms, names, who is here, who is typing. Open http://127.0.0.1:3000 in two windows.
//
//   chat --listen 127.0.0.1:3000 [--threads N]
#include "options.hpp"
#include "page.hpp"

using namespace holdfast;
using socketio::Ack;
using socketio::Socket;
using socketio::SocketPointer;
using socketio::Task;
namespace json = boost::json;

namespace {

constexpr std::size_t name_bytes = 40;
constexpr std::size_t text_bytes = 2'000;

/// What we remember of a socket lies on the socket: {"name", "room"}. Others in the cluster see it, too.
std::string remembered(const json::value& data, std::string_view key) {
    const auto* object = data.if_object();
    const auto* value = object != nullptr ? object->if_contains(key) : nullptr;
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Everybody in the socket's room, but not the socket itself.
socketio::Broadcast others(Socket& socket) {
    const auto room = remembered(socket.data(), "room");
    // Without a room: nobody is in the room with the empty name.
    return socket.to(room);
}

void leave(Socket& socket) {
    const auto room = remembered(socket.data(), "room");
    if (room.empty()) return;
    others(socket).emit("left", remembered(socket.data(), "name"));
    socket.leave(room);
    socket.set_data(nullptr);
}

/// join(name, room): acks {"people": [names]}, or {"error": sentence}.
Task<> on_join(SocketPointer socket, std::string name, std::string room, Ack<json::object> ack) {
    if (name.empty() || name.size() > name_bytes || room.empty() || room.size() > name_bytes) {
        ack({{"error", "Please give a name and a room, up to 40 letters each."}});
        co_return;
    }
    leave(*socket);
    room = "room " + room;
    socket->set_data({{"name", name}, {"room", room}});
    socket->join(room);
    others(*socket).emit("joined", name);
    // With several threads the people of a room live on different servers: this asks all of them.
    const auto sockets = co_await socket->nsp().to(room).fetch_sockets();
    json::array people;
    if (sockets) {
        for (const auto& other : *sockets)
            people.emplace_back(remembered(other.data, "name"));
    }
    ack({{"people", std::move(people)}});
}

/// say(text): the others hear said(name, text); the ack tells the sender whether it went out.
void on_say(Socket& socket, const std::string& text, const Ack<bool>& ack) {
    const bool said =
        !text.empty() && text.size() <= text_bytes && !remembered(socket.data(), "room").empty();
    if (said) others(socket).emit("said", remembered(socket.data(), "name"), text);
    ack(said);
}

/// typing(yes): that somebody types is worth nothing when it comes late, so a client that is busy does not
/// get it. That they stopped has to arrive, or they would seem to type for ever.
void on_typing(Socket& socket, bool yes) {
    const auto audience = yes ? others(socket).volatile_() : others(socket);
    audience.emit("typing", remembered(socket.data(), "name"), yes);
}

}  // namespace

int main(int argument_count, char** arguments) {
    app::Host host(examples::settings_from("A chat with rooms", argument_count, arguments));
    host.page("/", page);
    host.on_start([](socketio::Server& io) {
        auto& chat = io.of("/");
        chat.on("join", on_join);
        chat.on("say", on_say);
        chat.on("typing", on_typing);
        chat.on("leave", leave);
        chat.on_disconnect([](Socket& socket, socketio::DisconnectReason /*reason*/) { leave(socket); });
    });
    return host.run();
}
