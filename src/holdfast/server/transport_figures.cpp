#include "holdfast/server/transport_figures.hpp"

#include <array>
#include <string>

namespace holdfast::server {

namespace {

constexpr std::array<const char*, 6> refusal_names{"transport", "session",   "method",
                                                   "request",   "forbidden", "protocol"};

template <std::size_t count>
void add(std::array<std::uint64_t, count>& sum, const std::array<std::uint64_t, count>& more) {
    for (std::size_t i = 0; i < count; ++i)
        sum[i] += more[i];
}

void add(engineio::EngineCounters& sum, const engineio::EngineCounters& more) {
    sum.sessions_opened += more.sessions_opened;
    sum.sessions_closed += more.sessions_closed;
    sum.upgrades += more.upgrades;
    sum.messages_in += more.messages_in;
    sum.messages_out += more.messages_out;
    sum.messages_dropped += more.messages_dropped;
    sum.requests_refused += more.requests_refused;
    add(sum.requests_refused_by_code, more.requests_refused_by_code);
    sum.payloads_too_large += more.payloads_too_large;
    add(sum.sessions_closed_by_reason, more.sessions_closed_by_reason);
    sum.pongs_ignored += more.pongs_ignored;
    sum.upgrades_given_up += more.upgrades_given_up;
}

void add(socketio::Counters& sum, const socketio::Counters& more) {
    sum.connects += more.connects;
    sum.connects_refused += more.connects_refused;
    sum.disconnects += more.disconnects;
    sum.events_in += more.events_in;
    sum.events_unhandled += more.events_unhandled;
    sum.parse_errors += more.parse_errors;
    sum.protocol_errors += more.protocol_errors;
    sum.connect_timeouts += more.connect_timeouts;
    sum.attachment_timeouts += more.attachment_timeouts;
    sum.handler_failures += more.handler_failures;
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
          net.refused_per_address + net.refused_total);
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
    gauge("socketio_events_in", "Events received", socketio.events_in);
    gauge("socketio_events_unhandled", "Events that nothing handles", socketio.events_unhandled);
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

void TransportFigures::publish(std::size_t thread_index, socketio::Server& server) {
    const std::lock_guard lock(mutex_);
    Part& part = parts_[thread_index];
    part.engine = server.engine().counters();
    part.socketio = server.counters();
    part.sessions = server.engine().session_count();
}

TransportFigures::Part TransportFigures::sum() const {
    const std::lock_guard lock(mutex_);
    Part sum;
    for (const Part& part : parts_) {
        add(sum.engine, part.engine);
        add(sum.socketio, part.socketio);
        sum.sessions += part.sessions;
    }
    return sum;
}

void TransportFigures::show(Metrics& metrics, const net::ServerCounters& net) const {
    const Part part = sum();
    const Shown gauge(metrics);
    show_net(gauge, net);
    gauge("engine_sessions", "Engine.IO sessions now", part.sessions);
    show_engine(gauge, part.engine);
    show_socketio(gauge, part.socketio);
}

}  // namespace holdfast::server
