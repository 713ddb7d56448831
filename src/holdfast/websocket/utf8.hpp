// UTF-8 validation that can stop at any byte and go on with the next piece (RFC 3629).
#pragma once

#include <cstdint>
#include <string_view>

namespace holdfast::websocket {

/// Checks a text piece by piece. Four bytes of state; any thread, one at a time.
class Utf8Validator {
  public:
    /// Takes the next piece. False as soon as no continuation could make the text valid; the validator must
    /// then be reset before it is used again.
    [[nodiscard]] bool feed(std::string_view piece);
    /// Whether the text may end here, that is, not in the middle of a character.
    [[nodiscard]] bool complete() const { return missing_ == 0; }
    void reset() { *this = Utf8Validator{}; }

  private:
    [[nodiscard]] bool begin_character(std::uint8_t lead);

    std::uint8_t missing_ = 0;  // continuation bytes that the character still needs
    std::uint8_t low_ = 0x80;   // bounds of the next continuation byte: they keep out overlong forms,
    std::uint8_t high_ = 0xBF;  // surrogates and everything above U+10FFFF
};

/// Whether `text` is valid UTF-8 from its first to its last byte.
[[nodiscard]] bool is_valid_utf8(std::string_view text);

}  // namespace holdfast::websocket
