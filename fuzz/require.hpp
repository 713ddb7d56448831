// What a fuzz target demands. Unlike assert() it is there in every build.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace holdfast::fuzz {

[[noreturn]] inline void fail(std::string_view what, std::string_view detail = {}) {
    std::fprintf(stderr, "fuzz: broken: %.*s\n", static_cast<int>(what.size()), what.data());
    if (!detail.empty()) std::fprintf(stderr, "fuzz: %.*s\n", static_cast<int>(detail.size()), detail.data());
    std::abort();
}

inline void require(bool holds, std::string_view what, std::string_view detail = {}) {
    if (!holds) fail(what, detail);
}

/// Two lists that must be the same, shown when they are not.
template <typename List>
void require_same(const List& one, const List& other, std::string_view what) {
    if (one == other) return;
    std::string detail;
    for (const auto* list : {&one, &other}) {
        detail += list == &one ? "one:" : "\nthe other:";
        for (const auto& each : *list)
            detail.append("\n    ").append(each);
    }
    fail(what, detail);
}

}  // namespace holdfast::fuzz
