// Small functions over text that HTTP needs. Internal to this layer. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace holdfast::engineio {

/// ASCII letters in lower case, everything else as it is; independent of any locale.
[[nodiscard]] constexpr char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_without_case(std::string_view left, std::string_view right);
/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// Decodes %XX and `+` as forms do (WHATWG URL, application/x-www-form-urlencoded); what is no valid escape
/// stays.
[[nodiscard]] std::string percent_decoded(std::string_view text);
/// The first parameter of that name in a query, decoded.
[[nodiscard]] std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

/// As a JSON string with its quotation marks (RFC 8259 section 7).
[[nodiscard]] std::string json_string(std::string_view text);

}  // namespace holdfast::engineio
