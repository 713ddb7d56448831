// The power is cut between any two things that SQLite does to the disk, from the creation of the file over
// checkpoints, a close and a reopening on. What was acknowledged is there; everything else is there wholly or
// not at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "holdfast/store/testing/script.hpp"
#include "holdfast/store/testing/sqlite_files.hpp"
#include "holdfast/store/testing/thoroughness.hpp"

namespace holdfast::store {
namespace {

using testing::Batch;
using testing::Content;
using testing::content_of;
using testing::DiskEvent;
using testing::DiskModel;
using testing::FaultVfs;
using testing::Model;
using testing::Survival;

/// What happened on the disk while the script ran, and how far the script was at each event.
struct Recording {
    std::vector<DiskEvent> events;
    std::vector<std::size_t> events_before_acknowledgement;  ///< of each batch
    std::vector<Content> contents;                           ///< after so many batches
};

Recording record_script() {
    Recording recording;
    const testing::TemporaryDirectory directory{testing::TemporaryDirectory::On::memory};
    const std::string path = directory.file("holdfast.db");
    NoLog log;
    FaultVfs vfs;
    vfs.record();
    Model model;
    recording.contents.push_back(content_of(model));
    auto store = testing::open_store(path, vfs, log).value();
    std::size_t batches = 0;
    for (const Batch& batch : testing::make_script()) {
        EXPECT_TRUE(store->commit(testing::pointers_to(batch)));
        EXPECT_TRUE(model.apply(batch));
        recording.events_before_acknowledgement.push_back(vfs.events().size());
        recording.contents.push_back(content_of(model));
        if (++batches == 7) {
            store.reset();
            store = testing::open_store(path, vfs, log).value();
        }
    }
    store.reset();
    recording.events = vfs.events();
    return recording;
}

/// What a second power cut leaves that comes at any moment of the start after the first one.
DiskModel::Image cut_again_at_start(const DiskModel::Image& image, Random& random) {
    FaultVfs vfs;
    vfs.record();
    testing::content_of_image(image, vfs);
    DiskModel disk;
    DiskModel::Image left = image;
    const std::size_t happened = random.below(vfs.events().size() + 1);
    for (std::size_t index = 0; index < happened; ++index) {
        const DiskEvent& event = vfs.events()[index];
        disk.apply(event);
        // Files that the start did not come to are as they were.
        left.erase(std::filesystem::path(event.file).filename());
    }
    const auto survival = testing::all_survivals[random.below(std::size(testing::all_survivals))];
    for (const auto& [file, content] : disk.image_after_power_cut(survival, random)) {
        left[std::filesystem::path(file).filename()] = content;
    }
    return left;
}

void expect_content(const DiskModel::Image& image, const std::vector<Content>& allowed, Random& random) {
    const FaultVfs vfs;
    const auto is_allowed = [&](const Content& found) {
        return std::find(allowed.begin(), allowed.end(), found) != allowed.end();
    };
    ASSERT_TRUE(is_allowed(testing::content_of_image(image, vfs)));
    ASSERT_TRUE(is_allowed(testing::content_of_image(cut_again_at_start(image, random), vfs)))
        << "after a second cut";
}

/// HOLDFAST_POWER_CUT_ROUNDS=20 draws twenty times as many images.
int rounds_asked_for() {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment
    const char* text = std::getenv("HOLDFAST_POWER_CUT_ROUNDS");
    return text == nullptr ? 1 : std::max(1, std::atoi(text));
}

class SqlitePowerCut : public ::testing::TestWithParam<Survival> {};

TEST_P(SqlitePowerCut, BetweenAnyTwoEvents) {
    const Recording recording = record_script();
    const auto& acknowledged_at = recording.events_before_acknowledgement;
    ASSERT_GT(recording.events.size(), 100u);
    SeededRandom random(static_cast<std::uint64_t>(GetParam()) + 1);
    const bool is_drawn = GetParam() == Survival::scattered || GetParam() == Survival::beginning;
    const int rounds = (is_drawn ? 3 : 1) * rounds_asked_for();
    int cuts = 0;
    DiskModel disk;
    for (std::size_t happened = 0; happened <= recording.events.size(); ++happened) {
        if (happened > 0) disk.apply(recording.events[happened - 1]);
        if (happened % testing::tried_one_in != 0) continue;
        const auto acknowledged = static_cast<std::size_t>(
            std::upper_bound(acknowledged_at.begin(), acknowledged_at.end(), happened) -
            acknowledged_at.begin());
        // The batch that was under way may be there, too.
        const auto first = recording.contents.begin() + static_cast<std::ptrdiff_t>(acknowledged);
        const auto last = std::min(first + 2, recording.contents.end());
        const std::vector<Content> allowed(first, last);
        for (int round = 0; round < rounds; ++round) {
            SCOPED_TRACE("after event " + std::to_string(happened) + ", " + std::to_string(acknowledged) +
                         " batches acknowledged");
            expect_content(disk.image_after_power_cut(GetParam(), random), allowed, random);
            cuts += 2;  // the second one during the start after the first
            ASSERT_FALSE(HasFailure());
        }
    }
    std::cout << cuts << " power cuts in " << recording.events.size() << " events" << std::endl;
}

INSTANTIATE_TEST_SUITE_P(Survivals, SqlitePowerCut, ::testing::ValuesIn(testing::all_survivals),
                         [](const auto& survival) -> std::string {
                             switch (survival.param) {
                                 case Survival::nothing:
                                     return "NothingUnsyncedSurvives";
                                 case Survival::everything:
                                     return "EverythingSurvives";
                                 case Survival::beginning:
                                     return "TheBeginningSurvives";
                                 case Survival::scattered:
                                     return "ScatteredSectorsSurvive";
                             }
                             return "Unknown";
                         });

}  // namespace
}  // namespace holdfast::store
