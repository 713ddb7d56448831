#include "holdfast/journal/export.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>

namespace holdfast::journal {
namespace {

std::string seconds_text(Milliseconds time) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(time.count()) / 1000);
    return text.data();
}

std::string text_of(const TeamStory& story, const ShowTime& show_time) {
    std::string text = printable(story.name) + " (team #" + std::to_string(story.id) +
                       (story.active ? ")\n" : ", dissolved: nobody is in it)\n");
    for (const auto& seat : story.seats) {
        text += "\nSeat " + std::to_string(seat.now.slot) + ". " + printable(seat.summary) + "\n";
        for (const auto& line : seat.lines) {
            text += "  " + show_time(line.entry.at) + "  " + printable(line.sentence) + "\n";
        }
        if (seat.lines.empty()) text += "  Nothing is written of it.\n";
    }
    if (story.beginning_is_lost) {
        text += "\nThe journal of this team is full: what was before its first lines has been forgotten.\n";
    }
    return text;
}

std::string json_of(const TeamStory& story) {
    std::string text =
        "{\"team\":{\"team_id\":" + std::to_string(story.id) + ",\"team_name\":" + json_string(story.name) +
        ",\"is_active\":" + (story.active ? "true" : "false") +
        "},\"beginning_is_lost\":" + (story.beginning_is_lost ? "true" : "false") + ",\"seats\":[";
    bool is_first_seat = true;
    for (const auto& seat : story.seats) {
        if (!is_first_seat) text += ',';
        is_first_seat = false;
        text += "{\"player_slot\":" + std::to_string(seat.now.slot) + ",\"state\":\"" +
                std::string(seats::to_string(seat.now.state)) +
                "\",\"since\":" + json_string(iso_time(seat.now.since)) +
                ",\"summary\":" + json_string(seat.summary) + ",\"journal\":[";
        bool is_first_line = true;
        for (const auto& line : seat.lines) {
            if (!is_first_line) text += ',';
            is_first_line = false;
            append_json_entry(text, line, story.name);
        }
        text += "]}";
    }
    return text + "]}\n";
}

std::string csv_of(const TeamStory& story) {
    std::string text(csv_heading);
    for (const auto& seat : story.seats) {
        for (const auto& line : seat.lines)
            append_csv_entry(text, line, story.name);
    }
    return text;
}

}  // namespace

std::string iso_time(UnixTime time) {
    using namespace std::chrono;
    const sys_time<milliseconds> moment{milliseconds{time.milliseconds}};
    const auto day = floor<days>(moment);
    const year_month_day date{day};
    const hh_mm_ss clock{moment - day};
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                  static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
                  static_cast<int>(clock.subseconds().count()));
    return text.data();
}

std::string csv_cell(std::string_view text) {
    // The last four are the wide forms of the first, which some spreadsheets take for the same.
    constexpr std::array<std::string_view, 10> formula_signs{"=",  "+",      "-",      "@",      "\t",
                                                             "\r", "\uFF1D", "\uFF0B", "\uFF0D", "\uFF20"};
    const bool is_formula = std::any_of(formula_signs.begin(), formula_signs.end(),
                                        [text](std::string_view sign) { return text.starts_with(sign); });
    const bool is_plain = text.find_first_of(",\"\r\n") == std::string_view::npos;
    if (is_plain && !is_formula) return std::string(text);
    std::string cell = "\"";
    if (is_formula) cell += '\'';
    for (const char letter : text) {
        if (letter == '"') cell += '"';
        cell += letter;
    }
    return cell + "\"";
}

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    for (std::size_t index = 0; index < text.size(); ++index) {
        const auto byte = static_cast<unsigned char>(text[index]);
        const auto next = index + 1 < text.size() ? static_cast<unsigned char>(text[index + 1]) : 0U;
        // U+0080 to U+009F steer terminals as well.
        const bool is_second_kind = byte == 0xC2U && next >= 0x80U && next <= 0x9FU;
        const bool is_control = byte < 0x20U || byte == 0x7FU || is_second_kind;
        shown += is_control ? '?' : text[index];
        if (is_second_kind) ++index;
    }
    return shown;
}

std::string json_string(std::string_view text) {
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string write_story(const TeamStory& story, Format format, const ShowTime& show_time) {
    switch (format) {
        case Format::json:
            return json_of(story);
        case Format::csv:
            return csv_of(story);
        case Format::text:
            break;
    }
    return text_of(story, show_time);
}

void append_csv_entry(std::string& text, const Line& line, std::string_view team_name) {
    const auto& entry = line.entry;
    text += iso_time(entry.at) + "," + std::to_string(entry.team) + "," + csv_cell(team_name) + "," +
            std::to_string(entry.slot) + "," + csv_cell(entry.what) + "," + csv_cell(entry.reason) + "," +
            (line.away ? seconds_text(*line.away) : "") + "," + csv_cell(line.sentence) + "\r\n";
}

void append_json_entry(std::string& text, const Line& line, std::string_view team_name) {
    const auto& entry = line.entry;
    text += "{\"at\":\"" + iso_time(entry.at) + "\",\"team_id\":" + std::to_string(entry.team) +
            ",\"team_name\":" + json_string(team_name) + ",\"player_slot\":" + std::to_string(entry.slot) +
            ",\"what\":" + json_string(entry.what) + ",\"reason\":" + json_string(entry.reason) +
            ",\"away_seconds\":" + (line.away ? seconds_text(*line.away) : "null") +
            ",\"sentence\":" + json_string(line.sentence) + "}";
}

}  // namespace holdfast::journal
