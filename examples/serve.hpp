// What the examples have in common: putting the library's Socket.IO server, or its engine alone, on listening
// sockets, and running until Ctrl-C. Read echo.cpp first.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "holdfast/net/application.hpp"
#include "holdfast/net/server.hpp"
#include "holdfast/net/settings.hpp"

namespace examples {

/// "127.0.0.1:3000" or "[::1]:3000"; nothing when it is neither.
[[nodiscard]] std::optional<holdfast::net::ListenSettings> parse_listen(std::string_view text);

/// Answers everything that is not Socket.IO with 404.
class NothingElse final : public holdfast::net::HttpHandler {
  public:
    void on_http(const holdfast::net::HttpRequest& request,
                 std::shared_ptr<holdfast::net::HttpResponder> responder) override;
};

/// Problems go to standard error.
class ErrorLog final : public holdfast::Log {
  public:
    void write(holdfast::LogLevel level, std::string_view event,
               std::initializer_list<holdfast::LogField> fields) override;
};

/// Makes the application of one net thread. `post` runs a function on that thread; it may be called from any
/// thread, as long as the server lives.
using Post = std::function<void(std::function<void()>)>;
using MakeApplication =
    std::function<std::unique_ptr<holdfast::net::Application>(std::size_t thread_index, Post post)>;

/// Serves until SIGINT or SIGTERM. Returns what main() should return.
int serve_until_stopped(holdfast::net::ServerSettings settings, const MakeApplication& make_application);

}  // namespace examples
