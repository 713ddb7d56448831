#include "holdfast/app/text.hpp"

#include <charconv>
#include <exception>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace holdfast::app {
namespace {

net::HttpResponse answer(unsigned status, std::string_view content_type, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.headers.emplace_back("Content-Type", content_type);
    response.body = std::move(body);
    return response;
}

}  // namespace

Result<net::ListenSettings, std::string> parse_listen(std::string_view text) {
    const auto refused = [&] {
        return failure('"' + std::string(text) +
                       "\" is no address and port; write something like 127.0.0.1:3000 or [::1]:3000.");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return refused();
    auto address = text.substr(0, colon);
    if (address.starts_with('[')) {
        if (!address.ends_with(']')) return refused();
        address = address.substr(1, address.size() - 2);
    } else if (address.find(':') != std::string_view::npos) {
        return refused();
    }
    const auto digits = text.substr(colon + 1);
    net::ListenSettings listen;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), listen.port);
    if (error != std::errc{} || end != digits.data() + digits.size()) return refused();
    listen.address = address == "localhost" ? "127.0.0.1" : std::string(address);
    return listen;
}

Result<std::string, std::string> read_file(const std::string& path) {
    std::string content;
    try {
        std::ifstream file(path, std::ios::binary);
        file.exceptions(std::ios::badbit);
        if (file) content.assign(std::istreambuf_iterator<char>(file), {});
        if (file) return content;
    } catch (const std::exception&) {
        // A folder opens, and then fails to be read.
    }
    return failure("The file " + path + " cannot be read: is it there, and yours?");
}

net::HttpResponse text_answer(unsigned status, std::string text) {
    return answer(status, "text/plain; charset=UTF-8", std::move(text));
}

net::HttpResponse html_answer(unsigned status, std::string html) {
    return answer(status, "text/html; charset=UTF-8", std::move(html));
}

net::HttpResponse json_answer(unsigned status, std::string json) {
    return answer(status, "application/json", std::move(json));
}

}  // namespace holdfast::app
