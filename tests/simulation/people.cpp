#include "people.hpp"

#include <utility>

namespace holdfast::simulation {

std::string nonsense(Random& random) {
    constexpr const char* texts[] = {
        "42[\"submit_answer\"]",
        "42[\"submit_answer\",{\"round_id\":-1,\"item\":\"AA\",\"answer\":7}]",
        "42[\"join_team\",{\"team_name\":{}}]",
        "42[\"create_team\",{\"team_name\":\"\\u202e\\u0000\"}]",
        "421[\"reconnect_with_token\",{\"token\":5}]",
        "42[\"release_seat\",{\"team_id\":1,\"player_slot\":1}]",
        "42[\"no_such_event\",{}]",
        "42[\"__proto__\",{\"__proto__\":{}}]",
        "42[]",
        "4",
        "hello",
        "451-[\"submit_answer\",{\"_placeholder\":true,\"num\":0}]",
        "41",
        "3",
    };
    return texts[random.below(std::size(texts))];
}

// ---- the host

Host::Host(Company& company)
    : company_(company),
      browser_{"host", "192.0.2.2", "", ""},
      socket_(company.network, {[this] { command("dashboard_join"); },
                                [this](bool /*by_server*/) {
                                    company_.network.timeline.after(
                                        Milliseconds(300 + company_.network.random.below(1'500)), at_work_,
                                        [this] { connect(); });
                                },
                                [this](std::string_view event, const json::object& data) {
                                    if (event != "seat_claims") return;
                                    const auto ids = [&](const char* list, const char* id) {
                                        std::vector<std::uint64_t> found;
                                        for (const auto& row : data.at(list).as_array())
                                            found.push_back(row.at(id).to_number<std::uint64_t>());
                                        return found;
                                    };
                                    requests_ = ids("requests", "request_id");
                                    bans_ = ids("bans", "ban_id");
                                    kept_.clear();
                                    company_.codes_of_kept_seats.clear();
                                    for (const auto& row : data.at("reservations").as_array()) {
                                        kept_.push_back(row.as_object());
                                        company_.codes_of_kept_seats.emplace_back(row.at("code").as_string());
                                    }
                                },
                                [this](std::string_view cookie) { browser_.cookie = cookie; }}) {
    connect();
}

void Host::connect() {
    socket_.connect(browser_.cookie, browser_.address, std::string("{\"host_key\":\"") + host_key + "\"}");
}

void Host::command(std::string_view event, json::object data) {
    if (!socket_.connected()) return;
    data["op"] = "host-" + std::to_string(++last_operation_);
    company_.network.trace.line("host", event);
    socket_.emit(event, data, [](const json::object&) {});
    // Asked twice, as after a reply that was lost.
    if (company_.network.happens(150)) socket_.emit(event, data, [](const json::object&) {});
}

/// Says yes to one who asks, or no, or answers a request that is long over.
void Host::decide_request() {
    auto& random = company_.network.random;
    const auto id = requests_.empty() || chance(100, random) ? 1 + random.below(1'000)
                                                             : requests_[random.below(requests_.size())];
    command(chance(700, random) ? "approve_request" : "refuse_request", {{"request_id", id}});
}

void Host::withdraw(std::size_t kept) {
    command("withdraw_reservation",
            {{"team_id", kept_[kept].at("team_id")}, {"player_slot", kept_[kept].at("player_slot")}});
}

void Host::deed() {
    auto& random = company_.network.random;
    if (!requests_.empty() && chance(300, random)) return decide_request();
    // A place is seldom free: when one is, the chance is taken.
    const auto free_place = some_seat(seats::SeatState::vacant);
    if (free_place && chance(400, random)) return move_somebody_to(*free_place);
    switch (random.below(23)) {
        case 19:
            return command("reserve_seat",
                           {{"team_name", chance(700, random)
                                              ? company_.team_names[random.below(company_.team_names.size())]
                                              : "Guests"},
                            {"name", "Dr. Who"}});
        case 20:
            if (kept_.empty()) return;
            return withdraw(random.below(kept_.size()));
        case 17:
            if (!chance(400, random)) return;
            {
                const auto whose =
                    some_seat(chance(500, random) ? seats::SeatState::connected : seats::SeatState::away)
                        .value_or(SeatKey{1, 1});
                return command("ban_device", {{"team_id", whose.first}, {"player_slot", whose.second}});
            }
        case 18:
            if (bans_.empty()) return;
            return command("lift_ban", {{"ban_id", bans_[random.below(bans_.size())]}});
        case 14:
        case 15:
        case 16:
            return decide_request();
        case 21: {
            const auto away = some_seat(seats::SeatState::away).value_or(SeatKey{1, 1});
            return command(
                "extend_hold",
                {{"team_id", away.first}, {"player_slot", away.second}, {"seconds", 1 + random.below(20)}});
        }
        case 22: {
            if (chance(500, random)) return command("set_grace", {{"grace_seconds", nullptr}});
            return command("set_grace", {{"grace_seconds", 15 + random.below(60)}});
        }
        case 0:
            return command("pause_game");
        case 1:
            if (chance(400, random)) command("restart_game");
            return;
        case 2:
            return command("toggle_game_mode");
        case 3:
        case 4: {
            const auto& teams = company_.witness.truth().teams;
            if (teams.empty() || !chance(400, random)) return;
            return command("release_seat", {{"team_id", 1 + random.below(teams.size())},
                                            {"player_slot", 1 + random.below(2)}});
        }
        case 5:
            return command("request_teams_update");
        case 6:
            return command("set_teams_streaming", {{"enabled", chance(500, random)}});
        case 7:
            return command("keep_alive");
        case 8:
            return socket_.send_raw(nonsense(random));
        default:
            if (company_.witness.truth().game.paused) return command("pause_game");
            return command("start_game");
    }
}

void Host::move_somebody_to(SeatKey place) {
    auto& random = company_.network.random;
    const auto state = chance(600, random) ? seats::SeatState::away : seats::SeatState::connected;
    const auto who = some_seat(state).value_or(SeatKey{1, 1});
    json::object move{{"team_id", who.first}, {"player_slot", who.second}, {"to_team_id", place.first}};
    if (chance(700, random)) move["to_player_slot"] = place.second;
    command("move_player", move);
}

/// One of the seats in that state, in teams that are not dissolved.
std::optional<SeatKey> Host::some_seat(seats::SeatState state) {
    std::vector<SeatKey> found;
    for (const auto& [id, team] : company_.witness.truth().teams) {
        for (std::size_t index = 0; team.active && index < team.seats.size(); ++index) {
            if (team.seats[index].state == state) found.emplace_back(id, static_cast<seats::Slot>(index + 1));
        }
    }
    if (found.empty()) return std::nullopt;
    return found[company_.network.random.below(found.size())];
}

void Host::settle_down() {
    if (!socket_.active()) connect();
    for (std::size_t kept = 0; kept < kept_.size(); ++kept)
        withdraw(kept);
    for (const auto ban : bans_)
        command("lift_ban", {{"ban_id", ban}});
    const auto& game = company_.witness.truth().game;
    if (!game.started) return command("start_game");
    if (game.paused) command("pause_game");
}

void Host::go_home() {
    at_work_.end();
    socket_.disconnect(true);
}

// ---- strangers

Stranger::Stranger(Company& company, std::string name)
    : company_(company),
      name_(std::move(name)),
      browser_{name_, "198.51.100.7", "", ""},
      socket_(company.network, {[] {}, [this](bool /*by_server*/) { seated_ = false; },
                                [this](std::string_view event, const json::object& /*data*/) {
                                    if (event == "team_joined" || event == "team_created") seated_ = true;
                                    if (event == "left_team_success") seated_ = false;
                                },
                                [this](std::string_view cookie) { browser_.cookie = cookie; }}) {}

void Stranger::emit(std::string_view event, json::object data) {
    data["op"] = name_ + "-" + std::to_string(++last_operation_);
    company_.network.trace.line(name_, event);
    socket_.emit(event, data, [](const json::object&) {});
}

void Stranger::guess_token() {
    auto& random = company_.network.random;
    std::string token = random.base64url(50);
    if (!company_.overheard_tokens.empty() && chance(700, random)) {
        token = company_.overheard_tokens[random.below(company_.overheard_tokens.size())];
        auto& character = token[random.below(token.size())];
        character = character == 'A' ? 'B' : 'A';
    }
    emit("reconnect_with_token", {{"token", token}});
}

void Stranger::ask_for_somebody_elses_seat() {
    auto& random = company_.network.random;
    std::vector<std::pair<std::string, std::size_t>> away;
    for (const auto& [id, team] : company_.witness.truth().teams) {
        for (std::size_t index = 0; index < team.seats.size(); ++index) {
            if (team.seats[index].state == seats::SeatState::away) away.emplace_back(team.name, index + 1);
        }
    }
    std::pair<std::string, std::size_t> seat(company_.team_names[random.below(company_.team_names.size())],
                                             1 + random.below(2));
    if (!away.empty() && chance(800, random)) seat = away[random.below(away.size())];
    emit("ask_for_seat", {{"team_name", seat.first},
                          {"player_slot", seat.second},
                          {"name", chance(900, random) ? "Ann, really" : "\u202e"}});
}

void Stranger::deed() {
    auto& random = company_.network.random;
    if (!socket_.connected()) {
        // Now and then with the wrong key of a host.
        if (!socket_.active()) {
            socket_.connect(browser_.cookie, browser_.address,
                            chance(200, random) ? "{\"host_key\":\"guessed\"}" : "");
        }
        return;
    }
    if (seated_ && chance(500, random)) return emit("leave_team");
    switch (random.below(16)) {
        case 13:
        case 14:
        case 15: {  // a code that lay on the table
            const auto& codes = chance(500, random) ? company_.codes_of_kept_seats : company_.codes_in_sight;
            return emit("claim_seat",
                        {{"code", codes.empty() || chance(500, random) ? std::string("ABCDE-FGHJK")
                                                                       : codes[random.below(codes.size())]}});
        }
        case 10:
        case 11:  // the seat of somebody who is away, under a name the host may believe
            return ask_for_somebody_elses_seat();
        case 12:  // decides about it, too
            return emit(chance(500, random) ? "approve_request" : "stop_asking",
                        {{"request_id", 1 + random.below(1'000)}});
        case 0:
        case 1:
            return guess_token();
        case 2:
            return emit("get_reconnectable_teams");
        case 3:
            return emit("join_team",
                        {{"team_name", company_.team_names[random.below(company_.team_names.size())]}});
        case 4: {
            constexpr const char* events[] = {"start_game", "restart_game", "pause_game", "dashboard_join",
                                              "lift_ban"};
            return emit(events[random.below(5)], {{"ban_id", 1}});
        }
        case 5: {
            constexpr const char* deeds[] = {"release_seat", "move_player", "extend_hold", "set_grace",
                                             "ban_device"};
            return emit(deeds[random.below(5)], {{"team_id", 1 + random.below(3)},
                                                 {"player_slot", 1 + random.below(2)},
                                                 {"to_team_id", 1 + random.below(3)},
                                                 {"seconds", 60},
                                                 {"grace_seconds", 5}});
        }
        case 6:
            return emit("create_team", {{"team_name", "strangers"}});
        case 7:
            return socket_.send_raw(nonsense(random));
        case 8:
            seated_ = false;
            return socket_.disconnect(chance(500, random));
        default:
            return emit("submit_answer",
                        {{"round_id", 1 + random.below(20)}, {"item", "A"}, {"answer", true}});
    }
}

void Stranger::go_home() {
    if (socket_.connected() && seated_) emit("leave_team");
    seated_ = false;
    company_.network.timeline.after(Milliseconds{2'000}, [this] { socket_.disconnect(true); });
}

}  // namespace holdfast::simulation
