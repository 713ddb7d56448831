// Reads an input as a script: numbers and texts from the front, zeros and nothing when it is used up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace holdfast::fuzz {

class Script {
  public:
    explicit Script(std::span<const std::uint8_t> bytes)
        : rest_(reinterpret_cast<const char*>(bytes.data()), bytes.size()) {}
    explicit Script(std::string_view bytes) : rest_(bytes) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }
    [[nodiscard]] std::uint8_t byte();
    /// Two bytes, the higher first.
    [[nodiscard]] std::uint16_t word();
    /// Eight bytes, the highest first.
    [[nodiscard]] std::uint64_t number();
    /// In [0, bound), from one byte; bound is at least 1 and at most 256.
    [[nodiscard]] std::size_t below(std::size_t bound) { return byte() % bound; }
    [[nodiscard]] bool flag() { return (byte() & 1U) != 0; }
    /// As many bytes as there are, at most `size`.
    [[nodiscard]] std::string_view take(std::size_t size);
    /// A text with its length in front: one byte, and after 255 two more.
    [[nodiscard]] std::string_view piece();
    [[nodiscard]] std::string_view rest() { return take(rest_.size()); }

  private:
    std::string_view rest_;
};

/// How a stream is cut: a piece of the script with one byte for each cut, used again from its start when the
/// stream is longer. 0 stands for all that is left, up to 191 for that many bytes, above for multiples of 64.
class Cuts {
  public:
    explicit Cuts(Script& script) : sizes_(script.piece()) {}
    /// The size of the next piece of a stream that has `left` bytes to go; at least 1 when there are any.
    [[nodiscard]] std::size_t next(std::size_t left);
    /// The whole stream in its pieces.
    [[nodiscard]] std::vector<std::string_view> apply(std::string_view stream);

  private:
    std::string_view sizes_;
    std::size_t at_ = 0;
};

/// The stream in pieces of one size.
[[nodiscard]] std::vector<std::string_view> pieces_of(std::string_view stream, std::size_t size);

}  // namespace holdfast::fuzz
