// Small things that most programs around a server need: reading an address, short answers over HTTP.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/base/result.hpp"
#include "holdfast/net/http_route.hpp"
#include "holdfast/net/settings.hpp"

namespace holdfast::app {

/// Reads "127.0.0.1:3000", "[::1]:3000" or "localhost:3000". The error is a sentence for the person who typed
/// it.
[[nodiscard]] Result<net::ListenSettings, std::string> parse_listen(std::string_view text);

/// Reads a whole file, for instance a page to serve. The error is a sentence.
[[nodiscard]] Result<std::string, std::string> read_file(const std::string& path);

/// An answer with plain text in UTF-8.
[[nodiscard]] net::HttpResponse text_answer(unsigned status, std::string text);
/// An answer with a page of HTML in UTF-8.
[[nodiscard]] net::HttpResponse html_answer(unsigned status, std::string html);
/// An answer with JSON, which is passed as text.
[[nodiscard]] net::HttpResponse json_answer(unsigned status, std::string json);

}  // namespace holdfast::app
