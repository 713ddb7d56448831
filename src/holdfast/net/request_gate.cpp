#include "holdfast/net/request_gate.hpp"

#include <algorithm>
#include <charconv>

namespace holdfast::net {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_host(std::string_view value) {
    return std::ranges::all_of(value, [](char c) {
        return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
               std::string_view("-._~%:[]!$&'()*+,;=").find(c) != std::string_view::npos;
    });
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
    std::uint64_t length = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, length);
    if (error != std::errc{} || at != end) return std::nullopt;
    return length;
}

}  // namespace

bool equal_without_case(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, lower, lower);
}

RefusalStatus check_raw_head(std::string_view head) {
    if (head.find('\0') != std::string_view::npos) return 400;
    for (std::size_t at = 0; (at = head.find('\r', at)) != std::string_view::npos;) {
        if (at + 1 == head.size() || head[at + 1] != '\n') return 400;
        at += 2;
        if (at < head.size() && (head[at] == ' ' || head[at] == '\t')) return 400;
    }
    return 0;
}

Result<Framing, RefusalStatus> check_head(unsigned version, std::span<const FieldView> fields) {
    Framing framing;
    bool has_length = false;
    bool has_host = false;
    for (const auto& [name, value] : fields) {
        if (equal_without_case(name, "host")) {
            if (has_host || !is_host(value)) return failure(400U);
            has_host = true;
        } else if (equal_without_case(name, "transfer-encoding")) {
            if (framing.chunked || version < 11 || !equal_without_case(value, "chunked"))
                return failure(400U);
            framing.chunked = true;
        } else if (equal_without_case(name, "content-length")) {
            const auto length = parse_length(value);
            if (has_length || !length) return failure(400U);
            has_length = true;
            framing.content_length = *length;
        } else if (equal_without_case(name, "expect")) {
            if (!equal_without_case(value, "100-continue")) return failure(417U);
            framing.expects_continue = version >= 11;
        }
    }
    if (version >= 11 && !has_host) return failure(400U);
    if (framing.chunked && has_length) return failure(400U);
    return framing;
}

std::optional<TargetParts> split_target(std::string_view target) {
    if (target == "*") return TargetParts{target, {}};
    // A fragment never belongs on the wire, but clients have sent one; it is no part of host, path or query.
    target = target.substr(0, target.find('#'));
    if (!target.empty() && target.front() != '/') {
        const auto scheme_end = target.find("://");
        if (scheme_end == std::string_view::npos) return std::nullopt;
        const auto scheme = target.substr(0, scheme_end);
        if (!equal_without_case(scheme, "http") && !equal_without_case(scheme, "https")) return std::nullopt;
        target.remove_prefix(scheme_end + 3);
        const auto path_begin = target.find_first_of("/?");
        if (path_begin == std::string_view::npos) return TargetParts{"/", {}};
        target.remove_prefix(path_begin);
        if (target.front() == '?') return TargetParts{"/", target.substr(1)};
    }
    if (target.empty()) return std::nullopt;
    const auto question_mark = target.find('?');
    if (question_mark == std::string_view::npos) return TargetParts{target, {}};
    return TargetParts{target.substr(0, question_mark), target.substr(question_mark + 1)};
}

}  // namespace holdfast::net
