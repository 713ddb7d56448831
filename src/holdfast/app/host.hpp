// The front door for people who build their own real-time server: sockets, threads, TLS, signals and one
// socketio::Server a thread, put together. A whole program:
//
//   int main() {
//       holdfast::app::Host host({.listen = {"127.0.0.1", 3000}});
//       host.on_start([](holdfast::socketio::Server& io) {
//           io.of("/").on("hello", [](auto& socket, auto& event) { socket.emit("hello", event.arguments); });
//       });
//       return host.run();
//   }
//
// Threads: everything you hang on a socketio::Server (handlers, sockets, timers) lives on the server's own
// net thread and is only touched there. With several threads each has a server of its own; broadcasts and
// rooms reach the sockets of all of them, and `post` brings a function to a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "holdfast/base/log.hpp"
#include "holdfast/base/result.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/net/http_route.hpp"
#include "holdfast/net/settings.hpp"
#include "holdfast/socketio/server.hpp"

/// Everything a Socket.IO server needs around it to be a program of its own.
namespace holdfast::app {

/// Why a host could not start.
enum class HostErrorCode : std::uint8_t {
    bad_settings,     ///< settings that contradict each other, or an address that is none
    cannot_listen,    ///< the address is taken, or not one of this machine
    bad_certificate,  ///< the certificate or its key could not be read
    set_up_failed,    ///< an exception left an on_start function
    recovery_failed,  ///< what is kept for recovery cannot be read; the log says why
};

/// What start() answers when it fails.
struct HostError {
    HostErrorCode code;   ///< for programs
    std::string message;  ///< a sentence for the person who starts the server
};

/// Runs a function on one net thread: later, in the order of the calls; may be called from any thread.
using Post = std::function<void(std::function<void()>)>;

/// How a host is to be. All of it is read once, by the constructor.
struct HostSettings {
    /// Where to listen; with port 0 the system picks a free one (see Host::ports).
    net::ListenSettings listen{"127.0.0.1", 3000};
    /// Further addresses, for instance the same port on IPv6, or one with TLS beside one without.
    std::vector<net::ListenSettings> also_listen = {};
    /// Certificate and key for the addresses that have `tls = true`.
    net::TlsSettings tls = {};
    /// Net threads, 1 to 64; 0 is one for each core. Try one first: it carries thousands of clients.
    std::size_t threads = 1;
    /// Other origins whose pages may use this server, as "https://example.org"; "*" allows all. Pages that
    /// this server serves itself always may.
    std::vector<std::string> origins = {};
    /// Serves the JavaScript client beside the server, so that a page needs no more than
    /// `<script src="/socket.io/socket.io.js">`.
    bool serve_client = true;
    /// Where log lines go; must outlive the host and take lines from any thread. Null: warnings and errors go
    /// to standard error (ConsoleLog).
    Log* log = nullptr;
    /// Everything else about Socket.IO and, in `socketio.engine`, about Engine.IO: path, times, sizes.
    /// `socketio.adapter` and `socketio.log` are set by the host.
    socketio::Settings socketio = {};
    /// Everything else about the network: limits, time-outs, trusted proxies. `net.listen`, `net.tls` and
    /// `net.threads` are taken from above.
    net::ServerSettings net = {};
    /// Called once for every net thread; makes the adapter that joins its server to a cluster. Empty: the
    /// threads of this host are joined with each other, and with nobody else.
    std::function<socketio::AdapterFactory(Post post)> join_cluster = {};
};

/// Everything that answers plain HTTP: gets the request, gives the answer. The request's views live only
/// during the call.
using HttpFunction = std::function<net::HttpResponse(const net::HttpRequest& request)>;
/// The same for answers that take their time: answer with `responder->respond(…)`, once, from any thread.
using LaterHttpFunction =
    std::function<void(const net::HttpRequest& request, std::shared_ptr<net::HttpResponder> responder)>;

/// A Socket.IO server on real sockets. Made, started, waited for and destroyed by one thread that is not one
/// of its own net threads; what may be called from elsewhere says so.
class Host {
  public:
    /// Does nothing yet but take the settings.
    explicit Host(HostSettings settings = {});
    /// Stops as stop() and wait() do.
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    // What is said before start().

    /// Called on every net thread, with that thread's server, before the first client comes: the place for
    /// namespaces and handlers. May be called several times; the functions run in that order.
    Host& on_start(std::function<void(socketio::Server& server)> function);
    /// Turns connection state recovery on (docs/recovery.md): clients come back as who they were, on
    /// whichever net thread. Wants `log` and, if they are not the usual ones, `limits`; all net threads share
    /// the log, and `post` is the host's business. start() reads the log before anybody is served. Not with
    /// join_cluster.
    Host& enable_recovery(socketio::RecoverySettings settings);
    /// Called on every net thread when the host stops, while the clients are still there.
    Host& on_stop(std::function<void(socketio::Server& server)> function);
    /// Sees every handshake before a session is made, and may refuse it. Called on all net threads.
    Host& on_handshake(engineio::HandshakeHook hook);
    /// Serves `body` for GET and HEAD of exactly this path: a page, a script, a style sheet. Pages come
    /// before on_http. `content_type` is text/html, in UTF-8, unless something else is said.
    Host& page(std::string path, std::string body, std::string content_type = "text/html; charset=UTF-8");
    /// Answers every HTTP request that is neither Socket.IO nor a page. Called on all net threads, maybe at
    /// the same time. Without one such requests get 404. An exception becomes 500 and is logged.
    Host& on_http(HttpFunction function);
    /// The same for answers that come later. The last on_http or on_http_later counts.
    Host& on_http_later(LaterHttpFunction function);

    // Running.

    /// Starts, says on standard output where it listens, serves until stop(), Ctrl-C or SIGTERM, and stops.
    /// Returns what main() should return: 0, or 1 after a start that failed (the reason is on standard
    /// error). A second Ctrl-C ends the process at once. Where it serves with TLS, SIGHUP reads certificate
    /// and key again (see reload_certificates); the log says `certificate_reloaded` or
    /// `certificate_not_reloaded`. Without TLS that signal does what it does to any program.
    [[nodiscard]] int run();
    /// Listens and starts the threads; when it returns, clients are served. Once.
    [[nodiscard]] Result<void, HostError> start();
    /// Asks the host to stop, and returns at once. Any thread, handlers included; also before start().
    void stop();
    /// Waits until stop() was called, says goodbye to the clients, waits a bounded time for them to go
    /// (HostSettings::net.drain_time) and ends the threads.
    void wait();

    // While it runs.

    /// The ports listened on: that of `listen` first, then those of `also_listen`. After start().
    [[nodiscard]] std::vector<std::uint16_t> ports() const;
    /// Where a browser on this machine finds it, as "http://127.0.0.1:3000". After start().
    [[nodiscard]] std::string url() const;
    /// How many net threads there are. Any thread.
    [[nodiscard]] std::size_t thread_count() const;
    /// Runs `function` on a net thread with that thread's server, after what was posted there before. Any
    /// thread. Before start() it waits for the start; after the stop it is destroyed without being called.
    void post(std::size_t thread_index, std::function<void(socketio::Server& server)> function);
    /// The same on the first net thread: enough to emit to everybody, whichever thread they live on.
    void post(std::function<void(socketio::Server& server)> function);
    /// The same on every net thread.
    void post_to_all(const std::function<void(socketio::Server& server)>& function);
    /// Totals of the network since the start. Any thread.
    [[nodiscard]] net::ServerCounters counters() const;
    /// Reads certificate and key again, for connections made from now on. On failure the old ones stay. Any
    /// thread.
    [[nodiscard]] Result<void, HostError> reload_certificates();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::app
