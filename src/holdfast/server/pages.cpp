#include "holdfast/server/pages.hpp"

#include <array>
#include <filesystem>
#include <fstream>

#include "holdfast/base/compression.hpp"
#include "holdfast/base/crypto.hpp"
#include "holdfast/net/response_writer.hpp"

namespace holdfast::server {

namespace {

constexpr std::size_t largest_file_bytes = 32U * 1024 * 1024;

struct ContentType {
    std::string_view ending;
    std::string_view type;
};
constexpr std::array content_types = {
    ContentType{".html", "text/html; charset=utf-8"},
    ContentType{".js", "text/javascript; charset=utf-8"},
    ContentType{".mjs", "text/javascript; charset=utf-8"},
    ContentType{".css", "text/css; charset=utf-8"},
    ContentType{".json", "application/json"},
    ContentType{".map", "application/json"},
    ContentType{".svg", "image/svg+xml"},
    ContentType{".png", "image/png"},
    ContentType{".jpg", "image/jpeg"},
    ContentType{".jpeg", "image/jpeg"},
    ContentType{".webp", "image/webp"},
    ContentType{".ico", "image/x-icon"},
    ContentType{".woff2", "font/woff2"},
    ContentType{".webmanifest", "application/manifest+json"},
    ContentType{".txt", "text/plain; charset=utf-8"},
    ContentType{".wasm", "application/wasm"},
};

std::string_view content_type_of(std::string_view path) {
    for (const auto& [ending, type] : content_types) {
        if (path.ends_with(ending)) return type;
    }
    return "application/octet-stream";
}

std::string tag_of(std::string_view bytes) {
    return "\"" + base64url_encode(bytes_of(sha256(bytes))).substr(0, 22) + "\"";
}

engineio::HttpResponse plain(unsigned status, std::string text) {
    engineio::HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = std::move(text);
    return response;
}

int value_of(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t index = 0; index < text.size(); ++index) {
        if (text[index] != '%') {
            decoded += text[index];
            continue;
        }
        if (index + 2 >= text.size()) return std::nullopt;
        const int high = value_of(text[index + 1]);
        const int low = value_of(text[index + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        index += 2;
    }
    return decoded;
}

/// What the bundled pages carry: nothing from elsewhere runs in them, and nobody frames them.
/// Safari before 15.4 does not count its own WebSocket as 'self'.
constexpr std::string_view content_security_policy =
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'";

/// Nothing when the bytes do not get shorter.
std::shared_ptr<const std::string> packed(std::string_view bytes) {
    auto out = compressed(bytes, CompressedFormat::gzip, CompressionEffort::most);
    return out ? std::make_shared<const std::string>(std::move(*out)) : nullptr;
}

}  // namespace

std::optional<std::string> safe_path(std::string_view path) {
    auto decoded = percent_decoded(path);
    if (!decoded || decoded->empty() || decoded->front() != '/') return std::nullopt;
    std::size_t begin = 1;
    while (begin <= decoded->size()) {
        const std::size_t end = std::min(decoded->find('/', begin), decoded->size());
        const std::string_view part = std::string_view(*decoded).substr(begin, end - begin);
        const bool is_last = end == decoded->size();
        // Hidden files are nobody's business either.
        if ((part.empty() && !is_last) || part.starts_with('.')) return std::nullopt;
        for (const char character : part) {
            if (static_cast<unsigned char>(character) < 0x20 || character == '\\' || character == 0x7F) {
                return std::nullopt;
            }
        }
        begin = end + 1;
    }
    return decoded;
}

Pages::Pages(std::span<const EmbeddedFile> files) {
    for (const EmbeddedFile& file : files) {
        files_.emplace(std::string(file.path), Page{std::make_shared<const std::string>(file.bytes),
                                                    packed(file.bytes), tag_of(file.bytes)});
    }
}

Result<Pages, std::string> Pages::from_folder(const std::string& folder) {
    std::error_code error;
    Pages pages;
    pages.folder_ = std::filesystem::canonical(folder, error).string();
    if (error) return failure("The folder for --web, " + folder + ", cannot be opened: " + error.message());
    if (!pages.read_from_folder("/index.html")) {
        return failure("The folder for --web, " + folder + ", has no index.html to show as the first page.");
    }
    return pages;
}

std::optional<Pages::Page> Pages::read_from_folder(const std::string& path) const {
    std::error_code error;
    // A link may lead out of the folder: what counts is where the file really is.
    const auto real = std::filesystem::canonical(folder_ + path, error);
    if (error || !real.string().starts_with(folder_ + "/")) return std::nullopt;
    if (!std::filesystem::is_regular_file(real, error)) return std::nullopt;
    if (std::filesystem::file_size(real, error) > largest_file_bytes || error) return std::nullopt;
    std::ifstream file(real, std::ios::binary);
    if (!file) return std::nullopt;
    auto bytes =
        std::make_shared<std::string>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    std::string tag = tag_of(*bytes);
    return Page{std::move(bytes), nullptr, std::move(tag)};
}

std::optional<Pages::Page> Pages::find(const std::string& path) const {
    if (!folder_.empty()) return read_from_folder(path);
    const auto found = files_.find(path);
    if (found == files_.end()) return std::nullopt;
    return found->second;
}

engineio::HttpResponse Pages::answer(const engineio::HttpRequest& request) const {
    if (request.method != "GET" && request.method != "HEAD") {
        auto response = plain(405, "Pages can only be read.\n");
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    const auto path = safe_path(request.path);
    if (!path) return plain(404, "There is no such page. The players' page is at /\n");
    std::string name = path->back() == '/' ? *path + "index.html" : *path;
    auto page = find(name);
    if (!page && path->back() != '/') {
        name = *path + ".html";
        page = find(name);
    }
    if (!page) return plain(404, "There is no such page. The players' page is at /\n");

    engineio::HttpResponse response;
    const bool is_html = name.ends_with(".html");
    // Built assets carry a hash in their names and never change; a folder's files may change at any time.
    const bool never_changes = folder_.empty() && name.starts_with("/assets/");
    response.headers = {{"Content-Type", std::string(content_type_of(name))},
                        {"Cache-Control", never_changes ? "public, max-age=31536000, immutable" : "no-cache"},
                        {"ETag", page->tag}};
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    response.headers.emplace_back("Referrer-Policy", "no-referrer");
    if (is_html && folder_.empty()) {
        response.headers.emplace_back("Content-Security-Policy", content_security_policy);
    }
    if (page->compressed) response.headers.emplace_back("Vary", "Accept-Encoding");
    if (request.header("if-none-match") == page->tag) {
        response.status = 304;
        return response;
    }
    if (page->compressed && net::accepts_gzip(request.header("accept-encoding"))) {
        response.headers.emplace_back("Content-Encoding", "gzip");
        response.shared_body = page->compressed;
    } else if (folder_.empty()) {
        response.shared_body = page->bytes;
    } else {
        response.body = *page->bytes;  // net compresses what is not shared
    }
    return response;
}

}  // namespace holdfast::server
