#include "path.hpp"

namespace holdfast::bench {

const std::vector<PathInfo>& all_paths() {
    static const std::vector<PathInfo> all = [] {
        std::vector<PathInfo> paths;
        for (auto& list : {websocket_paths(), engineio_paths(), socketio_paths(), broadcast_paths(),
                           http_paths(), seats_paths(), store_paths(), server_paths()}) {
            paths.insert(paths.end(), list.begin(), list.end());
        }
        return paths;
    }();
    return all;
}

std::string expect_count(std::string_view what, std::size_t done, std::size_t wanted) {
    if (done == wanted) return {};
    return std::string(what) + ": " + std::to_string(done) + " instead of " + std::to_string(wanted);
}

}  // namespace holdfast::bench
