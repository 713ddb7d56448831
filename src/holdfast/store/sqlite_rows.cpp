#include "holdfast/store/sqlite_rows.hpp"

#include <algorithm>

namespace holdfast::store::sqlite {

std::string answers_to_text(const std::vector<std::optional<bool>>& answers) {
    std::string text;
    for (const auto& answer : answers)
        text.push_back(!answer ? '-' : *answer ? '1' : '0');
    return text;
}

std::optional<std::vector<std::optional<bool>>> answers_from_text(std::string_view text) {
    std::vector<std::optional<bool>> answers;
    for (const char letter : text) {
        if (letter == '-') {
            answers.emplace_back(std::nullopt);
        } else if (letter == '0' || letter == '1') {
            answers.emplace_back(letter == '1');
        } else {
            return std::nullopt;
        }
    }
    return answers;
}

std::optional<Digest> digest_from_blob(std::string_view bytes) {
    Digest digest{};
    if (bytes.size() != digest.size()) return std::nullopt;
    std::transform(bytes.begin(), bytes.end(), digest.begin(),
                   [](char byte) { return static_cast<std::uint8_t>(byte); });
    return digest;
}

bool is_known(seats::SeatState state) {
    switch (state) {
        case seats::SeatState::vacant:
        case seats::SeatState::connected:
        case seats::SeatState::away:
            return true;
    }
    return false;
}

bool is_known(seats::AwayCause cause) {
    switch (cause) {
        case seats::AwayCause::none:
        case seats::AwayCause::closed_page:
        case seats::AwayCause::connection_lost:
        case seats::AwayCause::server_restart:
        case seats::AwayCause::stale_session:
            return true;
    }
    return false;
}

bool is_known(seats::SeatFreed freed) {
    switch (freed) {
        case seats::SeatFreed::none:
        case seats::SeatFreed::left:
        case seats::SeatFreed::released:
        case seats::SeatFreed::expired:
            return true;
    }
    return false;
}

bool is_known(seats::GameMode mode) {
    switch (mode) {
        case seats::GameMode::classic:
        case seats::GameMode::modern:
            return true;
    }
    return false;
}

}  // namespace holdfast::store::sqlite
