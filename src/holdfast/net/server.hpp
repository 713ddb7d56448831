// Listening sockets, net threads, and the one door between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/log.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/net/application.hpp"
#include "holdfast/net/settings.hpp"

namespace holdfast::net {

enum class StartErrorCode : std::uint8_t {
    bad_settings,     ///< an address that is none, no thread, …
    cannot_listen,    ///< the address is taken or not ours
    bad_certificate,  ///< the certificate or the key could not be read
};
struct StartError {
    StartErrorCode code;
    std::string message;  ///< a sentence for the person who starts the server
};

class Server {
  public:
    /// Called once on every net thread, before the first connection.
    using ApplicationFactory = std::function<std::unique_ptr<Application>(std::size_t thread_index)>;

    /// `clock` and `log` must outlive the server and be safe to use from any thread.
    Server(ServerSettings settings, ApplicationFactory factory, const Clock& clock, Log& log);
    /// Stops without waiting for clients if stop() was not called.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Listens and starts the threads; returns when every thread has its application and takes connections.
    [[nodiscard]] Result<void, StartError> start();
    /// The ports listened on, in the order of ServerSettings::listen. After start().
    [[nodiscard]] std::vector<std::uint16_t> ports() const;
    [[nodiscard]] std::size_t thread_count() const;

    /// Runs `function` on a net thread, after what was posted there before. Any thread may call this, at any
    /// time; before start() it waits for the start, after stop() `function` is destroyed without being
    /// called.
    void post(std::size_t thread_index, std::function<void()> function);

    /// Takes no more connections, lets the applications say goodbye, waits at most drain_time for the clients
    /// to go, then closes what is left and ends the threads. Not from a net thread. A second call does
    /// nothing.
    void stop();

    /// Any thread.
    [[nodiscard]] ServerCounters counters() const;
    /// Reads the certificate and key again; connections made from now on get them. On failure the old ones
    /// stay. Any thread.
    [[nodiscard]] Result<void, StartError> reload_certificates();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::net
