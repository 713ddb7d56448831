#include "trace.hpp"

namespace holdfast::simulation {

Trace::Trace(const Clock& clock, std::ostream* copy) : clock_(clock), began_(clock.now()), copy_(copy) {}

void Trace::line(std::string_view who, std::string_view what) {
    const auto at = std::chrono::duration_cast<Milliseconds>(clock_.now() - began_).count();
    std::string text = std::to_string(at / 1000) + "." + std::to_string(at % 1000 + 1000).substr(1);
    text.append(" ").append(who).append(": ").append(what);
    for (const char character : text) {
        hash_ ^= static_cast<unsigned char>(character);
        hash_ *= 1'099'511'628'211U;
    }
    hash_ ^= '\n';
    hash_ *= 1'099'511'628'211U;
    ++lines_;
    if (copy_ != nullptr) *copy_ << text << '\n';
    last_lines_.push_back(std::move(text));
    if (last_lines_.size() > last_lines_kept) last_lines_.pop_front();
}

void TraceLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (level < LogLevel::warning) return;
    std::string text(event);
    for (const auto& field : fields) {
        if (const auto* value = std::get_if<std::string_view>(&field.value)) text.append(", ").append(*value);
    }
    trace_.line("log", text);
}

}  // namespace holdfast::simulation
