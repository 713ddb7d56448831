// Devices that the host has banned.
#include <utility>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {
namespace {

/// Whole numbers up to this one survive JavaScript.
constexpr std::uint64_t largest_ban_id = 9'007'199'254'740'991;

/// What leads to a seat.
bool is_barred(CommandKind kind) {
    switch (kind) {
        case CommandKind::create_team:
        case CommandKind::join_team:
        case CommandKind::reactivate_team:
        case CommandKind::reconnect_with_token:
        case CommandKind::move_here:
        case CommandKind::ask_for_seat:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool House::State::is_banned(const Command& command) const {
    return is_barred(decision.kind) && claims.bans->has(command.device);
}

Bans& House::State::edit_bans() {
    remember_claims();
    auto copy = std::make_shared<Bans>(*claims.bans);
    auto& edited = *copy;
    claims.bans = std::move(copy);
    return edited;
}

void House::State::take_in_bans(const std::vector<BanRecord>& bans) {
    auto taken = std::make_shared<Bans>();
    for (const auto& ban : bans)
        taken->add(ban);
    claims.bans = std::move(taken);
}

Outcome House::State::handle(const Command& /*command*/, const BanDevice& body) {
    const auto* found = find_team(body.team);
    if (found == nullptr) return Refusal::team_unknown;
    if (body.slot < 1 || body.slot > found->seat_count()) return Refusal::bad_request;
    if (found->state(body.slot) == SeatState::vacant) return Refusal::seat_vacant;
    const DeviceId device = found->seat(body.slot).device;
    // Without a cookie nobody could tell it from any other device.
    if (device == DeviceId{}) return Refusal::bad_request;
    if (claims.bans->size() >= limits::bans) return Refusal::too_many_bans;

    const BanRecord ban{1 + random.below(largest_ban_id), device, body.team, body.slot, now.wall};
    edit_bans().add(ban);
    decision.changes.push_back(PutBan{ban});
    // A second tab may have a seat of its own.
    std::vector<SeatKey> seats;
    for (const auto& [id, team] : teams) {
        for (Slot slot = 1; slot <= team.seat_count(); ++slot) {
            if (team.state(slot) != SeatState::vacant && team.seat(slot).device == device)
                seats.push_back({id, slot});
        }
    }
    for (const auto& key : seats) {
        auto& team = edit(key.team);
        const auto holder = team.live_seat(key.slot).connection;
        if (holder != 0) emit(key.team, Unseated{holder, nullptr, key.slot, Refusal::device_banned});
        vacate(team, key.slot, SeatFreed::released, "device_banned");
    }
    const auto requests = claims.requests;
    if (const auto* request = requests->made_by(device, 0)) end_request(*request, Refusal::device_banned);
    remember_as(body.team, body.slot);
    return std::nullopt;
}

Outcome House::State::handle(const Command& /*command*/, const LiftBan& body) {
    const auto* found = claims.bans->find(body.ban);
    if (found == nullptr) return Refusal::ban_unknown;
    const BanRecord ban = *found;
    edit_bans().remove(ban.device);
    decision.changes.push_back(DropBan{ban.device});
    if (const auto* team = find_team(ban.team); team != nullptr && ban.slot <= team->seat_count())
        journal(ban.team, ban.slot, "ban_lifted", "host", team->seat(ban.slot).epoch);
    remember_as(ban.team, ban.slot);
    return std::nullopt;
}

}  // namespace holdfast::seats
