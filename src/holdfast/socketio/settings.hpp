// What a server is told at its start, and what it counts.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/engineio/engine.hpp"

namespace holdfast::socketio {

class Adapter;       // adapter.hpp: how a namespace reaches the other servers of a cluster
class LocalSockets;  // adapter.hpp: how an adapter reaches the sockets of this server
using AdapterFactory = std::function<std::unique_ptr<Adapter>(std::string_view nsp, LocalSockets& sockets)>;

struct Settings {
    engineio::Settings engine;
    Milliseconds connect_timeout = limits::namespace_connect_time;
    std::size_t most_attachments = limits::packet_attachments;
    /// How long a packet may wait for each of its attachments before the connection is closed.
    Milliseconds attachment_timeout = limits::attachment_time;
    /// How long a namespace that was made on demand stays when nobody is in it; the window of recovery, where
    /// that is on, if it is longer. Nothing: for ever. At limits::dynamic_namespaces the one that has been
    /// empty for longest makes room, however short that was.
    std::optional<Milliseconds> empty_namespace_time = limits::empty_namespace_time;
    /// Makes one adapter a namespace; empty: the server stands alone.
    AdapterFactory adapter;
    /// Where failures of handlers are written; must outlive the server. Null: nowhere.
    Log* log = nullptr;
};

struct Counters {
    std::uint64_t connects = 0;
    std::uint64_t connects_refused = 0;
    std::uint64_t disconnects = 0;
    std::uint64_t events_in = 0;
    std::uint64_t events_unhandled = 0;
    std::uint64_t events_misfit = 0;   ///< arguments that a typed handler could not take
    std::uint64_t events_refused = 0;  ///< by the application
    std::uint64_t acks_in = 0;
    std::uint64_t acks_timed_out = 0;
    std::uint64_t broadcasts = 0;
    std::uint64_t parse_errors = 0;     ///< connections closed over a packet that breaks the protocol
    std::uint64_t protocol_errors = 0;  ///< connections closed over a packet at the wrong time
    std::uint64_t connect_timeouts = 0;
    std::uint64_t attachment_timeouts = 0;
    std::uint64_t handler_failures = 0;
    std::uint64_t recoveries_complete = 0;
    std::uint64_t recoveries_with_gap = 0;
    std::uint64_t recoveries_unknown = 0;  ///< the client's session was not, or no longer, there
};

}  // namespace holdfast::socketio
