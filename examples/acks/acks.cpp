// Acknowledgements both ways: the client asks the server, and the server asks the client and does not wait
// for ever.
//
//   acks --listen 127.0.0.1:3000 [--threads N]
#include "options.hpp"

using namespace holdfast;
using socketio::Ack;
using socketio::SocketPointer;
using socketio::Task;

namespace {

/// add(a, b): acks the sum. Arguments that are no whole numbers are refused before this is called, with an
/// answer that says so.
void on_add(std::int32_t a, std::int32_t b, const Ack<std::int64_t>& ack) {
    ack(std::int64_t{a} + b);
}

/// quiz(milliseconds): asks the client a question and tells it with verdict(text) how that went. A coroutine:
/// while it waits for the answer, the server does other things.
Task<> on_quiz(SocketPointer player, std::uint16_t patience_milliseconds) {
    const auto answer =
        co_await player->ask<int>("question", Milliseconds(patience_milliseconds), "What is 6 times 7?");
    if (answer) {
        player->emit("verdict", *answer == 42 ? "Right!" : "Not quite.");
    } else if (answer.error() == socketio::AckError::timed_out) {
        player->emit("verdict", "Time is up.");
    } else {
        player->emit("verdict", "That is no number.");
    }
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
