// JSON to and from text. Reading is bounded, for a stranger sent the text; writing always gives valid JSON in
// valid UTF-8, for one bad value must not cost every receiver of a broadcast its connection. Internal to this
// layer. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::socketio {

/// The value, or nothing when `text` is no JSON (RFC 8259, UTF-8), holds a number too large for a double, or
/// exceeds a bound. Numbers are read exactly. Half of a surrogate pair, which JavaScript writes as an escape
/// when somebody cut a string in the middle of an emoji, is read as U+FFFD instead of being refused.
[[nodiscard]] std::optional<boost::json::value> read_json(std::string_view text, std::size_t most_depth,
                                                          std::size_t most_values);

/// Writes as JavaScript does: the shortest digits, `null` for what is no finite number. Bytes that are no
/// UTF-8 become U+FFFD.
void append_json(std::string& text, const boost::json::value& value);
void append_json_string(std::string& text, std::string_view value);

/// How many bytes at the front of `text` stand in a JSON string as they are: well-formed UTF-8 without
/// quotes, backslashes and control characters.
[[nodiscard]] std::size_t unescaped_size(std::string_view text);

/// The length in bytes of the well-formed UTF-8 character (RFC 3629 section 4) at `at`, which must lie
/// inside; 0 when there is none.
[[nodiscard]] std::size_t character_length(std::string_view text, std::size_t at);

}  // namespace holdfast::socketio
