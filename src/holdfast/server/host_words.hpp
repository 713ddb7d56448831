// What the host's deeds are called: for the host who did them, and for the players whom they touch. Pure.
#pragma once

#include <string>

#include "holdfast/seats/commands.hpp"
#include "holdfast/server/json_fields.hpp"

namespace holdfast::server::wire {

/// "90 seconds", "20 minutes", "2 hours 30 minutes": rounded to what people say.
[[nodiscard]] std::string in_words(std::int64_t seconds);

/// For the player whom the host has moved, there or away.
[[nodiscard]] std::string moved_words(const seats::Seated& seated);
/// For the others in the team where it was done.
[[nodiscard]] std::string partner_words(const seats::HostActed& acted);
/// For the others in the team from which the host has moved somebody.
[[nodiscard]] std::string old_partner_words(const seats::HostActed& acted);
[[nodiscard]] std::string grace_words(const seats::GameView& game);

/// host_notice: what the host has done, for whom it touches.
[[nodiscard]] Fields host_notice(std::string_view what, std::string_view message);
/// host_acted: the outcome for the host.
[[nodiscard]] Fields host_acted(const seats::HostActed& acted);
[[nodiscard]] std::string_view to_string(seats::HostDeed deed);

}  // namespace holdfast::server::wire
