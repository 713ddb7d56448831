#include "tab.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <utility>

#include "refusals.hpp"

namespace holdfast::simulation {

namespace {

constexpr Milliseconds answer_time{4'000};
constexpr Milliseconds resume_answer_time{5'000};
constexpr Milliseconds settle_time{1'500};
constexpr Milliseconds probe_time{3'000};
constexpr int most_refusals_for_now = 8;
constexpr std::uint64_t largest_number = 4'294'967'295;
/// Of reloads, those for which the browser has not kept the tab's number; and of clients, those of old.
constexpr unsigned forgotten_number = 100;
constexpr unsigned old_client = 150;

std::string text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<std::uint64_t>() : 0;
}

bool is_true(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

bool is_for_now(const std::string& code) {
    return code == "store_unavailable" || code == "rate_limited" || code == "overloaded" ||
           code == "shutting_down";
}

bool drops_token(const std::string& code) {
    const auto refusal = seats::refusal_with(code);
    return refusal && seats::ends_token(*refusal);
}

bool is_claim(std::string_view event) {
    return event == "create_team" || event == "join_team" || event == "reactivate_team" ||
           event == "claim_seat" || event == "move_seat";
}

}  // namespace

Tab::Tab(Network& network, Judge& judge, Browser& browser, std::string name, unsigned no_ack)
    : network_(network),
      judge_(judge),
      browser_(browser),
      name_(std::move(name)),
      no_ack_(no_ack),
      is_old_(chance(old_client, network.random)),
      socket_(network, {[this] { on_connected(); }, [this](bool /*by_server*/) { on_disconnected(); },
                        [this](std::string_view event, const json::object& data) { on_event(event, data); },
                        [this](std::string_view cookie) { browser_.cookie = cookie; }}) {
    probing_.end();
}

// ---- the link

void Tab::open() {
    tab_number_ = 1 + network_.random.below(largest_number);
    is_wanted_ = true;
    load();
}

void Tab::load_anew() {
    if (tab_number_ == 0 || network_.happens(forgotten_number)) return open();
    is_wanted_ = false;
    load();
}

void Tab::load() {
    page_.begin_anew();
    page_number_ = 1 + network_.random.below(largest_number);
    closed_ = false;
    state_ = State::connecting;
    failures_ = 0;
    connect();
}

void Tab::close() {
    closed_ = true;
    page_.end();
    connection_.end();
    waiting_.end();
    probing_.end();
    commands_.clear();
    socket_.disconnect(chance(300, network_.random));
    phase_ = Phase::idle;
    say("closed");
}

void Tab::connect() {
    if (closed_ || state_ == State::elsewhere) return;
    state_ = State::connecting;
    const json::object name{{"tab", tab_number_}, {"page", page_number_}};
    socket_.connect(browser_.cookie, browser_.address, is_old_ ? "" : json::serialize(name));
}

void Tab::reconnect_later() {
    const auto longest = std::min<std::uint64_t>(200U << std::min<std::uint64_t>(failures_++, 4), 2'500);
    const Milliseconds delay(longest / 2 + network_.random.below(longest));
    network_.timeline.after(delay, page_, [this] {
        if (!socket_.active()) connect();
    });
}

void Tab::on_connected() {
    connection_.begin_anew();
    // Servers that say nothing are believed to be there after a while.
    network_.timeline.after(Milliseconds{3'000}, connection_, [this] {
        if (state_ == State::connecting) established();
    });
}

void Tab::on_disconnected() {
    connection_.end();
    waiting_.end();
    probing_.end();
    phase_ = Phase::idle;
    if (closed_ || state_ == State::elsewhere) return;
    state_ = State::connecting;
    reconnect_later();
}

void Tab::drop_connection() {
    socket_.disconnect(true);
    on_disconnected();
}

void Tab::probe() {
    if (!socket_.connected() || !probing_.over()) return;
    probing_.begin_anew();
    network_.timeline.after(probe_time, probing_, [this] { drop_connection(); });
    socket_.emit("get_reconnectable_teams", {}, [this](const json::object&) { probing_.end(); });
}

void Tab::take_back() {
    if (state_ != State::elsewhere) return;
    state_ = State::connecting;
    is_wanted_ = true;
    page_.begin_anew();
    connect();
}

// ---- the way back into the seat

void Tab::established() {
    failures_ = 0;
    state_ = State::resuming;
    told_.clear();
    tried_.clear();
    phase_ = Phase::asking;
    trying_.clear();
    if (!browser_.token.empty()) {
        try_token(browser_.token);
    } else if (has_claim()) {
        finish_resume(false);
    } else {
        discover();
    }
}

void Tab::try_token(const std::string& token) {
    trying_ = token;
    tried_.insert(token);
    waiting_.begin_anew();
    network_.timeline.after(resume_answer_time, waiting_, [this, token] {
        probe();
        if (socket_.connected()) try_token(token);
    });
    json::object shown{{"token", token}};
    if (!is_wanted_ && !is_old_) shown["stand_back"] = true;
    socket_.emit("reconnect_with_token", shown, [this, token](const json::object& reply) {
        if (phase_ != Phase::asking || trying_ != token) return;
        if (is_true(reply, "ok")) return seat_taken();
        look_at_refusal(reply);
        const auto code = text(reply, "code");
        if (drops_token(code)) {
            say("its token is refused: " + code);
            if (browser_.token == token) browser_.token.clear();
            if (!browser_.token.empty() && !tried_.contains(browser_.token)) return try_token(browser_.token);
            return discover();
        }
        if (code == "already_seated") return seat_taken();
        if (code == "taken_over") return go_elsewhere("");
        waiting_.begin_anew();
        network_.timeline.after(Milliseconds(500 + network_.random.below(2'000)), waiting_,
                                [this, token] { try_token(token); });
    });
}

void Tab::discover() {
    trying_.clear();
    waiting_.begin_anew();
    network_.timeline.after(resume_answer_time, waiting_, [this] {
        probe();
        finish_resume(false);
    });
    socket_.emit("get_reconnectable_teams", {}, [this](const json::object& reply) {
        if (phase_ != Phase::asking || !trying_.empty()) return;
        const auto* teams = reply.if_contains("teams");
        if (teams != nullptr && teams->is_array()) {
            for (const auto& team : teams->get_array()) {
                const auto token = text(team.get_object(), "reconnection_token");
                if (!token.empty() && !tried_.contains(token)) return try_token(token);
            }
        }
        finish_resume(false);
    });
}

void Tab::seat_taken() {
    if (phase_ != Phase::asking) return;
    phase_ = Phase::settling;
    waiting_.begin_anew();
    network_.timeline.after(settle_time, waiting_, [this] { finish_resume(true); });
}

void Tab::finish_resume(bool has_seat) {
    waiting_.end();
    phase_ = Phase::idle;
    if (!socket_.connected()) return;
    state_ = State::online;
    is_wanted_ = false;
    if (has_seat) {
        // What the server has not told anew is no longer so.
        if (!told_.contains("new_question")) picture_.question.reset();
        if (!told_.contains("answer_confirmed")) picture_.answer.reset();
        if (!told_.contains("game_state_update")) picture_.paused = false;
        say("is back in its seat");
    } else {
        without_seat();
        settle({"leave_team", "submit_answer"});
        say("is online without a seat");
    }
    for (const auto& waiting : std::deque(commands_))
        send(waiting);
}

// ---- what comes

void Tab::on_event(std::string_view event, const json::object& data) {
    if (closed_) return;
    probing_.end();
    told_.emplace(event);
    if (event == "connection_established") {
        picture_.started = is_true(data, "game_started");
        if (state_ == State::connecting) established();
        return;
    }
    if (event == "error") look_at_refusal(data);
    if (event == "taken_over") {
        look_at_refusal(data);
        return go_elsewhere(text(data, "by"));
    }
    apply(event, data);
}

void Tab::go_elsewhere(const std::string& by) {
    say("is told that another one has the seat: " + (by.empty() ? "not known which" : by));
    // That was for a connection of before.
    if (by == "new_connection") return;
    // This page lives, so that it was a copy of the tab.
    if (by == "reload") tab_number_ = 1 + network_.random.below(largest_number);
    is_wanted_ = false;
    commands_.clear();
    state_ = State::elsewhere;
    waiting_.end();
    connection_.end();
    phase_ = Phase::idle;
    speak_once_more();
    socket_.disconnect(true);
}

/// A tab that has lost the seat should be silent, and is not always.
void Tab::speak_once_more() {
    if (!network_.happens(500)) return;
    if (picture_.question && network_.happens(500)) {
        const auto& [round, item] = std::pair(picture_.question->round, picture_.question->item);
        socket_.emit("submit_answer", {{"round_id", round}, {"item", item}, {"answer", true}}, {});
    } else {
        socket_.emit("leave_team", {}, {});
    }
}

void Tab::apply(std::string_view event, const json::object& data) {
    if (event == "team_created" || event == "team_joined") {
        const Seat seat{number(data, "team_id"), text(data, "team_name"), number(data, "player_slot")};
        if (picture_.seat && (picture_.seat->team != seat.team || picture_.seat->slot != seat.slot)) {
            // The host has moved us: what belonged to the other seat does not belong to this one.
            without_seat();
        }
        picture_.seat = seat;
        picture_.started = is_true(data, "game_started");
        // Whoever sits down in a pause is told of it right after this.
        picture_.paused = false;
        say("sits in team " + std::to_string(picture_.seat->team) + " slot " +
            std::to_string(picture_.seat->slot));
        settle({"create_team", "join_team", "reactivate_team", "claim_seat", "move_seat"});
        seat_taken();
    } else if (event == "reconnection_token") {
        browser_.token = text(data, "token");
        tokens_seen_.push_back(browser_.token);
        if (tokens_seen_.size() > 8) tokens_seen_.erase(tokens_seen_.begin());
        // Old clients do not confirm; then the heartbeat does.
        if (chance(no_ack_, network_.random)) return;
        socket_.emit("confirm_token", {{"token", browser_.token}}, [this](const json::object&) {
            if (phase_ == Phase::settling) finish_resume(true);
        });
    } else if (event == "team_status_update") {
        picture_.whole = text(data, "status") == "full";
    } else if (event == "new_question") {
        const auto round = number(data, "round_id");
        if (!picture_.question || picture_.question->round != round) picture_.answer.reset();
        picture_.question = Question{round, number(data, "round_number"), text(data, "item")};
    } else if (event == "answer_confirmed") {
        picture_.answer = {number(data, "round_id"), is_true(data, "answer")};
        ++answers_confirmed;
        settle({"submit_answer"});
    } else if (event == "game_state_update") {
        picture_.paused = is_true(data, "paused");
    } else if (event == "game_start" || event == "game_state_changed") {
        picture_.started = is_true(data, "game_started");
    } else if (event == "game_reset") {
        picture_.question.reset();
        picture_.answer.reset();
        picture_.paused = false;
    } else if (event == "left_team_success") {
        browser_.token.clear();
        settle({"leave_team"});
        without_seat();
    } else if (event == "error" && picture_.seat && phase_ != Phase::asking &&
               drops_token(text(data, "code"))) {
        say("lost its seat: " + text(data, "code"));
        browser_.token.clear();
        without_seat();
        if (phase_ == Phase::settling) finish_resume(false);
    }
}

void Tab::without_seat() {
    picture_.seat.reset();
    picture_.question.reset();
    picture_.answer.reset();
    picture_.whole = false;
}

void Tab::look_at_refusal(const json::object& said) {
    if (const auto fault = fault_of_refusal(text(said, "code"), text(said, "message")); !fault.empty()) {
        judge_.violated(Invariant::refusals_have_code_and_sentence, name_ + " hears " + fault);
    }
}

// ---- commands

bool Tab::has_claim() const {
    return std::any_of(commands_.begin(), commands_.end(),
                       [](const auto& one) { return is_claim(one->event); });
}

void Tab::settle(std::initializer_list<std::string_view> events) {
    std::erase_if(commands_, [&](const auto& one) {
        return std::find(events.begin(), events.end(), one->event) != events.end();
    });
}

void Tab::command(std::string event, json::object payload) {
    auto command = std::make_shared<Command>();
    last_refusal_.clear();
    payload["op"] = name_ + "-" + std::to_string(++last_operation_);
    command->event = std::move(event);
    command->payload = std::move(payload);
    command->seat = picture_.seat;
    commands_.push_back(command);
    if (state_ == State::online) send(command);
}

void Tab::answer(bool answer) {
    if (!picture_.question) return;
    command("submit_answer",
            {{"round_id", picture_.question->round}, {"item", picture_.question->item}, {"answer", answer}});
}

void Tab::send(const std::shared_ptr<Command>& command) {
    if (std::find(commands_.begin(), commands_.end(), command) == commands_.end()) return;
    const auto attempt = ++command->tries;
    network_.timeline.after(answer_time, connection_, [this, command, attempt] {
        if (command->tries != attempt) return;
        probe();
        if (state_ == State::online) send(command);
    });
    say(command->event + " (" + text(command->payload, "op") + ")");
    socket_.emit(command->event, command->payload,
                 [this, command](const json::object& reply) { answered(command, reply); });
}

void Tab::answered(const std::shared_ptr<Command>& command, const json::object& reply) {
    const auto found = std::find(commands_.begin(), commands_.end(), command);
    if (!is_true(reply, "ok")) look_at_refusal(reply);
    if (found == commands_.end()) return;
    const auto code = is_true(reply, "ok") ? std::string() : text(reply, "code");
    if (is_for_now(code) && ++command->refusals < most_refusals_for_now) {
        ++command->tries;
        network_.timeline.after(Milliseconds(500 + network_.random.below(3'500)), connection_,
                                [this, command] {
                                    if (state_ == State::online) send(command);
                                });
        return;
    }
    commands_.erase(found);
    last_refusal_ = code;
    say(command->event + " is answered: " + (code.empty() ? "ok" : code));
    if (!code.empty()) return;
    if (is_claim(command->event) && !picture_.seat) apply("team_joined", reply);
    // Done long ago, perhaps, and answered in another seat of the player's.
    if (command->event == "leave_team" && picture_.seat && command->seat &&
        (picture_.seat->team != command->seat->team || picture_.seat->slot != command->seat->slot)) {
        return;
    }
    if (command->event == "leave_team") apply("left_team_success", reply);
    if (command->event == "submit_answer" &&
        (!picture_.answer || picture_.answer->first != number(reply, "round_id"))) {
        if (picture_.question && picture_.question->round == number(reply, "round_id")) {
            apply("answer_confirmed", reply);
        }
    }
}

}  // namespace holdfast::simulation
