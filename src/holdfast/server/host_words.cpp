#include "holdfast/server/host_words.hpp"

namespace holdfast::server::wire {

namespace {

std::string counted(std::int64_t number, std::string_view unit) {
    std::string text = std::to_string(number) + " " + std::string(unit);
    return number == 1 ? text : text + "s";
}

std::string seat_of(const seats::TeamViewPointer& team, seats::Slot slot) {
    return "seat " + std::to_string(slot) + " of the team " + team->name;
}

std::int64_t held_for_seconds(const seats::HostActed& acted) {
    const auto index = static_cast<std::size_t>(acted.slot - 1);
    if (index >= acted.team->seats.size()) return 0;
    return (acted.team->seats[index].held_for_milliseconds + 999) / 1000;
}

std::string outcome_words(const seats::HostActed& acted) {
    switch (acted.what) {
        case seats::HostDeed::released:
            return "You have freed " + seat_of(acted.team, acted.slot) + ".";
        case seats::HostDeed::moved:
            return "You have moved the player of " + seat_of(acted.from_team, acted.from_slot) + " to " +
                   seat_of(acted.team, acted.slot) + ".";
        case seats::HostDeed::hold_extended:
            break;
    }
    const auto left = held_for_seconds(acted);
    const auto seat = seat_of(acted.team, acted.slot);
    // Asked again after the player has come back.
    if (left == 0) return "The hold of " + seat + " was made longer.";
    return "Now " + seat + " is held for " + in_words(left) + " more.";
}

}  // namespace

std::string in_words(std::int64_t seconds) {
    if (seconds < 120) return counted(seconds, "second");
    const auto minutes = (seconds + 30) / 60;
    if (minutes < 120) return counted(minutes, "minute");
    const auto hours = counted(minutes / 60, "hour");
    return minutes % 60 == 0 ? hours : hours + " " + counted(minutes % 60, "minute");
}

std::string moved_words(const seats::Seated& seated) {
    const auto where = seat_of(seated.team, seated.slot);
    if (seated.how == seats::SeatedHow::moved) return "The host has moved you to " + where + ".";
    return "While you were away, the host moved you to " + where + ".";
}

std::string partner_words(const seats::HostActed& acted) {
    const auto seat = "seat " + std::to_string(acted.slot);
    switch (acted.what) {
        case seats::HostDeed::released:
            return "The host has freed " + seat + " of your team.";
        case seats::HostDeed::moved:
            if (acted.from == acted.team->id) {
                return "The host has moved Player " + std::to_string(acted.from_slot) + " to " + seat + ".";
            }
            return "The host has moved somebody into " + seat + " of your team.";
        case seats::HostDeed::hold_extended:
            break;
    }
    return "The host holds " + seat + " of your team for longer: " + in_words(held_for_seconds(acted)) +
           " more.";
}

std::string old_partner_words(const seats::HostActed& acted) {
    return "The host has moved Player " + std::to_string(acted.from_slot) + " to another team.";
}

std::string grace_words(const seats::GameView& game) {
    return "The host has set that a seat is held for " + in_words(game.grace_seconds) +
           " when its player is away.";
}

Fields host_notice(std::string_view what, std::string_view message) {
    return {{"what", what}, {"message", message}};
}

Fields host_acted(const seats::HostActed& acted) {
    Fields outcome{{"what", to_string(acted.what)},
                   {"message", outcome_words(acted)},
                   {"team_id", acted.team->id},
                   {"team_name", acted.team->name},
                   {"player_slot", acted.slot}};
    if (acted.what == seats::HostDeed::moved) {
        outcome.add("from_team_id", acted.from).add("from_player_slot", acted.from_slot);
    }
    if (acted.what == seats::HostDeed::hold_extended) {
        outcome.add("held_for_seconds", held_for_seconds(acted));
    }
    return outcome;
}

std::string_view to_string(seats::HostDeed deed) {
    switch (deed) {
        case seats::HostDeed::released:
            return "released";
        case seats::HostDeed::moved:
            return "moved";
        case seats::HostDeed::hold_extended:
            return "hold_extended";
    }
    return "released";
}

}  // namespace holdfast::server::wire
