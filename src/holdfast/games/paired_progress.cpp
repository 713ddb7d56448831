#include "holdfast/games/paired_progress.hpp"

#include <algorithm>

#include "holdfast/base/crypto.hpp"
#include "holdfast/base/limits.hpp"

namespace holdfast::games {
namespace {

constexpr std::uint8_t progress_version = 1;

void append_number(std::string& bytes, std::uint64_t number) {
    while (number >= 0x80U) {
        bytes.push_back(static_cast<char>((number & 0x7FU) | 0x80U));
        number >>= 7U;
    }
    bytes.push_back(static_cast<char>(number));
}

/// Reads from the front; after the first mistake everything is nothing.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte() {
        if (rest_.empty()) {
            failed_ = true;
            return 0;
        }
        const auto value = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return value;
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        // Up to 49 bits: more rounds than anybody plays, and far from any overflow in what is computed of
        // them.
        for (unsigned shift = 0; shift < 49; shift += 7) {
            const auto next = byte();
            value |= static_cast<std::uint64_t>(next & 0x7FU) << shift;
            if ((next & 0x80U) == 0) return value;
        }
        failed_ = true;
        return 0;
    }
    std::uint32_t fingerprint() {
        std::uint32_t value = 0;
        for (int count = 0; count < 4; ++count)
            value = (value << 8U) | byte();
        return value;
    }
    [[nodiscard]] bool failed() const { return failed_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

  private:
    std::string_view rest_;
    bool failed_ = false;
};

/// Calls `visit` with every number of a mode, in the order in which they are written.
template <typename Mode, typename Visit>
void for_each_number(Mode& mode, bool has_pairs, Visit visit) {
    if (has_pairs) {
        for (auto& row : mode.pairs) {
            for (auto& pair : row) {
                visit(pair.rounds);
                visit(pair.equal);
            }
        }
        for (auto& answered_true : mode.same_item_true)
            visit(answered_true);
    }
    for (auto& seat : mode.by_seat) {
        for (auto& item : seat) {
            visit(item.answered_true);
            visit(item.answered_false);
        }
    }
}

std::uint32_t next_fingerprint(std::uint32_t fingerprint, char item, bool answer) {
    std::string bytes;
    for (unsigned shift = 0; shift < 32; shift += 8)
        bytes.push_back(static_cast<char>((fingerprint >> shift) & 0xFFU));
    bytes.push_back(item);
    bytes.push_back(answer ? 't' : 'f');
    const auto digest = sha256(bytes);
    std::uint32_t next = 0;
    for (std::size_t index = 0; index < 4; ++index)
        next = (next << 8U) | digest[index];
    return next;
}

}  // namespace

std::optional<std::size_t> item_index(char item) {
    const auto found = paired_items.find(item);
    if (found == std::string_view::npos) return std::nullopt;
    return found;
}

PairedProgress::PairedProgress(std::size_t seat_count) : fingerprints(seat_count, 0) {
    classic.by_seat.resize(seat_count);
    modern.by_seat.resize(seat_count);
}

ModeProgress& PairedProgress::in(seats::GameMode mode) {
    return mode == seats::GameMode::classic ? classic : modern;
}

const ModeProgress& PairedProgress::in(seats::GameMode mode) const {
    return mode == seats::GameMode::classic ? classic : modern;
}

void PairedProgress::add(const seats::RoundRecord& finished) {
    auto& mode = in(finished.mode);
    const auto seats = std::min({seat_count(), finished.items.size(), finished.answers.size()});
    for (std::size_t seat = 0; seat < seats; ++seat) {
        const auto item = item_index(finished.items[seat]);
        const auto answer = finished.answers[seat];
        if (!item || !answer) continue;
        auto& counts = mode.by_seat[seat][*item];
        ++(*answer ? counts.answered_true : counts.answered_false);
        fingerprints[seat] = next_fingerprint(fingerprints[seat], finished.items[seat], *answer);
    }
    if (seats != 2 || seat_count() != 2) return;
    const auto first_item = item_index(finished.items[0]);
    const auto second_item = item_index(finished.items[1]);
    const auto first = finished.answers[0];
    const auto second = finished.answers[1];
    if (!first_item || !second_item || !first || !second) return;
    auto& pair = mode.pairs[*first_item][*second_item];
    ++pair.rounds;
    if (*first == *second) ++pair.equal;
    if (*first_item == *second_item) {
        mode.same_item_true[*first_item] += (*first ? 1U : 0U) + (*second ? 1U : 0U);
    }
}

std::string encode(const PairedProgress& progress) {
    std::string bytes;
    bytes.push_back(static_cast<char>(progress_version));
    bytes.push_back(static_cast<char>(progress.seat_count()));
    for (const auto fingerprint : progress.fingerprints) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes.push_back(static_cast<char>((fingerprint >> shift) & 0xFFU));
    }
    const bool has_pairs = progress.seat_count() == 2;
    for (const auto* mode : {&progress.classic, &progress.modern}) {
        bool played = false;
        for_each_number(*mode, has_pairs, [&](std::uint64_t number) { played = played || number != 0; });
        bytes.push_back(played ? 1 : 0);
        if (!played) continue;
        for_each_number(*mode, has_pairs, [&](std::uint64_t number) { append_number(bytes, number); });
    }
    return bytes;
}

std::optional<PairedProgress> decode_progress(std::string_view bytes) {
    Reader reader(bytes);
    if (reader.byte() != progress_version || reader.failed()) return std::nullopt;
    const auto seat_count = reader.byte();
    if (seat_count < 1 || seat_count > limits::seats_per_team_most) return std::nullopt;
    PairedProgress progress(seat_count);
    for (auto& fingerprint : progress.fingerprints)
        fingerprint = reader.fingerprint();
    for (auto* mode : {&progress.classic, &progress.modern}) {
        const auto played = reader.byte();
        if (played > 1) return std::nullopt;
        if (played == 0) continue;
        for_each_number(*mode, seat_count == 2, [&](std::uint64_t& number) { number = reader.number(); });
    }
    if (reader.failed() || !reader.at_end()) return std::nullopt;
    for (const auto* mode : {&progress.classic, &progress.modern}) {
        for (const auto& row : mode->pairs) {
            for (const auto& pair : row) {
                if (pair.equal > pair.rounds) return std::nullopt;
            }
        }
    }
    return progress;
}

}  // namespace holdfast::games
