// What every refusal has to look like, for whoever hears one.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/seats/refusals_test_support.hpp"

namespace holdfast::simulation {

/// Empty: the code is of the closed list, and the message is a sentence that holds the words by which clients
/// drop their token when, and only when, it is of no more use.
inline std::string fault_of_refusal(std::string_view code, std::string_view message) {
    const auto refusal = seats::refusal_with(code);
    if (!refusal) return "a refusal with the code \"" + std::string(code) + "\"";
    if (message.size() < 10 || message.find(' ') == std::string_view::npos || message.back() != '.') {
        return "a refusal without a sentence: \"" + std::string(message) + "\"";
    }
    const bool drops_token = message.find("token") != std::string_view::npos ||
                             message.find("reconnection") != std::string_view::npos;
    if (drops_token != seats::ends_token(*refusal))
        return std::string(code) + ": \"" + std::string(message) + "\"";
    return {};
}

}  // namespace holdfast::simulation
