// The command line that all examples have: --listen ADDRESS:PORT and --threads N.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "holdfast/app/host.hpp"
#include "holdfast/app/text.hpp"

namespace examples {

/// Reads the command line; help and mistakes end the program, with a sentence.
inline holdfast::app::HostSettings settings_from(CLI::App& options, int argument_count, char** arguments) {
    holdfast::app::HostSettings settings;
    std::string listen = "127.0.0.1:3000";
    options.add_option("--listen", listen, "Address and port")->capture_default_str();
    options.add_option("--threads", settings.threads, "Net threads; 0 is one for each core")
        ->capture_default_str()
        ->check(CLI::Range(0, 64));
    try {
        options.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        std::exit(options.exit(error));
    }
    const auto parsed = holdfast::app::parse_listen(listen);
    if (!parsed) {
        std::fprintf(stderr, "--listen: %s\n", parsed.error().c_str());
        std::exit(2);
    }
    settings.listen = *parsed;
    return settings;
}

inline holdfast::app::HostSettings settings_from(const char* what_it_is, int argument_count,
                                                 char** arguments) {
    CLI::App options(what_it_is);
    return settings_from(options, argument_count, arguments);
}

}  // namespace examples
