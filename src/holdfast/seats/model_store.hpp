// For tests: the disk as a plain model. Applies changes as the records' comments say, without any cleverness.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "holdfast/seats/records.hpp"

namespace holdfast::seats {

class ModelStore {
  public:
    /// Applies the changes of one decision. False: a PutTeam named another version than the stored one.
    [[nodiscard]] bool apply(const Changes& changes) {
        for (const auto& change : changes) {
            if (!std::visit([this](const auto& body) { return apply_one(body); }, change)) return false;
        }
        return true;
    }

    /// Teams by id, operations in the order in which they came.
    [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }
    [[nodiscard]] const TeamRecord* team(TeamId id) const {
        const auto found = std::find_if(snapshot_.teams.begin(), snapshot_.teams.end(),
                                        [&](const TeamRecord& team) { return team.id == id; });
        return found == snapshot_.teams.end() ? nullptr : &*found;
    }

    std::vector<JournalRecord> journal;
    std::vector<AnswerRecord> answers;
    std::vector<PutFinishedRound> finished;

  private:
    bool apply_one(const PutTeam& put) {
        auto& teams = snapshot_.teams;
        const auto place = std::lower_bound(teams.begin(), teams.end(), put.team.id,
                                            [](const TeamRecord& team, TeamId id) { return team.id < id; });
        const bool exists = place != teams.end() && place->id == put.team.id;
        if ((exists ? place->version : 0) != put.expected_version) return false;
        if (exists) {
            *place = put.team;
        } else {
            teams.insert(place, put.team);
        }
        return true;
    }
    bool apply_one(const PutGame& put) {
        snapshot_.game = put.game;
        return true;
    }
    bool apply_one(const PutFinishedRound& put) {
        finished.push_back(put);
        return true;
    }
    bool apply_one(const PutAnswer& put) {
        answers.push_back(put.answer);
        return true;
    }
    bool apply_one(const PutOperation& put) {
        snapshot_.operations.push_back(put.operation);
        return true;
    }
    bool apply_one(const ForgetOperations& forget) {
        std::erase_if(snapshot_.operations,
                      [&](const OperationRecord& operation) { return operation.at < forget.older_than; });
        return true;
    }
    bool apply_one(const AppendJournal& append) {
        journal.push_back(append.entry);
        return true;
    }
    bool apply_one(const ClearRounds& /*clear*/) {
        for (auto& team : snapshot_.teams) {
            team.round.reset();
            team.rounds_dealt = 0;
            team.progress.clear();
            ++team.version;
        }
        answers.clear();
        finished.clear();
        return true;
    }

    bool apply_one(const PutBan& put) {
        apply_one(DropBan{put.ban.device});
        auto& bans = snapshot_.bans;
        bans.push_back(put.ban);
        std::sort(bans.begin(), bans.end(),
                  [](const BanRecord& left, const BanRecord& right) { return left.id < right.id; });
        return true;
    }
    bool apply_one(const DropBan& drop) {
        std::erase_if(snapshot_.bans, [&](const BanRecord& ban) { return ban.device == drop.device; });
        return true;
    }

    bool apply_one(const PutReservation& put) {
        apply_one(DropReservation{put.reservation.team, put.reservation.slot});
        auto& kept = snapshot_.reservations;
        kept.push_back(put.reservation);
        std::sort(kept.begin(), kept.end(), [](const auto& left, const auto& right) {
            return std::pair(left.team, left.slot) < std::pair(right.team, right.slot);
        });
        return true;
    }
    bool apply_one(const DropReservation& drop) {
        std::erase_if(snapshot_.reservations, [&](const ReservationRecord& one) {
            return one.team == drop.team && one.slot == drop.slot;
        });
        return true;
    }

    Snapshot snapshot_;
};

}  // namespace holdfast::seats
