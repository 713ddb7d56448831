#include "holdfast/server/config.hpp"

#include <toml++/toml.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace holdfast::server {

namespace {

constexpr std::string_view description =
    "Holdfast keeps people in their seats: a real-time server for live team games.\n"
    "Players open the page on their phones, the host opens the dashboard; nobody loses a seat.";

constexpr std::string_view footer =
    "\nExamples:\n"
    "  holdfast serve\n"
    "  holdfast serve --listen 0.0.0.0:8080 --store sqlite:/var/lib/holdfast/holdfast.db\n"
    "  HOLDFAST_HOST_KEY=secret holdfast serve --config holdfast.toml\n"
    "  holdfast why 'Blue Whales' 2\n"
    "  holdfast report --since 90m\n"
    "\nEach option can also stand in the environment (--seats-per-team as HOLDFAST_SEATS_PER_TEAM) and in "
    "the\n"
    "file named by --config (seats-per-team = 2). The command line goes first, then the environment, then "
    "the\n"
    "file.";

/// "--seats-per-team" -> "HOLDFAST_SEATS_PER_TEAM"
std::string environment_name(const std::string& option) {
    std::string name = "HOLDFAST_";
    for (const char character : option.substr(2)) {
        name +=
            character == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
    }
    return name;
}

struct Options {
    CLI::App app{std::string(description), "holdfast"};
    CLI::App* serve = nullptr;
    CLI::App* host_key = nullptr;
    CLI::App* token_secret = nullptr;
    JournalTasks journal;
    std::string config_file;
    std::string log_format = "text";
    std::string serve_client = "on";
    std::string websocket_compression = "off";
    std::string core_dumps = "off";
};

CLI::Validator store_validator() {
    return {[](const std::string& text) {
                const auto parsed = parse_store(text);
                return parsed ? std::string() : parsed.error();
            },
            "sqlite:PATH or memory:"};
}

/// The tasks beside `serve`: they work on the file with the keys, whether the server runs or not.
void declare_key_tasks(Options& options, Config& config) {
    options.host_key =
        options.app.add_subcommand("host-key", "Make a new host key and show it; the old one ends");
    options.token_secret = options.app.add_subcommand(
        "rotate-secret", "Make a new secret for players' tokens; nobody loses a seat");
    for (CLI::App* task : {options.host_key, options.token_secret}) {
        task->option_defaults()->always_capture_default();
        task->add_option("--store", config.store, "Where the data is kept")->check(store_validator());
        task->footer("\nA running server takes it over at SIGHUP (kill -HUP), or when it is started again.");
    }
    options.token_secret
        ->add_option("--keep-days", config.keep_secret_days,
                     "How long tokens of the secret before are still good")
        ->check(CLI::Range(0, 365));
}

void declare(Options& options, Config& config) {
    using CLI::Range;
    options.app.footer(std::string(footer));
    options.app.require_subcommand(1);
    options.app.set_version_flag("--version", std::string("holdfast 0.1.0"));
    options.serve = options.app.add_subcommand("serve", "Run the server until it is told to stop (Ctrl-C)");
    declare_key_tasks(options, config);
    options.journal = declare_journal_tasks(options.app, config.journal, config.store, store_validator());
    CLI::App& serve = *options.serve;
    serve.footer(std::string(footer));
    serve.option_defaults()->always_capture_default();
    const auto listens = CLI::Validator(
        [](const std::string& text) {
            const auto parsed = parse_listen(text);
            return parsed ? std::string() : parsed.error();
        },
        "ADDRESS:PORT");
    serve
        .add_option("--listen", config.listen, "Where to listen; 0.0.0.0:8080 reaches phones in the network")
        ->check(listens);
    serve.add_option("--store", config.store, "Where the data is kept")->check(store_validator());
    serve
        .add_option("--web", config.web_folder,
                    "Serve the front end in this folder instead of the bundled one")
        ->check(CLI::ExistingDirectory);
    serve.add_option("--config", options.config_file, "Read options from this TOML file")
        ->check(CLI::ExistingFile);
    serve.add_option(
        "--host-key", config.host_key,
        "The host's key; better in HOLDFAST_HOST_KEY, where other users of the machine do not see "
        "it. Without one a key is made and kept with the data");
    serve.add_option("--token-secret", config.token_secret,
                     "What players' tokens are derived from, at least 32 random characters; better in "
                     "HOLDFAST_TOKEN_SECRET. Without it a secret is made and kept with the data");
    serve.add_option("--token-secret-before", config.token_secret_before,
                     "The secret before that, while its tokens shall still be good");
    serve.add_option("--public-url", config.public_url,
                     "The address players use, for the dashboard's QR code");
    serve.add_option("--threads", config.threads, "Threads that serve connections")->check(Range(1, 64));
    serve.add_option("--seats-per-team", config.seats_per_team, "Seats of a new team")
        ->check(Range(1, limits::seats_per_team_most));
    serve.add_option("--grace-seconds", config.grace_seconds, "How long the seat of a lost player is held")
        ->check(Range(std::int64_t{1}, std::int64_t{31'536'000}));
    serve
        .add_option("--token-life-seconds", config.token_life_seconds,
                    "How long the token of a lost player is good")
        ->check(Range(std::int64_t{1}, std::int64_t{31'536'000}));
    serve
        .add_option("--quiet-drop-ms", config.quiet_drop_milliseconds,
                    "Partners hear of a lost connection only if it lasts longer than this; 0: at once")
        ->check(Range(std::int64_t{0}, std::int64_t{60'000}));
    serve.add_option("--ping-interval-ms", config.ping_interval_milliseconds, "Time between two heartbeats")
        ->check(Range(std::int64_t{50}, std::int64_t{600'000}));
    serve
        .add_option("--ping-timeout-ms", config.ping_timeout_milliseconds,
                    "How long the answer to a heartbeat may take")
        ->check(Range(std::int64_t{50}, std::int64_t{600'000}));
    serve
        .add_option("--connections-per-address", config.connections_per_address,
                    "Connections of one address; 0 for no limit. Without this option 512, or no limit when "
                    "listening on loopback, where only a proxy or this machine comes from")
        ->check(Range(std::int64_t{0}, std::int64_t{1'000'000}));
    serve
        .add_option("--connections", config.connections,
                    "Connections in all; those of devices that hold a seat are let in above it")
        ->check(Range(std::int64_t{16}, std::int64_t{10'000'000}));
    serve
        .add_option("--connections-per-device", config.connections_per_device,
                    "Connections of one browser, on each net thread; 0 for no limit")
        ->check(Range(std::int64_t{0}, std::int64_t{100'000}));
    serve
        .add_option("--events-per-second", config.events_per_second,
                    "Events of one connection; one browser may send four times as many in all")
        ->check(Range(1.0, 1e6));
    serve
        .add_option("--wrong-tokens-per-minute", config.wrong_tokens_per_minute,
                    "Wrong tokens and codes of one address, before it has to wait")
        ->check(Range(std::int64_t{1}, std::int64_t{100'000}));
    serve
        .add_option("--commands-waiting", config.commands_waiting,
                    "Commands that wait to be decided; a quarter of the places is kept for players with a "
                    "seat, at most 16384")
        ->check(Range(std::int64_t{64}, std::int64_t{limits::commands_waiting}));
    serve.add_option(
        "--allowed-origin", config.allowed_origins,
        "An origin besides the server's own whose pages may connect; may be given several times");
    serve.add_option("--trusted-proxy", config.trusted_proxies,
                     "Address of a proxy whose X-Forwarded-For is believed; may be given several times");
    auto* certificate =
        serve.add_option("--tls-certificate", config.tls_certificate, "PEM file: serve https and wss")
            ->check(CLI::ExistingFile);
    serve.add_option("--tls-key", config.tls_key, "PEM file with the key of the certificate")
        ->check(CLI::ExistingFile)
        ->needs(certificate);
    serve
        .add_option("--serve-client", options.serve_client,
                    "Serve the JavaScript client as /socket.io/socket.io.js, for front ends of your own")
        ->check(CLI::IsMember({"on", "off"}));
    serve
        .add_option("--websocket-compression", options.websocket_compression,
                    "Compress WebSocket messages of 1 KB or more, for clients that offer it "
                    "(permessage-deflate): fewer bytes, more work")
        ->check(CLI::IsMember({"on", "off"}));
    serve
        .add_option("--core-dumps", options.core_dumps,
                    "Leave a core file after a crash, if the system wants one; the secrets are in it")
        ->check(CLI::IsMember({"on", "off"}));
    serve.add_option("--log-level", config.log_level, "What is logged")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    serve.add_option("--log-file", config.log_file,
                     "Log into this file instead of standard error; SIGHUP opens it again");
    serve.add_option("--log-format", options.log_format, "How it is logged")
        ->check(CLI::IsMember({"text", "json"}));
}

ConfigStop complaint(const std::string& sentence, const std::string& task = "serve") {
    return {2, sentence + "\nholdfast " + task + " --help tells what can be set."};
}

std::vector<std::string> texts_of(const toml::node& node) {
    std::vector<std::string> texts;
    const auto add = [&texts](const toml::node& value) {
        if (const auto* text = value.as_string()) {
            texts.push_back(text->get());
        } else if (const auto* whole = value.as_integer()) {
            texts.push_back(std::to_string(whole->get()));
        } else if (const auto* number = value.as_floating_point()) {
            texts.push_back(std::to_string(number->get()));
        }
    };
    if (const auto* array = node.as_array()) {
        for (const toml::node& element : *array)
            add(element);
    } else {
        add(node);
    }
    return texts;
}

/// Gives each option that the command line left out the value of the environment or of the file.
Result<void, ConfigStop> fill_from(Options& options, const Environment& environment) {
    CLI::App& serve = *options.serve;
    auto* file_option = serve.get_option("--config");
    if (file_option->count() == 0) options.config_file = environment("HOLDFAST_CONFIG");
    toml::table file;
    if (!options.config_file.empty()) {
        try {
            file = toml::parse_file(options.config_file);
        } catch (const toml::parse_error& error) {
            return failure(
                complaint(options.config_file + " is not valid TOML: " + std::string(error.description())));
        }
    }
    for (const auto& [key, node] : file) {
        if (serve.get_option_no_throw("--" + std::string(key.str())) == nullptr) {
            return failure(
                complaint(options.config_file + ": there is no option " + std::string(key.str()) + "."));
        }
        if (texts_of(node).empty()) {
            return failure(complaint(options.config_file + ": " + std::string(key.str()) +
                                     " must be a text, a number or a list of them."));
        }
    }
    for (CLI::Option* option : serve.get_options()) {
        const std::string name = option->get_name();
        if (option->count() > 0 || name == "--help" || name == "--config") continue;
        if (const std::string value = environment(environment_name(name)); !value.empty()) {
            option->add_result(value);
            option->run_callback();
        } else if (const toml::node* node = file.get(name.substr(2))) {
            for (const std::string& text : texts_of(*node))
                option->add_result(text);
            option->run_callback();
        }
    }
    return {};
}

/// The tasks beside `serve` look at the store of a server, which the environment may name.
Result<void, ConfigStop> find_store(CLI::App& task, const Environment& environment, const Config& config,
                                    std::string_view what_it_keeps) {
    CLI::Option* store = task.get_option("--store");
    if (const std::string value = environment("HOLDFAST_STORE"); store->count() == 0 && !value.empty()) {
        store->add_result(value);
        store->run_callback();
    }
    const auto location = parse_store(config.store);
    if (!location || location->in_memory) {
        return failure(complaint("A store in memory keeps no " + std::string(what_it_keeps) +
                                 ": name the one of the server with --store."));
    }
    return {};
}

Result<Config, ConfigStop> key_task(Options& options, const Environment& environment, Config& config) {
    CLI::App& task = options.host_key->parsed() ? *options.host_key : *options.token_secret;
    config.task = options.host_key->parsed() ? Task::new_host_key : Task::new_token_secret;
    if (auto found = find_store(task, environment, config, "keys"); !found) return failure(found.error());
    return config;
}

Result<Config, ConfigStop> journal_task(Options& options, const Environment& environment, Config& config) {
    CLI::App& task = options.journal.why->parsed() ? *options.journal.why : *options.journal.report;
    config.task = options.journal.why->parsed() ? Task::why : Task::report;
    if (auto found = find_store(task, environment, config, "journal"); !found) return failure(found.error());
    return config;
}

}  // namespace

Result<ListenAddress, std::string> parse_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto wrong = [&] {
        return failure("'" + std::string(text) +
                       "' is no address with a port, as in 127.0.0.1:8080 or [::1]:8080");
    };
    if (colon == std::string_view::npos || colon == 0) return wrong();
    std::string_view host = text.substr(0, colon);
    if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    const std::string_view digits = text.substr(colon + 1);
    ListenAddress address{std::string(host), 0};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return wrong();
    return address;
}

bool is_loopback(std::string_view host) {
    return host.starts_with("127.") || host == "::1";
}

Result<StoreLocation, std::string> parse_store(std::string_view text) {
    constexpr std::string_view sqlite = "sqlite:";
    if (text == "memory:") return StoreLocation{true, ""};
    if (text.starts_with(sqlite) && text.size() > sqlite.size()) {
        return StoreLocation{false, std::string(text.substr(sqlite.size()))};
    }
    return failure("'" + std::string(text) +
                   "' is no store: sqlite:PATH keeps the data in a file, memory: keeps nothing");
}

Result<Config, ConfigStop> read_config(const std::vector<std::string>& arguments,
                                       const Environment& environment) {
    Config config;
    Options options;
    declare(options, config);
    try {
        std::vector<std::string> reversed(arguments.rbegin(),
                                          arguments.rend());  // CLI11 takes them this way around
        options.app.parse(reversed);
        if (options.serve->parsed()) {
            if (const auto filled = fill_from(options, environment); !filled) return failure(filled.error());
        } else if (options.journal.why->parsed() || options.journal.report->parsed()) {
            return journal_task(options, environment, config);
        } else {
            return key_task(options, environment, config);
        }
    } catch (const CLI::CallForHelp&) {
        const auto asked = options.app.get_subcommands();
        return failure(ConfigStop{0, (asked.empty() ? &options.app : asked.front())->help()});
    } catch (const CLI::CallForVersion& version) {
        return failure(ConfigStop{0, version.what()});
    } catch (const CLI::Error& error) {
        const auto asked = options.app.get_subcommands();
        return failure(complaint(error.what(), asked.empty() ? "serve" : asked.front()->get_name()));
    }
    if (config.tls_certificate.empty() != config.tls_key.empty()) {
        return failure(complaint("--tls-certificate and --tls-key go together."));
    }
    if (!config.host_key.empty() && config.host_key.size() < 4) {
        return failure(
            complaint("The host key is too short to be a secret: take at least 4 characters, better 20."));
    }
    constexpr std::size_t shortest_secret = 32;
    for (const std::string* secret : {&config.token_secret, &config.token_secret_before}) {
        if (!secret->empty() && secret->size() < shortest_secret) {
            return failure(complaint("A token secret needs at least 32 random characters."));
        }
    }
    if (config.token_secret.empty() && !config.token_secret_before.empty()) {
        return failure(complaint("--token-secret-before needs --token-secret beside it."));
    }
    config.serve_client = options.serve_client == "on";
    config.websocket_compression = options.websocket_compression == "on";
    config.core_dumps = options.core_dumps == "on";
    config.log_format = options.log_format == "json" ? LogFormat::json : LogFormat::text;
    return config;
}

}  // namespace holdfast::server
