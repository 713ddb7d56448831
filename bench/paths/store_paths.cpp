// Decisions to a SQLite file and back.
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "holdfast/base/log.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"
#include "path.hpp"

namespace holdfast::bench {
namespace {

using namespace seats;
using store::testing::TemporaryDirectory;

using On = TemporaryDirectory::On;

/// A store in memory, where the system has such a folder, measures our work and SQLite's. One on the disk, in
/// the folder that TMPDIR names, measures the disk's as well.
class InStore : public Path {
  public:
    InStore(On where, std::size_t team_count) : folder_(where) {
        store::SqliteSettings settings;
        settings.path = folder_.file("bench.db");
        auto opened = store::SqliteStore::open(settings, log_);
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
        Changes changes;
        for (TeamId id = 1; id <= team_count; ++id) {
            teams_.push_back(store::testing::sample_team(id, 1, distinct_));
            teams_.back().seats.resize(2);
            changes.push_back(PutTeam{teams_.back(), 0});
        }
        commit({std::move(changes)});
    }

  protected:
    void commit(const std::vector<Changes>& batch) {
        if (!store_->commit(store::testing::pointers_to(batch))) throw std::runtime_error("a commit failed");
    }

    TemporaryDirectory folder_;
    NoLog log_;
    std::unique_ptr<store::SqliteStore> store_;
    store::testing::Distinct distinct_{1'000'000};
    SeededRandom random_{1};
    std::vector<TeamRecord> teams_;
};

/// Answers to rounds: the team with its two seats, the answer, the operation id and the journal are written.
class Commit final : public InStore {
  public:
    Commit(On where, std::size_t decisions_per_batch)
        : InStore(where, 1'000), decisions_per_batch_(decisions_per_batch) {}

    void prepare(std::size_t operations) override {
        batches_.clear();
        for (std::size_t index = 0; index < operations; index += decisions_per_batch_) {
            auto& batch = batches_.emplace_back();
            for (std::size_t decision = 0; decision < decisions_per_batch_; ++decision)
                batch.push_back(answer());
        }
        committed_ = 0;
    }
    void run(std::size_t operations) override {
        for (const auto& batch : batches_) {
            commit(batch);
            committed_ += batch.size();
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override {
        return expect_count("decisions on the disk", committed_, wanted_);
    }

  private:
    Changes answer() {
        TeamRecord& team = teams_[random_.below(teams_.size())];
        const std::uint64_t expected = team.version++;
        PutAnswer answer{store::testing::sample_answer(distinct_)};
        PutOperation operation{store::testing::sample_operation(distinct_)};
        random_.fill(operation.operation.device);
        return {PutTeam{team, expected}, answer, operation,
                AppendJournal{store::testing::sample_journal(team.id, 1, distinct_)}};
    }

    std::size_t decisions_per_batch_;
    std::vector<std::vector<Changes>> batches_;
    std::size_t committed_ = 0;
    std::size_t wanted_ = 0;
};

class Load final : public InStore {
  public:
    explicit Load(std::size_t team_count) : InStore(On::memory, team_count) {}
    void prepare(std::size_t /*operations*/) override { loaded_ = 0; }
    void run(std::size_t operations) override {
        for (std::size_t index = 0; index < operations; index += teams_.size()) {
            const auto snapshot = store_->load();
            if (snapshot) loaded_ += snapshot->teams.size();
        }
        wanted_ = operations;
    }
    [[nodiscard]] std::string complaint() const override { return expect_count("teams", loaded_, wanted_); }

  private:
    std::size_t loaded_ = 0;
    std::size_t wanted_ = 0;
};

}  // namespace

std::vector<PathInfo> store_paths() {
    return {
        path<Commit>("store.commit_1", "decision", 64, On::memory, std::size_t{1}),
        path<Commit>("store.commit_64", "decision", 128, On::memory, std::size_t{64}),
        path<Load>("store.load", "team", 1'000, std::size_t{1'000}),
        timed_path<Commit>("store.commit_1_on_disk", "decision", 16, On::disk, std::size_t{1}),
        timed_path<Commit>("store.commit_16_on_disk", "decision", 256, On::disk, std::size_t{16}),
        timed_path<Commit>("store.commit_256_on_disk", "decision", 1'024, On::disk, std::size_t{256}),
        timed_path<Load>("store.load_100000", "team", 100'000, std::size_t{100'000}),
    };
}

}  // namespace holdfast::bench
