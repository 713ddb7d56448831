// How lives and entries are written down: text for a terminal, JSON, and CSV that is safe to open. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "holdfast/journal/story.hpp"

namespace holdfast::journal {

enum class Format : std::uint8_t { text, json, csv };

/// "2026-05-04T20:15:32.104Z"
[[nodiscard]] std::string iso_time(UnixTime time);
/// How a time is shown to people; the terminal shows the machine's own, pure code knows no time zones.
using ShowTime = std::function<std::string(UnixTime)>;

/// One cell of a CSV file (RFC 4180), quoted where need be. What a spreadsheet would take for a formula, a
/// cell that begins with = + - @, a tab or a carriage return, gets an apostrophe before it and is text.
[[nodiscard]] std::string csv_cell(std::string_view text);
/// Text from others for a terminal: without what could steer it.
[[nodiscard]] std::string printable(std::string_view text);
/// A JSON string, with its quotes.
[[nodiscard]] std::string json_string(std::string_view text);

/// A team's story. JSON: {"team":{"team_id","team_name","is_active"},"beginning_is_lost","seats":[
/// {"player_slot","state","since","summary","journal":[entry]}]}; an entry is as append_json_entry() writes
/// it.
[[nodiscard]] std::string write_story(const TeamStory& story, Format format, const ShowTime& show_time);

inline constexpr std::string_view csv_heading =
    "at,team_id,team_name,player_slot,what,reason,away_seconds,sentence\r\n";
/// One line of CSV with those columns.
void append_csv_entry(std::string& text, const Line& line, std::string_view team_name);
/// {"at","team_id","team_name","player_slot","what","reason","away_seconds","sentence"}; `away_seconds` is
/// null unless the entry ended an absence.
void append_json_entry(std::string& text, const Line& line, std::string_view team_name);

}  // namespace holdfast::journal
