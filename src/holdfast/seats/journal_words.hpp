// The words that a seat's journal is written in: two closed lists, what happened and why, each word with the
// phrase that tells people of it. To add a word is to add its line here; one that is not in its list does not
// compile. The words are on disk: never change or remove one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "holdfast/seats/commands.hpp"
#include "holdfast/seats/vocabulary.hpp"

namespace holdfast::seats {

/// What an entry means for whether somebody has the seat, for those who count.
enum class JournalEffect : std::uint8_t {
    none,
    taken,  ///< somebody sits down in a vacant seat
    away,   ///< its player is away; the seat is held
    back,   ///< its player is there, on this connection or another one
    freed,  ///< the seat is vacant
};

struct JournalWord {
    std::string_view code;    ///< as it is on disk, in logs and in exports
    std::string_view phrase;  ///< for people: "What reason." is a sentence. Of a reason it may be empty
    JournalEffect effect = JournalEffect::none;
};

/// What can happen to a seat. The phrase begins the sentence.
inline constexpr auto journal_whats = std::to_array<JournalWord>({
    {"joined", "Sat down", JournalEffect::taken},
    {"away", "Away", JournalEffect::away},
    {"resumed", "Came back", JournalEffect::back},
    {"taken_over", "Taken over by another tab or device", JournalEffect::back},
    {"moved", "Moved to another phone", JournalEffect::back},
    {"left", "Left for good", JournalEffect::freed},
    {"released", "Lost the seat: the host freed it", JournalEffect::freed},
    {"expired", "Lost the seat", JournalEffect::freed},
    {"moved_away", "Moved to another seat by the host", JournalEffect::freed},
    {"moved_here", "Moved here from another seat by the host", JournalEffect::taken},
    {"held_here", "Held here, by the host, for a player who was away from another seat", JournalEffect::away},
    {"hold_extended", "Held for longer by the host"},
    {"grace_set", "The host set for how long seats are held"},
    {"request_refused", "The host refused to give the seat to another phone"},
    {"reserved", "The host kept the seat for somebody"},
    {"reservation_withdrawn", "The host keeps the seat for nobody any more"},
    {"ban_lifted", "The host lifted the ban of the device that had the seat"},
    {"token_refused", "A reconnection was refused"},
    {"token_expired", "The reconnection token stopped being good"},
});

/// Why, or by which way. The phrase ends the sentence.
inline constexpr auto journal_reasons = std::to_array<JournalWord>({
    // joined
    {"create_team", "by creating the team"},
    {"reactivate_team", "by bringing the team back"},
    {"join_team", "by joining the team"},
    {"reservation", "because the host had kept the seat for them"},
    // resumed, taken_over, moved
    {"none", ""},
    {"token", "with the token"},
    {"previous_token", "with the token before the newest, which had not arrived"},
    {"device", "on the device that had the seat"},
    {"reload", "by loading the page anew, before its older connection was known to be closed"},
    {"new_connection", "over a new connection, before the older one was known to be dead"},
    {"second_tab", "(another tab of the same browser)"},
    {"other_device", "(another device than before)"},
    {"moved_token", "with the token of the seat from which the host had moved its player"},
    {"code", "with a code made on the phone that had the seat"},
    {"request", "because the host gave it to somebody who asked from a new phone"},
    // resumed, and the store was down: this line was written when it was well again
    {"store_unavailable", "while the server could not save; noted afterwards"},
    // away
    {"closed_page", "because the connection was closed, as by leaving or reloading the page"},
    {"connection_lost", "because the phone lost the connection"},
    {"server_restart", "because the server was started again"},
    {"stale_session", "because the connection turned out to be dead"},
    // left, released, expired, token_expired
    {"player", ""},
    {"host", ""},
    {"deadline", "because its time was over"},
    // token_refused
    {"token_unknown", "because no such token was ever given out"},
    {"token_expired", "because its token was too old"},
    {"token_retired", "because its token had been replaced by a newer one, or the seat given up"},
    {"seat_released", "because the host had freed the seat in the meantime"},
    {"seat_expired", "because the seat's time had run out in the meantime"},
    {"device_banned", "because the host had banned the device"},
    {"seat_moved", "because the seat had moved to another phone"},
});

/// The word with that code, or nothing.
template <std::size_t Size>
[[nodiscard]] constexpr std::optional<JournalWord> find_word(const std::array<JournalWord, Size>& list,
                                                             std::string_view code) {
    const auto found =
        std::find_if(list.begin(), list.end(), [code](const JournalWord& word) { return word.code == code; });
    if (found == list.end()) return std::nullopt;
    return *found;
}

/// One word of journal_whats.
class JournalWhat {
  public:
    /// Implicit, so that a literal is checked where it stands.
    consteval JournalWhat(const char* code) : word_(find_word(journal_whats, code).value()) {}
    /// Why a seat became vacant; not `none`.
    JournalWhat(SeatFreed freed);
    /// Another connection has the seat now: the same tab's ("resumed"), or one that took it over.
    JournalWhat(Overtaking how);

    [[nodiscard]] constexpr std::string_view code() const { return word_.code; }

  private:
    JournalWord word_;
};

/// One word of journal_reasons.
class JournalReason {
  public:
    consteval JournalReason(const char* code) : word_(find_word(journal_reasons, code).value()) {}
    JournalReason(AwayCause cause);
    JournalReason(SeatedHow how);
    JournalReason(ResumeWay way);
    JournalReason(Overtaking how);
    /// A refusal that a token can meet with; any other one is "none".
    JournalReason(Refusal refusal);

    [[nodiscard]] constexpr std::string_view code() const { return word_.code; }

  private:
    JournalWord word_;
};

}  // namespace holdfast::seats
