#include "holdfast/bench/shout.hpp"

#include <charconv>

#include "holdfast/bench/packet.hpp"

namespace holdfast::bench {

namespace {

constexpr std::size_t number_digits = 12;
constexpr std::string_view bare_start = "bcast";

}  // namespace

Shout::Shout(Protocol protocol, std::string_view name_space, std::size_t payload_bytes)
    : protocol_(protocol) {
    std::size_t taken = number_digits;
    if (protocol_ == Protocol::socketio) {
        before_ = "42" + name_space_prefix(name_space) + "[\"bcast\",\"";
    } else {
        before_ = bare_start;
        taken += bare_start.size();
    }
    after_.assign(payload_bytes > taken ? payload_bytes - taken : 0, 'x');
}

std::string_view Shout::message(std::uint64_t number) {
    message_ = before_;
    message_.resize(before_.size() + number_digits);
    for (std::size_t i = message_.size(); i > before_.size(); --i) {
        message_[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    message_ += after_;
    if (protocol_ == Protocol::socketio) message_ += "\"]";
    return message_;
}

bool Shout::concerns(std::string_view message) const {
    if (protocol_ == Protocol::websocket) return true;
    const Packet packet = read_packet(message);
    return packet.kind == PacketKind::event && event_name(packet.body) == bare_start;
}

std::optional<std::uint64_t> Shout::read(std::string_view message) const {
    if (!message.starts_with(before_)) return std::nullopt;
    message.remove_prefix(before_.size());
    if (message.size() < number_digits + after_.size()) return std::nullopt;
    std::uint64_t number = 0;
    const char* const end = message.data() + number_digits;
    const auto [stopped, error] = std::from_chars(message.data(), end, number);
    if (error != std::errc() || stopped != end) return std::nullopt;
    message.remove_prefix(number_digits);
    if (!message.starts_with(after_)) return std::nullopt;
    message.remove_prefix(after_.size());
    if (protocol_ == Protocol::websocket) return message.empty() ? std::optional(number) : std::nullopt;
    // A server with connection state recovery appends its offset as one more argument.
    const bool whole = message == "\"]" || (message.starts_with("\",") && message.ends_with(']'));
    return whole ? std::optional(number) : std::nullopt;
}

Hearing::Hearing(std::size_t listeners, std::size_t talkers, std::size_t burst)
    : talkers_(talkers), burst_(burst), next_(listeners * talkers), heard_(listeners) {
    for (std::size_t listener = 0; listener < listeners; ++listener)
        for (std::size_t talker = 0; talker < talkers; ++talker)
            next_[listener * talkers + talker] = talker * burst;
}

bool Hearing::hear(std::size_t listener, std::uint64_t number) {
    ++heard_[listener];
    const std::uint64_t burst_number = number / burst_;
    std::uint64_t& next = next_[listener * talkers_ + static_cast<std::size_t>(burst_number % talkers_)];
    const bool right = number == next;
    const bool burst_ends = (number + 1) % burst_ == 0;
    next = burst_ends ? (burst_number + talkers_) * burst_ : number + 1;
    return right;
}

}  // namespace holdfast::bench
