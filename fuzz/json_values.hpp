// Comparing JSON values, and making any from a script.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "input.hpp"

namespace holdfast::fuzz {

/// The same to JavaScript, digit by digit: 1 and 1.0 are the same number, 0.1 and its neighbour are not.
[[nodiscard]] bool same_json(const boost::json::value& one, const boost::json::value& other);
/// As same_json, but a double may be off by the last digits, as Boost.JSON 1.81 reads one in ten of them.
[[nodiscard]] bool nearly_same_json(const boost::json::value& one, const boost::json::value& other);

/// Any value with at most `depth` levels of arrays and objects: any bytes in strings, any bits in doubles.
[[nodiscard]] boost::json::value make_json(Script& script, int depth);
/// What stands for the value in JSON text: null for what is no finite number, U+FFFD for each byte that is no
/// UTF-8.
[[nodiscard]] boost::json::value as_written(const boost::json::value& value);

[[nodiscard]] std::size_t depth_of(const boost::json::value& value);
/// The value itself and everything in it, names not counted.
[[nodiscard]] std::size_t values_in(const boost::json::value& value);

}  // namespace holdfast::fuzz
