#include "holdfast/journal/figures.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace holdfast::journal {

using seats::JournalEffect;
using seats::JournalRecord;

namespace {

/// A value that at least so many of the others do not exceed. `times` must not be empty.
Milliseconds quantile(std::vector<std::int64_t>& times, double share) {
    const auto place = static_cast<std::size_t>(std::lround(share * static_cast<double>(times.size() - 1)));
    const auto nth = times.begin() + static_cast<std::ptrdiff_t>(place);
    std::nth_element(times.begin(), nth, times.end());
    return Milliseconds{*nth};
}

TimeAway time_away_of(std::vector<std::int64_t> times) {
    TimeAway away;
    away.count = times.size();
    if (times.empty()) return away;
    for (const std::int64_t time : times) {
        const auto limit = std::find_if(TimeAway::limits_seconds.begin(), TimeAway::limits_seconds.end(),
                                        [&](std::int64_t seconds) { return time <= seconds * 1000; });
        ++away.histogram[static_cast<std::size_t>(limit - TimeAway::limits_seconds.begin())];
    }
    away.longest = Milliseconds{*std::max_element(times.begin(), times.end())};
    away.median = quantile(times, 0.5);
    away.ninth_decile = quantile(times, 0.9);
    return away;
}

/// The shortest of these that needs no more than so many points for the whole range.
Milliseconds point_length_for(Milliseconds range, std::size_t most_points) {
    constexpr std::array<std::int64_t, 11> seconds{1,     5,      15,     60,      300,      900,
                                                   3'600, 14'400, 86'400, 604'800, 2'592'000};
    for (const std::int64_t length : seconds) {
        if (range.count() / (length * 1000) < static_cast<std::int64_t>(most_points)) {
            return Milliseconds{length * 1000};
        }
    }
    return Milliseconds{range.count() / static_cast<std::int64_t>(most_points) + 1};
}

}  // namespace

std::optional<double> Figures::share_of_returns() const {
    if (returns + lost == 0) return std::nullopt;
    return static_cast<double>(returns) / static_cast<double>(returns + lost);
}

FiguresBuilder::FiguresBuilder(FiguresSettings settings, std::size_t journal_entries_per_team)
    : settings_(settings), journal_entries_per_team_(journal_entries_per_team) {}

void FiguresBuilder::add(const JournalRecord& entry) {
    auto& team = teams_[entry.team];
    if (team.entries++ == 0) team.first = entry.at;
    if (settings_.until && entry.at > *settings_.until) return;
    if (!settings_.since && last_ &&
        entry.at.milliseconds - last_->milliseconds >= pause_between_sessions.count()) {
        begin_again();
    }
    last_ = entry.at;
    const auto step = absences_.follow(entry);
    if (settings_.since && entry.at < *settings_.since) {
        away_before_ = static_cast<std::uint32_t>(absences_.count());
        return;
    }
    if (figures_.entries++ == 0) figures_.from = entry.at;
    figures_.until = std::max(figures_.until, entry.at);
    count(entry, step, team);
}

/// Nothing of the session before counts, but who was away still is.
void FiguresBuilder::begin_again() {
    figures_ = {};
    away_times_.clear();
    events_.clear();
    away_before_ = static_cast<std::uint32_t>(absences_.count());
    for (auto& [id, team] : teams_)
        team.counted = {};
}

void FiguresBuilder::count(const JournalRecord& entry, const Absences::Step& step, TeamFigures& team) {
    switch (step.effect) {
        case JournalEffect::taken:
            (entry.what == "joined" ? figures_.seats_taken : figures_.others[entry.what]) += 1;
            break;
        case JournalEffect::back:
            if (entry.what == "taken_over") ++figures_.taken_over;
            if (entry.what == "moved") ++figures_.moved;
            break;
        case JournalEffect::freed:
            ++figures_.seats_freed[entry.what];
            break;
        case JournalEffect::away:
            break;
        case JournalEffect::none:
            if (entry.what != "token_refused") {
                ++figures_.others[entry.what];
                break;
            }
            ++figures_.refused;
            ++figures_.refused_by_reason[entry.reason];
            ++team.counted.refused;
            break;
    }
    if (!step.begins_absence && !step.ended) return;
    const Event event = event_of(entry, step);
    events_.push_back(event);
    if (event.is_drop) {
        ++figures_.drops;
        ++figures_.drops_by_cause[entry.reason];
        ++team.counted.drops;
    } else if (step.begins_absence) {
        ++figures_.absences_moved_here;
    } else if (event.is_return) {
        ++figures_.returns;
        ++figures_.returns_by_way[entry.reason];
    } else if (event.is_lost) {
        ++figures_.lost;
        ++team.counted.lost;
    } else {
        ++figures_.absences_moved_away;
    }
    if (!step.ended) return;
    // To the team the time in its seat, to the player all of it.
    if (const auto here = time_between(step.ended->here_from, entry.at)) team.counted.away += *here;
    const auto away = time_between(step.ended->from, entry.at);
    if (away && event.is_return) away_times_.push_back(away->count());
}

FiguresBuilder::Event FiguresBuilder::event_of(const JournalRecord& entry, const Absences::Step& step) {
    Event event;
    event.at = entry.at;
    event.is_drop = step.begins_absence && entry.what == "away";
    event.is_return = step.ended && step.effect != JournalEffect::freed;
    event.is_lost = step.ended && !event.is_return && entry.what != "moved_away";
    event.away = static_cast<std::uint32_t>(absences_.count());
    if (event.is_drop) event.cause = cause_number(entry.reason);
    return event;
}

std::uint8_t FiguresBuilder::cause_number(const std::string& reason) {
    const auto found = std::find(causes_.begin(), causes_.end(), reason);
    if (found != causes_.end()) return static_cast<std::uint8_t>(found - causes_.begin());
    // A file that somebody tampered with may hold any number of words.
    if (causes_.size() == 255) return 0;
    causes_.push_back(reason);
    return static_cast<std::uint8_t>(causes_.size() - 1);
}

std::optional<WorstWindow> FiguresBuilder::find_worst() const {
    std::vector<const Event*> drops;
    for (const Event& event : events_) {
        if (event.is_drop) drops.push_back(&event);
    }
    if (drops.empty()) return std::nullopt;
    std::stable_sort(drops.begin(), drops.end(),
                     [](const Event* left, const Event* right) { return left->at < right->at; });
    std::size_t best = 0;
    std::size_t best_count = 0;
    for (std::size_t first = 0, past = 0; first < drops.size(); ++first) {
        const std::int64_t end = drops[first]->at.milliseconds + worst_window.count();
        while (past < drops.size() && drops[past]->at.milliseconds < end)
            ++past;
        if (past - first <= best_count) continue;
        best = first;
        best_count = past - first;
    }
    WorstWindow worst;
    worst.from = drops[best]->at;
    worst.drops = best_count;
    for (std::size_t index = best; index < best + best_count; ++index)
        ++worst.drops_by_cause[causes_[drops[index]->cause]];
    return worst;
}

void FiguresBuilder::draw_course(Figures& figures) const {
    const UnixTime from = settings_.since.value_or(figures.from);
    const UnixTime until = std::max(from, settings_.until.value_or(figures.until));
    const Milliseconds range{until.milliseconds - from.milliseconds};
    figures.point_length = point_length_for(range, std::max<std::size_t>(settings_.most_points, 2));
    const auto count = static_cast<std::size_t>(range.count() / figures.point_length.count()) + 1;
    figures.points.resize(count);
    for (std::size_t index = 0; index < count; ++index) {
        figures.points[index].at = {from.milliseconds +
                                    static_cast<std::int64_t>(index) * figures.point_length.count()};
    }
    // Entries are in the order of their writing, which the wall clock may not keep.
    std::vector<bool> is_told(count);
    for (const Event& event : events_) {
        const std::int64_t offset =
            (event.at.milliseconds - from.milliseconds) / figures.point_length.count();
        const auto index = static_cast<std::size_t>(
            std::clamp<std::int64_t>(offset, 0, static_cast<std::int64_t>(count) - 1));
        Point& point = figures.points[index];
        point.drops += event.is_drop ? 1 : 0;
        point.returns += event.is_return ? 1 : 0;
        point.lost += event.is_lost ? 1 : 0;
        point.away = event.away;
        is_told[index] = true;
    }
    std::uint64_t away = away_before_;
    for (std::size_t index = 0; index < count; ++index) {
        if (is_told[index]) away = figures.points[index].away;
        figures.points[index].away = away;
    }
}

Figures FiguresBuilder::finish() {
    Figures figures = std::move(figures_);
    figures.beginning_is_cut = beginning_is_cut_;
    figures.away_at_end = absences_.count();
    figures.time_away = time_away_of(std::move(away_times_));
    figures.worst = find_worst();
    if (figures.entries == 0) {
        figures.from = settings_.since.value_or(UnixTime{});
        figures.until = settings_.until.value_or(figures.from);
    }
    for (auto& [id, team] : teams_) {
        const bool is_full = team.entries >= journal_entries_per_team_;
        if (is_full && team.first >= settings_.since.value_or(figures.from)) ++figures.full_journals;
        team.counted.id = id;
        const auto& counted = team.counted;
        if (counted.drops + counted.refused + counted.lost > 0) figures.troubled.push_back(counted);
    }
    std::sort(figures.troubled.begin(), figures.troubled.end(),
              [](const TroubledTeam& left, const TroubledTeam& right) {
                  return std::tuple(right.lost, right.drops, right.refused, left.id) <
                         std::tuple(left.lost, left.drops, left.refused, right.id);
              });
    if (figures.troubled.size() > settings_.most_troubled_teams) {
        figures.troubled.resize(settings_.most_troubled_teams);
    }
    if (figures.entries > 0 || settings_.since) draw_course(figures);
    return figures;
}

}  // namespace holdfast::journal
