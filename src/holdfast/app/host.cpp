#include "holdfast/app/host.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

#include "holdfast/app/console_log.hpp"
#include "holdfast/app/text.hpp"
#include "holdfast/base/clock.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/client_files/client_files.hpp"
#include "holdfast/cluster/local_adapter.hpp"
#include "holdfast/cluster/shared_recovery.hpp"
#include "holdfast/net/application.hpp"
#include "holdfast/net/server.hpp"
#include "holdfast/net/session_route.hpp"

namespace holdfast::app {
namespace {

using SetUp = std::function<void(socketio::Server&)>;

/// A body that is kept once for all its answers.
struct Page {
    std::string content_type;
    std::shared_ptr<const std::string> body;
};

/// Calls what the program's author gave us; an exception is theirs, and becomes a sentence.
template <typename Function>
std::optional<std::string> complaint_of(const Function& function) {
    try {
        function();
        return std::nullopt;
    } catch (const std::exception& exception) {
        return exception.what();
    } catch (...) {
        return "an exception that says nothing about itself";
    }
}

net::ServerSettings net_settings(const HostSettings& settings) {
    net::ServerSettings net = settings.net;
    net.listen = {settings.listen};
    net.listen.insert(net.listen.end(), settings.also_listen.begin(), settings.also_listen.end());
    net.tls = settings.tls;
    net.threads = settings.threads;
    if (net.threads == 0) {
        net.threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, net::threads_most);
    }
    return net;
}

/// Whether there is a terminal that this process belongs to.
bool has_terminal() {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal >= 0) ::close(terminal);
    return terminal >= 0;
}

HostErrorCode code_of(net::StartErrorCode code) {
    switch (code) {
        case net::StartErrorCode::bad_settings:
            return HostErrorCode::bad_settings;
        case net::StartErrorCode::cannot_listen:
            return HostErrorCode::cannot_listen;
        case net::StartErrorCode::bad_certificate:
            return HostErrorCode::bad_certificate;
    }
    return HostErrorCode::bad_settings;
}

/// What one net thread owns. With several threads a session's id says on which one it lives.
struct ServerOnThread {
    ServerOnThread(socketio::Settings settings, std::size_t thread_index, engineio::HandshakeHook hook)
        : ids(secure, thread_index), server(std::move(settings), ids, std::move(hook)) {}

    SecureRandom secure;
    net::SessionRandom ids;
    socketio::Server server;
};

}  // namespace

struct Host::State final : net::HttpHandler {
    explicit State(HostSettings given)
        : settings(std::move(given)),
          log(settings.log != nullptr ? *settings.log : console),
          servers(net_settings(settings).threads, nullptr),
          net(
              net_settings(settings), [this](std::size_t index) { return make_application(index); }, clock,
              log) {
        settings.socketio.log = &log;
        if (!settings.origins.empty()) {
            settings.socketio.engine.origins.allowed_origins = settings.origins;
            settings.socketio.engine.origins.cors = true;
        }
    }

    [[nodiscard]] std::unique_ptr<net::Application> make_application(std::size_t index);
    void run_all(const std::vector<SetUp>& functions, socketio::Server& server, std::string_view event);
    void on_http(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder) override;
    [[nodiscard]] std::optional<HostError> contradiction() const;
    void wait_for_hang_up(boost::asio::signal_set& signals, Host& host, bool had_terminal);

    HostSettings settings;
    ConsoleLog console;
    Log& log;
    const SystemClock clock;
    cluster::LocalCluster local_cluster;
    const client_files::ClientFiles client_files{settings.socketio.engine.path};
    std::vector<SetUp> on_start;
    std::vector<SetUp> on_stop;
    std::shared_ptr<socketio::SharedRecovery> recovery;  ///< null: off
    bool recovery_skips_middlewares = true;
    engineio::HandshakeHook on_handshake;
    std::unordered_map<std::string, Page> pages;
    LaterHttpFunction http;
    /// One a net thread; written by it before it serves, read by what is posted to it.
    std::vector<socketio::Server*> servers;
    std::mutex mutex;
    std::string set_up_complaint;  ///< under the mutex
    bool started = false;
    bool ended = false;
    /// Runs nothing but the wait for stop() or a signal.
    boost::asio::io_context waiting{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{waiting.get_executor()};
    net::Server net;  // last: its threads use all the others
};

namespace {

class HostApplication final : public net::EngineApplication {
  public:
    HostApplication(std::unique_ptr<ServerOnThread> parts, net::HttpHandler& http, std::size_t thread_count,
                    std::function<void(socketio::Server&)> on_stop)
        : EngineApplication(parts->server.engine(), http, thread_count),
          parts_(std::move(parts)),
          on_stop_(std::move(on_stop)) {}

    void on_tick(Instant now) override { parts_->server.on_tick(now); }
    void on_shut_down(Instant now) override {
        on_stop_(parts_->server);
        parts_->server.shut_down(now);
    }

  private:
    std::unique_ptr<ServerOnThread> parts_;
    std::function<void(socketio::Server&)> on_stop_;
};

}  // namespace

std::unique_ptr<net::Application> Host::State::make_application(std::size_t index) {
    socketio::Settings socketio = settings.socketio;
    Post post = [this, index](std::function<void()> function) { net.post(index, std::move(function)); };
    if (settings.join_cluster) {
        const auto complaint = complaint_of([&] { socketio.adapter = settings.join_cluster(post); });
        if (complaint) {
            const std::lock_guard lock(mutex);
            set_up_complaint = *complaint;
        }
    } else if (net.thread_count() > 1) {
        socketio.adapter = local_cluster.add_server(post);
    }
    auto parts = std::make_unique<ServerOnThread>(std::move(socketio), index, on_handshake);
    servers[index] = &parts->server;
    if (recovery) {
        socketio::RecoverySettings own;
        own.shared = recovery;
        own.post = post;
        own.skip_middlewares = recovery_skips_middlewares;
        if (const auto enabled = parts->server.enable_recovery(std::move(own)); !enabled) {
            const std::lock_guard lock(mutex);
            set_up_complaint = to_string(enabled.error());
        }
    }
    run_all(on_start, parts->server, "set_up_failed");
    auto application = std::make_unique<HostApplication>(
        std::move(parts), *this, net.thread_count(),
        [this](socketio::Server& server) { run_all(on_stop, server, "on_stop_failed"); });
    if (settings.serve_client) {
        application->serve_files(
            [this](const net::HttpRequest& request) { return client_files.answer(request); });
    }
    return application;
}

void Host::State::run_all(const std::vector<SetUp>& functions, socketio::Server& server,
                          std::string_view event) {
    for (const auto& function : functions) {
        const auto complaint = complaint_of([&] { function(server); });
        if (!complaint) continue;
        log.write(LogLevel::error, event, {{"what", std::string_view(*complaint)}});
        const std::lock_guard lock(mutex);
        set_up_complaint = *complaint;
    }
}

void Host::State::on_http(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder) {
    if (const auto found = pages.find(std::string(request.path)); found != pages.end()) {
        net::HttpResponse response;
        if (request.method != "GET" && request.method != "HEAD") {
            response = text_answer(405, "This page can only be read.\n");
            response.headers.emplace_back("Allow", "GET, HEAD");
        } else {
            response.headers.emplace_back("Content-Type", found->second.content_type);
            response.shared_body = found->second.body;
        }
        return responder->respond(std::move(response));
    }
    if (!http) return responder->respond(text_answer(404, "There is no such page here.\n"));
    if (const auto complaint = complaint_of([&] { http(request, responder); })) {
        log.write(LogLevel::error, "http_failed",
                  {{"path", request.path}, {"what", std::string_view(*complaint)}});
        responder->respond(text_answer(500, "Something went wrong here; it has been written down.\n"));
    }
}

std::optional<HostError> Host::State::contradiction() const {
    const auto refused = [](std::string message) {
        return HostError{HostErrorCode::bad_settings, std::move(message)};
    };
    if (recovery && settings.join_cluster) {
        return refused("Recovery works for one process: leave out join_cluster, or enable_recovery.");
    }
    const bool has_certificate = !settings.tls.certificate_file.empty() || !settings.tls.key_file.empty();
    const bool wants_tls =
        settings.listen.tls || std::ranges::any_of(settings.also_listen, &net::ListenSettings::tls);
    if (wants_tls && (settings.tls.certificate_file.empty() || settings.tls.key_file.empty())) {
        return refused("TLS is wanted, but a certificate file or its key file is not named (settings.tls).");
    }
    if (has_certificate && !wants_tls) {
        return refused(
            "There is a certificate, but no address that uses it: set tls = true for the address to listen "
            "on.");
    }
    return std::nullopt;
}

Host::Host(HostSettings settings) : state_(std::make_unique<State>(std::move(settings))) {}

Host::~Host() {
    stop();
    wait();
}

Host& Host::on_start(std::function<void(socketio::Server&)> function) {
    if (function) state_->on_start.push_back(std::move(function));
    return *this;
}

Host& Host::enable_recovery(socketio::RecoverySettings settings) {
    state_->recovery = settings.shared ? std::move(settings.shared)
                                       : cluster::share_recovery(std::move(settings.log), settings.limits);
    state_->recovery_skips_middlewares = settings.skip_middlewares;
    return *this;
}

Host& Host::on_stop(std::function<void(socketio::Server&)> function) {
    if (function) state_->on_stop.push_back(std::move(function));
    return *this;
}

Host& Host::on_handshake(engineio::HandshakeHook hook) {
    state_->on_handshake = std::move(hook);
    return *this;
}

Host& Host::page(std::string path, std::string body, std::string content_type) {
    state_->pages[std::move(path)] = {std::move(content_type),
                                      std::make_shared<const std::string>(std::move(body))};
    return *this;
}

Host& Host::on_http(HttpFunction function) {
    if (!function) return on_http_later({});
    return on_http_later([function = std::move(function)](const net::HttpRequest& request,
                                                          std::shared_ptr<net::HttpResponder> responder) {
        responder->respond(function(request));
    });
}

Host& Host::on_http_later(LaterHttpFunction function) {
    state_->http = std::move(function);
    return *this;
}

void Host::State::wait_for_hang_up(boost::asio::signal_set& signals, Host& host, bool had_terminal) {
    signals.async_wait(
        [this, &signals, &host, had_terminal](const boost::system::error_code& error, int /*signal*/) {
            if (error) return;
            // Closing the terminal ends a program that somebody runs in it.
            if (had_terminal && !has_terminal()) {
                host.stop();
                return;
            }
            if (const auto reloaded = host.reload_certificates(); reloaded) {
                log.write(LogLevel::info, "certificate_reloaded", {});
            } else {
                log.write(LogLevel::error, "certificate_not_reloaded",
                          {{"reason", std::string_view(reloaded.error().message)}});
            }
            wait_for_hang_up(signals, host, had_terminal);
        });
}

int Host::run() {
    // From the signal handler's point of view the process has one set of them, whoever's thread it is on.
    boost::asio::signal_set signals(state_->waiting);
    boost::system::error_code ignored;
    for (const int signal : {SIGINT, SIGTERM})
        signals.add(signal, ignored);
    signals.async_wait([this](const boost::system::error_code& error, int /*signal*/) {
        if (!error) stop();
    });
    boost::asio::signal_set hang_up(state_->waiting);
    if (!state_->settings.tls.certificate_file.empty()) {
        hang_up.add(SIGHUP, ignored);
        state_->wait_for_hang_up(hang_up, *this, has_terminal());
    }
    if (const auto started = start(); !started) {
        std::fprintf(stderr, "%s\n", started.error().message.c_str());
        return 1;
    }
    std::printf("listening on %s\n", url().c_str());
    std::fflush(stdout);
    state_->waiting.run();
    // A second Ctrl-C ends the process at once, even if a client does not let go.
    signals.clear(ignored);
    wait();
    return 0;
}

Result<void, HostError> Host::start() {
    if (state_->started) {
        return failure(HostError{HostErrorCode::bad_settings, "A host starts once; make another one."});
    }
    if (auto contradiction = state_->contradiction()) return failure(std::move(*contradiction));
    if (state_->recovery && !state_->recovery->load(&state_->log)) {
        return failure(HostError{HostErrorCode::recovery_failed,
                                 "What is kept for recovery cannot be read; see the log."});
    }
    if (const auto started = state_->net.start(); !started) {
        return failure(HostError{code_of(started.error().code), started.error().message});
    }
    state_->started = true;
    std::string complaint;
    {
        const std::lock_guard lock(state_->mutex);
        complaint = state_->set_up_complaint;
    }
    if (complaint.empty()) return {};
    state_->net.stop();
    state_->ended = true;
    return failure(HostError{HostErrorCode::set_up_failed, "Setting up the server failed: " + complaint});
}

void Host::stop() {
    state_->waiting.stop();
}

void Host::wait() {
    if (!state_->started || state_->ended) return;
    state_->waiting.run();
    state_->net.stop();
    state_->ended = true;
}

std::vector<std::uint16_t> Host::ports() const {
    return state_->net.ports();
}

std::string Host::url() const {
    const auto& listen = state_->settings.listen;
    const auto ports = state_->net.ports();
    std::string address = listen.address;
    if (address == "0.0.0.0" || address == "::") address = "localhost";
    if (address.find(':') != std::string::npos) address = '[' + address + ']';
    return (listen.tls ? "https://" : "http://") + address + ':' +
           std::to_string(ports.empty() ? listen.port : ports.front());
}

std::size_t Host::thread_count() const {
    return state_->net.thread_count();
}

void Host::post(std::size_t thread_index, std::function<void(socketio::Server&)> function) {
    if (!function) return;
    State* state = state_.get();
    state->net.post(thread_index, [state, thread_index, function = std::move(function)] {
        const auto complaint = complaint_of([&] { function(*state->servers[thread_index]); });
        if (complaint) {
            state->log.write(LogLevel::error, "posted_function_failed",
                             {{"what", std::string_view(*complaint)}});
        }
    });
}

void Host::post(std::function<void(socketio::Server&)> function) {
    post(0, std::move(function));
}

void Host::post_to_all(const std::function<void(socketio::Server&)>& function) {
    for (std::size_t index = 0; index < thread_count(); ++index)
        post(index, function);
}

net::ServerCounters Host::counters() const {
    return state_->net.counters();
}

Result<void, HostError> Host::reload_certificates() {
    const auto reloaded = state_->net.reload_certificates();
    if (reloaded) return {};
    return failure(HostError{code_of(reloaded.error().code), reloaded.error().message});
}

}  // namespace holdfast::app
