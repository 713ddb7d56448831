#include "input.hpp"

#include <algorithm>

namespace holdfast::fuzz {

std::uint8_t Script::byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
}

std::uint16_t Script::word() {
    const unsigned high = byte();
    return static_cast<std::uint16_t>(high << 8U | byte());
}

std::uint64_t Script::number() {
    std::uint64_t number = 0;
    for (int i = 0; i < 8; ++i)
        number = number << 8U | byte();
    return number;
}

std::string_view Script::take(std::size_t size) {
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
}

std::string_view Script::piece() {
    const std::size_t size = byte();
    return take(size == 255 ? word() : size);
}

std::size_t Cuts::next(std::size_t left) {
    if (sizes_.empty()) return left;
    const std::size_t size = static_cast<std::uint8_t>(sizes_[at_++ % sizes_.size()]);
    if (size == 0) return left;
    return std::min(left, size < 192 ? size : (size - 191) * 64);
}

std::vector<std::string_view> Cuts::apply(std::string_view stream) {
    std::vector<std::string_view> pieces;
    while (!stream.empty()) {
        pieces.push_back(stream.substr(0, next(stream.size())));
        stream.remove_prefix(pieces.back().size());
    }
    return pieces;
}

std::vector<std::string_view> pieces_of(std::string_view stream, std::size_t size) {
    std::vector<std::string_view> pieces;
    for (; !stream.empty(); stream.remove_prefix(pieces.back().size()))
        pieces.push_back(stream.substr(0, size));
    return pieces;
}

}  // namespace holdfast::fuzz
