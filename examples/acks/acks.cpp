// Acknowledgements both ways: the client asks the server, and the server asks the client and does not wait
// for ever.
//
//   acks --listen 127.0.0.1:3000 [--threads N]
#include "options.hpp"

using namespace holdfast;
using namespace std::chrono_literals;
using socketio::Event;
using socketio::Socket;
namespace json = boost::json;

namespace {

/// add(a, b): acks (null, sum), or ({"error": sentence}) when they are no whole numbers.
void on_add(Socket& /*socket*/, Event& event) {
    const auto& numbers = event.arguments;
    if (numbers.size() != 2 || !numbers[0].is_int64() || !numbers[1].is_int64()) {
        event.ack(json::array{{{"error", "Please send two whole numbers."}}});
        return;
    }
    event.ack(json::array{nullptr, numbers[0].to_number<double>() + numbers[1].to_number<double>()});
}

/// quiz(milliseconds): asks the client a question and tells it with verdict(text) how that went.
void on_quiz(Socket& socket, Event& event) {
    const bool timed = event.arguments.size() == 1 && event.arguments[0].is_int64();
    const auto patience = timed ? Milliseconds(event.arguments[0].get_int64()) : Milliseconds(5s);
    // The socket may be gone when the answer comes, so the handler keeps it, and not a reference.
    socket.emit_with_ack("question", {"What is 6 times 7?"}, patience,
                         [player = socket.shared_from_this()](const auto& answer) {
                             if (!answer) {
                                 player->emit("verdict", {"Time is up."});
                             } else if (answer->arguments == json::array{42}) {
                                 player->emit("verdict", {"Right!"});
                             } else {
                                 player->emit("verdict", {"Not quite."});
                             }
                         });
}

}  // namespace

int main(int argument_count, char** arguments) {
    app::Host host(
        examples::settings_from("Acknowledgements and their time-outs", argument_count, arguments));
    host.on_start([](socketio::Server& io) {
        io.of("/").on("add", on_add);
        io.of("/").on("quiz", on_quiz);
    });
    return host.run();
}
