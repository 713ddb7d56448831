#include "holdfast/base/clock.hpp"

namespace holdfast {

Instant SystemClock::now() const {
    return std::chrono::steady_clock::now();
}

UnixTime SystemClock::unix_now() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return UnixTime{std::chrono::duration_cast<Milliseconds>(since_epoch).count()};
}

}  // namespace holdfast
