// One client of the server under load: a socket, the WebSocket handshake, and the Socket.IO one on top of it.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "holdfast/bench/packet.hpp"
#include "holdfast/websocket/frame_decoder.hpp"

namespace holdfast::bench {

class Clients;

/// One thread: the one that calls Clients::turn().
class Client final : private websocket::FrameSink {
  public:
    enum class State : std::uint8_t {
        closed,      ///< no socket: not opened yet, or over
        connecting,  ///< TCP
        upgrading,   ///< waits for 101
        joining,     ///< waits for the open packet, or for the namespace
        ready,
        closing,  ///< has said goodbye and waits for the end of the stream
    };

    Client(Clients& clients, std::size_t index);
    ~Client() override;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Connects; must be closed. ClientEvents::on_ready or on_lost follows.
    void open();
    /// Says goodbye as a client of its protocol does; ClientEvents::on_closed follows.
    void leave();
    /// Ends the connection without a word, as a network that breaks does (a reset). No event follows.
    void drop();
    /// Sends a text message, at the latest at the end of the turn; together with all others of the turn.
    void send(std::string_view message);

    /// What to show when joining the namespace: a JSON object. Before open().
    void set_auth(std::string json) { auth_ = std::move(json); }

    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool ready() const { return state_ == State::ready; }
    /// Position among the clients of the run, from 0.
    [[nodiscard]] std::size_t index() const { return index_; }

  private:
    friend class Clients;

    void on_readable();
    void on_writable();
    void on_connected();
    void flush();
    void want_writable(bool wanted);
    [[nodiscard]] std::size_t read_upgrade(std::string_view input);
    void take_socketio(std::string_view text);
    void become_ready();
    /// Something that should not have happened; empty detail: errno says it.
    void lose(std::string_view error, std::string_view detail);
    void release();

    void on_message(std::string_view data, bool binary) override;
    void on_ping(std::string_view data) override;
    void on_pong(std::string_view data) override;
    void on_close(std::uint16_t code, std::string_view reason) override;
    void on_failure(std::uint16_t code) override;
    void append_frame(websocket::Opcode opcode, std::string_view payload);

    Clients& clients_;
    websocket::FrameDecoder decoder_;
    std::string out_;
    std::string held_;  // of the answer to the handshake, while it is incomplete
    std::string auth_;
    std::size_t sent_ = 0;
    std::size_t index_;
    int socket_ = -1;
    State state_ = State::closed;
    bool waits_for_writable_ = false;
    bool to_flush_ = false;
};

/// What a scenario wants to know. Called from Clients::turn(), on_lost from Client::open() too. May send,
/// leave and drop; must not open() the client it is told about: that is for after the turn.
class ClientEvents {
  public:
    virtual ~ClientEvents() = default;
    virtual void on_ready(Client& /*client*/) {}
    /// A message of a bare WebSocket, or a Socket.IO packet of the namespace (text from its "4" on) that is
    /// not part of connecting. The view lives during the call.
    virtual void on_message(Client& client, std::string_view text) = 0;
    /// The client left because it was told to.
    virtual void on_closed(Client& /*client*/) {}
    /// The connection ended or failed; the error is already counted.
    virtual void on_lost(Client& /*client*/) {}
};

}  // namespace holdfast::bench
