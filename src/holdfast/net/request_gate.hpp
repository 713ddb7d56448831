// The strict gate on top of the HTTP parser: what a lenient parser lets through and what request smuggling is
// made of (RFC 9112 sections 3.2, 5.2, 6 and 11.2). Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "holdfast/base/result.hpp"

namespace holdfast::net {

struct FieldView {
    std::string_view name;
    std::string_view value;
};

/// What the head says about the rest of the request.
struct Framing {
    bool chunked = false;
    std::uint64_t content_length = 0;
    bool expects_continue = false;
};

/// A refusal is an HTTP status to answer with before closing.
using RefusalStatus = unsigned;

/// Looks at the bytes of a head before it is parsed: folded lines, bare CR and NUL are refused with 400.
/// Returns 0 if it is fine.
[[nodiscard]] RefusalStatus check_raw_head(std::string_view head);

/// Checks a parsed head. `version` is 10 or 11. 400: Transfer-Encoding other than exactly `chunked`, in
/// HTTP/1.0, twice or beside a Content-Length; Content-Length twice or not a number; Host missing, twice or
/// with characters no host has. 417: an expectation other than 100-continue.
[[nodiscard]] Result<Framing, RefusalStatus> check_head(unsigned version, std::span<const FieldView> fields);

struct TargetParts {
    std::string_view path;
    std::string_view query;
};

/// Splits a request target into path and query; takes the origin form, the absolute form and `*`. Nothing for
/// anything else.
[[nodiscard]] std::optional<TargetParts> split_target(std::string_view target);

/// ASCII comparison without case.
[[nodiscard]] bool equal_without_case(std::string_view left, std::string_view right);

}  // namespace holdfast::net
