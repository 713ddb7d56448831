#include "holdfast/server/journal_options.hpp"

#include <CLI/CLI.hpp>

#include "holdfast/base/limits.hpp"

namespace holdfast::server {

namespace {

constexpr const char* exit_codes =
    "\nReads the file and changes nothing in it, whether the server runs or not.\n"
    "Exit codes: 0 told, 1 the file cannot be read, 2 wrong options, 3 there is no such team or seat.";

}  // namespace

JournalTasks declare_journal_tasks(CLI::App& app, JournalOptions& options, std::string& store,
                                   const CLI::Validator& store_validator) {
    JournalTasks tasks;
    tasks.why =
        app.add_subcommand("why", "Tell what the seats of a team went through, and why they were lost");
    tasks.report = app.add_subcommand(
        "report", "Tell how often connections were lost and why, for how long, and who came back");
    for (CLI::App* task : {tasks.why, tasks.report}) {
        task->option_defaults()->always_capture_default();
        task->add_option("--store", store, "Where the data is kept")->check(store_validator);
        task->add_option("--format", options.format, "How it is told")
            ->check(CLI::IsMember({"text", "json", "csv"}));
    }
    tasks.why
        ->add_option("TEAM", options.team, "The team's name, in upper or lower case; or # and its number")
        ->required();
    tasks.why->add_option("SLOT", options.slot, "One seat, from 1; without it all of them")
        ->check(CLI::Range(1, limits::seats_per_team_most));
    tasks.why->footer(std::string("\nExamples:\n"
                                  "  holdfast why 'Blue Whales'\n"
                                  "  holdfast why '#12' 2 --store sqlite:/var/lib/holdfast/holdfast.db\n") +
                      exit_codes);
    tasks.report->add_option(
        "--since", options.since,
        "From when on: 90m (or s, h, d) ago, 19:30, 2026-05-04, '2026-05-04 19:30', or all; "
        "without it the last session, which begins after a pause of two hours");
    tasks.report->add_option("--until", options.until, "Until when, in the same ways");
    tasks.report->footer(std::string("\nExamples:\n"
                                     "  holdfast report\n"
                                     "  holdfast report --since 19:30 --until 21:00\n"
                                     "  holdfast report --since all --format csv > report.csv\n"
                                     "Times are those of this machine; with a Z at their end, UTC.\n") +
                         exit_codes);
    return tasks;
}

}  // namespace holdfast::server
