// Who may come in: a middleware looks at the token that the client brings, and refuses with a reason that its
// program can use.
//
//   auth --listen 127.0.0.1:3000 [--threads N]
#include <map>

#include "options.hpp"

using namespace holdfast;
using socketio::Ack;
using socketio::Socket;
namespace json = boost::json;

namespace {

/// Where a real server asks its database, or checks a signature.
std::string user_of(const json::value& auth) {
    static const std::map<std::string, std::string, std::less<>> users{{"token-of-ann", "Ann"},
                                                                       {"token-of-ben", "Ben"}};
    const auto* object = auth.if_object();
    const auto* token = object != nullptr ? object->if_contains("token") : nullptr;
    if (token == nullptr || !token->is_string()) return {};
    const auto user = users.find(std::string_view(token->get_string()));
    return user != users.end() ? user->second : std::string();
}

void let_in(Socket& socket, const socketio::Next& next) {
    const auto user = user_of(socket.auth());
    if (user.empty()) {
        // The client sees connect_error with error.message and error.data.
        next(
            socketio::ConnectError{"Please log in again.", {{"code", "bad_token"}, {"log_in_at", "/login"}}});
        return;
    }
    socket.set_data({{"user", user}});
    next(std::nullopt);
}

}  // namespace

int main(int argument_count, char** arguments) {
    app::Host host(examples::settings_from("A server that asks who is there", argument_count, arguments));
    host.on_start([](socketio::Server& io) {
        auto& main = io.of("/");
        main.use(let_in);
        main.on("who_am_i", [](Socket& socket, const Ack<json::value>& ack) {
            ack(socket.data().as_object().at("user"));
        });
    });
    return host.run();
}
