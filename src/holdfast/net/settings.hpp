// The settings and counters of the network layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"

namespace holdfast::net {

/// An address to listen on.
struct ListenSettings {
    std::string address = "127.0.0.1";  ///< textual IPv4 or IPv6 address
    std::uint16_t port = 8080;          ///< 0: the kernel chooses; see Server::ports
    bool tls = false;                   ///< https and wss; needs ServerSettings::tls
};

/// Files in PEM form; the certificate file may hold the chain.
struct TlsSettings {
    std::string certificate_file;
    std::string key_file;
};

/// permessage-deflate (RFC 7692), without context takeover: an idle connection costs nothing more, and a
/// message to many is compressed once. Costs time for what it saves in bytes, so it is off unless asked for.
struct WebSocketCompression {
    bool enabled = false;
    std::size_t threshold_bytes = limits::compress_from_bytes;  ///< shorter messages go as they are
    int window_bits = 15;                                       ///< 9 to 15; of what the server sends
};

struct ServerSettings {
    std::vector<ListenSettings> listen{ListenSettings{}};
    TlsSettings tls;
    /// Net threads, 1 to 64.
    std::size_t threads = 1;

    std::size_t header_bytes = limits::header_bytes;         ///< above: 431
    std::size_t header_fields = limits::header_fields;       ///< above: 431
    Milliseconds header_time = limits::header_time;          ///< from the first byte of a request; then 408
    std::size_t body_bytes = limits::message_bytes;          ///< above: 413
    Milliseconds body_time = limits::body_time;              ///< from the end of the head; then 408
    Milliseconds keep_alive_time = limits::keep_alive_time;  ///< between two requests; then closed
    /// How long a connection that was answered with an error, or closed by the server, may take to read the
    /// end.
    Milliseconds linger_time{2'000};

    std::size_t message_bytes = limits::message_bytes;          ///< WebSocket; above: 1009
    std::size_t message_fragments = limits::message_fragments;  ///< WebSocket; above: 1008
    std::size_t send_queue_bytes = limits::send_queue_bytes;    ///< above: disconnected

    WebSocketCompression websocket_compression;

    /// Connections of one address (of one /64 with IPv6); 0: no limit. Above: closed at once. Trusted proxies
    /// do not count.
    std::size_t connections_per_address = limits::connections_per_address;
    std::size_t connections = limits::connections;
    /// So many more are taken and have to say first who they are (Application::is_let_in_over_limit). When
    /// these places are taken too, the one that has said nothing for longest is closed. 0: none.
    std::size_t connections_over_limit = 0;
    std::size_t connections_per_address_over_limit = 0;

    /// Addresses of proxies, as "10.0.0.1" or "10.0.0.0/8". Only from them X-Forwarded-For and
    /// X-Forwarded-Proto are believed.
    std::vector<std::string> trusted_proxies;

    /// Answers of at least this many bytes are sent with gzip to clients that accept it; 0: never.
    std::size_t compress_from_bytes = limits::compress_from_bytes;

    /// How often time-outs are looked at and Application::on_tick is called.
    Milliseconds tick_interval{50};
    /// How long stop() waits for clients to go.
    Milliseconds drain_time{5'000};
};

/// Totals since the start, over all threads, if nothing else is said.
struct ServerCounters {
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_open = 0;     ///< now
    std::uint64_t refused_per_address = 0;  ///< over connections_per_address
    std::uint64_t refused_total = 0;        ///< over connections
    std::uint64_t let_in_over_limit = 0;    ///< over a limit, and somebody who is let in all the same
    std::uint64_t turned_away = 0;          ///< over a limit, and nobody in particular: 503, or closed
    std::uint64_t accept_errors = 0;        ///< for instance no file descriptors left
    std::uint64_t requests = 0;             ///< complete requests
    std::uint64_t requests_malformed = 0;   ///< answered with 400 or 431 by this layer
    std::uint64_t requests_timed_out = 0;   ///< 408
    std::uint64_t requests_too_large = 0;   ///< bodies over the limit
    std::uint64_t websockets_opened = 0;
    std::uint64_t websockets_compressed = 0;  ///< of these, with permessage-deflate
    std::uint64_t websocket_failures = 0;     ///< closed because the client broke the protocol; of these:
    std::uint64_t websocket_bad_text = 0;     ///< 1007: text that is not UTF-8, compressed data that is none
    std::uint64_t websocket_too_big = 0;      ///< 1009: a message over message_bytes
    std::uint64_t websocket_too_many_fragments = 0;  ///< 1008: a message over message_fragments
    std::uint64_t send_queue_overflows = 0;          ///< disconnected because the client did not read
    std::uint64_t connections_moved = 0;             ///< handed to the session's thread
    std::uint64_t tls_failures = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
};

}  // namespace holdfast::net
