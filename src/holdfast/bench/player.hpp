// What one player of a Holdfast server knows: made of what the server says. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace holdfast::bench {

/// The running round, as this player sees it.
struct Question {
    std::uint64_t round_id = 0;
    std::string item;
    bool answered = false;
    bool operator==(const Question&) const = default;
};

/// The server's answer to one request.
struct Outcome {
    std::uint64_t id = 0;
    bool ok = false;
    std::string event;  ///< what happened: "team_joined"
    std::string code;   ///< why nothing happened: "team_full"
    std::string team_name;
    std::int64_t player_slot = 0;
    bool is_reconnection = false;
};

class Player {
  public:
    enum class Told : std::uint8_t { other, established, acked, malformed };

    /// Takes in a message of the server (an event or an ack of the main namespace).
    Told take(std::string_view text);
    /// Forgets what belongs to a connection: a resume must bring it back.
    void disconnected();
    /// Forgets the seat.
    void left();

    [[nodiscard]] const std::string& token() const { return token_; }
    /// Tokens that came since disconnected(), or ever.
    [[nodiscard]] std::uint64_t tokens_seen() const { return tokens_seen_; }
    [[nodiscard]] const std::optional<Question>& question() const { return question_; }
    /// Of the last ack.
    [[nodiscard]] const Outcome& outcome() const { return outcome_; }
    [[nodiscard]] std::int64_t seats_per_team() const { return seats_per_team_; }

  private:
    std::string token_;
    std::uint64_t tokens_seen_ = 0;
    std::optional<Question> question_;
    Outcome outcome_;
    std::int64_t seats_per_team_ = 0;
};

}  // namespace holdfast::bench
