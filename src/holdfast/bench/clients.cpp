#include "holdfast/bench/clients.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>

#include "holdfast/base/random.hpp"
#include "holdfast/websocket/handshake.hpp"

namespace holdfast::bench {

namespace {

constexpr std::size_t buffer_bytes = 256 * 1024;
constexpr std::size_t message_bytes_most = 64 * 1024 * 1024;

void raise_file_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    // If it cannot be raised, sockets fail to open later, and that is reported.
    static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

std::string random_key() {
    // A constant would do as well: the server only has to answer to it (RFC 6455 section 4.1).
    SecureRandom random;
    std::string key = random.base64url(16);
    for (char& character : key) {
        if (character == '-') character = '+';
        if (character == '_') character = '/';
    }
    return key + "==";
}

}  // namespace

std::uint64_t clock_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(time.tv_nsec);
}

Clients::Clients(const Options& options, Errors& errors)
    : errors_(errors),
      protocol_(options.protocol),
      source_addresses_(options.source_addresses),
      name_space_prefix_(bench::name_space_prefix(options.name_space)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(buffer_bytes),
      mask_state_(clock_ns() | 1) {
    decoder_settings_.expect_masked = false;
    decoder_settings_.message_bytes = message_bytes_most;
    const std::string key = random_key();
    accept_ = websocket::accept_value(key);
    const bool bracketed = options.host.find(':') != std::string::npos;
    const std::string host = bracketed ? "[" + options.host + "]" : options.host;
    std::string target = options.path;
    if (protocol_ == Protocol::socketio) {
        target += options.path.find('?') == std::string::npos ? "?" : "&";
        target += "EIO=4&transport=websocket";
    }
    upgrade_request_ = "GET " + target + " HTTP/1.1\r\nHost: " + host + ":" + std::to_string(options.port) +
                       "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                       "Sec-WebSocket-Key: " +
                       key + "\r\n\r\n";
}

Clients::~Clients() {
    all_.clear();
    if (epoll_ >= 0) ::close(epoll_);
}

Result<std::unique_ptr<Clients>, std::string> Clients::make(const Options& options, Errors& errors) {
    raise_file_limit();
    std::unique_ptr<Clients> clients(new Clients(options, errors));
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int problem =
        getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints, &found);
    if (problem != 0)
        return failure("There is no server " + options.host + ": " + gai_strerror(problem) + ".");
    // "localhost" may come as IPv6 first, but most servers that are measured listen on IPv4.
    const addrinfo* chosen = found;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        if (one->ai_family != AF_INET) continue;
        chosen = one;
        break;
    }
    std::copy_n(reinterpret_cast<const char*>(chosen->ai_addr), chosen->ai_addrlen,
                reinterpret_cast<char*>(&clients->server_));
    clients->server_size_ = chosen->ai_addrlen;
    freeaddrinfo(found);
    return clients;
}

bool Clients::someone_listens(const Options& options) {
    Errors errors;
    const auto clients = make(options, errors);
    if (!clients) return false;
    const Clients& one = **clients;
    const int socket = ::socket(one.server_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return false;
    const bool listens =
        ::connect(socket, reinterpret_cast<const sockaddr*>(&one.server_), one.server_size_) == 0;
    ::close(socket);
    return listens;
}

void Clients::grow(std::size_t count) {
    all_.reserve(count);
    while (all_.size() < count)
        all_.push_back(std::make_unique<Client>(*this, all_.size()));
}

websocket::MaskKey Clients::next_mask() {
    // xorshift64: the mask guards proxies against scripts in browsers, not against us; it only has to vary.
    mask_state_ ^= mask_state_ << 13;
    mask_state_ ^= mask_state_ >> 7;
    mask_state_ ^= mask_state_ << 17;
    websocket::MaskKey key{};
    for (std::size_t i = 0; i < key.size(); ++i)
        key[i] = static_cast<std::uint8_t>(mask_state_ >> (8 * i + 16));
    return key;
}

int Clients::new_socket(std::size_t index) const {
    const int socket = ::socket(server_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return -1;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source_addresses_ > 1 && server_.ss_family == AF_INET) {
        // The port is chosen at connect, so that each address has all ports for itself (ip(7)).
        setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        sockaddr_in source{};
        source.sin_family = AF_INET;
        source.sin_addr.s_addr =
            htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(index % source_addresses_));
        if (bind(socket, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
            const int problem = errno;
            ::close(socket);
            errno = problem;
            return -1;
        }
    }
    return socket;
}

void Clients::flush_all() {
    // A client that is lost on the way may make a scenario send to others.
    for (std::size_t i = 0; i < to_flush_.size(); ++i)
        to_flush_[i]->flush();
    to_flush_.clear();
}

void Clients::turn(std::uint64_t until_ns) {
    flush_all();

    const std::uint64_t before = clock_ns();
    const std::uint64_t wait = until_ns > before ? until_ns - before : 0;
    const timespec timeout{static_cast<std::time_t>(wait / 1'000'000'000),
                           static_cast<long>(wait % 1'000'000'000)};
    std::array<epoll_event, 1024> events{};
    const int count = epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    now_ns_ = clock_ns();
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        auto& client = *static_cast<Client*>(event.data.ptr);
        if (client.socket_ < 0) continue;  // over since, in this very turn
        if ((event.events & EPOLLOUT) != 0 || client.state_ == Client::State::connecting)
            client.on_writable();
        if (client.socket_ >= 0 && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
            client.on_readable();
        if (client.socket_ >= 0 && !client.out_.empty()) client.flush();
    }
    flush_all();
}

}  // namespace holdfast::bench
