// Stands in for the files in a build without npm.
#include "holdfast/client_files/embedded_files.hpp"

namespace holdfast::client_files {
std::span<const EmbeddedFile> embedded_files() {
    return {};
}
}  // namespace holdfast::client_files
