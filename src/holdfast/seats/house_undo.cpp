// Taking decisions back when the disk refused them, and what the disk should hold.
#include <algorithm>

#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

void House::State::committed(std::uint64_t sequence_on_disk) {
    while (!undo_log.empty() && undo_log.front().sequence <= sequence_on_disk)
        undo_log.pop_front();
}

void House::State::roll_back_from(std::uint64_t first_lost) {
    while (!undo_log.empty() && undo_log.back().sequence >= first_lost) {
        restore(undo_log.back());
        undo_log.pop_back();
    }
}

void House::State::restore(Undo& entry) {
    for (const auto& [id, before] : entry.teams)
        unindex(teams.at(id));
    for (auto& [id, before] : entry.teams) {
        if (before) {
            auto& team = teams.at(id);
            team = std::move(*before);
            index(team);
        } else {
            teams_by_name_key.erase(teams.at(id).record.name_key);
            teams.erase(id);
        }
    }
    game = entry.game;
    restarts = entry.restarts;
    for (; entry.remembered > 0; --entry.remembered) {
        unlist_operation(std::prev(operations.end()));
        operations.pop_back();
    }
    // splice() moves the nodes, so the iterators made here stay good.
    for (auto forgotten = entry.forgotten.begin(); forgotten != entry.forgotten.end(); ++forgotten) {
        operations_by_key.insert(forgotten);
    }
    operations.splice(operations.begin(), entry.forgotten);
    if (entry.claims) claims = *entry.claims;
    for (auto& used : entry.used_codes)
        move_codes.put_back(std::move(used));
    for (auto mark = entry.taken_over.rbegin(); mark != entry.taken_over.rend(); ++mark) {
        if (mark->second) {
            taken_over.insert(mark->first);
        } else {
            taken_over.erase(mark->first);
        }
    }
}

Snapshot House::State::snapshot() const {
    Snapshot snapshot;
    snapshot.game = game;
    snapshot.teams.reserve(teams.size());
    for (const auto& [id, team] : teams) {
        auto cleared = team;
        clear_rounds_of(cleared);
        snapshot.teams.push_back(std::move(cleared.record));
    }
    std::sort(snapshot.teams.begin(), snapshot.teams.end(),
              [](const TeamRecord& left, const TeamRecord& right) { return left.id < right.id; });
    snapshot.operations.reserve(operations.size());
    for (const auto& operation : operations)
        snapshot.operations.push_back(operation.record);
    snapshot.bans = claims.bans->list();
    for (auto& one : claims.reservations->list())
        snapshot.reservations.push_back(std::move(one.record));
    return snapshot;
}

}  // namespace holdfast::seats
