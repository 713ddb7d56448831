#include "holdfast/bench/player.hpp"

#include <array>
#include <boost/json.hpp>

#include "holdfast/bench/packet.hpp"

namespace holdfast::bench {

namespace {

namespace json = boost::json;

std::string text_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    const auto* const text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

std::int64_t number_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    const auto* const number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr ? 0 : *number;
}

bool truth_of(const json::object& object, std::string_view name) {
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

constexpr std::array<std::string_view, 4> events_of_interest{"connection_established", "reconnection_token",
                                                             "new_question", "answer_confirmed"};

bool is_of_interest(std::string_view event) {
    for (const std::string_view one : events_of_interest)
        if (one == event) return true;
    return false;
}

}  // namespace

Player::Told Player::take(std::string_view text) {
    const Packet packet = read_packet(text);
    const bool is_ack = packet.kind == PacketKind::ack;
    const std::string_view event = is_ack ? std::string_view() : event_name(packet.body);
    if (!is_ack && !is_of_interest(event)) return Told::other;

    std::array<unsigned char, 16 * 1024> room{};
    json::monotonic_resource memory(room.data(), room.size());
    json::error_code error;
    const json::value value = json::parse({packet.body.data(), packet.body.size()}, error, &memory);
    const auto* const array = error ? nullptr : value.if_array();
    const std::size_t position = is_ack ? 0 : 1;
    const auto* const object =
        array == nullptr || array->size() <= position ? nullptr : (*array)[position].if_object();
    if (object == nullptr || (is_ack && !packet.id)) return Told::malformed;

    if (is_ack) {
        outcome_ = {*packet.id,
                    truth_of(*object, "ok"),
                    text_of(*object, "event"),
                    text_of(*object, "code"),
                    text_of(*object, "team_name"),
                    number_of(*object, "player_slot"),
                    truth_of(*object, "is_reconnection")};
        return Told::acked;
    }
    if (event == "connection_established") {
        seats_per_team_ = number_of(*object, "seats_per_team");
        return Told::established;
    }
    if (event == "reconnection_token") {
        token_ = text_of(*object, "token");
        ++tokens_seen_;
    } else if (event == "new_question") {
        question_ = Question{static_cast<std::uint64_t>(number_of(*object, "round_id")),
                             text_of(*object, "item"), false};
    } else if (question_) {
        question_->answered = true;
    }
    return Told::other;
}

void Player::disconnected() {
    tokens_seen_ = 0;
    question_.reset();
}

void Player::left() {
    token_.clear();
    disconnected();
}

}  // namespace holdfast::bench
