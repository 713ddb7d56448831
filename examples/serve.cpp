#include "serve.hpp"

#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

namespace examples {

using namespace holdfast;

std::optional<net::ListenSettings> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    auto address = text.substr(0, colon);
    if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    const auto digits = text.substr(colon + 1);
    net::ListenSettings listen;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), listen.port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    listen.address = address;
    return listen;
}

void NothingElse::on_http(const net::HttpRequest& /*request*/,
                          std::shared_ptr<net::HttpResponder> responder) {
    net::HttpResponse response;
    response.status = 404;
    response.headers.emplace_back("Content-Type", "text/plain; charset=UTF-8");
    response.body = "There is only Socket.IO here.\n";
    responder->respond(std::move(response));
}

void ErrorLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < LogLevel::warning) return;
    std::string line(event);
    for (const auto& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        if (const auto* text = std::get_if<std::string_view>(&field.value)) {
            line += *text;
        } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
            line += std::to_string(*number);
        } else if (const auto* real = std::get_if<double>(&field.value)) {
            line += std::to_string(*real);
        } else {
            line += std::get<bool>(field.value) ? "true" : "false";
        }
    }
    line += '\n';
    std::fputs(line.c_str(), stderr);
}

int serve_until_stopped(net::ServerSettings settings, const MakeApplication& make_application) {
    // Blocked before any thread starts, so that the signals wait for sigwait below.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    const SystemClock clock;
    ErrorLog log;
    const std::string address = settings.listen.front().address;
    net::Server* posting = nullptr;  // set before start(), which is what makes the applications
    net::Server server(
        std::move(settings),
        [&](std::size_t thread_index) {
            return make_application(thread_index, [posting, thread_index](std::function<void()> function) {
                posting->post(thread_index, std::move(function));
            });
        },
        clock, log);
    posting = &server;
    if (const auto started = server.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().message.c_str());
        return 1;
    }
    std::printf("listening on %s:%u\n", address.c_str(), static_cast<unsigned>(server.ports().front()));
    std::fflush(stdout);
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    server.stop();
    return 0;
}

}  // namespace examples
