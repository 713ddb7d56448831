#include "holdfast/seats/journal_words.hpp"

namespace holdfast::seats {
namespace {

// Switches without a default: the compiler asks for the new enumerator as soon as there is one.
JournalWhat what_of(SeatFreed freed) {
    switch (freed) {
        case SeatFreed::none:
        case SeatFreed::left:
            return "left";
        case SeatFreed::released:
            return "released";
        case SeatFreed::expired:
            return "expired";
        case SeatFreed::moved:
            return "moved_away";
    }
    return "left";
}

JournalWhat what_of(Overtaking how) {
    switch (how) {
        case Overtaking::new_connection:
        case Overtaking::reload:
            return "resumed";
        case Overtaking::unknown:
        case Overtaking::second_tab:
        case Overtaking::other_device:
            return "taken_over";
    }
    return "taken_over";
}

JournalReason reason_of(Overtaking how) {
    switch (how) {
        case Overtaking::unknown:
            return "none";
        case Overtaking::new_connection:
            return "new_connection";
        case Overtaking::reload:
            return "reload";
        case Overtaking::second_tab:
            return "second_tab";
        case Overtaking::other_device:
            return "other_device";
    }
    return "none";
}

JournalReason reason_of(AwayCause cause) {
    switch (cause) {
        case AwayCause::none:
            return "none";
        case AwayCause::closed_page:
            return "closed_page";
        case AwayCause::connection_lost:
            return "connection_lost";
        case AwayCause::server_restart:
            return "server_restart";
        case AwayCause::stale_session:
            return "stale_session";
    }
    return "none";
}

JournalReason reason_of(SeatedHow how) {
    switch (how) {
        case SeatedHow::created:
            return "create_team";
        case SeatedHow::reactivated:
            return "reactivate_team";
        case SeatedHow::joined:
            return "join_team";
        case SeatedHow::claimed:
            return "reservation";
        case SeatedHow::resumed:
            return "none";
        case SeatedHow::moved:
            return "host";
    }
    return "none";
}

JournalReason reason_of(ResumeWay way) {
    switch (way) {
        case ResumeWay::none:
            return "none";
        case ResumeWay::token:
            return "token";
        case ResumeWay::previous_token:
            return "previous_token";
        case ResumeWay::device:
            return "device";
        case ResumeWay::code:
            return "code";
        case ResumeWay::request:
            return "request";
        case ResumeWay::moved_token:
            return "moved_token";
    }
    return "none";
}

}  // namespace

JournalWhat::JournalWhat(SeatFreed freed) : JournalWhat(what_of(freed)) {}
JournalWhat::JournalWhat(Overtaking how) : JournalWhat(what_of(how)) {}
JournalReason::JournalReason(Overtaking how) : JournalReason(reason_of(how)) {}
JournalReason::JournalReason(AwayCause cause) : JournalReason(reason_of(cause)) {}
JournalReason::JournalReason(SeatedHow how) : JournalReason(reason_of(how)) {}
JournalReason::JournalReason(ResumeWay way) : JournalReason(reason_of(way)) {}
JournalReason::JournalReason(Refusal refusal)
    : word_(find_word(journal_reasons, code_of(refusal)).value_or(JournalReason("none").word_)) {}

}  // namespace holdfast::seats
