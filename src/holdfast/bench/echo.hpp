// Requests whose answer is the request: how `ack` and `latency` load a server. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/bench/options.hpp"

namespace holdfast::bench {

/// Makes the requests and checks the answers, in either protocol. A Socket.IO request is the event `echo`
/// with a text of `payload_bytes` and an ack id; a bare one is a text of that length which begins with the
/// number.
class Echo {
  public:
    Echo(Protocol protocol, std::string_view name_space, std::size_t payload_bytes);

    enum class Outcome : std::uint8_t {
        answer,     ///< to the request `number`
        wrong,      ///< an answer to `number`, but not what was asked for; or no number to be found
        unrelated,  ///< some other event
    };
    struct Answer {
        Outcome outcome = Outcome::unrelated;
        std::uint64_t number = 0;
    };

    /// The message that asks; the view lives until the next call.
    [[nodiscard]] std::string_view request(std::uint64_t number);
    [[nodiscard]] Answer read(std::string_view message) const;

  private:
    Protocol protocol_;
    std::string prefix_;
    std::string filler_;         // the text, or what follows the number
    std::string expected_body_;  // of an ack, as every server writes it that writes no spaces
    std::string request_;
};

}  // namespace holdfast::bench
