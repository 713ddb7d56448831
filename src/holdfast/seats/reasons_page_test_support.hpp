// For tests: docs/reasons.md, read as tables.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::seats {

/// What happened and why, in the words of the journal.
using JournalPair = std::pair<std::string, std::string>;

inline std::string read_document(const std::string& name) {
    std::ifstream file(std::string(HOLDFAST_DOCUMENTS) + "/" + name);
    EXPECT_TRUE(file) << name;
    return {std::istreambuf_iterator<char>(file), {}};
}

inline std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// The words in `backticks`.
inline std::vector<std::string> code_words(std::string_view cell) {
    std::vector<std::string> words;
    for (auto begin = cell.find('`'); begin != std::string_view::npos; begin = cell.find('`', begin)) {
        const auto end = cell.find('`', begin + 1);
        words.emplace_back(cell.substr(begin + 1, end - begin - 1));
        begin = end + 1;
    }
    return words;
}

struct Row {
    std::string section;
    std::vector<std::string> cells;
};

inline std::vector<Row> rows_of(const std::string& document) {
    std::vector<Row> rows;
    std::string section;
    std::size_t begin = 0;
    while (begin < document.size()) {
        const auto end = std::min(document.find('\n', begin), document.size());
        const auto line = std::string_view(document).substr(begin, end - begin);
        begin = end + 1;
        if (line.starts_with('#')) section = line.substr(line.find(' ') + 1);
        if (!line.starts_with("| ") || line.find('`') == std::string_view::npos) continue;
        Row row{section, {}};
        for (std::size_t from = 1; from < line.size();) {
            const auto to = std::min(line.find('|', from), line.size());
            row.cells.push_back(trimmed(line.substr(from, to - from)));
            from = to + 1;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// What the page says can happen to a seat.
inline std::set<JournalPair> documented_pairs() {
    std::set<JournalPair> pairs;
    for (const auto& row : rows_of(read_document("reasons.md"))) {
        if (row.section != "What can happen to a seat") continue;
        const auto words = code_words(row.cells.at(1));
        EXPECT_EQ(words.size(), 2U) << row.cells.at(1);
        if (words.size() != 2) continue;
        EXPECT_TRUE(pairs.emplace(words[0], words[1]).second) << row.cells[1] << " is there twice";
    }
    return pairs;
}

}  // namespace holdfast::seats
