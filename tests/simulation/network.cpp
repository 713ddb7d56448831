#include "network.hpp"

#include <algorithm>

#include "routes.hpp"

namespace holdfast::simulation {

namespace {

constexpr std::string_view cut_names[cut_kinds] = {"both sides are told",      "the server is told late",
                                                   "the server is never told", "the client is never told",
                                                   "nobody is told",           "replies get lost"};

}  // namespace

Route::Route(Network& network, RouteListener& listener, std::string cookie, std::string address)
    : network_(network),
      listener_(&listener),
      cookie_(std::move(cookie)),
      address_(std::move(address)),
      front_(network.random.below(net_threads)),
      process_number_(network.process_number()),
      longest_delay_(1 +
                     network.random.below(static_cast<std::uint64_t>(network.plan.longest_delay.count()))),
      last_to_server_(network.timeline.now()),
      last_to_client_(network.timeline.now()) {}

Milliseconds Route::delay() const {
    return Milliseconds(1 + network_.random.below(static_cast<std::uint64_t>(longest_delay_.count())));
}

bool Route::process_lives() const {
    return network_.process() != nullptr && network_.process_number() == process_number_;
}

engineio::Engine& Route::engine() const {
    return network_.process()->engine(front_);
}

engineio::HttpRequest Route::request(std::string_view method, std::string_view query) const {
    engineio::HttpRequest http;
    http.method = method;
    http.path = "/socket.io/";
    http.query = query;
    http.remote_address = address_;
    http.headers = {{"Host", "play.example"}};
    if (!cookie_.empty()) http.headers.emplace_back("Cookie", cookie_);
    return http;
}

void Route::to_server(std::function<void()> what) {
    if (to_server_cut_) return;
    last_to_server_ = std::max(last_to_server_, network_.timeline.now() + delay());
    network_.timeline.at(last_to_server_, [self = shared_from_this(), what = std::move(what)]() mutable {
        if (self->to_server_cut_) return;
        if (!self->process_lives()) {
            // Another process, or none, knows nothing of this connection.
            if (!self->network_.happens(300)) self->tell_client_closed();
            return;
        }
        self->network_.process()->receive([self, what = std::move(what)] { what(); });
    });
}

void Route::to_client(std::function<void()> what) {
    if (to_client_cut_ || !client_open_) return;
    last_to_client_ = std::max(last_to_client_, network_.timeline.now() + delay());
    network_.timeline.at(last_to_client_, [self = shared_from_this(), what = std::move(what)] {
        if (!self->to_client_cut_ && self->client_open_) what();
    });
}

void Route::tell_client_closed() {
    network_.timeline.after(delay(), [self = shared_from_this()] {
        if (!self->client_open_) return;
        self->client_open_ = false;
        if (self->listener_ != nullptr) std::exchange(self->listener_, nullptr)->on_closed();
    });
}

void Route::close(bool politely) {
    listener_ = nullptr;
    if (!client_open_) return;
    if (network_.happens(network_.plan.swallowed_close)) {
        network_.trace.line("network", "swallows a close");
        to_server_cut_ = true;
    } else {
        if (politely) say_goodbye();
        to_server([this] { server_hears_close(false); });
    }
    client_open_ = false;
}

void Route::cut(Cut how) {
    if (!client_open_ || is_cut()) return;
    const auto hears_close = [this](Milliseconds after) {
        network_.timeline.after(after, [self = shared_from_this()] {
            if (!self->process_lives()) return;
            self->network_.process()->receive([self] { self->server_hears_close(true); });
        });
    };
    auto& random = network_.random;
    to_client_cut_ = true;
    switch (how) {
        case Cut::both_told:
            to_server_cut_ = true;
            tell_client_closed();
            return hears_close(delay());
        case Cut::server_late:
            to_server_cut_ = true;
            tell_client_closed();
            return hears_close(Milliseconds(500 + random.below(40'000)));
        case Cut::server_never:
            to_server_cut_ = true;
            return tell_client_closed();
        case Cut::client_never:
            to_server_cut_ = true;
            return hears_close(delay());
        case Cut::nobody_told:
            to_server_cut_ = true;
            return;
        case Cut::reply_lost:
            network_.timeline.after(Milliseconds(200 + random.below(3'000)), [self = shared_from_this()] {
                self->to_server_cut_ = true;
                self->tell_client_closed();
            });
            return hears_close(Milliseconds(200 + random.below(20'000)));
    }
}

void Route::process_ended(bool power_cut) {
    if (!client_open_) return;
    // A machine without power says goodbye to nobody.
    if (network_.happens(power_cut ? 700 : 100)) return;
    tell_client_closed();
}

std::shared_ptr<Route> Network::connect(RouteListener& listener, std::string cookie, std::string address) {
    std::shared_ptr<Route> route;
    if (chance(plan.polling, random)) {
        route = std::make_shared<PollingRoute>(*this, listener, std::move(cookie), std::move(address));
    } else {
        route = std::make_shared<WebSocketRoute>(*this, listener, std::move(cookie), std::move(address));
    }
    std::erase_if(routes_, [](const auto& known) { return known.expired(); });
    routes_.push_back(route);
    route->open();
    return route;
}

void Network::set_process(Process* process) {
    process_ = process;
    if (process == nullptr) return;
    ++process_number_;
    kept_.clear();
}

void Network::let_go(const Route* route) {
    // Not at once: the process may be in the middle of something with it.
    timeline.after(Milliseconds{0}, [this, route] {
        std::erase_if(kept_, [route](const auto& kept) { return kept.get() == route; });
    });
}

void Network::process_ended(bool power_cut) {
    process_ = nullptr;
    for (const auto& known : routes_) {
        if (const auto route = known.lock()) route->process_ended(power_cut);
    }
}

void Network::cut_something() {
    std::vector<std::shared_ptr<Route>> whole;
    for (const auto& known : routes_) {
        const auto route = known.lock();
        if (route && route->client_open() && !route->is_cut()) whole.push_back(route);
    }
    if (whole.empty()) return;
    const auto how = random.below(cut_kinds);
    trace.line("network", "a connection is lost, " + std::string(cut_names[how]));
    ++cuts;
    whole[random.below(whole.size())]->cut(static_cast<Cut>(how));
}

}  // namespace holdfast::simulation
