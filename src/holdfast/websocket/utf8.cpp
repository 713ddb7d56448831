#include "holdfast/websocket/utf8.hpp"

#include <cstddef>
#include <cstring>

namespace holdfast::websocket {
namespace {

// Most text is ASCII: skip it eight bytes at a time.
const char* skip_ascii(const char* at, const char* end) {
    while (end - at >= 8) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, at, sizeof eight);
        if ((eight & 0x8080808080808080U) != 0) break;
        at += 8;
    }
    while (at != end && static_cast<std::uint8_t>(*at) < 0x80)
        ++at;
    return at;
}

}  // namespace

bool Utf8Validator::begin_character(std::uint8_t lead) {
    low_ = 0x80;
    high_ = 0xBF;
    if (lead >= 0xC2 && lead <= 0xDF) {
        missing_ = 1;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        missing_ = 2;
        if (lead == 0xE0) low_ = 0xA0;
        if (lead == 0xED) high_ = 0x9F;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        missing_ = 3;
        if (lead == 0xF0) low_ = 0x90;
        if (lead == 0xF4) high_ = 0x8F;
    } else {
        return false;
    }
    return true;
}

bool Utf8Validator::feed(std::string_view piece) {
    const char* at = piece.data();
    const char* const end = at + piece.size();
    while (at != end) {
        if (missing_ == 0) {
            at = skip_ascii(at, end);
            if (at == end) break;
            if (!begin_character(static_cast<std::uint8_t>(*at++))) return false;
            continue;
        }
        const auto byte = static_cast<std::uint8_t>(*at++);
        if (byte < low_ || byte > high_) return false;
        low_ = 0x80;
        high_ = 0xBF;
        --missing_;
    }
    return true;
}

bool is_valid_utf8(std::string_view text) {
    Utf8Validator validator;
    return validator.feed(text) && validator.complete();
}

}  // namespace holdfast::websocket
