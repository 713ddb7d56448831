#include "holdfast/server/log_sink.hpp"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

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

struct LogSink::State {
    State(LogFormat given, std::shared_ptr<spdlog::details::thread_pool> writer)
        : format(given),
          // Whoever reads the log may stand still; the server does not wait for them.
          logger(std::make_shared<spdlog::async_logger>(
              "holdfast", std::make_shared<spdlog::sinks::stderr_sink_mt>(), writer,
              spdlog::async_overflow_policy::overrun_oldest)),
          pool(std::move(writer)) {}

    LogFormat format;
    std::shared_ptr<spdlog::async_logger> logger;
    std::shared_ptr<spdlog::details::thread_pool> pool;  // ends first, having written what waits
};

LogSink::LogSink(LogFormat format, std::string_view level)
    : state_(
          std::make_unique<State>(format, std::make_shared<spdlog::details::thread_pool>(lines_waiting, 1))) {
    spdlog::logger& logger = *state_->logger;
    logger.set_level(spdlog::level::from_str(std::string(level)));
    logger.set_pattern(
        format == LogFormat::json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                  : "%Y-%m-%d %H:%M:%S.%e %l %v",
        format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
}

LogSink::~LogSink() = default;

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
