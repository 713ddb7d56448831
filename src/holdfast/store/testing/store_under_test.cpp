#include "holdfast/store/testing/store_under_test.hpp"

#include <stdexcept>

#include "holdfast/store/memory_store.hpp"
#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/fault_vfs.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"

namespace holdfast::store::testing {

namespace {

class MemoryUnderTest final : public StoreUnderTest {
  public:
    seats::Store& store() override { return store_; }
    bool reopen() override { return false; }
    History history() override {
        History history;
        for (const auto& [id, finished] : store_.finished_rounds()) {
            history.rounds.push_back({finished.team, finished.round});
        }
        for (const auto& [key, answer] : store_.answers())
            history.answers.push_back(answer);
        return history;
    }

  private:
    MemoryStore store_{journal_entries_per_team};
};

class SqliteUnderTest final : public StoreUnderTest {
  public:
    explicit SqliteUnderTest(bool over_fault_vfs) {
        if (over_fault_vfs) fault_vfs_ = std::make_unique<FaultVfs>();
        reopen();
    }
    seats::Store& store() override { return *store_; }
    bool reopen() override {
        store_.reset();
        SqliteSettings settings;
        settings.path = path_;
        if (fault_vfs_) settings.vfs = fault_vfs_->name();
        settings.journal_entries_per_team = journal_entries_per_team;
        settings.checkpoint_pages = 20;  // so that checkpoints happen within a test
        auto opened = SqliteStore::open(settings, log_);
        if (!opened) throw std::runtime_error(opened.error().message);
        store_ = std::move(*opened);
        return true;
    }
    History history() override { return read_history(path_); }

  private:
    TemporaryDirectory directory_{TemporaryDirectory::On::memory};
    const std::string path_ = directory_.file("holdfast.db");
    NoLog log_;
    std::unique_ptr<FaultVfs> fault_vfs_;
    std::unique_ptr<SqliteStore> store_;
};

}  // namespace

std::string name_of(StoreKind kind) {
    switch (kind) {
        case StoreKind::memory:
            return "Memory";
        case StoreKind::sqlite:
            return "Sqlite";
        case StoreKind::sqlite_over_fault_vfs:
            return "SqliteOverFaultVfs";
    }
    return "Unknown";
}

Result<void, seats::StoreError> StoreUnderTest::commit(const std::vector<seats::Changes>& batch) {
    const auto pointers = pointers_to(batch);
    return store().commit(pointers);
}

std::unique_ptr<StoreUnderTest> make_store(StoreKind kind) {
    if (kind == StoreKind::memory) return std::make_unique<MemoryUnderTest>();
    return std::make_unique<SqliteUnderTest>(kind == StoreKind::sqlite_over_fault_vfs);
}

}  // namespace holdfast::store::testing
