#include "holdfast/server/log_sink.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <system_error>

namespace holdfast::server {

namespace {

namespace json = boost::json;

/// Lines that wait to be written. At the limit: the oldest is lost.
constexpr std::size_t lines_waiting = 8'192;

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            break;
    }
    return spdlog::level::err;
}

json::value value_of(const LogField& field) {
    return std::visit([](const auto& value) { return json::value(value); }, field.value);
}

}  // namespace

/// A file that is added to and can be opened again under its name.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit FileSink(std::string path) : path_(std::move(path)), file_(open()) {}
    ~FileSink() override {
        if (file_ != nullptr) std::fclose(file_);
    }
    FileSink(const FileSink&) = delete;
    FileSink& operator=(const FileSink&) = delete;

    [[nodiscard]] bool is_open() const { return file_ != nullptr; }
    [[nodiscard]] bool reopen() {
        std::FILE* const fresh = open();
        if (fresh == nullptr) return false;
        const std::lock_guard lock(mutex_);
        if (file_ != nullptr) std::fclose(file_);
        file_ = fresh;
        return true;
    }

  private:
    [[nodiscard]] std::FILE* open() const { return std::fopen(path_.c_str(), "ae"); }
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (file_ == nullptr) return;
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        // A full disk loses log lines and nothing else.
        (void)std::fwrite(line.data(), 1, line.size(), file_);
        (void)std::fflush(file_);
    }
    void flush_() override {
        if (file_ != nullptr) (void)std::fflush(file_);
    }

    std::string path_;
    std::FILE* file_;
};

struct LogSink::State {
    State(LogFormat given, const std::string& path, std::shared_ptr<spdlog::details::thread_pool> writer)
        : format(given), pool(std::move(writer)) {
        spdlog::sink_ptr sink;
        if (!path.empty()) {
            file = std::make_shared<FileSink>(path);
            if (file->is_open()) {
                sink = file;
            } else {
                file_error = "The log file " + path + " cannot be opened: " +
                             std::error_code(errno, std::generic_category()).message() + ".";
                file.reset();
            }
        }
        if (!sink) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        // Whoever reads the log may stand still; the server does not wait for them.
        logger = std::make_shared<spdlog::async_logger>("holdfast", std::move(sink), pool,
                                                        spdlog::async_overflow_policy::overrun_oldest);
    }

    LogFormat format;
    std::string file_error;
    std::shared_ptr<FileSink> file;
    std::shared_ptr<spdlog::async_logger> logger;
    std::shared_ptr<spdlog::details::thread_pool> pool;  // ends first, having written what waits
};

LogSink::LogSink(LogFormat format, std::string_view level, const std::string& file)
    : state_(std::make_unique<State>(format, file,
                                     std::make_shared<spdlog::details::thread_pool>(lines_waiting, 1))) {
    spdlog::logger& logger = *state_->logger;
    logger.set_level(spdlog::level::from_str(std::string(level)));
    logger.set_pattern(
        format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                  : "%Y-%m-%d %H:%M:%S.%e %l %v",
        format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
}

LogSink::~LogSink() = default;

const std::string& LogSink::file_error() const {
    return state_->file_error;
}

void LogSink::reopen() {
    if (state_->file && !state_->file->reopen()) write(LogLevel::error, "log_file_not_reopened", {});
}

std::string LogSink::line_of(LogFormat format, std::string_view event,
                             std::initializer_list<LogField> fields) {
    if (format == LogFormat::json) {
        json::object object{{"event", event}};
        for (const LogField& field : fields)
            object[field.name] = value_of(field);
        const std::string text = json::serialize(object);
        return text.substr(1, text.size() - 2);
    }
    std::string text(event);
    // Values are quoted as JSON does: a name with a line break in it cannot pretend to be a line of its own.
    for (const LogField& field : fields) {
        text += " " + std::string(field.name) + "=" + json::serialize(value_of(field));
    }
    return text;
}

void LogSink::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    const auto wanted = level_of(level);
    if (!state_->logger->should_log(wanted)) return;
    state_->logger->log(wanted, "{}", line_of(state_->format, event, fields));
}

}  // namespace holdfast::server
