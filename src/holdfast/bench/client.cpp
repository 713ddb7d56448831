#include "holdfast/bench/client.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "holdfast/base/system_error.hpp"
#include "holdfast/bench/clients.hpp"
#include "holdfast/websocket/frame_encoder.hpp"
#include "holdfast/websocket/handshake.hpp"

namespace holdfast::bench {

namespace {

constexpr std::size_t response_bytes_most = 16 * 1024;

/// The value of a header field in a response, without the spaces around it; names compare without case.
std::string_view header_value(std::string_view response, std::string_view lower_name) {
    std::size_t at = response.find("\r\n");
    while (at != std::string_view::npos && at + 2 < response.size()) {
        const std::size_t start = at + 2;
        at = response.find("\r\n", start);
        const std::string_view line = response.substr(start, at - start);
        if (line.size() <= lower_name.size() || line[lower_name.size()] != ':') continue;
        const bool same =
            std::equal(lower_name.begin(), lower_name.end(), line.begin(), [](char wanted, char given) {
                return wanted ==
                       (given >= 'A' && given <= 'Z' ? static_cast<char>(given - 'A' + 'a') : given);
            });
        if (!same) continue;
        std::string_view value = line.substr(lower_name.size() + 1);
        while (value.starts_with(' '))
            value.remove_prefix(1);
        while (value.ends_with(' '))
            value.remove_suffix(1);
        return value;
    }
    return {};
}

}  // namespace

Client::Client(Clients& clients, std::size_t index)
    : clients_(clients), decoder_(clients.decoder_settings_), index_(index) {}

Client::~Client() {
    if (socket_ >= 0) ::close(socket_);
}

void Client::open() {
    decoder_ = websocket::FrameDecoder(clients_.decoder_settings_);
    out_.clear();
    held_.clear();
    sent_ = 0;
    socket_ = clients_.new_socket(index_);
    if (socket_ < 0) {
        clients_.errors_.add("connect_failed", system_error_text(errno));
        clients_.events_->on_lost(*this);
        return;
    }
    ++clients_.open_count_;
    state_ = State::connecting;
    waits_for_writable_ = true;
    const int result =
        ::connect(socket_, reinterpret_cast<const sockaddr*>(&clients_.server_), clients_.server_size_);
    if (result != 0 && errno != EINPROGRESS) {
        lose("connect_failed", {});
        return;
    }
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT;
    event.data.ptr = this;
    if (epoll_ctl(clients_.epoll_, EPOLL_CTL_ADD, socket_, &event) != 0) lose("connect_failed", {});
}

void Client::leave() {
    if (state_ == State::closed || state_ == State::closing) return;
    if (state_ == State::connecting || state_ == State::upgrading) {
        drop();
        clients_.events_->on_closed(*this);
        return;
    }
    if (state_ == State::ready) {
        --clients_.ready_count_;
        if (clients_.protocol_ == Protocol::socketio) {
            std::string prefix = clients_.name_space_prefix_;
            if (!prefix.empty()) prefix.pop_back();  // the comma is for what follows, and nothing does
            append_frame(websocket::Opcode::text, "41" + prefix);
        }
    }
    state_ = State::closing;
    append_frame(websocket::Opcode::close, websocket::close_payload(websocket::close_code::normal));
}

void Client::drop() {
    if (socket_ < 0) return;
    const linger abort{1, 0};
    setsockopt(socket_, SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
    release();
}

void Client::send(std::string_view message) {
    append_frame(websocket::Opcode::text, message);
}

void Client::append_frame(websocket::Opcode opcode, std::string_view payload) {
    websocket::append_client_frame(out_, opcode, payload, clients_.next_mask());
    if (to_flush_) return;
    to_flush_ = true;
    clients_.to_flush_.push_back(this);
}

void Client::release() {
    if (socket_ < 0) return;
    ::close(socket_);
    socket_ = -1;
    --clients_.open_count_;
    if (state_ == State::ready) --clients_.ready_count_;
    state_ = State::closed;
    decoder_.stop();
    out_.clear();
    sent_ = 0;
}

void Client::lose(std::string_view error, std::string_view detail) {
    const std::string reason = detail.empty() ? system_error_text(errno) : std::string(detail);
    release();
    // A refusal is never what was expected.
    const bool broken = error == "connect_failed" || error == "connection_lost";
    if (!clients_.losses_expected_ || !broken) clients_.errors_.add(error, reason);
    clients_.events_->on_lost(*this);
}

void Client::want_writable(bool wanted) {
    if (wanted == waits_for_writable_) return;
    waits_for_writable_ = wanted;
    epoll_event event{};
    event.events = wanted ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = this;
    static_cast<void>(epoll_ctl(clients_.epoll_, EPOLL_CTL_MOD, socket_, &event));
}

void Client::on_writable() {
    if (state_ == State::connecting) {
        on_connected();
        return;
    }
    flush();
}

void Client::on_connected() {
    int problem = 0;
    socklen_t size = sizeof problem;
    getsockopt(socket_, SOL_SOCKET, SO_ERROR, &problem, &size);
    if (problem != 0) {
        errno = problem;
        lose("connect_failed", {});
        return;
    }
    state_ = State::upgrading;
    out_ = clients_.upgrade_request_;
    flush();
}

void Client::flush() {
    to_flush_ = false;
    if (socket_ < 0 || state_ == State::connecting || out_.empty()) return;
    const ssize_t written = ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (written < 0) {
        if (errno == EAGAIN || errno == EINTR) {
            want_writable(true);
            return;
        }
        if (state_ == State::closing) {
            release();
            clients_.events_->on_closed(*this);
        } else {
            lose("connection_lost", {});
        }
        return;
    }
    sent_ += static_cast<std::size_t>(written);
    const bool all = sent_ == out_.size();
    if (all) {
        out_.clear();
        sent_ = 0;
    }
    want_writable(!all);
}

void Client::on_readable() {
    std::vector<char>& buffer = clients_.buffer_;
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    clients_.now_ns_ = clock_ns();
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) {
        if (state_ == State::closing) {
            release();
            clients_.events_->on_closed(*this);
        } else {
            lose("connection_lost", count == 0 ? "the server closed the connection" : "");
        }
        return;
    }
    clients_.bytes_received_ += static_cast<std::uint64_t>(count);
    std::span<char> input(buffer.data(), static_cast<std::size_t>(count));
    if (state_ == State::upgrading) {
        input = input.subspan(read_upgrade({input.data(), input.size()}));
        if (socket_ < 0) return;
    }
    if (!input.empty()) decoder_.decode(input, *this);
}

std::size_t Client::read_upgrade(std::string_view input) {
    const std::size_t before = held_.size();
    held_.append(input);
    const std::size_t end = held_.find("\r\n\r\n");
    if (end == std::string::npos) {
        if (held_.size() > response_bytes_most) lose("handshake_refused", "the answer is no HTTP");
        return input.size();
    }
    const std::string response = std::move(held_);
    held_ = std::string();
    const std::string status = response.substr(0, response.find("\r\n"));
    if (!status.starts_with("HTTP/1.1 101")) {
        lose("handshake_refused", "the server answered " + status);
        return input.size();
    }
    if (header_value(response, "sec-websocket-accept") != clients_.accept_) {
        lose("handshake_refused", "the server's Sec-WebSocket-Accept is wrong");
        return input.size();
    }
    state_ = State::joining;
    if (clients_.protocol_ == Protocol::websocket) become_ready();
    return end + 4 - before;
}

void Client::become_ready() {
    state_ = State::ready;
    ++clients_.ready_count_;
    clients_.events_->on_ready(*this);
}

void Client::on_message(std::string_view data, bool binary) {
    if (state_ == State::closing) return;
    if (clients_.protocol_ == Protocol::websocket) {
        clients_.events_->on_message(*this, data);
    } else if (binary) {
        clients_.errors_.add("unexpected_message", "a binary one");
    } else {
        take_socketio(data);
    }
}

void Client::take_socketio(std::string_view text) {
    if (text.empty()) return;
    if (text.front() == '2') {
        append_frame(websocket::Opcode::text, "3");
        return;
    }
    if (state_ == State::ready && text.size() > 1 && text.front() == '4' &&
        (text[1] == '2' || text[1] == '3')) {
        clients_.events_->on_message(*this, text);
        return;
    }
    const Packet packet = read_packet(text);
    switch (packet.kind) {
        case PacketKind::open:
            append_frame(websocket::Opcode::text, "40" + clients_.name_space_prefix_ + auth_);
            return;
        case PacketKind::connect:
            if (state_ == State::joining) become_ready();
            return;
        case PacketKind::connect_error:
            lose("namespace_refused", packet.body);
            return;
        case PacketKind::disconnect:
        case PacketKind::close:
            lose("connection_lost", "the server said goodbye");
            return;
        case PacketKind::event:
            // A server may greet within the very turn that connects.
            clients_.events_->on_message(*this, text);
            return;
        default:
            clients_.errors_.add("unexpected_message", text.substr(0, 100));
    }
}

void Client::on_ping(std::string_view data) {
    append_frame(websocket::Opcode::pong, data);
}

void Client::on_pong(std::string_view /*data*/) {}

void Client::on_close(std::uint16_t code, std::string_view reason) {
    if (state_ == State::closing) return;  // its answer to ours; the end of the stream follows
    lose("connection_lost", "the server closed with code " + std::to_string(code) +
                                (reason.empty() ? "" : ": " + std::string(reason)));
}

void Client::on_failure(std::uint16_t code) {
    lose("protocol_error",
         "the server broke the WebSocket protocol; the close code for that is " + std::to_string(code));
}

}  // namespace holdfast::bench
