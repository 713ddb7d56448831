#include "holdfast/net/session_route.hpp"

#include <algorithm>

namespace holdfast::net {

namespace {
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static_assert(alphabet.size() == threads_most);
}  // namespace

SessionRandom::SessionRandom(Random& random, std::size_t thread_index)
    : random_(random), thread_index_(static_cast<std::uint8_t>(std::min(thread_index, threads_most - 1))) {}

void SessionRandom::fill(std::span<std::uint8_t> bytes) {
    random_.fill(bytes);
    if (!bytes.empty())
        bytes[0] =
            static_cast<std::uint8_t>((bytes[0] & 0x03U) | (static_cast<unsigned>(thread_index_) << 2U));
}

std::optional<std::size_t> thread_of_session(std::string_view session_id, std::size_t thread_count) {
    if (session_id.empty()) return std::nullopt;
    const auto index = alphabet.find(session_id.front());
    if (index == std::string_view::npos || index >= thread_count) return std::nullopt;
    return index;
}

}  // namespace holdfast::net
