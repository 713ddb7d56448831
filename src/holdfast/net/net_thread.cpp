#include "holdfast/net/net_thread.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "holdfast/base/system_error.hpp"
#include "holdfast/net/response_writer.hpp"

namespace holdfast::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t read_buffer_bytes = 256 * 1024;
constexpr std::size_t write_buffer_bytes = 64 * 1024;
constexpr std::size_t turn_buffer_bytes = 256 * 1024;
constexpr int accepts_per_turn = 64;
constexpr int backlog = 4096;
constexpr std::size_t pooled_outputs = 256;

thread_local const NetThread* current_thread = nullptr;

std::array<Milliseconds, deadline_kinds> durations_of(const ServerSettings& settings) {
    std::array<Milliseconds, deadline_kinds> durations{};
    durations[static_cast<std::size_t>(DeadlineKind::header)] = settings.header_time;
    durations[static_cast<std::size_t>(DeadlineKind::body)] = settings.body_time;
    durations[static_cast<std::size_t>(DeadlineKind::keep_alive)] = settings.keep_alive_time;
    durations[static_cast<std::size_t>(DeadlineKind::linger)] = settings.linger_time;
    return durations;
}

Address address_of(const sockaddr_storage& storage) {
    if (storage.ss_family == AF_INET6) {
        sockaddr_in6 v6{};
        std::memcpy(&v6, &storage, sizeof v6);
        asio::ip::address_v6::bytes_type bytes{};
        std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
        return plain_address(asio::ip::address_v6(bytes));
    }
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    return asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
}

/// A listening socket; -1, with errno, when there is none to be had.
int open_listener(const tcp::endpoint& endpoint, bool shared_port) {
    const int family = endpoint.protocol().family();
    const int socket = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return -1;
    const auto set = [&](int level, int option) {
        const int on = 1;
        return ::setsockopt(socket, level, option, &on, sizeof on) == 0;
    };
    // Accepted sockets inherit TCP_NODELAY. Without it small answers wait for the client's delayed acks.
    if (set(SOL_SOCKET, SO_REUSEADDR) && (!shared_port || set(SOL_SOCKET, SO_REUSEPORT)) &&
        set(IPPROTO_TCP, TCP_NODELAY) &&
        ::bind(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
        ::listen(socket, backlog) == 0) {
        return socket;
    }
    const int error = errno;
    ::close(socket);
    errno = error;
    return -1;
}

}  // namespace

NetThread::NetThread(std::shared_ptr<SharedState> shared, std::size_t index)
    : shared_(std::move(shared)),
      index_(index),
      now_(shared_->clock.now()),
      deadlines_(durations_of(shared_->settings)),
      read_buffer_(read_buffer_bytes),
      write_buffer_(write_buffer_bytes),
      turn_buffer_(turn_buffer_bytes) {}

NetThread::~NetThread() {
    join();
}

bool NetThread::is_current() const {
    return current_thread == this;
}

void NetThread::post(std::function<void()> function) {
    loop_.post([this, function = std::move(function)] {
        if (!finished_) function();
    });
}

std::uint64_t NetThread::counter(Counter counter) const {
    return counters_[static_cast<std::size_t>(counter)].load(std::memory_order_relaxed);
}

void NetThread::count(Counter counter, std::uint64_t by) {
    // This thread is the only writer, so no read-modify-write is needed.
    auto& value = counters_[static_cast<std::size_t>(counter)];
    value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

Result<std::uint16_t, StartError> NetThread::listen(const ListenSettings& settings, std::uint16_t port) {
    boost::system::error_code error;
    const auto address = asio::ip::make_address(settings.address, error);
    if (error) {
        return failure(
            StartError{StartErrorCode::bad_settings, "\"" + settings.address + "\" is not an IP address."});
    }
    const tcp::endpoint endpoint(address, port);
    const auto refused = [&] {
        const std::string reason = system_error_text(errno);
        return failure(StartError{
            StartErrorCode::cannot_listen,
            "Cannot listen on " + settings.address + " port " + std::to_string(port) + ": " + reason + "."});
    };
    // The shared sockets would also share with another server that is already there: the first one is alone.
    const bool shared_port = shared_->settings.threads > 1;
    if (shared_port && index_ == 0 && port != 0) {
        const int alone = open_listener(endpoint, false);
        if (alone < 0) return refused();
        ::close(alone);
    }
    const int socket = open_listener(endpoint, shared_port);
    if (socket < 0) return refused();
    listeners_.push_back(std::make_unique<Listener>(*this, socket, settings.tls));
    tcp::endpoint bound;
    auto size = static_cast<socklen_t>(bound.capacity());
    if (::getsockname(socket, bound.data(), &size) != 0 || !listeners_.back()->watch()) return refused();
    bound.resize(size);
    return bound.port();
}

void NetThread::start(const Server::ApplicationFactory& factory, std::function<void()> on_ready) {
    thread_ = std::thread([this, &factory, on_ready = std::move(on_ready)] { run(factory, on_ready); });
}

void NetThread::join() {
    if (thread_.joinable()) thread_.join();
}

void NetThread::run(const Server::ApplicationFactory& factory, const std::function<void()>& on_ready) {
    current_thread = this;
    // Signals are for the main thread. Among them SIGPIPE: OpenSSL writes to sockets in a way that raises it,
    // and here a broken connection is an error like any other.
    sigset_t signals;
    sigfillset(&signals);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP})
        sigdelset(&signals, fault);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    pthread_setname_np(pthread_self(), ("net-" + std::to_string(index_)).c_str());

    application_ = factory(index_);
    on_ready();
    loop_.run(shared_->settings.tick_interval,
              {[this] { begin_turn(); }, [this] { end_turn(); }, [this] { on_tick(); }});
    current_thread = nullptr;
}

std::string_view NetThread::date() {
    const UnixTime time = unix_now();
    if (time.seconds() != date_second_) {
        date_second_ = time.seconds();
        date_ = http_date(time);
    }
    return date_;
}

void NetThread::Listener::on_ready(Readiness /*ready*/) {
    if (!thread_.draining_ && socket_ >= 0) thread_.accept_connections(*this);
}

void NetThread::Listener::pause(bool paused) {
    if (socket_ >= 0) thread_.loop_.change(socket_, *this, {.read = !paused});
}

void NetThread::Listener::close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void NetThread::accept_connections(Listener& listener) {
    for (int i = 0; i < accepts_per_turn; ++i) {
        sockaddr_storage storage{};
        socklen_t size = sizeof storage;
        const int socket = ::accept4(listener.socket(), reinterpret_cast<sockaddr*>(&storage), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket >= 0) {
            take_connection(socket, address_of(storage), listener.tls());
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) return;
        if (errno == EINTR || errno == ECONNABORTED) continue;
        // Out of descriptors or memory: the clients wait in the queue until the next tick.
        const std::string reason = system_error_text(errno);
        if (counter(Counter::accept_errors) % 100 == 0) {
            shared_->log.write(LogLevel::warning, "accept_failed", {{"reason", std::string_view(reason)}});
        }
        count(Counter::accept_errors);
        listener.pause(true);
        paused_listeners_.push_back(&listener);
        return;
    }
}

void NetThread::take_connection(int socket, const Address& address, bool tls) {
    ConnectionTicket ticket;
    auto refusal = ticket.enter(*shared_, address);
    const bool by_address = refusal == ConnectionTicket::Refusal::per_address;
    if (refusal != ConnectionTicket::Refusal::none && make_room(by_address ? &address : nullptr)) {
        refusal = ticket.enter(*shared_, address);
    }
    if (refusal != ConnectionTicket::Refusal::none) {
        count(refusal == ConnectionTicket::Refusal::total ? Counter::refused_total
                                                          : Counter::refused_per_address);
        ::close(socket);
        return;
    }
    MovingConnection fresh(std::move(ticket));
    fresh.socket = socket;
    if (tls) fresh.tls = shared_->certificates.new_session(socket);
    adopt(fresh);
    count(Counter::connections_accepted);
}

bool NetThread::make_room(const Address* address) {
    for (auto entry = over_limit_.begin(); entry != over_limit_.end();) {
        const auto connection = entry->lock();
        if (!connection || !connection->over_limit()) {
            entry = over_limit_.erase(entry);
            continue;
        }
        if (address == nullptr || connection->peer() == *address) {
            over_limit_.erase(entry);
            count(Counter::turned_away);
            connection->drop(false);
            return true;
        }
        ++entry;
    }
    return false;
}

// Also takes connections that were just accepted: they bring nothing along.
void NetThread::adopt(MovingConnection& moved) {
    const auto connection = std::make_shared<Connection>(*this, std::exchange(moved.socket, -1),
                                                         std::move(moved.ticket), std::move(moved.tls));
    connections_.push_back(*connection);
    ++connection_count_;
    connection->start(&moved);
    if (draining_) connection->drain();
    if (!connection->over_limit()) return;
    while (!over_limit_.empty()) {
        const auto oldest = over_limit_.front().lock();
        if (oldest && oldest->over_limit()) break;
        over_limit_.pop_front();
    }
    over_limit_.push_back(connection);
}

void NetThread::connection_gone(std::shared_ptr<Connection> connection) {
    gone_.push_back(std::move(connection));
    --connection_count_;
    if (draining_ && connection_count_ == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

void NetThread::end_turn() {
    // What hears that its output has left may send again.
    while (!dirty_.empty()) {
        flushing_.swap(dirty_);
        for (Connection* const connection : flushing_)
            connection->end_turn();
        flushing_.clear();
    }
    turn_bytes_used_ = 0;
    while (!gone_.empty())
        gone_.pop_back();
}

std::vector<Output> NetThread::take_output_storage() {
    if (output_pool_.empty()) return {};
    auto storage = std::move(output_pool_.back());
    output_pool_.pop_back();
    return storage;
}

void NetThread::give_output_storage(std::vector<Output> storage) {
    constexpr std::size_t pieces_most = 64;
    if (output_pool_.size() < pooled_outputs && storage.capacity() <= pieces_most) {
        storage.clear();
        output_pool_.push_back(std::move(storage));
    }
}

template <typename Function>
void NetThread::for_each_connection(Function function) {
    // `function` may close connections: go over a copy.
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connection_count_);
    for (auto& connection : connections_)
        all.push_back(connection.shared_from_this());
    for (const auto& connection : all)
        function(*connection);
}

void NetThread::on_tick() {
    application_->on_tick(now());
    const Instant time = now();
    while (DeadlineEntry* const entry = deadlines_.take_expired(time)) {
        static_cast<Connection*>(entry)->on_deadline(entry->deadline_kind);
    }
    if (draining_) return;
    for (Listener* const listener : std::exchange(paused_listeners_, {}))
        listener->pause(false);
}

void NetThread::begin_drain(std::function<void()> on_empty) {
    draining_ = true;
    on_empty_ = std::move(on_empty);
    for (const auto& listener : listeners_)
        listener->close();
    application_->on_shut_down(now());
    for_each_connection([](Connection& connection) { connection.drain(); });
    if (connection_count_ == 0 && on_empty_) std::exchange(on_empty_, nullptr)();
}

void NetThread::finish() {
    draining_ = true;
    on_empty_ = nullptr;
    for (const auto& listener : listeners_)
        listener->close();
    for_each_connection([](Connection& connection) { connection.drop(false); });
    application_.reset();
    finished_ = true;
    loop_.stop();
}

}  // namespace holdfast::net
