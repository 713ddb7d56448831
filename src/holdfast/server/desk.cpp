#include "holdfast/server/desk.hpp"

#include <algorithm>

#include "holdfast/server/admission.hpp"
#include "holdfast/server/claims_format.hpp"
#include "holdfast/server/host_actions.hpp"
#include "holdfast/server/host_words.hpp"
#include "holdfast/server/wire_format.hpp"

namespace holdfast::server {

namespace {

using seats::ConnectionId;
using wire::Fields;
using wire::packet;

/// Refusals of what the server or the client's library did by itself are no news for the player.
bool is_silent(seats::CommandKind kind) {
    using Kind = seats::CommandKind;
    return kind == Kind::connection_lost || kind == Kind::heartbeat || kind == Kind::tick ||
           kind == Kind::synchronise || kind == Kind::introduce || kind == Kind::confirm_token;
}

}  // namespace

/// Carries out the effects of one decision.
class Desk::Visitor {
  public:
    Visitor(Desk& desk, const seats::Decision& decision)
        : desk_(desk), decision_(decision), now_(desk.clock_.now()), game_(desk.board_.game()) {
        for (const seats::Effect& effect : decision.effects) {
            if (const auto* changed = std::get_if<seats::GameChanged>(&effect)) game_ = changed->game;
            if (const auto* seated = std::get_if<seats::Seated>(&effect)) game_ = seated->game;
        }
    }

    void operator()(const seats::Seated& seated) {
        const bool is_new =
            seated.how == seats::SeatedHow::created || seated.how == seats::SeatedHow::reactivated;
        const std::string_view event = is_new ? "team_created" : "team_joined";
        const Fields object = is_new ? wire::team_created(seated) : wire::team_joined(seated);
        if (seated.connection == decision_.connection) outcome(event, object);
        Delivery delivery;
        delivery.connection = seated.connection;
        delivery.seated = true;
        delivery.rotation = seated.token.empty() ? 0 : seated.rotation;
        delivery.packets.add(event, object);
        if (!seated.token.empty()) {
            delivery.packets.add("reconnection_token", wire::reconnection_token(seated));
        }
        delivery.packets.add("team_status_update",
                             wire::team_status_update(*seated.team, seated.game, is_new));
        // The round that runs already; one that this seat makes possible is announced further down.
        if (seated.round) {
            const seats::RoundView& round = *seated.round;
            delivery.packets.add("new_question", wire::new_question(round.id, round.number, round.item));
            if (round.own_answer) {
                delivery.packets.add("answer_confirmed",
                                     wire::answer_confirmed(round.id, round.item, *round.own_answer));
            }
        }
        if (seated.game.paused) delivery.packets.add("game_state_update", {{"paused", true}});
        if (seated.moved_by_host) {
            delivery.packets.add("host_notice", wire::host_notice("moved", wire::moved_words(seated)));
        }
        desk_.outbox_.put(std::move(delivery));
        told_.insert(seated.connection);
        // Whoever sits down sees who is away: from now on their return is news.
        for (std::size_t index = 0; index < seated.team->seats.size(); ++index) {
            const auto other = static_cast<seats::Slot>(index + 1);
            if (other != seated.slot && desk_.quiet_drops_.has({seated.team->id, other})) {
                news_.insert(seated.team->id);
            }
        }
        if (seated.how == seats::SeatedHow::resumed) desk_.metrics_.resumed(seated.away_cause);
    }

    void operator()(const seats::TakenOver& taken) {
        Delivery delivery;
        delivery.connection = taken.connection;
        delivery.seated = false;
        delivery.packets.add("taken_over", wire::taken_over(taken));
        desk_.outbox_.put(std::move(delivery));
    }

    void operator()(const seats::Unseated& unseated) {
        Delivery delivery;
        delivery.connection = unseated.connection;
        delivery.seated = false;
        if (unseated.reason) {
            delivery.packets.add("error", wire::error(refused(*unseated.reason)));
        } else {
            const Fields object = wire::left_team(unseated);
            if (unseated.connection == decision_.connection) outcome("left_team_success", object);
            delivery.packets.add("left_team_success", object);
        }
        desk_.outbox_.put(std::move(delivery));
        back_in_lobby_.push_back(unseated.connection);
    }

    void operator()(const seats::SeatChanged& changed) {
        desk_.log_.write(LogLevel::info, "seat_changed",
                         {{"team", changed.team->name},
                          {"team_id", static_cast<std::int64_t>(changed.team->id)},
                          {"slot", static_cast<std::int64_t>(changed.slot)},
                          {"from", to_string(changed.from)},
                          {"to", to_string(changed.to)},
                          {"what", std::string_view(changed.what)},
                          {"reason", std::string_view(changed.reason)}});
        if (changed.what == "expired") desk_.metrics_.seat_expired();
        desk_.metrics_.seat_changed(changed.what, changed.reason);
        if (!is_kept_quiet(changed)) news_.insert(changed.team->id);
        if (changed.from == changed.to) holds_changed_.insert(changed.team->id);
    }

    void operator()(const seats::PartnerGone& gone) {
        if (!gone.for_good && desk_.quiet_drops_.has({gone.team->id, gone.slot})) return;
        desk_.send_to_team(*gone.team, "player_left", wire::player_left(gone.slot, gone.why), {});
    }

    void operator()(const seats::TeamChanged& changed) {
        const bool news_for_team =
            holds_changed_.contains(changed.team->id) || !desk_.board_.shows_seats_of(*changed.team);
        desk_.board_.put(changed.team, now_);
        // A round that was dealt or finished has events of its own.
        if (!changed.team->active || !news_for_team) return;
        // All that has happened is that somebody is away whom nobody misses yet, or is back.
        if (!news_.contains(changed.team->id)) return;
        desk_.tell_drops(*changed.team, desk_.quiet_drops_.take(changed.team->id));
        desk_.send_to_team(*changed.team, "team_status_update",
                           wire::team_status_update(*changed.team, game_, false), told_);
    }

    void operator()(const seats::RoundDealt& dealt) {
        desk_.metrics_.round_dealt();
        for (std::size_t index = 0; index < dealt.team->seats.size() && index < dealt.items.size(); ++index) {
            const ConnectionId connection = dealt.team->seats[index].connection;
            if (connection == 0) continue;
            desk_.send(connection, "new_question",
                       wire::new_question(dealt.round, dealt.number, dealt.items[index]));
        }
    }

    void operator()(const seats::AnswerTaken& taken) {
        const Fields object =
            wire::answer_confirmed(taken.answer.round, taken.answer.item, taken.answer.answer);
        if (taken.connection == decision_.connection) outcome("answer_confirmed", object);
        desk_.send(taken.connection, "answer_confirmed", object);
        if (taken.repeated) return;
        desk_.metrics_.answer_taken();
        desk_.board_.count_answer();
        desk_.outbox_.put(
            Broadcast{Room::hosts, packet("new_answer_for_dashboard", wire::new_answer(taken))});
    }

    void operator()(const seats::RoundComplete& complete) {
        desk_.metrics_.round_completed();
        desk_.send_to_team(*complete.team, "round_complete",
                           wire::round_complete(complete.team->name, complete.number), {});
    }

    void operator()(const seats::GameChanged& changed) {
        desk_.board_.put(changed.game);
        const auto everybody = [this](std::string_view event, const Fields& object) {
            desk_.outbox_.put(Broadcast{Room::everybody, packet(event, object)});
        };
        const auto hosts = [this](std::string_view event) {
            desk_.outbox_.put(Broadcast{Room::hosts, packet(event, Fields())});
        };
        const bool started = changed.game.started;
        switch (changed.what) {
            case seats::GameEvent::started:
                everybody("game_start", {{"game_started", started}});
                everybody("game_state_changed", {{"game_started", started}});
                hosts("game_started");
                break;
            case seats::GameEvent::paused:
            case seats::GameEvent::resumed:
                everybody("game_state_update", {{"paused", changed.game.paused}});
                break;
            case seats::GameEvent::reset:
                desk_.board_.clear_rounds();
                everybody("game_reset", Fields());
                everybody("game_state_changed", {{"game_started", started}});
                hosts("game_reset_complete");
                break;
            case seats::GameEvent::mode_changed:
                everybody("game_mode_changed", {{"mode", to_string(changed.game.mode)}});
                break;
            case seats::GameEvent::grace_set:
                everybody("game_grace_changed", {{"grace_seconds", changed.game.grace_seconds},
                                                 {"message", wire::grace_words(changed.game)}});
                break;
        }
        game_changed_ = true;
        outcome("", {{"game_started", started},
                     {"paused", changed.game.paused},
                     {"mode", to_string(changed.game.mode)},
                     {"grace_seconds", changed.game.grace_seconds}});
        if (changed.what == seats::GameEvent::grace_set) {
            outcome_.add("message", wire::grace_words(changed.game));
        }
    }

    /// Players whom it concerns hear it in words; the one who was moved has heard it with the new seat.
    void operator()(const seats::HostActed& acted) {
        if (acted.host == decision_.connection) outcome("host_acted", wire::host_acted(acted));
        if (acted.repeated) return;
        const auto what = wire::to_string(acted.what);
        desk_.send_to_team(*acted.team, "host_notice", wire::host_notice(what, wire::partner_words(acted)),
                           told_);
        if (acted.from_team && acted.from != acted.team->id) {
            desk_.send_to_team(*acted.from_team, "host_notice",
                               wire::host_notice(what, wire::old_partner_words(acted)), {});
        }
    }

    void operator()(const seats::Introduced& introduced) {
        const bool stable =
            desk_.stable_ || (desk_.holders_ != nullptr && desk_.holders_->has(introduced.device));
        Fields fields{{"game_started", introduced.game.started},
                      {"game_mode", to_string(introduced.game.mode)},
                      {"connection_stable", stable},
                      {"seats_per_team", desk_.settings_.seats_per_team},
                      {"grace_seconds", introduced.game.grace_seconds},
                      {"server_id", desk_.settings_.server_id}};
        if (!stable) {
            fields.add("retry_after_ms", with_jitter(desk_.retry_after_, desk_.jitter_).count());
        }
        // The list is text already, and the longest part by far.
        std::string text = "{\"available_teams\":" + desk_.board_.available_teams(now_);
        text += ',';
        text += std::string_view(fields.text()).substr(1);
        Delivery delivery;
        delivery.connection = introduced.connection;
        delivery.packets.add_text("connection_established", text);
        desk_.outbox_.put(std::move(delivery));
    }

    void operator()(const seats::ReconnectableListed& listed) {
        const Fields object = wire::reconnectable_teams(listed);
        if (listed.connection == decision_.connection) outcome("reconnectable_teams", object);
        desk_.send(listed.connection, "reconnectable_teams", object);
    }

    void operator()(const seats::MoveOffered& offered) {
        const Fields object = wire::move_code(offered);
        if (offered.connection == decision_.connection) outcome("move_code", object);
        desk_.send(offered.connection, "move_code", object);
    }

    void operator()(const seats::SeatAsked& asked) {
        const Fields object = wire::seat_asked(asked);
        if (asked.connection == decision_.connection) outcome("seat_asked", object);
        desk_.send(asked.connection, "seat_asked", object);
    }

    void operator()(const seats::RequestOver& over) {
        desk_.send(over.connection, "error", wire::error(refused(over.reason)));
    }

    void operator()(const seats::SeatReserved& reserved) {
        // Partners see whom the seat is kept for.
        news_.insert(reserved.team->id);
        if (!reserved.code.empty() && reserved.host == decision_.connection)
            outcome("seat_reserved", wire::seat_reserved(reserved));
    }

    void operator()(const seats::ClaimsChanged& changed) { desk_.claims_.put(changed.claims); }

    void operator()(const seats::TokenCounted& counted) {
        desk_.metrics_.token(counted.what, counted.reason);
    }

    /// What remains when all effects are carried out: the hosts' view of the game, and the ack.
    void finish() {
        // Without effects nothing was to be done, as when the game is started that runs.
        const auto action = host_action_of(decision_.kind, game_.paused);
        if (action && !decision_.repeated && !decision_.effects.empty()) desk_.metrics_.host_acted(*action);
        if (game_changed_) desk_.board_.announce_game(now_);
        for (const ConnectionId connection : back_in_lobby_) {
            Delivery delivery;
            delivery.connection = connection;
            delivery.shared_packet = desk_.board_.lobby_packet(now_);
            desk_.outbox_.put(std::move(delivery));
        }
        if (decision_.ticket == 0) return;
        Delivery delivery;
        delivery.connection = decision_.connection;
        delivery.ticket = decision_.ticket;
        delivery.ack = outcome_.add("ok", true).text();
        desk_.outbox_.put(std::move(delivery));
    }

  private:
    /// Whether the seat fell away just now and nobody is to miss its player yet, or is back from that.
    [[nodiscard]] bool is_kept_quiet(const seats::SeatChanged& changed) {
        const QuietDrops::Drop drop{changed.team->id, changed.slot};
        if (changed.to == seats::SeatState::away) {
            // After a restart nobody is there to be told.
            const bool lost = changed.from == seats::SeatState::connected &&
                              changed.reason != to_string(seats::AwayCause::server_restart);
            return lost && desk_.quiet_drops_.keep_quiet(drop, now_);
        }
        if (!desk_.quiet_drops_.end(drop) || changed.to != seats::SeatState::connected) return false;
        desk_.metrics_.drop_kept_quiet();
        return true;
    }
    void outcome(std::string_view event, const Fields& object) {
        outcome_ = object;
        if (!event.empty()) outcome_.add("event", event);
    }

    Desk& desk_;
    const seats::Decision& decision_;
    Instant now_;
    seats::GameView game_;
    std::set<ConnectionId> told_;
    std::vector<ConnectionId> back_in_lobby_;
    std::set<seats::TeamId> holds_changed_;  ///< teams with a seat that is held for longer
    std::set<seats::TeamId> news_;  ///< teams of which more has changed than a drop that is kept quiet
    Fields outcome_;
    bool game_changed_ = false;
};

Desk::Desk(DeskSettings settings, Outbox& outbox, Board& board, Metrics& metrics, Log& log,
           const Clock& clock)
    : settings_(std::move(settings)),
      outbox_(outbox),
      board_(board),
      metrics_(metrics),
      log_(log),
      clock_(clock),
      quiet_drops_(settings_.quiet_drop_time),
      claims_(board_, metrics_, clock_) {}

void Desk::send(ConnectionId connection, std::string_view event, const Fields& object) {
    Delivery delivery;
    delivery.connection = connection;
    delivery.packets.add(event, object);
    outbox_.put(std::move(delivery));
}

void Desk::send_to_team(const seats::TeamView& team, std::string_view event, const Fields& object,
                        const std::set<ConnectionId>& except) {
    for (const seats::SeatView& seat : team.seats) {
        if (seat.connection == 0 || except.contains(seat.connection)) continue;
        Delivery delivery;
        delivery.connection = seat.connection;
        delivery.packets.add(event, object);
        outbox_.put(std::move(delivery));
    }
}

void Desk::tell_drops(const seats::TeamView& team, const std::vector<seats::Slot>& slots) {
    for (const seats::Slot slot : slots)
        send_to_team(team, "player_left", wire::player_left(slot, seats::SeatFreed::none), {});
}

void Desk::on_interval(Instant now) {
    claims_.on_interval(outbox_, now);
    for (const QuietDrops::Drop& drop : quiet_drops_.take_due(now)) {
        const auto team = board_.view(drop.team);
        if (!team) continue;
        tell_drops(*team, {drop.slot});
        send_to_team(*team, "team_status_update", wire::team_status_update(*team, board_.game(), false), {});
    }
}

void Desk::refuse(const seats::Decision& decision) {
    const seats::Refusal code = *decision.refusal;
    Fields error = wire::error(refused(code));
    if (decision.kind == seats::CommandKind::reconnect_with_token) metrics_.resume_refused(code);
    metrics_.event_refused(code);
    Delivery delivery;
    delivery.connection = decision.connection;
    delivery.wrong_token = code == seats::Refusal::token_unknown || code == seats::Refusal::token_retired ||
                           code == seats::Refusal::move_code_unknown;
    if (!is_silent(decision.kind)) delivery.packets.add("error", error);
    delivery.ticket = decision.ticket;
    if (decision.ticket != 0) delivery.ack = error.add("ok", false).text();
    if (delivery.packets.empty() && delivery.ticket == 0) return;
    outbox_.put(std::move(delivery));
}

void Desk::carry_out(const seats::Decision& decision) {
    Visitor visitor(*this, decision);
    for (const seats::Effect& effect : decision.effects)
        std::visit(visitor, effect);
    if (decision.refusal) {
        refuse(decision);
    } else {
        visitor.finish();
    }
}

/// `text`: an object with fields in it; "" without a ticket.
void Desk::answer_host(ConnectionId connection, std::uint64_t ticket, Picture picture,
                       std::string_view text) {
    Delivery delivery;
    delivery.connection = connection;
    delivery.picture = std::move(picture);
    delivery.ticket = ticket;
    if (ticket != 0) {
        delivery.ack = text.substr(0, text.size() - 1);
        delivery.ack += ",\"ok\":true}";
    }
    outbox_.put(std::move(delivery));
}

void Desk::join_dashboard(ConnectionId connection, std::uint64_t ticket, bool streaming) {
    const Instant now = clock_.now();
    answer_host(connection, ticket, board_.dashboard_picture(streaming, now),
                ticket == 0 ? "" : board_.dashboard(streaming, now));
    Delivery delivery;
    delivery.connection = connection;
    delivery.picture = claims_.picture();
    outbox_.put(std::move(delivery));
}

void Desk::send_teams(ConnectionId connection, std::uint64_t ticket, bool streaming) {
    const Instant now = clock_.now();
    answer_host(connection, ticket, board_.changes_picture(streaming, now),
                ticket == 0 ? "" : board_.changes(streaming, now));
}

}  // namespace holdfast::server
