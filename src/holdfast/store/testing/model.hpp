// What a store should hold, in the plainest way there is: the other side of the property and fault tests.
#pragma once

#include <algorithm>
#include <map>
#include <vector>

#include "holdfast/seats/records.hpp"
#include "holdfast/store/testing/history.hpp"

namespace holdfast::store::testing {

/// Holds everything and forgets nothing. Copyable: a batch is tried on a copy.
struct Model {
    seats::GameRecord game;
    std::map<seats::TeamId, seats::TeamRecord> teams;
    std::vector<seats::OperationRecord> operations;
    std::vector<FinishedRound> rounds;
    std::vector<seats::AnswerRecord> answers;
    std::vector<seats::JournalRecord> journal;
    std::map<seats::DeviceId, seats::BanRecord> bans;
    std::map<std::pair<seats::TeamId, seats::Slot>, seats::ReservationRecord> reservations;

    /// False, and nothing changed: a team had not the version that was expected.
    bool apply(const std::vector<seats::Changes>& batch) {
        Model after = *this;
        for (const seats::Changes& changes : batch) {
            for (const seats::Change& change : changes) {
                if (!std::visit([&](const auto& which) { return after.put(which); }, change)) return false;
            }
        }
        *this = std::move(after);
        return true;
    }

    [[nodiscard]] seats::Snapshot snapshot() const {
        seats::Snapshot snapshot;
        snapshot.game = game;
        for (const auto& [id, team] : teams)
            snapshot.teams.push_back(team);
        snapshot.operations = operations;
        for (const auto& [device, ban] : bans)
            snapshot.bans.push_back(ban);
        std::sort(snapshot.bans.begin(), snapshot.bans.end(),
                  [](const auto& left, const auto& right) { return left.id < right.id; });
        for (const auto& [seat, reservation] : reservations)
            snapshot.reservations.push_back(reservation);
        return snapshot;
    }

    [[nodiscard]] History history() const {
        History history{rounds, answers};
        const auto by_round = [](const FinishedRound& left, const FinishedRound& right) {
            return left.round.id < right.round.id;
        };
        const auto by_seat = [](const seats::AnswerRecord& left, const seats::AnswerRecord& right) {
            return std::pair(left.round, left.slot) < std::pair(right.round, right.slot);
        };
        std::sort(history.rounds.begin(), history.rounds.end(), by_round);
        std::sort(history.answers.begin(), history.answers.end(), by_seat);
        return history;
    }

    /// The newest entries of a team, oldest first.
    [[nodiscard]] std::vector<seats::JournalRecord> journal_of(seats::TeamId team, std::size_t most) const {
        std::vector<seats::JournalRecord> entries;
        for (const auto& entry : journal) {
            if (entry.team == team) entries.push_back(entry);
        }
        if (entries.size() > most) {
            entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(most));
        }
        return entries;
    }

  private:
    bool put(const seats::PutTeam& change) {
        const auto found = teams.find(change.team.id);
        const std::uint64_t stored = found == teams.end() ? 0 : found->second.version;
        if (stored != change.expected_version) return false;
        teams[change.team.id] = change.team;
        return true;
    }
    bool put(const seats::PutGame& change) {
        game = change.game;
        return true;
    }
    bool put(const seats::PutFinishedRound& change) {
        std::erase_if(rounds, [&](const auto& known) { return known.round.id == change.round.id; });
        rounds.push_back({change.team, change.round});
        return true;
    }
    bool put(const seats::PutAnswer& change) {
        std::erase_if(answers, [&](const auto& known) {
            return known.round == change.answer.round && known.slot == change.answer.slot;
        });
        answers.push_back(change.answer);
        return true;
    }
    bool put(const seats::PutOperation& change) {
        std::erase_if(operations, [&](const auto& known) {
            return known.device == change.operation.device && known.op == change.operation.op;
        });
        operations.push_back(change.operation);
        return true;
    }
    bool put(const seats::ForgetOperations& change) {
        std::erase_if(operations, [&](const auto& known) { return known.at < change.older_than; });
        return true;
    }
    bool put(const seats::AppendJournal& change) {
        journal.push_back(change.entry);
        return true;
    }
    bool put(const seats::PutBan& change) {
        bans[change.ban.device] = change.ban;
        return true;
    }
    bool put(const seats::DropBan& change) {
        bans.erase(change.device);
        return true;
    }
    bool put(const seats::PutReservation& change) {
        reservations[{change.reservation.team, change.reservation.slot}] = change.reservation;
        return true;
    }
    bool put(const seats::DropReservation& change) {
        reservations.erase({change.team, change.slot});
        return true;
    }
    bool put(const seats::ClearRounds& /*change*/) {
        rounds.clear();
        answers.clear();
        for (auto& [id, team] : teams) {
            team.version += 1;
            team.rounds_dealt = 0;
            team.round = std::nullopt;
            team.progress = "";
        }
        return true;
    }
};

/// A batch as the seam wants it: one pointer a decision.
inline std::vector<const seats::Changes*> pointers_to(const std::vector<seats::Changes>& batch) {
    std::vector<const seats::Changes*> pointers;
    pointers.reserve(batch.size());
    for (const auto& changes : batch)
        pointers.push_back(&changes);
    return pointers;
}

}  // namespace holdfast::store::testing
