// What runs on one net thread: the seam between the sockets and everything above them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "holdfast/base/clock.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/net/http_route.hpp"

namespace holdfast::net {

using engineio::UpgradeAnswer;
using engineio::WebSocketConnection;
using engineio::WebSocketId;

/// One for every net thread; made, called and destroyed on that thread alone. Exceptions must not leave it.
class Application {
  public:
    virtual ~Application() = default;

    /// The net thread a request belongs to, if that is known; the connection moves there before the request
    /// is looked at further. `head` has no body.
    [[nodiscard]] virtual std::optional<std::size_t> home_thread(const HttpRequest& /*head*/) {
        return std::nullopt;
    }
    /// The first head on a connection that is over a limit of connections: whether it is let in all the same.
    /// Otherwise it is answered with 503 and closed. Only asked where ServerSettings keeps places for such.
    [[nodiscard]] virtual bool is_let_in_over_limit(const HttpRequest& /*head*/) { return false; }
    /// The head of a request has arrived and its body is still on the way. A refusal that is returned is sent
    /// and the connection closed; otherwise on_request or on_request_aborted follows for `responder`.
    [[nodiscard]] virtual std::optional<HttpResponse> on_request_started(const HttpRequest& /*head*/,
                                                                         const HttpResponder* /*responder*/,
                                                                         Instant /*now*/) {
        return std::nullopt;
    }
    /// A complete request that is no accepted upgrade. With `body_too_large` the body has not been kept and
    /// the connection is closed after the answer.
    virtual void on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, Instant now,
                            UnixTime unix_now) = 0;
    /// The client went away before it was answered; an answer now goes nowhere.
    virtual void on_request_aborted(const HttpResponder* /*responder*/, Instant /*now*/) {}

    /// A well-formed WebSocket handshake (RFC 6455 section 4.2.1), before the 101.
    [[nodiscard]] virtual UpgradeAnswer on_upgrade_request(const HttpRequest& request, Instant now,
                                                           UnixTime unix_now) = 0;
    virtual void on_websocket_open(WebSocketId websocket, WebSocketConnection& connection, Instant now) = 0;
    virtual void on_websocket_message(WebSocketId websocket, std::string_view data, bool binary,
                                      Instant now) = 0;
    /// The connection is gone; not called after WebSocketConnection::close().
    virtual void on_websocket_closed(WebSocketId websocket, bool error, Instant now) = 0;
    virtual void on_websocket_drained(WebSocketId /*websocket*/, Instant /*now*/) {}

    /// Comes every ServerSettings::tick_interval.
    virtual void on_tick(Instant /*now*/) {}
    /// The server is going down: say goodbye to the clients. The connections stay open for a bounded time.
    virtual void on_shut_down(Instant /*now*/) {}
};

/// An engineio::Engine with plain HTTP beside it. Derive from it to run more on every tick.
class EngineApplication : public Application {
  public:
    /// Both references must outlive the application. `thread_count` is the number of net threads; with more
    /// than one the engine's Random must be a SessionRandom (session_route.hpp), so that a session's requests
    /// find their way to its thread.
    EngineApplication(engineio::Engine& engine, HttpHandler& http, std::size_t thread_count);

    /// Files under the engine's own path, such as the client's bundles (holdfast/client_files): asked before
    /// the engine; nothing means the request is for the engine. Safe to call from several threads at once.
    using FileLookup = std::function<std::optional<HttpResponse>(const HttpRequest&)>;
    void serve_files(FileLookup lookup) { files_ = std::move(lookup); }

    [[nodiscard]] std::optional<std::size_t> home_thread(const HttpRequest& head) override;
    [[nodiscard]] std::optional<HttpResponse> on_request_started(const HttpRequest& head,
                                                                 const HttpResponder* responder,
                                                                 Instant now) override;
    void on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, Instant now,
                    UnixTime unix_now) override;
    void on_request_aborted(const HttpResponder* responder, Instant now) override;
    [[nodiscard]] UpgradeAnswer on_upgrade_request(const HttpRequest& request, Instant now,
                                                   UnixTime unix_now) override;
    void on_websocket_open(WebSocketId websocket, WebSocketConnection& connection, Instant now) override;
    void on_websocket_message(WebSocketId websocket, std::string_view data, bool binary,
                              Instant now) override;
    void on_websocket_closed(WebSocketId websocket, bool error, Instant now) override;
    void on_websocket_drained(WebSocketId websocket, Instant now) override;
    /// Runs the engine's tick. socketio::Server::on_tick does that too: override this to call it instead.
    void on_tick(Instant now) override;
    void on_shut_down(Instant now) override;

  private:
    engineio::Engine& engine_;
    HttpHandler& http_;
    std::size_t thread_count_;
    FileLookup files_;

    [[nodiscard]] std::optional<HttpResponse> file(const HttpRequest& request) const;
};

}  // namespace holdfast::net
