#include "holdfast/net/server.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "holdfast/net/net_thread.hpp"
#include "holdfast/net/session_route.hpp"
#include "holdfast/net/shared_state.hpp"

namespace holdfast::net {
namespace {

// Counts down to zero; somebody waits for it, perhaps not for ever.
class Countdown {
  public:
    explicit Countdown(std::size_t count) : count_(count) {}
    void one_less() {
        const std::lock_guard lock(mutex_);
        if (--count_ == 0) done_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        done_.wait(lock, [this] { return count_ == 0; });
    }
    void wait_for(Milliseconds time) {
        std::unique_lock lock(mutex_);
        done_.wait_for(lock, time, [this] { return count_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable done_;
    std::size_t count_;
};

}  // namespace

struct Server::State {
    State(ServerSettings settings, ApplicationFactory application_factory, const Clock& clock, Log& log)
        : shared(std::make_shared<SharedState>(std::move(settings), clock, log)),
          factory(std::move(application_factory)) {
        for (std::size_t i = 0; i < shared->settings.threads && i < threads_most; ++i) {
            shared->threads.push_back(std::make_shared<NetThread>(shared, i));
        }
    }

    std::shared_ptr<SharedState> shared;
    ApplicationFactory factory;
    std::vector<std::uint16_t> ports;
    bool running = false;

    void end_threads() {
        if (!std::exchange(running, false)) return;
        for (const auto& thread : shared->threads)
            thread->post([thread = thread.get()] { thread->finish(); });
        for (const auto& thread : shared->threads)
            thread->join();
    }
};

Server::Server(ServerSettings settings, ApplicationFactory factory, const Clock& clock, Log& log)
    : state_(std::make_unique<State>(std::move(settings), std::move(factory), clock, log)) {}

Server::~Server() {
    state_->end_threads();
    state_->shared->threads.clear();
}

Result<void, StartError> Server::start() {
    SharedState& shared = *state_->shared;
    const ServerSettings& settings = shared.settings;
    const auto bad_settings = [](std::string message) {
        return failure(StartError{StartErrorCode::bad_settings, std::move(message)});
    };
    if (state_->running || !state_->ports.empty()) return bad_settings("The server was started before.");
    if (settings.threads < 1 || settings.threads > threads_most) {
        return bad_settings("The number of net threads must be between 1 and 64.");
    }
    const int window_bits = settings.websocket_compression.window_bits;
    if (window_bits < websocket::window_bits_least || window_bits > websocket::window_bits_most) {
        return bad_settings("The window of compressed messages must be between 9 and 15 bits.");
    }
    if (settings.listen.empty()) return bad_settings("There is no address to listen on.");
    auto proxies = TrustedProxies::parse(settings.trusted_proxies);
    if (!proxies) return bad_settings("A trusted proxy must be an address or a network such as 10.0.0.0/8.");
    shared.proxies = std::move(*proxies);
    const bool wants_tls = std::ranges::any_of(settings.listen, &ListenSettings::tls);
    if (wants_tls) {
        if (auto loaded = reload_certificates(); !loaded) return loaded;
    }
    for (const auto& listen : settings.listen) {
        std::uint16_t port = listen.port;
        for (const auto& thread : shared.threads) {
            const auto bound = thread->listen(listen, port);
            if (!bound) return failure(bound.error());
            port = *bound;
        }
        state_->ports.push_back(port);
    }
    const auto ready = std::make_shared<Countdown>(shared.threads.size());
    for (const auto& thread : shared.threads)
        thread->start(state_->factory, [ready] { ready->one_less(); });
    ready->wait();
    state_->running = true;
    return {};
}

std::vector<std::uint16_t> Server::ports() const {
    return state_->ports;
}

std::size_t Server::thread_count() const {
    return state_->shared->threads.size();
}

void Server::post(std::size_t thread_index, std::function<void()> function) {
    if (thread_index >= state_->shared->threads.size()) return;
    state_->shared->threads[thread_index]->post(std::move(function));
}

void Server::stop() {
    if (!state_->running) return;
    const auto empty = std::make_shared<Countdown>(state_->shared->threads.size());
    for (const auto& thread : state_->shared->threads) {
        thread->post([thread = thread.get(), empty] { thread->begin_drain([empty] { empty->one_less(); }); });
    }
    empty->wait_for(state_->shared->settings.drain_time);
    state_->end_threads();
}

ServerCounters Server::counters() const {
    const auto total = [this](Counter counter) {
        std::uint64_t sum = 0;
        for (const auto& thread : state_->shared->threads)
            sum += thread->counter(counter);
        return sum;
    };
    ServerCounters counters;
    counters.connections_accepted = total(Counter::connections_accepted);
    counters.connections_open = state_->shared->open_connections.load();
    counters.refused_per_address = total(Counter::refused_per_address);
    counters.refused_total = total(Counter::refused_total);
    counters.let_in_over_limit = total(Counter::let_in_over_limit);
    counters.turned_away = total(Counter::turned_away);
    counters.accept_errors = total(Counter::accept_errors);
    counters.requests = total(Counter::requests);
    counters.requests_malformed = total(Counter::requests_malformed);
    counters.requests_timed_out = total(Counter::requests_timed_out);
    counters.requests_too_large = total(Counter::requests_too_large);
    counters.websockets_opened = total(Counter::websockets_opened);
    counters.websockets_compressed = total(Counter::websockets_compressed);
    counters.websocket_failures = total(Counter::websocket_failures);
    counters.websocket_bad_text = total(Counter::websocket_bad_text);
    counters.websocket_too_big = total(Counter::websocket_too_big);
    counters.websocket_too_many_fragments = total(Counter::websocket_too_many_fragments);
    counters.send_queue_overflows = total(Counter::send_queue_overflows);
    counters.connections_moved = total(Counter::connections_moved);
    counters.tls_failures = total(Counter::tls_failures);
    counters.bytes_in = total(Counter::bytes_in);
    counters.bytes_out = total(Counter::bytes_out);
    return counters;
}

Result<void, StartError> Server::reload_certificates() {
    auto loaded = state_->shared->certificates.load(state_->shared->settings.tls);
    if (!loaded) return failure(StartError{StartErrorCode::bad_certificate, loaded.error()});
    return {};
}

}  // namespace holdfast::net
