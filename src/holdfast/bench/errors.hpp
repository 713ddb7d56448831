// What went wrong in a run, by name. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace holdfast::bench {

/// Counts errors and keeps the first detail of each kind. Nothing that goes wrong is left out. One thread.
class Errors {
  public:
    struct Entry {
        std::uint64_t count = 0;
        std::string first_detail;
    };
    void add(std::string_view name, std::string_view detail = {}, std::uint64_t count = 1) {
        if (count == 0) return;
        auto at = entries_.find(name);
        if (at == entries_.end())
            at = entries_.emplace(std::string(name), Entry{0, std::string(detail)}).first;
        at->second.count += count;
        total_ += count;
    }
    [[nodiscard]] const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }

  private:
    std::map<std::string, Entry, std::less<>> entries_;
    std::uint64_t total_ = 0;
};

}  // namespace holdfast::bench
