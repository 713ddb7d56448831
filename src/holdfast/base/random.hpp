// Randomness is passed in, like the clock: secure in the server, seeded in tests and simulations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace holdfast {

/// A source of random bytes. An implementation says whether it may be shared between threads.
class Random {
  public:
    virtual ~Random() = default;
    virtual void fill(std::span<std::uint8_t> bytes) = 0;

    /// Uniform in [0, bound); bound must be at least 1. Free of modulo bias.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);
    /// `byte_count` random bytes as base64url without padding.
    [[nodiscard]] std::string base64url(std::size_t byte_count);
};

/// The operating system's generator (OpenSSL RAND_bytes). May be used from any thread. Ends the process if
/// the system has no randomness to give: going on with predictable secrets would be worse.
class SecureRandom final : public Random {
  public:
    void fill(std::span<std::uint8_t> bytes) override;
};

/// The same seed gives the same bytes on every machine (SplitMix64). One thread. Never for secrets.
class SeededRandom final : public Random {
  public:
    explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
    void fill(std::span<std::uint8_t> bytes) override;

  private:
    [[nodiscard]] std::uint64_t next();
    std::uint64_t state_;
};

}  // namespace holdfast
