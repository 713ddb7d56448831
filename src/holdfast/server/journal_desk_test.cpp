#include "holdfast/server/journal_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <future>

#include "holdfast/base/limits.hpp"
#include "holdfast/store/memory_store.hpp"

namespace holdfast::server {
namespace {

namespace json = boost::json;
using namespace seats;
using ::testing::HasSubstr;

class Answer final : public net::HttpResponder {
  public:
    void respond(net::HttpResponse response) override { promise_.set_value(std::move(response)); }
    net::HttpResponse wait() { return promise_.get_future().get(); }

  private:
    std::promise<net::HttpResponse> promise_;
};

std::string header(const net::HttpResponse& response, std::string_view name) {
    for (const auto& [key, value] : response.headers) {
        if (key == name) return value;
    }
    return "";
}

JournalQuestion question_of(std::string_view path, std::string_view query) {
    net::HttpRequest request;
    request.path = path;
    request.query = query;
    return read_journal_question(request).value().value();
}

/// The desk with a store in memory; the other two threads are the one that asks.
class JournalDeskTest : public ::testing::Test {
  protected:
    JournalDeskTest() {
        TeamView team;
        team.id = 7;
        team.name = "=Owls<b>";
        team.seats.resize(2);
        team.seats[0].state = SeatState::connected;
        team_ = std::make_shared<const TeamView>(team);
        note(1, 900, "joined", "create_team");
        note(2, 890, "joined", "join_team");
        note(2, 600, "away", "connection_lost");
        note(2, 470, "resumed", "token");
        note(2, 30, "left", "player");
    }
    void note(Slot slot, std::int64_t seconds_ago, const char* what, const char* reason) {
        const Changes changes{
            AppendJournal{{7, slot, {clock_.unix_now().milliseconds - seconds_ago * 1000}, what, reason, 1}}};
        const Changes* const batch = &changes;
        EXPECT_TRUE(store_.commit(std::span(&batch, 1)));
    }
    JournalDesk& desk() {
        if (!desk_) {
            JournalDesk::Doors doors;
            doors.run = [this](const std::function<void()>& function) {
                if (!serving_) return false;
                function();
                return true;
            };
            doors.read_store = [this](const std::function<void(Store&)>& read) {
                if (gate_) {
                    at_gate_.set_value();
                    gate_->get_future().wait();
                }
                if (!serving_) return false;
                ++reads_;
                read(store_);
                return true;
            };
            doors.view = [this](TeamId id) { return id == 7 ? team_ : nullptr; };
            desk_.emplace(doors, clock_);
        }
        return *desk_;
    }
    net::HttpResponse ask(std::string_view path, std::string_view query) {
        auto answer = std::make_shared<Answer>();
        desk().answer(question_of(path, query), answer);
        return answer->wait();
    }

    ManualClock clock_;
    store::MemoryStore store_;
    TeamViewPointer team_;
    std::atomic<bool> serving_ = true;
    std::atomic<int> reads_ = 0;
    std::optional<std::promise<void>> gate_;
    std::promise<void> at_gate_;
    std::optional<JournalDesk> desk_;
};

TEST_F(JournalDeskTest, TellsTheLifeOfATeam) {
    const auto response = ask("/api/host/journal", "team=7");
    EXPECT_EQ(response.status, 200U);
    EXPECT_EQ(header(response, "Content-Type"), "application/json; charset=utf-8");
    EXPECT_EQ(header(response, "Cache-Control"), "no-store");
    EXPECT_EQ(header(response, "Content-Disposition"), "");
    const auto told = json::parse(response.body);
    EXPECT_EQ(told.at("team").at("team_name"), "=Owls<b>");
    EXPECT_EQ(told.at("seats").at(0).at("summary"), "Taken, and its player is connected.");
    EXPECT_EQ(told.at("seats").at(1).at("summary"), "Free. Left for good.");
    EXPECT_EQ(told.at("seats").at(1).at("journal").at(2).at("sentence"),
              "Came back with the token, after 2 min 10 s away.");
    EXPECT_EQ(json::parse(ask("/api/host/journal", "team=7&slot=2").body).at("seats").as_array().size(), 1U);
}

TEST_F(JournalDeskTest, SaysThatATeamOrASeatIsNotThere) {
    EXPECT_EQ(ask("/api/host/journal", "team=8").status, 404U);
    EXPECT_THAT(ask("/api/host/journal", "team=8").body, HasSubstr("team_unknown"));
    EXPECT_EQ(ask("/api/host/journal", "team=7&slot=3").status, 404U);
}

TEST_F(JournalDeskTest, HandsOutAllEntriesAsAFile) {
    const auto csv = ask("/api/host/journal", "format=csv");
    EXPECT_EQ(header(csv, "Content-Type"), "text/csv; charset=utf-8");
    EXPECT_EQ(header(csv, "Content-Disposition"), "attachment; filename=\"holdfast-journal.csv\"");
    EXPECT_THAT(csv.body, HasSubstr(",7,\"'=Owls<b>\",2,resumed,token,130.000,"));
    const auto json = ask("/api/host/journal", "format=json&download=1");
    EXPECT_EQ(header(json, "Content-Disposition"), "attachment; filename=\"holdfast-journal.json\"");
    EXPECT_EQ(json::parse(json.body).at("entries").as_array().size(), 5U);
    EXPECT_EQ(json::parse(json.body).at("beginning_is_cut").as_bool(), false);
}

TEST_F(JournalDeskTest, ReportsOnASession) {
    const auto report = json::parse(ask("/api/host/report", "").body);
    EXPECT_EQ(report.at("drops").to_number<int>(), 1);
    EXPECT_EQ(report.at("time_away").at("median_seconds").to_number<double>(), 130);
    EXPECT_EQ(report.at("troubled_teams").at(0).at("team_name"), "=Owls<b>");
    EXPECT_EQ(json::parse(ask("/api/host/report", "minutes=9").body).at("drops").to_number<int>(), 0);
    EXPECT_THAT(ask("/api/host/report", "format=csv").body,
                HasSubstr("troubled_teams,\"'=Owls<b>\",drops,1\r\n"));
}

TEST_F(JournalDeskTest, MakesAReportOnceForManyHostsAndAnewAfterAWhile) {
    (void)ask("/api/host/report", "");
    const int reads = reads_;
    note(1, 20, "away", "closed_page");
    EXPECT_EQ(json::parse(ask("/api/host/report", "").body).at("drops").to_number<int>(), 1);
    EXPECT_EQ(reads_, reads);
    clock_.advance(limits::journal_report_life);
    EXPECT_EQ(json::parse(ask("/api/host/report", "").body).at("drops").to_number<int>(), 2);
}

TEST_F(JournalDeskTest, ReadsInPiecesSoThatNoCommitWaitsForAllOfIt) {
    Changes changes;
    for (std::size_t index = 0; index < 3 * limits::journal_entries_per_piece; ++index) {
        changes.push_back(AppendJournal{{index + 100, 1, clock_.unix_now(), "joined", "create_team", 1}});
    }
    const Changes* const batch = &changes;
    ASSERT_TRUE(store_.commit(std::span(&batch, 1)));
    const auto report = json::parse(ask("/api/host/report", "").body);
    EXPECT_EQ(report.at("entries").to_number<std::size_t>(), changes.size() + 5);
    EXPECT_GE(reads_, 4);
}

TEST_F(JournalDeskTest, RefusesWhenTooManyWaitAndAnswersEveryoneWhenItStops) {
    gate_.emplace();
    std::vector<std::shared_ptr<Answer>> answers;
    const auto ask_one_more = [&] {
        answers.push_back(std::make_shared<Answer>());
        desk().answer(question_of("/api/host/report", ""), answers.back());
    };
    ask_one_more();
    at_gate_.get_future().wait();  // the first is being answered and waits no more
    for (std::size_t index = 0; index < limits::journal_readers_waiting + 1; ++index)
        ask_one_more();
    const auto refused = answers.back()->wait();
    EXPECT_EQ(refused.status, 503U);
    EXPECT_THAT(refused.body, HasSubstr("overloaded"));
    serving_ = false;
    std::thread stopping([&] { desk_->stop(); });
    gate_->set_value();
    stopping.join();
    answers.pop_back();
    int unavailable = 0;
    for (const auto& answer : answers)
        unavailable += answer->wait().status == 503U ? 1 : 0;
    EXPECT_EQ(unavailable, static_cast<int>(answers.size()));
}

TEST(JournalQuestions, AreReadFromThePathAndTheQuery) {
    EXPECT_EQ(question_of("/api/host/report", "minutes=15").minutes, 15);
    EXPECT_EQ(question_of("/api/host/journal", "team=7&slot=2").slot, 2);
    net::HttpRequest other;
    other.path = "/api/host/login";
    EXPECT_FALSE(read_journal_question(other));
    for (const auto& [path, query] :
         {std::pair{"/api/host/report", "minutes=0"}, std::pair{"/api/host/report", "minutes=-1"},
          std::pair{"/api/host/report", "minutes=ten"}, std::pair{"/api/host/report", "format=xml"},
          std::pair{"/api/host/journal", "team="}, std::pair{"/api/host/journal", "team=7x"},
          std::pair{"/api/host/journal", "team=7&slot=0"},
          std::pair{"/api/host/journal", "team=7&slot=999"}}) {
        net::HttpRequest request;
        request.path = path;
        request.query = query;
        const auto question = read_journal_question(request);
        ASSERT_TRUE(question);
        EXPECT_FALSE(*question) << query;
    }
}

}  // namespace
}  // namespace holdfast::server
