// Serves the bundles of the JavaScript client under the path of the server, as /socket.io/socket.io.js, so
// that a page gets the client from the server it talks to. Link holdfast::client_files for it; without it
// nothing of this is in a program. May be called from any thread after it is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/client_files/embedded_files.hpp"
#include "holdfast/engineio/http.hpp"

namespace holdfast::client_files {

class ClientFiles {
  public:
    /// The files built in. `path` is that of the Engine.IO server, with its slashes
    /// (engineio::Settings::path).
    explicit ClientFiles(std::string path = "/socket.io/");
    /// Other files, named as those built in; `version` becomes the ETag.
    ClientFiles(std::string path, std::span<const EmbeddedFile> files, std::string_view version);
    ~ClientFiles();
    ClientFiles(ClientFiles&&) noexcept;
    ClientFiles& operator=(ClientFiles&&) noexcept;

    /// The answer to a request for one of socket.io.js, socket.io.min.js, socket.io.msgpack.min.js,
    /// socket.io.esm.min.js and their .map files; nothing for any other path, and nothing for OPTIONS, which
    /// is a matter of CORS. GET and HEAD are served, compressed for clients that take gzip, other methods get
    /// 405. The ETag is the client's version; a matching If-None-Match gets 304 (RFC 9110 section 13.1.2). In
    /// a build without the files the answer is a 404 that says so.
    [[nodiscard]] std::optional<engineio::HttpResponse> answer(const engineio::HttpRequest& request) const;

    /// Whether there are any files, and of which version of the client.
    [[nodiscard]] bool available() const;
    [[nodiscard]] std::string_view version() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::client_files
