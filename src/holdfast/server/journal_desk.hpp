// The journal for the dashboard: what hosts ask over HTTP is answered here, on a thread of its own that asks
// the seats thread for teams and the store thread for entries, a piece at a time, and waits for them. Nobody
// waits for it.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/journal/export.hpp"
#include "holdfast/journal/figures.hpp"
#include "holdfast/net/http_route.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/store.hpp"

namespace holdfast::server {

/// What a host wants to know.
struct JournalQuestion {
    enum class About : std::uint8_t {
        team,     ///< the lives of a team's seats
        entries,  ///< the newest entries of all teams
        report,   ///< the figures of a time
    };
    About about = About::report;
    journal::Format format = journal::Format::json;  ///< json or csv
    bool download = false;                           ///< to be kept as a file
    seats::TeamId team = 0;
    seats::Slot slot = 0;                 ///< 0: all
    std::optional<std::int64_t> minutes;  ///< report: the last so many; unset: the last session
};

/// The question in a request of GET /api/host/journal?[team=ID[&slot=N]] or /api/host/report?[minutes=N],
/// each with format=json|csv and download=1. Nothing: the path is another one. Otherwise a sentence that says
/// what was wrong.
[[nodiscard]] std::optional<Result<JournalQuestion, std::string>> read_journal_question(
    const net::HttpRequest& request);

class JournalDesk {
  public:
    /// The ways to the other threads, each as the method of the seats thread of that name.
    struct Doors {
        std::function<bool(std::function<void()>)> run;
        std::function<bool(std::function<void(seats::Store&)>)> read_store;
        /// Called on the seats thread; null: no such team.
        std::function<seats::TeamViewPointer(seats::TeamId)> view;
    };
    JournalDesk(Doors doors, const Clock& clock);
    /// What waits is answered with 503.
    ~JournalDesk();
    JournalDesk(const JournalDesk&) = delete;
    JournalDesk& operator=(const JournalDesk&) = delete;

    /// Answers now or later; any thread. The caller has made sure that a host asks.
    void answer(const JournalQuestion& question, std::shared_ptr<net::HttpResponder> responder);
    /// Ends the thread, after the answer that it works at. Any other thread.
    void stop();

  private:
    struct Waiting {
        JournalQuestion question;
        std::shared_ptr<net::HttpResponder> responder;
    };
    struct KeptReport {
        Instant made;
        std::string body;
    };
    void loop();
    [[nodiscard]] net::HttpResponse answer_to(const JournalQuestion& question);
    [[nodiscard]] net::HttpResponse tell_team(const JournalQuestion& question);
    [[nodiscard]] net::HttpResponse tell_entries(const JournalQuestion& question);
    [[nodiscard]] net::HttpResponse tell_report(const JournalQuestion& question);
    /// What `ask` finds out on the seats thread or the store thread; nothing: the server is stopping.
    template <typename Answer, typename Post, typename Ask>
    [[nodiscard]] std::optional<Answer> wait_for(const Post& post, Ask ask);
    [[nodiscard]] Result<seats::JournalPiece, seats::StoreError> read_piece(std::uint64_t after,
                                                                            std::size_t most);
    using Names = std::unordered_map<seats::TeamId, std::string>;
    /// Looks up those that `names` does not have yet.
    void find_names(const std::vector<seats::TeamId>& teams, Names& names);

    Doors doors_;
    const Clock& clock_;
    std::unordered_map<std::string, KeptReport> reports_;  ///< the thread's own

    std::mutex mutex_;
    std::condition_variable wakes_;
    std::deque<Waiting> waiting_;
    bool stopping_ = false;
    std::once_flag stopped_;
    std::jthread thread_;
};

}  // namespace holdfast::server
