// The main paths of the server, each written once: counted in instructions (instruction_paths.cpp) and timed
// (microbenchmarks.cpp). A path brings its world with it: no network, no clock, always the same bytes.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::bench {

/// One thread.
class Path {
  public:
    Path() = default;
    virtual ~Path() = default;
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;

    /// Makes ready whatever `operations` operations use up. Not measured. May be called again after run().
    virtual void prepare(std::size_t operations) = 0;
    /// What is measured: as many operations as prepare() was told.
    virtual void run(std::size_t operations) = 0;
    /// Whether all the work of the last run() was done and came out right: a path that has begun to refuse
    /// its input would be fast. Empty, or what is wrong.
    [[nodiscard]] virtual std::string complaint() const = 0;
};

struct PathInfo {
    std::string_view name;  ///< "layer.what"
    std::string_view unit;  ///< what one operation is
    /// How many operations prepare() and run() are given at once; divisible by whatever the path needs.
    std::size_t operations = 0;
    std::function<std::unique_ptr<Path>()> make;
    bool only_timed = false;  ///< too long to be counted, or nothing new for who counts
};

/// In the order of the layers, names all different.
[[nodiscard]] const std::vector<PathInfo>& all_paths();

// One list for each file of paths.
[[nodiscard]] std::vector<PathInfo> websocket_paths();
[[nodiscard]] std::vector<PathInfo> engineio_paths();
[[nodiscard]] std::vector<PathInfo> socketio_paths();
[[nodiscard]] std::vector<PathInfo> broadcast_paths();
[[nodiscard]] std::vector<PathInfo> http_paths();
[[nodiscard]] std::vector<PathInfo> seats_paths();
[[nodiscard]] std::vector<PathInfo> store_paths();
[[nodiscard]] std::vector<PathInfo> server_paths();

/// "" when `done` is `wanted`, else a sentence about it.
[[nodiscard]] std::string expect_count(std::string_view what, std::size_t done, std::size_t wanted);

template <typename Kind, typename... Arguments>
[[nodiscard]] PathInfo path(std::string_view name, std::string_view unit, std::size_t operations,
                            Arguments... arguments) {
    return {name, unit, operations, [=] { return std::make_unique<Kind>(arguments...); }};
}
template <typename Kind, typename... Arguments>
[[nodiscard]] PathInfo timed_path(std::string_view name, std::string_view unit, std::size_t operations,
                                  Arguments... arguments) {
    auto info = path<Kind>(name, unit, operations, arguments...);
    info.only_timed = true;
    return info;
}

}  // namespace holdfast::bench
