// How many of the places where a disk can fail are tried.
#pragma once

#include <cstdint>

namespace holdfast::store::testing {

/// All of them, in a plain build. Under a sanitizer, which looks for other mistakes and is several times
/// slower, one in three.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t tried_one_in = 3;
#else
inline constexpr std::uint64_t tried_one_in = 1;
#endif

}  // namespace holdfast::store::testing
