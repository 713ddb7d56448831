#include <utility>

#include "holdfast/socketio/recovery_log.hpp"

namespace holdfast::socketio {

Result<RecoveryImage, RecoveryLogError> MemoryRecoveryLog::load() {
    RecoveryImage image;
    image.log_id = log_id_;
    return image;
}

void MemoryRecoveryLog::report_to(Kept kept, Failed /*failed*/) {
    kept_ = std::move(kept);
}

void MemoryRecoveryLog::append(RecoveryRecord record) {
    if (kept_) kept_(record.position);
}

}  // namespace holdfast::socketio
