// The clock is passed in; nothing below the outermost layer reads one. Two kinds of time, never mixed:
//   Instant   a point on the monotonic clock: time-outs, heartbeats, measuring. Means nothing after a
//   restart. UnixTime  milliseconds since 1970: shown to people, written to disk, never used to decide a
//   deadline.
#pragma once

#include <chrono>
#include <cstdint>

namespace holdfast {

using Milliseconds = std::chrono::milliseconds;

/// A point on the monotonic clock.
using Instant = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

/// Wall-clock milliseconds since 1970-01-01T00:00:00Z.
struct UnixTime {
    std::int64_t milliseconds = 0;

    [[nodiscard]] std::int64_t seconds() const { return milliseconds / 1000; }
    friend auto operator<=>(const UnixTime&, const UnixTime&) = default;
};

/// Where the outermost layer takes the time from. Implementations may be called from any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    [[nodiscard]] virtual Instant now() const = 0;
    [[nodiscard]] virtual UnixTime unix_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override;
    [[nodiscard]] UnixTime unix_now() const override;
};

/// A clock that a test moves by hand. Not thread-safe: one test, one thread.
class ManualClock final : public Clock {
  public:
    [[nodiscard]] Instant now() const override { return now_; }
    [[nodiscard]] UnixTime unix_now() const override { return unix_now_; }

    /// Moves both clocks on.
    void advance(Milliseconds by) {
        now_ += by;
        unix_now_.milliseconds += by.count();
    }
    /// Moves only the wall clock, as an administrator or a time daemon would.
    void jump_unix(Milliseconds by) { unix_now_.milliseconds += by.count(); }

  private:
    Instant now_{std::chrono::hours{1}};
    UnixTime unix_now_{1'700'000'000'000};
};

}  // namespace holdfast
