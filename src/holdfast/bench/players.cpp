#include "holdfast/bench/players.hpp"

#include "holdfast/base/random.hpp"

namespace holdfast::bench {

namespace {

/// The event that says it was done.
const char* event_of(Operation operation) {
    switch (operation) {
        case Operation::create:
            return "team_created";
        case Operation::join:
        case Operation::resume:
            return "team_joined";
        case Operation::answer:
            return "answer_confirmed";
        case Operation::leave:
            return "left_team_success";
        case Operation::start_game:
            break;
    }
    return "";
}

const char* request_of(Operation operation) {
    switch (operation) {
        case Operation::create:
            return "create_team";
        case Operation::join:
            return "join_team";
        case Operation::resume:
            return "reconnect_with_token";
        case Operation::answer:
            return "submit_answer";
        case Operation::leave:
            return "leave_team";
        case Operation::start_game:
            break;
    }
    return "start_game";
}

}  // namespace

const char* plural_of(Operation operation) {
    switch (operation) {
        case Operation::create:
            return "creates";
        case Operation::join:
            return "joins";
        case Operation::resume:
            return "resumes";
        case Operation::answer:
            return "answers";
        case Operation::leave:
            return "leaves";
        case Operation::start_game:
            break;
    }
    return "starts";
}

Players::Players(Run& run) : run_(run), places_(run.options.connections + 1) {
    SecureRandom random;
    // Names that no run before has used: a store keeps its teams.
    run_name_ = random.base64url(6);
    for (char& character : run_name_)
        if (character == '-' || character == '_') character = 'x';
    run_.clients.grow(run.options.connections + 1);
}

std::string Players::team_name(std::size_t player) const {
    return "bench " + run_name_ + " " + std::to_string(player / 2);
}

bool Players::seat_all(std::size_t at_a_time) {
    seating_ = true;
    bool ok = run_.connect_all(at_a_time);
    const std::uint64_t wanted = run_.options.connections;
    std::uint64_t before = seated_count_;
    while (ok && seated_count_ < wanted) {
        run_.progress.show("Taking seats", "");
        run_.wait(run_.options.patience_seconds,
                  [&] { return seated_count_ > before || run_.report.errors.total() > 0; });
        ok = seated_count_ > before && run_.report.errors.total() == 0;
        before = seated_count_;
    }
    seating_ = false;
    if (seated_count_ < wanted) {
        run_.report.errors.add("not_seated", "before the measuring could begin", wanted - seated_count_);
        return false;
    }
    const std::int64_t size = at(0).seats_per_team();
    if (size != 2) {
        run_.report.errors.add("teams_not_of_two", "the server's teams have " + std::to_string(size) +
                                                       " seats; start it with --seats-per-team 2");
        return false;
    }
    return true;
}

bool Players::start_game() {
    if (run_.options.host_key.empty()) return false;
    const std::size_t host = run_.options.connections;
    std::string key;
    for (const char character : run_.options.host_key) {
        if (character == '"' || character == '\\') key.push_back('\\');
        key.push_back(character);
    }
    run_.clients.at(host).set_auth(R"({"host_key":")" + key + "\"}");
    if (!run_.connect(host, 1, 1)) return false;
    ask(host, Operation::start_game, clock_ns());
    const bool started = run_.wait(run_.options.patience_seconds, [&] { return !waits(host); });
    if (!started) run_.report.errors.add("answer_missing", "start_game");
    run_.clients.at(host).leave();
    return started && at(host).outcome().ok;
}

void Players::ask(std::size_t player, Operation operation, std::uint64_t since_ns) {
    Place& place = places_[player];
    place.operation = operation;
    place.since_ns = since_ns;
    place.tokens_before = place.player.tokens_seen();
    place.waits = true;
    ++place.id;
    ++outstanding_;
    switch (operation) {
        case Operation::create:
        case Operation::join:
            argument_ = R"({"team_name":")" + team_name(player) + "\"}";
            break;
        case Operation::resume:
            argument_ = R"({"token":")" + place.player.token() + "\"}";
            break;
        case Operation::answer: {
            const Question question = place.player.question().value_or(Question{});
            argument_ = R"({"round_id":)" + std::to_string(question.round_id) + R"(,"item":")" +
                        question.item + R"(","answer":)" + (place.id % 2 == 0 ? "true" : "false") + "}";
            break;
        }
        case Operation::leave:
        case Operation::start_game:
            argument_ = "{}";
            break;
    }
    message_.clear();
    append_event(message_, run_.clients.name_space_prefix(), place.id, request_of(operation), argument_);
    run_.clients.at(player).send(message_);
}

void Players::forget_connection(std::size_t player) {
    Place& place = places_[player];
    if (place.waits) --outstanding_;
    place.waits = false;
    place.greeted = false;
    place.player.disconnected();
}

void Players::on_message(Client& client, std::string_view text) {
    Place& place = places_[client.index()];
    switch (place.player.take(text)) {
        case Player::Told::established:
            place.greeted = true;
            if (client.index() < run_.options.connections) on_greeted(client.index());
            return;
        case Player::Told::acked:
            take_ack(client.index());
            return;
        case Player::Told::malformed:
            run_.report.errors.add("wrong_answer", text.substr(0, 200));
            return;
        case Player::Told::other:
            return;
    }
}

void Players::on_lost(Client& client) {
    forget_connection(client.index());
}

std::string Players::what_is_wrong(std::size_t player) const {
    const Place& place = places_[player];
    const Outcome& outcome = place.player.outcome();
    if (!outcome.ok) return "refused with " + outcome.code;
    if (place.operation == Operation::start_game) return {};
    if (outcome.event != event_of(place.operation)) return "says " + outcome.event;
    if (place.operation == Operation::answer) return {};
    if (outcome.team_name != team_name(player)) return "is about the team " + outcome.team_name;
    if (place.operation == Operation::leave) return {};
    if (outcome.player_slot != static_cast<std::int64_t>(player % 2) + 1)
        return "gives slot " + std::to_string(outcome.player_slot);
    if (place.operation == Operation::resume && !outcome.is_reconnection) return "is no resume";
    if (place.player.tokens_seen() == place.tokens_before) return "came without a token";
    return {};
}

void Players::take_ack(std::size_t player) {
    Place& place = places_[player];
    if (!place.waits || place.player.outcome().id != place.id) {
        run_.report.errors.add("unexpected_answer", "ack " + std::to_string(place.player.outcome().id));
        return;
    }
    place.waits = false;
    --outstanding_;
    if (const std::string problem = what_is_wrong(player); !problem.empty()) {
        const Outcome& outcome = place.player.outcome();
        run_.report.errors.add(outcome.ok ? "wrong_answer" : "refused_" + outcome.code,
                               std::string("the answer to ") + request_of(place.operation) + " " + problem);
        return;
    }
    switch (place.operation) {
        case Operation::create:
        case Operation::join:
        case Operation::resume:
            if (!place.seated) ++seated_count_;
            place.seated = true;
            break;
        case Operation::leave:
            if (place.seated) --seated_count_;
            place.seated = false;
            place.player.left();
            break;
        case Operation::answer:
        case Operation::start_game:
            break;
    }
    if (place.operation == Operation::create && player + 1 < run_.options.connections)
        on_team_there(player + 1);
    on_done(player, place.operation, place.since_ns);
}

void Players::on_greeted(std::size_t player) {
    if (!seating_) return;
    if (player % 2 == 0) {
        ask(player, Operation::create, clock_ns());
    } else if (places_[player - 1].seated) {
        ask(player, Operation::join, clock_ns());
    }
}

void Players::on_team_there(std::size_t player) {
    if (seating_ && places_[player].greeted) ask(player, Operation::join, clock_ns());
}

void Players::on_done(std::size_t /*player*/, Operation /*operation*/, std::uint64_t /*since_ns*/) {}

}  // namespace holdfast::bench
