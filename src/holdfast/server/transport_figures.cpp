#include "holdfast/server/transport_figures.hpp"

#include <array>
#include <boost/pfr.hpp>
#include <string>

namespace holdfast::server {

namespace {

constexpr std::array<const char*, 6> refusal_names{"transport", "session",   "method",
                                                   "request",   "forbidden", "protocol"};

void add(std::uint64_t& sum, std::uint64_t more) {
    sum += more;
}

template <std::size_t count>
void add(std::array<std::uint64_t, count>& sum, const std::array<std::uint64_t, count>& more) {
    for (std::size_t i = 0; i < count; ++i)
        sum[i] += more[i];
}

/// Field by field, so that a counter that is new cannot be forgotten here.
template <typename Figures>
void add_fields(Figures& sum, const Figures& more) {
    boost::pfr::for_each_field(
        sum, [&more](auto& field, auto index) { add(field, boost::pfr::get<decltype(index)::value>(more)); });
}

class Shown {
  public:
    explicit Shown(Metrics& metrics) : metrics_(metrics) {}
    void operator()(const char* name, const char* help, std::uint64_t value,
                    const Metrics::Labels& labels = {}) const {
        metrics_.set_gauge(name, help, static_cast<double>(value), labels);
    }

  private:
    Metrics& metrics_;
};

void show_net(const Shown& gauge, const net::ServerCounters& net) {
    gauge("net_connections_open", "TCP connections now", net.connections_open);
    gauge("net_connections_accepted", "TCP connections since the start", net.connections_accepted);
    gauge("net_connections_refused", "TCP connections over a limit",
          net.refused_per_address + net.refused_total + net.turned_away);
    gauge("net_connections_let_in", "Over a limit, and from a device that holds a seat",
          net.let_in_over_limit);
    gauge("net_connections_turned_away",
          "Of the refused, those that were asked first who they are: 503, or closed", net.turned_away);
    gauge("net_accept_errors", "Times that a connection could not be taken, as when there are no descriptors",
          net.accept_errors);
    gauge("net_connections_moved", "Connections handed to the thread of their session",
          net.connections_moved);
    gauge("net_tls_failures", "Connections that failed in TLS", net.tls_failures);
    gauge("net_requests", "HTTP requests since the start", net.requests);
    gauge("net_requests_malformed", "HTTP requests answered with 400 or 431", net.requests_malformed);
    gauge("net_requests_timed_out", "HTTP requests that came too slowly", net.requests_timed_out);
    gauge("net_requests_too_large", "HTTP bodies over the limit", net.requests_too_large);
    gauge("net_websockets_opened", "WebSockets since the start", net.websockets_opened);
    gauge("net_websockets_compressed", "Of these, with permessage-deflate", net.websockets_compressed);
    gauge("net_websocket_failures", "WebSockets closed over a broken protocol", net.websocket_failures);
    gauge("net_websocket_bad_text", "Of these, over text or compressed data that is not valid (1007)",
          net.websocket_bad_text);
    gauge("net_websocket_too_big", "Of these, over a message that is too large (1009)",
          net.websocket_too_big);
    gauge("net_websocket_too_many_fragments", "Of these, over too many fragments (1008)",
          net.websocket_too_many_fragments);
    gauge("net_send_queue_overflows", "Connections closed because their client did not read",
          net.send_queue_overflows);
    gauge("net_bytes_in", "Bytes received since the start", net.bytes_in);
    gauge("net_bytes_out", "Bytes sent since the start", net.bytes_out);
}

void show_engine(const Shown& gauge, const engineio::EngineCounters& engine) {
    gauge("engine_sessions_opened", "Engine.IO sessions since the start", engine.sessions_opened);
    for (std::size_t reason = 0; reason < engineio::close_reasons; ++reason) {
        gauge("engine_sessions_closed", "Engine.IO sessions that ended, by reason",
              engine.sessions_closed_by_reason[reason],
              {{"reason", std::string(to_string(static_cast<engineio::CloseReason>(reason)))}});
    }
    std::uint64_t by_code = 0;
    for (std::size_t code = 0; code < refusal_names.size(); ++code) {
        by_code += engine.requests_refused_by_code[code];
        gauge("engine_requests_refused", "Requests that Engine.IO refused, by what was wrong",
              engine.requests_refused_by_code[code], {{"what", refusal_names[code]}});
    }
    gauge("engine_requests_refused", "Requests that Engine.IO refused, by what was wrong",
          engine.requests_refused - by_code, {{"what", "other"}});
    gauge("engine_payloads_too_large", "Posts over the limit", engine.payloads_too_large);
    gauge("engine_upgrades", "Sessions that moved to a WebSocket", engine.upgrades);
    gauge("engine_upgrades_given_up", "Upgrades that were begun and not finished", engine.upgrades_given_up);
    gauge("engine_pongs_ignored", "Pongs that nobody waited for", engine.pongs_ignored);
    gauge("engine_messages_in", "Messages received", engine.messages_in);
    gauge("engine_messages_out", "Messages sent", engine.messages_out);
    gauge("engine_messages_dropped", "Messages that were not sent", engine.messages_dropped);
}

void show_socketio(const Shown& gauge, const socketio::Counters& socketio) {
    gauge("socketio_connects", "Namespaces joined", socketio.connects);
    gauge("socketio_connects_refused", "Joins that were refused", socketio.connects_refused);
    gauge("socketio_disconnects", "Namespaces left, for whatever reason", socketio.disconnects);
    gauge("socketio_events_in", "Events received", socketio.events_in);
    gauge("socketio_events_unhandled", "Events that nothing handles", socketio.events_unhandled);
    gauge("socketio_events_misfit", "Events whose arguments do not fit their handler",
          socketio.events_misfit);
    gauge("socketio_events_refused", "Events that the application refused", socketio.events_refused);
    gauge("socketio_broadcasts", "Events sent to rooms or to everybody", socketio.broadcasts);
    gauge("socketio_acks_in", "Acknowledgements of clients", socketio.acks_in);
    gauge("socketio_acks_timed_out", "Acknowledgements that did not come in time", socketio.acks_timed_out);
    const std::string recoveries = "Clients that asked for their session back, by what they got";
    gauge("socketio_recoveries", recoveries.c_str(), socketio.recoveries_complete, {{"result", "complete"}});
    gauge("socketio_recoveries", recoveries.c_str(), socketio.recoveries_with_gap, {{"result", "gap"}});
    gauge("socketio_recoveries", recoveries.c_str(), socketio.recoveries_unknown, {{"result", "unknown"}});
    gauge("socketio_parse_errors", "Connections closed over a packet that breaks the protocol",
          socketio.parse_errors);
    gauge("socketio_protocol_errors", "Connections closed over a packet at the wrong time",
          socketio.protocol_errors);
    gauge("socketio_connect_timeouts", "Connections closed because they joined nothing",
          socketio.connect_timeouts);
    gauge("socketio_attachment_timeouts", "Connections closed because announced attachments did not come",
          socketio.attachment_timeouts);
    gauge("socketio_handler_failures", "Exceptions of handlers", socketio.handler_failures);
}

}  // namespace

TransportPart TransportPart::of(socketio::Server& server) {
    return {server.engine().counters(), server.counters(), server.engine().session_count()};
}

void TransportFigures::publish(std::size_t thread_index, const TransportPart& part) {
    const std::lock_guard lock(mutex_);
    parts_[thread_index] = part;
}

TransportPart TransportFigures::sum() const {
    const std::lock_guard lock(mutex_);
    TransportPart sum;
    for (const TransportPart& part : parts_) {
        add_fields(sum.engine, part.engine);
        add_fields(sum.socketio, part.socketio);
        sum.sessions += part.sessions;
    }
    return sum;
}

void TransportFigures::show(Metrics& metrics, const net::ServerCounters& net) const {
    const TransportPart part = sum();
    const Shown gauge(metrics);
    show_net(gauge, net);
    gauge("engine_sessions", "Engine.IO sessions now", part.sessions);
    show_engine(gauge, part.engine);
    show_socketio(gauge, part.socketio);
}

}  // namespace holdfast::server
