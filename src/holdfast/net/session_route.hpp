// With several net threads, a session lives on one of them, but a client's next request may arrive at
// another. So the session id says where its session lives: its first character is the number of the thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "holdfast/base/random.hpp"

namespace holdfast::net {

/// Most net threads: one character of base64url names the thread.
inline constexpr std::size_t threads_most = 64;

/// Random bytes whose first six bits are the number of a net thread. Give it to that thread's Engine: an id
/// that is the base64url of one fill() then begins with the thread's character. Costs six bits of the id. For
/// ids only.
class SessionRandom final : public Random {
  public:
    /// `random` must outlive this and be safe to use from the thread. `thread_index` is below threads_most.
    SessionRandom(Random& random, std::size_t thread_index);
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    Random& random_;
    std::uint8_t thread_index_;
};

/// The thread a session id names; nothing if it is none of `thread_count` threads (no id of this server).
[[nodiscard]] std::optional<std::size_t> thread_of_session(std::string_view session_id,
                                                           std::size_t thread_count);

}  // namespace holdfast::net
