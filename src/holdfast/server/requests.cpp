#include "holdfast/server/requests.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "holdfast/base/limits.hpp"

namespace holdfast::server {

namespace {

namespace json = boost::json;
using seats::CommandBody;
using seats::Refusal;

Refused bad_request(std::string message) {
    return {Refusal::bad_request, std::move(message), Milliseconds{0}};
}

/// The event's one object. Events without required fields may come without it.
class Fields {
  public:
    explicit Fields(const json::array& arguments) {
        if (!arguments.empty()) object_ = arguments.front().if_object();
    }

    [[nodiscard]] const json::value* find(std::string_view name) const {
        return object_ == nullptr ? nullptr : object_->if_contains(name);
    }

    [[nodiscard]] Result<std::string, Refused> text(std::string_view name) const {
        const json::value* value = find(name);
        if (value == nullptr || !value->is_string()) {
            return failure(bad_request("Please send an object with " + std::string(name) + " as a text."));
        }
        return std::string(value->get_string());
    }

    [[nodiscard]] Result<bool, Refused> truth(std::string_view name) const {
        const json::value* value = find(name);
        if (value == nullptr || !value->is_bool()) {
            return failure(
                bad_request("Please send an object with " + std::string(name) + " as true or false."));
        }
        return value->get_bool();
    }

    /// A whole number of at least 0; JavaScript may send it as 7 or as 7.0.
    [[nodiscard]] Result<std::uint64_t, Refused> number(std::string_view name) const {
        const json::value* value = find(name);
        if (value != nullptr) {
            if (const auto* whole = value->if_int64(); whole != nullptr && *whole >= 0) {
                return static_cast<std::uint64_t>(*whole);
            }
            if (const auto* large = value->if_uint64()) return *large;
            if (const auto* real = value->if_double();
                real != nullptr && *real >= 0 && *real <= 9007199254740991.0 && std::trunc(*real) == *real) {
                return static_cast<std::uint64_t>(*real);
            }
        }
        return failure(
            bad_request("Please send an object with " + std::string(name) + " as a whole number."));
    }

    [[nodiscard]] Result<seats::Slot, Refused> slot() const {
        const auto slot = number("player_slot");
        if (!slot) return failure(slot.error());
        if (*slot < 1 || *slot > static_cast<std::uint64_t>(limits::seats_per_team_most)) {
            return failure(bad_request("Please send player_slot as the number of a seat, counted from 1."));
        }
        return static_cast<seats::Slot>(*slot);
    }

    /// An operation id is optional, but not of any form.
    [[nodiscard]] Result<std::string, Refused> operation() const {
        const json::value* value = find("op");
        if (value == nullptr || value->is_null()) return std::string();
        if (!value->is_string() || value->get_string().empty() ||
            value->get_string().size() > limits::operation_id_bytes) {
            return failure(bad_request("Please send op as a text of 1 to 64 characters, or leave it out."));
        }
        return std::string(value->get_string());
    }

  private:
    const json::object* object_ = nullptr;
};

using Read = Result<CommandBody, Refused>;

template <typename Command>
Read with_team_name(const Fields& fields) {
    auto name = fields.text("team_name");
    if (!name) return failure(name.error());
    return CommandBody{Command{std::move(*name)}};
}

template <typename Command>
Read without_fields(const Fields& /*fields*/) {
    return CommandBody{Command{}};
}

Read read_token(const Fields& fields) {
    auto token = fields.text("token");
    if (!token) {
        // Not the usual sentence: with the word in it existing clients would drop what they have.
        return failure(bad_request("Please send an object with the text that came with your seat."));
    }
    seats::ReconnectWithToken reconnect{std::move(*token)};
    if (const auto* given = fields.find("stand_back"); given != nullptr && !given->is_null()) {
        if (!given->is_bool()) {
            return failure(bad_request("Please send stand_back as true or false, or leave it out."));
        }
        reconnect.stands_back = given->get_bool();
    }
    return CommandBody{std::move(reconnect)};
}

Read read_confirmation(const Fields& fields) {
    auto token = fields.text("token");
    if (!token) return failure(bad_request("Please send an object with the text that came with your seat."));
    return CommandBody{seats::ConfirmToken{std::move(*token)}};
}

Read read_move(const Fields& fields) {
    auto code = fields.text("code");
    if (!code) return failure(code.error());
    return CommandBody{seats::MoveHere{std::move(*code)}};
}

Read read_asking(const Fields& fields) {
    auto team = fields.text("team_name");
    if (!team) return failure(team.error());
    const auto slot = fields.slot();
    if (!slot) return failure(slot.error());
    auto name = fields.text("name");
    if (!name) return failure(name.error());
    return CommandBody{seats::AskForSeat{std::move(*team), *slot, std::move(*name), {}}};
}

template <typename Command>
Read with_request(const Fields& fields) {
    const auto request = fields.number("request_id");
    if (!request) return failure(request.error());
    return CommandBody{Command{*request}};
}

Read read_answer(const Fields& fields) {
    const auto round = fields.number("round_id");
    if (!round) return failure(round.error());
    const auto item = fields.text("item");
    if (!item) return failure(item.error());
    if (item->size() != 1) return failure(bad_request("Please send item as the one letter you were asked."));
    const auto answer = fields.truth("answer");
    if (!answer) return failure(answer.error());
    return CommandBody{seats::SubmitAnswer{*round, item->front(), *answer}};
}

template <typename Command>
Read with_seat(const Fields& fields) {
    const auto team = fields.number("team_id");
    if (!team) return failure(team.error());
    const auto slot = fields.slot();
    if (!slot) return failure(slot.error());
    return CommandBody{Command{*team, *slot}};
}

Read read_reserving(const Fields& fields) {
    auto team = fields.text("team_name");
    if (!team) return failure(team.error());
    auto name = fields.text("name");
    if (!name) return failure(name.error());
    seats::ReserveSeat reserve{std::move(*team), 0, std::move(*name)};
    if (fields.find("player_slot") != nullptr) {
        const auto slot = fields.slot();
        if (!slot) return failure(slot.error());
        reserve.slot = *slot;
    }
    return CommandBody{std::move(reserve)};
}

Read read_lifting(const Fields& fields) {
    const auto ban = fields.number("ban_id");
    if (!ban) return failure(ban.error());
    return CommandBody{seats::LiftBan{*ban}};
}

Result<seats::Slot, Refused> read_slot(const Fields& fields, const std::string& name) {
    const auto slot = fields.number(name);
    if (!slot) return failure(slot.error());
    if (*slot < 1 || *slot > static_cast<std::uint64_t>(limits::seats_per_team_most)) {
        return failure(bad_request("Please send " + name + " as the number of a seat, counted from 1."));
    }
    return static_cast<seats::Slot>(*slot);
}

Read read_move_player(const Fields& fields) {
    const auto team = fields.number("team_id");
    if (!team) return failure(team.error());
    const auto slot = read_slot(fields, "player_slot");
    if (!slot) return failure(slot.error());
    const auto to_team = fields.number("to_team_id");
    if (!to_team) return failure(to_team.error());
    seats::MovePlayer move{*team, *slot, *to_team, 0};
    // Without it: any vacant seat.
    if (const auto* named = fields.find("to_player_slot"); named != nullptr && !named->is_null()) {
        const auto to_slot = read_slot(fields, "to_player_slot");
        if (!to_slot) return failure(to_slot.error());
        move.to_slot = *to_slot;
    }
    return CommandBody{move};
}

/// A time in whole seconds, within these bounds.
Result<Milliseconds, Refused> read_seconds(const Fields& fields, const std::string& name, Milliseconds least,
                                           Milliseconds most) {
    const auto in_seconds = [](Milliseconds span) { return static_cast<std::uint64_t>(span.count() / 1000); };
    const auto seconds = fields.number(name);
    if (seconds && *seconds >= in_seconds(least) && *seconds <= in_seconds(most)) {
        return Milliseconds{static_cast<std::int64_t>(*seconds) * 1000};
    }
    return failure(bad_request("Please send " + name + " as a whole number from " +
                               std::to_string(in_seconds(least)) + " to " + std::to_string(in_seconds(most)) +
                               "."));
}

Read read_extension(const Fields& fields) {
    const auto team = fields.number("team_id");
    if (!team) return failure(team.error());
    const auto slot = read_slot(fields, "player_slot");
    if (!slot) return failure(slot.error());
    const auto by = read_seconds(fields, "seconds", Milliseconds{1'000}, limits::hold_most);
    if (!by) return failure(by.error());
    return CommandBody{seats::ExtendHold{*team, *slot, *by}};
}

Read read_grace(const Fields& fields) {
    const auto* given = fields.find("grace_seconds");
    if (given != nullptr && given->is_null()) return CommandBody{seats::SetGrace{}};
    const auto grace = read_seconds(fields, "grace_seconds", limits::grace_least, limits::grace_most);
    if (!grace) return failure(grace.error());
    return CommandBody{seats::SetGrace{*grace}};
}

struct Reader {
    std::string_view event;
    Read (*read)(const Fields&);
    bool host_only;
};

constexpr Reader readers[] = {
    {"create_team", with_team_name<seats::CreateTeam>, false},
    {"join_team", with_team_name<seats::JoinTeam>, false},
    {"reactivate_team", with_team_name<seats::ReactivateTeam>, false},
    {"leave_team", without_fields<seats::LeaveTeam>, false},
    {"get_reconnectable_teams", without_fields<seats::ListReconnectable>, false},
    {"reconnect_with_token", read_token, false},
    {"confirm_token", read_confirmation, false},
    {"get_move_code", without_fields<seats::OfferMove>, false},
    {"move_seat", read_move, false},
    {"claim_seat", read_move, false},
    {"ask_for_seat", read_asking, false},
    {"stop_asking", without_fields<seats::StopAsking>, false},
    {"submit_answer", read_answer, false},
    {"start_game", without_fields<seats::StartGame>, true},
    {"pause_game", without_fields<seats::PauseGame>, true},
    {"restart_game", without_fields<seats::RestartGame>, true},
    {"toggle_game_mode", without_fields<seats::ToggleGameMode>, true},
    {"release_seat", with_seat<seats::ReleaseSeat>, true},
    {"ban_device", with_seat<seats::BanDevice>, true},
    {"lift_ban", read_lifting, true},
    {"reserve_seat", read_reserving, true},
    {"withdraw_reservation", with_seat<seats::WithdrawReservation>, true},
    {"approve_request", with_request<seats::ApproveRequest>, true},
    {"refuse_request", with_request<seats::RefuseRequest>, true},
    {"move_player", read_move_player, true},
    {"extend_hold", read_extension, true},
    {"set_grace", read_grace, true},
};

}  // namespace

Refused refused(Refusal code, Milliseconds retry_after) {
    return {code, std::string(sentence_of(code)), retry_after};
}

bool is_host_event(std::string_view event) {
    if (event == "dashboard_join" || event == "request_teams_update" || event == "set_teams_streaming" ||
        event == "keep_alive") {
        return true;
    }
    return std::any_of(std::begin(readers), std::end(readers),
                       [event](const Reader& reader) { return reader.host_only && reader.event == event; });
}

Result<Request, Refused> read_request(std::string_view event, const json::array& arguments) {
    const Fields fields(arguments);
    Request request;
    if (event == "keep_alive") {
        request.body = KeepAlive{};
        return request;
    }
    if (event == "dashboard_join" || event == "request_teams_update" || event == "set_teams_streaming") {
        if (event == "dashboard_join") request.body = DashboardJoin{};
        if (event == "request_teams_update") request.body = RequestTeamsUpdate{};
        if (event == "set_teams_streaming") {
            const auto enabled = fields.truth("enabled");
            if (!enabled) return failure(enabled.error());
            request.body = SetTeamsStreaming{*enabled};
        }
        return request;
    }
    for (const Reader& reader : readers) {
        if (reader.event != event) continue;
        auto body = reader.read(fields);
        if (!body) return failure(body.error());
        auto operation = fields.operation();
        if (!operation) return failure(operation.error());
        request.body = std::move(*body);
        request.op = std::move(*operation);
        return request;
    }
    return failure(refused(Refusal::unknown_event));
}

}  // namespace holdfast::server
