// A dead phone: its player asks for the seat from a new one, and the host says yes or no.
#include <utility>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"
#include "holdfast/seats/team_name.hpp"

namespace holdfast::seats {
namespace {

/// Whole numbers up to this one survive JavaScript.
constexpr std::uint64_t largest_request_id = 9'007'199'254'740'991;

std::uint64_t epoch_of(const Team& team, Slot slot) {
    return team.seat(slot).epoch + team.live_seat(slot).unwritten_epochs;
}

}  // namespace

SeatRequests& House::State::edit_requests() {
    remember_claims();
    auto copy = std::make_shared<SeatRequests>(*claims.requests);
    auto& edited = *copy;
    claims.requests = std::move(copy);
    return edited;
}

void House::State::remember_claims() {
    if (!undo.claims) undo.claims = std::make_unique<Claims>(claims);
}

/// Only a seat that waits for somebody, its player or the one it is kept for: everybody may see which those
/// are, so that nobody learns anything by asking, and nobody can make the host throw out somebody who is
/// there.
bool House::State::may_be_asked_for(const Team& team, Slot slot) const {
    return team.state(slot) == SeatState::away || claims.reservations->waits(team.record.id, slot);
}

bool House::State::still_stands(const SeatRequest& request) {
    if (request.until <= uptime) return false;
    if (request.connection == 0 && request.absent_until <= uptime) return false;
    if (seat_of(request.connection)) return false;
    const auto* team = find_team(request.team);
    return team != nullptr && request.slot <= team->seat_count() && may_be_asked_for(*team, request.slot) &&
           epoch_of(*team, request.slot) == request.epoch;
}

void House::State::end_request(const SeatRequest& request, std::optional<Refusal> reason) {
    // A copy: what `request` refers to goes with the edit.
    const auto connection = request.connection;
    const auto id = request.id;
    edit_requests().remove(id);
    if (reason && connection != 0 && !seat_of(connection)) emit(0, RequestOver{connection, *reason});
}

void House::State::end_stale_requests() {
    const auto looked_at = claims.requests;
    for (const auto& request : looked_at->open()) {
        if (!still_stands(request)) end_request(request, Refusal::request_over);
    }
}

/// The page may come back in a moment, with the same cookie, and ask again: then it is the same request.
void House::State::asker_lost(ConnectionId connection) {
    const auto looked_at = claims.requests;
    for (auto request : looked_at->open()) {
        if (request.connection != connection) continue;
        request.connection = 0;
        request.absent_until = uptime + limits::seat_request_absence;
        edit_requests().replace(request);
    }
}

Outcome House::State::handle(const Command& command, const AskForSeat& body) {
    if (seat_of(command.connection)) return Refusal::already_seated;
    const auto team_name = normalise_team_name(body.team_name);
    if (!team_name) return team_name.error();
    auto name = normalise_team_name(body.name);
    if (!name) return name.error();
    const auto* team = find_team_by_key(team_name->key);
    if (team == nullptr) return Refusal::team_unknown;
    if (body.slot < 1 || body.slot > team->seat_count()) return Refusal::bad_request;
    const bool is_theirs = command.device != DeviceId{} && team->state(body.slot) != SeatState::vacant &&
                           team->seat(body.slot).device == command.device;
    if (is_theirs) {
        // Given to them already, and the news of it got lost; or the phone was not dead after all.
        if (const auto* request = claims.requests->made_by(command.device, command.connection))
            end_request(*request, std::nullopt);
        resume(edit(team->record.id), body.slot, command, {.way = ResumeWay::device});
        return std::nullopt;
    }
    if (!may_be_asked_for(*team, body.slot)) return Refusal::seat_not_waiting;

    const auto looked_at = claims.requests;
    const auto* before = looked_at->made_by(command.device, command.connection);
    const auto other_tab = before == nullptr ? 0 : before->connection;
    const bool is_the_same = before != nullptr && before->team == team->record.id &&
                             before->slot == body.slot && before->name == name->shown &&
                             still_stands(*before);
    SeatRequest request;
    if (is_the_same) request = *before;
    request.connection = command.connection;
    request.page = command.page;
    if (is_the_same) {
        if (request != *before) edit_requests().replace(request);
    } else {
        if (!looked_at->has_room_for(command.device, command.connection, body.address, uptime)) {
            return Refusal::too_many_requests;
        }
        request.id = 1 + random.below(largest_request_id);
        request.device = command.device;
        request.address = body.address;
        request.team = team->record.id;
        request.slot = body.slot;
        request.epoch = epoch_of(*team, body.slot);
        request.name = std::move(name->shown);
        request.asked_at = now.wall;
        request.until = uptime + limits::seat_request_life;
        edit_requests().add(request, uptime);
    }
    if (other_tab != 0 && other_tab != command.connection) {
        emit(0, RequestOver{other_tab, Refusal::request_over});
    }
    const auto left = Milliseconds{request.until.milliseconds - uptime.milliseconds};
    emit(request.team, SeatAsked{command.connection, nullptr, request.slot, request.name,
                                 std::chrono::duration_cast<std::chrono::seconds>(left).count()});
    return std::nullopt;
}

Outcome House::State::handle(const Command& command, const StopAsking& /*body*/) {
    const auto looked_at = claims.requests;
    const auto* request = looked_at->made_by(command.device, command.connection);
    if (request != nullptr) {
        end_request(*request, request->connection == command.connection
                                  ? std::nullopt
                                  : std::optional(Refusal::request_over));
    }
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const ApproveRequest& body) {
    const auto looked_at = claims.requests;
    const auto* request = looked_at->find(body.request);
    if (request == nullptr || !still_stands(*request)) return Refusal::request_over;
    if (request->connection == 0) return Refusal::asker_absent;
    end_request(*request, std::nullopt);
    Command on_its_behalf;
    on_its_behalf.connection = request->connection;
    on_its_behalf.device = request->device;
    on_its_behalf.page = request->page;
    if (claims.reservations->waits(request->team, request->slot)) {
        take_reserved_seat(request->team, request->slot, on_its_behalf);
    } else {
        move_seat(edit(request->team), request->slot, on_its_behalf, ResumeWay::request);
    }
    remember_as(request->team, request->slot);
    end_stale_requests();
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const RefuseRequest& body) {
    const auto looked_at = claims.requests;
    const auto* request = looked_at->find(body.request);
    if (request == nullptr || !still_stands(*request)) return Refusal::request_over;
    end_request(*request, Refusal::request_refused);
    journal(request->team, request->slot, "request_refused", "host",
            teams.at(request->team).seat(request->slot).epoch);
    remember_as(request->team, request->slot);
    return std::nullopt;
}

}  // namespace holdfast::seats
