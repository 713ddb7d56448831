// What the seats thread hands to the net threads: packets for one connection or for a room, encoded once, in
// order.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "holdfast/engineio/message.hpp"
#include "holdfast/seats/commands.hpp"

namespace holdfast::server {

/// The rooms of the main namespace that the desk uses.
namespace rooms {
inline constexpr std::string_view lobby = "lobby";          ///< connections without a seat
inline constexpr std::string_view hosts = "hosts";          ///< who joined the dashboard
inline constexpr std::string_view streaming = "streaming";  ///< hosts that want the teams
inline constexpr std::string_view quiet = "quiet";          ///< hosts that want the figures only
}  // namespace rooms

/// For one connection; nothing happens when it is gone.
struct Delivery {
    seats::ConnectionId connection = 0;
    std::vector<engineio::MessagePointer> packets;
    /// Answers the ack that waits under this number; 0: none.
    std::uint64_t ticket = 0;
    boost::json::object ack;
    /// Whether the connection sits now; unset: as before.
    std::optional<bool> seated;
    /// The number of the token among the packets; 0: there is none.
    std::uint64_t rotation = 0;
    /// A token of this connection was refused: counts against its address.
    bool wrong_token = false;
};

/// For everybody in a room; for everybody at all when it is empty.
struct Broadcast {
    std::string_view room;
    engineio::MessagePointer packet;
    bool is_volatile = false;
};

using Outgoing = std::variant<Delivery, Broadcast>;

/// The way from the seats thread to the net threads. Called on the seats thread.
class Outbox {
  public:
    virtual ~Outbox() = default;
    virtual void put(Delivery delivery) = 0;
    virtual void put(Broadcast broadcast) = 0;
};

}  // namespace holdfast::server
