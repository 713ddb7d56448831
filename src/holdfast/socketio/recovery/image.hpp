// What records amount to: how a log that keeps them in memory, or a test, folds them up. Pure.
#pragma once

#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

void apply(RecoveryImage& image, const RecoveryRecord& record);

}  // namespace holdfast::socketio
