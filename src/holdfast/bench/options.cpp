#include "holdfast/bench/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <map>

namespace holdfast::bench {

namespace {

constexpr const char* description =
    "holdfast-bench: how much can this server carry?\n"
    "Opens many connections to a running server, keeps it busy in one of a few ways, and tells what it "
    "counted.\n"
    "Any Socket.IO server will do that acks `echo` and passes on `bcast` (Holdfast's echo example does); "
    "seats,\n"
    "storm and lobby need a `holdfast serve` with nobody else on it.";

constexpr const char* footer =
    "\nExamples:\n"
    "  holdfast-bench ack --url http://127.0.0.1:3000 --server-pid $(pidof echo)\n"
    "  holdfast-bench latency --url http://127.0.0.1:3000 --rate 20000 --seconds 20\n"
    "  holdfast-bench idle --url http://127.0.0.1:3000 --connections 15000 --server-pid $(pidof echo)\n"
    "  holdfast-bench seats --url http://127.0.0.1:8080 --connections 1000\n"
    "\nA server's limits can end a run early: see --connections-per-address and --events-per-second of "
    "`holdfast serve`.\n"
    "The exit code is 0 when something was measured and nothing went wrong, else 1; 2 for a mistake on the "
    "command line.";

struct Described {
    Scenario scenario;
    const char* name;
    const char* what;
    std::size_t connections;
    std::size_t in_flight;
    double seconds;
    double warmup_seconds;
};

constexpr Described scenarios[] = {
    {Scenario::ack, "ack", "every client keeps --in-flight acked `echo` events on their way", 100, 1, 5, 1},
    {Scenario::latency, "latency",
     "--rate events a second, whatever the server does; how long does each take?", 100, 1, 10, 1},
    {Scenario::broadcast, "broadcast", "one client's `bcast` goes to everybody; counts deliveries", 500, 1, 5,
     1},
    {Scenario::connect, "connect", "clients connect, --in-flight at a time, and leave again", 1000, 50, 0, 0},
    {Scenario::idle, "idle", "clients connect and do nothing; how much memory does each cost?", 1000, 50, 2,
     0},
    {Scenario::seats, "seats", "players of a Holdfast server join, answer, leave and resume", 1000, 1, 5, 1},
    {Scenario::storm, "storm", "the server is killed and started again; does every player get the seat back?",
     1000, 1000, 0, 0},
    {Scenario::lobby, "lobby", "players join while everybody watches the list of teams", 1000, 100, 0, 0},
};

const Described& described(Scenario scenario) {
    return *std::find_if(std::begin(scenarios), std::end(scenarios),
                         [&](const Described& one) { return one.scenario == scenario; });
}

/// What the command line says, before defaults are filled in.
struct Given {
    std::string url = "http://127.0.0.1:8080";
    std::optional<std::string> path;
    std::optional<std::size_t> connections;
    std::optional<std::size_t> in_flight;
    std::optional<double> seconds;
    std::optional<double> warmup_seconds;
};

void declare(CLI::App& app, Options& options, Given& given) {
    using CLI::Range;
    app.footer(footer);
    app.set_version_flag("--version", std::string("holdfast-bench 0.1.0"));
    app.add_option("--url", given.url, "The server: http://HOST:PORT")->capture_default_str();
    app.add_option(
        "--path", given.path,
        "Path of the WebSocket (default: the URL's, else /socket.io/, or / with --protocol websocket)");
    app.add_option("--namespace", options.name_space, "Socket.IO namespace")->capture_default_str();
    app.add_option("--connections", given.connections, "Clients")
        ->check(Range(std::size_t{1}, std::size_t{1'000'000}));
    app.add_option("--in-flight", given.in_flight,
                   "Operations each client has on their way; for connect, idle and storm: connects at a time")
        ->check(Range(std::size_t{1}, std::size_t{100'000}));
    app.add_option("--seconds", given.seconds, "How long to measure")->check(Range(0.05, 86'400.0));
    app.add_option("--warmup-seconds", given.warmup_seconds, "How long to run before that")
        ->check(Range(0.0, 3600.0));
    app.add_option("--rate", options.rate_per_second, "latency: events a second, of all clients together")
        ->check(Range(1.0, 1e7));
    app.add_option("--payload-bytes", options.payload_bytes, "Length of the text that each event carries")
        ->capture_default_str()
        ->check(Range(std::size_t{16}, std::size_t{900'000}));
    app.add_option("--burst", options.burst, "broadcast: events sent in one write")
        ->capture_default_str()
        ->check(Range(std::size_t{1}, std::size_t{10'000}));
    app.add_option("--talkers", options.talkers, "broadcast: clients that send, in turn")
        ->capture_default_str()
        ->check(Range(std::size_t{1}, std::size_t{10'000}));
    app.add_option("--join-seconds", options.join_seconds,
                   "lobby: the joins are spread over this time (default 10)")
        ->check(Range(0.1, 3600.0));
    app.add_option("--patience-seconds", options.patience_seconds,
                   "How long an answer may take before it counts as missing")
        ->capture_default_str()
        ->check(Range(0.1, 3600.0));
    app.add_option("--server-pid", options.server_processes,
                   "The server's process, to read its processor time and memory; several if it has several")
        ->check(Range(pid_t{1}, pid_t{4'194'304}));
    app.add_option("--source-addresses", options.source_addresses,
                   "Connect from 127.0.0.1, 127.0.0.2, … in turn: for more than 28,000 connections")
        ->capture_default_str()
        ->check(Range(std::size_t{1}, std::size_t{250}));
    app.add_option("--restart-command", options.restart_command,
                   "storm: a shell command that starts the server again after --server-pid was killed");
    app.add_option("--serve", options.serve_command,
                   "A command that starts the server for the run, and for storm again: \"holdfast serve …\"");
    app.add_option("--host-key", options.host_key,
                   "seats, storm, lobby: the host's key, to start the game with");
    const std::map<std::string, Protocol> protocols{{"socketio", Protocol::socketio},
                                                    {"websocket", Protocol::websocket}};
    app.add_option("--protocol", options.protocol,
                   "socketio, or websocket: bare text frames that the server sends back, and passes on to\n"
                   "everybody when they begin with `bcast`")
        ->transform(CLI::CheckedTransformer(protocols))
        ->default_str("socketio")
        ->option_text("socketio|websocket [socketio]");
    for (CLI::Option* option : app.get_options()) {
        // The ranges are said when somebody leaves them.
        const std::string before = option->get_default_str();
        if (option->get_type_name().find(" in [") != std::string::npos)
            option->option_text("N" + (before.empty() ? "" : " [" + before + "]"));
    }
    app.add_flag("--json", options.json, "One JSON object on standard output instead of the table");
}

std::optional<OptionsStop> mistake(const std::string& message) {
    return OptionsStop{2, message + "\nRun holdfast-bench --help for more."};
}

std::optional<OptionsStop> check(const Options& options) {
    const bool game = options.scenario == Scenario::seats || options.scenario == Scenario::storm ||
                      options.scenario == Scenario::lobby;
    if (game && options.protocol == Protocol::websocket)
        return mistake(std::string(name_of(options.scenario)) + " speaks Socket.IO: leave --protocol out.");
    if (options.scenario == Scenario::latency && options.rate_per_second <= 0)
        return mistake("latency needs --rate: how many events a second shall be sent?");
    if (options.scenario == Scenario::broadcast && options.talkers > options.connections)
        return mistake("There cannot be more --talkers than --connections.");
    if (!options.serve_command.empty() && !options.server_processes.empty())
        return mistake("With --serve, the server is the one started here: leave --server-pid out.");
    if (options.scenario == Scenario::storm) {
        if (options.serve_command.empty() == options.restart_command.empty())
            return mistake("storm needs either --serve, or --restart-command and --server-pid.");
        if (options.serve_command.empty() && options.server_processes.size() != 1)
            return mistake("With --restart-command, storm needs one --server-pid: the process it may kill.");
    }
    return std::nullopt;
}

std::optional<OptionsStop> fill_in(Options& options, const Given& given) {
    const auto url = parse_url(given.url);
    if (!url) return mistake("--url: " + url.error());
    options.host = url->host;
    options.port = url->port;
    options.path = given.path.value_or(url->path);
    if (options.path.empty()) options.path = options.protocol == Protocol::socketio ? "/socket.io/" : "/";
    if (options.path.front() != '/') options.path.insert(0, "/");
    const Described& defaults = described(options.scenario);
    options.connections = given.connections.value_or(defaults.connections);
    options.in_flight = given.in_flight.value_or(defaults.in_flight);
    options.seconds = given.seconds.value_or(defaults.seconds);
    options.warmup_seconds = given.warmup_seconds.value_or(defaults.warmup_seconds);
    if (options.join_seconds <= 0) options.join_seconds = 10;
    return check(options);
}

}  // namespace

const char* name_of(Scenario scenario) {
    return described(scenario).name;
}

const char* name_of(Protocol protocol) {
    return protocol == Protocol::socketio ? "socketio" : "websocket";
}

Result<Url, std::string> parse_url(std::string_view text) {
    const std::size_t scheme_end = text.find("://");
    const std::string_view scheme = scheme_end == std::string_view::npos ? "" : text.substr(0, scheme_end);
    if (scheme == "https" || scheme == "wss")
        return failure(
            std::string("encrypted connections are not measured; give the address behind the proxy"));
    if (scheme != "http" && scheme != "ws") return failure(std::string("expected http://HOST:PORT"));
    text.remove_prefix(scheme_end + 3);
    Url url;
    const std::size_t slash = std::min(text.find('/'), text.size());
    url.path = text.substr(slash);
    if (url.path == "/") url.path.clear();
    std::string_view authority = text.substr(0, slash);
    std::string_view port;
    if (authority.starts_with('[')) {
        const std::size_t bracket = authority.find(']');
        if (bracket == std::string_view::npos) return failure(std::string("a bracket is missing"));
        url.host = authority.substr(1, bracket - 1);
        authority.remove_prefix(bracket + 1);
        if (!authority.empty() && authority.front() != ':')
            return failure(std::string("expected http://HOST:PORT"));
        if (!authority.empty()) port = authority.substr(1);
    } else {
        const std::size_t colon = authority.find(':');
        url.host = authority.substr(0, colon);
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
    }
    if (url.host.empty()) return failure(std::string("expected http://HOST:PORT"));
    if (!port.empty()) {
        const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
        if (error != std::errc() || end != port.data() + port.size() || url.port == 0)
            return failure(std::string("a port is a number from 1 to 65535"));
    }
    return url;
}

Result<Options, OptionsStop> read_options(const std::vector<std::string>& arguments) {
    CLI::App app(description, "holdfast-bench");
    Options options;
    Given given;
    app.require_subcommand(0, 1);
    app.fallthrough();
    declare(app, options, given);
    for (const Described& one : scenarios) {
        const std::string usually = " (" + std::to_string(one.connections) + " clients)";
        app.add_subcommand(one.name, one.what + usually)->fallthrough()->callback([&options, &one] {
            options.scenario = one.scenario;
        });
    }
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
        app.parse(reversed);
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream problem;
        const int code = app.exit(error, out, problem);
        return failure(OptionsStop{code == 0 ? 0 : 2, out.str() + problem.str()});
    }
    if (app.get_subcommands().empty())
        return failure(OptionsStop{2,
                                   "Which scenario? One of ack, latency, broadcast, connect, idle, seats, "
                                   "storm, lobby.\nRun holdfast-bench --help for more."});
    if (auto stop = fill_in(options, given)) return failure(std::move(*stop));
    return options;
}

}  // namespace holdfast::bench
