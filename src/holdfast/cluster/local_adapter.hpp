// Joins the Socket.IO servers of one process, usually one a thread, so that a broadcast on one reaches the
// sockets of all. The contract is in socketio/adapter.hpp.
#pragma once

#include <functional>
#include <memory>

#include "holdfast/socketio/adapter.hpp"

namespace holdfast::cluster {

class LocalCluster {
  public:
    /// Runs a function on a server's thread: later, in the order of the calls; from any thread. A function
    /// that cannot be run any more is to be destroyed without being called.
    using Post = std::function<void(std::function<void()>)>;

    LocalCluster();

    /// Adds a server; the result goes into its socketio::Settings::adapter. The server leaves when it is
    /// destroyed, which has to happen on the thread `post` leads to or when that no longer runs. May be
    /// called from any thread, and the cluster may go before its servers.
    [[nodiscard]] socketio::AdapterFactory add_server(Post post);

    // What follows is for this layer.
    struct Node;
    struct Members;

  private:
    std::shared_ptr<Members> members_;
};

}  // namespace holdfast::cluster
