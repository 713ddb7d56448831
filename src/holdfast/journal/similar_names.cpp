#include "holdfast/journal/similar_names.hpp"

#include <algorithm>
#include <numeric>

namespace holdfast::journal {
namespace {

/// Keys are valid UTF-8. Anything else gives something that is similar to nothing.
std::u32string code_points(std::string_view text) {
    std::u32string points;
    points.reserve(text.size());
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        if ((byte & 0xC0U) == 0x80U && !points.empty()) {
            points.back() = (points.back() << 6U) | (byte & 0x3FU);
        } else {
            points.push_back(byte < 0x80U ? byte : byte & 0x1FU);
        }
    }
    return points;
}

/// How many letters have to be put in, taken out or changed (Levenshtein's distance).
std::size_t edits_between(std::u32string_view left, std::u32string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t at = 0; at < left.size(); ++at) {
        std::size_t diagonal = std::exchange(row[0], at + 1);
        for (std::size_t column = 0; column < right.size(); ++column) {
            const std::size_t changed = diagonal + (left[at] == right[column] ? 0 : 1);
            diagonal = row[column + 1];
            row[column + 1] = std::min({changed, row[column] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

SimilarNames::SimilarNames(std::string_view wanted_key, std::size_t most)
    : wanted_(code_points(wanted_key)), most_(most) {}

void SimilarNames::offer(std::string_view key, std::string_view shown) {
    const auto points = code_points(key);
    const auto difference =
        points.size() > wanted_.size() ? points.size() - wanted_.size() : wanted_.size() - points.size();
    const bool shares_part = points.find(wanted_) != std::u32string::npos ||
                             (points.size() >= 3 && wanted_.find(points) != std::u32string::npos);
    // A part of the name is as good as one wrong letter; of several, the shorter name is nearer.
    std::size_t distance = difference == 0 ? 0 : 1'000 + difference;
    if (!shares_part) {
        const std::size_t most_edits = std::max<std::size_t>(1, wanted_.size() / 3);
        if (difference > most_edits) return;
        const std::size_t edits = edits_between(wanted_, points);
        if (edits > most_edits) return;
        distance = edits * 1'000;
    }
    const auto place = std::upper_bound(nearest_.begin(), nearest_.end(), distance,
                                        [](std::size_t one, const auto& other) { return one < other.first; });
    if (place == nearest_.end() && nearest_.size() >= most_) return;
    nearest_.emplace(place, distance, std::string(shown));
    if (nearest_.size() > most_) nearest_.pop_back();
}

std::vector<std::string> SimilarNames::take() {
    std::vector<std::string> names;
    for (auto& [distance, name] : nearest_)
        names.push_back(std::move(name));
    nearest_.clear();
    return names;
}

}  // namespace holdfast::journal
