// Feeds kept inputs to one target: fuzz_replay TARGET FILE-OR-FOLDER...
// A finding ends it the way it ends a fuzzer; the last name printed is that of the input.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "targets.hpp"

namespace holdfast::fuzz {
namespace {

constexpr std::pair<std::string_view, void (*)(Input)> targets[] = {
    {"engine_packets", engine_packets},     {"engine_session", engine_session},
    {"http_requests", http_requests},       {"json_text", json_text},
    {"socketio_packets", socketio_packets}, {"socketio_server", socketio_server},
    {"websocket_beast", websocket_beast},   {"websocket_deflate", websocket_deflate},
    {"websocket_frames", websocket_frames},
};

std::vector<std::filesystem::path> files_in(const std::filesystem::path& place) {
    if (!std::filesystem::is_directory(place)) return {place};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(place)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

int replay(std::string_view name, const std::vector<std::string>& places) {
    const auto* const target = std::find_if(std::begin(targets), std::end(targets),
                                            [&](const auto& each) { return each.first == name; });
    if (target == std::end(targets)) {
        std::fprintf(stderr, "There is no fuzz target of that name.\n");
        return 2;
    }
    std::size_t count = 0;
    target->second({});
    for (const auto& place : places) {
        for (const auto& path : files_in(place)) {
            std::printf("%s\n", path.c_str());
            std::fflush(stdout);
            std::ifstream file(path, std::ios::binary);
            if (!file) {
                std::fprintf(stderr, "It cannot be read.\n");
                return 1;
            }
            // Exactly as large as the file, so that a sanitizer sees what reads beyond it.
            const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
            const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
            target->second(input);
            ++count;
        }
    }
    std::printf("%zu inputs\n", count);
    return count == 0 ? 1 : 0;
}

}  // namespace
}  // namespace holdfast::fuzz

int main(int argument_count, char** arguments) {
    if (argument_count < 3) {
        std::fprintf(stderr, "usage: holdfast_fuzz_replay TARGET FILE-OR-FOLDER...\n");
        return 2;
    }
    try {
        return holdfast::fuzz::replay(arguments[1], {arguments + 2, arguments + argument_count});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "An exception left the target: %s\n", error.what());
        return 1;
    }
}
