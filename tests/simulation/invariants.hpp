// What has to hold, each stated once. A violation names one of these.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::simulation {

enum class Invariant : std::uint8_t {
    one_live_connection_a_seat,
    nobody_is_pushed_out_unasked,
    epochs_only_grow,
    nothing_of_an_older_epoch,
    told_only_what_is_on_disk,
    acknowledged_survives,
    a_lost_connection_frees_no_seat,
    a_held_seat_is_taken,
    deadlines_count_uptime,
    a_token_reaches_only_its_player,
    retired_tokens_are_refused,
    a_good_token_opens_its_seat,
    a_token_nobody_was_given_opens_nothing,
    memory_equals_disk,
    an_operation_has_one_effect,
    one_answer_a_seat_and_round,
    a_snapshot_is_complete,
    refusals_have_code_and_sentence,
    only_hosts_run_the_game,
    every_command_is_answered,
    limits_hold,
    the_process_lives,
    all_converge,
};
inline constexpr std::size_t invariant_count = 23;

struct InvariantText {
    Invariant which;
    std::string_view name;
    std::string_view statement;
};

inline constexpr InvariantText invariant_texts[] = {
    {Invariant::one_live_connection_a_seat, "one live connection a seat",
     "No two connections hold one seat, no connection holds two, and whoever lost a seat to a newer "
     "connection is told."},
    {Invariant::nobody_is_pushed_out_unasked, "nobody is pushed out unasked",
     "A page that comes back by itself takes no seat from another tab that lives, and stands back from "
     "nobody else."},
    {Invariant::epochs_only_grow, "epochs only grow",
     "A seat's epoch never goes back, and is larger whenever another connection has the seat, and when it is "
     "given up."},
    {Invariant::nothing_of_an_older_epoch, "nothing of an older epoch",
     "What a connection does changes no seat but the one that it holds at that moment; a late close changes "
     "none."},
    {Invariant::told_only_what_is_on_disk, "told only what is on disk",
     "Whatever anybody is told (acks, events, broadcasts) is on the disk when it leaves the desk."},
    {Invariant::acknowledged_survives, "acknowledged survives",
     "After a crash or a power cut the disk holds every batch that was acknowledged, and beyond them at most "
     "the one that "
     "was under way or had failed, wholly."},
    {Invariant::a_lost_connection_frees_no_seat, "a lost connection frees no seat",
     "A seat becomes vacant because its player left, the host released it, or its deadline came; never "
     "otherwise."},
    {Invariant::a_held_seat_is_taken, "a held seat is taken",
     "Nobody sits down on a seat that is held for somebody else."},
    {Invariant::deadlines_count_uptime, "deadlines count uptime",
     "A seat expires only after its grace, and a token after its life, in time in which the process ran."},
    {Invariant::a_token_reaches_only_its_player, "a token reaches only its player",
     "A token is sent to the connection in its seat, and to nobody else but the device that holds the seat."},
    {Invariant::retired_tokens_are_refused, "retired tokens are refused",
     "A token whose successor is known to have arrived, or whose seat was given up, opens nothing."},
    {Invariant::a_good_token_opens_its_seat, "a good token opens its seat",
     "The last token that a player was told of is not refused while the seat is held, however many replies "
     "were lost."},
    {Invariant::a_token_nobody_was_given_opens_nothing, "a token nobody was given opens nothing",
     "Guessed and altered tokens are refused."},
    {Invariant::memory_equals_disk, "memory equals disk",
     "When nothing is under way, memory is what the disk has: after commits, failed commits, and starts."},
    {Invariant::an_operation_has_one_effect, "an operation has one effect",
     "The same operation id of the same device, also after crashes, is carried out once and answered alike."},
    {Invariant::one_answer_a_seat_and_round, "one answer a seat and round",
     "An answer is never replaced, and stays until the host restarts the game."},
    {Invariant::a_snapshot_is_complete, "a snapshot is complete",
     "A resume tells the seat, the partners, the running round, the own answer and the pause, as they are."},
    {Invariant::refusals_have_code_and_sentence, "refusals have a code and a sentence",
     "Every refusal a client hears has a code of the closed list and that code's kind of sentence."},
    {Invariant::only_hosts_run_the_game, "only hosts run the game",
     "The events of hosts change nothing when somebody else sends them."},
    {Invariant::every_command_is_answered, "every command is answered",
     "What a connection asks with an ack is answered, once, while the connection stays."},
    {Invariant::limits_hold, "limits hold",
     "Queues and tables stay within their limits, and are empty when all are gone."},
    {Invariant::the_process_lives, "the process lives",
     "Nothing a client, the network or the disk does ends the process."},
    {Invariant::all_converge, "all converge",
     "When the faults stop, every honest player sits in a seat of their team, with its round, within bounded "
     "time."},
};
static_assert(std::size(invariant_texts) == invariant_count);

/// Keeps the first violation; the simulation ends at the next step. No exception: they must not pass through
/// the product's code, which may catch them.
class Judge {
  public:
    struct Verdict {
        Invariant which;
        std::string what;
    };
    void violated(Invariant which, std::string what) {
        if (!verdict_) verdict_ = Verdict{which, std::move(what)};
    }
    [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }
    [[nodiscard]] bool content() const { return !verdict_; }

  private:
    std::optional<Verdict> verdict_;
};

[[nodiscard]] constexpr const InvariantText& text_of(Invariant which) {
    return invariant_texts[static_cast<std::size_t>(which)];
}

}  // namespace holdfast::simulation
