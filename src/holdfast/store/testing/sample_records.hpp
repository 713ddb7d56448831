// Records for tests in which every field has a value of its own. A field that is added to a record does not
// compile here until it has one as well: the structured bindings name every field.
#pragma once

#include <cstdint>

#include "holdfast/seats/records.hpp"

namespace holdfast::store::testing {

/// Hands out numbers that are all different.
class Distinct {
  public:
    explicit Distinct(std::uint64_t first) : next_(first) {}
    std::uint64_t number() { return next_++; }
    std::int64_t signed_number() { return static_cast<std::int64_t>(next_++); }
    std::uint32_t small() { return static_cast<std::uint32_t>(next_++); }
    std::string text() { return "text " + std::to_string(next_++); }
    seats::DeviceId device() {
        seats::DeviceId device{};
        const std::uint64_t number = next_++;
        for (std::size_t index = 0; index < device.size(); ++index) {
            device[index] = static_cast<std::uint8_t>(number + index * 7 + 1);
        }
        return device;
    }

  private:
    std::uint64_t next_;
};

/// Differs from a default-made record in every field. `flags` picks the values of fields that have few.
inline seats::SeatRecord sample_seat(Distinct& distinct, unsigned flags = 0) {
    seats::SeatRecord record;
    auto& [state, away_cause, epoch, rotation, token_live, previous_token_good, seat_deadline, token_deadline,
           since, device, freed_because] = record;
    state = flags % 2 == 0 ? seats::SeatState::away : seats::SeatState::connected;
    away_cause = static_cast<seats::AwayCause>(1 + flags % 4);
    epoch = distinct.number();
    rotation = distinct.number();
    token_live = true;
    previous_token_good = true;
    seat_deadline = {distinct.signed_number()};
    token_deadline = {distinct.signed_number()};
    since = {distinct.signed_number()};
    device = distinct.device();
    freed_because = static_cast<seats::SeatFreed>(1 + flags % 4);
    return record;
}

inline seats::RoundRecord sample_round(Distinct& distinct) {
    seats::RoundRecord record;
    auto& [id, number, mode, items, answers, dealt_at] = record;
    id = distinct.number();
    number = distinct.small();
    mode = seats::GameMode::modern;
    items = "AXY";
    answers = {true, std::nullopt, false};
    dealt_at = {distinct.signed_number()};
    return record;
}

inline seats::TeamRecord sample_team(seats::TeamId the_id, std::uint64_t the_version, Distinct& distinct) {
    seats::TeamRecord record;
    auto& [id, version, name, name_key, active, created_at, seats, rounds_dealt, round, progress,
           moved_tokens] = record;
    id = the_id;
    version = the_version;
    name = distinct.text();
    name_key = distinct.text();
    active = false;
    created_at = {distinct.signed_number()};
    seats = {sample_seat(distinct, 0), sample_seat(distinct, 1), sample_seat(distinct, 2)};
    rounds_dealt = distinct.small();
    round = sample_round(distinct);
    progress = distinct.text();
    const auto moved_token = [&](seats::Slot leads_to) {
        seats::MovedToken token;
        auto& [slot, made_for, made_for_slot, rotation] = token;
        slot = leads_to;
        made_for = distinct.number();
        made_for_slot = 5;
        rotation = distinct.number();
        return token;
    };
    moved_tokens = {moved_token(1), moved_token(2), moved_token(2)};
    return record;
}

inline seats::GameRecord sample_game(Distinct& distinct) {
    seats::GameRecord record;
    auto& [started, paused, mode, answers, last_team, last_round, uptime, grace] = record;
    started = true;
    paused = true;
    mode = seats::GameMode::classic;
    answers = distinct.number();
    last_team = distinct.number();
    last_round = distinct.number();
    uptime = {distinct.signed_number()};
    grace = Milliseconds{distinct.signed_number()};
    return record;
}

inline seats::AnswerRecord sample_answer(Distinct& distinct) {
    seats::AnswerRecord record;
    auto& [round, team, slot, item, answer, at] = record;
    round = distinct.number();
    team = distinct.number();
    slot = 3;
    item = 'Q';
    answer = true;
    at = {distinct.signed_number()};
    return record;
}

inline seats::OperationRecord sample_operation(Distinct& distinct) {
    seats::OperationRecord record;
    auto& [device, op, kind, team, slot, round, flag, at] = record;
    device = distinct.device();
    op = distinct.text();
    kind = 17;
    team = distinct.number();
    slot = 4;
    round = distinct.number();
    flag = true;
    at = {distinct.signed_number()};
    return record;
}

inline seats::BanRecord sample_ban(Distinct& distinct) {
    seats::BanRecord record;
    auto& [id, device, team, slot, at] = record;
    id = distinct.number();
    device = distinct.device();
    team = distinct.number();
    slot = 5;
    at = {distinct.signed_number()};
    return record;
}

inline seats::ReservationRecord sample_reservation(seats::TeamId the_team, seats::Slot the_slot,
                                                   Distinct& distinct) {
    seats::ReservationRecord record;
    auto& [team, slot, nonce, name, at, used] = record;
    team = the_team;
    slot = the_slot;
    nonce = distinct.number();
    name = distinct.text();
    at = {distinct.signed_number()};
    used = true;
    return record;
}

inline seats::JournalRecord sample_journal(seats::TeamId the_team, seats::Slot the_slot, Distinct& distinct) {
    seats::JournalRecord record;
    auto& [team, slot, at, what, reason, epoch] = record;
    team = the_team;
    slot = the_slot;
    at = {distinct.signed_number()};
    what = distinct.text();
    reason = distinct.text();
    epoch = distinct.number();
    return record;
}

}  // namespace holdfast::store::testing
