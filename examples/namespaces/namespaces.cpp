// Two namespaces over one connection: visitors in "/", staff in "/staff". What the staff announce, visitors
// hear; how many visitors there are, the staff see.
//
//   namespaces --listen 127.0.0.1:3000 [--threads N] [--key KEY]
#include "options.hpp"

using namespace holdfast;
using socketio::Ack;
using socketio::Socket;
namespace json = boost::json;

int main(int argument_count, char** arguments) {
    CLI::App options("Visitors and staff in two namespaces");
    std::string key = "open sesame";
    options.add_option("--key", key, "What the staff have to know")->capture_default_str();
    app::Host host(examples::settings_from(options, argument_count, arguments));

    host.on_start([&key](socketio::Server& io) {
        auto& visitors = io.of("/");
        auto& staff = io.of("/staff");

        // A namespace has middlewares, rooms and handlers of its own: this one guards the staff alone.
        staff.use([&key](Socket& socket, const socketio::Next& next) {
            const auto* auth = socket.auth().if_object();
            const auto* given = auth != nullptr ? auth->if_contains("key") : nullptr;
            if (given != nullptr && *given == json::value(key)) return next(std::nullopt);
            next(socketio::ConnectError{"This door is for the staff.", nullptr});
        });
        staff.on("announce", [&visitors](const std::string& text, const Ack<bool>& ack) {
            visitors.emit("announcement", text);
            ack(true);
        });
        staff.on("how_many", [&visitors](const Ack<std::optional<std::size_t>>& ack) {
            // Counts the visitors of all threads; nothing when one of them does not answer.
            visitors.fetch_sockets({}, [ack](const auto& sockets) {
                ack(sockets ? std::optional(sockets->size()) : std::nullopt);
            });
        });
        visitors.on_connection([&staff](const socketio::SocketPointer& visitor) {
            staff.emit("visitor", std::string(visitor->id()));
        });
    });
    return host.run();
}
