#include "process.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace holdfast::simulation {

namespace {

constexpr const char* token_secret = "a secret of thirty-two bytes or more";
constexpr Milliseconds tick_interval{100};

}  // namespace

Process::Process(Surroundings around)
    : around_(around),
      random_(around.random.below(1'000'000'000)),
      frozen_until_(around.timeline.now()),
      log_(around.trace),
      hosts_(server::HostKeys{.given = host_key}, {token_secret}) {}

Process::~Process() {
    if (!killed_) kill(false);
}

seats::Moment Process::moment() const {
    return {around_.timeline.clock().now(), around_.timeline.clock().unix_now()};
}

bool Process::start() {
    auto opened = around_.disk.open(log_);
    if (!opened) {
        around_.trace.line("process", "cannot start: " + std::string(to_string(opened.error().error)));
        return false;
    }
    store_ = std::make_unique<WitnessedStore>(std::move(*opened), around_.witness);
    const auto snapshot = store_->load();
    if (!snapshot) return false;
    around_.witness.found_at_start(*snapshot, around_.disk.history());
    if (const auto integrity = around_.disk.integrity(); integrity != "ok") {
        around_.judge.violated(Invariant::acknowledged_survives, "the file is damaged: " + integrity);
    }

    seats::HouseSettings settings;
    settings.grace = around_.plan.grace;
    settings.token_life = around_.plan.token_life;
    settings.token_secret = token_secret;
    house_ = std::make_unique<seats::House>(settings, game_, random_);
    board_ = std::make_unique<server::Board>(*this, metrics_, "");
    const auto& clock = around_.timeline.clock();
    desk_ = std::make_unique<server::Desk>(server::DeskSettings{.server_id = "this run"}, *this, *board_,
                                           metrics_, log_, clock);
    make_fronts();
    server::SeatsThreadHooks hooks;
    hooks.live_connections = [this] { return live_connections(); };
    hooks.periodic = [this](seats::Moment now) {
        desk_->on_interval(now.monotonic);
        board_->on_interval(now.monotonic);
    };
    hooks.after_turn = [this] { flush(); };
    server::SeatsThreadSettings threads;
    threads.by_hand = true;
    threads.pipeline.commands_per_batch = around_.plan.commands_per_batch;
    seats_thread_ = std::make_unique<server::SeatsThread>(*house_, *store_, *this, *this, clock, log_,
                                                          std::move(hooks), threads);
    if (const auto started = seats_thread_->start(); !started) {
        around_.trace.line("process", "cannot start: " + std::string(to_string(started.error())));
        return false;
    }
    list_every_team();
    last_tick_ = around_.timeline.now();
    tick();
    around_.trace.line("process", "has started with " + std::to_string(house_->team_count()) + " teams");
    return true;
}

void Process::make_fronts() {
    for (std::size_t index = 0; index < fronts_.size(); ++index) {
        server::FrontSettings settings;
        settings.socketio.engine.ping_interval = around_.plan.ping_interval;
        settings.socketio.engine.ping_timeout = around_.plan.ping_timeout;
        fronts_[index].front = std::make_unique<server::Front>(settings, index, *this, hosts_, metrics_,
                                                               random_, random_, around_.timeline.clock());
    }
}

void Process::list_every_team() {
    board_->put(house_->game());
    for (const seats::TeamId team : house_->team_ids())
        board_->put(house_->view(team, moment()), moment().monotonic);
    desk_->put_claims(house_->claims());
}

void Process::kill(bool power_cut) {
    if (std::exchange(killed_, true)) return;
    life_.end();
    const auto since_tick = std::chrono::duration_cast<Milliseconds>(around_.timeline.now() - last_tick_);
    around_.witness.time_passed(std::min(since_tick, Milliseconds{5'000}));
    around_.disk.stop();
    // Whatever destructors say is said by nobody.
    seats_thread_.reset();
    for (Part& part : fronts_)
        part.front.reset();
    store_.reset();
    around_.disk.come_back(power_cut);
    around_.witness.forget_connections();
}

void Process::freeze(Milliseconds span) {
    if (around_.timeline.now() < frozen_until_) return;
    frozen_until_ = around_.timeline.now() + span;
    around_.trace.line("process", "stands still for " + std::to_string(span.count()) + " ms");
    around_.timeline.after(span, life_, [this] { thaw(); });
}

void Process::thaw() {
    around_.trace.line("process", "goes on");
    frozen_until_ = around_.timeline.now();
    for (auto& what : std::exchange(came_while_frozen_, {})) {
        if (!life_.over()) what();
    }
}

void Process::die_in_next_commit(std::function<void()> when) {
    when_dead_in_commit_ = std::move(when);
}

void Process::receive(std::function<void()> what) {
    if (life_.over()) return;
    if (around_.timeline.now() < frozen_until_) {
        came_while_frozen_.push_back(std::move(what));
    } else {
        what();
    }
}

void Process::tick() {
    around_.timeline.after(tick_interval, life_, [this] {
        receive([this] {
            const auto now = around_.timeline.now();
            // A process that stood still was up for five seconds of it at most.
            const auto passed =
                std::chrono::duration_cast<Milliseconds>(now - std::exchange(last_tick_, now));
            around_.witness.time_passed(std::min(passed, Milliseconds{5'000}));
            for (Part& part : fronts_)
                part.front->on_tick(now);
            if (seats_thread_->has_turn()) wake_seats();
            tick();
        });
    });
}

void Process::wake_seats() {
    if (std::exchange(turn_planned_, true)) return;
    around_.timeline.after(Milliseconds(around_.random.below(3)), life_, [this] {
        receive([this] {
            turn_planned_ = false;
            memory_changed_ = true;
            (void)seats_thread_->turn();
            work_on_store();
        });
    });
}

void Process::work_on_store() {
    if (!seats_thread_->has_store_work() || std::exchange(store_work_planned_, true)) return;
    // Some time passes before the disk is asked, and some before it is known what has become of it.
    const auto before = around(around_.plan.slowest_commit / 4, around_.random);
    around_.timeline.after(before, life_, [this] {
        receive([this] {
            store_work_planned_ = false;
            if (when_dead_in_commit_) {
                around_.disk.fail_in_the_middle();
                store_->cut_off_next_commit();
            }
            (void)seats_thread_->work_on_store();
            if (when_dead_in_commit_) {
                // Nobody hears of the outcome any more.
                life_.end();
                return std::exchange(when_dead_in_commit_, {})();
            }
            around_.timeline.after(around(around_.plan.slowest_commit / 4, around_.random), life_,
                                   [this] { wake_seats(); });
            work_on_store();
        });
    });
}

void Process::flush() {
    for (Part& part : fronts_) {
        if (part.outgoing.empty()) continue;
        part.posted.push_back(std::exchange(part.outgoing, {}));
        around_.timeline.after(Milliseconds(around_.random.below(2)), life_, [this, &part] {
            receive([&part] {
                if (part.posted.empty()) return;
                auto items = std::move(part.posted.front());
                part.posted.erase(part.posted.begin());
                part.front->hand_out(std::move(items));
            });
        });
    }
}

// ---- what the parts say to each other

bool Process::post(seats::Command command, const server::Sender& sender) {
    if (life_.over()) return false;
    auto copy = command;
    if (!seats_thread_->post(std::move(command), sender)) return false;
    around_.witness.asked(copy);
    if (std::holds_alternative<seats::ConnectionLost>(copy.body)) around_.witness.gone(copy.connection);
    wake_seats();
    return true;
}

bool Process::join_dashboard(seats::ConnectionId connection, std::uint64_t ticket, bool streaming,
                             bool first) {
    if (life_.over()) return false;
    const bool runs = seats_thread_->run([this, connection, ticket, streaming, first] {
        if (first) board_->host_joined();
        desk_->join_dashboard(connection, ticket, streaming);
    });
    wake_seats();
    return runs;
}

bool Process::send_teams(seats::ConnectionId connection, std::uint64_t ticket, bool streaming) {
    if (life_.over()) return false;
    const bool runs = seats_thread_->run(
        [this, connection, ticket, streaming] { desk_->send_teams(connection, ticket, streaming); });
    wake_seats();
    return runs;
}

void Process::leave_dashboard() {
    if (life_.over()) return;
    (void)seats_thread_->run([this] { board_->host_left(); });
    wake_seats();
}

void Process::put(server::Delivery delivery) {
    if (life_.over()) return;
    around_.witness.told(delivery);
    fronts_[server::thread_of(delivery.connection)].outgoing.emplace_back(std::move(delivery));
}

void Process::put(server::Broadcast broadcast) {
    if (life_.over()) return;
    around_.witness.told(broadcast);
    for (Part& part : fronts_)
        part.outgoing.emplace_back(broadcast);
}

void Process::put(server::HostPictures pictures) {
    if (life_.over()) return;
    for (const auto* picture : {&pictures.streaming, &pictures.quiet})
        around_.witness.told(server::Broadcast{server::Room::hosts, picture->packet});
    for (Part& part : fronts_)
        part.outgoing.emplace_back(pictures);
}

void Process::deliver(const seats::Decision& decision) {
    if (life_.over()) return;
    around_.witness.set_store_down(seats_thread_->store_state() == seats::StoreState::down);
    around_.witness.decided(decision);
    desk_->carry_out(decision);
}

void Process::on_store_state(seats::StoreState state, std::optional<seats::StoreError> error) {
    const bool down = state == seats::StoreState::down;
    around_.trace.line("store", down ? "is down: " + std::string(to_string(*error)) : "is up");
}

void Process::on_rollback(std::size_t commands) {
    around_.trace.line("store", "took back " + std::to_string(commands) + " commands");
}

std::vector<seats::ConnectionId> Process::live_connections() const {
    std::vector<seats::ConnectionId> live;
    for (const Part& part : fronts_) {
        const auto of_part = part.front->live_connections();
        live.insert(live.end(), of_part.begin(), of_part.end());
    }
    // The order of the tables is no business of anybody.
    std::sort(live.begin(), live.end());
    return live;
}

// ---- for the world around

std::size_t Process::connections() const {
    return live_connections().size();
}

std::size_t Process::table_entries() {
    std::size_t entries = 0;
    for (Part& part : fronts_)
        entries += part.front->server().engine().table_entries();
    return entries;
}

void Process::check() {
    if (!std::exchange(memory_changed_, false)) return;
    for (const Part& part : fronts_) {
        if (part.front->server().counters().handler_failures != 0)
            around_.judge.violated(Invariant::the_process_lives, "an exception left a handler");
    }
    std::set<std::pair<seats::TeamId, seats::Slot>> taken;
    for (const seats::ConnectionId connection : live_connections()) {
        const auto seat = house_->seat_of(connection);
        if (seat.first == 0) continue;
        if (!taken.insert(seat).second) {
            around_.judge.violated(Invariant::one_live_connection_a_seat,
                                   "two live connections have one seat");
        }
    }
    if (seats_thread_->status().commands_waiting > limits::commands_waiting) {
        around_.judge.violated(Invariant::limits_hold, "more commands wait than may");
    }
    if (seats_thread_->is_idle()) around_.witness.compare_memory(house_->snapshot());
}

}  // namespace holdfast::simulation
