// The options of `holdfast why` and `holdfast report`.
#pragma once

#include <string>

namespace CLI {
class App;
class Validator;
}  // namespace CLI

namespace holdfast::server {

struct JournalOptions {
    std::string team;  ///< why: a name, or # and a number
    int slot = 0;      ///< why: 0 for all seats
    std::string format = "text";
    std::string since;  ///< report: empty: the last session
    std::string until;
};

/// The two tasks on the command line.
struct JournalTasks {
    CLI::App* why = nullptr;
    CLI::App* report = nullptr;
};
/// Declares both; what they are given goes into `options` and `store`.
[[nodiscard]] JournalTasks declare_journal_tasks(CLI::App& app, JournalOptions& options, std::string& store,
                                                 const CLI::Validator& store_validator);

}  // namespace holdfast::server
