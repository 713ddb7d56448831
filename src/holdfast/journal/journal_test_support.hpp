// Journals for this layer's tests.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

#include "holdfast/seats/journal_words.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::journal {

/// Seconds after some evening's start.
inline UnixTime at_second(std::int64_t seconds) {
    return {1'780'000'000'000 + seconds * 1000};
}

inline seats::JournalRecord entry(std::int64_t second, seats::TeamId team, int slot, std::string what,
                                  std::string reason) {
    return {team, static_cast<seats::Slot>(slot), at_second(second), std::move(what), std::move(reason), 1};
}

/// Any entries at all, of a few seats, in the order of time; with words that no version knows among them.
inline std::vector<seats::JournalRecord> any_journal() {
    std::vector<seats::JournalRecord> journal;
    std::int64_t second = 0;
    const auto count = *rc::gen::inRange<std::size_t>(0, 60);
    for (std::size_t index = 0; index < count; ++index) {
        // Sums of these meet the five minutes of the worst window exactly, and miss them by little.
        second += *rc::gen::element<std::int64_t>(0, 1, 50, 100, 150, 299, 300, 2'000);
        const auto what = *rc::gen::inRange<std::size_t>(0, seats::journal_whats.size() + 1);
        const auto reason = *rc::gen::inRange<std::size_t>(0, seats::journal_reasons.size() + 1);
        journal.push_back(entry(
            second, *rc::gen::inRange<seats::TeamId>(1, 4), *rc::gen::inRange(1, 3),
            what < seats::journal_whats.size() ? std::string(seats::journal_whats[what].code) : "abducted",
            reason < seats::journal_reasons.size() ? std::string(seats::journal_reasons[reason].code)
                                                   : "by_martians"));
    }
    return journal;
}

}  // namespace holdfast::journal
