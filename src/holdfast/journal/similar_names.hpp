// Which of the names that exist somebody may have meant. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::journal {

/// Collects the names that come nearest to a wanted one: by parts that they share, then by how many letters
/// have to change.
class SimilarNames {
  public:
    /// `wanted_key`: as TeamName::key. Keeps the `most` nearest.
    SimilarNames(std::string_view wanted_key, std::size_t most);
    /// Looks at a name that exists.
    void offer(std::string_view key, std::string_view shown);
    /// As they are shown, the nearest first.
    [[nodiscard]] std::vector<std::string> take();

  private:
    std::u32string wanted_;
    std::size_t most_;
    std::vector<std::pair<std::size_t, std::string>> nearest_;  ///< distance and name, nearest first
};

}  // namespace holdfast::journal
