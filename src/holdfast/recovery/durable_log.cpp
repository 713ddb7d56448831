#include "holdfast/recovery/durable_log.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/recovery/database.hpp"

namespace holdfast::recovery {
namespace {

/// About what a record takes of memory while it waits.
std::size_t bytes_of_record(const RecoveryRecord& record) {
    std::size_t bytes = sizeof(record);
    if (const auto* event = std::get_if<socketio::records::EventEmitted>(&record.what)) {
        bytes += event->packet->size_bytes();
    } else if (const auto* data = std::get_if<socketio::records::DataSet>(&record.what)) {
        bytes += data->data.size();
    } else if (const auto* trimmed = std::get_if<socketio::records::Trimmed>(&record.what)) {
        bytes += trimmed->notes.size() * sizeof(socketio::TrimNote);
    }
    return bytes;
}

}  // namespace

/// The thread that writes, from one load to the next or to the first failure.
class DurableLog::Writer {
  public:
    Writer(std::unique_ptr<Database> database, std::size_t most_bytes, const Kept& kept, const Failed& failed)
        : database_(std::move(database)),
          most_bytes_(most_bytes),
          kept_(kept),
          failed_(failed),
          thread_([this] { work(); }) {}

    /// Ends the thread; with `finish`, after what waits has been written.
    void stop(bool finish) {
        {
            const std::lock_guard lock(mutex_);
            if (!finish) waiting_.clear();
            stopping_ = true;
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
        database_.reset();
    }
    ~Writer() { stop(true); }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    void append(RecoveryRecord record) {
        {
            const std::lock_guard lock(mutex_);
            if (refusing_) return;
            bytes_ += bytes_of_record(record);
            if (bytes_ > most_bytes_) {
                refusing_ = true;  // what follows must not be kept without this one
                too_much_ = true;
            } else {
                waiting_.push_back(std::move(record));
            }
        }
        wake_.notify_one();
    }

  private:
    void work() {
        std::vector<RecoveryRecord> batch;
        while (true) {
            bool too_much = false;
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return stopping_ || too_much_ || !waiting_.empty(); });
                if (waiting_.empty() && stopping_) return;
                batch = std::exchange(waiting_, {});
                bytes_ = 0;
                too_much = too_much_;
            }
            if (!batch.empty()) {
                if (const auto done = write(batch); !done) {
                    give_up(done.error());
                    return;
                }
                if (kept_) kept_(batch.back().position);
            }
            if (too_much) {
                give_up({"The disk is too slow: more waits for it than may"});
                return;
            }
        }
    }

    Done write(const std::vector<RecoveryRecord>& batch) {
        if (auto done = database_->begin(); !done) return done;
        for (const auto& record : batch) {
            if (auto done = database_->write(record); !done) return done;
        }
        return database_->commit(batch.back().position);
    }

    void give_up(RecoveryLogError error) {
        {
            const std::lock_guard lock(mutex_);
            refusing_ = true;
            waiting_.clear();
        }
        // Closing takes an open transaction back. What the file holds is read anew by the next load.
        database_.reset();
        if (failed_) failed_(std::move(error));
    }

    std::unique_ptr<Database> database_;  ///< of the thread
    std::size_t most_bytes_;
    const Kept& kept_;
    const Failed& failed_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<RecoveryRecord> waiting_;
    std::size_t bytes_ = 0;
    bool stopping_ = false;
    bool refusing_ = false;
    bool too_much_ = false;
    std::thread thread_;  ///< last: everything else is there when it begins
};

DurableLog::DurableLog(DurableLogSettings settings) : settings_(std::move(settings)) {}

DurableLog::~DurableLog() = default;

Result<RecoveryImage, RecoveryLogError> DurableLog::load() {
    if (writer_) writer_->stop(false);
    writer_.reset();
    auto database = std::make_unique<Database>();
    if (const auto done = database->open(settings_.path, settings_.vfs, settings_.sync); !done) {
        return failure(done.error());
    }
    auto image = database->read();
    if (!image) return failure(image.error());
    writer_ = std::make_unique<Writer>(std::move(database), settings_.unwritten_bytes, kept_, failed_);
    return image;
}

void DurableLog::report_to(Kept kept, Failed failed) {
    kept_ = std::move(kept);
    failed_ = std::move(failed);
}

void DurableLog::append(RecoveryRecord record) {
    if (writer_) writer_->append(std::move(record));
}

}  // namespace holdfast::recovery
