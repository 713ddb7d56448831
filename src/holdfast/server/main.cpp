// The program: reads the settings, runs the server, waits for a signal.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "holdfast/server/application.hpp"
#include "holdfast/server/journal_command.hpp"
#include "holdfast/server/log_sink.hpp"
#include "holdfast/server/secrets.hpp"

namespace {

using namespace holdfast;

/// Whether there is a terminal that this process belongs to.
bool has_terminal() {
    const int terminal = ::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (terminal >= 0) ::close(terminal);
    return terminal >= 0;
}

/// Waits for Ctrl-C, a polite kill or the wish to reload. The signals are blocked in every thread, so only
/// this takes them.
class Signals {
  public:
    Signals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGINT);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGHUP);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        // A client that is gone and a file that may not grow are errors of a write, not of the process.
        std::signal(SIGPIPE, SIG_IGN);
        std::signal(SIGXFSZ, SIG_IGN);
    }
    /// Returns when the server is to stop; calls `reload` for each SIGHUP until then. A SIGHUP that comes
    /// because the terminal was closed means stop, as it does for every program somebody runs in one.
    template <typename Reload>
    void wait(Reload reload) const {
        while (true) {
            int signal = 0;
            if (sigwait(&set_, &signal) != 0) continue;
            if (signal != SIGHUP || (had_terminal_ && !has_terminal())) return;
            reload();
        }
    }
    /// From now on a further signal ends the process at once.
    void let_go() const { pthread_sigmask(SIG_UNBLOCK, &set_, nullptr); }

  private:
    sigset_t set_{};
    bool had_terminal_ = has_terminal();
};

/// The server's secret, tokens and cookies are in the memory of the process: a crash must not write it to a
/// file. What collects such files for the system (systemd, apport) goes by this limit as well.
void leave_no_core_file() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_CORE, &limit) != 0) return;
    limit.rlim_cur = 0;
    static_cast<void>(::setrlimit(RLIMIT_CORE, &limit));
}

/// A disk or a client that does not answer any more must not keep the process alive: what was acknowledged is
/// on the disk.
void end_in_any_case(std::chrono::seconds after) {
    std::thread([after] {
        std::this_thread::sleep_for(after);
        std::_Exit(1);
    }).detach();
}

void greet(const server::Addresses& addresses) {
    std::cout << "\nHoldfast is running.\n\n";
    for (const std::string& address : addresses.players)
        std::cout << "  Players:    " << address << "\n";
    std::cout << "  Dashboard:  " << addresses.dashboard << "\n";
    if (addresses.shows_key) {
        std::cout << "\nThe dashboard link logs in whoever has it: keep it to yourself.\n"
                  << (addresses.key_is_new
                          ? "Its key is good for ever, and shown only now."
                          : "This one is good until the server stops. (A key for ever: holdfast host-key)");
    }
    std::cout << "\nCtrl-C stops the server; every seat is kept until it runs again.\n" << std::endl;
}

/// Makes new keys in the file of the store; the exit code.
int renew_keys(const server::Config& config, const Clock& clock) {
    const auto location = server::parse_store(config.store);
    const std::string path = server::keys_file_of(location ? location->path : "");
    SecureRandom random;
    const auto complain = [](const std::string& sentence) {
        std::cerr << sentence << std::endl;
        return 1;
    };
    if (config.task == server::Task::new_host_key) {
        const auto key = server::renew_host_key(path, random);
        if (!key) return complain(key.error());
        std::cout << "The new host key, shown only now:\n\n  " << *key << "\n\n";
    } else {
        const Milliseconds kept = std::chrono::hours(24 * config.keep_secret_days);
        const UnixTime until{clock.unix_now().milliseconds + kept.count()};
        if (const auto rotated = server::rotate_token_secret(path, random, until); !rotated) {
            return complain(rotated.error());
        }
        std::cout
            << "There is a new secret for players' tokens. Those of the one before are good for another "
            << config.keep_secret_days << " days.\n";
    }
    std::cout << "A running server takes it over at SIGHUP (kill -HUP), or when it is started again."
              << std::endl;
    return 0;
}

/// Tells what the journal says; the exit code.
int tell_journal(const server::Config& config, const Clock& clock) {
    const auto location = server::parse_store(config.store);
    const std::string path = location ? location->path : "";
    const auto told = config.task == server::Task::why
                          ? server::tell_why(config.journal, path, clock.unix_now())
                          : server::tell_report(config.journal, path, clock.unix_now());
    std::cout << told.output << std::flush;
    if (!told.complaint.empty()) std::cerr << told.complaint << std::endl;
    return std::cout ? told.exit_code : 1;
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    const auto environment = [](const std::string& name) {
        // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody changes the environment, and no thread runs yet
        const char* value = std::getenv(name.c_str());
        return std::string(value == nullptr ? "" : value);
    };
    const auto config = server::read_config(arguments, environment);
    if (!config) {
        (config.error().exit_code == 0 ? std::cout : std::cerr) << config.error().message << std::endl;
        return config.error().exit_code;
    }
    const SystemClock clock;
    if (config->task == server::Task::why || config->task == server::Task::report) {
        return tell_journal(*config, clock);
    }
    if (config->task != server::Task::serve) return renew_keys(*config, clock);
    if (!config->core_dumps) leave_no_core_file();
    const Signals signals;
    server::LogSink log(config->log_format, config->log_level, config->log_file);
    if (!log.file_error().empty()) {
        std::cerr << "Holdfast cannot start. " << log.file_error() << std::endl;
        return 1;
    }
    server::Application application(*config, log, clock);
    if (const auto started = application.start(); !started) {
        std::cerr << "Holdfast cannot start. " << started.error() << std::endl;
        return 1;
    }
    greet(application.addresses());
    signals.wait([&] {
        log.reopen();
        const auto certificates = application.reload_certificates();
        if (!certificates) {
            log.write(LogLevel::error, "certificate_not_reloaded",
                      {{"reason", std::string_view(certificates.error())}});
        }
        const auto keys = application.reload_keys();
        if (!keys) {
            log.write(LogLevel::error, "keys_not_reloaded", {{"reason", std::string_view(keys.error())}});
        }
        if (certificates && keys) log.write(LogLevel::info, "reloaded", {});
    });
    std::cout << "\nStopping; everybody keeps their seat. (Ctrl-C again to stop at once.)" << std::endl;
    signals.let_go();
    end_in_any_case(std::chrono::seconds(6));
    application.stop();
    return 0;
}
