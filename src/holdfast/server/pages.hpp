// The pages: those built into the program, or a folder of somebody's own. `/` is index.html, `/name` also
// finds name.html.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "holdfast/base/result.hpp"
#include "holdfast/engineio/http.hpp"

namespace holdfast::server {

/// A file built into the program.
struct EmbeddedFile {
    std::string_view path;  ///< with a leading slash: "/index.html"
    std::string_view bytes;
};

/// May be called from any thread after it is made.
class Pages {
  public:
    /// The files that were built into the program; compressed once, here.
    explicit Pages(std::span<const EmbeddedFile> files);
    /// A folder, read at each request, so that changes show at once. Its pages are somebody's own: they may
    /// do what the bundled ones forbid themselves (Content-Security-Policy). The error is a sentence.
    [[nodiscard]] static Result<Pages, std::string> from_folder(const std::string& folder);

    /// Answers GET and HEAD; nothing outside of the folder is reachable. 404 and 405 are answers, too.
    [[nodiscard]] engineio::HttpResponse answer(const engineio::HttpRequest& request) const;

  private:
    struct Page {
        std::shared_ptr<const std::string> bytes;
        std::shared_ptr<const std::string> compressed;  ///< gzip (RFC 1952); null: not worth it
        std::string tag;                                ///< for If-None-Match
    };
    Pages() = default;
    [[nodiscard]] std::optional<Page> find(const std::string& path) const;
    [[nodiscard]] std::optional<Page> read_from_folder(const std::string& path) const;

    std::unordered_map<std::string, Page> files_;
    std::string folder_;  ///< canonical; empty: the built-in files
};

/// Decodes a path's percent signs and refuses what leads elsewhere: "..", an empty part, a backslash, control
/// characters.
[[nodiscard]] std::optional<std::string> safe_path(std::string_view path);

}  // namespace holdfast::server
