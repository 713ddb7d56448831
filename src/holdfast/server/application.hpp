// The whole program: makes every part, joins them, runs until it is told to stop. The only place that knows
// them all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/seats/store.hpp"
#include "holdfast/server/config.hpp"

namespace holdfast::server {

/// What the person who started the server wants to know.
struct Addresses {
    std::vector<std::string> players;  ///< the first is the best one for phones
    std::string dashboard;             ///< with the host's key in it, unless the key was given
    bool shows_key = false;
    bool key_is_new = false;  ///< it was made just now, and is not shown again
};

class Application {
  public:
    /// `log` and `clock` must outlive it and be usable from any thread.
    Application(Config config, Log& log, const Clock& clock);
    /// The same with a store that has been opened already: for tests.
    Application(Config config, std::unique_ptr<seats::Store> store, Log& log, const Clock& clock);
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// Opens the store, restores what it has, and serves. The error is a sentence for the terminal.
    [[nodiscard]] Result<void, std::string> start();
    /// Tells everybody, finishes what has begun, closes connections so that clients come back, closes the
    /// store.
    void stop();
    /// Reads the certificate and its key again, for connections made from now on; nothing to do without TLS.
    /// On failure the old ones stay, and the error is a sentence. Any thread, between start() and stop().
    [[nodiscard]] Result<void, std::string> reload_certificates();
    /// Reads the file with the keys again; nothing to do where nothing is kept. On failure the old ones stay,
    /// and the error is a sentence. One thread at a time, between start() and stop().
    [[nodiscard]] Result<void, std::string> reload_keys();

    [[nodiscard]] Addresses addresses() const;
    /// The port that is listened on. After start().
    [[nodiscard]] std::uint16_t port() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::server
