// What the journals of all teams say about a session: how often connections were lost and why, for how long,
// who came back and who did not. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "holdfast/journal/absences.hpp"
#include "holdfast/seats/records.hpp"

namespace holdfast::journal {

/// After a pause of this length in all journals, a new session begins.
inline constexpr Milliseconds pause_between_sessions{2 * 3600 * 1000};
/// The window in which most connections were lost.
inline constexpr Milliseconds worst_window{5 * 60 * 1000};

struct FiguresSettings {
    /// From and until when; without a beginning: the last session.
    std::optional<UnixTime> since = std::nullopt;
    std::optional<UnixTime> until = std::nullopt;
    std::size_t most_points = 240;         ///< of the course over time
    std::size_t most_troubled_teams = 10;  ///< listed by name
};

using Counts = std::map<std::string, std::uint64_t>;

/// How long absences lasted whose players came back.
struct TimeAway {
    std::uint64_t count = 0;
    Milliseconds median{0};
    Milliseconds ninth_decile{0};  ///< nine of ten were not longer
    Milliseconds longest{0};
    /// How many lasted at most so long (and longer than the limit before); the last place is for the rest.
    static constexpr std::array<std::int64_t, 7> limits_seconds{2, 10, 30, 60, 300, 900, 3600};
    std::array<std::uint64_t, limits_seconds.size() + 1> histogram{};
};

struct WorstWindow {
    UnixTime from;
    std::uint64_t drops = 0;
    Counts drops_by_cause;
};

struct TroubledTeam {
    seats::TeamId id = 0;
    std::uint64_t drops = 0;
    std::uint64_t refused = 0;
    std::uint64_t lost = 0;  ///< seats that expired while their player was away
    Milliseconds away{0};    ///< of all absences that ended here
};

/// The course over time: what happened from `at` on, until the next point.
struct Point {
    UnixTime at;
    std::uint64_t drops = 0;
    std::uint64_t returns = 0;
    std::uint64_t lost = 0;
    std::uint64_t away = 0;  ///< seats that were away at its end
};

struct Figures {
    /// The first and the last entry that was counted. Without entries both are what was asked for, or 0.
    UnixTime from;
    UnixTime until;
    std::uint64_t entries = 0;

    std::uint64_t drops = 0;  ///< absences that began
    Counts drops_by_cause;    ///< by reason of "away"
    std::uint64_t returns = 0;
    Counts returns_by_way;  ///< by reason of what ended the absence
    TimeAway time_away;
    std::uint64_t away_at_end = 0;
    std::uint64_t refused = 0;  ///< reconnections with a token of ours that opened nothing
    Counts refused_by_reason;
    std::uint64_t seats_taken = 0;
    Counts seats_freed;            ///< by what: left, released, expired, …
    std::uint64_t lost = 0;        ///< absences that ended with the seat's loss
    std::uint64_t taken_over = 0;  ///< a newer tab or device
    std::uint64_t moved = 0;       ///< to another phone
    /// Absences that the host took along to another seat: they go on there, so they are no losses here and no
    /// drops there.
    std::uint64_t absences_moved_away = 0;
    std::uint64_t absences_moved_here = 0;
    Counts others;  ///< by what: all that is counted nowhere above

    std::optional<WorstWindow> worst;
    std::vector<TroubledTeam> troubled;  ///< those that lost seats first, then by drops
    Milliseconds point_length{0};
    std::vector<Point> points;

    /// Journals that are full, so that something of this time may have been forgotten.
    std::uint64_t full_journals = 0;
    /// Entries of before were not looked at, for there are too many.
    bool beginning_is_cut = false;

    /// Of the absences that ended, the share that ended with the player's return; nothing if none ended.
    [[nodiscard]] std::optional<double> share_of_returns() const;
};

/// Takes entries in the order in which they were written. Memory grows with the absences in the range.
class FiguresBuilder {
  public:
    /// `journal_entries_per_team`: from when on a journal counts as full.
    FiguresBuilder(FiguresSettings settings, std::size_t journal_entries_per_team);
    void add(const seats::JournalRecord& entry);
    void beginning_is_cut() { beginning_is_cut_ = true; }
    [[nodiscard]] Figures finish();

  private:
    /// What the course over time is made from.
    struct Event {
        UnixTime at;
        bool is_drop = false;
        bool is_return = false;
        bool is_lost = false;
        std::uint32_t away = 0;  ///< after it
        std::uint8_t cause = 0;  ///< of a drop: place in causes_
    };
    struct TeamFigures {
        std::uint64_t entries = 0;  ///< of all times
        UnixTime first;             ///< of all times
        TroubledTeam counted;
    };
    void begin_again();
    void count(const seats::JournalRecord& entry, const Absences::Step& step, TeamFigures& team);
    [[nodiscard]] Event event_of(const seats::JournalRecord& entry, const Absences::Step& step);
    [[nodiscard]] std::uint8_t cause_number(const std::string& reason);
    [[nodiscard]] std::optional<WorstWindow> find_worst() const;
    void draw_course(Figures& figures) const;

    FiguresSettings settings_;
    std::size_t journal_entries_per_team_;
    bool beginning_is_cut_ = false;
    Absences absences_;
    std::unordered_map<seats::TeamId, TeamFigures> teams_;
    std::optional<UnixTime> last_;
    std::uint32_t away_before_ = 0;  ///< as the range began
    Figures figures_;
    std::vector<std::string> causes_;
    std::vector<std::int64_t> away_times_;  ///< milliseconds, of those who came back
    std::vector<Event> events_;
};

}  // namespace holdfast::journal
