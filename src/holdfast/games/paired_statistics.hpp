// What the paired game's rounds say: the matrices and figures of the hosts' dashboards, computed from a
// team's progress. Pure; any thread.
//
// With E the mean of +1 for equal and -1 for different answers over the N rounds that asked a pair:
//
//   figure                     classic                                 new (p: success rate, n: rounds)
//   trace_average              |mean of E(A,A), E(B,B), E(X,X), E(Y,Y)|  p
//   chsh_value                 half of E(A,X)+E(A,Y)+E(B,X)-E(B,Y)       2p-1
//                              +E(X,A)+E(X,B)+E(Y,A)-E(Y,B)
//   cross_term_combination     E(A,X)+E(A,Y)+E(B,X)-E(B,Y), each pair    mean success rate of the four pairs
//                              pooled over both orders
//   same_item_balance          mean over items asked of both at once:    mean over items: 2 min(T,F)/(T+F)
//                              1-|T-F|/(T+F)
//
// Success in mode new: different answers for B with Y, equal ones for the other pairs.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/games/paired_progress.hpp"

namespace holdfast::games {

struct Statistic {
    /// A pair or an item without rounds adds 0 to a sum and is left out of a mean of rates.
    double value = 0;
    /// As the contract with existing dashboards has it: 1/sqrt(N) for the E of a pair, and so for the answers
    /// to an item twice 1/sqrt(T+F), as for 2p-1; p's own is sqrt(p(1-p)/n). Propagated as independent.
    /// Nothing where a count that the figure needs is zero.
    std::optional<double> uncertainty;
    /// The honest one: from sqrt((1-E^2)/N), and sqrt(p(1-p)/n). Nothing in the same cases.
    std::optional<double> standard_error;
};

struct PairedStatistics {
    Statistic trace_average;
    Statistic chsh_value;
    Statistic cross_term_combination;
    Statistic same_item_balance;
};

/// One field of a matrix, by slot 1's item (row) and slot 2's (column), in the order A, B, X, Y.
struct MatrixField {
    std::int64_t sum = 0;  ///< classic: of +1 and -1; new: successes
    std::uint64_t rounds = 0;
    friend bool operator==(const MatrixField&, const MatrixField&) = default;
};
using PairedMatrix = std::array<std::array<MatrixField, item_count>, item_count>;

struct PairedReport {
    PairedMatrix classic_matrix{};
    PairedMatrix new_matrix{};
    PairedStatistics classic_statistics;
    PairedStatistics new_statistics;
    /// S = E(A,X)+E(A,Y)+E(B,X)-E(B,Y) of the mode's own rounds, for Bell's bound: |S| up to 2 with agreed
    /// strategies, up to 2*sqrt(2) with quantum ones. Classic: pooled over both orders.
    Statistic classic_bell;
    Statistic new_bell;
    /// Eight hexadecimal digits a seat.
    std::vector<std::string> history_hashes;
    /// Every pair the running mode can deal has come up at least twice.
    bool min_stats_sig = false;
};

/// `progress` as PairedGame::record makes it; one that cannot be read (or "") counts as no rounds, with
/// `seat_count` seats.
[[nodiscard]] PairedReport report_paired(std::string_view progress, seats::GameMode running_mode,
                                         std::size_t seat_count);

}  // namespace holdfast::games
