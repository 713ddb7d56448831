#include "holdfast/client_files/client_files.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <utility>

#include "holdfast/base/compression.hpp"

namespace holdfast::client_files {

using engineio::HttpRequest;
using engineio::HttpResponse;

namespace {

constexpr std::array<std::string_view, 8> file_names{
    "socket.io.js",         "socket.io.js.map",         "socket.io.min.js",
    "socket.io.min.js.map", "socket.io.msgpack.min.js", "socket.io.msgpack.min.js.map",
    "socket.io.esm.min.js", "socket.io.esm.min.js.map",
};

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string packed_bytes(std::string_view bytes) {
    return compressed(bytes, CompressedFormat::gzip, CompressionEffort::usual).value_or(std::string());
}

/// Weak comparison, as If-None-Match wants it.
bool matches(std::string_view list, std::string_view tag) {
    while (!list.empty()) {
        const auto comma = list.find(',');
        auto each = trimmed(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
        if (each == "*") return true;
        if (each.starts_with("W/")) each.remove_prefix(2);
        if (each == tag) return true;
    }
    return false;
}

HttpResponse plain(unsigned status, std::string text) {
    HttpResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}};
    response.body = std::move(text);
    return response;
}

}  // namespace

struct ClientFiles::State {
    struct File {
        std::string_view bytes;
        // Made when they are first asked for: most servers never serve the maps. `compressed` is empty where
        // that would not be shorter.
        std::shared_ptr<const std::string> plain;
        std::shared_ptr<const std::string> compressed;
    };

    std::string path;
    std::string version;
    std::string tag;
    std::mutex mutex;
    std::map<std::string, File, std::less<>> files;

    [[nodiscard]] std::shared_ptr<const std::string> body(File& file, bool packed) {
        const std::lock_guard lock(mutex);
        auto& kept = packed ? file.compressed : file.plain;
        if (!kept) kept = std::make_shared<const std::string>(packed ? packed_bytes(file.bytes) : file.bytes);
        return kept;
    }
};

ClientFiles::ClientFiles(std::string path)
    : ClientFiles(std::move(path), embedded_files(), embedded_version()) {}

ClientFiles::ClientFiles(std::string path, std::span<const EmbeddedFile> files, std::string_view version)
    : state_(std::make_unique<State>()) {
    state_->path = std::move(path);
    state_->version = version;
    state_->tag = "\"" + state_->version + "\"";
    for (const EmbeddedFile& file : files)
        state_->files[std::string(file.path.substr(1))].bytes = file.bytes;
}

ClientFiles::~ClientFiles() = default;
ClientFiles::ClientFiles(ClientFiles&&) noexcept = default;
ClientFiles& ClientFiles::operator=(ClientFiles&&) noexcept = default;

bool ClientFiles::available() const {
    return !state_->files.empty();
}

std::string_view ClientFiles::version() const {
    return state_->version;
}

std::optional<HttpResponse> ClientFiles::answer(const HttpRequest& request) const {
    if (!request.path.starts_with(state_->path) || request.method == "OPTIONS") return std::nullopt;
    const std::string_view name = request.path.substr(state_->path.size());
    if (std::ranges::find(file_names, name) == file_names.end()) return std::nullopt;
    const auto found = state_->files.find(name);
    if (found == state_->files.end()) {
        return plain(
            404,
            "This server was built without the client files (HOLDFAST_WEB=OFF). Take the client from the "
            "npm package socket.io-client.\n");
    }
    if (request.method != "GET" && request.method != "HEAD") {
        auto response = plain(405, "The client files can only be read.\n");
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    HttpResponse response;
    const bool is_map = name.ends_with(".map");
    response.headers = {{"Content-Type", is_map ? "application/json; charset=utf-8"
                                                : "application/javascript; charset=utf-8"},
                        {"Cache-Control", "public, max-age=0"},
                        {"ETag", state_->tag},
                        {"X-Content-Type-Options", "nosniff"},
                        {"Vary", "Accept-Encoding"}};
    if (matches(request.header("if-none-match"), state_->tag)) {
        response.status = 304;
        return response;
    }
    if (engineio::accepts_coding(request.header("accept-encoding"), "gzip")) {
        if (auto compressed = state_->body(found->second, true); !compressed->empty()) {
            response.headers.emplace_back("Content-Encoding", "gzip");
            response.shared_body = std::move(compressed);
            return response;
        }
    }
    response.shared_body = state_->body(found->second, false);
    return response;
}

}  // namespace holdfast::client_files
