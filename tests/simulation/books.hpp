// What the disk has to hold, kept in the plainest way: every change that was acknowledged, and nothing else.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/seats/records.hpp"
#include "holdfast/store/testing/history.hpp"

namespace holdfast::simulation {

struct Books {
    using OperationKey = std::pair<seats::DeviceId, std::string>;
    using AnswerKey = std::pair<seats::RoundId, seats::Slot>;

    seats::GameRecord game;
    std::map<seats::TeamId, seats::TeamRecord> teams;
    std::map<seats::DeviceId, seats::BanRecord> bans;
    std::map<std::pair<seats::TeamId, seats::Slot>, seats::ReservationRecord> reservations;
    std::map<OperationKey, seats::OperationRecord> operations;
    std::vector<seats::OperationRecord> operations_in_order;  ///< the same, as they came
    std::map<seats::RoundId, store::testing::FinishedRound> rounds;
    std::map<AnswerKey, seats::AnswerRecord> answers;

    /// False: a team had another version than was expected; the books are of no more use.
    [[nodiscard]] bool apply(const seats::Changes& changes);
    [[nodiscard]] bool apply(std::span<const seats::Changes* const> batch);
    /// Empty: they are alike in what a snapshot holds. Otherwise the first difference, in words.
    [[nodiscard]] std::string difference(const seats::Snapshot& snapshot) const;
    /// The same for the history of rounds and answers.
    [[nodiscard]] std::string difference(const store::testing::History& history) const;

    /// Whether the host keeps the seat for somebody who has not come yet.
    [[nodiscard]] bool waits_for_somebody(seats::TeamId team, seats::Slot slot) const;
    [[nodiscard]] const seats::TeamRecord* team(seats::TeamId id) const;
    [[nodiscard]] const seats::TeamRecord* team_named(std::string_view name) const;
};

[[nodiscard]] std::string describe(const seats::SeatRecord& seat);

}  // namespace holdfast::simulation
