// The objects that players are sent, field by field as the contract with existing clients has them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "holdfast/engineio/message.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/server/json_fields.hpp"
#include "holdfast/server/requests.hpp"

namespace holdfast::server::wire {

/// An event of the main namespace whose one object is JSON text already.
[[nodiscard]] engineio::MessagePointer packet_of_text(std::string_view event, std::string_view object);
[[nodiscard]] inline engineio::MessagePointer packet(std::string_view event, const Fields& object) {
    return packet_of_text(event, object.text());
}

/// What everybody may call the holder of a seat: says where they sit, leads to no connection and opens
/// nothing.
[[nodiscard]] std::string label_of(seats::TeamId team, seats::Slot slot);

/// `full` when every seat is connected, else `waiting_pair`; `created` for a team that has just been made.
[[nodiscard]] std::string_view status_of(const seats::TeamView& team, bool just_created);
/// A JSON array. `age`: how long ago the view was made; held seats count down meanwhile.
[[nodiscard]] std::string seats_of(const seats::TeamView& team, Milliseconds age = Milliseconds{0});

[[nodiscard]] Fields team_created(const seats::Seated& seated);
[[nodiscard]] Fields team_joined(const seats::Seated& seated);
[[nodiscard]] Fields reconnection_token(const seats::Seated& seated);
[[nodiscard]] Fields team_status_update(const seats::TeamView& team, const seats::GameView& game,
                                        bool just_created);
[[nodiscard]] Fields new_question(seats::RoundId round, std::uint32_t number, char item);
[[nodiscard]] Fields answer_confirmed(seats::RoundId round, char item, bool answer);
[[nodiscard]] Fields round_complete(std::string_view team_name, std::uint32_t number);
/// `why` is none when the seat is held.
[[nodiscard]] Fields player_left(seats::Slot slot, seats::SeatFreed why);
[[nodiscard]] Fields left_team(const seats::Unseated& unseated);
[[nodiscard]] Fields taken_over(const seats::TakenOver& taken);
[[nodiscard]] Fields reconnectable_teams(const seats::ReconnectableListed& listed);
/// The code in two halves, as people read it: "ABCDE-FGHJK".
[[nodiscard]] Fields move_code(const seats::MoveOffered& offered);
[[nodiscard]] Fields error(const Refused& refusal);

}  // namespace holdfast::server::wire
