// What the layers below count, brought together for the metrics.
#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "holdfast/net/settings.hpp"
#include "holdfast/server/metrics.hpp"
#include "holdfast/socketio/server.hpp"

namespace holdfast::server {

/// What the layers below have counted on one thread.
struct TransportPart {
    engineio::EngineCounters engine;
    socketio::Counters socketio;
    std::size_t sessions = 0;

    /// On the server's thread.
    [[nodiscard]] static TransportPart of(socketio::Server& server);
};

class TransportFigures {
  public:
    explicit TransportFigures(std::size_t threads) : parts_(threads) {}

    /// Called by each net thread now and then with what it has counted.
    void publish(std::size_t thread_index, const TransportPart& part);
    /// Any thread. The figures of sessions and events may be one tick old.
    void show(Metrics& metrics, const net::ServerCounters& net) const;

  private:
    [[nodiscard]] TransportPart sum() const;

    mutable std::mutex mutex_;
    std::vector<TransportPart> parts_;
};

}  // namespace holdfast::server
