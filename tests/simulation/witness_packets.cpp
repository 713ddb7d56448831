// What anybody is told, compared with the books.
#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <set>

#include "holdfast/server/front.hpp"
#include "host_deeds.hpp"
#include "refusals.hpp"
#include "witness.hpp"

namespace holdfast::simulation {

namespace json = boost::json;
using namespace seats;

namespace {

std::uint64_t number(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_number()) return 0;
    return value->to_number<std::uint64_t>();
}

std::string_view text(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                  : std::string_view();
}

bool is_true(const json::object& object, const char* name) {
    const auto* value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

/// What has to be alike in two answers to one operation.
std::string essence_of(const json::object& answer) {
    std::string essence;
    for (const char* field : {"team_id", "player_slot", "round_id", "item", "answer"}) {
        const auto* value = answer.if_contains(field);
        essence += std::string(field) + "=" + (value == nullptr ? "none" : json::serialize(*value)) + " ";
    }
    return essence;
}

}  // namespace

void Witness::told(const server::Delivery& delivery) {
    delivery.packets.for_each([&](std::string_view packet) { compare(delivery.connection, packet); });
    compare(delivery.connection, delivery.shared_packet);
    if (delivery.picture.packet) compare(delivery.connection, delivery.picture.packet);
    if (resumed_ && delivery.connection == resumed_->connection && delivery.seated == true)
        compare_snapshot(delivery);
    if (delivery.ticket == 0) return;
    const auto found = tickets_.find({server::thread_of(delivery.connection), delivery.ticket});
    if (found == tickets_.end()) return;  // The connection is gone.
    const auto [connection, by] = found->second;
    tickets_.erase(found);
    if (connection != delivery.connection) {
        judge_.violated(Invariant::every_command_is_answered,
                        "an ack goes to another connection than has asked");
    }
    boost::system::error_code error;
    const auto value = json::parse(delivery.ack, error);
    if (error || !value.is_object()) {
        judge_.violated(Invariant::the_process_lives,
                        "an ack is not as the contract has it: " + delivery.ack);
        return;
    }
    const json::object& ack = value.get_object();
    if (!is_true(ack, "ok")) return look_at_refusal(ack);
    if (const auto event = text(ack, "event"); !event.empty()) compare(connection, event, ack);
    if (by.op.empty() || by.device == DeviceId{} || store_down_) return;
    const bool is_kept = is_host_deed(by.kind) || (by.kind <= CommandKind::release_seat &&
                                                   by.kind != CommandKind::reconnect_with_token);
    if (!is_kept) return;
    const Books::OperationKey key{by.device, by.op};
    if (!truth_.operations.contains(key)) {
        judge_.violated(Invariant::told_only_what_is_on_disk,
                        "an operation is acknowledged that the disk does not know");
    }
    const auto [outcome, is_first] = outcomes_.emplace(key, essence_of(ack));
    if (!is_first && outcome->second != essence_of(ack)) {
        judge_.violated(Invariant::an_operation_has_one_effect,
                        "one operation was answered with " + outcome->second + "and with " + essence_of(ack));
    }
}

void Witness::told(const server::Broadcast& broadcast) {
    compare(0, broadcast.packet);
}

void Witness::compare(ConnectionId connection, const engineio::MessagePointer& packet) {
    if (packet) compare(connection, packet->text());
}

void Witness::compare(ConnectionId connection, std::string_view text_of_packet) {
    boost::system::error_code error;
    const auto value =
        json::parse(json::string_view(text_of_packet.data() + 1, text_of_packet.size() - 1), error);
    const auto* array = value.if_array();
    if (error || array == nullptr || array->size() < 2 || !array->at(0).is_string() ||
        !array->at(1).is_object()) {
        judge_.violated(Invariant::the_process_lives,
                        "a packet is not as the contract has it: " + std::string(text_of_packet));
        return;
    }
    const auto event = std::string_view(array->at(0).get_string());
    if ((event != "reconnection_token" && text_of_packet.find("\"token\":") != std::string_view::npos) ||
        (event != "reconnectable_teams" &&
         text_of_packet.find("\"reconnection_token\":") != std::string_view::npos)) {
        judge_.violated(Invariant::a_token_reaches_only_its_player, "a token in " + std::string(event));
    }
    compare(connection, event, array->at(1).get_object());
}

void Witness::not_on_disk(std::string_view event, const std::string& what) {
    judge_.violated(Invariant::told_only_what_is_on_disk, std::string(event) + ": " + what);
}

void Witness::compare_seats(const TeamRecord& team, const json::array& rows) {
    for (std::size_t index = 0; index < team.seats.size() && index < rows.size(); ++index) {
        const auto shown = text(rows[index].get_object(), "state");
        const auto state = team.seats[index].state;
        // Without the disk people come and go, and only who has a seat stays as it is.
        const bool is_right =
            store_down_ ? (shown == "vacant") == (state == SeatState::vacant) : shown == to_string(state);
        if (!is_right) {
            not_on_disk("seats of " + team.name,
                        "shown as " + std::string(shown) + ", on disk " + std::string(to_string(state)));
        }
    }
}

void Witness::compare(ConnectionId connection, std::string_view event, const Object& said) {
    const auto own = seat_of(connection);
    const auto* own_team = own ? truth_.team(own->first) : nullptr;
    const auto compare_game = [&](const char* field, const json::value& on_disk) {
        if (const auto* found = said.if_contains(field); found != nullptr && *found != on_disk) {
            not_on_disk(event, std::string(field) + " is told as " + json::serialize(*found));
        }
    };
    if (event.starts_with("game_") || event == "connection_established" || event == "team_status_update" ||
        event == "teams_updated" || event == "team_joined" || event == "team_created") {
        compare_game("game_started", truth_.game.started);
        compare_game("paused", truth_.game.paused);
        compare_game("mode", json::value(to_string(truth_.game.mode)));
        compare_game("game_mode", json::value(to_string(truth_.game.mode)));
    }
    compare_game("grace_seconds", grace().count() / 1000);
    if (event == "error" || event == "taken_over") look_at_refusal(said);
    if (event == "taken_over" && own) {
        judge_.violated(Invariant::one_live_connection_a_seat,
                        "a connection is told that it lost the seat it has");
    }
    if (event == "team_created" || event == "team_joined") {
        const SeatKey key{number(said, "team_id"), static_cast<Slot>(number(said, "player_slot"))};
        const auto* team = truth_.team(key.first);
        if (own != key || team == nullptr || team->seats[key.second - 1U].state == SeatState::vacant) {
            return not_on_disk(event, "the connection has no such seat");
        }
        compare_seats(*team, said.at("seats").as_array());
    } else if (event == "reconnection_token") {
        const auto issued = issued_.find(text(said, "token"));
        if (!own || issued == issued_.end() || issued->second.seat != *own) {
            judge_.violated(Invariant::a_token_reaches_only_its_player,
                            "a token goes to a connection without its seat");
        }
    } else if (event == "left_team_success") {
        if (own) not_on_disk(event, "the connection still has its seat");
    } else if (event == "new_question") {
        if (own_team == nullptr || !own_team->round || own_team->round->id != number(said, "round_id") ||
            own_team->round->number != number(said, "round_number") ||
            text(said, "item") != std::string(1, own_team->round->items.at(own->second - 1U))) {
            not_on_disk(event, "another round is on the disk");
        }
    } else if (event == "answer_confirmed") {
        const auto round = number(said, "round_id");
        const bool is_there = std::any_of(given_.begin(), given_.end(), [&](const auto& one) {
            return one.second.round == round && one.second.answer == is_true(said, "answer") &&
                   text(said, "item") == std::string(1, one.second.item);
        });
        if (!is_there) not_on_disk(event, "no such answer to round " + std::to_string(round));
    } else if (event == "new_answer_for_dashboard") {
        const auto found = std::any_of(truth_.answers.begin(), truth_.answers.end(), [&](const auto& one) {
            return one.second.round == number(said, "question_round_id") &&
                   one.second.team == number(said, "team_id") &&
                   one.second.answer == is_true(said, "response_value");
        });
        if (!found) not_on_disk(event, "no such answer");
    } else if (event == "team_status_update") {
        const auto* team = truth_.team_named(text(said, "team_name"));
        if (team == nullptr) return not_on_disk(event, "no such team");
        compare_seats(*team, said.at("seats").as_array());
    } else if (event == "round_complete") {
        const auto* team = truth_.team_named(text(said, "team_name"));
        const bool is_there =
            team != nullptr && std::any_of(truth_.rounds.begin(), truth_.rounds.end(), [&](const auto& one) {
                return one.second.team == team->id && one.second.round.number == number(said, "round_number");
            });
        if (!is_there) not_on_disk(event, "no such round in the history");
    } else if (event == "player_left") {
        if (own_team == nullptr || store_down_) return;
        const auto state = own_team->seats.at(number(said, "player_slot") - 1).state;
        if (state != (is_true(said, "for_good") ? SeatState::vacant : SeatState::away)) {
            not_on_disk(event, "the partner's seat is " + std::string(to_string(state)));
        }
    } else if (event == "teams_updated" || event == "connection_established") {
        const auto* rows = said.if_contains(event == "teams_updated" ? "teams" : "available_teams");
        std::map<TeamId, bool> shown;
        for (const auto& row : rows->as_array())
            shown[number(row.get_object(), "team_id")] = is_true(row.get_object(), "is_active");
        std::map<TeamId, bool> open;
        for (const auto& [id, team] : truth_.teams) {
            bool is_open = false;
            for (std::size_t index = 0; index < team.seats.size(); ++index) {
                is_open = is_open || (team.seats[index].state == SeatState::vacant &&
                                      !truth_.waits_for_somebody(id, static_cast<Slot>(index + 1)));
            }
            if (is_open || !team.active) open[id] = team.active;
        }
        if (shown != open) not_on_disk(event, "the list of teams is another one");
    } else if (event == "dashboard_update" || event == "team_status_changed_for_dashboard") {
        if (said.contains("total_answers_count") &&
            number(said, "total_answers_count") != truth_.answers.size()) {
            not_on_disk(event, "another number of answers");
        }
        for (const auto& row : said.at("teams").as_array()) {
            const auto* team = truth_.team(number(row.get_object(), "team_id"));
            if (team == nullptr) return not_on_disk(event, "no such team");
            if (is_true(row.get_object(), "is_active") != team->active ||
                number(row.get_object(), "current_round_number") != team->rounds_dealt) {
                not_on_disk(event, "team " + team->name + " is shown differently");
            }
        }
    } else if (event == "seat_claims") {
        std::set<std::uint64_t> bans;
        for (const auto& [device, ban] : truth_.bans)
            bans.insert(ban.id);
        for (const auto& row : said.at("bans").as_array()) {
            if (bans.erase(number(row.get_object(), "ban_id")) == 0) not_on_disk(event, "no such ban");
        }
        if (!bans.empty()) not_on_disk(event, "a ban is missing");
        std::set<SeatKey> kept;
        for (const auto& [key, reservation] : truth_.reservations) {
            if (!reservation.used) kept.insert(key);
        }
        for (const auto& row : said.at("reservations").as_array()) {
            const SeatKey key{number(row.get_object(), "team_id"),
                              static_cast<Slot>(number(row.get_object(), "player_slot"))};
            if (kept.erase(key) == 0) not_on_disk(event, "no such seat is kept");
        }
        if (!kept.empty()) not_on_disk(event, "a kept seat is missing");
    } else if (event == "reconnectable_teams") {
        for (const auto& row : said.at("teams").as_array()) {
            const auto* team = truth_.team(number(row.get_object(), "team_id"));
            const auto slot = number(row.get_object(), "player_slot");
            if (team == nullptr || team->seats.at(slot - 1).state == SeatState::vacant) {
                not_on_disk(event, "a seat that nobody has is listed");
            }
        }
    }
}

/// A resume: everything that the player needs is in this one delivery, and it is how things stand.
void Witness::compare_snapshot(const server::Delivery& delivery) {
    const Seated seated = *std::exchange(resumed_, std::nullopt);
    const auto* team = truth_.team(seated.team->id);
    const auto incomplete = [&](const std::string& what) {
        judge_.violated(Invariant::a_snapshot_is_complete, "the resume of team " +
                                                               std::to_string(seated.team->id) + " slot " +
                                                               std::to_string(seated.slot) + " " + what);
    };
    if (team == nullptr) return incomplete("is of a team that is not there");
    std::map<std::string, json::object, std::less<>> said;
    delivery.packets.for_each([&](std::string_view packet) {
        const auto value = json::parse(json::string_view(packet.data() + 1, packet.size() - 1));
        said[std::string(value.at(0).as_string())] = value.at(1).as_object();
    });
    const auto joined = said.find("team_joined");
    if (joined == said.end() || !is_true(joined->second, "is_reconnection"))
        return incomplete("does not say so");
    if (!said.contains("team_status_update")) return incomplete("does not tell of the partners");
    if (said.contains("reconnection_token") == store_down_) {
        return incomplete(store_down_ ? "has a token that is not on the disk" : "has no token");
    }
    // A round that this seat has just made possible is told by the round itself.
    const bool has_round = seated.round.has_value();
    if (said.contains("new_question") != has_round) return incomplete("and its question");
    if (!has_round && team->round && store_down_) return incomplete("lacks the running round");
    if (has_round) {
        if (!team->round || team->round->id != seated.round->id) return incomplete("has another round");
        const auto& answer = team->round->answers.at(seated.slot - 1U);
        const auto confirmed = said.find("answer_confirmed");
        if (answer.has_value() != (confirmed != said.end())) return incomplete("and its own answer");
        if (answer && is_true(confirmed->second, "answer") != *answer)
            return incomplete("has another answer");
    }
    const auto state = said.find("game_state_update");
    const bool told_of_pause = state != said.end() && is_true(state->second, "paused");
    if (told_of_pause != truth_.game.paused) return incomplete("and the pause");
}

void Witness::look_at_refusal(const Object& said) {
    if (const auto fault = fault_of_refusal(text(said, "code"), text(said, "message")); !fault.empty()) {
        judge_.violated(Invariant::refusals_have_code_and_sentence, fault);
    }
}

}  // namespace holdfast::simulation
