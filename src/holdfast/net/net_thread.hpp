// One net thread: its loop, its listening sockets, its connections and its application.
#pragma once

#include <array>
#include <atomic>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "holdfast/net/application.hpp"
#include "holdfast/net/connection.hpp"
#include "holdfast/net/event_loop.hpp"
#include "holdfast/net/server.hpp"
#include "holdfast/net/shared_state.hpp"
#include "holdfast/websocket/deflate.hpp"

namespace holdfast::net {

enum class Counter : std::uint8_t {
    connections_accepted,
    refused_per_address,
    refused_total,
    let_in_over_limit,
    turned_away,
    accept_errors,
    requests,
    requests_malformed,
    requests_timed_out,
    requests_too_large,
    websockets_opened,
    websockets_compressed,
    websocket_failures,
    websocket_bad_text,
    websocket_too_big,
    websocket_too_many_fragments,
    send_queue_overflows,
    connections_moved,
    tls_failures,
    bytes_in,
    bytes_out,
};
inline constexpr std::size_t counter_count = 21;

class NetThread : public std::enable_shared_from_this<NetThread> {
  public:
    /// Keeps `shared` alive: somebody may hold on to an unanswered request, and with it to this thread.
    NetThread(std::shared_ptr<SharedState> shared, std::size_t index);
    ~NetThread();
    NetThread(const NetThread&) = delete;
    NetThread& operator=(const NetThread&) = delete;

    // --- any thread
    void post(std::function<void()> function);
    [[nodiscard]] bool is_current() const;
    [[nodiscard]] std::uint64_t counter(Counter counter) const;

    // --- the server, before and after the thread runs
    /// Listens; returns the port. The socket is shared with the other threads of the server.
    [[nodiscard]] Result<std::uint16_t, StartError> listen(const ListenSettings& settings,
                                                           std::uint16_t port);
    void start(const Server::ApplicationFactory& factory, std::function<void()> on_ready);
    void join();

    // --- posted by the server
    void begin_drain(std::function<void()> on_empty);
    /// Closes everything and lets the loop end.
    void finish();

    // --- this thread's connections
    [[nodiscard]] SharedState& shared() const { return *shared_; }
    [[nodiscard]] const ServerSettings& settings() const { return shared_->settings; }
    [[nodiscard]] Application& application() const { return *application_; }
    [[nodiscard]] std::size_t index() const { return index_; }
    [[nodiscard]] bool draining() const { return draining_; }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    /// When this turn of the loop began.
    [[nodiscard]] Instant now() const { return now_; }
    [[nodiscard]] UnixTime unix_now() const { return shared_->clock.unix_now(); }
    /// The value of a Date header; made once a second.
    [[nodiscard]] std::string_view date();
    [[nodiscard]] DeadlineLists& deadlines() { return deadlines_; }
    [[nodiscard]] std::span<char> read_buffer() { return read_buffer_; }
    /// Where small pieces of output are joined before they leave.
    [[nodiscard]] std::span<char> write_buffer() { return write_buffer_; }
    /// Memory for output, until this turn ends; null when so much is not there.
    [[nodiscard]] char* take_turn_bytes(std::size_t bytes) {
        if (turn_buffer_.size() - turn_bytes_used_ < bytes) return nullptr;
        return turn_buffer_.data() + std::exchange(turn_bytes_used_, turn_bytes_used_ + bytes);
    }
    [[nodiscard]] websocket::Inflater& inflater() { return inflater_; }
    [[nodiscard]] websocket::Deflater& deflater() { return deflater_; }
    void count(Counter counter, std::uint64_t by = 1);
    /// Calls the connection's end_turn when this turn ends.
    void mark_dirty(Connection& connection) { dirty_.push_back(&connection); }
    [[nodiscard]] std::vector<Output> take_output_storage();
    void give_output_storage(std::vector<Output> storage);
    void adopt(MovingConnection& moved);
    /// Closed. It is kept until the turn ends, for whoever is still on the way to it.
    void connection_gone(std::shared_ptr<Connection> connection);

  private:
    /// A socket that listens.
    class Listener final : public Watcher {
      public:
        Listener(NetThread& thread, int socket, bool tls) : thread_(thread), socket_(socket), tls_(tls) {}
        ~Listener() { close(); }
        Listener(const Listener&) = delete;
        Listener& operator=(const Listener&) = delete;
        void on_ready(Readiness ready) override;
        void pause(bool paused);
        void close();
        [[nodiscard]] int socket() const { return socket_; }
        [[nodiscard]] bool tls() const { return tls_; }
        [[nodiscard]] bool watch() { return thread_.loop_.add(socket_, *this, {.read = true}); }

      private:
        NetThread& thread_;
        int socket_;
        bool tls_;
    };
    using Connections = boost::intrusive::list<Connection, boost::intrusive::base_hook<ConnectionHook>,
                                               boost::intrusive::constant_time_size<false>>;

    void run(const Server::ApplicationFactory& factory, const std::function<void()>& on_ready);
    void accept_connections(Listener& listener);
    void take_connection(int socket, const Address& address, bool tls);
    /// Closes the connection over a limit that has said nothing for longest; `address`: of those of that
    /// address. False: there is none.
    [[nodiscard]] bool make_room(const Address* address);
    void on_tick();
    void begin_turn() { now_ = shared_->clock.now(); }
    void end_turn();
    template <typename Function>
    void for_each_connection(Function function);

    const std::shared_ptr<SharedState> shared_;
    const std::size_t index_;
    EventLoop loop_;
    Instant now_;
    std::vector<std::unique_ptr<Listener>> listeners_;
    std::vector<Listener*> paused_listeners_;
    std::unique_ptr<Application> application_;
    DeadlineLists deadlines_;
    Connections connections_;
    std::size_t connection_count_ = 0;
    std::deque<std::weak_ptr<Connection>> over_limit_;  ///< oldest first; some have said who they are by now
    std::vector<Connection*> dirty_;
    std::vector<Connection*> flushing_;
    std::vector<std::shared_ptr<Connection>> gone_;  // in this turn
    std::vector<std::vector<Output>> output_pool_;
    websocket::Inflater inflater_;  // without state between messages, so one of each will do
    websocket::Deflater deflater_;
    std::vector<char> read_buffer_;
    std::vector<char> write_buffer_;
    std::vector<char> turn_buffer_;
    std::size_t turn_bytes_used_ = 0;
    std::string date_;
    std::int64_t date_second_ = -1;
    bool draining_ = false;
    bool finished_ = false;
    std::function<void()> on_empty_;
    std::array<std::atomic<std::uint64_t>, counter_count> counters_{};
    std::thread thread_;
};

}  // namespace holdfast::net
