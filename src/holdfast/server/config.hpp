// The settings of the program: from the command line, the environment, a file, and defaults, in this order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/limits.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/server/journal_options.hpp"

namespace holdfast::server {

enum class LogFormat : std::uint8_t { text, json };

/// What the program is asked to do.
enum class Task : std::uint8_t {
    serve,
    new_host_key,      ///< make another lasting host key
    new_token_secret,  ///< make another secret for tokens, and keep the one before for a while
    why,               ///< tell what a team's seats went through
    report,            ///< tell what all of them went through
};

/// Everything a person can set. Units are in the names.
struct Config {
    Task task = Task::serve;
    int keep_secret_days = 7;  ///< new_token_secret: how long the one before is good
    JournalOptions journal;    ///< why, report
    std::string listen = "127.0.0.1:8080";
    std::string store = "sqlite:./holdfast.db";
    std::string web_folder;  ///< empty: the pages built into the program
    std::string host_key;    ///< empty: made at the first start and kept with the data
    /// What tokens are derived from, and what was before; empty: made at the first start and kept with the
    /// data.
    std::string token_secret;
    std::string token_secret_before;
    std::string public_url;  ///< empty: found from the addresses of the machine
    int threads = 1;
    int seats_per_team = limits::seats_per_team_default;
    std::int64_t grace_seconds = limits::grace.count() / 1000;
    std::int64_t token_life_seconds = limits::token_life.count() / 1000;
    std::int64_t quiet_drop_milliseconds = limits::quiet_drop_time.count();
    std::int64_t ping_interval_milliseconds = limits::ping_interval.count();
    std::int64_t ping_timeout_milliseconds = limits::ping_timeout.count();
    /// Unset: limits::connections_per_address, or none where only this machine can reach the server.
    std::optional<std::int64_t> connections_per_address;
    std::int64_t connections = limits::connections;
    std::int64_t connections_per_device = limits::connections_per_device;
    double events_per_second = limits::events_per_second;
    std::int64_t wrong_tokens_per_minute = limits::wrong_tokens_per_minute;
    std::int64_t commands_waiting = limits::commands_waiting;
    std::vector<std::string> allowed_origins;
    std::vector<std::string> trusted_proxies;
    std::string tls_certificate;
    std::string tls_key;
    bool serve_client = true;
    bool websocket_compression = false;
    bool core_dumps = false;  ///< after a crash: the memory in a file, the secrets with it
    std::string log_level = "info";
    std::string log_file;  ///< empty: standard error
    LogFormat log_format = LogFormat::text;
};

/// Why there is no config to run with.
struct ConfigStop {
    int exit_code = 0;    ///< 0: help or version was asked for
    std::string message;  ///< for the terminal
};

/// Looks a name up in the environment; empty when it is not set.
using Environment = std::function<std::string(const std::string& name)>;

/// Reads the arguments of the program (without its own name), for example {"serve", "--listen",
/// "0.0.0.0:8080"}.
[[nodiscard]] Result<Config, ConfigStop> read_config(const std::vector<std::string>& arguments,
                                                     const Environment& environment);

/// The address and port in "127.0.0.1:8080" or "[::1]:8080".
struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
};
[[nodiscard]] Result<ListenAddress, std::string> parse_listen(std::string_view text);
/// Whether only this machine can reach the address.
[[nodiscard]] bool is_loopback(std::string_view host);

/// Where the data is, from "sqlite:PATH" or "memory:".
struct StoreLocation {
    bool in_memory = false;
    std::string path;
};
[[nodiscard]] Result<StoreLocation, std::string> parse_store(std::string_view text);

}  // namespace holdfast::server
