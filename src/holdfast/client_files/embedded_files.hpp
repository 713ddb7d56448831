// The files that were built into this library; none in a build without npm (HOLDFAST_WEB=OFF).
#pragma once

#include <span>
#include <string_view>

namespace holdfast::client_files {

struct EmbeddedFile {
    std::string_view path;  ///< with a leading slash: "/socket.io.js"
    std::string_view bytes;
};
[[nodiscard]] std::span<const EmbeddedFile> embedded_files();
/// The version of the npm package socket.io-client that they are from; empty without files.
[[nodiscard]] std::string_view embedded_version();

}  // namespace holdfast::client_files
