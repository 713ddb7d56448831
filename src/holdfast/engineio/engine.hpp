// The Engine.IO v4 server, without I/O: requests, frames and time come in, answers, frames and messages go
// out. Specification: docs/engine.io-protocol in the repository socketio/socket.io; facts about the
// reference's behaviour are in docs/ beside the tests. One Engine belongs to one thread and is called on that
// thread alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "holdfast/base/clock.hpp"
#include "holdfast/base/limits.hpp"
#include "holdfast/base/random.hpp"
#include "holdfast/engineio/http.hpp"
#include "holdfast/engineio/message.hpp"

namespace holdfast::engineio {

/// Names a session inside one Engine; never reused while the Engine lives. 0 names none.
using SessionId = std::uint64_t;

enum class TransportKind : std::uint8_t { polling, websocket };

/// Why a session ended; the texts are those of the reference ("transport close", "ping timeout", …).
enum class CloseReason : std::uint8_t {
    transport_close,  ///< the connection went away, or the client closed it
    transport_error,  ///< the client broke the transport's rules
    ping_timeout,     ///< no pong in time
    parse_error,      ///< the client broke the protocol
    forced_close,     ///< closed by the server's own code
    server_shutdown,  ///< the server is going down
    queue_overflow,   ///< the client did not read
};
inline constexpr std::size_t close_reasons = 7;
[[nodiscard]] std::string_view to_string(CloseReason reason);

struct CookieSettings {
    std::string name = "io";
    bool http_only = true;
    std::string same_site = "Lax";
    std::string path = "/";
};

/// Which foreign origins may talk to the server (CORS for polling, the Origin check for WebSocket).
struct OriginSettings {
    /// Same origin is always allowed. "*" allows every origin (never with credentials).
    std::vector<std::string> allowed_origins = {};
    bool credentials = false;
    /// Off: a WebSocket handshake from any origin is taken (as the reference does). On: 403 before the 101.
    bool check_websocket_origin = true;
    /// Answer with CORS headers and preflights at all (off in the reference by default).
    bool cors = false;
};

struct Settings {
    std::string path = "/socket.io/";
    Milliseconds ping_interval = limits::ping_interval;
    Milliseconds ping_timeout = limits::ping_timeout;
    Milliseconds upgrade_timeout = limits::upgrade_time;
    Milliseconds polling_close_timeout = limits::polling_close_time;
    std::size_t max_payload_bytes = limits::message_bytes;
    std::size_t send_queue_bytes = limits::send_queue_bytes;
    bool allow_polling = true;
    bool allow_websocket = true;
    bool allow_upgrades = true;
    std::optional<CookieSettings> cookie = std::nullopt;
    OriginSettings origins = {};
};

/// What is known of the client at the handshake; kept as long as the session, so it is compact: the headers
/// lie in two blocks of text, and the one that is alike for most clients is shared between their sessions.
struct Handshake {
    std::string query;           ///< as sent, percent-encoded
    std::string remote_address;  ///< textual IP address
    bool secure = false;
    UnixTime issued;
    /// Whatever the handshake hook attached, for instance the device the cookie stands for.
    std::string attachment;
    /// Lines of "name: value\n", names in lower case: what many clients send alike, and the rest. Read them
    /// with header() and headers(). Sec-WebSocket-Key is not kept.
    std::shared_ptr<const std::string> shared_headers;
    std::string own_headers;

    /// The first header of that name, compared without case; empty when there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// All headers, names in lower case. The views live as long as the handshake.
    [[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> headers() const;
    /// A query parameter, percent-decoded; nothing when it is not there.
    [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
};

/// What the server's own code says to a handshake before a session is made (the reference's allowRequest and
/// initial_headers in one).
struct HandshakeVerdict {
    /// Set to refuse: 403 `{"code":4,"message":…}` with this message; an empty text gives "Forbidden".
    std::optional<std::string> refusal;
    HttpHeaders
        response_headers;    ///< go out with the first response of the session (or the 101), for Set-Cookie
    std::string attachment;  ///< kept as Handshake::attachment
};
using HandshakeHook = std::function<HandshakeVerdict(const HttpRequest&)>;

/// The layer above: four callbacks and a pulse. They are called from inside Engine calls; they may send and
/// close.
class SessionListener {
  public:
    virtual ~SessionListener() = default;
    /// A session began. `handshake` stays valid as long as the session.
    virtual void on_open(SessionId session, std::shared_ptr<const Handshake> handshake) = 0;
    /// A message arrived; the bytes live only during the call.
    virtual void on_message(SessionId session, std::string_view data, bool binary) = 0;
    /// The session is over: it is out of the table and its timers are stopped before this is called, once.
    virtual void on_close(SessionId session, CloseReason reason) = 0;
    /// Everything that was queued has been handed to the transport.
    virtual void on_drain(SessionId session) = 0;
    /// A pong came in: whatever was sent before `ping_sent` has reached the client, as both share one ordered
    /// stream. Pongs that answer a ping sent over another transport than the present one are not reported.
    virtual void on_heartbeat(SessionId session, Instant ping_sent) = 0;
};

/// A WebSocket connection as the engine sees it; `net` implements it, and calls nothing of the engine from
/// inside these functions.
class WebSocketConnection {
  public:
    virtual ~WebSocketConnection() = default;
    /// Queues complete frames; the bytes are shared, not copied. Everything queued in one turn leaves in one
    /// send.
    virtual void send_frames(std::shared_ptr<const std::string> frames) = 0;
    /// The same for a message that has its frames cached.
    virtual void send_message(MessagePointer message) = 0;
    /// The same for a text message that nobody else receives; the bytes are copied.
    virtual void send_text(std::string_view text) {
        send_message(std::make_shared<const OutgoingMessage>(text));
    }
    /// Bytes that are queued and not yet taken by the kernel.
    [[nodiscard]] virtual std::size_t queued_bytes() const = 0;
    /// Sends what is queued and a close frame with this code (0: no frame, just close), then ends the
    /// connection. The engine hears no more of it.
    virtual void close(std::uint16_t code) = 0;
};

/// Names a WebSocket inside one Engine, from the accepted upgrade on.
using WebSocketId = std::uint64_t;

/// The engine's answer to a WebSocket upgrade request.
struct UpgradeAccepted {
    WebSocketId websocket = 0;
    HttpHeaders response_headers;  ///< to add to the 101
};
using UpgradeAnswer = std::variant<UpgradeAccepted, HttpResponse>;

struct EngineCounters {
    std::uint64_t sessions_opened = 0;
    std::uint64_t sessions_closed = 0;
    std::uint64_t upgrades = 0;
    std::uint64_t messages_in = 0;
    std::uint64_t messages_out = 0;
    std::uint64_t messages_dropped = 0;
    std::uint64_t requests_refused = 0;  ///< all of them; those that clients know by a code also below
    /// By the code in the answer: transport, session, method, request, forbidden (origins and the hook),
    /// protocol.
    std::array<std::uint64_t, 6> requests_refused_by_code{};
    std::uint64_t payloads_too_large = 0;                                  ///< POSTs answered with 413
    std::array<std::uint64_t, close_reasons> sessions_closed_by_reason{};  ///< at the reason's number
    std::uint64_t pongs_ignored = 0;                                       ///< that nobody waited for
    std::uint64_t upgrades_given_up = 0;  ///< broken off by either side, or not finished in time
};

class Engine {
  public:
    /// All references must outlive the engine. `random` makes the session ids.
    Engine(Settings settings, SessionListener& listener, Random& random, HandshakeHook handshake_hook = {});
    ~Engine();
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    // --- called by net
    // -------------------------------------------------------------------------------------------
    /// Whether a request is for the engine at all (its path is the engine's path, with or without what
    /// follows).
    [[nodiscard]] bool owns_path(std::string_view path) const;
    /// To be called when the head of a request has arrived and its body is still on the way, so that a second
    /// POST at once, or one for a session that does not exist, is refused early. A refusal that is returned
    /// is to be sent and the connection closed; otherwise on_request or on_request_aborted follows for
    /// `responder`.
    [[nodiscard]] std::optional<HttpResponse> on_request_started(const HttpRequest& head,
                                                                 const HttpResponder* responder, Instant now);
    /// A complete HTTP request that is no accepted upgrade. A poll with nothing to deliver parks `responder`.
    void on_request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, Instant now,
                    UnixTime unix_now);
    /// The client went away before it was answered; `responder` is not used any more.
    void on_request_aborted(const HttpResponder* responder, Instant now);
    /// A request with a well-formed `Upgrade: websocket` for the engine's path. When accepted, `net` sends
    /// the 101 and calls on_websocket_open; when refused, it sends the response and closes.
    [[nodiscard]] UpgradeAnswer on_upgrade_request(const HttpRequest& request, Instant now,
                                                   UnixTime unix_now);
    void on_websocket_open(WebSocketId websocket, WebSocketConnection& connection, Instant now);
    void on_websocket_message(WebSocketId websocket, std::string_view data, bool binary, Instant now);
    /// The connection is gone, or never opened after an accepted upgrade (also after a protocol failure in
    /// the codec, then with `error`); `connection` is not touched again.
    void on_websocket_closed(WebSocketId websocket, bool error, Instant now);
    /// The connection's queue is empty again.
    void on_websocket_drained(WebSocketId websocket, Instant now);
    /// Runs what is due: pings, time-outs. Call it at least every 100 ms. When it was not called for longer
    /// than half of the ping time-out, the process stood still: then missing pongs are looked at one tick
    /// later, after what lies in the sockets has been read.
    void on_tick(Instant now);

    /// Adds the CORS headers of the engine to an answer that somebody else gives under the engine's path.
    void add_cors_headers(const HttpRequest& request, HttpResponse& response) const;

    // --- called by the layer above
    // ----------------------------------------------------------------------------------
    /// Sends to one session. A volatile message is dropped whole when the session cannot take it at once. A
    /// message that does not fit the send queue dooms the session: it ends with `queue_overflow` at the next
    /// tick, so that no session disappears inside a broadcast.
    SendVerdict send(SessionId session, const MessagePointer& message, bool is_volatile = false);
    /// The same for a text that nobody else receives: no message is made where the transport can copy it.
    SendVerdict send_text(SessionId session, std::string_view text, bool is_volatile = false);
    /// Closes gracefully: what is queued goes out first.
    void close(SessionId session, CloseReason reason = CloseReason::forced_close);
    /// Calls `function`, which may send and close: on polling, all of it goes out in one answer. Inside the
    /// listener's callbacks that is so anyway.
    void together(const std::function<void()>& function);
    /// Closes every session and refuses new ones (503); part of a graceful stop.
    void shut_down(Instant now);

    [[nodiscard]] std::size_t session_count() const;
    [[nodiscard]] std::optional<TransportKind> transport(SessionId session) const;
    [[nodiscard]] const EngineCounters& counters() const;
    /// Entries in all tables: sessions twice, WebSockets, parked polls and posts on their way. 0 when nobody
    /// is there; for metrics, and for tests that nothing is left behind.
    [[nodiscard]] std::size_t table_entries() const;
    /// Bytes that wait to be sent on that session.
    [[nodiscard]] std::size_t queued_bytes(SessionId session) const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace holdfast::engineio
