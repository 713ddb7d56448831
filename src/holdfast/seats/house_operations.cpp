// Operation ids: the same one again has the same answer and no second effect, also after a crash.
#include <algorithm>
#include <functional>

#include "holdfast/base/limits.hpp"
#include "holdfast/seats/house_state.hpp"

namespace holdfast::seats {

std::size_t OperationKeyHash::operator()(const OperationKey& key) const {
    return std::hash<std::string_view>{}(key.op) ^ static_cast<std::size_t>(short_name(key.device));
}

bool House::State::has_usable_op(const Command& command) const {
    // Without a device nobody could tell one client's ids from another's.
    return !command.op.empty() && command.device != DeviceId{};
}

const OperationRecord* House::State::find_operation(const Command& command) const {
    if (!has_usable_op(command)) return nullptr;
    const auto found = operations_by_key.find(OperationKey(command.device, command.op));
    return found == operations_by_key.end() ? nullptr : &(*found)->record;
}

Outcome House::State::repeat_operation(const Command& command, const OperationRecord& operation) {
    const auto kind = static_cast<CommandKind>(operation.kind);
    if (kind != decision.kind) return Refusal::bad_request;
    const auto held = seat_of(command.connection);
    switch (kind) {
        case CommandKind::create_team:
        case CommandKind::join_team:
        case CommandKind::reactivate_team:
        case CommandKind::move_here: {
            const SeatKey key{operation.team, operation.slot};
            const auto* found = find_team(key.team);
            if (found == nullptr || key.slot < 1 || key.slot > found->seat_count()) {
                return Refusal::not_seated;
            }
            if (held && *held != key) return Refusal::already_seated;
            const auto& seat = found->seat(key.slot);
            // Given up or taken by somebody else since: the answer of then would not be true any more.
            if (seat.state == SeatState::vacant || seat.device != command.device) return Refusal::not_seated;
            Resumption resumption;
            resumption.way = ResumeWay::device;
            resumption.is_reactivated = kind != CommandKind::join_team && operation.flag;
            if (kind == CommandKind::create_team) resumption.how = SeatedHow::created;
            if (kind == CommandKind::reactivate_team) resumption.how = SeatedHow::reactivated;
            if (kind == CommandKind::join_team && !operation.flag) resumption.how = SeatedHow::joined;
            if (store == StoreState::down) {
                resume_without_disk(edit(key.team), key.slot, command, resumption);
            } else if (held) {
                resumption.way = ResumeWay::none;
                emit_seated(*found, key.slot, resumption, AwayCause::none,
                            tokens.find_token(found->record, key.slot, uptime).value_or(""));
            } else {
                resume(edit(key.team), key.slot, command, resumption);
            }
            return std::nullopt;
        }
        case CommandKind::leave_team:
            // Somebody who sits again since must not hear that the seat is gone.
            if (!held) {
                emit(operation.team, Unseated{command.connection, nullptr, operation.slot, std::nullopt});
            }
            return std::nullopt;
        case CommandKind::submit_answer: {
            const auto& body = std::get<SubmitAnswer>(command.body);
            // Another answer under the same id: to confirm it would be untrue.
            if (body.round != operation.round || body.answer != operation.flag) return Refusal::bad_request;
            const auto* team = find_team(operation.team);
            const bool still_runs =
                team != nullptr && has_running_round(*team) && team->record.round->id == operation.round;
            AnswerTaken taken;
            taken.connection = command.connection;
            taken.answer = {operation.round, operation.team, operation.slot,
                            body.item,       body.answer,    operation.at};
            taken.round_number = still_runs ? team->record.round->number : 0;
            taken.repeated = true;
            emit(operation.team, std::move(taken));
            return std::nullopt;
        }
        case CommandKind::release_seat:
        case CommandKind::move_player:
        case CommandKind::extend_hold:
        case CommandKind::set_grace:
            return repeat_deed(command, operation);
        default:
            return std::nullopt;
    }
}

void House::State::remember_as(TeamId team, Slot slot, bool flag, RoundId round) {
    done.emplace();
    done->team = team;
    done->slot = slot;
    done->flag = flag;
    done->round = round;
}

void House::State::remember_operation(const Command& command, const OperationRecord& what_was_done) {
    if (!has_usable_op(command)) return;
    if (operations.size() >= limits::remembered_operations) {
        drop_oldest_operations(limits::remembered_operations / 8);
    }
    auto record = what_was_done;
    record.device = command.device;
    record.op = command.op;
    record.kind = static_cast<std::uint8_t>(decision.kind);
    // Never before its predecessor, so that the oldest can be forgotten by time although clocks jump.
    record.at = operations.empty() ? now.wall : std::max(now.wall, operations.back().record.at);
    decision.changes.push_back(PutOperation{record});
    operations.push_back({std::move(record), uptime});
    operations_by_key.insert(std::prev(operations.end()));
    ++undo.remembered;
}

void House::State::forget_operations() {
    std::size_t count = 0;
    for (const auto& operation : operations) {
        if (operation.remembered_at + limits::operation_life > uptime) break;
        ++count;
    }
    drop_oldest_operations(count);
}

void House::State::unlist_operation(OperationPlace place) {
    const auto listed = operations_by_key.find(place);
    if (listed != operations_by_key.end() && *listed == place) operations_by_key.erase(listed);
}

void House::State::drop_oldest_operations(std::size_t count) {
    if (count == 0) return;
    // The disk is told a time and not a number: all of one millisecond go together.
    const auto oldest = operations.front().record.at;
    const auto last_to_go = std::next(operations.begin(), static_cast<std::ptrdiff_t>(count - 1))->record.at;
    const UnixTime older_than{std::max(oldest, last_to_go).milliseconds + 1};
    while (!operations.empty() && operations.front().record.at < older_than) {
        unlist_operation(operations.begin());
        undo.forgotten.splice(undo.forgotten.end(), operations, operations.begin());
    }
    decision.changes.push_back(ForgetOperations{older_than});
}

}  // namespace holdfast::seats
