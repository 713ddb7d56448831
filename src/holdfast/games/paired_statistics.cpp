#include "holdfast/games/paired_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "holdfast/base/crypto.hpp"

namespace holdfast::games {
namespace {

constexpr std::size_t A = 0;
constexpr std::size_t B = 1;
constexpr std::size_t X = 2;
constexpr std::size_t Y = 3;

/// Sums independent terms and their squared errors.
class Sum {
  public:
    void add(double factor, double value, double uncertainty, double standard_error) {
        value_ += factor * value;
        uncertainty_squared_ += factor * factor * uncertainty * uncertainty;
        standard_error_squared_ += factor * factor * standard_error * standard_error;
        ++terms_;
    }
    /// A term without rounds.
    void add_nothing() { incomplete_ = true; }

    /// `factor` times the sum. Without an error if a term was missing, or all were.
    [[nodiscard]] Statistic times(double factor) const {
        Statistic result;
        result.value = factor * value_;
        if (!incomplete_ && terms_ > 0) {
            result.uncertainty = factor * std::sqrt(uncertainty_squared_);
            result.standard_error = factor * std::sqrt(standard_error_squared_);
        }
        return result;
    }
    [[nodiscard]] Statistic mean() const { return times(terms_ == 0 ? 0.0 : 1.0 / terms_); }

  private:
    double value_ = 0;
    double uncertainty_squared_ = 0;
    double standard_error_squared_ = 0;
    int terms_ = 0;
    bool incomplete_ = false;
};

double as_double(std::uint64_t number) {
    return static_cast<double>(number);
}

std::int64_t sum_of_signs(const PairCount& pair) {
    return 2 * static_cast<std::int64_t>(pair.equal) - static_cast<std::int64_t>(pair.rounds);
}

PairCount pooled(const PairCounts& pairs, std::size_t first, std::size_t second) {
    const auto& one = pairs[first][second];
    const auto& other = pairs[second][first];
    return {one.rounds + other.rounds, one.equal + other.equal};
}

/// Adds the pair's mean correlation E.
void add_correlation(Sum& sum, double factor, const PairCount& pair) {
    if (pair.rounds == 0) {
        sum.add_nothing();
        return;
    }
    const double rounds = as_double(pair.rounds);
    const double mean = static_cast<double>(sum_of_signs(pair)) / rounds;
    sum.add(factor, mean, 1.0 / std::sqrt(rounds), std::sqrt((1.0 - mean * mean) / rounds));
}

/// How evenly an item was answered: 1 for half and half, 0 for always the same.
void add_balance(Sum& sum, std::uint64_t answered_true, std::uint64_t answered_false) {
    const double answers = as_double(answered_true + answered_false);
    if (answers == 0) return;  // an item that was not asked is left out of the mean
    const double mean = (as_double(answered_true) - as_double(answered_false)) / answers;
    sum.add(1.0, 1.0 - std::abs(mean), 2.0 / std::sqrt(answers), std::sqrt((1.0 - mean * mean) / answers));
}

std::uint64_t successes(const PairCounts& pairs, std::size_t first, std::size_t second) {
    const auto& pair = pairs[first][second];
    return first == B && second == Y ? pair.rounds - pair.equal : pair.equal;
}

Statistic bell(const PairCount& ax, const PairCount& ay, const PairCount& bx, const PairCount& by) {
    Sum sum;
    add_correlation(sum, 1, ax);
    add_correlation(sum, 1, ay);
    add_correlation(sum, 1, bx);
    add_correlation(sum, -1, by);
    return sum.times(1);
}

Statistic classic_bell_of(const PairCounts& pairs) {
    return bell(pooled(pairs, A, X), pooled(pairs, A, Y), pooled(pairs, B, X), pooled(pairs, B, Y));
}

PairedStatistics classic_statistics_of(const ModeProgress& mode) {
    const auto& pairs = mode.pairs;
    PairedStatistics statistics;

    Sum trace;
    for (std::size_t item = 0; item < item_count; ++item)
        add_correlation(trace, 1, pairs[item][item]);
    statistics.trace_average = trace.times(0.25);
    statistics.trace_average.value = std::abs(statistics.trace_average.value);

    Sum chsh;
    for (const std::size_t first : {A, B}) {
        for (const std::size_t second : {X, Y}) {
            const double sign = first == B && second == Y ? -1 : 1;
            add_correlation(chsh, sign, pairs[first][second]);
            add_correlation(chsh, sign, pairs[second][first]);
        }
    }
    statistics.chsh_value = chsh.times(0.5);
    statistics.cross_term_combination = classic_bell_of(pairs);

    Sum balance;
    for (std::size_t item = 0; item < item_count; ++item) {
        const auto answers = 2 * pairs[item][item].rounds;
        const auto answered_true = std::min(mode.same_item_true[item], answers);
        add_balance(balance, answered_true, answers - answered_true);
    }
    statistics.same_item_balance = balance.mean();
    return statistics;
}

PairedStatistics new_statistics_of(const ModeProgress& mode) {
    PairedStatistics statistics;
    std::uint64_t rounds = 0;
    std::uint64_t won = 0;
    Sum rates;
    for (const std::size_t first : {A, B}) {
        for (const std::size_t second : {X, Y}) {
            const auto asked = mode.pairs[first][second].rounds;
            const auto won_here = successes(mode.pairs, first, second);
            rounds += asked;
            won += won_here;
            if (asked == 0) {
                rates.add_nothing();
                continue;
            }
            const double rate = as_double(won_here) / as_double(asked);
            const double error = std::sqrt(rate * (1.0 - rate) / as_double(asked));
            rates.add(1, rate, error, error);
        }
    }
    statistics.cross_term_combination = rates.mean();
    if (rounds > 0) {
        const double rate = as_double(won) / as_double(rounds);
        const double error = std::sqrt(rate * (1.0 - rate) / as_double(rounds));
        statistics.trace_average = {rate, error, error};
        statistics.chsh_value = {2.0 * rate - 1.0, 2.0 / std::sqrt(as_double(rounds)), 2.0 * error};
    }

    Sum balance;
    for (std::size_t item = 0; item < item_count; ++item) {
        ItemAnswers answers;
        for (const auto& seat : mode.by_seat) {
            answers.answered_true += seat[item].answered_true;
            answers.answered_false += seat[item].answered_false;
        }
        // 2 min(T,F)/(T+F) is the same as 1-|T-F|/(T+F).
        add_balance(balance, answers.answered_true, answers.answered_false);
    }
    statistics.same_item_balance = balance.mean();
    return statistics;
}

bool came_up_twice(const PairCounts& pairs, seats::GameMode mode) {
    for (std::size_t first = 0; first < item_count; ++first) {
        for (std::size_t second = 0; second < item_count; ++second) {
            const bool dealt = mode == seats::GameMode::classic || (first <= B && second >= X);
            if (dealt && pairs[first][second].rounds < 2) return false;
        }
    }
    return true;
}

std::string hex_of(std::uint32_t fingerprint) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<char>((fingerprint >> shift) & 0xFFU));
    return hex_encode(bytes);
}

}  // namespace

PairedReport report_paired(std::string_view bytes, seats::GameMode running_mode, std::size_t seat_count) {
    const auto progress = decode_progress(bytes).value_or(PairedProgress(seat_count));
    PairedReport report;
    for (std::size_t first = 0; first < item_count; ++first) {
        for (std::size_t second = 0; second < item_count; ++second) {
            const auto& classic = progress.classic.pairs[first][second];
            const auto& modern = progress.modern.pairs[first][second];
            report.classic_matrix[first][second] = {sum_of_signs(classic), classic.rounds};
            report.new_matrix[first][second] = {
                static_cast<std::int64_t>(successes(progress.modern.pairs, first, second)), modern.rounds};
        }
    }
    const auto& modern = progress.modern.pairs;
    report.classic_statistics = classic_statistics_of(progress.classic);
    report.new_statistics = new_statistics_of(progress.modern);
    report.classic_bell = classic_bell_of(progress.classic.pairs);
    report.new_bell = bell(modern[A][X], modern[A][Y], modern[B][X], modern[B][Y]);
    for (const auto fingerprint : progress.fingerprints)
        report.history_hashes.push_back(hex_of(fingerprint));
    report.min_stats_sig = came_up_twice(progress.in(running_mode).pairs, running_mode);
    return report;
}

}  // namespace holdfast::games
