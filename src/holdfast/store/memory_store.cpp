#include "holdfast/store/memory_store.hpp"

#include <algorithm>
#include <unordered_map>

namespace holdfast::store {

using namespace seats;

namespace {

/// Rounds count upwards: the first one is the oldest.
template <typename Table, typename Row>
void put_bounded(Table& table, const typename Table::key_type& key, const Row& row, std::size_t most) {
    table.insert_or_assign(key, row);
    while (table.size() > most)
        table.erase(table.begin());
}

}  // namespace

MemoryStore::MemoryStore(std::size_t journal_entries_per_team, std::size_t history)
    : journal_entries_per_team_(journal_entries_per_team), history_(history) {}

Result<Snapshot, StoreError> MemoryStore::load() {
    Snapshot snapshot;
    snapshot.game = game_;
    snapshot.teams.reserve(teams_.size());
    for (const auto& [id, team] : teams_)
        snapshot.teams.push_back(team);
    snapshot.operations.reserve(operations_.size());
    for (const auto& [number, operation] : operations_)
        snapshot.operations.push_back(operation);
    for (const auto& [device, ban] : bans_)
        snapshot.bans.push_back(ban);
    std::sort(snapshot.bans.begin(), snapshot.bans.end(),
              [](const BanRecord& left, const BanRecord& right) { return left.id < right.id; });
    for (const auto& [seat, reservation] : reservations_)
        snapshot.reservations.push_back(reservation);
    return snapshot;
}

// A conflict is the only thing that can fail, so looking for one first makes the batch atomic.
bool MemoryStore::versions_are_as_expected(std::span<const Changes* const> batch) const {
    std::unordered_map<TeamId, std::uint64_t> written;
    std::uint64_t clearings = 0;
    const auto version_of = [&](TeamId team) -> std::optional<std::uint64_t> {
        if (const auto found = written.find(team); found != written.end()) return found->second;
        if (const auto found = teams_.find(team); found != teams_.end()) {
            return found->second.version + clearings;
        }
        return std::nullopt;
    };
    for (const Changes* changes : batch) {
        for (const Change& change : *changes) {
            if (const auto* put = std::get_if<PutTeam>(&change)) {
                const auto stored = version_of(put->team.id);
                if (put->expected_version == 0 ? stored.has_value() : stored != put->expected_version) {
                    return false;
                }
                written[put->team.id] = put->team.version;
            } else if (std::holds_alternative<ClearRounds>(change)) {
                ++clearings;
                for (auto& [team, version] : written)
                    ++version;
            }
        }
    }
    return true;
}

Result<void, StoreError> MemoryStore::commit(std::span<const Changes* const> batch) {
    if (!versions_are_as_expected(batch)) return failure(StoreError::conflict);
    for (const Changes* changes : batch) {
        for (const Change& change : *changes) {
            std::visit([this](const auto& which) { apply(which); }, change);
        }
    }
    return {};
}

Result<void, StoreError> MemoryStore::probe() {
    return {};
}

Result<std::vector<JournalRecord>, StoreError> MemoryStore::read_journal(TeamId team, Slot slot,
                                                                         std::size_t most) {
    std::vector<JournalRecord> entries;
    if (const auto found = journal_numbers_.find(team); found != journal_numbers_.end()) {
        for (const std::uint64_t number : found->second) {
            const JournalRecord& entry = journal_.at(number);
            if (slot == 0 || entry.slot == slot) entries.push_back(entry);
        }
    }
    if (entries.size() > most) {
        entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(most));
    }
    return entries;
}

Result<JournalPiece, StoreError> MemoryStore::read_journals(std::uint64_t after, std::size_t most) {
    JournalPiece piece;
    piece.newest = last_journal_entry_;
    piece.last = after;
    for (auto at = journal_.upper_bound(after); at != journal_.end() && piece.entries.size() < most; ++at) {
        piece.entries.push_back(at->second);
        piece.last = at->first;
    }
    return piece;
}

Result<std::vector<TeamId>, StoreError> MemoryStore::changed_since(std::uint64_t& /*cursor*/) {
    return std::vector<TeamId>{};
}

void MemoryStore::apply(const PutTeam& change) {
    teams_.insert_or_assign(change.team.id, change.team);
}

void MemoryStore::apply(const PutGame& change) {
    game_ = change.game;
}

void MemoryStore::apply(const PutFinishedRound& change) {
    put_bounded(rounds_, change.round.id, change, history_);
}

void MemoryStore::apply(const PutAnswer& change) {
    put_bounded(answers_, {change.answer.round, change.answer.slot}, change.answer, history_);
}

void MemoryStore::apply(const PutOperation& change) {
    const auto [place, is_new] = operation_numbers_.try_emplace(
        OperationKey{change.operation.device, change.operation.op}, last_operation_ + 1);
    if (!is_new) {
        operations_.erase(place->second);
        place->second = last_operation_ + 1;
    }
    operations_.emplace(++last_operation_, change.operation);
}

void MemoryStore::apply(const ForgetOperations& change) {
    std::erase_if(operations_, [&](const auto& numbered) {
        const OperationRecord& operation = numbered.second;
        if (operation.at >= change.older_than) return false;
        operation_numbers_.erase(OperationKey{operation.device, operation.op});
        return true;
    });
}

void MemoryStore::apply(const AppendJournal& change) {
    auto& numbers = journal_numbers_[change.entry.team];
    numbers.push_back(++last_journal_entry_);
    journal_.emplace(last_journal_entry_, change.entry);
    if (numbers.size() <= journal_entries_per_team_) return;
    journal_.erase(numbers.front());
    numbers.pop_front();
}

void MemoryStore::apply(const PutBan& change) {
    bans_.insert_or_assign(change.ban.device, change.ban);
}

void MemoryStore::apply(const DropBan& change) {
    bans_.erase(change.device);
}

void MemoryStore::apply(const PutReservation& change) {
    reservations_.insert_or_assign({change.reservation.team, change.reservation.slot}, change.reservation);
}

void MemoryStore::apply(const DropReservation& change) {
    reservations_.erase({change.team, change.slot});
}

void MemoryStore::apply(const ClearRounds& /*change*/) {
    rounds_.clear();
    answers_.clear();
    for (auto& [id, team] : teams_) {
        ++team.version;
        team.rounds_dealt = 0;
        team.round.reset();
        team.progress.clear();
    }
}

}  // namespace holdfast::store
