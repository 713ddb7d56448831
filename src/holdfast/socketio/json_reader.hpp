// Reads JSON that a stranger sent: bounded in depth and number of values. Internal to this layer. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string_view>

namespace holdfast::socketio {

/// The value, or nothing when `text` is no JSON (RFC 8259, UTF-8) or exceeds a bound. Half of a surrogate
/// pair, which JavaScript writes as an escape when somebody cut a string in the middle of an emoji, is read
/// as U+FFFD instead of being refused.
[[nodiscard]] std::optional<boost::json::value> read_json(std::string_view text, std::size_t most_depth,
                                                          std::size_t most_values);

}  // namespace holdfast::socketio
