// Binary data: a file that is dropped on the page appears at everybody else's. Open http://127.0.0.1:3000 in
// two windows.
//
//   files --listen 127.0.0.1:3000 [--threads N]
#include "options.hpp"
#include "page.hpp"

using namespace holdfast;
using socketio::Ack;
using socketio::Binary;
using socketio::Socket;

namespace {

constexpr std::size_t file_bytes = 5'000'000;
constexpr std::size_t name_bytes = 200;

/// drop(name, bytes): the others hear file(name, bytes); acks {"bytes": how many came}, or {"error":
/// sentence}.
void on_drop(Socket& socket, const std::string& name, Binary file, const Ack<boost::json::object>& ack) {
    if (name.empty() || name.size() > name_bytes) {
        return ack({{"error", "Please give the file a name of at most 200 letters."}});
    }
    const auto size = file.bytes.size();
    // Encoded once; the bytes are shared by all who get them.
    socket.broadcast().emit("file", name, file);
    ack({{"bytes", size}});
}

}  // namespace

int main(int argument_count, char** arguments) {
    auto settings = examples::settings_from("Files for everybody", argument_count, arguments);
    // A file comes in one message, and waits whole for a client that reads slowly.
    settings.socketio.engine.max_payload_bytes = file_bytes + 1'000;
    settings.socketio.engine.send_queue_bytes = 4 * file_bytes;
    settings.net.message_bytes = file_bytes + 1'000;
    settings.net.body_bytes = file_bytes + 1'000;
    settings.net.send_queue_bytes = 4 * file_bytes;
    app::Host host(std::move(settings));
    host.page("/", page);
    host.on_start([](socketio::Server& io) { io.of("/").on("drop", on_drop); });
    return host.run();
}
