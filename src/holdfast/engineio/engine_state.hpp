// What an Engine consists of inside. The functions are spread over engine_requests.cpp (HTTP),
// engine_websocket.cpp (WebSockets and the upgrade) and engine_sessions.cpp (sending, closing, heartbeat).
// Internal to this layer.
//
// Rules that keep it sound when a listener calls back into the engine: a session is looked up again by its id
// after every call out; one function (end_session) ends a session, and takes it out of all tables before it
// tells anybody; answers to polls that become possible inside a call are given when the outermost call ends.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "holdfast/engineio/deadlines.hpp"
#include "holdfast/engineio/engine.hpp"
#include "holdfast/engineio/handshake.hpp"
#include "holdfast/engineio/origin.hpp"
#include "holdfast/engineio/payload.hpp"
#include "holdfast/engineio/responses.hpp"

namespace holdfast::engineio {

/// How often a poll that stands in the way of an upgrade is answered.
inline constexpr Milliseconds noop_interval{100};
/// A ping that leaves this much late does not move the deadline of its pong.
inline constexpr Milliseconds tick_lateness{100};

using Sid = std::array<char, 20>;

[[nodiscard]] inline std::string_view view(const Sid& sid) {
    return {sid.data(), sid.size()};
}

/// What only a polling session needs; freed when the session moves to a WebSocket.
struct PollingState {
    std::shared_ptr<HttpResponder> parked;  ///< the GET that waits for something to deliver
    const std::string* parked_origin = nullptr;
    const HttpResponder* post = nullptr;  ///< the POST whose body is on its way
    std::vector<MessagePointer> queue;    ///< null stands for a ping
    std::size_t queue_bytes = 0;

    WebSocketId probe = 0;  ///< the WebSocket that wants to take over; 0 when there is none
    WebSocketConnection* probe_connection = nullptr;
    bool probe_answered = false;
    bool probe_base64 = false;
    DeadlineNode upgrade_deadline;
    DeadlineNode noop_deadline;
    DeadlineNode close_deadline;
};

struct Session {
    SessionId id = 0;
    Sid sid{};
    std::shared_ptr<const Handshake> handshake;
    std::unique_ptr<PollingState> polling;      ///< set while the transport is polling
    WebSocketConnection* connection = nullptr;  ///< set while the transport is a WebSocket
    WebSocketId websocket = 0;
    DeadlineNode heartbeat;  ///< in the list of pings that are due or in that of pongs that are
    Instant ping_sent;
    bool awaits_pong = false;
    bool ping_queued = false;          ///< the ping has not left yet
    bool ping_over_websocket = false;  ///< the transport it left over
    bool binary_as_text = false;
    bool closing = false;
    bool overflowed = false;
    bool needs_flush = false;
    CloseReason closing_reason = CloseReason::forced_close;
};

/// A WebSocket that is open: the transport of a session, or on its way to be.
struct WebSocketLink {
    WebSocketConnection* connection = nullptr;
    SessionId session = 0;
    bool probing = false;
};

/// A WebSocket between the accepted upgrade request and its opening.
struct PendingWebSocket {
    SessionId target = 0;  ///< the session to upgrade; 0 for a new one
    bool refused = false;  ///< to be closed as soon as it is open
    bool binary_as_text = false;
    Sid sid{};
    std::shared_ptr<const Handshake> handshake;
    Instant forget_at;
};

/// A request that stays open over several calls, by its responder.
struct OpenRequest {
    SessionId session = 0;
    bool poll = false;
};

struct Engine::State {
    State(Settings engine_settings, SessionListener& session_listener, Random& random_source,
          HandshakeHook hook);

    /// One call from outside; the answers that became due go out when the outermost one ends.
    class Turn {
      public:
        explicit Turn(State& state) : state_(state) { ++state_.depth; }
        Turn(State& state, Instant now) : Turn(state) {
            // Deadlines are kept in order of arrival, so time must not run back.
            if (now > state_.now) state_.now = now;
        }
        ~Turn() {
            if (state_.depth == 1) state_.flush_all();
            --state_.depth;
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

      private:
        State& state_;
    };

    // engine_requests.cpp
    void request(const HttpRequest& request, std::shared_ptr<HttpResponder> responder, UnixTime unix_now);
    std::optional<HttpResponse> request_started(const HttpRequest& head, const HttpResponder* responder);
    void request_aborted(const HttpResponder* responder);
    /// The checks that every request passes, in the order that clients and tests rely on. `session` is set
    /// when the request names one.
    struct Verified {
        std::optional<HttpResponse> refusal;
        Session* session = nullptr;
        HandshakeVerdict verdict;
    };
    [[nodiscard]] Verified verify(const HttpRequest& request, bool upgrade);
    void open_polling(const HttpRequest& request, HandshakeVerdict verdict,
                      const std::shared_ptr<HttpResponder>& responder, UnixTime unix_now);
    void poll(Session& session, const HttpRequest& request, std::shared_ptr<HttpResponder> responder);
    [[nodiscard]] HttpResponse post(Session& session, const HttpRequest& request,
                                    const HttpResponder* responder);
    [[nodiscard]] HttpResponse receive_payload(SessionId id, std::string_view body);
    /// Refuses a POST that may not be; ends its session.
    [[nodiscard]] std::optional<HttpResponse> refuse_post(Session& session, const HttpRequest& request,
                                                          const HttpResponder* responder);
    void answer(HttpResponder& responder, HttpResponse response, const std::string* granted_origin) const;
    [[nodiscard]] HttpResponse refused(RequestError error, std::string_view message = {});

    // engine_websocket.cpp
    [[nodiscard]] UpgradeAnswer upgrade_request(const HttpRequest& request, UnixTime unix_now);
    void websocket_open(WebSocketId websocket, WebSocketConnection& connection);
    void websocket_message(WebSocketId websocket, std::string_view data, bool binary);
    void websocket_closed(WebSocketId websocket, bool error);
    void begin_probe(const PendingWebSocket& pending, WebSocketId websocket, WebSocketConnection& connection);
    void probe_message(SessionId id, std::string_view data, bool binary);
    void complete_upgrade(Session& session);
    /// The session stays on polling.
    void cancel_upgrade(Session& session, bool close_connection);
    void send_frames_to(Session& session, const MessagePointer& message) const;

    // engine_sessions.cpp
    [[nodiscard]] Sid make_sid();
    Session& add_session(const Sid& sid, std::shared_ptr<const Handshake> handshake);
    [[nodiscard]] Session* find(SessionId id);
    [[nodiscard]] Session* find(std::string_view sid);
    /// The session that can take so many bytes, or null, and what becomes of them.
    struct Room {
        Session* session = nullptr;
        SendVerdict verdict = SendVerdict::dropped;
    };
    [[nodiscard]] Room room_for(SessionId id, std::size_t bytes, bool is_volatile);
    [[nodiscard]] SendVerdict send(SessionId id, const MessagePointer& message, bool is_volatile);
    [[nodiscard]] SendVerdict send_text(SessionId id, std::string_view text, bool is_volatile);
    void queue_for_poll(Session& session, MessagePointer message);
    void close(SessionId id, CloseReason reason);
    /// How the client learns that its session is over.
    struct Farewell {
        PacketType poll_answer = PacketType::close;
        std::uint16_t close_code = 1000;
    };
    /// Ends a session: out of all tables, all deadlines stopped, transports closed, then the listener is
    /// told.
    void end_session(SessionId id, CloseReason reason, Farewell farewell);
    void end_session(SessionId id, CloseReason reason) { end_session(id, reason, Farewell{}); }
    /// A packet for a session, over either transport. False when it ended the session for an error.
    bool receive(SessionId id, const Packet& packet);
    void receive_pong(Session& session);
    void send_ping(Session& session);
    void needs_flush(Session& session);
    void flush_all();
    void flush(SessionId id);
    /// Sends the pings and ends the sessions that are due.
    void run_heartbeats();
    void tick();
    void shut_down();

    Settings settings;
    SessionListener& listener;
    Random& random;
    HandshakeHook handshake_hook;
    OriginPolicy origins;
    HandshakeKeeper handshakes;
    EngineCounters counters;

    Instant now;
    Instant last_tick;
    bool stood_still = false;  ///< found at the last tick; missing pongs are forgiven until the next
    bool shutting_down = false;
    int depth = 0;
    SessionId last_session = 0;
    WebSocketId last_websocket = 0;

    // The lists outlive the nodes in them: members are destroyed from the last to the first.
    DeadlineList pings_due;
    DeadlineList pongs_due;
    DeadlineList upgrades_due;
    DeadlineList noops_due;
    DeadlineList closes_due;
    std::unordered_map<SessionId, Session> sessions;
    std::unordered_map<std::string_view, Session*> sids;  ///< keys point into the sessions
    std::unordered_map<WebSocketId, WebSocketLink> websockets;
    std::map<WebSocketId, PendingWebSocket> pending_websockets;  ///< in order of arrival
    std::unordered_map<const HttpResponder*, OpenRequest> open_requests;
    std::vector<SessionId> to_flush;
    std::vector<SessionId> overflowed;
    std::shared_ptr<const std::string> ping_frame;
};

}  // namespace holdfast::engineio
