#include "holdfast/bench/echo.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>

#include "holdfast/bench/packet.hpp"

namespace holdfast::bench {

namespace {

constexpr std::size_t number_digits = 12;

/// Letters only, so that nothing needs an escape in JSON.
std::string letters(std::size_t count) {
    std::string text(count, ' ');
    for (std::size_t i = 0; i < count; ++i)
        text[i] = static_cast<char>('a' + i % 26);
    return text;
}

/// Whether the body is the JSON of an array with this text alone, however it is written.
bool is_array_of(std::string_view body, std::string_view text) {
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse({body.data(), body.size()}, error);
    if (error || !value.is_array() || value.get_array().size() != 1) return false;
    const auto* const string = value.get_array().front().if_string();
    return string != nullptr && *string == text;
}

}  // namespace

Echo::Echo(Protocol protocol, std::string_view name_space, std::size_t payload_bytes)
    : protocol_(protocol), prefix_(name_space_prefix(name_space)) {
    if (protocol_ == Protocol::websocket) {
        filler_ = letters(payload_bytes > number_digits ? payload_bytes - number_digits : 0);
    } else {
        filler_ = letters(payload_bytes);
        expected_body_ = "[\"" + filler_ + "\"]";
    }
}

std::string_view Echo::request(std::uint64_t number) {
    request_.clear();
    if (protocol_ == Protocol::socketio) {
        request_ += "42";
        request_ += prefix_;
        std::array<char, 20> digits{};
        const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number);
        request_.append(digits.data(), end);
        request_ += "[\"echo\",\"";
        request_ += filler_;
        request_ += "\"]";
        return request_;
    }
    request_.resize(number_digits);
    for (std::size_t i = number_digits; i > 0; --i) {
        request_[i - 1] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
    request_ += filler_;
    return request_;
}

Echo::Answer Echo::read(std::string_view message) const {
    if (protocol_ == Protocol::websocket) {
        Answer answer{Outcome::wrong, 0};
        if (message.size() < number_digits) return answer;
        const char* const end = message.data() + number_digits;
        const auto [stopped, error] = std::from_chars(message.data(), end, answer.number);
        if (error == std::errc() && stopped == end && message.substr(number_digits) == filler_)
            answer.outcome = Outcome::answer;
        return answer;
    }
    const Packet packet = read_packet(message);
    if (packet.kind != PacketKind::ack) return {};
    if (!packet.id) return {Outcome::wrong, 0};
    const bool same = packet.body == expected_body_ || is_array_of(packet.body, filler_);
    return {same ? Outcome::answer : Outcome::wrong, *packet.id};
}

}  // namespace holdfast::bench
