// One recovery for the servers of one process, each on a thread of its own, as LocalCluster joins them.
#pragma once

#include <memory>

#include "holdfast/socketio/server.hpp"

namespace holdfast::cluster {

/// What each of these servers gets as socketio::RecoverySettings::shared. Any thread.
[[nodiscard]] std::shared_ptr<socketio::SharedRecovery> share_recovery(
    std::unique_ptr<socketio::RecoveryLog> log, const socketio::RecoveryLimits& limits = {});

}  // namespace holdfast::cluster
