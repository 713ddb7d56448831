#include "holdfast/store/sqlite_rows.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

namespace holdfast::store::sqlite {

namespace {

using seats::SeatRecord;

constexpr std::string_view hexadecimal_digits = "0123456789ABCDEF";

void append_number(std::string& text, std::int64_t number) {
    std::array<char, 24> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), number);
    text.append(digits.data(), written.ptr);
}

void append_seat(std::string& text, const SeatRecord& seat) {
    const std::array<std::int64_t, 10> numbers = {
        static_cast<std::int64_t>(seat.state),
        static_cast<std::int64_t>(seat.away_cause),
        static_cast<std::int64_t>(seat.freed_because),
        std::bit_cast<std::int64_t>(seat.epoch),
        std::bit_cast<std::int64_t>(seat.rotation),
        seat.token_live ? 1 : 0,
        seat.previous_token_good ? 1 : 0,
        seat.seat_deadline.milliseconds,
        seat.token_deadline.milliseconds,
        seat.since.milliseconds,
    };
    text += '[';
    for (const std::int64_t number : numbers) {
        append_number(text, number);
        text += ',';
    }
    text += '"';
    if (seat.device != seats::DeviceId{}) {
        for (const std::uint8_t byte : seat.device) {
            text += hexadecimal_digits[byte >> 4U];
            text += hexadecimal_digits[byte & 0xFU];
        }
    }
    text += '"';
}

void append_moved_token(std::string& text, const seats::MovedToken& token) {
    for (const std::uint64_t number : {token.made_for, std::uint64_t{token.made_for_slot}, token.rotation}) {
        text += ',';
        append_number(text, std::bit_cast<std::int64_t>(number));
    }
}

/// Takes a text apart from its front; after the first thing that is not as asked, everything fails.
class Cursor {
  public:
    explicit Cursor(std::string_view text) : rest_(text) {}
    bool skip(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::optional<std::int64_t> number() {
        std::int64_t value = 0;
        const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
        if (read.ec != std::errc{}) return std::nullopt;
        rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
        return value;
    }
    std::optional<seats::DeviceId> device() {
        seats::DeviceId device{};
        if (!skip('"')) return std::nullopt;
        if (skip('"')) return device;
        if (rest_.size() < 2 * device.size()) return std::nullopt;
        for (std::size_t index = 0; index < device.size(); ++index) {
            const auto high = hexadecimal_digits.find(rest_[2 * index]);
            const auto low = hexadecimal_digits.find(rest_[2 * index + 1]);
            if (high == std::string_view::npos || low == std::string_view::npos) return std::nullopt;
            device[index] = static_cast<std::uint8_t>(high << 4U | low);
        }
        rest_.remove_prefix(2 * device.size());
        if (!skip('"')) return std::nullopt;
        return device;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
};

/// The rest of a seat's array, and the bracket that ends it.
bool read_moved_tokens(Cursor& cursor, seats::Slot slot, std::vector<seats::MovedToken>& tokens) {
    while (cursor.skip(',')) {
        const auto team = cursor.number();
        if (!team || !cursor.skip(',')) return false;
        const auto made_for_slot = cursor.number();
        if (!made_for_slot || *made_for_slot < 0 ||
            *made_for_slot > std::numeric_limits<seats::Slot>::max() || !cursor.skip(',')) {
            return false;
        }
        const auto rotation = cursor.number();
        if (!rotation) return false;
        tokens.push_back({slot, std::bit_cast<std::uint64_t>(*team), static_cast<seats::Slot>(*made_for_slot),
                          std::bit_cast<std::uint64_t>(*rotation)});
    }
    return cursor.skip(']');
}

/// Without what may follow the device.
std::optional<SeatRecord> read_seat(Cursor& cursor) {
    std::array<std::int64_t, 10> numbers{};
    if (!cursor.skip('[')) return std::nullopt;
    for (std::int64_t& number : numbers) {
        const auto read = cursor.number();
        if (!read || !cursor.skip(',')) return std::nullopt;
        number = *read;
    }
    const auto device = cursor.device();
    const auto state = enumerator_from<seats::SeatState>(numbers[0]);
    const auto away_cause = enumerator_from<seats::AwayCause>(numbers[1]);
    const auto freed_because = enumerator_from<seats::SeatFreed>(numbers[2]);
    if (!device || !state || !away_cause || !freed_because) return std::nullopt;
    SeatRecord seat;
    seat.state = *state;
    seat.away_cause = *away_cause;
    seat.freed_because = *freed_because;
    seat.epoch = std::bit_cast<std::uint64_t>(numbers[3]);
    seat.rotation = std::bit_cast<std::uint64_t>(numbers[4]);
    seat.token_live = numbers[5] != 0;
    seat.previous_token_good = numbers[6] != 0;
    seat.seat_deadline = {numbers[7]};
    seat.token_deadline = {numbers[8]};
    seat.since = {numbers[9]};
    seat.device = *device;
    return seat;
}

}  // namespace

std::string seats_to_text(const seats::TeamRecord& team) {
    std::string text;
    text.reserve(2 + team.seats.size() * 160 + team.moved_tokens.size() * 24);
    text += '[';
    seats::Slot slot = 0;
    for (const SeatRecord& seat : team.seats) {
        ++slot;
        if (text.size() > 1) text += ',';
        append_seat(text, seat);
        for (const seats::MovedToken& token : team.moved_tokens) {
            if (token.slot == slot) append_moved_token(text, token);
        }
        text += ']';
    }
    text += ']';
    return text;
}

bool seats_from_text(std::string_view text, seats::TeamRecord& team) {
    Cursor cursor(text);
    if (!cursor.skip('[')) return false;
    if (!cursor.skip(']')) {
        // Exactly as many as there are: hundred thousands of teams are kept.
        team.seats.reserve(static_cast<std::size_t>(std::count(text.begin() + 1, text.end(), '[')));
        do {
            auto seat = read_seat(cursor);
            if (!seat) return false;
            team.seats.push_back(*seat);
            const auto slot = static_cast<seats::Slot>(team.seats.size());
            if (!read_moved_tokens(cursor, slot, team.moved_tokens)) return false;
        } while (cursor.skip(','));
        if (!cursor.skip(']')) return false;
    }
    return cursor.at_end();
}

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
        case seats::SeatFreed::moved:
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
