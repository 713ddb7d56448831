// Runs the paths for whoever counts or profiles. Valgrind is told to count between entering and leaving
// holdfast_counted_operations; scripts/instruction-counts does that.
//
//   holdfast_instruction_paths --list          each path's name, its operations and what one of them is
//   holdfast_instruction_paths NAME [TIMES]    runs the path, first to warm up, then TIMES times counted
//   holdfast_instruction_paths --once          runs every path that is counted and checks what comes out
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "path.hpp"

using holdfast::bench::Path;

// The marker: a function of this name and nothing but the path below it.
extern "C" __attribute__((noinline)) void holdfast_counted_operations(Path& path, std::size_t operations) {
    path.run(operations);
    // Keeps this frame: a tail call would have left it when the path begins.
    __asm__ volatile("" ::: "memory");
}

namespace {

bool is_fine(const holdfast::bench::PathInfo& info, const Path& path) {
    const auto complaint = path.complaint();
    if (complaint.empty()) return true;
    std::fprintf(stderr, "%.*s: %s\n", static_cast<int>(info.name.size()), info.name.data(),
                 complaint.c_str());
    return false;
}

bool run(const holdfast::bench::PathInfo& info, std::size_t operations, int times) {
    const auto path = info.make();
    path->prepare(operations);
    path->run(operations);
    bool fine = is_fine(info, *path);
    for (int time = 0; fine && time < times; ++time) {
        path->prepare(operations);
        holdfast_counted_operations(*path, operations);
        fine = is_fine(info, *path);
    }
    return fine;
}

int list() {
    for (const auto& info : holdfast::bench::all_paths()) {
        if (info.only_timed) continue;
        std::printf("%.*s\t%zu\t%.*s\n", static_cast<int>(info.name.size()), info.name.data(),
                    info.operations, static_cast<int>(info.unit.size()), info.unit.data());
    }
    return 0;
}

int run_all_once() {
    bool fine = true;
    for (const auto& info : holdfast::bench::all_paths()) {
        if (!info.only_timed) fine = run(info, info.operations, 1) && fine;
    }
    return fine ? 0 : 1;
}

int run_one(std::string_view name, int times) {
    for (const auto& info : holdfast::bench::all_paths()) {
        if (info.name == name) return run(info, info.operations, times) ? 0 : 1;
    }
    std::fprintf(stderr, "There is no path of that name; --list names them.\n");
    return 2;
}

}  // namespace

int main(int argument_count, char** arguments) {
    try {
        const std::string_view first = argument_count > 1 ? arguments[1] : "";
        if (argument_count == 2 && first == "--list") return list();
        if (argument_count == 2 && first == "--once") return run_all_once();
        if ((argument_count == 2 || argument_count == 3) && !first.starts_with("-")) {
            return run_one(first, argument_count == 3 ? std::atoi(arguments[2]) : 1);
        }
        std::fprintf(stderr, "Say --list, --once, or the name of a path.\n");
        return 2;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "A path failed: %s\n", failure.what());
        return 1;
    }
}
