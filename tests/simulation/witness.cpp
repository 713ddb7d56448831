#include "witness.hpp"

#include <algorithm>
#include <variant>

#include "holdfast/seats/move_codes.hpp"
#include "holdfast/server/front.hpp"
#include "host_deeds.hpp"

namespace holdfast::simulation {

using namespace seats;

namespace {

/// In the order of CommandBody.
constexpr CommandKind kinds[] = {CommandKind::create_team,
                                 CommandKind::join_team,
                                 CommandKind::reactivate_team,
                                 CommandKind::leave_team,
                                 CommandKind::reconnect_with_token,
                                 CommandKind::submit_answer,
                                 CommandKind::start_game,
                                 CommandKind::pause_game,
                                 CommandKind::restart_game,
                                 CommandKind::toggle_game_mode,
                                 CommandKind::release_seat,
                                 CommandKind::list_reconnectable,
                                 CommandKind::confirm_token,
                                 CommandKind::heartbeat,
                                 CommandKind::connection_lost,
                                 CommandKind::introduce,
                                 CommandKind::tick,
                                 CommandKind::synchronise,
                                 CommandKind::offer_move,
                                 CommandKind::move_here,
                                 CommandKind::ask_for_seat,
                                 CommandKind::stop_asking,
                                 CommandKind::approve_request,
                                 CommandKind::refuse_request,
                                 CommandKind::ban_device,
                                 CommandKind::lift_ban,
                                 CommandKind::reserve_seat,
                                 CommandKind::withdraw_reservation,
                                 CommandKind::move_player,
                                 CommandKind::extend_hold,
                                 CommandKind::set_grace};
/// In the same order.
constexpr std::string_view kind_names[] = {"create_team",
                                           "join_team",
                                           "reactivate_team",
                                           "leave_team",
                                           "reconnect_with_token",
                                           "submit_answer",
                                           "start_game",
                                           "pause_game",
                                           "restart_game",
                                           "toggle_game_mode",
                                           "release_seat",
                                           "list_reconnectable",
                                           "confirm_token",
                                           "heartbeat",
                                           "connection_lost",
                                           "introduce",
                                           "tick",
                                           "synchronise",
                                           "offer_move",
                                           "move_here",
                                           "ask_for_seat",
                                           "stop_asking",
                                           "approve_request",
                                           "refuse_request",
                                           "ban_device",
                                           "lift_ban",
                                           "reserve_seat",
                                           "withdraw_reservation",
                                           "move_player",
                                           "extend_hold",
                                           "set_grace"};
static_assert(std::size(kinds) == std::size(kind_names));
std::string_view name_of_kind(CommandKind kind) {
    const auto* place = std::find(std::begin(kinds), std::end(kinds), kind);
    return place == std::end(kinds) ? "?" : kind_names[place - std::begin(kinds)];
}
static_assert(std::size(kinds) == std::variant_size_v<CommandBody>);

bool seats_somebody(CommandKind kind) {
    return kind == CommandKind::create_team || kind == CommandKind::join_team ||
           kind == CommandKind::reactivate_team || kind == CommandKind::reconnect_with_token ||
           kind == CommandKind::move_here || kind == CommandKind::ask_for_seat;
}

}  // namespace

std::string name_of(SeatKey key) {
    return "seat " + std::to_string(key.first) + "/" + std::to_string(key.second);
}

// ---- the disk

void Witness::written(std::span<const Changes* const> batch) {
    maybe_.reset();
    if (!disk_.apply(batch)) {
        judge_.violated(Invariant::memory_equals_disk,
                        "a batch was decided on another version than the disk has");
    }
    untold_ += static_cast<std::size_t>(
        std::count_if(batch.begin(), batch.end(), [](const Changes* changes) { return !changes->empty(); }));
}

void Witness::refused_by_store(std::span<const Changes* const> batch) {
    if (maybe_) return;  // The store takes no batch between a failure and the probe that mends it.
    maybe_ = disk_;
    (void)maybe_->apply(batch);
}

void Witness::cut_off(std::span<const Changes* const> batch) {
    refused_by_store(batch);
}

void Witness::found_at_start(const Snapshot& snapshot, const store::testing::History& history) {
    const auto differs = [&](const Books& books) {
        auto difference = books.difference(snapshot);
        return difference.empty() ? books.difference(history) : difference;
    };
    const auto from_acknowledged = differs(disk_);
    if (!from_acknowledged.empty()) {
        if (!maybe_ || !differs(*maybe_).empty()) {
            judge_.violated(
                Invariant::acknowledged_survives,
                "after the start the disk holds something else than was acknowledged: " + from_acknowledged);
            return;
        }
        trace_.line("disk", "holds the batch that was under way");
        for (const auto& [id, team] : maybe_->teams)
            take_in_holds(team, disk_.team(id));
        disk_ = *maybe_;
    }
    maybe_.reset();
    truth_ = disk_;
    untold_ = 0;
    find_led_tokens(snapshot);
    given_.insert(disk_.answers.begin(), disk_.answers.end());
    for (const auto& [id, team] : disk_.teams) {
        for (std::size_t index = 0; index < team.seats.size(); ++index) {
            const auto& seat = team.seats[index];
            auto& watched = watched_[{id, static_cast<Slot>(index + 1)}];
            watched.holder_epoch = seat.epoch;
            watched.newest = std::max(watched.newest, seat.rotation);
            if (!seat.token_live) {
                // Given up, or expired while nobody was told.
                if (seat.state == SeatState::vacant) watched.retired_below = seat.rotation + 1;
            } else {
                // At most two are good at a time, whatever was written last and told to nobody.
                const auto oldest_good = seat.rotation - (seat.previous_token_good ? 1 : 0);
                watched.retired_below = std::max(watched.retired_below, oldest_good);
            }
        }
    }
}

/// Seats that turned away in a batch of which nobody was told.
void Witness::take_in_holds(const TeamRecord& after, const TeamRecord* before) {
    const auto set = maybe_->game.grace.count() > 0 ? maybe_->game.grace : plan_.grace;
    const auto held_for = std::min(grace(), set);
    for (std::size_t index = 0; index < after.seats.size(); ++index) {
        const auto& now = after.seats[index];
        const auto was = before == nullptr ? SeatRecord{} : before->seats[index];
        if (now.state != SeatState::away || was.state == SeatState::away) continue;
        auto& watched = watched_[{after.id, static_cast<Slot>(index + 1)}];
        watched.away_since = decided_at();
        // A player who was moved here while away has what was left of the hold, of which nothing is known.
        const bool fell_away = was.state == SeatState::connected && was.epoch == now.epoch;
        watched.held_until = decided_at() + (fell_away ? held_for : Milliseconds{0});
    }
}

void Witness::forget_connections() {
    for (auto& [key, watched] : watched_)
        watched.holder = 0;
    seat_of_.clear();
    tab_of_.clear();
    asks_.clear();
    asked_.clear();
    tickets_.clear();
    offered_.clear();
    store_down_ = false;
}

void Witness::compare_memory(const Snapshot& memory) {
    if (const auto difference = disk_.difference(memory); !difference.empty()) {
        judge_.violated(Invariant::memory_equals_disk, "memory has " + difference);
    }
    if (untold_ != 0) {
        judge_.violated(Invariant::every_command_is_answered, "a decision is on the disk and was never told");
    }
}

// ---- what is asked and decided

void Witness::asked(const Command& command) {
    if (command.connection == 0) return;
    Asked one;
    one.kind = kinds[command.body.index()];
    one.device = command.device;
    one.host = command.host;
    one.op = command.op;
    one.ticket = command.ticket;
    if (const auto* body = std::get_if<ReconnectWithToken>(&command.body)) {
        one.token = body->token;
        one.stands_back = body->stands_back;
    }
    one.tab = command.page.tab;
    tab_of_[command.connection] = command.page.tab;
    if (const auto* body = std::get_if<ConfirmToken>(&command.body)) one.token = body->token;
    if (const auto* body = std::get_if<MoveHere>(&command.body)) one.code = MoveCodes::normalise(body->code);
    if (const auto* body = std::get_if<HeartbeatAnswered>(&command.body)) one.rotation = body->rotation;
    if (const auto* body = std::get_if<AskForSeat>(&command.body))
        one.asks_for = {body->team_name, body->slot};
    if (const auto* body = std::get_if<ExtendHold>(&command.body)) one.longer = body->by;
    one.held = seat_of(command.connection);
    if (command.ticket != 0)
        tickets_[{server::thread_of(command.connection), command.ticket}] = {command.connection, one};
    asked_[command.connection].push_back(std::move(one));
}

void Witness::gone(ConnectionId connection) {
    std::erase_if(tickets_, [&](const auto& one) { return one.second.first == connection; });
}

void Witness::decided(const Decision& decision) {
    Asked by;
    by.kind = decision.kind;
    if (decision.connection != 0) {
        auto& waiting = asked_[decision.connection];
        if (waiting.empty() || waiting.front().kind != decision.kind) {
            judge_.violated(Invariant::every_command_is_answered,
                            "a decision was told that nobody of that connection had asked for next");
        } else {
            by = std::move(waiting.front());
            waiting.pop_front();
        }
        if (decision.kind == CommandKind::connection_lost) {
            asked_.erase(decision.connection);
            asks_.erase(decision.connection);
        }
    }
    if (is_for_hosts(decision.kind) && !by.host && !decision.refusal) {
        judge_.violated(Invariant::only_hosts_run_the_game, "a player's event of a host was carried out");
    }
    if (decision.connection != 0 || !decision.changes.empty()) {
        trace_.line("house", std::string(name_of_kind(decision.kind)) + " of connection " +
                                 std::to_string(server::thread_of(decision.connection)) + "." +
                                 std::to_string(decision.connection & 0xFFFF'FFFFU) + ": " +
                                 (decision.refusal ? std::string(code_of(*decision.refusal)) : "done") +
                                 (decision.changes.empty() ? "" : ", written"));
    }
    // A question that is refused leaves an earlier one as it is.
    if (decision.kind == CommandKind::ask_for_seat && !decision.refusal)
        asks_[decision.connection] = by.asks_for;
    if (decision.kind == CommandKind::stop_asking && !decision.refusal) asks_.erase(decision.connection);
    resumed_.reset();
    look_at_standing_back(decision, by);
    look_at_token(decision, by);
    look_at_changes(decision, by);
    follow(decision, by);
}

void Witness::look_at_changes(const Decision& decision, const Asked& by) {
    if (decision.changes.empty()) return;
    if (untold_ == 0) {
        judge_.violated(Invariant::told_only_what_is_on_disk,
                        "a decision is told whose changes are not on the disk");
        return;
    }
    --untold_;
    for (const Change& change : decision.changes) {
        if (const auto* put = std::get_if<PutBan>(&change)) truth_.bans[put->ban.device] = put->ban;
        count_what_happened(change);
    }
    for (const Change& change : decision.changes) {
        if (const auto* put = std::get_if<PutTeam>(&change)) look_at_team(put->team, decision, by);
        if (const auto* put = std::get_if<PutOperation>(&change)) {
            if (truth_.operations.contains({put->operation.device, put->operation.op})) {
                judge_.violated(Invariant::an_operation_has_one_effect,
                                "an operation id was carried out again");
            }
        }
        if (const auto* put = std::get_if<PutAnswer>(&change)) {
            if (truth_.answers.contains({put->answer.round, put->answer.slot})) {
                judge_.violated(Invariant::one_answer_a_seat_and_round, "an answer was replaced");
            }
            given_[{put->answer.round, put->answer.slot}] = put->answer;
            const SeatKey key{put->answer.team, put->answer.slot};
            if (seat_of(decision.connection) != key) {
                judge_.violated(
                    Invariant::nothing_of_an_older_epoch,
                    "an answer was taken for " + name_of(key) + " from a connection that has another seat");
            }
        }
    }
    if (!truth_.apply(decision.changes)) {
        judge_.violated(Invariant::memory_equals_disk,
                        "a decision was made on another version than was told before");
    }
}

void Witness::look_at_team(const TeamRecord& after, const Decision& decision, const Asked& by) {
    const auto* before = truth_.team(after.id);
    for (std::size_t index = 0; index < after.seats.size(); ++index) {
        const SeatRecord was = before == nullptr ? SeatRecord{} : before->seats[index];
        if (was == after.seats[index]) continue;
        look_at_seat({after.id, static_cast<Slot>(index + 1)}, was, after.seats[index], decision, by);
    }
}

void Witness::look_at_seat(SeatKey key, const SeatRecord& before, const SeatRecord& after,
                           const Decision& decision, const Asked& by) {
    auto& watched = watched_[key];
    const auto name = name_of(key) + ": " + describe(before) + " -> " + describe(after);
    if (after.epoch < before.epoch || after.rotation < before.rotation) {
        judge_.violated(Invariant::epochs_only_grow, name);
    }
    const bool was_taken = before.state != SeatState::vacant;
    const bool is_taken = after.state != SeatState::vacant;
    // Those that seat somebody are looked at when it is said who sits.
    if (decision.connection != 0 && !seats_somebody(decision.kind) && !is_host_deed(decision.kind) &&
        decision.kind != CommandKind::approve_request && decision.kind != CommandKind::ban_device &&
        decision.kind != CommandKind::reserve_seat && watched.holder != decision.connection) {
        judge_.violated(Invariant::nothing_of_an_older_epoch,
                        name + ", by a connection that does not have it");
    }
    if (was_taken && !is_taken) {
        if (after.epoch == before.epoch) judge_.violated(Invariant::epochs_only_grow, name + ", given up");
        const bool left = decision.kind == CommandKind::leave_team && after.freed_because == SeatFreed::left;
        const bool banned = decision.kind == CommandKind::ban_device && truth_.bans.contains(before.device);
        const bool released = (decision.kind == CommandKind::release_seat || banned) && by.host;
        const bool expired = decision.kind == CommandKind::tick && after.freed_because == SeatFreed::expired;
        const bool moved =
            decision.kind == CommandKind::move_player && by.host && after.freed_because == SeatFreed::moved;
        if (!left && !released && !expired && !moved)
            judge_.violated(Invariant::a_lost_connection_frees_no_seat, name);
        if (expired && uptime_ + tolerance() < watched.held_until) {
            judge_.violated(Invariant::deadlines_count_uptime,
                            name + " expired after " +
                                std::to_string((uptime_ - watched.away_since).count()) + " ms of uptime");
        }
        // Of who is moved it is asked what they lead to, see follow_move().
        if (!moved) {
            watched.retired_below = std::max(watched.newest, after.rotation) + 1;
            forget_led(key);
        }
    }
    if (!was_taken && is_taken) watched.retired_below = after.rotation;
    // Given to another phone: the old one's tokens end.
    const bool by_code = was_taken && is_taken && decision.kind == CommandKind::move_here &&
                         (before.device != after.device || offered_.contains(by.code));
    if (by_code || (was_taken && is_taken && decision.kind == CommandKind::approve_request)) {
        watched.retired_below = after.rotation;
        forget_led(key);
    }
    if (is_taken && before.token_live && !after.token_live) forget_led(key);
    // Back after the token's life: the new one has no one before it.
    if (was_taken && is_taken && after.rotation > before.rotation && !after.previous_token_good &&
        before.state == SeatState::away && uptime_ - watched.away_since + tolerance() >= plan_.token_life) {
        watched.retired_below = std::max(watched.retired_below, after.rotation);
    }
    const bool is_moved_here = decision.kind == CommandKind::move_player && by.host;
    if (!was_taken && is_taken && !is_moved_here && decision.kind != CommandKind::approve_request &&
        (!seats_somebody(decision.kind) || after.state != SeatState::connected ||
         after.device != by.device)) {
        judge_.violated(Invariant::a_held_seat_is_taken, name + ", not by somebody who sat down");
    }
    const bool was_kept = truth_.waits_for_somebody(key.first, key.second);
    if (!was_taken && is_taken &&
        was_kept !=
            (decision.kind == CommandKind::move_here || decision.kind == CommandKind::approve_request)) {
        judge_.violated(Invariant::a_held_seat_is_taken,
                        name + (was_kept ? ", though it was kept for somebody" : ", by a code for no seat"));
    }
    if (was_taken && is_taken && before.device != after.device &&
        decision.kind != CommandKind::reconnect_with_token && decision.kind != CommandKind::move_here &&
        !(decision.kind == CommandKind::approve_request && before.state == SeatState::away)) {
        judge_.violated(Invariant::a_held_seat_is_taken, name + ", by another device without a token");
    }
    if (was_taken && !is_taken)
        std::erase_if(offered_, [key](const auto& one) { return one.second.seat == key; });
    if (by_code) look_at_move(key, before, by);
    look_at_hold(key, before, after, decision, by);
}

void Witness::look_at_hold(SeatKey key, const SeatRecord& before, const SeatRecord& after,
                           const Decision& decision, const Asked& by) {
    auto& watched = watched_[key];
    if (after.state != SeatState::away) return;
    if (before.state == SeatState::away && before.seat_deadline == after.seat_deadline) return;
    if (decision.kind == CommandKind::extend_hold) {
        watched.held_until += by.longer;
        return;
    }
    // One who is moved while away takes along what is left of the hold: see follow_move().
    watched.away_since = decided_at();
    watched.held_until = decided_at() + grace();
}

/// What is told now may have been decided before the process stood still.
Milliseconds Witness::decided_at() const {
    return uptime_ - (uptime_ - went_on_at_ < tolerance() ? stood_still_ : Milliseconds{0});
}

void Witness::time_passed(Milliseconds of_uptime) {
    uptime_ += of_uptime;
    if (of_uptime < Milliseconds{1'000}) return;
    went_on_at_ = uptime_;
    stood_still_ = of_uptime;
}

Milliseconds Witness::tolerance() const {
    // A decision is told a little after it was made.
    return Milliseconds{1'500} + plan_.slowest_commit * 2;
}

// ---- who sits where

ConnectionId Witness::holder_of(SeatKey seat) const {
    const auto found = watched_.find(seat);
    return found == watched_.end() ? 0 : found->second.holder;
}

std::optional<SeatKey> Witness::seat_of(ConnectionId connection) const {
    const auto found = seat_of_.find(connection);
    return found == seat_of_.end() ? std::nullopt : std::optional(found->second);
}

void Witness::let_go(SeatKey key) {
    auto& watched = watched_[key];
    if (watched.holder == 0) return;
    seat_of_.erase(watched.holder);
    watched.holder = 0;
}

void Witness::follow(const Decision& decision, const Asked& by) {
    for (const Effect& effect : decision.effects) {
        if (const auto* seated = std::get_if<Seated>(&effect)) follow_seated(*seated, decision, by);
        if (const auto* changed = std::get_if<SeatChanged>(&effect)) {
            const SeatKey key{changed->team->id, changed->slot};
            if (changed->to != SeatState::connected) let_go(key);
        }
        if (const auto* acted = std::get_if<HostActed>(&effect);
            acted != nullptr && acted->what == HostDeed::moved && !acted->repeated) {
            follow_move(*acted, decision);
        }
        if (const auto* offered = std::get_if<MoveOffered>(&effect)) look_at_offer(*offered);
        if (const auto* listed = std::get_if<ReconnectableListed>(&effect)) {
            for (const auto& entry : listed->seats) {
                if (entry.token.empty()) continue;
                const auto* team = truth_.team(entry.team);
                if (team == nullptr || team->seats[entry.slot - 1U].device != by.device) {
                    judge_.violated(Invariant::a_token_reaches_only_its_player,
                                    "a list of seats gives a token to another device");
                    continue;
                }
                issued_[entry.token] = {{entry.team, entry.slot}, team->seats[entry.slot - 1U].rotation};
            }
        }
    }
}

void Witness::follow_seated(const Seated& seated, const Decision& decision, const Asked& by) {
    const SeatKey key{seated.team->id, seated.slot};
    auto& watched = watched_[key];
    const auto epoch = seated.team->seats[seated.slot - 1U].epoch;
    if (watched.holder != seated.connection) {
        if (epoch <= watched.holder_epoch) {
            judge_.violated(Invariant::epochs_only_grow,
                            name_of(key) + " has another connection under epoch " + std::to_string(epoch) +
                                ", the one before had " + std::to_string(watched.holder_epoch));
        }
        if (watched.holder != 0) {
            const bool is_told =
                std::any_of(decision.effects.begin(), decision.effects.end(), [&](const auto& effect) {
                    const auto* taken = std::get_if<TakenOver>(&effect);
                    const auto* moved = std::get_if<Unseated>(&effect);
                    return (taken != nullptr && taken->connection == watched.holder) ||
                           (moved != nullptr && moved->connection == watched.holder &&
                            moved->reason == Refusal::seat_moved);
                });
            if (!is_told) {
                judge_.violated(Invariant::one_live_connection_a_seat,
                                name_of(key) + " was taken over and the older connection is not told");
            }
            let_go(key);
        }
    }
    const auto* team_of_seat = truth_.team(key.first);
    const bool is_banned =
        decision.connection == seated.connection
            ? truth_.bans.contains(by.device)
            : team_of_seat != nullptr && truth_.bans.contains(team_of_seat->seats[key.second - 1U].device);
    if (is_banned) {
        judge_.violated(Invariant::a_held_seat_is_taken, name_of(key) + " was given to a banned device");
    }
    if (decision.kind == CommandKind::approve_request) {
        const auto asked = asks_.find(seated.connection);
        if (asked == asks_.end() || asked->second != std::pair(seated.team->name, seated.slot)) {
            judge_.violated(Invariant::a_held_seat_is_taken,
                            name_of(key) + " was given to a connection that had not asked for it");
        }
    }
    if (const auto other = seat_of(seated.connection); other && *other != key) {
        judge_.violated(Invariant::one_live_connection_a_seat,
                        "one connection has " + name_of(*other) + " and " + name_of(key));
    }
    watched.holder = seated.connection;
    watched.holder_epoch = std::max(watched.holder_epoch, epoch);
    seat_of_[seated.connection] = key;
    if (!seated.token.empty()) {
        issued_[seated.token] = {key, seated.rotation};
        watched.newest = std::max(watched.newest, seated.rotation);
        trace_.line("house", "token " + std::to_string(seated.rotation) + " of " + name_of(key) + " is told");
        const auto* team = truth_.team(key.first);
        if (team == nullptr || team->seats[key.second - 1U].rotation != seated.rotation) {
            judge_.violated(Invariant::told_only_what_is_on_disk,
                            "a token is told that the disk does not know of");
        }
    }
    if (seated.how == SeatedHow::resumed) resumed_ = seated;
}

}  // namespace holdfast::simulation
