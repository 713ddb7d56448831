#include "holdfast/net/connection.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "holdfast/net/http_connection.hpp"
#include "holdfast/net/net_thread.hpp"

namespace holdfast::net {
namespace {

// A piece of at least this size leaves on its own instead of being copied beside others.
constexpr std::size_t large_piece_bytes = 16 * 1024;
// There may be more than one buffer holds; this often in a row, then others get a turn.
constexpr int reads_per_turn = 4;

}  // namespace

ConnectionTicket::Refusal ConnectionTicket::enter(SharedState& shared, const Address& address) {
    const ServerSettings& settings = shared.settings;
    const std::size_t open = shared.open_connections.fetch_add(1);
    if (open >= settings.connections + settings.connections_over_limit) {
        shared.open_connections.fetch_sub(1);
        return Refusal::total;
    }
    over_limit_ = open >= settings.connections;
    counted_ = !shared.proxies.contains(address);
    const std::size_t of_address = settings.connections_per_address;
    std::size_t before = 0;
    if (counted_ &&
        !shared.addresses.enter(
            address, of_address == 0 ? 0 : of_address + settings.connections_per_address_over_limit,
            &before)) {
        shared.open_connections.fetch_sub(1);
        return Refusal::per_address;
    }
    if (counted_ && of_address != 0 && before >= of_address) over_limit_ = true;
    shared_ = &shared;
    address_ = address;
    return Refusal::none;
}

void ConnectionTicket::release() {
    if (shared_ == nullptr) return;
    shared_->open_connections.fetch_sub(1);
    if (counted_) shared_->addresses.leave(address_);
    shared_ = nullptr;
}

MovingConnection::~MovingConnection() {
    if (socket >= 0) ::close(socket);
}

Connection::Connection(NetThread& thread, int socket, ConnectionTicket ticket,
                       std::unique_ptr<TlsSession> tls)
    : thread_(thread), tls_(std::move(tls)), ticket_(std::move(ticket)), socket_(socket) {}

Connection::~Connection() {
    if (socket_ >= 0) ::close(socket_);
}

void Connection::start(MovingConnection* moved) {
    self_ = shared_from_this();
    protocol_ = std::make_unique<HttpConnection>(*this);
    set_deadline(DeadlineKind::header);
    if (moved != nullptr) {
        output_ = std::move(moved->output);
        output_bytes_ = moved->output_bytes;
        output_done_ = moved->output_done;
        if (output_bytes_ != 0) mark_dirty();
        std::string input = std::move(moved->input);
        deliver({input.data(), input.size()});
        if (tls_ && state_ != State::closed) on_readable(false);
    }
    update_interest();
}

bool Connection::wants_input() const {
    return state_ != State::closed && !read_paused_ && !ended_;
}

void Connection::update_interest() {
    if (state_ == State::closed) return;
    const Interest wanted{.read = wants_input(), .write = write_awaited_, .only_news = true};
    if (watched_ && wanted == interest_) return;
    interest_ = wanted;
    if (watched_) {
        thread_.loop().change(socket_, *this, wanted);
        return;
    }
    watched_ = true;
    if (!thread_.loop().add(socket_, *this, wanted)) drop(true);
}

void Connection::await_output() {
    if (state_ == State::closed || write_awaited_) return;
    write_awaited_ = true;
    update_interest();
}

void Connection::on_ready(Readiness ready) {
    if (ready.write && write_awaited_) {
        write_awaited_ = false;
        end_turn();
    }
    if (wants_input()) {
        if (ready.read || ready.broken) on_readable(ready.ended);
    } else if (ready.broken) {
        drop(true);
    }
    update_interest();
}

void Connection::read_later() {
    thread_.loop().defer([self = shared_from_this()] {
        self->on_readable(true);
        self->update_interest();
    });
}

IoResult Connection::read_some(std::span<char> buffer) {
    if (tls_) return tls_->read(buffer);
    const auto got = ::recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) return {IoStatus::done, static_cast<std::size_t>(got)};
    if (got == 0) return {IoStatus::end, 0};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoStatus::want_read, 0};
    return {IoStatus::failed, 0};
}

void Connection::on_readable(bool to_the_end) {
    for (int round = 0; wants_input(); ++round) {
        if (round == reads_per_turn) {
            read_later();
            return;
        }
        const auto buffer = thread_.read_buffer();
        const auto result = read_some(buffer);
        if (result.status == IoStatus::done) {
            deliver(buffer.first(result.bytes));
            thread_.count(Counter::bytes_in, result.bytes);
            if (tls_ || to_the_end) continue;
            // What comes after a read that filled less than its buffer is told anew, except an end.
            if (result.bytes == buffer.size()) read_later();
            break;
        }
        if (result.status == IoStatus::failed) {
            if (tls_) thread_.count(Counter::tls_failures);
            drop(true);
        } else if (result.status == IoStatus::end) {
            ended_ = true;
            if (state_ == State::open) {
                state_ = State::flushing;
                set_deadline(DeadlineKind::keep_alive);
                protocol_->on_lost(false);
            }
            if (state_ == State::lingering) {
                close_now();
            } else {
                mark_dirty();
            }
        } else if (result.status == IoStatus::want_write) {
            await_output();
        }
        break;
    }
    if (tls_ && output_bytes_ != 0) mark_dirty();  // the handshake may have made room for it
}

void Connection::deliver(std::span<char> bytes) {
    if (state_ != State::open || bytes.empty()) return;
    protocol_->on_bytes(bytes);
    retired_.reset();
}

void Connection::become(std::unique_ptr<Protocol> protocol) {
    retired_ = std::exchange(protocol_, std::move(protocol));
    clear_deadline();
}

void Connection::mark_dirty() {
    if (dirty_ || state_ == State::closed) return;
    dirty_ = true;
    thread_.mark_dirty(*this);
}

void Connection::send(Output output) {
    if (!takes_output() || output.size == 0) return;
    if (output_.capacity() == 0) output_ = thread_.take_output_storage();
    const std::size_t bytes = output.size;
    output_.push_back(std::move(output));
    output_added(bytes);
}

void Connection::output_added(std::size_t bytes) {
    output_bytes_ += bytes;
    flush_unreported_ = true;
    mark_dirty();
}

void Connection::send(std::string bytes) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    const char* const data = owner->data();
    const std::size_t size = owner->size();
    send(Output{std::move(owner), data, size});
}

void Connection::send_limited(Output output) {
    send(std::move(output));
    limit_output();
}

void Connection::send_copy_limited(std::string_view head, std::string_view body) {
    if (!takes_output()) return;
    const std::size_t size = head.size() + body.size();
    char* const copy = thread_.take_turn_bytes(size);
    if (copy == nullptr) {
        std::string bytes(head);
        bytes += body;
        send(std::move(bytes));
    } else {
        std::memcpy(copy, head.data(), head.size());
        std::memcpy(copy + head.size(), body.data(), body.size());
        // The answers to one read usually lie side by side and are one piece.
        if (!output_.empty() && !output_.back().owner && output_.back().data + output_.back().size == copy) {
            output_.back().size += size;
            output_added(size);
        } else {
            send(Output{nullptr, copy, size});
        }
    }
    limit_output();
}

void Connection::keep_output() {
    for (auto& piece : output_) {
        if (piece.owner) continue;
        auto owner = std::make_shared<const std::string>(piece.data, piece.size);
        piece.data = owner->data();
        piece.owner = std::move(owner);
    }
}

void Connection::limit_output() {
    const std::size_t most = thread_.settings().send_queue_bytes;
    if (output_bytes_ <= most / 4) return;
    // One turn may make more than the limit for a client that does read: do not wait for its end.
    if (!write_awaited_ && !write_output()) broken_ = true;
    if (output_bytes_ <= most) return;
    // The caller is in the middle of something: drop the client at the end of the turn.
    overflowed_ = true;
    output_.clear();
    output_bytes_ = 0;
    output_done_ = 0;
}

IoResult Connection::write_some() {
    std::string_view bytes(output_.front().data + output_done_, output_.front().size - output_done_);
    if (output_.size() > 1 && bytes.size() < large_piece_bytes) {
        const auto buffer = thread_.write_buffer();
        std::size_t filled = 0;
        std::size_t skip = output_done_;
        for (const auto& piece : output_) {
            const std::size_t size = std::min(piece.size - skip, buffer.size() - filled);
            std::memcpy(buffer.data() + filled, piece.data + skip, size);
            filled += size;
            skip = 0;
            if (filled == buffer.size()) break;
        }
        bytes = {buffer.data(), filled};
    }
    if (tls_) return tls_->write(bytes);
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return {IoStatus::done, static_cast<std::size_t>(sent)};
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {IoStatus::want_write, 0};
    return {IoStatus::failed, 0};
}

void Connection::consume_output(std::size_t bytes) {
    output_bytes_ -= bytes;
    std::size_t pieces = 0;
    output_done_ += bytes;
    while (pieces < output_.size() && output_done_ >= output_[pieces].size) {
        output_done_ -= output_[pieces].size;
        ++pieces;
    }
    output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(pieces));
}

bool Connection::write_output() {
    while (output_bytes_ != 0) {
        const auto result = write_some();
        if (result.status == IoStatus::want_write) {
            await_output();
            return true;
        }
        if (result.status == IoStatus::want_read) return true;
        if (result.status != IoStatus::done) return false;
        thread_.count(Counter::bytes_out, result.bytes);
        consume_output(result.bytes);
        // A client that reads slowly, but reads, has time.
        if (DeadlineEntry::is_linked() && deadline_kind == DeadlineKind::keep_alive) {
            set_deadline(DeadlineKind::keep_alive);
        }
    }
    return true;
}

void Connection::end_turn() {
    dirty_ = false;
    if (state_ == State::closed) return;
    if (overflowed_) {
        thread_.count(Counter::send_queue_overflows);
        drop(true);
        return;
    }
    if (broken_ || (output_bytes_ != 0 && !write_awaited_ && !write_output())) {
        drop(true);
        return;
    }
    if (output_bytes_ != 0) {
        keep_output();
        return;
    }
    if (output_.capacity() != 0) thread_.give_output_storage(std::exchange(output_, {}));
    if (state_ == State::flushing) {
        begin_linger();
    } else if (state_ == State::open && flush_unreported_) {
        flush_unreported_ = false;
        protocol_->on_flushed();
    }
}

void Connection::close_after_flush() {
    if (state_ != State::open) return;
    state_ = State::flushing;
    set_deadline(DeadlineKind::keep_alive);
    mark_dirty();
}

void Connection::begin_linger() {
    if (ended_) {
        close_now();
        return;
    }
    state_ = State::lingering;
    if (tls_) tls_->shut_down();
    ::shutdown(socket_, SHUT_WR);
    set_deadline(DeadlineKind::linger);
    read_paused_ = false;
    update_interest();
}

void Connection::drop(bool error) {
    if (state_ == State::closed) return;
    const auto alive = shared_from_this();
    const bool tell = state_ == State::open;
    close_now();
    if (tell) protocol_->on_lost(error);
}

void Connection::close_now(bool keep_socket) {
    if (state_ == State::closed) return;
    state_ = State::closed;
    clear_deadline();
    ConnectionHook::unlink();
    if (!keep_socket) {
        ::close(socket_);
    } else if (watched_) {
        thread_.loop().remove(socket_);
    }
    socket_ = -1;
    tls_.reset();
    output_.clear();
    output_bytes_ = 0;
    ticket_.release();
    thread_.connection_gone(std::move(self_));
}

void Connection::on_deadline(DeadlineKind kind) {
    const auto alive = shared_from_this();
    if (state_ == State::open) {
        protocol_->on_deadline(kind);
    } else {
        close_now();
    }
}

void Connection::drain() {
    const auto alive = shared_from_this();
    if (state_ == State::open) protocol_->on_drain();
}

void Connection::set_deadline(DeadlineKind kind) {
    thread_.deadlines().set(*this, kind, thread_.now());
}

void Connection::clear_deadline() {
    DeadlineLists::clear(*this);
}

void Connection::pause_reading(bool paused) {
    if (read_paused_ == paused) return;
    read_paused_ = paused;
    if (paused) return;
    if (tls_) {
        // OpenSSL may hold bytes that the socket will not announce again.
        read_later();
    } else {
        update_interest();
    }
}

void Connection::move_to(std::size_t thread_index, std::string input) {
    const auto alive = shared_from_this();
    keep_output();
    const auto moved = std::make_shared<MovingConnection>(std::move(ticket_));
    moved->socket = socket_;
    moved->tls = std::move(tls_);
    moved->output = std::move(output_);
    moved->output_bytes = std::exchange(output_bytes_, 0);
    moved->output_done = std::exchange(output_done_, 0);
    moved->input = std::move(input);
    thread_.count(Counter::connections_moved);
    close_now(true);
    const auto target = thread_.shared().threads[thread_index];
    target->post([target = target.get(), moved] { target->adopt(*moved); });
}

}  // namespace holdfast::net
