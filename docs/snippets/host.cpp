// The guide's pieces about what is around a server.
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>

#include "holdfast/app/console_log.hpp"
#include "holdfast/app/host.hpp"
#include "holdfast/app/text.hpp"

using namespace holdfast;
using namespace std::chrono_literals;

namespace snippets {

void set_up(socketio::Server& io);
bool is_banned(std::string_view address);
std::string next_quote();
app::HostSettings threads();
void post_from_elsewhere(app::Host& host);
app::HostSettings behind_a_proxy();
app::HostSettings with_tls();
void reload(app::Host& host);
app::HostSettings limits();
void plain_http(app::Host& host);
void handshake(app::Host& host);
int start_and_stop();
app::HostSettings origins();

app::HostSettings threads() {
    // begin threads
    app::HostSettings settings;
    settings.threads = 0;  // one for each core
    // end threads
    return settings;
}

void post_from_elsewhere(app::Host& host) {
    // begin post
    std::thread ticker([&host] {
        for (int second = 60; second >= 0; --second) {
            host.post([second](socketio::Server& io) { io.of("/").emit("countdown", second); });
            std::this_thread::sleep_for(1s);
        }
    });
    // end post
    ticker.join();
}

app::HostSettings behind_a_proxy() {
    // begin proxy
    app::HostSettings settings;
    settings.listen = {"127.0.0.1", 3000};
    settings.net.trusted_proxies = {"127.0.0.1", "10.0.0.0/8"};
    // end proxy
    return settings;
}

app::HostSettings with_tls() {
    // begin tls
    app::HostSettings settings;
    settings.listen = {.address = "0.0.0.0", .port = 443, .tls = true};
    settings.tls = {"/etc/letsencrypt/live/example.org/fullchain.pem",
                    "/etc/letsencrypt/live/example.org/privkey.pem"};
    // end tls
    return settings;
}

void reload(app::Host& host) {
    // begin reload
    if (const auto reloaded = host.reload_certificates(); !reloaded)
        std::fprintf(stderr, "%s\n", reloaded.error().message.c_str());
    // end reload
}

app::HostSettings origins() {
    // begin origins
    app::HostSettings settings;
    settings.origins = {"https://www.example.org", "http://localhost:5173"};
    // end origins
    return settings;
}

app::HostSettings limits() {
    // begin limits
    app::HostSettings settings;
    settings.net.connections_per_address = 2'000;  // a whole school behind one address
    settings.socketio.engine.max_payload_bytes = 10'000'000;
    settings.net.message_bytes = 10'000'000;
    settings.net.body_bytes = 10'000'000;
    settings.socketio.engine.ping_interval = 10s;
    // end limits
    return settings;
}

void plain_http(app::Host& host) {
    // begin http
    host.page("/", "<!doctype html><title>Hello</title>");
    host.on_http([](const net::HttpRequest& request) {
        if (request.path == "/quote") return app::text_answer(200, next_quote());
        return app::text_answer(404, "There is nothing here.\n");
    });
    // end http
}

void handshake(app::Host& host) {
    // begin handshake
    host.on_handshake([](const engineio::HttpRequest& request) {
        engineio::HandshakeVerdict verdict;
        if (is_banned(request.remote_address)) verdict.refusal = "Not today.";
        return verdict;
    });
    // end handshake
}

int start_and_stop() {
    // begin start
    app::ConsoleLog log(LogLevel::info);
    app::Host host({.listen = {"127.0.0.1", 0}, .log = &log});
    host.on_start(set_up);
    if (const auto started = host.start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().message.c_str());
        return 1;
    }
    std::printf("Come to %s\n", host.url().c_str());
    // … whatever else your program does; stop() may be called from any thread …
    host.stop();
    host.wait();
    // end start
    return 0;
}

}  // namespace snippets
