// What the seats thread hands to the net threads: packets for one connection or for many, encoded once, in
// order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "holdfast/engineio/message.hpp"
#include "holdfast/seats/commands.hpp"
#include "holdfast/server/packet_texts.hpp"

namespace holdfast::server {

/// A picture of all teams, or of all claims, for a host. It waits until the host has taken everything before
/// it, and only the newest of its kind is sent: a host on a slow line is not buried under old pictures.
struct Picture {
    enum class Kind : std::uint8_t {
        changes,  ///< team_status_changed_for_dashboard
        whole,    ///< dashboard_update
        claims,   ///< seat_claims
    };
    engineio::MessagePointer packet;  ///< null: none
    Kind kind = Kind::changes;
};

/// For one connection; nothing happens when it is gone.
struct Delivery {
    seats::ConnectionId connection = 0;
    PacketTexts packets;
    /// What many are given, behind the packets; null: nothing.
    engineio::MessagePointer shared_packet;
    /// Answers the ack that waits under this number with this JSON object; 0: none.
    std::uint64_t ticket = 0;
    std::string ack;
    /// Whether the connection sits now; unset: as before.
    std::optional<bool> seated;
    /// The number of the token among the packets; 0: there is none.
    std::uint64_t rotation = 0;
    /// A token of this connection was refused: counts against its address.
    bool wrong_token = false;
    Picture picture;
};

/// Who a broadcast reaches.
enum class Room : std::uint8_t {
    everybody,
    lobby,  ///< connections without a seat, and hosts
    hosts,  ///< who joined the dashboard
};

struct Broadcast {
    Room room = Room::everybody;
    engineio::MessagePointer packet;
};

/// For the hosts who joined the dashboard.
struct HostPictures {
    Picture streaming;  ///< for those who want the teams
    Picture quiet;      ///< for those who want the figures only
};

using Outgoing = std::variant<Delivery, Broadcast, HostPictures>;

/// The way from the seats thread to the net threads. Called on the seats thread.
class Outbox {
  public:
    virtual ~Outbox() = default;
    virtual void put(Delivery delivery) = 0;
    virtual void put(Broadcast broadcast) = 0;
    virtual void put(HostPictures pictures) = 0;
};

}  // namespace holdfast::server
