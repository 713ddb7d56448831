// One Socket.IO server on one net thread.
#pragma once

#include <memory>
#include <utility>

#include "holdfast/net/application.hpp"
#include "holdfast/net/session_route.hpp"
#include "holdfast/socketio/server.hpp"
#include "serve.hpp"

namespace examples {

/// With several net threads the ids of sessions say which thread they live on; SessionRandom makes such ids.
struct ServerOnThread {
    ServerOnThread(const holdfast::socketio::Settings& settings, std::size_t thread_index)
        : ids(secure, thread_index), server(settings, ids) {}

    holdfast::SecureRandom secure;
    holdfast::net::SessionRandom ids;
    holdfast::socketio::Server server;
    NothingElse nothing_else;
};

class SocketIoApplication final : public holdfast::net::EngineApplication {
  public:
    SocketIoApplication(std::unique_ptr<ServerOnThread> parts, std::size_t thread_count)
        : EngineApplication(parts->server.engine(), parts->nothing_else, thread_count),
          parts_(std::move(parts)) {}

    void on_tick(holdfast::Instant now) override { parts_->server.on_tick(now); }
    void on_shut_down(holdfast::Instant now) override { parts_->server.shut_down(now); }

  private:
    std::unique_ptr<ServerOnThread> parts_;
};

}  // namespace examples
