// One-time codes that bring a seat to another phone: its player reads one off the old phone and types it, or
// scans it, on the new one. In memory only: they live for two minutes. Pure; one thread.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "holdfast/base/random.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

class MoveCodes {
  public:
    struct Offer {
        TeamId team = 0;
        Slot slot = 0;
        DeviceId device{};  ///< that held the seat then; whoever else has it since did not offer it
        Uptime until;
        /// Of the seat then. Tells people apart whose devices are not known.
        std::uint64_t epoch = 0;
    };

    /// Ten letters and digits out of random bytes, at least ten of them.
    [[nodiscard]] static std::string code_of(std::span<const std::uint8_t> bytes);
    /// What was typed, as codes are kept: case, blanks and dashes do not matter. Empty when it cannot be one.
    [[nodiscard]] static std::string normalise(std::string_view typed);

    /// A new code for the seat, in place of the one before. `offer.until` says how long it is good.
    [[nodiscard]] std::string make(const Offer& offer, Random& random);
    /// What the code stands for, as somebody typed it: case, blanks and dashes do not matter. Null when it is
    /// not known, or its time is over.
    [[nodiscard]] const Offer* find(std::string_view typed, Uptime now) const;
    /// The code is used up. What is needed to put it back, should the disk refuse what it was used for.
    using Used = std::pair<std::string, Offer>;
    [[nodiscard]] std::optional<Used> use(std::string_view typed);
    /// The seat has changed hands: its code, if there is one, is worth nothing any more.
    [[nodiscard]] std::optional<Used> withdraw(TeamId team, Slot slot);
    void put_back(Used used);
    void forget_expired(Uptime now);
    [[nodiscard]] std::size_t size() const { return offers_.size(); }

  private:
    void forget(const std::string& code);

    std::unordered_map<std::string, Offer> offers_;
    std::map<std::pair<TeamId, Slot>, std::string> codes_by_seat_;
    std::deque<std::pair<Uptime, std::string>> order_;  ///< the oldest first; some are gone already
};

}  // namespace holdfast::seats
