#include "holdfast/base/random.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "holdfast/base/crypto.hpp"

namespace holdfast {

std::uint64_t Random::below(std::uint64_t bound) {
    // Refuse the uneven tail of the 64-bit range, so that every value is equally likely.
    const std::uint64_t limit =
        std::numeric_limits<std::uint64_t>::max() - std::numeric_limits<std::uint64_t>::max() % bound;
    for (;;) {
        std::array<std::uint8_t, 8> bytes{};
        fill(bytes);
        std::uint64_t value = 0;
        std::memcpy(&value, bytes.data(), bytes.size());
        if (value < limit) return value % bound;
    }
}

std::string Random::base64url(std::size_t byte_count) {
    std::string bytes(byte_count, '\0');
    fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    return base64url_encode(bytes);
}

void SecureRandom::fill(std::span<std::uint8_t> bytes) {
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) std::abort();
}

std::uint64_t SeededRandom::next() {
    // SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBULL;
    return mixed ^ (mixed >> 31U);
}

void SeededRandom::fill(std::span<std::uint8_t> bytes) {
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        std::uint64_t value = next();
        for (int index = 0; index < 8 && filled < bytes.size(); ++index) {
            bytes[filled++] = static_cast<std::uint8_t>(value & 0xFFU);
            value >>= 8U;
        }
    }
}

}  // namespace holdfast
