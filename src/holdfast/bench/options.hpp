// The command line of holdfast-bench.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "holdfast/base/result.hpp"

namespace holdfast::bench {

enum class Scenario : std::uint8_t { ack, latency, broadcast, connect, idle, seats, storm, lobby };
enum class Protocol : std::uint8_t { socketio, websocket };

[[nodiscard]] const char* name_of(Scenario scenario);
[[nodiscard]] const char* name_of(Protocol protocol);

/// What a person asked for, with defaults filled in for the scenario. Units are in the names.
struct Options {
    Scenario scenario = Scenario::ack;
    Protocol protocol = Protocol::socketio;
    std::string host;         ///< of the URL: a name or an address
    std::uint16_t port = 80;  ///< of the URL
    std::string path;         ///< of the WebSocket, without the query
    std::string name_space = "/";
    std::size_t connections = 0;
    std::size_t in_flight = 0;
    double seconds = 0;
    double warmup_seconds = 0;
    double rate_per_second = 0;
    std::size_t payload_bytes = 32;
    std::size_t burst = 1;
    std::size_t talkers = 1;
    std::size_t source_addresses = 1;
    double join_seconds = 0;
    double patience_seconds = 10;         ///< how long nothing may move before the run gives up
    std::vector<pid_t> server_processes;  ///< whose processor time and memory is read; may be empty
    std::string restart_command;          ///< storm: starts the server again after it was killed
    std::string serve_command;            ///< starts the server; storm: the second time, too
    std::string host_key;  ///< seats, storm, lobby: of the host who starts the game; may be empty
    bool json = false;
};

/// Why there is nothing to run.
struct OptionsStop {
    int exit_code = 0;    ///< 0: help or version was asked for
    std::string message;  ///< for the terminal
};

/// Reads the arguments of the program, without its own name.
[[nodiscard]] Result<Options, OptionsStop> read_options(const std::vector<std::string>& arguments);

/// The parts of "http://HOST[:PORT][/PATH]" and "ws://…"; an IPv6 address stands in brackets.
struct Url {
    std::string host;
    std::uint16_t port = 80;
    std::string path;  ///< empty when the URL has none, or "/"
};
[[nodiscard]] Result<Url, std::string> parse_url(std::string_view text);

}  // namespace holdfast::bench
