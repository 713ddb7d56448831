// Reads the history of rounds and answers, which the seam only writes: for tests.
#pragma once

#include <string>
#include <vector>

#include "holdfast/seats/records.hpp"

namespace holdfast::store::testing {

struct FinishedRound {
    seats::TeamId team = 0;
    seats::RoundRecord round;
    friend bool operator==(const FinishedRound&, const FinishedRound&) = default;
};
struct History {
    std::vector<FinishedRound> rounds;         ///< by round
    std::vector<seats::AnswerRecord> answers;  ///< by round and slot
    friend bool operator==(const History&, const History&) = default;
};

/// Opens the file for reading only, through a second connection. Throws when it cannot.
[[nodiscard]] History read_history(const std::string& path);

/// What `PRAGMA integrity_check` says: "ok" if nothing is wrong. Read-only as well.
[[nodiscard]] std::string check_integrity(const std::string& path);

}  // namespace holdfast::store::testing
