#include "holdfast/cluster/shared_recovery.hpp"

#include <mutex>
#include <utility>

namespace holdfast::cluster {
namespace {

class MutexExclusion final : public socketio::Exclusion {
  public:
    void lock() override { mutex_.lock(); }
    void unlock() override { mutex_.unlock(); }

  private:
    std::mutex mutex_;
};

}  // namespace

std::shared_ptr<socketio::SharedRecovery> share_recovery(std::unique_ptr<socketio::RecoveryLog> log,
                                                         const socketio::RecoveryLimits& limits) {
    return std::make_shared<socketio::SharedRecovery>(
        std::move(log), limits, std::make_unique<MutexExclusion>(), std::make_unique<MutexExclusion>());
}

}  // namespace holdfast::cluster
