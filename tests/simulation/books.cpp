#include "books.hpp"

#include <algorithm>
#include <variant>

namespace holdfast::simulation {

using namespace seats;

namespace {

class Clerk {
  public:
    explicit Clerk(Books& books) : books_(books) {}
    bool operator()(const PutTeam& change) {
        const auto found = books_.teams.find(change.team.id);
        const std::uint64_t stored = found == books_.teams.end() ? 0 : found->second.version;
        if (stored != change.expected_version) return false;
        books_.teams[change.team.id] = change.team;
        return true;
    }
    bool operator()(const PutGame& change) {
        books_.game = change.game;
        return true;
    }
    bool operator()(const PutFinishedRound& change) {
        books_.rounds[change.round.id] = {change.team, change.round};
        return true;
    }
    bool operator()(const PutAnswer& change) {
        books_.answers[{change.answer.round, change.answer.slot}] = change.answer;
        return true;
    }
    bool operator()(const PutOperation& change) {
        books_.operations[{change.operation.device, change.operation.op}] = change.operation;
        books_.operations_in_order.push_back(change.operation);
        return true;
    }
    bool operator()(const ForgetOperations& change) {
        std::erase_if(books_.operations, [&](const auto& one) { return one.second.at < change.older_than; });
        std::erase_if(books_.operations_in_order,
                      [&](const auto& one) { return one.at < change.older_than; });
        return true;
    }
    bool operator()(const PutBan& change) {
        books_.bans[change.ban.device] = change.ban;
        return true;
    }
    bool operator()(const DropBan& change) {
        books_.bans.erase(change.device);
        return true;
    }
    bool operator()(const PutReservation& change) {
        books_.reservations[{change.reservation.team, change.reservation.slot}] = change.reservation;
        return true;
    }
    bool operator()(const DropReservation& change) {
        books_.reservations.erase({change.team, change.slot});
        return true;
    }
    bool operator()(const AppendJournal& /*change*/) { return true; }
    bool operator()(const ClearRounds& /*change*/) {
        books_.rounds.clear();
        books_.answers.clear();
        for (auto& [id, team] : books_.teams) {
            ++team.version;
            team.rounds_dealt = 0;
            team.round.reset();
            team.progress.clear();
        }
        return true;
    }

  private:
    Books& books_;
};

}  // namespace

std::string describe(const SeatRecord& seat) {
    std::string text(to_string(seat.state));
    text += " epoch " + std::to_string(seat.epoch) + " rotation " + std::to_string(seat.rotation);
    if (seat.token_live) text += seat.previous_token_good ? " (and the one before)" : " (alone)";
    if (seat.state == SeatState::away) text += " until " + std::to_string(seat.seat_deadline.milliseconds);
    return text;
}

bool Books::apply(const Changes& changes) {
    Clerk clerk(*this);
    return std::all_of(changes.begin(), changes.end(),
                       [&](const Change& change) { return std::visit(clerk, change); });
}

bool Books::apply(std::span<const Changes* const> batch) {
    return std::all_of(batch.begin(), batch.end(),
                       [this](const Changes* changes) { return apply(*changes); });
}

namespace {

const TeamRecord* find_team(const Snapshot& snapshot, TeamId id) {
    const auto found = std::find_if(snapshot.teams.begin(), snapshot.teams.end(),
                                    [id](const TeamRecord& team) { return team.id == id; });
    return found == snapshot.teams.end() ? nullptr : &*found;
}

}  // namespace

std::string Books::difference(const Snapshot& snapshot) const {
    if (snapshot.game != game) {
        return "the game's row: uptime " + std::to_string(snapshot.game.uptime.milliseconds) + ", expected " +
               std::to_string(game.uptime.milliseconds) + ", answers " +
               std::to_string(snapshot.game.answers) + ", expected " + std::to_string(game.answers);
    }
    for (const auto& [id, record] : teams) {
        const auto* found = find_team(snapshot, id);
        const std::string name = "team " + std::to_string(id);
        if (found == nullptr) return name + " is missing";
        if (*found == record) continue;
        for (std::size_t index = 0; index < record.seats.size() && index < found->seats.size(); ++index) {
            if (found->seats[index] == record.seats[index]) continue;
            return name + " seat " + std::to_string(index + 1) + ": " + describe(found->seats[index]) +
                   ", expected " + describe(record.seats[index]);
        }
        return name + ": version " + std::to_string(found->version) + ", expected " +
               std::to_string(record.version) + ", rounds " + std::to_string(found->rounds_dealt) +
               ", expected " + std::to_string(record.rounds_dealt);
    }
    if (snapshot.teams.size() != teams.size()) return "there is a team that should not be there";
    std::map<DeviceId, BanRecord> other_bans;
    for (const auto& ban : snapshot.bans)
        other_bans[ban.device] = ban;
    if (other_bans != bans) {
        return std::to_string(other_bans.size()) + " bans, expected " + std::to_string(bans.size()) +
               ", or they differ";
    }
    std::map<std::pair<TeamId, Slot>, ReservationRecord> other_reservations;
    for (const auto& one : snapshot.reservations)
        other_reservations[{one.team, one.slot}] = one;
    if (other_reservations != reservations) {
        return std::to_string(other_reservations.size()) + " reservations, expected " +
               std::to_string(reservations.size()) + ", or they differ";
    }
    // Memory and disk keep them in the order in which they came, and so it is cheap to see that all are
    // there.
    if (snapshot.operations == operations_in_order) return {};
    std::map<OperationKey, OperationRecord> found;
    for (const auto& operation : snapshot.operations)
        found[{operation.device, operation.op}] = operation;
    if (found != operations) {
        return std::to_string(found.size()) + " operation ids, expected " +
               std::to_string(operations.size()) + ", or they differ";
    }
    return {};
}

std::string Books::difference(const store::testing::History& history) const {
    store::testing::History expected;
    for (const auto& [id, round] : rounds)
        expected.rounds.push_back(round);
    for (const auto& [key, answer] : answers)
        expected.answers.push_back(answer);
    if (history.answers != expected.answers) {
        return std::to_string(history.answers.size()) + " answers, expected " +
               std::to_string(expected.answers.size()) + ", or they differ";
    }
    if (history.rounds != expected.rounds) {
        return std::to_string(history.rounds.size()) + " finished rounds, expected " +
               std::to_string(expected.rounds.size()) + ", or they differ";
    }
    return {};
}

bool Books::waits_for_somebody(TeamId team, Slot slot) const {
    const auto found = reservations.find({team, slot});
    return found != reservations.end() && !found->second.used;
}

const TeamRecord* Books::team(TeamId id) const {
    const auto found = teams.find(id);
    return found == teams.end() ? nullptr : &found->second;
}

const TeamRecord* Books::team_named(std::string_view name) const {
    for (const auto& [id, record] : teams) {
        if (record.name == name) return &record;
    }
    return nullptr;
}

}  // namespace holdfast::simulation
