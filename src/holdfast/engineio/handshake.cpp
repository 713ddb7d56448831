#include "holdfast/engineio/handshake.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "holdfast/engineio/text.hpp"

namespace holdfast::engineio {

namespace {

/// More texts than this are not remembered for sharing.
constexpr std::size_t shared_texts_most = 1024;

/// Headers whose values are alike for many clients.
constexpr std::array<std::string_view, 22> common_names = {"accept",
                                                           "accept-encoding",
                                                           "accept-language",
                                                           "cache-control",
                                                           "connection",
                                                           "dnt",
                                                           "host",
                                                           "origin",
                                                           "pragma",
                                                           "referer",
                                                           "sec-ch-ua",
                                                           "sec-ch-ua-mobile",
                                                           "sec-fetch-dest",
                                                           "sec-fetch-mode",
                                                           "sec-ch-ua-platform",
                                                           "sec-fetch-site",
                                                           "sec-gpc",
                                                           "upgrade",
                                                           "sec-websocket-version",
                                                           "sec-websocket-extensions",
                                                           "x-forwarded-proto",
                                                           "user-agent"};

bool is_common(std::string_view name) {
    return std::find(common_names.begin(), common_names.end(), name) != common_names.end();
}

/// Calls `visit(name, value)` for each line until it returns true.
template <typename Visit>
void each_line(std::string_view block, const Visit& visit) {
    while (!block.empty()) {
        const std::size_t end = block.find('\n');
        const std::string_view line = block.substr(0, end);
        block = end == std::string_view::npos ? std::string_view{} : block.substr(end + 1);
        const std::size_t colon = line.find(": ");
        if (colon != std::string_view::npos && visit(line.substr(0, colon), line.substr(colon + 2))) return;
    }
}

}  // namespace

std::string_view Handshake::header(std::string_view name) const {
    std::string_view found;
    bool done = false;
    const auto look = [&](std::string_view field, std::string_view value) {
        done = equal_without_case(field, name);
        if (done) found = value;
        return done;
    };
    if (shared_headers) each_line(*shared_headers, look);
    if (!done) each_line(own_headers, look);
    return found;
}

std::vector<std::pair<std::string_view, std::string_view>> Handshake::headers() const {
    std::vector<std::pair<std::string_view, std::string_view>> all;
    const auto add = [&all](std::string_view field, std::string_view value) {
        all.emplace_back(field, value);
        return false;
    };
    if (shared_headers) each_line(*shared_headers, add);
    each_line(own_headers, add);
    return all;
}

std::optional<std::string> Handshake::parameter(std::string_view name) const {
    return query_parameter(query, name);
}

std::shared_ptr<const Handshake> HandshakeKeeper::keep(const HttpRequest& request, UnixTime now,
                                                       std::string attachment) {
    auto handshake = std::make_shared<Handshake>();
    handshake->query = request.query;
    handshake->remote_address = request.remote_address;
    handshake->secure = request.secure;
    handshake->issued = now;
    handshake->attachment = std::move(attachment);
    std::string common;
    std::string own;
    for (const auto& [field, value] : request.headers) {
        const std::string name = lower(field);
        // The key is of no use after the handshake; a line break cannot come from a sound parser.
        if (name == "sec-websocket-key" || value.find('\n') != std::string_view::npos) continue;
        std::string& block = is_common(name) ? common : own;
        block.append(name).append(": ").append(value).push_back('\n');
    }
    handshake->shared_headers = shared(std::move(common));
    own.shrink_to_fit();
    handshake->own_headers = std::move(own);
    return handshake;
}

std::shared_ptr<const std::string> HandshakeKeeper::shared(std::string text) {
    const std::size_t hash = std::hash<std::string>{}(text);
    std::weak_ptr<const std::string>& slot = texts_[hash];
    if (std::shared_ptr<const std::string> known = slot.lock(); known && *known == text) return known;
    text.shrink_to_fit();
    auto kept = std::make_shared<const std::string>(std::move(text));
    slot = kept;
    if (texts_.size() > shared_texts_most) forget_unused();
    return kept;
}

void HandshakeKeeper::forget_unused() {
    std::erase_if(texts_, [](const auto& entry) { return entry.second.expired(); });
    // Strangers may send as many different headers as they like: then nothing is shared for a while.
    if (texts_.size() > shared_texts_most / 2) texts_.clear();
}

}  // namespace holdfast::engineio
