// How many decisions a second reach this disk: commits of 1, 16 and 256 decisions, each synced, among 10,000
// teams; and how long it takes to load 100,000 teams. Not a test.
//
//   holdfast_store_benchmark [FOLDER]     the folder's disk is measured; without one, the current folder's
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "holdfast/base/random.hpp"
#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/sample_records.hpp"

namespace holdfast::store {
namespace {

using namespace seats;

constexpr std::chrono::seconds measuring_time{3};
constexpr std::size_t team_count = 10'000;
constexpr std::size_t loaded_team_count = 100'000;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::unique_ptr<SqliteStore> open_store(const std::string& path) {
    static NoLog log;
    SqliteSettings settings;
    settings.path = path;
    auto store = SqliteStore::open(settings, log);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        std::exit(1);  // NOLINT(concurrency-mt-unsafe): the only thread
    }
    return std::move(*store);
}

void commit_or_exit(SqliteStore& store, const std::vector<Changes>& batch) {
    if (store.commit(testing::pointers_to(batch))) return;
    std::fprintf(stderr, "a commit failed\n");
    std::exit(1);  // NOLINT(concurrency-mt-unsafe): the only thread
}

class Benchmark {
  public:
    explicit Benchmark(const std::string& path) : store_(open_store(path)) {
        std::vector<Changes> batch(1);
        for (TeamId id = 1; id <= team_count; ++id) {
            teams_.push_back(testing::sample_team(id, 1, distinct_));
            teams_.back().seats.resize(2);
            batch.back().push_back(PutTeam{teams_.back(), 0});
        }
        commit_or_exit(*store_, batch);
    }

    void measure(std::size_t decisions_per_batch) {
        std::size_t commits = 0;
        const auto start = std::chrono::steady_clock::now();
        while (std::chrono::steady_clock::now() - start < measuring_time) {
            std::vector<Changes> batch;
            for (std::size_t index = 0; index < decisions_per_batch; ++index)
                batch.push_back(decision());
            commit_or_exit(*store_, batch);
            ++commits;
        }
        const double seconds = seconds_since(start);
        const double decisions = static_cast<double>(commits * decisions_per_batch);
        std::printf("%4zu decisions a batch: %8.0f commits/s %9.0f decisions/s %9.0f rows/s\n",
                    decisions_per_batch, static_cast<double>(commits) / seconds, decisions / seconds,
                    decisions * rows_per_decision / seconds);
    }

  private:
    /// A player's answer to a round: the team with its two seats, the answer, the operation id, the journal.
    Changes decision() {
        TeamRecord& team = teams_[random_.below(teams_.size())];
        const std::uint64_t expected = team.version++;
        PutAnswer answer{testing::sample_answer(distinct_)};
        PutOperation operation{testing::sample_operation(distinct_)};
        random_.fill(operation.operation.device);
        return {PutTeam{team, expected}, answer, operation,
                AppendJournal{testing::sample_journal(team.id, 1, distinct_)}};
    }
    static constexpr double rows_per_decision = 6;

    std::unique_ptr<SqliteStore> store_;
    testing::Distinct distinct_{1'000'000};
    SeededRandom random_{1};
    std::vector<TeamRecord> teams_;
};

void measure_load(const std::string& path) {
    testing::Distinct distinct(1);
    {
        const auto store = open_store(path);
        std::vector<Changes> batch(1);
        for (TeamId id = 1; id <= loaded_team_count; ++id) {
            TeamRecord team = testing::sample_team(id, 1, distinct);
            team.seats.resize(2);
            batch.back().push_back(PutTeam{team, 0});
            if (id % 2 == 0) batch.back().push_back(PutOperation{testing::sample_operation(distinct)});
        }
        commit_or_exit(*store, batch);
    }
    const auto start = std::chrono::steady_clock::now();
    const auto store = open_store(path);
    const double open_seconds = seconds_since(start);
    const auto snapshot = store->load();
    std::printf("%zu teams, %zu operations: opened in %.2f s, loaded in %.2f s (file: %.0f MB)\n",
                snapshot->teams.size(), snapshot->operations.size(), open_seconds,
                seconds_since(start) - open_seconds,
                static_cast<double>(std::filesystem::file_size(path)) / 1e6);
}

}  // namespace
}  // namespace holdfast::store

int main(int argument_count, char** arguments) {
    const std::filesystem::path parent = argument_count > 1 ? arguments[1] : ".";
    std::string pattern = (parent / "holdfast-benchmark-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        std::fprintf(stderr, "no folder can be made in %s\n", parent.c_str());
        return 1;
    }
    const std::filesystem::path folder = pattern;
    {
        holdfast::store::Benchmark benchmark((folder / "commits.db").string());
        for (const std::size_t decisions : {1u, 16u, 256u})
            benchmark.measure(decisions);
    }
    holdfast::store::measure_load((folder / "load.db").string());
    std::filesystem::remove_all(folder);
    return 0;
}
