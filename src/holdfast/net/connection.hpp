// One accepted socket: reading when there is something to read, writing once per turn, closing politely.
#pragma once

#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "holdfast/net/deadline_lists.hpp"
#include "holdfast/net/event_loop.hpp"
#include "holdfast/net/shared_state.hpp"
#include "holdfast/net/tls.hpp"

namespace holdfast::net {

class NetThread;
class Connection;

/// What is spoken on a connection: HTTP, later perhaps WebSocket. All calls on the connection's thread.
class Protocol {
  public:
    virtual ~Protocol() = default;
    /// Bytes arrived; they may be overwritten.
    virtual void on_bytes(std::span<char> bytes) = 0;
    /// Everything that was queued has been taken by the kernel.
    virtual void on_flushed() = 0;
    /// The client is gone or was dropped. Nothing follows.
    virtual void on_lost(bool error) = 0;
    virtual void on_deadline(DeadlineKind kind) = 0;
    /// The server is going down.
    virtual void on_drain() = 0;
};

/// A piece of the output, shared with whoever else sends the same bytes. Without an owner it lies in the
/// thread's turn buffer, until the turn ends.
struct Output {
    std::shared_ptr<const void> owner;
    const char* data = nullptr;
    std::size_t size = 0;
};

/// A connection on its way from one thread to another: plain data, closed if it never arrives.
struct MovingConnection {
    explicit MovingConnection(ConnectionTicket moved_ticket) : ticket(std::move(moved_ticket)) {}
    ~MovingConnection();
    MovingConnection(const MovingConnection&) = delete;
    MovingConnection& operator=(const MovingConnection&) = delete;

    int socket = -1;
    ConnectionTicket ticket;
    std::unique_ptr<TlsSession> tls;
    std::vector<Output> output;
    std::size_t output_bytes = 0;
    std::size_t output_done = 0;
    std::string input;  // read already, not yet understood
};

using ConnectionHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<Connection>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class Connection final : public std::enable_shared_from_this<Connection>,
                         public Watcher,
                         public DeadlineEntry,
                         public ConnectionHook {
  public:
    /// Takes over the socket, which does not block.
    Connection(NetThread& thread, int socket, ConnectionTicket ticket, std::unique_ptr<TlsSession> tls);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // --- for the thread
    /// Begins as HTTP. `moved` holds what a connection from another thread brought along.
    void start(MovingConnection* moved);
    /// The end of the turn: sends what the turn produced.
    void end_turn();
    void on_ready(Readiness ready) override;
    void on_deadline(DeadlineKind kind);
    void drain();
    /// Ends at once and tells the protocol.
    void drop(bool error);

    // --- for the protocol
    [[nodiscard]] NetThread& thread() const { return thread_; }
    [[nodiscard]] const Address& peer() const { return ticket_.address(); }
    [[nodiscard]] bool secure() const { return tls_ != nullptr; }
    /// It came over a limit of connections and has yet to say who it is.
    [[nodiscard]] bool over_limit() const { return ticket_.over_limit(); }
    void let_in() { ticket_.let_in(); }
    /// Queues; leaves at the end of the turn.
    void send(Output output);
    void send(std::string bytes);
    /// As send, but a client that leaves more than send_queue_bytes unread is disconnected.
    void send_limited(Output output);
    /// The same with a copy of these bytes, one after the other.
    void send_copy_limited(std::string_view head, std::string_view body);
    [[nodiscard]] std::size_t queued_bytes() const { return output_bytes_; }
    /// Sends what is queued, then closes; reads and drops what still comes, so that the client can read the
    /// end. The protocol hears no more.
    void close_after_flush();
    [[nodiscard]] bool closing() const { return state_ != State::open; }
    /// From now on the connection speaks something else. The protocol before stays alive until its call
    /// returns.
    void become(std::unique_ptr<Protocol> protocol);
    void set_deadline(DeadlineKind kind);
    void clear_deadline();
    /// No more input for now, so that the client's output piles up on its own side.
    void pause_reading(bool paused);
    /// Goes on on another thread, which begins by reading `input`.
    void move_to(std::size_t thread_index, std::string input);

  private:
    enum class State : std::uint8_t { open, flushing, lingering, closed };

    [[nodiscard]] bool wants_input() const;
    /// Tells the loop what is waited for, if that has changed.
    void update_interest();
    void await_output();
    /// `to_the_end`: until the socket says that there is no more, for it will not be told again.
    void on_readable(bool to_the_end);
    /// Goes on reading in the next turn, to the end of what is there.
    void read_later();
    void deliver(std::span<char> bytes);
    [[nodiscard]] IoResult read_some(std::span<char> buffer);
    [[nodiscard]] IoResult write_some();
    /// Writes until nothing is left or the kernel takes no more; false if the connection broke.
    [[nodiscard]] bool write_output();
    void consume_output(std::size_t bytes);
    /// What has not left in this turn gets memory of its own.
    void keep_output();
    /// Disconnects a client that does not read.
    void limit_output();
    [[nodiscard]] bool takes_output() const { return state_ == State::open && !overflowed_; }
    void output_added(std::size_t bytes);
    void mark_dirty();
    void begin_linger();
    /// `keep_socket`: it lives on elsewhere.
    void close_now(bool keep_socket = false);

    NetThread& thread_;
    std::shared_ptr<Connection> self_;  // until it is closed
    std::unique_ptr<TlsSession> tls_;
    ConnectionTicket ticket_;
    std::unique_ptr<Protocol> protocol_;
    std::unique_ptr<Protocol> retired_;
    std::vector<Output> output_;    // its memory goes back to the thread when it is empty
    std::size_t output_bytes_ = 0;  // all that is not yet taken
    std::size_t output_done_ = 0;   // of the first piece
    int socket_;                    // -1 when closed
    Interest interest_;             // as the loop knows it
    State state_ = State::open;
    bool dirty_ : 1 = false;
    bool write_awaited_ : 1 = false;
    bool watched_ : 1 = false;
    bool read_paused_ : 1 = false;
    bool overflowed_ : 1 = false;
    bool broken_ : 1 = false;
    bool flush_unreported_ : 1 = false;  // the protocol has yet to hear that its output is gone
    bool ended_ : 1 = false;             // the client has sent its last byte
};

}  // namespace holdfast::net
