#include "holdfast/server/journal_desk.hpp"

#include <charconv>
#include <future>
#include <utility>

#include "holdfast/base/limits.hpp"
#include "holdfast/journal/report_export.hpp"
#include "holdfast/seats/vocabulary.hpp"
#include "holdfast/server/journal_reading.hpp"

namespace holdfast::server {

using journal::Format;
using seats::StoreError;

namespace {

/// A report over more than a year is one over all there is.
constexpr std::int64_t most_minutes = 366 * 24 * 60;
/// Reports of different lengths that are kept for a moment; at the limit: all are forgotten.
constexpr std::size_t reports_kept = 16;

net::HttpResponse response_of(std::string body, const JournalQuestion& question, std::string_view name) {
    const bool is_csv = question.format == Format::csv;
    net::HttpResponse response;
    response.headers = {
        {"Content-Type", is_csv ? "text/csv; charset=utf-8" : "application/json; charset=utf-8"},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"}};
    if (question.download || is_csv) {
        response.headers.emplace_back(
            "Content-Disposition",
            "attachment; filename=\"holdfast-" + std::string(name) + (is_csv ? ".csv\"" : ".json\""));
    }
    response.body = std::move(body);
    return response;
}

net::HttpResponse refusal(unsigned status, seats::Refusal code) {
    net::HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = "{\"code\":" + journal::json_string(code_of(code)) +
                    ",\"message\":" + journal::json_string(sentence_of(code)) + "}\n";
    return response;
}

template <typename Number>
bool read_number(const std::string& text, Number& number) {
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    return read.ec == std::errc{} && read.ptr == text.data() + text.size();
}

std::string nothing_shown(UnixTime /*time*/) {
    return {};
}

}  // namespace

std::optional<Result<JournalQuestion, std::string>> read_journal_question(const net::HttpRequest& request) {
    using Read = Result<JournalQuestion, std::string>;
    JournalQuestion question;
    if (request.path == "/api/host/journal") {
        question.about = JournalQuestion::About::entries;
    } else if (request.path != "/api/host/report") {
        return std::nullopt;
    }
    const auto wrong = [](const char* sentence) { return Read(failure(std::string(sentence))); };
    if (const auto format = request.parameter("format")) {
        if (*format == "csv") {
            question.format = Format::csv;
        } else if (*format != "json") {
            return wrong("The format is json or csv.");
        }
    }
    question.download = request.parameter("download") == "1";
    if (question.about == JournalQuestion::About::report) {
        const auto minutes = request.parameter("minutes");
        if (!minutes) return Read(question);
        std::int64_t number = 0;
        if (!read_number(*minutes, number) || number < 1) return wrong("Minutes are a number, from 1 on.");
        question.minutes = std::min(number, most_minutes);
        return Read(question);
    }
    const auto team = request.parameter("team");
    if (!team) return Read(question);
    question.about = JournalQuestion::About::team;
    if (!read_number(*team, question.team)) return wrong("A team is given by its team_id.");
    if (const auto slot = request.parameter("slot")) {
        if (!read_number(*slot, question.slot) || question.slot < 1)
            return wrong("Seats are counted from 1.");
    }
    return Read(question);
}

JournalDesk::JournalDesk(Doors doors, const Clock& clock)
    : doors_(std::move(doors)), clock_(clock), thread_([this] { loop(); }) {}

JournalDesk::~JournalDesk() {
    stop();
}

void JournalDesk::answer(const JournalQuestion& question, std::shared_ptr<net::HttpResponder> responder) {
    seats::Refusal refused{};
    {
        const std::scoped_lock lock(mutex_);
        if (!stopping_ && waiting_.size() < limits::journal_readers_waiting) {
            waiting_.push_back({question, std::move(responder)});
            wakes_.notify_one();
            return;
        }
        refused = stopping_ ? seats::Refusal::shutting_down : seats::Refusal::overloaded;
    }
    responder->respond(refusal(503, refused));
}

void JournalDesk::stop() {
    std::call_once(stopped_, [this] {
        std::deque<Waiting> left;
        {
            const std::scoped_lock lock(mutex_);
            stopping_ = true;
            left.swap(waiting_);
        }
        wakes_.notify_one();
        if (thread_.joinable()) thread_.join();
        for (const Waiting& waiting : left)
            waiting.responder->respond(refusal(503, seats::Refusal::shutting_down));
    });
}

void JournalDesk::loop() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wakes_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        net::HttpResponse response;
        try {
            response = answer_to(next.question);
        } catch (const std::exception&) {
            // No memory for a long answer: that is this host's bad luck and nobody else's.
            response = refusal(503, seats::Refusal::overloaded);
        }
        next.responder->respond(std::move(response));
        lock.lock();
    }
}

template <typename Answer, typename Post, typename Ask>
std::optional<Answer> JournalDesk::wait_for(const Post& post, Ask ask) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto answer = promise->get_future();
    // Whoever drops the function unasked breaks the promise, and this thread goes on.
    if (!post([promise, ask](auto&&... given) { promise->set_value(ask(given...)); })) return std::nullopt;
    promise.reset();
    try {
        return answer.get();
    } catch (const std::future_error&) {
        return std::nullopt;
    }
}

Result<seats::JournalPiece, StoreError> JournalDesk::read_piece(std::uint64_t after, std::size_t most) {
    auto piece = wait_for<Result<seats::JournalPiece, StoreError>>(
        doors_.read_store, [after, most](seats::Store& store) { return store.read_journals(after, most); });
    if (!piece) return failure(StoreError::unavailable);
    return std::move(*piece);
}

void JournalDesk::find_names(const std::vector<seats::TeamId>& teams, Names& names) {
    std::vector<seats::TeamId> unknown;
    for (const auto id : teams) {
        if (names.try_emplace(id).second) unknown.push_back(id);
    }
    if (unknown.empty()) return;
    const auto found = wait_for<Names>(doors_.run, [this, unknown] {
        Names found_now;
        for (const auto id : unknown) {
            if (const auto view = doors_.view(id)) found_now[id] = view->name;
        }
        return found_now;
    });
    if (!found) return;
    for (const auto& [id, name] : *found)
        names[id] = name;
}

net::HttpResponse JournalDesk::answer_to(const JournalQuestion& question) {
    switch (question.about) {
        case JournalQuestion::About::team:
            return tell_team(question);
        case JournalQuestion::About::entries:
            return tell_entries(question);
        case JournalQuestion::About::report:
            break;
    }
    return tell_report(question);
}

net::HttpResponse JournalDesk::tell_team(const JournalQuestion& question) {
    const auto view = wait_for<seats::TeamViewPointer>(
        doors_.run, [this, team = question.team] { return doors_.view(team); });
    if (!view) return refusal(503, seats::Refusal::shutting_down);
    if (!*view) return refusal(404, seats::Refusal::team_unknown);
    const auto& team = **view;
    if (question.slot > team.seats.size()) return refusal(404, seats::Refusal::bad_request);
    // A journal is trimmed now and then: it may hold a few more than it has to.
    const auto entries = wait_for<Result<std::vector<seats::JournalRecord>, StoreError>>(
        doors_.read_store, [id = team.id](seats::Store& store) {
            return store.read_journal(id, 0, 2 * limits::journal_entries_per_team);
        });
    if (!entries || !*entries) return refusal(503, seats::Refusal::store_unavailable);
    std::vector<journal::SeatNow> seats;
    for (std::size_t index = 0; index < team.seats.size(); ++index) {
        const auto& seat = team.seats[index];
        seats.push_back({static_cast<seats::Slot>(index + 1), seat.state, seat.since});
    }
    const auto story = journal::tell_story(team.id, team.name, team.active, seats, question.slot, **entries,
                                           limits::journal_entries_per_team, clock_.unix_now());
    return response_of(journal::write_story(story, question.format, nothing_shown), question, "team");
}

net::HttpResponse JournalDesk::tell_entries(const JournalQuestion& question) {
    const bool is_csv = question.format == Format::csv;
    std::string text(is_csv ? std::string(journal::csv_heading) : "{\"entries\":[");
    Names names;
    journal::Teller teller;
    bool is_first = true;
    const auto cut =
        for_each_piece([this](std::uint64_t after, std::size_t most) { return read_piece(after, most); },
                       limits::journal_entries_downloaded,
                       [&](const seats::JournalPiece& piece) {
                           std::vector<seats::TeamId> teams;
                           teams.reserve(piece.entries.size());
                           for (const auto& entry : piece.entries)
                               teams.push_back(entry.team);
                           find_names(teams, names);
                           for (const auto& entry : piece.entries) {
                               const auto line = teller.tell(entry);
                               if (is_csv) {
                                   journal::append_csv_entry(text, line, names[entry.team]);
                                   continue;
                               }
                               if (!std::exchange(is_first, false)) text += ",\n";
                               journal::append_json_entry(text, line, names[entry.team]);
                           }
                       });
    if (!cut) return refusal(503, seats::Refusal::store_unavailable);
    if (!is_csv) text += std::string("],\"beginning_is_cut\":") + (*cut ? "true" : "false") + "}\n";
    return response_of(std::move(text), question, "journal");
}

net::HttpResponse JournalDesk::tell_report(const JournalQuestion& question) {
    const std::string key =
        std::to_string(question.minutes.value_or(0)) + (question.format == Format::csv ? "csv" : "json");
    const auto now = clock_.now();
    if (const auto kept = reports_.find(key);
        kept != reports_.end() && now - kept->second.made < limits::journal_report_life) {
        return response_of(kept->second.body, question, "report");
    }
    journal::FiguresSettings settings;
    const UnixTime until = clock_.unix_now();
    if (question.minutes) {
        settings.since = UnixTime{until.milliseconds - *question.minutes * 60'000};
        settings.until = until;
    }
    const auto figures = gather_figures(
        [this](std::uint64_t after, std::size_t most) { return read_piece(after, most); }, settings);
    if (!figures) return refusal(503, seats::Refusal::store_unavailable);
    Names names;
    std::vector<seats::TeamId> teams;
    for (const auto& team : figures->troubled)
        teams.push_back(team.id);
    find_names(teams, names);
    auto body = journal::write_report(
        *figures, question.format, [&](seats::TeamId id) { return names[id]; }, nothing_shown);
    if (reports_.size() >= reports_kept) reports_.clear();
    reports_[key] = {now, body};
    return response_of(std::move(body), question, "report");
}

}  // namespace holdfast::server
