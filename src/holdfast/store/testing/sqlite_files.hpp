// A SQLite store over files in a folder of a test, and looks at those files from outside.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "holdfast/store/sqlite_store.hpp"
#include "holdfast/store/testing/fault_vfs.hpp"
#include "holdfast/store/testing/history.hpp"
#include "holdfast/store/testing/model.hpp"
#include "holdfast/store/testing/temporary_directory.hpp"

namespace holdfast::store::testing {

inline Result<std::unique_ptr<SqliteStore>, OpenError> open_store(const std::string& path,
                                                                  const FaultVfs& vfs, Log& log) {
    SqliteSettings settings;
    settings.path = path;
    settings.vfs = vfs.name();
    settings.busy_time = Milliseconds{20};
    settings.checkpoint_pages = 25;  // a checkpoint every few batches
    return SqliteStore::open(settings, log);
}

/// Everything a store holds.
struct Content {
    seats::Snapshot snapshot;
    History history;
    std::vector<seats::JournalRecord> journal;
    friend bool operator==(const Content&, const Content&) = default;
};

inline Content content_of(SqliteStore& store, const std::string& path) {
    Content content{store.load().value(), read_history(path), {}};
    for (seats::TeamId team = 1; team < 6; ++team) {
        const auto entries = store.read_journal(team, 0, 1'000).value();
        content.journal.insert(content.journal.end(), entries.begin(), entries.end());
    }
    return content;
}

inline Content content_of(const Model& model) {
    Content content{model.snapshot(), model.history(), {}};
    for (seats::TeamId team = 1; team < 6; ++team) {
        for (auto& entry : model.journal_of(team, 1'000))
            content.journal.push_back(entry);
    }
    return content;
}

/// What a start of the server would find in these files, checked for damage. `vfs` is one without faults.
inline Content content_at_start(const std::string& path, const FaultVfs& vfs) {
    NoLog log;
    auto store = open_store(path, vfs, log);
    if (!store) {
        ADD_FAILURE() << store.error().message;
        return {};
    }
    EXPECT_EQ(check_integrity(path), "ok");
    return content_of(**store, path);
}

/// The same for the files as they are now, though a store has them open: what kill -9 would leave.
inline Content content_after_kill(const std::string& path, const FaultVfs& vfs) {
    const TemporaryDirectory elsewhere{TemporaryDirectory::On::memory};
    for (const char* suffix : {"", "-wal", "-journal"}) {
        if (std::filesystem::exists(path + suffix)) {
            std::filesystem::copy_file(path + suffix, elsewhere.file("copy.db") + suffix);
        }
    }
    return content_at_start(elsewhere.file("copy.db"), vfs);
}

inline Content content_of_image(const DiskModel::Image& image, const FaultVfs& vfs) {
    const TemporaryDirectory elsewhere{TemporaryDirectory::On::memory};
    for (const auto& [file, content] : image) {  // the names keep, the folder does not
        std::ofstream(elsewhere.path() / std::filesystem::path(file).filename(), std::ios::binary)
            .write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    return content_at_start(elsewhere.file("holdfast.db"), vfs);
}

}  // namespace holdfast::store::testing
