// The contract of socketio/recovery_log.hpp, for every log; and what the durable one promises beyond it.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>

#include "holdfast/base/random.hpp"
#include "holdfast/recovery/durable_log.hpp"
#include "holdfast/socketio/recovery/image.hpp"

namespace holdfast::recovery {
namespace {

using namespace socketio;

/// Hears what a log reports, from whatever thread.
class Witness {
  public:
    void listen_to(RecoveryLog& log) {
        log.report_to(
            [this](LogPosition position) {
                const std::lock_guard lock(mutex_);
                if (!kept_.empty() && position <= kept_.back()) in_order_ = false;
                if (!failures_.empty()) kept_after_failure_ = true;
                kept_.push_back(position);
                changed_.notify_all();
            },
            [this](RecoveryLogError error) {
                const std::lock_guard lock(mutex_);
                failures_.push_back(std::move(error.message));
                changed_.notify_all();
            });
    }
    [[nodiscard]] bool wait_for(LogPosition position) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock,
                      [&] { return !failures_.empty() || (!kept_.empty() && kept_.back() >= position); });
        return failures_.empty();
    }
    void wait_for_failure() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return !failures_.empty(); });
    }
    [[nodiscard]] LogPosition last_kept() {
        const std::lock_guard lock(mutex_);
        return kept_.empty() ? 0 : kept_.back();
    }
    [[nodiscard]] std::size_t failures() {
        const std::lock_guard lock(mutex_);
        return failures_.size();
    }
    [[nodiscard]] bool orderly() {
        const std::lock_guard lock(mutex_);
        return in_order_ && !kept_after_failure_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<LogPosition> kept_;
    std::vector<std::string> failures_;
    bool in_order_ = true;
    bool kept_after_failure_ = false;
};

class Folder {
  public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "recovery-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] std::string file() const { return path_ + "/recovery.db"; }

  private:
    std::string path_;
};

engineio::MessagePointer packet(std::string text, std::vector<std::string> attachments = {}) {
    return std::make_shared<const engineio::OutgoingMessage>(text, std::move(attachments));
}

std::string sid_of(std::uint64_t number) {
    auto sid = std::to_string(number);
    return std::string(20 - sid.size(), 'a') + sid;
}

/// Images are compared without regard to the order of notes and of spans.
void expect_same(RecoveryImage left, RecoveryImage right) {
    const auto by_place = [](const TrimNote& one, const TrimNote& other) {
        return std::tie(one.nsp, one.everybody, one.room) < std::tie(other.nsp, other.everybody, other.room);
    };
    std::sort(left.notes.begin(), left.notes.end(), by_place);
    std::sort(right.notes.begin(), right.notes.end(), by_place);
    const auto by_time = [](const RoomSpan& one, const RoomSpan& other) {
        return std::tie(one.joined, one.room) < std::tie(other.joined, other.room);
    };
    for (auto* const image : {&left, &right}) {
        for (auto& session : image->sessions)
            std::sort(session.rooms.begin(), session.rooms.end(), by_time);
    }
    EXPECT_EQ(left.position, right.position);
    EXPECT_EQ(left.last_session, right.last_session);
    EXPECT_EQ(left.trimmed_up_to, right.trimmed_up_to);
    EXPECT_EQ(left.floor, right.floor);
    EXPECT_EQ(left.sessions, right.sessions);
    EXPECT_EQ(left.notes, right.notes);
    ASSERT_EQ(left.events.size(), right.events.size());
    for (std::size_t at = 0; at < left.events.size(); ++at) {
        EXPECT_EQ(left.events[at].position, right.events[at].position);
        EXPECT_EQ(left.events[at].nsp, right.events[at].nsp);
        EXPECT_EQ(left.events[at].rooms, right.events[at].rooms);
        EXPECT_EQ(left.events[at].except, right.events[at].except);
        EXPECT_EQ(left.events[at].packet->text(), right.events[at].packet->text());
        EXPECT_EQ(left.events[at].packet->attachments(), right.events[at].packet->attachments());
    }
}

/// Records as recovery would write them: about sessions that exist, positions growing by one.
std::vector<RecoveryRecord> some_records(LogPosition position, SessionNumber last_session, Random& random,
                                         std::size_t count) {
    std::vector<RecoveryRecord> made;
    RecoveryImage image;
    SessionNumber last = last_session;
    const auto add = [&](auto what) {
        made.push_back({++position, std::move(what)});
        apply(image, made.back());
    };
    const auto room = [&] { return std::string("room\0", 5) + std::to_string(random.below(4)); };
    while (made.size() < count) {
        const auto kind = image.sessions.empty() ? 0 : random.below(10);
        const auto* const one =
            image.sessions.empty()
                ? nullptr
                : &image.sessions[static_cast<std::size_t>(random.below(image.sessions.size()))];
        if (kind == 0) {
            ++last;
            add(records::SessionBegun{last, sha256(std::to_string(last)), sid_of(last), "/"});
        } else if (kind == 1) {
            add(records::SessionRenewed{one->number, sha256(std::to_string(position)), one->pid_digest});
        } else if (kind == 2 && random.below(3) == 0) {
            add(records::SessionEnded{one->number});
        } else if (kind <= 4) {
            const auto name = room();
            // Counts from where it is, or from a little before, but not from before what was there.
            LogPosition earliest = 1;
            bool in = false;
            for (const auto& span : one->rooms) {
                if (span.room != name) continue;
                in = in || span.left == 0;
                earliest = std::max({earliest, span.joined, span.left == 0 ? 1 : span.left - 1});
            }
            const bool before = random.below(2) == 0;
            const LogPosition since = std::max(earliest, position - std::min(position, random.below(3)));
            if (in) {
                add(records::RoomLeft{one->number, name, before ? since + 1 : 0});
            } else {
                add(records::RoomJoined{one->number, name, before ? since : 0});
            }
        } else if (kind == 5) {
            const auto span = std::find_if(one->rooms.begin(), one->rooms.end(),
                                           [](const RoomSpan& any) { return any.left != 0; });
            if (span != one->rooms.end()) add(records::SpanForgotten{one->number, *span});
        } else if (kind == 6) {
            add(records::DataSet{one->number, "{\"n\":" + std::to_string(random.below(9)) + "}"});
        } else if (kind == 7 && !image.events.empty() && random.below(3) == 0) {
            records::Trimmed trimmed;
            trimmed.up_to = image.events[image.events.size() / 2].position;
            trimmed.floor = random.below(4) == 0 ? trimmed.up_to : 0;
            if (trimmed.floor == 0) {
                trimmed.notes.push_back({"/", "", true, trimmed.up_to, sid_of(1), 3});
                trimmed.notes.push_back({"/", one->sid, false, trimmed.up_to, "", 0});
            }
            add(trimmed);
        } else {
            add(records::EventEmitted{"/",
                                      random.below(2) == 0 ? std::vector<std::string>{} : std::vector{room()},
                                      {one->sid, ""},
                                      packet("2[\"x\",\"" + std::to_string(position) + "\"]",
                                             {std::string("\0bytes", 6), std::string()})});
        }
    }
    return made;
}

struct Kind {
    const char* name;
    std::function<std::unique_ptr<RecoveryLog>(const Folder&)> make;
    bool survives;
};

class LogContract : public testing::TestWithParam<Kind> {
  protected:
    std::unique_ptr<RecoveryLog> make() { return GetParam().make(folder); }
    Folder folder;
    SeededRandom random{5};
};

TEST_P(LogContract, ANewLogIsEmptyAndHasAName) {
    Witness witness;
    auto log = make();
    witness.listen_to(*log);
    const auto image = log->load();
    ASSERT_TRUE(image);
    EXPECT_EQ(image->log_id.size(), 6U);
    EXPECT_EQ(image->position, 0U);
    EXPECT_TRUE(image->sessions.empty() && image->events.empty());
}

TEST_P(LogContract, RecordsMayComeFromSeveralThreadsOneAtATime) {
    Witness witness;
    auto log = make();
    witness.listen_to(*log);
    ASSERT_TRUE(log->load());
    auto all = some_records(0, 0, random, 300);
    std::mutex turn;
    std::size_t next = 0;
    const auto give = [&] {
        while (true) {
            const std::lock_guard lock(turn);
            if (next == all.size()) return;
            log->append(all[next++]);
        }
    };
    std::thread one(give);
    std::thread other(give);
    one.join();
    other.join();
    EXPECT_TRUE(witness.wait_for(all.back().position));
    EXPECT_TRUE(witness.orderly());
    if (!GetParam().survives) return;
    log = make();
    witness.listen_to(*log);
    const auto image = log->load();
    ASSERT_TRUE(image);
    RecoveryImage expected;
    for (const auto& record : all)
        apply(expected, record);
    expect_same(*image, expected);
}

TEST_P(LogContract, EveryRecordIsReportedAsKeptInOrder) {
    Witness witness;
    auto log = make();
    witness.listen_to(*log);
    ASSERT_TRUE(log->load());
    for (auto& record : some_records(0, 0, random, 500))
        log->append(std::move(record));
    EXPECT_TRUE(witness.wait_for(500));
    EXPECT_EQ(witness.last_kept(), 500U);
    EXPECT_TRUE(witness.orderly());
}

TEST_P(LogContract, WhatWasKeptIsThereAgainWhereTheLogSurvives) {
    std::string log_id;
    RecoveryImage expected;
    const auto made = some_records(0, 0, random, 800);
    {
        Witness witness;
        auto log = make();
        witness.listen_to(*log);
        log_id = log->load()->log_id;
        for (const auto& record : made) {
            log->append(record);
            apply(expected, record);
        }
        ASSERT_TRUE(witness.wait_for(800));
    }
    Witness witness;
    auto log = make();
    witness.listen_to(*log);
    const auto image = log->load();
    ASSERT_TRUE(image);
    if (!GetParam().survives) {
        EXPECT_EQ(image->position, 0U);
        return;
    }
    EXPECT_EQ(image->log_id, log_id);
    expect_same(*image, expected);
    // And it goes on from there.
    log->append({image->position + 1, records::EventEmitted{"/", {}, {}, packet("2[\"y\"]")}});
    EXPECT_TRUE(witness.wait_for(image->position + 1));
}

const Kind kinds[] = {
    {"memory", [](const Folder&) { return std::make_unique<MemoryRecoveryLog>("memory"); }, false},
    {"durable",
     [](const Folder& folder) { return std::make_unique<DurableLog>(DurableLogSettings{folder.file()}); },
     true},
    {"durable_without_sync",
     [](const Folder& folder) {
         return std::make_unique<DurableLog>(DurableLogSettings{folder.file(), false});
     },
     true},
};
INSTANTIATE_TEST_SUITE_P(Logs, LogContract, testing::ValuesIn(kinds),
                         [](const auto& given) { return given.param.name; });

TEST(DurableLog, AnyRecordsComeBackAsTheyWere) {
    rc::check([](std::uint64_t seed) {
        const Folder folder;
        SeededRandom random(seed);
        RecoveryImage expected;
        for (int round = 0; round < 3; ++round) {
            Witness witness;
            DurableLog log({folder.file(), false});
            witness.listen_to(log);
            const auto image = log.load();
            RC_ASSERT(image.has_value());
            expect_same(*image, expected);
            RC_ASSERT(!testing::Test::HasFailure());
            expected = *image;
            const auto more =
                some_records(expected.position, expected.last_session, random, 1 + random.below(120));
            for (const auto& record : more) {
                log.append(record);
                apply(expected, record);
            }
            if (random.below(2) == 0) RC_ASSERT(witness.wait_for(expected.position));
        }
    });
}

TEST(DurableLog, OneProcessAtATimeHasTheFile) {
    const Folder folder;
    DurableLog first({folder.file()});
    ASSERT_TRUE(first.load());
    DurableLog second({folder.file()});
    EXPECT_FALSE(second.load());
}

TEST(DurableLog, TheFileIsReadableByItsOwnerOnly) {
    const Folder folder;
    DurableLog log({folder.file()});
    ASSERT_TRUE(log.load());
    for (const auto& entry :
         std::filesystem::directory_iterator(std::filesystem::path(folder.file()).parent_path())) {
        EXPECT_EQ(entry.status().permissions() & std::filesystem::perms(0777), std::filesystem::perms(0600))
            << entry.path();
    }
}

TEST(DurableLog, AFileOfAnotherProgramIsRefusedAndLeftAlone) {
    const Folder folder;
    {
        std::ofstream file(folder.file());
        file
            << "This is a letter, and a long one, so that nobody takes it for a database of any kind at all.";
    }
    DurableLog log({folder.file()});
    const auto image = log.load();
    ASSERT_FALSE(image);
    EXPECT_FALSE(image.error().message.empty());
    std::ifstream file(folder.file());
    std::string word;
    file >> word;
    EXPECT_EQ(word, "This");
}

TEST(DurableLog, AFolderThatIsNotThereIsAnError) {
    DurableLog log({"/nowhere/at/all/recovery.db"});
    EXPECT_FALSE(log.load());
}

TEST(DurableLog, TooMuchThatWaitsIsAFailureAndNothingBehindItIsKept) {
    const Folder folder;
    Witness witness;
    DurableLog log({folder.file(), true, 100'000});
    witness.listen_to(log);
    ASSERT_TRUE(log.load());
    const std::string large(60'000, 'x');
    // Whatever the thread has taken by then: at some point two of these wait at once.
    LogPosition position = 0;
    while (witness.failures() == 0) {
        for (int round = 0; round < 4; ++round)
            log.append({++position, records::EventEmitted{"/", {}, {}, packet("2[\"" + large + "\"]")}});
    }
    EXPECT_TRUE(witness.orderly());
    const auto kept = witness.last_kept();
    EXPECT_LT(kept, position);
    const auto image = log.load();
    ASSERT_TRUE(image);
    EXPECT_EQ(image->position, kept);
    EXPECT_EQ(image->events.size(), kept);
    log.append({kept + 1, records::EventEmitted{"/", {}, {}, packet("2[\"again\"]")}});
    while (witness.last_kept() < kept + 1)
        std::this_thread::yield();
    EXPECT_EQ(witness.failures(), 1U);
}

}  // namespace
}  // namespace holdfast::recovery
