// Numbered messages to everybody: how `broadcast` loads a server, and how it knows that none is lost. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/bench/options.hpp"

namespace holdfast::bench {

/// Makes and reads the messages, in either protocol: the event `bcast` with a text of `payload_bytes` that
/// begins with the number, or a bare text `bcast` and the number.
class Shout {
  public:
    Shout(Protocol protocol, std::string_view name_space, std::size_t payload_bytes);
    /// The view lives until the next call.
    [[nodiscard]] std::string_view message(std::uint64_t number);
    /// The number of a message that arrived; nothing when it is not one of ours, whole.
    [[nodiscard]] std::optional<std::uint64_t> read(std::string_view message) const;
    /// Whether it is meant to be one: an event of another name is not.
    [[nodiscard]] bool concerns(std::string_view message) const;

  private:
    Protocol protocol_;
    std::string before_;  // the number, in what is sent and, up to the namespace, in what arrives
    std::string after_;
    std::string message_;
};

/// Whether each listener hears each message once and each talker's in order. Bursts of `burst` consecutive
/// numbers come from talker 0, 1, … in turn.
class Hearing {
  public:
    Hearing(std::size_t listeners, std::size_t talkers, std::size_t burst);
    /// False when `number` is not the next that this listener should hear from its talker.
    [[nodiscard]] bool hear(std::size_t listener, std::uint64_t number);
    [[nodiscard]] std::uint64_t heard(std::size_t listener) const { return heard_[listener]; }

  private:
    std::size_t talkers_;
    std::size_t burst_;
    std::vector<std::uint64_t> next_;  // by listener and talker
    std::vector<std::uint64_t> heard_;
};

}  // namespace holdfast::bench
