#include "holdfast/server/application.hpp"

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <future>
#include <utility>

#include "holdfast/client_files/client_files.hpp"
#include "holdfast/games/paired_game.hpp"
#include "holdfast/net/application.hpp"
#include "holdfast/net/server.hpp"
#include "holdfast/net/session_route.hpp"
#include "holdfast/seats/house.hpp"
#include "holdfast/server/board.hpp"
#include "holdfast/server/desk.hpp"
#include "holdfast/server/embedded_pages.hpp"
#include "holdfast/server/front.hpp"
#include "holdfast/server/host_access.hpp"
#include "holdfast/server/http_routes.hpp"
#include "holdfast/server/journal_desk.hpp"
#include "holdfast/server/machine_addresses.hpp"
#include "holdfast/server/memory_return.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/server/pages.hpp"
#include "holdfast/server/seats_thread.hpp"
#include "holdfast/server/secrets.hpp"
#include "holdfast/server/transport_figures.hpp"
#include "holdfast/server/wire_format.hpp"
#include "holdfast/store/memory_store.hpp"
#include "holdfast/store/sqlite_store.hpp"

namespace holdfast::server {

namespace {

/// How long clients may take to close their side when the server stops.
constexpr Milliseconds drain_time{3'000};

/// One net thread's part of the program.
class FrontApplication final : public net::EngineApplication {
  public:
    FrontApplication(std::unique_ptr<Front> front, std::unique_ptr<Random> random, net::HttpHandler& http,
                     std::size_t thread_index, std::size_t thread_count, TransportFigures& figures)
        : EngineApplication(front->server().engine(), http, thread_count),
          random_(std::move(random)),
          front_(std::move(front)),
          thread_index_(thread_index),
          figures_(figures) {}

    void on_tick(Instant now) override {
        front_->on_tick(now);
        figures_.publish(thread_index_, TransportPart::of(front_->server()));
    }
    void on_shut_down(Instant now) override { front_->shut_down(now); }
    [[nodiscard]] bool is_let_in_over_limit(const net::HttpRequest& head) override {
        return front_->is_of_holder(head);
    }

  private:
    std::unique_ptr<Random> random_;
    std::unique_ptr<Front> front_;
    std::size_t thread_index_;
    TransportFigures& figures_;
};

/// Turns what the pipeline does into figures and log lines.
class Observer final : public PipelineObserver {
  public:
    Observer(Metrics& metrics, Log& log) : metrics_(metrics), log_(log) {}
    void on_commit(std::chrono::nanoseconds latency, std::size_t decisions,
                   std::optional<seats::StoreError> error) override {
        if (!error) return metrics_.committed(std::chrono::duration<double>(latency).count(), decisions);
        metrics_.commit_failed(*error, decisions);
        log_.write(LogLevel::error, "commit_failed",
                   {{"error", to_string(*error)}, {"decisions", static_cast<std::int64_t>(decisions)}});
    }
    void on_rollback(std::size_t commands) override {
        metrics_.rolled_back();
        log_.write(LogLevel::warning, "rolled_back", {{"commands", static_cast<std::int64_t>(commands)}});
    }
    void on_store_state(seats::StoreState state, std::optional<seats::StoreError> /*error*/) override {
        metrics_.store_ready(state == seats::StoreState::writable);
    }

  private:
    Metrics& metrics_;
    Log& log_;
};

/// What the host's cookie may be signed with, the newest first.
std::vector<std::string> signing_secrets(const seats::TokenSecrets& tokens) {
    if (tokens.before.empty()) return {tokens.current};
    return {tokens.current, tokens.before};
}

}  // namespace

struct Application::State final : DecisionSink, Outbox, CommandPort {
    State(Config given, std::unique_ptr<seats::Store> given_store, Log& given_log, const Clock& given_clock)
        : config(std::move(given)),
          log(given_log),
          clock(given_clock),
          store(std::move(given_store)),
          observer(metrics, log) {}

    [[nodiscard]] Result<Secrets, std::string> read_secrets();
    [[nodiscard]] Result<void, std::string> open_store();
    [[nodiscard]] Result<void, std::string> open_pages();
    [[nodiscard]] Result<void, std::string> start_seats();
    void list_every_team();
    [[nodiscard]] Result<void, std::string> make_net();
    [[nodiscard]] Result<void, std::string> start_net();
    [[nodiscard]] std::unique_ptr<net::Application> make_front(std::size_t thread_index);
    [[nodiscard]] std::string not_ready() const;
    void read_figures();
    [[nodiscard]] SeatsThreadSettings thread_settings() const;

    // DecisionSink, on the seats thread
    void deliver(const seats::Decision& decision) override {
        desk->carry_out(decision);
        // What the start preserves comes in the same form and is no comparison.
        if (normal_operation && decision.kind == seats::CommandKind::synchronise) metrics.synchronised();
    }
    // Outbox, on the seats thread
    void put(Delivery delivery) override {
        auto& items = outgoing[thread_of(delivery.connection)];
        items.push_back(std::move(delivery));
    }
    void put(Broadcast broadcast) override {
        for (auto& items : outgoing)
            items.emplace_back(broadcast);
    }
    void put(HostPictures pictures) override {
        for (auto& items : outgoing)
            items.emplace_back(pictures);
    }
    void flush();
    // CommandPort, on any thread
    bool post(seats::Command command, const Sender& sender) override {
        return seats_thread->post(std::move(command), sender);
    }
    [[nodiscard]] Milliseconds retry_after() const override {
        return server::retry_after(seats_thread->status().fill);
    }
    bool join_dashboard(seats::ConnectionId connection, std::uint64_t ticket, bool streaming,
                        bool first) override;
    bool send_teams(seats::ConnectionId connection, std::uint64_t ticket, bool streaming) override;
    void leave_dashboard() override {
        (void)seats_thread->run([this] { board->host_left(); });
    }
    [[nodiscard]] std::vector<seats::ConnectionId> live_connections();

    Config config;
    Log& log;
    const Clock& clock;
    SecureRandom random;
    std::string data_path;  ///< empty: nothing is kept
    Secrets secrets;
    Metrics metrics;
    std::optional<Pages> pages;
    std::unique_ptr<HostAccess> hosts;
    games::PairedGame game;
    std::unique_ptr<seats::Store> store;
    std::unique_ptr<seats::House> house;
    Observer observer;
    std::unique_ptr<Board> board;
    MemoryReturn memory;
    std::unique_ptr<Desk> desk;
    std::unique_ptr<SeatsThread> seats_thread;
    SeatHolders holders;
    const client_files::ClientFiles client_files;
    std::unique_ptr<HttpRoutes> routes;
    std::unique_ptr<JournalDesk> journal;
    std::optional<TransportFigures> figures;
    /// One a net thread; filled by its thread before it serves, used by posts to that thread.
    std::vector<Front*> fronts;
    std::vector<std::vector<Outgoing>> outgoing;
    std::unique_ptr<net::Server> net_server;
    std::size_t teams_at_start = 0;  ///< written before start() goes on
    std::atomic<bool> normal_operation = false;
    std::atomic<bool> serving = false;
    bool stopped = false;
};

Result<Secrets, std::string> Application::State::read_secrets() {
    return load_secrets(data_path.empty() ? "" : keys_file_of(data_path),
                        {config.host_key, config.token_secret, config.token_secret_before}, random,
                        clock.unix_now());
}

Result<void, std::string> Application::State::open_store() {
    const auto location = parse_store(config.store);
    if (!location) return failure(location.error());
    if (!location->in_memory) data_path = location->path;
    if (!store && location->in_memory) store = std::make_unique<store::MemoryStore>();
    if (!store) {
        store::SqliteSettings settings;
        settings.path = location->path;
        auto opened = store::SqliteStore::open(settings, log);
        if (!opened) return failure(opened.error().message);
        store = std::move(*opened);
    }
    auto loaded = read_secrets();
    if (!loaded) return failure(loaded.error());
    secrets = std::move(*loaded);
    hosts = std::make_unique<HostAccess>(secrets.host_keys, signing_secrets(secrets.tokens));
    return {};
}

Result<void, std::string> Application::State::open_pages() {
    if (config.web_folder.empty()) {
        pages.emplace(embedded_pages());
        return {};
    }
    auto folder = Pages::from_folder(config.web_folder);
    if (!folder) return failure(folder.error());
    pages.emplace(std::move(*folder));
    return {};
}

Result<void, std::string> Application::State::start_seats() {
    seats::HouseSettings settings;
    settings.seats_per_team = config.seats_per_team;
    settings.grace = std::chrono::seconds(config.grace_seconds);
    settings.token_life = std::chrono::seconds(config.token_life_seconds);
    settings.most_teams = limits::teams;
    settings.token_secret = secrets.tokens.current;
    settings.token_secret_before = secrets.tokens.before;
    settings.token_secret_before_until = secrets.tokens.before_until;
    house = std::make_unique<seats::House>(settings, game, random);

    const std::string players_url = config.public_url;
    board = std::make_unique<Board>(*this, metrics, players_url);
    board->tell(holders);
    holders.use(secrets.tokens);
    DeskSettings desk_settings;
    desk_settings.seats_per_team = config.seats_per_team;
    desk_settings.quiet_drop_time = Milliseconds(config.quiet_drop_milliseconds);
    desk_settings.server_id = random.base64url(9);
    desk = std::make_unique<Desk>(desk_settings, *this, *board, metrics, log, clock);

    desk->know(holders);

    SeatsThreadHooks hooks;
    hooks.live_connections = [this] { return live_connections(); };
    hooks.periodic = [this](seats::Moment now) {
        desk->on_interval(now.monotonic);
        board->on_interval(now.monotonic);
        const PipelineStatus status = seats_thread->status();
        desk->set_stable(!status.shedding, server::retry_after(status.fill));
        if (net_server && memory.is_due(net_server->counters().connections_open, now.monotonic)) {
            (void)::malloc_trim(0);
        }
    };
    hooks.after_turn = [this] { flush(); };
    seats_thread = std::make_unique<SeatsThread>(*house, *store, *this, observer, clock, log,
                                                 std::move(hooks), thread_settings());
    if (const auto started = seats_thread->start(); !started) {
        return failure("The data in " + config.store + " cannot be read: " +
                       std::string(to_string(started.error())) + ". Nothing has been changed.");
    }
    // The lists show every team from the first visitor on, not only those whose seats the start has touched.
    std::promise<void> listed;
    const bool accepted = seats_thread->run([this, &listed] {
        list_every_team();
        listed.set_value();
    });
    if (accepted) listed.get_future().wait();
    JournalDesk::Doors doors;
    doors.run = [this](std::function<void()> function) { return seats_thread->run(std::move(function)); };
    doors.read_store = [this](std::function<void(seats::Store&)> read) {
        return seats_thread->read_store(std::move(read));
    };
    doors.view = [this](seats::TeamId team) { return board->view(team); };
    journal = std::make_unique<JournalDesk>(std::move(doors), clock);
    routes->tell_journal(*journal);
    // What reading the file took for a moment goes back to the system.
    (void)::malloc_trim(0);
    normal_operation = true;
    return {};
}

SeatsThreadSettings Application::State::thread_settings() const {
    SeatsThreadSettings settings;
    const auto places = static_cast<std::size_t>(config.commands_waiting);
    settings.pipeline.commands_waiting = places;
    settings.pipeline.commands_per_batch = std::min(places, limits::commands_per_batch);
    settings.places_for_holders = std::min(places / 4, limits::commands_waiting_for_holders);
    return settings;
}

void Application::State::list_every_team() {
    const seats::Moment now{clock.now(), clock.unix_now()};
    std::size_t kept = 0;
    teams_at_start = house->team_count();
    board->put(house->game());
    for (const seats::TeamId team : house->team_ids()) {
        const auto view = house->view(team, now);
        for (const seats::SeatView& seat : view->seats) {
            if (seat.state != seats::SeatState::vacant) ++kept;
        }
        board->put(view, now.monotonic);
    }
    desk->put_claims(house->claims());
    metrics.set_sessions_preserved(kept);
}

std::unique_ptr<net::Application> Application::State::make_front(std::size_t thread_index) {
    FrontSettings settings;
    auto& engine = settings.socketio.engine;
    engine.ping_interval = Milliseconds(config.ping_interval_milliseconds);
    engine.ping_timeout = Milliseconds(config.ping_timeout_milliseconds);
    engine.origins.allowed_origins = config.allowed_origins;
    engine.origins.cors = !config.allowed_origins.empty();
    engine.origins.credentials = !config.allowed_origins.empty();
    settings.socketio.log = &log;
    settings.events_per_second = config.events_per_second;
    settings.events_burst = 2 * config.events_per_second;
    settings.devices.connections = static_cast<std::size_t>(config.connections_per_device);
    settings.devices.events_per_second = limits::events_per_device_factor * settings.events_per_second;
    settings.devices.events_burst = limits::events_per_device_factor * settings.events_burst;
    settings.wrong_tokens_per_minute = static_cast<std::size_t>(config.wrong_tokens_per_minute);
    settings.holders = &holders;
    auto session_random = std::make_unique<net::SessionRandom>(random, thread_index);
    auto front = std::make_unique<Front>(settings, thread_index, *this, *hosts, metrics, *session_random,
                                         random, clock);
    fronts[thread_index] = front.get();
    auto application =
        std::make_unique<FrontApplication>(std::move(front), std::move(session_random), *routes, thread_index,
                                           static_cast<std::size_t>(config.threads), *figures);
    if (config.serve_client) {
        application->serve_files(
            [this](const net::HttpRequest& request) { return client_files.answer(request); });
    }
    return application;
}

/// The net threads are there before the seats thread, which posts to them, but serve nobody before
/// start_net().
Result<void, std::string> Application::State::make_net() {
    routes = std::make_unique<HttpRoutes>(
        *pages, *hosts, metrics, [this] { return not_ready(); }, [this] { read_figures(); }, random, clock);
    const auto address = parse_listen(config.listen);
    if (!address) return failure(address.error());
    outgoing.resize(static_cast<std::size_t>(config.threads));
    figures.emplace(static_cast<std::size_t>(config.threads));
    fronts.resize(static_cast<std::size_t>(config.threads), nullptr);
    net::ServerSettings settings;
    const bool tls = !config.tls_certificate.empty();
    settings.listen = {net::ListenSettings{address->host, address->port, tls}};
    settings.tls = {config.tls_certificate, config.tls_key};
    settings.threads = static_cast<std::size_t>(config.threads);
    const bool is_private = is_loopback(address->host);
    settings.connections_per_address = static_cast<std::size_t>(config.connections_per_address.value_or(
        is_private ? 0 : static_cast<std::int64_t>(limits::connections_per_address)));
    settings.connections = static_cast<std::size_t>(config.connections);
    settings.connections_over_limit = std::min(settings.connections, limits::connections_for_holders);
    settings.connections_per_address_over_limit =
        std::min(settings.connections_per_address, limits::connections_per_address_for_holders);
    settings.drain_time = drain_time;
    settings.websocket_compression.enabled = config.websocket_compression;
    settings.trusted_proxies = config.trusted_proxies;
    net_server = std::make_unique<net::Server>(
        settings, [this](std::size_t thread_index) { return make_front(thread_index); }, clock, log);
    return {};
}

Result<void, std::string> Application::State::start_net() {
    if (const auto started = net_server->start(); !started) {
        std::string message = started.error().message;
        if (started.error().code == net::StartErrorCode::cannot_listen) {
            message +=
                " Perhaps another program uses the port, or the address is not one of this machine: choose "
                "another "
                "one with --listen.";
        }
        return failure(std::move(message));
    }
    serving = true;
    return {};
}

void Application::State::flush() {
    for (std::size_t thread = 0; thread < outgoing.size(); ++thread) {
        if (outgoing[thread].empty()) continue;
        net_server->post(thread, [this, thread, items = std::exchange(outgoing[thread], {})]() mutable {
            fronts[thread]->hand_out(std::move(items));
        });
    }
}

bool Application::State::join_dashboard(seats::ConnectionId connection, std::uint64_t ticket, bool streaming,
                                        bool first) {
    return seats_thread->run([this, connection, ticket, streaming, first] {
        if (first) board->host_joined();
        desk->join_dashboard(connection, ticket, streaming);
    });
}

bool Application::State::send_teams(seats::ConnectionId connection, std::uint64_t ticket, bool streaming) {
    return seats_thread->run(
        [this, connection, ticket, streaming] { desk->send_teams(connection, ticket, streaming); });
}

/// Asks every net thread and waits; net threads never wait for the seats thread.
std::vector<seats::ConnectionId> Application::State::live_connections() {
    std::vector<seats::ConnectionId> live;
    if (!serving) return live;
    for (std::size_t thread = 0; thread < fronts.size(); ++thread) {
        auto promise = std::make_shared<std::promise<std::vector<seats::ConnectionId>>>();
        auto answer = promise->get_future();
        net_server->post(thread,
                         [this, thread, promise] { promise->set_value(fronts[thread]->live_connections()); });
        promise.reset();
        try {
            const auto part = answer.get();
            live.insert(live.end(), part.begin(), part.end());
        } catch (const std::future_error&) {
            // The thread has ended: its connections with it.
        }
    }
    return live;
}

std::string Application::State::not_ready() const {
    if (seats_thread->is_stopping()) return "The server is shutting down.";
    const PipelineStatus status = seats_thread->status();
    if (status.store == seats::StoreState::writable) return {};
    return "The store does not take changes: " +
           std::string(status.store_error ? to_string(*status.store_error) : "unknown") + ".";
}

void Application::State::read_figures() {
    const PipelineStatus status = seats_thread->status();
    metrics.set_commands_waiting(status.commands_waiting);
    metrics.set_gauge("strangers_waiting", "Of the waiting commands, those of people without a seat",
                      static_cast<double>(status.strangers_waiting));
    metrics.set_gauge("shedding_load", "1 while people without a seat are asked to come back later",
                      status.shedding ? 1 : 0);
    const auto gauge = [this](const char* name, const char* help, std::uint64_t value) {
        metrics.set_gauge(name, help, static_cast<double>(value));
    };
    gauge("commands_refused_overloaded", "Commands refused because too many waited",
          status.counters.refused_overloaded);
    gauge("commands_decided_without_store", "Commands answered while the store was down",
          status.counters.decided_without_store);
    gauge("store_probes_failed", "Times the store was asked and still did not work",
          status.counters.probes_failed);
    figures->show(metrics, net_server->counters());
}

Application::Application(Config config, Log& log, const Clock& clock)
    : Application(std::move(config), nullptr, log, clock) {}

Application::Application(Config config, std::unique_ptr<seats::Store> store, Log& log, const Clock& clock)
    : state_(std::make_unique<State>(std::move(config), std::move(store), log, clock)) {}

Application::~Application() {
    stop();
}

Result<void, std::string> Application::start() {
    if (auto done = state_->open_pages(); !done) return done;
    if (auto done = state_->open_store(); !done) return done;
    if (auto done = state_->make_net(); !done) return done;
    if (auto done = state_->start_seats(); !done) return done;
    if (auto done = state_->start_net(); !done) return done;
    state_->log.write(LogLevel::info, "started",
                      {{"listen", std::string_view(state_->config.listen)},
                       {"teams", static_cast<std::int64_t>(state_->teams_at_start)}});
    return {};
}

void Application::stop() {
    if (state_->stopped) return;
    state_->stopped = true;
    State& state = *state_;
    if (state.net_server) {
        for (std::size_t thread = 0; thread < state.fronts.size(); ++thread) {
            state.net_server->post(thread, [&state, thread] { state.fronts[thread]->close_doors(); });
        }
    }
    // What has begun is finished and told, then the connections are closed.
    if (state.seats_thread) state.seats_thread->stop();
    if (state.journal) state.journal->stop();
    if (state.net_server) state.net_server->stop();
    state.store.reset();
    if (state.seats_thread) state.log.write(LogLevel::info, "stopped", {});
}

Result<void, std::string> Application::reload_keys() {
    if (state_->data_path.empty()) return {};
    if (const std::string path = keys_file_of(state_->data_path); !std::filesystem::exists(path)) {
        return failure("The file with the keys, " + path + ", is gone. It is read again when it is back.");
    }
    auto loaded = state_->read_secrets();
    if (!loaded) return failure(loaded.error());
    // The link that was printed at the start stays good until the server stops.
    loaded->host_keys.of_this_run = state_->secrets.host_keys.of_this_run;
    loaded->link_key = state_->secrets.link_key;
    state_->secrets = std::move(*loaded);
    const Secrets& secrets = state_->secrets;
    state_->hosts->use(secrets.host_keys, signing_secrets(secrets.tokens));
    state_->holders.use(secrets.tokens);
    (void)state_->seats_thread->run([state = state_.get(), tokens = secrets.tokens] {
        state->house->use_token_secrets(tokens);
        // The codes of reserved seats come from the secrets.
        state->desk->put_claims(state->house->claims());
    });
    return {};
}

Result<void, std::string> Application::reload_certificates() {
    if (state_->config.tls_certificate.empty()) return {};
    if (const auto reloaded = state_->net_server->reload_certificates(); !reloaded) {
        return failure(reloaded.error().message);
    }
    return {};
}

Addresses Application::addresses() const {
    const Config& config = state_->config;
    const std::string scheme = config.tls_certificate.empty() ? "http" : "https";
    Addresses addresses;
    if (!config.public_url.empty()) addresses.players.push_back(config.public_url);
    const auto listen = parse_listen(config.listen);
    if (!listen) return addresses;
    const auto add = [&](const std::string& host) {
        const bool ipv6 = host.find(':') != std::string::npos;
        addresses.players.push_back(scheme + "://" + (ipv6 ? "[" + host + "]" : host) + ":" +
                                    std::to_string(port()));
    };
    const bool everywhere = listen->host == "0.0.0.0" || listen->host == "::";
    if (everywhere) {
        for (const std::string& address : machine_addresses())
            add(address);
        add("localhost");
    } else {
        add(listen->host == "127.0.0.1" ? "localhost" : listen->host);
    }
    addresses.dashboard = addresses.players.back() + "/dashboard";
    // Whoever has chosen the key knows it, and may not want it where this is printed.
    const Secrets& secrets = state_->secrets;
    addresses.shows_key = !secrets.link_key.empty();
    addresses.key_is_new = secrets.host_key_is_new;
    if (addresses.shows_key) addresses.dashboard += "#key=" + secrets.link_key;
    return addresses;
}

std::uint16_t Application::port() const {
    return state_->net_server->ports().front();
}

}  // namespace holdfast::server
