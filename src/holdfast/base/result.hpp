// Result: a value or an error from a layer's closed list. Errors are values; exceptions do not cross a layer.
#pragma once

#include <tl/expected.hpp>
#include <utility>

namespace holdfast {

/// Either a `Value` or an `Error`; must be looked at. `Error` is a closed enum or a small struct that holds
/// one.
template <typename Value, typename Error>
using Result = tl::expected<Value, Error>;

/// Makes the error side of a Result: `return failure(StoreError::disk_full);`
template <typename Error>
[[nodiscard]] constexpr auto failure(Error&& error) {
    return tl::make_unexpected(std::forward<Error>(error));
}

}  // namespace holdfast
